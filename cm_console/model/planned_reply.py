"""A reply that was written for a later time."""

from __future__ import annotations

from dataclasses import dataclass

from cm_console.model.outbox import State
from cm_console.model.time import Instant


@dataclass(frozen=True, slots=True)
class PlannedReply:
    """A reply on its way, with when it is planned for; `waits` as long as nothing of it has left."""

    id: str
    thread_id: int
    source: str
    text: str
    planned_at: Instant
    created_by: str
    state: State
    waits: bool
