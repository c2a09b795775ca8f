"""What the inbox reads: lists by keyset on partial indexes; `reading.py` has what is in a thread."""

from __future__ import annotations

from typing import Any

from cm_console.model.inbox import Filter, InquiryRow, Priority, Status, View
from cm_console.model.text import Safe
from cm_console.store.sqlite import Connection

_BETWEEN_TAGS = "\x1f"

_VIEWS = {
    View.NEEDS_REPLY: ("view = 1", "due_at", "ASC"),
    View.MINE: ("view = 1 AND assignee = :me", "due_at", "ASC"),
    View.UNASSIGNED: ("view = 1 AND assignee IS NULL", "due_at", "ASC"),
    View.WAITING: ("view = 2", "last_post_at", "DESC"),
    View.SNOOZED: ("view = 3", "snoozed_until", "ASC"),
    View.DONE: ("view = 4", "status_at", "DESC"),
    View.ALL: ("deleted = 0", "last_post_at", "DESC"),
}
"""For each view: which threads, ordered by what, from where."""

_COLUMNS = """
t.id, t.{key}, s.name, s.kind, t.title, coalesce(m.handle, '[deleted]'), t.place, t.kind, t.status, t.priority,
coalesce(t.assignee, ''), t.waiting_since, t.due_at, t.last_post_at, t.snoozed_until, t.posts,
(SELECT group_concat(tag, char(31)) FROM tag WHERE thread_id = t.id),
(SELECT count(*) FROM action WHERE thread_id = t.id AND state IN ('queued', 'sending', 'uncertain', 'failed'))
"""
_JOINS = "JOIN source s ON s.id = t.source_id LEFT JOIN member m ON m.id = t.author_id"


def page(
    conn: Connection,
    view: View,
    narrow: Filter,
    *,
    me: str,
    key: tuple[int, int] | None,
    forward: bool,
    limit: int,
) -> list[InquiryRow]:
    """Rows of a view after a key (or before it, nearest first), at most `limit`."""
    which, column, direction = _VIEWS[view]
    down = (direction == "ASC") == forward
    comparison = f"AND (t.{column}, t.id) {'>' if down else '<'} (:at, :id)" if key else ""
    order = "ASC" if down else "DESC"
    where, values = _narrow(narrow)
    rows = conn.execute(
        f"SELECT {_COLUMNS.format(key=column)} FROM thread t {_JOINS} WHERE {which} {comparison} {where}"
        f" ORDER BY t.{column} {order}, t.id {order} LIMIT :limit",
        {"me": me, "at": key and key[0], "id": key and key[1], "limit": limit, **values},
    )
    return [_row(row) for row in rows]


def row(conn: Connection, thread_id: int) -> InquiryRow | None:
    """One thread as a list row."""
    found = conn.execute(
        f"SELECT {_COLUMNS.format(key='due_at')} FROM thread t {_JOINS} WHERE t.id = ?", (thread_id,)
    ).fetchone()
    return _row(found) if found else None


def key_of(conn: Connection, view: View, thread_id: int, *, me: str) -> tuple[int, int] | None:
    """The key a thread has in a view, None if it is not there."""
    which, column, _ = _VIEWS[view]
    found = conn.execute(f"SELECT {column}, id FROM thread WHERE id = :id AND {which}", {"id": thread_id, "me": me})
    row: tuple[int, int] | None = found.fetchone()
    return row


def count(conn: Connection, view: View, narrow: Filter, *, me: str, most: int = 1000) -> int:
    """How many rows a view has: kept for whole views, counted up to `most` for narrowed ones."""
    kept = {View.NEEDS_REPLY: "view:1", View.WAITING: "view:2", View.SNOOZED: "view:3", View.DONE: "view:4"}
    kept[View.ALL] = "threads"
    if view in kept and not narrow:
        found = conn.execute("SELECT n FROM badge WHERE name = ?", (kept[view],)).fetchone()
        return found[0] if found else 0
    which, *_ = _VIEWS[view]
    where, values = _narrow(narrow)
    joins = _JOINS if narrow else ""
    counted = f"SELECT count(*) FROM (SELECT 1 FROM thread t {joins} WHERE {which} {where} LIMIT {most})"
    return int(conn.execute(counted, {"me": me, **values}).fetchone()[0])


def badges(conn: Connection) -> dict[str, int]:
    """All kept counts: view:1 needs reply, cases, action:queued and so on."""
    return dict(conn.execute("SELECT name, n FROM badge WHERE n > 0").fetchall())


def head(conn: Connection, thread_id: int) -> dict[str, Any] | None:
    """The facts of a thread that its card needs beyond the row."""
    cursor = conn.execute(
        "SELECT t.remote, t.url, t.closed, t.solved_at, t.author_id, t.by_member, t.first_response_at, t.version,"
        " t.answered_by_team, t.waiting_since, t.kind, t.last_post_at, t.status, t.asked_at, t.seen_at, t.rev,"
        " s.name AS source, s.kind AS source_kind FROM thread t JOIN source s ON s.id = t.source_id WHERE t.id = ?",
        (thread_id,),
    )
    row = cursor.fetchone()
    return dict(zip((column[0] for column in cursor.description), row, strict=True)) if row else None


def _narrow(narrow: Filter) -> tuple[str, dict[str, str]]:
    clauses, values = [], {}
    if narrow.words:
        clauses.append(
            "(t.title LIKE :like ESCAPE '\\' OR m.handle LIKE :like ESCAPE '\\' OR t.place LIKE :like ESCAPE '\\')"
        )
        escaped = narrow.words.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        values["like"] = f"%{escaped}%"
    if narrow.source:
        clauses.append("s.name = :source")
        values["source"] = narrow.source
    if narrow.tag:
        clauses.append("EXISTS (SELECT 1 FROM tag WHERE thread_id = t.id AND tag = :tag)")
        values["tag"] = narrow.tag
    if narrow.assignee:
        clauses.append("t.assignee = :assignee")
        values["assignee"] = narrow.assignee
    return "".join(f" AND {clause}" for clause in clauses), values


def _row(row: tuple[Any, ...]) -> InquiryRow:
    id, at, source, source_kind, title, author, place, kind, status, priority, *rest, tags, pending = row
    facts: list[Any] = [source, source_kind, Safe(title), Safe(author), Safe(place), kind]
    facts += [Status(status), Priority(priority), *rest, tuple(tags.split(_BETWEEN_TAGS) if tags else ()), pending]
    return InquiryRow(id, (at, id), *facts)
