"""Writing to a member privately: to which account of theirs, and under which subject."""

from __future__ import annotations

from dataclasses import dataclass

from cm_console.model.text import Safe, clean_line
from cm_console.model.time import Instant

SUBJECT = 60
"""Characters of the first words that stand for a subject nobody gave."""
NO_SUBJECT = frozenset({"mastodon", "matrix"})
"""Kinds of sources where a message has no subject: one that is given is never shown."""

_SUBJECT = "Subject: "


@dataclass(frozen=True, slots=True)
class Addressee:
    """An account one may want to write to; `why_not` says why that cannot be, "" if it can.

    `remote` is the platform's id, `seen_at` when the account was last seen to do anything.
    """

    id: int
    source: str
    source_kind: str
    remote: str
    handle: Safe
    name: Safe
    seen_at: Instant | None
    why_not: str

    @property
    def at(self) -> Safe:
        """Who and where: mia on forum."""
        return Safe(f"{self.handle} on {self.source}")

    @property
    def called(self) -> Safe:
        """How a template names them."""
        return self.name or self.handle

    @property
    def has_subject(self) -> bool:
        """Whether the platform shows a subject."""
        return self.source_kind not in NO_SUBJECT


def with_subject(subject: str, text: str) -> str:
    """A draft that keeps its subject too."""
    return f"{_SUBJECT}{' '.join(subject.split())}\n\n{text}" if subject.strip() else text


def without_subject(draft: str) -> tuple[str, str]:
    """A draft's subject, "" if it has none, and its words."""
    head, _, text = draft.partition("\n\n")
    return (head.removeprefix(_SUBJECT), text) if head.startswith(_SUBJECT) and "\n" not in head else ("", draft)


def subject_of(text: str) -> str:
    """The first words of a message, for platforms that want a subject where none was given."""
    first = next((line for line in text.splitlines() if line.strip()), "")
    words = str(clean_line(first.strip(" #>*_`"), 200))
    if len(words) <= SUBJECT:
        return words
    cut = words[: SUBJECT + 1].rsplit(" ", 1)[0] if " " in words[: SUBJECT + 1] else words[:SUBJECT]
    return f"{cut.rstrip(' ,.;:')} …"
