"""What the team promises: by itself, because the config knows of promises and nothing of clocks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from cm_console.model.business_hours import BusinessHours
from cm_console.model.inbox import Priority


class ClockKind(StrEnum):
    """What is promised."""

    FIRST = "first reply"
    NEXT = "next reply"
    RESOLUTION = "resolution"


@dataclass(frozen=True, slots=True)
class Policy:
    """One promise of the team; times in milliseconds, None promises nothing of that kind.

    Attributes:
        source, tag, priorities: which threads it is for; empty: all.
        in_hours: count only the time in business hours, which are `hours`.
        by_team: only the team's answer counts as a reply; else anybody's but the author's and a bot's.
        since: threads that began earlier are not judged: the moment the policy was first seen.
    """

    name: str
    first: int | None = None
    next: int | None = None
    resolution: int | None = None
    source: str = ""
    tag: str = ""
    priorities: frozenset[Priority] = frozenset()
    hours: BusinessHours | None = None
    by_team: bool = False
    in_hours: bool = False
    since: int = 0

    def covers(self, began: int, source: str, tags: Sequence[str], priority: int) -> bool:
        """Whether a thread is under this policy."""
        wide = not self.priorities or Priority(priority) in self.priorities
        return wide and began >= self.since and self.source in ("", source) and (not self.tag or self.tag in tags)

    def time(self, kind: ClockKind) -> int | None:
        """What is promised of a kind."""
        return {ClockKind.FIRST: self.first, ClockKind.NEXT: self.next, ClockKind.RESOLUTION: self.resolution}[kind]
