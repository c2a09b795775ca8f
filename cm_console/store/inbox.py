"""What the inbox reads: lists by keyset on partial indexes; `reading.py` has what is in a thread."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from cm_console.model.inbox import Filter, InquiryRow, Priority, Status, View
from cm_console.model.text import Safe
from cm_console.store import narrowing
from cm_console.store.sqlite import Connection

_BETWEEN_TAGS = "\x1f"


class _List(NamedTuple):
    """Which threads are in a view, and the column it is ordered by, from the least or from the greatest."""

    where: str
    by: str
    ascending: bool = True


_MENTIONED = "t.mentioned_at IS NOT NULL AND t.deleted = 0 AND (t.status = 0 OR t.mentioned_at > t.seen_at)"
_LEADS = " AND t.under IS NULL"
"""Of a group only the leading thread is listed where inquiries are; lists of facts hold every thread."""

_VIEWS = {
    View.NEEDS_REPLY: _List(f"t.view = 1{_LEADS}", "t.urgency"),
    View.MINE: _List(f"t.view = 1 AND t.assignee = :me{_LEADS}", "t.urgency"),
    View.UNASSIGNED: _List(f"t.view = 1 AND t.assignee IS NULL{_LEADS}", "t.urgency"),
    View.MENTIONS: _List(_MENTIONED, "t.mentioned_at", ascending=False),
    View.NEWCOMERS: _List("t.newcomer = 1 AND t.deleted = 0 AND t.status = 0", "t.created_at", ascending=False),
    View.UNANSWERED: _List("t.first_response_at IS NULL AND t.by_member = 1 AND t.deleted = 0", "t.created_at"),
    View.WAITING: _List(f"t.view = 2{_LEADS}", "t.last_post_at", ascending=False),
    View.SNOOZED: _List(f"t.view = 3{_LEADS}", "t.snoozed_until"),
    View.DONE: _List(f"t.view = 4{_LEADS}", "t.status_at", ascending=False),
    View.ALL: _List(f"t.deleted = 0{_LEADS}", "t.last_post_at", ascending=False),
}
"""`newcomers` are members' first posts ever that nobody put away, `unanswered` what the metric of that name counts."""
_NAMED = _List(f"n.person = :me AND t.deleted = 0 AND NOT ({_MENTIONED})", "n.at", ascending=False)
"""Private notes that named me and that I have not dealt with; a part of the view `mentions`."""
_TO_NAMED = "mention n JOIN thread t ON t.id = n.thread_id"

_UNDER = "SELECT id FROM thread WHERE under = t.id"
_OF_CLOCK = "SELECT {} FROM clock WHERE due = t.due_at AND ended IS NULL AND thread_id"
_CLOCK = (
    f"CASE WHEN t.clock_due = t.due_at THEN ({_OF_CLOCK} = t.id LIMIT 1)"
    f" WHEN t.joined THEN ({_OF_CLOCK} IN ({_UNDER}) LIMIT 1) END"
)
_WAITING = (
    "CASE WHEN t.joined THEN (SELECT min(since) FROM (SELECT t.waiting_since AS since"
    " UNION ALL SELECT f.waiting_since FROM thread f WHERE f.under = t.id AND f.view = 1)) ELSE t.waiting_since END"
)
_PENDING = "(SELECT count(*) FROM action WHERE state IN ('queued', 'sending', 'uncertain', 'failed') AND thread_id {})"
_COLUMNS = f"""
t.id, {{by}} AS place, s.name, s.kind, t.title, coalesce(m.handle, 'unknown'), t.place, t.kind, t.status, t.priority,
coalesce(t.assignee, ''), {_WAITING}, t.due_at, t.last_post_at, t.snoozed_until, t.posts,
(SELECT group_concat(tag, char(31)) FROM tag WHERE thread_id = t.id),
{_PENDING.format("= t.id")} + CASE WHEN t.joined THEN {_PENDING.format(f"IN ({_UNDER})")} ELSE 0 END,
t.newcomer, t.due_by, {_CLOCK.format("kind", "kind")}, {_CLOCK.format("risk_at", "risk_at")}, t.joined, t.under,
EXISTS(SELECT 1 FROM feedback WHERE thread_id = t.id AND removed = 0),
EXISTS(SELECT 1 FROM draft WHERE key = 'reply:' || t.id)
"""
_AUTHOR = "LEFT JOIN member m ON m.id = t.author_id"
_JOINS = f"JOIN source s ON s.id = t.source_id {_AUTHOR}"
_CROSS = "CROSS JOIN thread t ON t.id ="
_SOME = f"json_each(:some) some {_CROSS} some.value"


def page(
    conn: Connection,
    view: View,
    narrow: Filter,
    *,
    me: str,
    key: tuple[int, int] | None,
    forward: bool,
    limit: int,
    now: int = 0,
) -> list[InquiryRow]:
    """Rows of a view after a key (or before it, nearest first), at most `limit`; `now` is for the ages of a filter."""
    at, id = key or (0, 0)
    bound: dict[str, str | int] = {"me": me, "limit": limit, "at": at, "id": id}
    down = _VIEWS[view].ascending == forward
    order, than = ("ASC", ">") if down else ("DESC", "<")

    def beyond(listed: _List) -> str:
        return f"AND ({listed.by}, t.id) {than} (:at, :id)" if key else ""

    listed = _VIEWS[view]
    if view is View.MENTIONS:
        where, values = narrowing.clauses(narrow, now)
        bound |= {**values, "me": me.casefold()}
        mentioned, named = (f"{each.where} {beyond(each)} {where}" for each in (listed, _NAMED))
        parts = (_rows_of(listed, "thread t", mentioned, order), _rows_of(_NAMED, _TO_NAMED, named, order))
        query = f"{' UNION ALL '.join(f'SELECT * FROM ({part})' for part in parts)} ORDER BY 2 {order}, 1 {order}"
        query += " LIMIT :limit"
    elif narrow:
        ids = _narrowed(conn, view, narrow, bound, beyond(listed), order, now)
        bound["some"] = _array(ids)
        query = _rows_of(listed, _SOME, "1", order)
    else:
        query = _rows_of(listed, "thread t", f"{listed.where} {beyond(listed)}", order)
    return [_row(row) for row in conn.execute(query, bound)]


def row(conn: Connection, thread_id: int) -> InquiryRow | None:
    """One thread as a list row."""
    found = conn.execute(
        f"SELECT {_COLUMNS.format(by='t.urgency')} FROM thread t {_JOINS} WHERE t.id = ?", (thread_id,)
    ).fetchone()
    return _row(found) if found else None


def key_of(conn: Connection, view: View, thread_id: int, *, me: str) -> tuple[int, int] | None:
    """The key a thread has in a view, None if it is not there."""
    listed = _VIEWS[view]
    query = f"SELECT {listed.by}, t.id FROM thread t WHERE t.id = :id AND {listed.where}"
    if view is View.MENTIONS:
        query += f" UNION ALL SELECT {_NAMED.by}, t.id FROM {_TO_NAMED} WHERE t.id = :id AND {_NAMED.where}"
        me = me.casefold()
    found: tuple[int, int] | None = conn.execute(query, {"id": thread_id, "me": me}).fetchone()
    return found


def count(conn: Connection, view: View, narrow: Filter, *, me: str, most: int = 1000, now: int = 0) -> int:
    """How many rows a view has: kept for whole views, counted up to `most` for others."""
    kept = {View.NEEDS_REPLY: "view:1", View.WAITING: "view:2", View.SNOOZED: "view:3", View.DONE: "view:4"}
    kept[View.ALL] = "threads"
    if view in kept and not narrow:
        found = conn.execute("SELECT n FROM badge WHERE name = ?", (kept[view],)).fetchone()
        return found[0] if found else 0
    where, values = narrowing.clauses(narrow, now)
    author, listed = _AUTHOR if narrow else "", _VIEWS[view]
    if view is View.MENTIONS:
        me = me.casefold()
        query = f"SELECT 1 FROM thread t {author} WHERE {listed.where} {where}"
        query += f" UNION ALL SELECT 1 FROM {_TO_NAMED} {author} WHERE {_NAMED.where} {where}"
    else:
        known = narrowing.few(conn, narrow, now) if narrow else None
        query = f"SELECT 1 FROM {'thread t' if known is None else _SOME} {author} WHERE {listed.where} {where}"
        values["some"] = _array(known)
    return int(conn.execute(f"SELECT count(*) FROM ({query} LIMIT {most})", {"me": me, **values}).fetchone()[0])


def badges(conn: Connection) -> dict[str, int]:
    """All kept counts: view:1 needs reply, cases, action:queued and so on."""
    return dict(conn.execute("SELECT name, n FROM badge WHERE n > 0").fetchall())


def head(conn: Connection, thread_id: int) -> dict[str, Any] | None:
    """The facts of a thread that its card needs beyond the row."""
    cursor = conn.execute(
        "SELECT t.remote, t.url, t.closed, t.solved_at, t.author_id, t.by_member, t.first_response_at, t.version,"
        " t.answered_by_team, t.waiting_since, t.kind, t.last_post_at, t.status, t.asked_at, t.seen_at, t.rev,"
        " t.needs, t.view, t.snoozed_until,"
        " t.place IN (SELECT value FROM json_each((SELECT value FROM meta WHERE key = 'muted'))) AS muted,"
        " s.name AS source, s.kind AS source_kind FROM thread t JOIN source s ON s.id = t.source_id WHERE t.id = ?",
        (thread_id,),
    )
    row = cursor.fetchone()
    return dict(zip((column[0] for column in cursor.description), row, strict=True)) if row else None


def _rows_of(listed: _List, origin: str, where: str, order: str) -> str:
    return (
        f"SELECT {_COLUMNS.format(by=listed.by)} FROM {origin} {_JOINS} WHERE {where}"
        f" ORDER BY {listed.by} {order}, t.id {order} LIMIT :limit"
    )


def _narrowed(
    conn: Connection, view: View, narrow: Filter, bound: dict[str, str | int], beyond: str, order: str, now: int
) -> list[int]:
    """Threads of a view that fit a filter, in its order: from near, else of those that may fit, else by a walk."""
    listed, known = _VIEWS[view], narrowing.few(conn, narrow, now)
    where, values = narrowing.clauses(narrow, now)
    ordered = f"ORDER BY {listed.by} {order}, t.id {order}"
    inside = f"{listed.where} {beyond}"
    near = f"(SELECT t.id FROM thread t WHERE {inside} {ordered} LIMIT {narrowing.NEAR}) near {_CROSS} near.id"
    ways = [(_SOME, ordered)] if known is not None else [("thread t", ordered)]
    if known is None or len(known) > narrowing.NEAR:
        ways.insert(0, (near, ""))  # as it is walked, so it is in order already, and ends when there are enough
    ids: list[int] = []
    for origin, by in ways:
        query = f"SELECT t.id FROM {origin} {_AUTHOR} WHERE {inside} {where} {by} LIMIT :limit"
        ids = [id for (id,) in conn.execute(query, {**bound, **values, "some": _array(known)})]
        if len(ids) == bound["limit"]:
            break
    return ids


def _row(row: tuple[Any, ...]) -> InquiryRow:
    id, at, source, source_kind, title, author, place, kind, status, priority, *rest = row
    *rest, tags, pending, newcomer, due_by, clock, risk_at, joined, lead_id, feedback, draft = rest
    facts: list[Any] = [id, (at, id), source, source_kind, Safe(title), Safe(author), Safe(place), kind]
    facts += [Status(status), Priority(priority), *rest, tuple(tags.split(_BETWEEN_TAGS) if tags else ()), pending]
    facts += [bool(newcomer), due_by, clock or "", risk_at, joined, lead_id, bool(feedback), bool(draft)]
    return InquiryRow(*facts)


def _array(ids: Iterable[int] | None) -> str:
    """Ids as the JSON that `json_each` reads; the first frame does without the module for it."""
    return "null" if ids is None else f"[{','.join(map(str, ids))}]"
