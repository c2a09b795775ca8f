"""What is asked of the store before a platform is told something of a thread."""

from __future__ import annotations

from typing import NamedTuple

from cm_console.model.thread import PostRow
from cm_console.store.reading import POST, post_row
from cm_console.store.sqlite import Connection


class Facts(NamedTuple):
    """A thread as the platform has it."""

    remote: str
    source_id: int
    source: str
    closed: bool
    solved_by: str | None
    assigned_to: str | None


def facts(conn: Connection, thread_id: int) -> Facts | None:
    """The platform's facts of a thread, None if there is none; `solved_by` is "" if solved by nobody knows what."""
    row = conn.execute(
        "SELECT t.remote, s.id, s.name, t.closed, t.assigned_to,"
        " CASE WHEN t.solved_at IS NOT NULL THEN coalesce(t.solved_by, '') END"
        " FROM thread t JOIN source s ON s.id = t.source_id WHERE t.id = ? AND t.deleted = 0",
        (thread_id,),
    ).fetchone()
    if row is None:
        return None
    remote, source_id, source, closed, assigned_to, solved_by = row
    return Facts(remote, source_id, source, bool(closed), solved_by, assigned_to)


def answers(conn: Connection, thread_id: int, limit: int) -> list[PostRow]:
    """The visible posts after the first one, newest first."""
    rows = conn.execute(
        f"{POST} WHERE p.thread_id = ?1 AND p.state = 0"
        " AND p.id <> (SELECT id FROM post WHERE thread_id = ?1 AND state < 3 ORDER BY created_at, id LIMIT 1)"
        " ORDER BY p.created_at DESC, p.id DESC LIMIT ?2",
        (thread_id, limit),
    )
    return [post_row(row) for row in rows]


def ours(conn: Connection, thread_id: int, limit: int) -> list[tuple[PostRow, str]]:
    """The visible posts that were written here, newest first, each with its text as it was sent last."""
    rows = conn.execute(
        f"{_SENT} SELECT newest.*, (SELECT text FROM sent WHERE sent.remote = newest.remote ORDER BY seq DESC LIMIT 1)"
        f" FROM ({POST} WHERE +p.thread_id = ?1 AND p.state = 0 AND p.id IN (SELECT o.id FROM sent CROSS JOIN post o"
        " ON o.source_id = (SELECT source_id FROM thread WHERE id = ?1) AND o.remote = sent.remote)"
        " ORDER BY p.created_at DESC, p.id DESC LIMIT ?2) newest",
        (thread_id, limit),
    )
    return [(post_row(row[:-1]), row[-1]) for row in rows]


_SENT = """
WITH sent AS (
    SELECT seq, payload ->> 'text' AS text,
        CASE verb WHEN 'edit' THEN payload ->> '$.target.id' ELSE remote_id END AS remote
    FROM action WHERE thread_id = ?1 AND state = 'sent' AND verb IN ('reply', 'edit'))
"""


def colleague(conn: Connection, source_id: int, handle: str) -> str | None:
    """The platform's id of a member of the team, by handle; None if it has none of that name."""
    row = conn.execute(
        "SELECT remote FROM member WHERE source_id = ? AND role = 1 AND handle = ? COLLATE NOCASE ORDER BY id",
        (source_id, handle),
    ).fetchone()
    return row[0] if row else None
