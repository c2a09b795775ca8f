"""The calendar: entries, their text per source, and how far each has come."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from cm_console.model.text import Safe
from cm_console.model.time import MINUTE, Instant

LATE_AFTER = 15 * MINUTE
"""An entry whose time is further back than this asks before it goes out (milliseconds)."""


class EntryKind(StrEnum):
    """A post goes to sources; an event is a date to keep, and may be announced."""

    POST = "post"
    EVENT = "event"


class EntryState(StrEnum):
    """Draft: being written. Scheduled: its actions wait for the time. The rest follow from what became of them."""

    DRAFT = "draft"
    SCHEDULED = "scheduled"
    PUBLISHED = "published"
    PARTLY = "partly"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Variant:
    """An entry's words for one source; empty words fall back to the entry's own. `state` as in the outbox."""

    source: str
    title: str = ""
    body: str = ""
    place: str = ""
    state: str = ""
    why: str = ""
    action_id: str | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """A planned piece of content or event. `at` in UTC, planned in the time zone named `zone`."""

    id: str
    kind: EntryKind
    title: str
    body: str
    at: Instant | None
    zone: str
    state: EntryState
    variants: tuple[Variant, ...] = ()
    rev: int = 0
    published_at: Instant | None = None

    def words(self, variant: Variant) -> tuple[Safe, Safe]:
        """Title and body as this variant will say them."""
        return Safe(variant.title or self.title), Safe(variant.body or self.body)
