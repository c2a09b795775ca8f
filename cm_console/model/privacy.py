"""What is told of forgetting people and of texts that were kept long enough."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from cm_console.model.plural import counted, counts_told

ABOUT: Mapping[str, tuple[str, str]] = {
    "member": ("account", "accounts"), "post": ("post", "posts"), "thread": ("title", "titles"),
    "report": ("report", "reports"), "note": ("note", "notes"), "contact": ("contact", "contacts"),
    "follow_up": ("follow-up", "follow-ups"), "member_tag": ("tag", "tags"), "draft": ("draft", "drafts"),
    "feedback": ("feedback quote", "feedback quotes"), "action": ("message of ours", "messages of ours"),
    "decision": ("decision", "decisions"), "journal": ("line of the journal", "lines of the journal"),
    "others": ("post of others that names or quotes them", "posts of others that name or quote them"),
    "named": ("place where the team names or quotes them", "places where the team names or quotes them"),
}  # fmt: skip
"""What forgetting looks at, in words: rows of a table, or what others wrote."""

TEXTS: Mapping[str, tuple[str, str]] = {
    "post": ("post", "posts"), "thread": ("title", "titles"), "report": ("reason of a report", "reasons of reports"),
    "action": ("text we sent", "texts we sent"), "note": ("note", "notes"),
    "decision": ("note on a decision", "notes on decisions"), "draft": ("draft", "drafts"),
    "feedback": ("feedback quote", "feedback quotes"), "journal": ("line of the journal", "lines of the journal"),
}  # fmt: skip
"""What retention looks at, in words."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """That a person was forgotten: the journal line, how much of what, and a hash by which it can be proved whom.

    `swept`: whether the log beside the database is empty too, or another console kept it open.
    """

    journal_id: str
    counts: Mapping[str, int]
    hash: str
    swept: bool

    @property
    def words(self) -> str:
        """For the person who asked for it."""
        rest = "" if self.swept else " Close the other consoles on this community: they still keep old pages open."
        told = counts_told(self.counts, ABOUT)
        return f"Forgotten: {told}. Receipt {self.hash[:12]}. Backups made before still hold it: delete them.{rest}"


@dataclass(frozen=True, slots=True)
class Retention:
    """How long the texts of a source are kept, and how many of what are older and still have their words."""

    source: str
    keep_days: int
    counts: Mapping[str, int]

    @property
    def due(self) -> int:
        """How many texts are older."""
        return sum(self.counts.values())

    @property
    def words(self) -> str:
        """In one line."""
        older = counts_told(self.counts, TEXTS) or "nothing"
        return f"{self.source} keeps texts for {counted(self.keep_days, 'day')}: {older} {_is(self.due)} older"


@dataclass(frozen=True, slots=True)
class LetGo:
    """What was let go of sources that keep texts for some days only.

    `swept`: whether the bytes are out of the files too; None while that is left to the end.
    """

    counts: Mapping[str, int]
    more: bool
    swept: bool | None = None

    @property
    def words(self) -> str:
        """For the person who asked for it."""
        told = counts_told(self.counts, TEXTS)
        rest = " Close the other consoles on this community: they still keep old pages." if self.swept is False else ""
        left = " Stopped: there is more, and the file was not written anew." if self.more else ""
        return f"Let go: {told}.{left}{rest}" if told else f"Nothing was let go.{left}"


def _is(number: int) -> str:
    return "is" if number < 2 else "are"
