"""Tables of a config file checked against what is documented; what is wrong is told with its place."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from cm_console.config.lines import KeyPath
from cm_console.config.option import Option
from cm_console.config.values import nearest, shown
from cm_console.model.text import clean_line


class Wrong(Exception):
    """Something is wrong at a place; the line is looked up later."""

    def __init__(self, keys: KeyPath, words: str) -> None:
        super().__init__(words)
        self.keys = keys
        self.words = words


def dotted(keys: KeyPath) -> str:
    """A place as a person writes it: sources.forum.every, guidelines[2].title."""
    words = ""
    for key in keys:
        if isinstance(key, int):
            words += f"[{key + 1}]"
        else:
            plain = clean_line(key, 60)
            words += ("." if words else "") + (plain if re.fullmatch(r"[\w.-]+", plain) else f'"{plain}"')
    return words


def accept(entry: Option, value: object, keys: KeyPath) -> Any:
    """A value as its option wants it; raises Wrong."""
    try:
        return entry.kind.accept(value)
    except ValueError as advice:
        # No cause is kept: a chained one would show the value twice.
        words = f"{dotted(keys)} must be {entry.kind.words}, not {shown(value)}{advice}"
    raise Wrong(keys, words)


def table_of(value: object, keys: KeyPath, example: str) -> dict[str, Any]:
    """A value that must be a table; raises Wrong."""
    if not isinstance(value, dict):
        raise Wrong(keys, f"{dotted(keys)} must be a table such as {example}, not {shown(value)}")
    return value


def given_in(data: Mapping[str, object], keys: KeyPath, known: Mapping[str, Option]) -> dict[str, Any]:
    """The keys of a table that have a fixed name; raises Wrong, also where a required one is missing."""
    for name, entry in known.items():
        if entry.required and name not in data:
            raise Wrong(keys, f"{dotted((*keys, name))} is missing: {entry.help}")
    return {name: accept(known[name], value, (*keys, name)) for name, value in data.items() if name in known}


def no_others(data: Mapping[str, object], keys: KeyPath, known: tuple[str, ...]) -> None:
    """Raises Wrong if a table holds another key."""
    for name in data:
        if name not in known:
            raise Wrong((*keys, name), f"there is no setting {dotted((*keys, name))}{nearest(name, known)}")
