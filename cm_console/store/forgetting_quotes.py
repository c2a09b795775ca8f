"""What somebody said, to be known again where the team repeated it: in notes, hand-overs, drafts, replies."""

from __future__ import annotations

import re
from collections.abc import Iterable

from cm_console.store.withheld import LONG_LINE, REMOVED

SHORT_QUOTE = 8
"""Characters a line marked as a quote must have; a line without a mark needs LONG_LINE."""
CUT = "…"
"""How a quote ends that was cut."""
_CALM = re.compile(r"`(@[\w.-]+)`")
"""A name in a quote that is to call nobody; see `model/handover.py`."""


class Quotes:
    """The lines of a person's posts."""

    def __init__(self, bodies: Iterable[str]) -> None:
        self._whole = "\n".join(_plain(line) for body in bodies for line in body.split("\n"))
        self._lines = set(self._whole.split("\n"))

    def removed(self, text: str) -> str:
        """A text without the lines that are theirs."""
        return "\n".join(self._line(line) for line in text.split("\n")) if self._whole else text

    def _line(self, line: str) -> str:
        said, marked = _plain(line), line.lstrip().startswith(">")
        begun = said.removesuffix(CUT).rstrip()
        if len(begun) < (SHORT_QUOTE if marked else LONG_LINE):
            return line
        theirs = said in self._lines or (begun != said and begun in self._whole)
        return (f"> {REMOVED}" if marked else REMOVED) if theirs else line


def _plain(line: str) -> str:
    return _CALM.sub(r"\1", line.lstrip("> \t").strip())
