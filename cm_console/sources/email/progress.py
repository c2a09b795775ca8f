"""How far each folder is read: the cursor of a pull. It carries both ends: what is new, and how far back."""

from __future__ import annotations

import msgspec

from cm_console.model.source import Cursor
from cm_console.sources.cursors import cursor_of
from cm_console.sources.email.heads import Role
from cm_console.sources.email.imap import State


class Mark(msgspec.Struct):
    """How far one folder is read. Ids mean something only together with `validity`.

    Attributes:
        name: the folder's, to notice that another one is meant now.
        high: the highest id that is read.
        low: ids below are still to be read on the way back; 0 when the way back is done.
        since: how far back it goes.
        modseq: changes up to here are known.
        held: sent messages of which nobody knew whether they had gone out.
    """

    name: str
    validity: int
    high: int
    low: int
    since: int
    modseq: int = 0
    held: list[int] = []


class Marks(msgspec.Struct):
    """The marks of all folders."""

    folders: dict[Role, Mark] = {}

    def encode(self) -> Cursor:
        """As a cursor."""
        return cursor_of(self)

    def fits(self, role: Role, name: str, state: State) -> bool:
        """Is this still the folder we have read from?"""
        mark = self.folders.get(role)
        return mark is not None and mark.name == name and mark.validity == state.validity


def marks_of(cursor: Cursor | None) -> Marks:
    """A cursor's marks; one nobody can read means beginning anew: that repeats, and skips nothing."""
    try:
        return Marks() if cursor is None else msgspec.json.decode(cursor, type=Marks)
    except msgspec.DecodeError:
        return Marks()
