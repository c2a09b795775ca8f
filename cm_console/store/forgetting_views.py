"""Saved views that the team named after somebody who is forgotten, and the lines of the journal about them."""

from __future__ import annotations

from collections.abc import Callable

from cm_console.store.sqlite import Connection

_OF_VIEWS = "SELECT seq, substr(item, 6) FROM journal WHERE item >= 'view:' AND item < 'view;'"


def unname(conn: Connection, clean: Callable[[str], str]) -> int:
    """Take names and quotes out of what views are called; returns of how many. Each keeps its filter and its place."""
    held = {name for (name,) in conn.execute("SELECT name FROM saved_view UNION SELECT name FROM view_place")}
    theirs = {name: new for name in sorted(held) if (new := clean(name)) != name}
    for name, new in theirs.items():
        free = _free(new, held)
        held = (held - {name}) | {free}
        for table in ("saved_view", "view_place"):
            conn.execute(f"UPDATE {table} SET name = ? WHERE name = ?", (free, name))
    told = [(f"view:{new}", seq) for seq, name in conn.execute(_OF_VIEWS) if (new := clean(name)) != name]
    conn.executemany("UPDATE journal SET item = ? WHERE seq = ?", told)
    return len(theirs)


def _free(name: str, held: set[str]) -> str:
    """A name that no other view has: a number is put behind it where one does."""
    number, free = 1, name
    while free in held:
        number, free = number + 1, f"{name} {number + 1}"
    return free
