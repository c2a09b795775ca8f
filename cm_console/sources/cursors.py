"""How far a feed is known, as the text of a cursor and back."""

from __future__ import annotations

from typing import TypeVar

import msgspec

from cm_console.model.source import Cursor

T = TypeVar("T")


def state_of(cursor: Cursor | None, kind: type[T]) -> T:
    """What a cursor says, as `kind`; no cursor, or one nobody can read (another version's), means the beginning."""
    try:
        return msgspec.json.decode(cursor or "{}", type=kind)
    except msgspec.MsgspecError:
        return kind()


def cursor_of(state: object) -> Cursor:
    """A state (a msgspec Struct, or what JSON knows) as a cursor."""
    return Cursor(msgspec.json.encode(state).decode())
