"""A source is one account on one platform: pages come out of it, actions go into it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, ClassVar, NewType, Protocol

from cm_console.model.action import Action, Receipt, Replay, Verb
from cm_console.model.length import TextRules
from cm_console.model.records import Record, Ref
from cm_console.model.time import Clock, Instant

Cursor = NewType("Cursor", str)
"""Where to go on: written by the source, kept by the store, read by nobody else."""

PAGE_LIMIT = 100
"""Most records one page may hold."""


class Feed(StrEnum):
    """A kind of thing a source can be asked for. Any record may come with any feed."""

    MEMBERS = "members"
    THREADS = "threads"
    REPORTS = "reports"
    ACTIVITY = "activity"
    SCHEDULED = "scheduled"


@dataclass(frozen=True, slots=True)
class Page:
    """A bounded batch pulled from a feed.

    Attributes:
        records: created or changed, at most PAGE_LIMIT; within a page in any order.
        gone: deleted on the platform; known, not guessed from an absence.
        cursor: resuming from here may repeat a record, and never skips one.
        more: False when caught up.
        done, total: how far this pull is, in records, for a progress bar; total None when unknown.
        note: something a person should know about this page, in one line ("skipped 11 tag wiki posts").
    """

    records: tuple[Record, ...]
    gone: tuple[Ref, ...]
    cursor: Cursor
    more: bool
    done: int = 0
    total: int | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Identity:
    """Who we are on a platform and what this token may really do.

    Attributes:
        member: our member id there; "" for a file.
        name: the account's name, as the platform writes it.
        version: the server's version, "" if it does not tell.
        feeds, verbs: what this token really has, at most what the source declares.
        missing: for each feed or verb that is missing, the right to ask for, in the platform's words.
        server_time: the platform's clock, to warn about skew.
        own: for each verb that reaches only what this account wrote, what to do about others' posts instead.
        timed: the verbs of `TIMED` that end there by themselves; the others are for good until they are taken back.
        on_reports: verbs that are known there of reports only: never of a thread.
        some: verbs that are known there of some threads or posts only, each with a pattern (fnmatch) of their ids.
        text: how what we send is read there, and how long it may be.
    """

    member: str
    name: str
    version: str = ""
    feeds: frozenset[Feed] = frozenset()
    verbs: frozenset[Verb] = frozenset()
    missing: Mapping[str, str] = field(default_factory=dict)
    server_time: Instant | None = None
    own: Mapping[str, str] = field(default_factory=dict)
    timed: frozenset[Verb] = frozenset()
    on_reports: frozenset[Verb] = frozenset()
    some: Mapping[Verb, str] = field(default_factory=dict)
    text: TextRules = field(default_factory=TextRules)


@dataclass(frozen=True, slots=True)
class Budget:
    """What a platform says of our rate limit: requests left and when the count starts anew."""

    remaining: int
    limit: int
    resets_at: Instant


class Source(Protocol):
    """The one shape of every platform; `cm_console.testing.SourceContract` is its test.

    A source keeps no state on disk, never sleeps, never retries and never logs a secret: it raises a SourceError,
    the engine schedules. It is made by `kind(settings, clock)`, does no work there, and is used by one event loop.
    """

    name: ClassVar[str]
    """The kind, as in `source add KIND` and the entry point."""
    settings: ClassVar[type]
    """A dataclass whose fields (made by `setting`) are config keys, questions, checks and docs."""
    feeds: ClassVar[frozenset[Feed]]
    """The most it can be asked for, in any order; the engine pulls them in the order of `Feed`."""
    verbs: ClassVar[Mapping[Verb, Replay]]
    """The most it can be told, and how safe a repeat is."""

    @property
    def budget(self) -> Budget | None:
        """The rate limit as last seen, None if unknown."""
        ...

    async def check(self) -> Identity:
        """Ask the platform who we are; raises SourceError."""
        ...

    def pull(self, feed: Feed, cursor: Cursor | None) -> AsyncIterator[Page]:
        """Yield what is new since `cursor` (None: from the beginning) until caught up.

        After any prefix of pages, pulling again from the last cursor misses nothing. A pull that has nothing new
        yields no page or one empty page. Raises SourceError; what was yielded before stays good.
        """
        ...

    async def push(self, action: Action) -> Receipt:
        """Do it; raises SourceError whose `landed` says whether it may have happened."""
        ...

    async def find(self, action: Action) -> Receipt | None:
        """Look whether an action that was tried has landed; None if it is not there. Raises SourceError."""
        ...

    async def close(self) -> None:
        """Release connections; may be called twice."""
        ...


class SourceKind(Protocol):
    """The class of a source: its declared facts, and how it is made."""

    name: str
    settings: type
    feeds: frozenset[Feed]
    verbs: Mapping[Verb, Replay]
    __doc__: str | None

    def __call__(self, settings: Any, clock: Clock) -> Source:
        """Make a source from its settings."""
        ...
