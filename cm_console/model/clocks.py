"""Clocks: what the team promised a thread, and what came of it; `clock_rules.py` has the rules."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from cm_console.model.policy import ClockKind as ClockKind
from cm_console.model.policy import Policy as Policy
from cm_console.model.time import Instant


class Result(StrEnum):
    """What came of a clock: it runs, was met, was missed, or was no longer needed."""

    RUNNING = ""
    HIT = "hit"
    MISS = "miss"
    VOID = "void"


class Who(StrEnum):
    """Who wrote a post, as the clocks see it: one who waits for us, the team, or somebody else (not a bot)."""

    ASKS = "asks"
    CALLS = "calls"
    TEAM = "team"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Clock:
    """One promise to one thread. `due` and `risk_at` are None for the time a thread was open without such a promise."""

    kind: ClockKind
    policy: str
    started: Instant
    risk_at: Instant | None
    due: Instant | None
    ended: Instant | None = None
    result: Result = Result.RUNNING

    @property
    def judged_at(self) -> Instant | None:
        """When it is or was decided: the reply, or the end of the time; None if it is not judged at all."""
        if self.due is None or self.result is Result.VOID:
            return None
        return self.ended if self.result is Result.HIT else self.due

    def state(self, now: int) -> str:
        """In words: hit, miss, not needed, late, at risk, running."""
        if self.result is Result.VOID:
            return "not needed"
        if self.result is not Result.RUNNING:
            return self.result.value
        if self.due is None or self.risk_at is None:
            return "running"
        return "late" if now > self.due else "at risk" if now >= self.risk_at else "running"


class Said(NamedTuple):
    """A post: when, and by whom."""

    at: int
    who: Who


@dataclass(frozen=True, slots=True)
class Facts:
    """What of a thread its clocks hang on.

    Attributes:
        began: when its author, if a member, began to wait; None for a thread of the team.
        said: its visible posts, oldest first; the opening one may be missing.
        resolved_at: when it was solved, closed or done; None while it is not.
        status_at: the team's last decision on its status, which may have opened it again.
        held: the clocks it had.
    """

    began: int | None
    said: Sequence[Said]
    resolved_at: int | None
    status_at: int
    held: Sequence[Clock] = ()
