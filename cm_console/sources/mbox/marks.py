"""How far each file of an archive is read: the cursor of a pull."""

from __future__ import annotations

import msgspec

from cm_console.model.source import Cursor
from cm_console.sources.cursors import cursor_of
from cm_console.sources.row_files import Stamp


class Mark(msgspec.Struct, array_like=True, frozen=True):
    """Where to go on in a file, and what is needed to tell whether it only grew.

    Attributes:
        stamp: the file as it was when it was read.
        offset, line: where the next message begins; the last one's beginning once it `ended`, for it may still grow.
        before: the hash of what stands before that.
        ended: read to its end, or to the `fault` that makes the rest unreadable.
    """

    stamp: Stamp = (-1, -1)
    offset: int = 0
    line: int = 1
    before: str = ""
    ended: bool = False
    fault: str = ""


BEGINNING = Mark()


class Marks(msgspec.Struct):
    """The marks of all files, in the order in which they were first read."""

    files: dict[str, Mark] = {}

    def encode(self) -> Cursor:
        """As a cursor."""
        return cursor_of(self)


def marks_of(cursor: Cursor | None) -> Marks:
    """A cursor's marks; one nobody can read means beginning anew."""
    try:
        return Marks() if cursor is None else msgspec.json.decode(cursor, type=Marks)
    except msgspec.DecodeError:
        return Marks()
