"""Row ids of posts: the second of creation and a number, so that the order of ids is the order of time.

So the full text finds the newest first whatever order posts came in. Seconds, not milliseconds: the full text keeps
an id for each word of each post, and small steps between ids make it 40 % smaller.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence

from cm_console.store.sqlite import Connection

SLOTS = 4096
"""Ids of one second; what does not fit goes into the next one."""


def first_id(at: int) -> int:
    """The lowest id of a post created at an instant: earlier seconds have lower ones only."""
    return at // 1000 * SLOTS


def assign(conn: Connection, times: Sequence[int]) -> list[int]:
    """A free id for each of these times of creation."""
    firsts = [at // 1000 * SLOTS for at in times]
    last = _last_used(conn, set(firsts))
    ids = []
    for first in firsts:
        id = last[first] + 1
        if id == first + SLOTS:
            id = _next(conn, first, last)
        else:
            last[first] = id
        ids.append(id)
    return ids


def _next(conn: Connection, first: int, last: dict[int, int]) -> int:
    while last[first] + 1 == first + SLOTS:
        first += SLOTS
        if first not in last:
            last |= _last_used(conn, {first})
    last[first] += 1
    return last[first]


def _last_used(conn: Connection, firsts: Iterable[int]) -> dict[int, int]:
    """The highest id in use of each second, or the one below its first."""
    last = {first: first - 1 for first in firsts}
    near = (min(last), max(last) + SLOTS)
    if conn.execute("SELECT 1 FROM post WHERE id >= ? AND id < ? LIMIT 1", near).fetchone():
        highest = (
            f"SELECT value, (SELECT max(id) FROM post WHERE id >= value AND id < value + {SLOTS}) FROM json_each(?)"
        )
        last |= {first: id for first, id in conn.execute(highest, (json.dumps(list(last)),)) if id is not None}
    return last
