"""The rows behind a number, page by page: short lists are read once and kept, long ones are paged by SQL."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from cm_console.model.metrics import Behind
from cm_console.store.metrics import Ask, scope_of, snapshot
from cm_console.store.metrics_registry import CALCULATIONS
from cm_console.store.metrics_scope import Light, Scope
from cm_console.store.metrics_words import WORDS
from cm_console.store.post_ids import first_id
from cm_console.store.sqlite import Connection

Key = tuple[float, str]


class Listing(Protocol):
    """An ordered list of rows without their words; same order and keys from every method."""

    def after(self, conn: Connection, key: Key | None, limit: int) -> Sequence[Light]:
        """At most `limit` rows behind a key; None: from the first."""
        ...

    def before(self, conn: Connection, key: Key | None, limit: int) -> Sequence[Light]:
        """At most `limit` rows right before a key, in list order; None: the last."""
        ...

    def total(self, conn: Connection) -> int:
        """How many rows."""
        ...

    def position(self, key: Key) -> int | None:
        """How many rows stand before a key; None where that would be dear."""
        ...

    def find(self, conn: Connection, item: int | str) -> Light | None:
        """A row by its id."""
        ...


def key_of(row: Light) -> Key:
    """The place of a row; equal ranks are ordered by id."""
    return row.rank, f"{row.item:>24}"


class Kept:
    """A list short enough to be read once: at most a row for each thread or member of a window."""

    def __init__(self, rows: Sequence[Light]) -> None:
        self._rows = sorted(rows, key=key_of)
        self._keys = [key_of(row) for row in self._rows]
        self._places = {row.item: place for place, row in enumerate(self._rows)}

    def after(self, conn: Connection, key: Key | None, limit: int) -> Sequence[Light]:
        """See Listing."""
        start = 0 if key is None else bisect_right(self._keys, key)
        return self._rows[start : start + limit]

    def before(self, conn: Connection, key: Key | None, limit: int) -> Sequence[Light]:
        """See Listing."""
        end = len(self._rows) if key is None else bisect_left(self._keys, key)
        return self._rows[max(0, end - limit) : end]

    def total(self, conn: Connection) -> int:
        """See Listing."""
        return len(self._rows)

    def position(self, key: Key) -> int | None:
        """See Listing."""
        return bisect_left(self._keys, key)

    def find(self, conn: Connection, item: int | str) -> Light | None:
        """See Listing."""
        place = self._places.get(item)
        return None if place is None else self._rows[place]


@dataclass(frozen=True, slots=True)
class Paged:
    """A list as long as the community: rows of a table, the highest `column` first."""

    table: str
    column: str
    where: str

    def after(self, conn: Connection, key: Key | None, limit: int) -> Sequence[Light]:
        """See Listing."""
        beyond = f"{self.column} <= ?1 AND ({self.column} < ?1 OR id > ?2)"
        return self._rows(conn, beyond, f"{self.column} DESC, id", key, limit)

    def before(self, conn: Connection, key: Key | None, limit: int) -> Sequence[Light]:
        """See Listing."""
        beyond = f"{self.column} >= ?1 AND ({self.column} > ?1 OR id < ?2)"
        return self._rows(conn, beyond, f"{self.column}, id DESC", key, limit)[::-1]

    def total(self, conn: Connection) -> int:
        """See Listing."""
        return int(conn.execute(f"SELECT count(*) FROM {self.table} WHERE {self.where}").fetchone()[0])

    def position(self, key: Key) -> int | None:
        """See Listing."""
        return None

    def find(self, conn: Connection, item: int | str) -> Light | None:
        """See Listing."""
        query = f"SELECT -{self.column}, id FROM {self.table} WHERE id = ? AND {self.where}"
        row = conn.execute(query, (item,)).fetchone()
        return Light(*row) if row else None

    def _rows(self, conn: Connection, beyond: str, order: str, key: Key | None, limit: int) -> list[Light]:
        where = self.where if key is None else f"{self.where} AND {beyond}"
        bounds = () if key is None else (-int(key[0]), int(key[1]))
        query = f"SELECT -{self.column}, id FROM {self.table} WHERE {where} ORDER BY {order} LIMIT {int(limit)}"
        return [Light(*row) for row in conn.execute(query, bounds)]


def _posts(scope: Scope) -> Paged:
    low, high = first_id(scope.since), first_id(scope.to)
    where = f"id >= {low} AND id < {high} AND state < 3 AND role < 2 AND {scope.facts.chosen()}"
    return Paged("post", "id", where)


def _joined(scope: Scope, since: int) -> Paged:
    bounds = f"joined_at >= {since} AND joined_at < {scope.to}"
    return Paged("member", "joined_at", f"{bounds} AND role = 0 AND {scope.facts.chosen()}")


def listing(conn: Connection, ask: Ask, id: str) -> Listing:
    """The rows behind a number."""
    with snapshot(conn):
        scope = scope_of(conn, ask)
        match id:
            case "posts":
                return _posts(scope)
            case "members.new":
                return _joined(scope, scope.since)
            case "members.total":
                return _joined(scope, -(2**62))
            case _:
                return Kept(CALCULATIONS[id].rows(scope))


def worded(conn: Connection, kind: str, rows: Sequence[Light]) -> list[Behind]:
    """A page of rows with their words; what was removed in between is left out."""
    words = WORDS[kind](conn, [row.item for row in rows])
    return [
        Behind(key_of(row), kind, row.item, *words[row.item][:4], row.value, row.counted, *words[row.item][4:])
        for row in rows
        if row.item in words
    ]
