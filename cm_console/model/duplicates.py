"""Whether two threads ask the same: the words of their titles and of their first posts, compared."""

from __future__ import annotations

import re
from dataclasses import dataclass

from cm_console.model.text import Safe
from cm_console.model.time import short_age

ALIKE = 0.6
"""Shares of words, of all that occur in either, that make two texts nearly the same."""
FEWEST = 5
"""Words a text must have to be compared: "hello" is no duplicate of "hello"."""
READ = 2_000
"""Characters of a post that are compared."""
_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Duplicate:
    """Two threads that may be one inquiry, and why."""

    lead: int
    other: int
    source: str
    title: Safe
    why: str


def words(text: str) -> frozenset[str]:
    """The words of a text, each once."""
    return frozenset(_WORD.findall(text[:READ].casefold()))


def share(one: frozenset[str], other: frozenset[str]) -> float:
    """The words both have, of all either has; 0 for nothing."""
    return len(one & other) / len(one | other) if one | other else 0.0


def alike(one: tuple[str, str], other: tuple[str, str]) -> str:
    """In what two threads, as title and first post, are the same; "" if they are not."""
    titles = words(one[0]), words(other[0])
    if titles[0] and titles[0] == titles[1]:
        return "same title"
    texts = words(one[1]), words(other[1])
    enough = min(map(len, texts)) >= FEWEST
    if enough and texts[0] == texts[1]:
        return "same text"
    if min(map(len, titles)) > 1 and share(*titles) >= ALIKE:
        return "nearly the same title"
    return "nearly the same text" if enough and share(*texts) >= ALIKE else ""


def reason(likeness: str, *, linked: bool, apart: int) -> str:
    """Why two threads are suggested, in words; `apart` in milliseconds."""
    who = "same person" if linked else "same name"
    return f"{who}, {short_age(apart)} apart, {likeness}"
