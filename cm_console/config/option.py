"""What is said of one key of a config file."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, NamedTuple

from cm_console.config.values import ValueKind

REQUIRED: Final = object()
"""The default of a key that has none."""


class Option(NamedTuple):
    """One key of the config.

    Attributes:
        key: as errors and docs name it; a part in capitals stands for any name ("sources.NAME.every").
        kind: what the value must be.
        default: what holds without it; REQUIRED if nothing does.
        help: what it does, in one or two sentences.
        example: a value worth seeing where the default says nothing.
        unset: the default in words where the value alone would not tell.
    """

    key: str
    kind: ValueKind
    default: object
    help: str
    example: object = None
    unset: str = ""

    @property
    def type(self) -> str:
        """What the value must be, in words."""
        return self.kind.words

    @property
    def required(self) -> bool:
        """Is there no default?"""
        return self.default is REQUIRED


def fixed(options: Iterable[Option], table: str) -> dict[str, Option]:
    """The keys with a fixed name of one table: "" for the top level, "guidelines", "sources.NAME"."""
    found = {}
    for option in options:
        of, _, name = option.key.rpartition(".")
        if of == table and not name.isupper():
            found[name] = option
    return found
