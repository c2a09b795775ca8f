"""Threads that are one inquiry: who leads, what the leading one shows, and which others may be the same question."""

from __future__ import annotations

import json
from typing import NamedTuple

from cm_console.model.time import DAY
from cm_console.store import persons
from cm_console.store.sqlite import Connection

_ANY = "SELECT " + " OR ".join(
    f"EXISTS(SELECT 1 FROM thread WHERE {column} > 0)" for column in ("lead_id", "under", "joined")
)
_GROUPS = """
SELECT id FROM thread WHERE lead_id IN (
    SELECT coalesce(lead_id, id) FROM thread WHERE id IN (SELECT value FROM json_each(:ids)))
UNION SELECT lead_id FROM thread WHERE id IN (SELECT value FROM json_each(:ids)) AND lead_id IS NOT NULL
UNION SELECT under FROM thread WHERE id IN (SELECT value FROM json_each(:ids)) AND under IS NOT NULL
UNION SELECT id FROM thread WHERE under IN (SELECT value FROM json_each(:ids))
"""
"""Those who are one inquiry now, and those who were until just now."""
_STRAY = """
UPDATE thread SET lead_id = NULL WHERE id IN (SELECT value FROM json_each(?)) AND lead_id IS NOT NULL
    AND NOT EXISTS (SELECT 1 FROM thread l WHERE l.id = thread.lead_id)
"""
"""An undo may bring back that somebody led who is gone for good."""
_SHOW = """
WITH led AS MATERIALIZED (SELECT lead, (SELECT f.id FROM thread f WHERE f.id = lead OR f.lead_id = lead
        ORDER BY f.deleted, f.lead_id IS NOT NULL, f.created_at, f.id LIMIT 1) AS shown
    FROM (SELECT DISTINCT coalesce(lead_id, id) AS lead FROM thread WHERE id IN (SELECT value FROM json_each(?1))))
UPDATE thread SET under = nullif(k.shown, thread.id)
FROM (SELECT t.id AS id, led.shown AS shown FROM thread t JOIN led ON led.lead = coalesce(t.lead_id, t.id)
    WHERE t.id IN (SELECT value FROM json_each(?1))) k
WHERE thread.id = k.id AND thread.under IS NOT nullif(k.shown, thread.id)
"""
"""The leading thread stands in the lists; where the platform deleted it, the oldest of those that are left. Who that
is, is asked once for each group, not for each thread of it."""
_KEEP = """
UPDATE thread SET joined = k.n, view = CASE WHEN k.waits THEN 1 ELSE view END,
    due_at = CASE WHEN thread.view = 1 THEN min(due_at, coalesce(k.due, due_at)) ELSE coalesce(k.due, due_at) END
FROM (SELECT l.id AS id, count(f.id) AS n, coalesce(max(f.view = 1), 0) AS waits,
        min(CASE WHEN f.view = 1 THEN f.due_at END) AS due
    FROM thread l LEFT JOIN thread f ON f.under = l.id AND f.deleted = 0
    WHERE l.id IN (SELECT value FROM json_each(?)) GROUP BY l.id) k
WHERE thread.id = k.id AND (k.n > 0 OR thread.joined > 0)
"""
"""The thread in the lists waits while any of its group does, and is due with the first that waits."""

_CANDIDATES = """
SELECT t.id, s.name, t.title, t.created_at, t.author_id,
    coalesce((SELECT body FROM post WHERE thread_id = t.id ORDER BY created_at, id LIMIT 1), '')
FROM thread t JOIN source s ON s.id = t.source_id
WHERE t.author_id IN (SELECT value FROM json_each(:authors)) AND t.created_at BETWEEN :at - :within AND :at + :within
    AND t.deleted = 0 AND coalesce(t.lead_id, t.id) <> :lead ORDER BY t.created_at LIMIT 50
"""


class Asked(NamedTuple):
    """A thread as one compares it with another: who asked what when."""

    id: int
    source: str
    title: str
    created_at: int
    author_id: int
    body: str


def any_joined(conn: Connection) -> bool:
    """Whether there is any group at all; looked up in indexes that are empty otherwise."""
    return bool(conn.execute(_ANY).fetchone()[0])


def with_groups(conn: Connection, ids: str) -> str:
    """Threads (a JSON array) and all that are one inquiry with any of them."""
    more = [id for (id,) in conn.execute(_GROUPS, {"ids": ids})]
    return json.dumps(sorted({*json.loads(ids), *more})) if more else ids


def with_source(conn: Connection, source_id: int) -> str:
    """Threads of other sources (a JSON array) that are one inquiry with any of this one."""
    of_groups = "SELECT id, coalesce(lead_id, id), source_id FROM thread WHERE lead_id > 0 OR id IN (SELECT lead_id"
    rows = conn.execute(f"{of_groups} FROM thread WHERE lead_id > 0)").fetchall()
    groups = {group for _, group, source in rows if source == source_id}
    return json.dumps([id for id, group, source in rows if group in groups and source != source_id])


def waits_longest(conn: Connection, thread_id: int) -> int:
    """Who of the threads that one stands in the lists for has waited longest; itself, if nobody waits."""
    row = conn.execute(
        "SELECT id FROM thread WHERE (id = ?1 OR under = ?1 AND view = 1) AND waiting_since IS NOT NULL"
        " ORDER BY waiting_since, id LIMIT 1",
        (thread_id,),
    ).fetchone()
    return int(row[0]) if row else thread_id


def keep(conn: Connection, ids: str) -> None:
    """Make true who of whole groups stands in the lists and what that shows; their own view and due time are kept."""
    conn.execute(_STRAY, (ids,))
    conn.execute(_SHOW, (ids,))
    conn.execute(_KEEP, (ids,))


def lead(conn: Connection, thread_id: int) -> int:
    """The thread that was chosen to lead the group of a thread: itself, when it stands alone."""
    row = conn.execute("SELECT coalesce(lead_id, id) FROM thread WHERE id = ?", (thread_id,)).fetchone()
    return int(row[0]) if row else thread_id


def shown(conn: Connection, thread_id: int) -> int:
    """The thread that stands in the lists for a thread: the leading one, unless the platform deleted that."""
    row = conn.execute("SELECT coalesce(under, id) FROM thread WHERE id = ?", (thread_id,)).fetchone()
    return int(row[0]) if row else thread_id


def group(conn: Connection, thread_id: int) -> list[int]:
    """All threads of an inquiry, the leading one first; those too that the platform deleted."""
    first = lead(conn, thread_id)
    rest = conn.execute("SELECT id FROM thread WHERE lead_id = ? ORDER BY created_at, id", (first,))
    return [first, *(id for (id,) in rest)]


def together(conn: Connection, thread_id: int) -> list[int]:
    """The threads of an inquiry as one sees them, the one in the lists first, without those the platform deleted."""
    first = shown(conn, thread_id)
    rest = conn.execute("SELECT id FROM thread WHERE under = ? AND deleted = 0 ORDER BY created_at, id", (first,))
    return [first, *(id for (id,) in rest)]


def asked(conn: Connection, thread_id: int) -> Asked | None:
    """A thread, to be compared; None if its author is unknown."""
    row = conn.execute(
        "SELECT t.id, s.name, t.title, t.created_at, t.author_id, coalesce((SELECT body FROM post"
        " WHERE thread_id = t.id ORDER BY created_at, id LIMIT 1), '')"
        " FROM thread t JOIN source s ON s.id = t.source_id WHERE t.id = ? AND t.author_id IS NOT NULL",
        (thread_id,),
    ).fetchone()
    return Asked(*row) if row else None


def near(conn: Connection, one: Asked, within: int = DAY) -> list[Asked]:
    """What the same person, or an account of the same name elsewhere, asked at about the same time."""
    authors = persons.accounts(conn, one.author_id) + [
        id
        for (id,) in conn.execute(
            "SELECT m.id FROM member m JOIN member o ON o.id = ? WHERE lower(m.handle) = lower(o.handle)"
            " AND length(m.handle) > 2 AND m.source_id <> o.source_id AND m.role = 0 AND o.handle <> '[deleted]'",
            (one.author_id,),
        )
    ]
    bound = {"authors": json.dumps(authors), "at": one.created_at, "within": within, "lead": lead(conn, one.id)}
    return [Asked(*row) for row in conn.execute(_CANDIDATES, bound)]


def waiting(conn: Connection, limit: int) -> list[int]:
    """Threads that need a reply, the newest first: those one looks for duplicates of."""
    rows = conn.execute(
        "SELECT id FROM thread WHERE view = 1 AND under IS NULL ORDER BY urgency DESC, id DESC LIMIT ?", (limit,)
    )
    return [id for (id,) in rows]
