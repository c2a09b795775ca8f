"""Moderation: cases, what a moderator must see to judge one, and what a decision does."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from cm_console.model.action import Verb
from cm_console.model.guidelines import Guideline as Guideline
from cm_console.model.text import Safe
from cm_console.model.thread import Note, PersonCard, PostRow
from cm_console.model.time import Instant


class CaseView(StrEnum):
    """The lists of the moderation screen."""

    OPEN = "open"
    CLAIMED = "claimed"
    ESCALATED = "escalated"
    ENDED = "ended"


UPHELD = {
    Verb.KEEP: False,
    Verb.APPROVE: False,
    Verb.IGNORE: None,
    Verb.REMOVE: True,
    Verb.HIDE: True,
    Verb.SPAM: True,
    Verb.WARN: True,
    Verb.KICK: True,
    Verb.BAN: True,
    Verb.SILENCE: True,
    Verb.REJECT: True,
}
"""Verbs that decide a case, and whether the reports were right (None: left open)."""


EMPTY = Safe("")


@dataclass(frozen=True, slots=True)
class CaseRow:
    """One line of the cases list, worst first. `key` is where the next page goes on."""

    id: int
    key: tuple[int, int]
    source: str
    source_kind: str
    target_kind: str
    kinds: tuple[str, ...]
    reports: int
    excerpt: Safe
    accused: Safe
    opened_at: Instant
    ended_at: Instant | None
    claimed_by: str
    escalated: bool
    verdict: str


@dataclass(frozen=True, slots=True)
class ReportRow:
    """One flag: who raised it, how often they were right before (agreed of judged), and their words."""

    id: int
    reporter: Safe
    agreed: int
    judged: int
    kind: str
    reason: Safe
    created_at: Instant
    closed_at: Instant | None


@dataclass(frozen=True, slots=True)
class DecisionRow:
    """One decision on a case or person, and what became of its action.

    `state` is the action's, "" if the platform was told nothing; `leaves_at` is when it may be sent, `why` what the
    outbox says of it, `about` the first words of what was judged.
    """

    id: str
    at: Instant
    actor: str
    verb: str
    guideline: int | None
    upheld: bool | None
    strikes: int
    expires_at: Instant | None
    note: Safe
    undone: bool
    state: str
    leaves_at: Instant | None = None
    why: str = ""
    about: Safe = EMPTY


@dataclass(frozen=True, slots=True)
class Prospect:
    """What a verb would do to a case: `why_not` it cannot be done, "" if it can; `local` when nothing is sent.

    `timed` says whether the platform ends it by itself when it is told when.
    """

    why_not: str
    local: bool
    timed: bool = True


@dataclass(frozen=True, slots=True)
class CaseCard:
    """Everything needed to judge: what, its context, who, the reports, what was decided; `verbs` it can end with.

    `what` is the post, or the first one of a reported thread; `recent` a reported member's newest posts. `why_not`
    says why the other verbs cannot be; `local` is true where the source only reads: decisions are recorded here.
    """

    row: CaseRow
    thread_id: int | None
    thread_title: Safe
    what: PostRow | None
    before: PostRow | None
    after: PostRow | None
    position: int
    of: int
    who: PersonCard | None
    reports: tuple[ReportRow, ...]
    decisions: tuple[DecisionRow, ...]
    notes: tuple[Note, ...]
    verbs: frozenset[Verb]
    url: str
    recent: tuple[PostRow, ...] = ()
    why_not: Mapping[Verb, str] = field(default_factory=dict)
    local: bool = False
