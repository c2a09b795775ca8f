"""Moderation: cases, what a moderator must see to judge one, and what a decision does."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from cm_console.model.action import Verb
from cm_console.model.inbox import Note, PersonCard, PostRow
from cm_console.model.text import Safe
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
    Verb.BAN: True,
    Verb.SILENCE: True,
    Verb.REJECT: True,
}
"""Verbs that decide a case, and whether the reports were right (None: left open)."""


DEFAULT_MESSAGE = "Hello {member}, we acted on your post “{title}” because of our guideline {guideline}."


@dataclass(frozen=True, slots=True)
class Guideline:
    """One numbered clause of the community's rules, and what follows from breaking it.

    Attributes:
        number: unique; the key that picks the clause while deciding.
        title, text: the clause in a few words, and in full.
        message: what the member is told; may hold {member}, {title} and {guideline}.
        strikes, expires_days: the weight a breach leaves, and for how many days.
        verb: what is done to the post or its author unless the moderator chooses otherwise.
    """

    number: int
    title: str
    text: str = ""
    message: str = DEFAULT_MESSAGE
    strikes: int = 1
    expires_days: int = 90
    verb: str = Verb.REMOVE.value

    def message_to(self, member: str, title: str) -> str:
        """The message with its places filled in; what a member wrote is never read as a place."""
        words = {"member": member, "title": title, "guideline": f"{self.number} ({self.title})"}
        return re.sub(r"\{(member|title|guideline)\}", lambda place: words[place[1]], self.message)


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
    """One decision on a case or person."""

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


@dataclass(frozen=True, slots=True)
class CaseCard:
    """Everything needed to judge: what, its context, who, the reports, what was decided; `verbs` it can end with."""

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
