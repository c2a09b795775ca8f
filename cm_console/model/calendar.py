"""The calendar: entries, their text per source, and how far each has come."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum

from cm_console.model.length import TextRules
from cm_console.model.outbox import State
from cm_console.model.text import Safe
from cm_console.model.time import MINUTE, Instant

LATE_AFTER = 15 * MINUTE
"""An entry whose time is further back than this asks before it goes out (milliseconds)."""

TITLE_LIMIT, BODY_LIMIT = 255, 100_000
"""Most characters of a title and of a text; what a platform allows may be less, see `preflight`."""


class EntryKind(StrEnum):
    """A post goes to sources; an event is a date to keep, and may be announced."""

    POST = "post"
    EVENT = "event"


class EntryState(StrEnum):
    """Draft: being written. Scheduled: its actions wait for the time, or the date of an event is kept.

    The rest is what became of the actions: asks - late or uncertain, a person must answer in the outbox; published;
    partly - out on some sources, not on others; failed.
    """

    DRAFT = "draft"
    SCHEDULED = "scheduled"
    ASKS = "asks"
    PUBLISHED = "published"
    PARTLY = "partly"
    FAILED = "failed"


_OUT = (State.SENT, State.SUPERSEDED)
_LEFT = (*_OUT, State.SENDING, State.UNCERTAIN)
_UNDER_WAY = (State.QUEUED, State.SENDING)


_NONE = Safe("")


@dataclass(frozen=True, slots=True)
class Variant:
    """An entry's words for one source; empty words fall back to the entry's own.

    Attributes:
        source_kind: the platform, "" if the source is not known to the store.
        state: of its action as in the outbox, "" while nothing is queued; `asks` when a person must answer there.
        due_at: when its action goes out; `sent_at` when it arrived.
        thread_id: the thread it became, once that was pulled back.
    """

    source: str
    title: Safe = _NONE
    body: Safe = _NONE
    place: Safe = _NONE
    state: str = ""
    why: str = ""
    action_id: str | None = None
    source_kind: str = ""
    asks: bool = False
    due_at: Instant | None = None
    sent_at: Instant | None = None
    thread_id: int | None = None

    @property
    def left(self) -> bool:
        """It is out, or on its way, or nobody knows: its words can no longer change."""
        return self.state in _LEFT

    @property
    def live(self) -> bool:
        """Its action waits, or failed, and can be taken back."""
        return self.state in (State.QUEUED, State.FAILED)


@dataclass(frozen=True, slots=True)
class Entry:
    """A planned piece of content or event. `at` in UTC, planned in the time zone named `zone`."""

    id: str
    kind: EntryKind
    title: Safe
    body: Safe
    at: Instant | None
    zone: str
    state: EntryState
    variants: tuple[Variant, ...] = ()
    rev: int = 0
    published_at: Instant | None = None

    @property
    def key(self) -> tuple[int, str]:
        """Its place in an agenda: by time, those without a date last."""
        return (2**62 if self.at is None else self.at, self.id)

    @property
    def name(self) -> Safe:
        """The title, else the first line of the text."""
        return Safe(self.title or next((line for line in self.body.splitlines() if line.strip()), ""))

    @property
    def sources(self) -> tuple[str, ...]:
        """Where it goes."""
        return tuple(variant.source for variant in self.variants)

    def variant(self, source: str) -> Variant:
        """The words for a source; plain ones if it has none yet."""
        return next((variant for variant in self.variants if variant.source == source), Variant(source))

    def words(self, variant: Variant) -> tuple[Safe, Safe]:
        """Title and body as this variant will say them."""
        return Safe(variant.title or self.title), Safe(variant.body or self.body)


def state_of(kind: EntryKind, at: Instant | None, variants: Iterable[Variant]) -> EntryState:
    """What became of an entry, from its actions alone; cancelled ones do not count."""
    counted = [variant for variant in variants if variant.state and variant.state != State.CANCELLED]
    if not counted:
        return EntryState.SCHEDULED if kind is EntryKind.EVENT and at is not None else EntryState.DRAFT
    if any(variant.asks or variant.state == State.UNCERTAIN for variant in counted):
        return EntryState.ASKS
    if any(variant.state in _UNDER_WAY for variant in counted):
        return EntryState.SCHEDULED
    out = sum(variant.state in _OUT for variant in counted)
    if out == len(counted):
        return EntryState.PUBLISHED
    return EntryState.PARTLY if out else EntryState.FAILED


@dataclass(frozen=True, slots=True)
class Outlet:
    """A source an entry can go to; `why_not` in words when it cannot, `trouble` when it was not reached lately.

    `text` is how it reads and counts what is sent.
    """

    source: str
    kind: str
    why_not: str = ""
    trouble: str = ""
    text: TextRules = field(default_factory=TextRules)
