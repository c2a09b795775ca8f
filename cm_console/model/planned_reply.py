"""A reply or a private message that was written for a later time."""

from __future__ import annotations

from dataclasses import dataclass

from cm_console.model.outbox import State
from cm_console.model.time import Instant


@dataclass(frozen=True, slots=True)
class PlannedReply:
    """A reply on its way, with when it is planned for; `waits` as long as nothing of it has left.

    A private message goes to the account `member_id` and into no thread (0); `subject` is what somebody gave it.
    """

    id: str
    thread_id: int
    source: str
    text: str
    planned_at: Instant
    created_by: str
    state: State
    waits: bool
    member_id: int = 0
    subject: str = ""

    @property
    def what(self) -> str:
        """A reply, or a message."""
        return "reply" if self.thread_id else "message"
