"""The journal: every decision is one operation with an actor, what it changed and how things were, so undo is exact."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from cm_console.store.sqlite import Connection

KEYS = {
    "thread": ("id",),
    "cases": ("id",),
    "report": ("id",),
    "tag": ("thread_id", "tag"),
    "note": ("id",),
    "decision": ("id",),
    "entry": ("id",),
    "variant": ("entry_id", "source"),
    "goal": ("id",),
    "mention": ("person", "thread_id"),
    "saved_view": ("name",),
    "view_place": ("name",),
    "action": ("id",),
    "account_link": ("id",),
    "member_tag": ("member_id", "tag"),
    "follow_up": ("id",),
    "contact": ("id",),
    "feedback": ("id",),
    "handover": ("id",),
    "engaged": ("view", "subject", "occasion"),
}
"""The tables decisions live in, with their keys; of actions only what taking them back changes."""


AGAIN = "again"
"""In the payload of an operation that undoes another and can be undone in its turn, like any decision."""
FROM = "from"
"""In the payload of an operation that one keypress did in several transactions: after which seq these begin."""
DRAFT = "draft"
"""In the payload of an operation that sends words: the key of the draft they were, "" for what was none."""


STANDS = "let stand "
"""How the operation begins that says of another, which it `undoes` only in name: it came too late to take it back."""


class Overtaken(Exception):
    """Something was decided on the same item since; undoing now would overwrite it. The words say what."""


@dataclass
class Operation:
    """One decision being written: `change` rows through it and their state before is kept; `close` writes the line."""

    conn: Connection
    id: str
    at: int
    actor: str
    op: str
    item: str
    payload: dict[str, object] = field(default_factory=dict)
    before: list[dict[str, object]] = field(default_factory=list)

    def change(self, table: str, key: Mapping[str, object], values: Mapping[str, object] | None) -> None:
        """Insert or update one row of a decision table; None deletes it. Only the named columns change, if any."""
        if values is None:
            was = _row(self.conn, table, key)
            self.before.append({"table": table, "key": dict(key), "row": was, "columns": None})
            self.conn.execute(f"DELETE FROM {table} WHERE {_where(key)}", tuple(key.values()))
            return
        was = _row(self.conn, table, key, tuple(values))
        self.before.append({"table": table, "key": dict(key), "row": was, "columns": list(values)})
        if was is None:
            row = {**key, **values}
            marks = ",".join("?" * len(row))
            self.conn.execute(f"INSERT INTO {table}({', '.join(row)}) VALUES({marks})", tuple(row.values()))
        elif values:
            pairs = ", ".join(f"{column}=?" for column in values)
            self.conn.execute(f"UPDATE {table} SET {pairs} WHERE {_where(key)}", (*values.values(), *key.values()))

    def remember(self, table: str, key: dict[str, object], columns: tuple[str, ...]) -> None:
        """Note columns of an existing row as they are, before something else than `change` changes them."""
        kept = _row(self.conn, table, key, columns)
        self.before.append({"table": table, "key": dict(key), "row": kept, "columns": list(columns)})

    def close(self, *, undoes: str | None = None) -> None:
        """Write the journal line; in the same transaction as the changes."""
        self.conn.execute(
            "INSERT INTO journal(id, at, actor, op, item, payload, before, undoes) VALUES(?,?,?,?,?,?,?,?)",
            (
                self.id,
                self.at,
                self.actor,
                self.op,
                self.item,
                json.dumps(self.payload),
                json.dumps(self.before),
                undoes,
            ),
        )


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the journal; `item` is `thread:12`, `case:3`, `entry:…`; `undone` when a later line undid it."""

    seq: int
    id: str
    at: int
    actor: str
    op: str
    item: str
    payload: dict[str, object]
    undone: bool


STOOD = f"""EXISTS(SELECT 1 FROM journal s WHERE s.undoes = j.id
    AND substr(s.op, 1, {len(STANDS)}) = '{STANDS}')"""
"""SQL: it was too late to take line `j` back, and somebody let it stand."""
UNDONE = f"""EXISTS(SELECT 1 FROM journal u WHERE u.undoes = j.id AND substr(u.op, 1, {len(STANDS)}) != '{STANDS}'
    AND NOT EXISTS(SELECT 1 FROM journal again WHERE again.undoes = u.id))"""
"""SQL: line `j` was undone, and that undo was not taken back in its turn."""

_LINE = f"SELECT seq, id, at, actor, op, item, payload, {UNDONE} FROM journal j"


def line(conn: Connection, id: str) -> Line | None:
    """A journal line by its id."""
    row = conn.execute(f"{_LINE} WHERE id = ?", (id,)).fetchone()
    return _line(row) if row else None


def of_action(conn: Connection, action_id: str) -> Line | None:
    """The line that queued an action."""
    row = conn.execute(f"{_LINE} WHERE id = (SELECT journal_id FROM action WHERE id = ?)", (action_id,)).fetchone()
    return _line(row) if row else None


def lines(conn: Connection, item: str | None = None, before: int | None = None, limit: int = 50) -> list[Line]:
    """The newest lines, of one item or of all, going back from `before` (a seq)."""
    only = "" if item is None else "item = :item AND "
    rows = conn.execute(
        f"{_LINE} WHERE {only}seq < :before ORDER BY seq DESC LIMIT :limit",
        {"item": item, "before": before or 2**62, "limit": limit},
    )
    return [_line(row) for row in rows]


def last_undoable(conn: Connection, actor: str) -> Line | None:
    """The newest operation of this person that is no undo, was not undone and was not let stand."""
    row = conn.execute(
        f"{_LINE} WHERE actor = ? AND (undoes IS NULL OR payload ->> '{AGAIN}')"
        " AND (before != '[]' OR payload ->> 'actions' IS NOT NULL)"
        f" AND NOT {UNDONE} AND NOT {STOOD} ORDER BY seq DESC LIMIT 1",
        (actor,),
    ).fetchone()
    return _line(row) if row else None


def let_stand_last(conn: Connection, actor: str) -> str | None:
    """The id of what this person let stand, if they decided nothing since."""
    query = "SELECT op, undoes FROM journal WHERE actor = ? ORDER BY seq DESC LIMIT 1"
    op, undoes = conn.execute(query, (actor,)).fetchone() or ("", None)
    return undoes if op.startswith(STANDS) else None


def columns(conn: Connection, id: str) -> set[tuple[str, str]]:
    """What is otherwise than before a line: tables, and their columns."""
    (before,) = conn.execute("SELECT before FROM journal WHERE id = ?", (id,)).fetchone()
    found = set[tuple[str, str]]()
    for step in json.loads(before):
        was, now = step["row"] or {}, _row(conn, step["table"], step["key"]) or {}
        found |= {(step["table"], name) for name in step["columns"] or was if was.get(name) != now.get(name)}
    return found


def group(conn: Connection, of: Line) -> list[Line]:
    """All lines one keypress wrote up to this one, its newest, the newest first; others may have written between."""
    ours, first = of.payload.get("group"), of.payload.get(FROM)
    if not ours:
        return [of]
    found = []
    for row in conn.execute(f"{_LINE} WHERE seq BETWEEN ? AND ? ORDER BY seq DESC", (first or 0, of.seq)):
        each = _line(row)
        if each.payload.get("group") == ours:
            found.append(each)
        elif first is None:
            break  # it was one transaction: nothing stands between
    return found


def undone(conn: Connection, ids: Sequence[str]) -> set[str]:
    """Which of some lines were taken back and stay so."""
    rows = conn.execute(
        f"SELECT id FROM journal j WHERE id IN (SELECT value FROM json_each(?)) AND {UNDONE}", (json.dumps(ids),)
    )
    return {id for (id,) in rows}


def newest(conn: Connection) -> int:
    """The seq of the newest line."""
    return int(conn.execute("SELECT coalesce(max(seq), 0) FROM journal").fetchone()[0])


def restore(operation: Operation, of: str) -> None:
    """Bring back the rows as they were before the operation `of`, as part of a new operation.

    Whether others decided on them since is for `overtaking.Since` to say, before.
    """
    conn = operation.conn
    (before,) = conn.execute("SELECT before FROM journal WHERE id = ?", (of,)).fetchone()
    for step in reversed(json.loads(before)):
        if step["columns"] and step["row"] is not None and _row(conn, step["table"], step["key"], ()) is None:
            continue  # its source was removed meanwhile, and every fact of it
        if step["columns"] is None and step["row"] is not None:
            rest = {column: value for column, value in step["row"].items() if column not in step["key"]}
            operation.change(step["table"], step["key"], rest)
        else:
            operation.change(step["table"], step["key"], step["row"])


def _line(row: tuple[int, str, int, str, str, str, str, int]) -> Line:
    return Line(*row[:6], json.loads(row[6]), bool(row[7]))


def _row(
    conn: Connection, table: str, key: Mapping[str, object], columns: tuple[str, ...] | None = None
) -> dict[str, object] | None:
    """Some columns of a row, or all of them; None if there is no such row."""
    if tuple(key) != KEYS[table]:
        raise ValueError(f"{table} is keyed by {KEYS[table]}")
    what = "*" if columns is None else ", ".join(columns) or "1"
    cursor = conn.execute(f"SELECT {what} FROM {table} WHERE {_where(key)}", tuple(key.values()))
    row = cursor.fetchone()
    names = columns if columns is not None else [column[0] for column in cursor.description]
    return None if row is None else dict(zip(names, row, strict=False))


def _where(key: Mapping[str, object]) -> str:
    return " AND ".join(f"{column}=?" for column in key)
