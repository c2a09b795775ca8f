"""Finds the lines of a key in a TOML file: tomllib tells values, not places.

A prefix of the file that ends with a whole statement parses, and once a key is there it stays there. So the
statement that sets a key ends with the shortest prefix that parses and has it; a search by halves finds that
without a second parser. It is slow (a parse per step), and only needed when something is wrong or changes.
"""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from typing import Any

KeyPath = tuple[str | int, ...]
"""Where a value stands: ("sources", "forum", "every"), ("guidelines", 2, "title")."""

_MOST_PARSES = 5_000


class _Prefixes:
    """The file's beginnings as tomllib reads them, with an end to its patience."""

    def __init__(self, lines: Sequence[str]) -> None:
        self._lines = lines
        self._left = _MOST_PARSES

    def read(self, count: int) -> dict[str, object] | None:
        """The first `count` lines, or None when a statement is cut in two."""
        self._left -= 1
        if self._left < 0:
            return None
        try:
            return tomllib.loads("\n".join(self._lines[:count]))
        except (ValueError, RecursionError):
            return None


def has(data: Any, keys: KeyPath) -> bool:
    """Is there a value at this place?"""
    for key in keys:
        there = key in data if isinstance(data, dict) else isinstance(data, list) and key in range(len(data))
        if not there:
            return False
        data = data[key]
    return True


def split(text: str) -> list[str]:
    """The lines as TOML counts them."""
    return text.replace("\r\n", "\n").split("\n")


def statement(text: str, keys: KeyPath) -> tuple[int, int] | None:
    """First and last line (from 1) of the statement that first brings about a key, table headers included.

    None if the file does not parse, does not have it, or is too odd to search.
    """
    lines = split(text)
    prefixes = _Prefixes(lines)
    if not has(prefixes.read(len(lines)), keys) or not keys:
        return None
    last = _shortest(prefixes, len(lines), keys)
    first = last
    while first > 1 and prefixes.read(first - 1) is None:
        first -= 1
    return first, last


def _shortest(prefixes: _Prefixes, count: int, keys: KeyPath) -> int:
    answer, left, right = count, 1, count - 1
    while left <= right:
        middle = (left + right) // 2
        whole, data = middle, prefixes.read(middle)
        while data is None and whole < right:
            whole += 1
            data = prefixes.read(whole)
        if data is None:
            right = middle - 1
        elif has(data, keys):
            answer, right = whole, middle - 1
        else:
            left = whole + 1
    return answer


def line_of(text: str, keys: KeyPath) -> int | None:
    """The line a person should look at for a key; for one that is missing, that of the nearest table above it."""
    while keys:
        if found := statement(text, keys):
            return found[0]
        keys = keys[:-1]
    return None
