"""What the demo hands over besides its platforms: plain data that others write to config and store."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from cm_console.model.action import Verb
from cm_console.model.calendar import EntryKind, EntryState
from cm_console.model.records import Record
from cm_console.model.time import Instant
from cm_console.sources.memory import Platform


@dataclass(frozen=True, slots=True)
class Guideline:
    """One numbered clause. `message` may hold {member}, {title} and {guideline}; `verb` is what usually follows."""

    number: int
    title: str
    text: str
    message: str
    strikes: int
    expires_days: int
    verb: Verb


@dataclass(frozen=True, slots=True)
class Variant:
    """An entry's words for one source; empty words fall back to the entry's own.

    `remote` is the id of the thread it became on the platform, None unless it was published.
    """

    source: str
    title: str = ""
    body: str = ""
    place: str = ""
    remote: str | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """A planned piece of content or event; `at` is None for a draft without a date."""

    id: str
    kind: EntryKind
    title: str
    body: str
    at: Instant | None
    zone: str
    state: EntryState
    variants: tuple[Variant, ...] = ()
    published_at: Instant | None = None


@dataclass(frozen=True, slots=True)
class Goal:
    """A metric id, the target in that metric's unit (%, seconds or a number), a date, and the purpose it serves.

    `start` is the value on the day the goal was set.
    """

    id: str
    metric: str
    target: float
    unit: str
    by: date
    purpose: str
    set_at: Instant
    start: float


@dataclass(frozen=True, slots=True)
class SourceSpec:
    """One source as `source add` would be told: name, kind, settings."""

    name: str
    kind: str
    settings: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Known:
    """What an earlier console knew of one platform: its records, and until when members may not write or come."""

    records: Sequence[Record]
    silenced: Mapping[str, Instant | None]
    banned: Mapping[str, Instant | None]


@dataclass(frozen=True, slots=True)
class Demo:
    """A complete community: its platforms in RAM, already registered and alive, and what its config and store hold.

    Attributes:
        timezone: IANA name; days and the calendar are counted in it.
        me: the handle of the person at the keyboard, one of `team`.
        team, bots: handles, the same on every source.
        purpose, audience: the words of the strategy screen.
    """

    community: str
    timezone: str
    me: str
    team: tuple[str, ...]
    bots: tuple[str, ...]
    sources: tuple[SourceSpec, ...]
    guidelines: tuple[Guideline, ...]
    entries: tuple[Entry, ...]
    goals: tuple[Goal, ...]
    purpose: str
    audience: str
    platforms: Mapping[str, Platform] = field(repr=False)
