"""What the inbox reads: lists by keyset on partial indexes, a thread with its posts, the newest hits of a search."""

from __future__ import annotations

import json
from typing import Any

from cm_console.model.inbox import Filter, Found, InquiryRow, Note, PersonCard, PostRow, Priority, Status, View
from cm_console.model.text import Safe, clean
from cm_console.store.sqlite import Connection, OperationalError

SEARCH_LIMIT = 300
"""Characters of a search that count: a page of text pasted into the box must not keep a reader busy for minutes."""

ROLES = ("member", "team", "bot")
STATES = ("visible", "held", "hidden", "deleted")

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
(SELECT json_group_array(tag) FROM tag WHERE thread_id = t.id),
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


def posts(conn: Connection, thread_id: int, after: int | None, limit: int) -> list[PostRow]:
    """Posts of a thread in the order of time, after a post id."""
    rows = conn.execute(
        f"{POST} WHERE p.thread_id = ?1"
        " AND (?2 IS NULL OR (p.created_at, p.id) > ((SELECT created_at FROM post WHERE id = ?2), ?2))"
        " ORDER BY p.created_at, p.id LIMIT ?3",
        (thread_id, after, limit),
    )
    return [post_row(row) for row in rows]


POST = (
    "SELECT p.id, p.remote, coalesce(m.handle, '[deleted]'), p.author_id, p.role, p.created_at, p.edited_at, p.state,"
    " p.comment, p.reactions, p.body, p.url, p.version FROM post p LEFT JOIN member m ON m.id = p.author_id"
)


def post(conn: Connection, source_id: int, remote: str) -> PostRow | None:
    """One post by the platform's id."""
    row = conn.execute(f"{POST} WHERE p.source_id = ? AND p.remote = ?", (source_id, remote)).fetchone()
    return post_row(row) if row else None


def post_row(row: tuple[Any, ...]) -> PostRow:
    """A row of the post query as the model has it."""
    id, remote, author, author_id, role, created, edited, state, comment, reactions, body, url, version = row
    return PostRow(
        id,
        remote,
        Safe(author),
        author_id,
        ROLES[role] if author_id else "unknown",
        created,
        edited,
        STATES[state],
        bool(comment),
        reactions,
        Safe(body),
        url,
        version,
    )


def notes(conn: Connection, item: str) -> list[Note]:
    """The private notes on an item, oldest first."""
    rows = conn.execute("SELECT id, author, body, at FROM note WHERE item = ? AND removed = 0 ORDER BY at, id", (item,))
    return [Note(id, author, Safe(body), at) for id, author, body, at in rows]


def person(conn: Connection, member_id: int, now: int) -> PersonCard | None:
    """Who a member is; thanks are reactions to their posts, strikes those not yet expired."""
    found = conn.execute(
        "SELECT m.id, m.handle, m.name, s.name, m.role, m.joined_at, m.posts FROM member m"
        " JOIN source s ON s.id = m.source_id WHERE m.id = ?",
        (member_id,),
    ).fetchone()
    if found is None:
        return None
    id, handle, name, source, role, joined_at, n_posts = found
    (thanks,) = conn.execute(
        "SELECT coalesce(sum(reactions), 0) FROM post WHERE author_id = ? AND state < 3", (id,)
    ).fetchone()
    strikes, decisions = conn.execute(
        "SELECT coalesce(sum(CASE WHEN expires_at IS NULL OR expires_at > ? THEN strikes END), 0), count(*)"
        " FROM decision WHERE member_id = ? AND undone = 0",
        (now, id),
    ).fetchone()
    same = conn.execute(
        "SELECT m.handle || ' on ' || s.name FROM member m JOIN source s ON s.id = m.source_id"
        " WHERE m.handle = ? AND m.id != ? AND length(m.handle) > 2 LIMIT 5",
        (handle, id),
    )
    also = tuple(Safe(text) for (text,) in same)
    who = (id, Safe(handle), Safe(name), source, ROLES[role])
    return PersonCard(*who, joined_at, n_posts, thanks, strikes, decisions, also)


def search(conn: Connection, words: str, *, before: int | None, limit: int) -> list[Found]:
    """The newest posts that contain every word (the last one as a beginning), going back from `before` (a key)."""
    query = match_query(clean(words[:SEARCH_LIMIT]))
    if not query:
        return []
    try:
        rows = conn.execute(_SEARCH, (query, before or 2**63 - 1, limit)).fetchall()
    except OperationalError as error:
        if "fts5" not in str(error):
            raise
        return []
    return [Found(key, thread, Safe(t), Safe(a), s, at, Safe(snip)) for key, thread, t, a, s, at, snip in rows]


_SEARCH = """
SELECT f.rowid, p.thread_id, t.title, coalesce(m.handle, '[deleted]'), s.name, p.created_at,
    snippet(post_fts, -1, '«', '»', '…', 14)
FROM post_fts f JOIN post p ON p.id = f.rowid JOIN thread t ON t.id = p.thread_id JOIN source s ON s.id = p.source_id
    LEFT JOIN member m ON m.id = p.author_id
WHERE post_fts MATCH ? AND f.rowid < ? ORDER BY f.rowid DESC LIMIT ?
"""


def match_query(words: str) -> str:
    """What people type as an FTS5 query: every word quoted, the last one matching as a beginning; "phrases" kept.

    One letter is not a beginning yet: half the words of a community begin with it, and the next letter is on its way.
    """
    parts = words.split('"')
    terms: list[str] = []
    for number, part in enumerate(parts):
        if number % 2 and number < len(parts) - 1:
            terms.extend([part] if part.strip() else [])
        else:
            terms.extend(part.split())
    known = dict.fromkeys(term for term in terms if any(c.isalnum() for c in term))
    quoted = ['"' + term.replace('"', '""') + '"' for term in known]
    if quoted and not words.endswith((" ", '"')):
        if len(quoted[-1]) > len('"x"'):
            quoted[-1] += "*"
        elif len(quoted) > 1:
            quoted.pop()
    return " ".join(quoted)


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
    facts += [Status(status), Priority(priority), *rest, tuple(json.loads(tags)), pending]
    return InquiryRow(id, (at, id), *facts)
