"""The directory of persons: one row for each, however many accounts they have, and how lists of them are narrowed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from cm_console.model.segments import Facts
from cm_console.model.text import Safe
from cm_console.model.time import Instant

ALL, DUE, TEAM = "all", "due", "team"
"""Lists beside the segments: all members, those with a follow-up, and the team, which is in no segment."""


class Sort(StrEnum):
    """In which order persons stand."""

    SEEN = "last active"
    POSTS = "posts"
    ANSWERS = "answers"
    JOINED = "joined"
    NAME = "name"


@dataclass(frozen=True, slots=True)
class PersonRow:
    """A person in a list.

    Attributes:
        id: of the person: the smallest of their accounts' ids.
        key: its place in the order of the list.
        level: in a word; "" for none.
        segments: the names of those they are in.
        sources: names of the sources on which they have accounts.
        facts: what segments and levels are made from; see `segments.FIELDS`.
        due_at: when the next follow-up is due.
        alike: the handle of somebody else that theirs can be taken for.
    """

    id: int
    key: Any
    handle: Safe
    name: Safe
    role: int
    level: str
    segments: tuple[str, ...]
    sources: tuple[str, ...]
    facts: Facts
    tags: tuple[str, ...] = ()
    notes: int = 0
    due_at: Instant | None = None
    due: str = ""
    alike: str = ""

    def count(self, fact: str) -> int:
        """A fact as a number; 0 where nobody knows."""
        has = self.facts.get(fact)
        return has if isinstance(has, int) else 0


@dataclass(frozen=True, slots=True)
class Narrow:
    """What a list of persons is narrowed to; empty: not at all."""

    words: str = ""
    tag: str = ""
    source: str = ""
    level: str = ""


HINT = "words in handle or name, and tag:vip source:forum level:core"


def parse_narrow(text: str) -> Narrow:
    """Read a filter as people type it: words, and tag:vip (or #vip), source:forum, level:core among them."""
    narrow, words = Narrow(), []
    for part in text.split():
        name, colon, value = part.partition(":")
        if part.startswith("#") and len(part) > 1:
            narrow = replace(narrow, tag=part[1:].lower())
        elif colon and value and name.lower() in ("tag", "source", "level"):
            narrow = replace(narrow, **{name.lower(): value.lower()})
        else:
            words.append(part)
    return replace(narrow, words=" ".join(words))
