"""How far each table is read, and what stood in those that are complete: the cursor of a pull."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from cm_console.model.records import Ref
from cm_console.model.source import Cursor
from cm_console.sources.cursors import cursor_of
from cm_console.sources.row_files import Stamp


class Mark(msgspec.Struct, array_like=True, frozen=True):
    """Where to go on in a table.

    Attributes:
        stamp: the file as it was when it was read.
        rows: rows before the next one; before the last one once it `ended`, for that may have been half written.
        before: the hash of what stands before that.
        ended: read to its end, or to the `fault` that makes the rest unreadable.
    """

    stamp: Stamp = (-1, -1)
    rows: int = 0
    before: str = ""
    ended: bool = False
    fault: str = ""


BEGINNING = Mark()


class Marks(msgspec.Struct):
    """All tables of a feed.

    Attributes:
        config: the hash of the mapping, and of what else decides how rows are read; another one means beginning anew.
        tables: by number and file.
        ids: for each complete table, the refs ("post:12") of its rows when it was last read to its end, as JSON.
    """

    config: str = ""
    tables: dict[str, Mark] = {}
    ids: dict[str, msgspec.Raw] = {}

    def encode(self) -> Cursor:
        """As a cursor; long lists of ids are only copied."""
        return cursor_of(self)

    def refs(self, key: str) -> list[str]:
        """What stood in a complete table."""
        return msgspec.json.decode(self.ids[key], type=list[str]) if key in self.ids else []

    def told(self, key: str, gone: Iterable[Ref]) -> None:
        """These are gone: they stand in a complete table no more."""
        left = dict.fromkeys(self.refs(key))
        for ref in gone:
            left.pop(f"{ref.kind}:{ref.id}", None)
        self.ids[key] = msgspec.Raw(msgspec.json.encode(list(left)))


def marks_of(cursor: Cursor | None, config: str) -> Marks:
    """A cursor's marks; with another config all is read again, but what stood in complete tables is still known."""
    try:
        found = Marks() if cursor is None else msgspec.json.decode(cursor, type=Marks)
    except msgspec.DecodeError:
        found = Marks()
    return found if found.config == config else Marks(config, ids=found.ids)
