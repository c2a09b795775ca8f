"""Numbers with their word: "1 post", "12 posts", "2 replies"."""

from __future__ import annotations

from collections.abc import Mapping


def counted(number: int, one: str, more: str = "") -> str:
    """A number and its word; `more` where the plural is not the word with an s."""
    return f"{number:,} {one if number == 1 else more or one + 's'}"


def counts_told(counts: Mapping[str, int], words: Mapping[str, tuple[str, str]]) -> str:
    """What there is any of, in the order of the words: "1 account, 12 posts"; "" if there is nothing."""
    return ", ".join(counted(counts[name], *word) for name, word in words.items() if counts.get(name))
