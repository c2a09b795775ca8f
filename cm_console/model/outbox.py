"""The outbox: what became of each intent to tell a platform something.

queued ──claimed, committed before the first byte──▶ sending ──proof──▶ sent
   │  ▲                                                 │
   │  └── refused before it had an effect, back-off ────┤
   │                                                    ├── declined by the platform ──▶ failed
   ├── undone ──▶ cancelled                             └── anything else, crash, kill ──▶ uncertain
   └── already so, or a colleague was faster ──▶ superseded

uncertain ── found there ──▶ sent        uncertain ── safe to repeat ──▶ queued
uncertain ── nobody can know ──▶ asks the person: it is there / send again / forget
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from cm_console.model.text import Safe
from cm_console.model.time import Instant


class State(StrEnum):
    """Where an action is; see the module's picture."""

    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    UNCERTAIN = "uncertain"
    CANCELLED = "cancelled"
    SUPERSEDED = "superseded"


LIVE = (State.QUEUED, State.SENDING, State.UNCERTAIN, State.FAILED)
"""States that still hold back later actions of the same thread."""


class Answer(StrEnum):
    """What a person says of an action nobody else can judge."""

    THERE = "there"
    AGAIN = "again"
    FORGET = "forget"


@dataclass(frozen=True, slots=True)
class OutboxRow:
    """One action with its state and why; `asks` when a person must answer.

    `blocked_by` is the action that must go first: an earlier one of the same thread, or the one this takes back.
    `member_id` is who a private message is for; its thread is there once it has landed.
    """

    seq: int
    id: str
    source: str
    verb: str
    title: Safe
    text: Safe
    state: State
    asks: bool
    why: str
    created_at: Instant
    created_by: str
    not_before: Instant
    planned_at: Instant | None
    attempts: int
    ended_at: Instant | None
    remote_id: str | None
    thread_id: int | None
    case_id: int | None
    blocked_by: str | None = None
    member_id: int | None = None

    @property
    def stuck(self) -> bool:
        """Whether a person must answer, or nobody knows yet whether it arrived."""
        return self.asks or self.state in (State.FAILED, State.UNCERTAIN)

    @property
    def key(self) -> tuple[bool, int]:
        """Its place in lists: what is stuck first, then newest first."""
        return self.stuck, self.seq


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try or look, from the append-only log."""

    at: Instant
    kind: str
    ended_at: Instant | None
    outcome: str
    words: str
