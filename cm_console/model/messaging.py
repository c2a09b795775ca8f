"""Writing to a member privately: to which account of theirs, and under which subject."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from cm_console.model.length import TextRules, length
from cm_console.model.text import Safe, clean_line
from cm_console.model.time import Instant

SUBJECT = 60
"""Characters of the first words that stand for a subject nobody gave."""
NO_SUBJECT = frozenset({"mastodon", "matrix"})
"""Kinds of sources where a message has no subject: one that is given is never shown."""

NAMED_READ_IT = frozenset({"mastodon"})
"""Kinds of sources where a message reaches whoever its words name, and begins with the name of whom it is for."""
_SUBJECT = "Subject: "
_NAME = re.compile(r"(?<![\w/])@\w(?:[\w.-]*\w)?(?:@[\w.-]*\w)?")


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


def named_besides(to: Addressee, text: str) -> list[str]:
    """Whom the words would reach too, as they are written; they are to be named without the @."""
    if to.source_kind not in NAMED_READ_IT:
        return []
    own = {to.handle.removeprefix("@").casefold(), to.handle.removeprefix("@").partition("@")[0].casefold()}
    return [name for name in dict.fromkeys(_NAME.findall(text)) if name[1:].casefold() not in own]


def room_for(to: Addressee, rules: TextRules) -> TextRules:
    """How long the words themselves may be, where the platform has the name of whom they are for stand before them."""
    if to.source_kind not in NAMED_READ_IT or not rules.most:
        return rules
    return replace(rules, most=max(1, rules.most - length(f"@{to.handle.removeprefix('@')} x", rules) + 1))


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
