"""Read before a member is written to privately: their accounts, what each can be told, and who wrote to them lately."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from cm_console.model.messaging import Addressee
from cm_console.model.text import Safe, clean
from cm_console.model.time import DAY, Instant
from cm_console.model.verb import Verb
from cm_console.store import sources
from cm_console.store.members import GONE
from cm_console.store.planned_reply import CONTACT_AT, CONTACT_SAYS
from cm_console.store.reading import ROLES
from cm_console.store.sqlite import Connection
from cm_console.store.writing import AccountRow

LATELY = 7 * DAY
"""Who wrote to them within it is told of before somebody else does."""

_ACCOUNTS = """
SELECT m.id, s.name, s.kind, m.remote, m.handle, m.name, s.me, m.role,
    nullif(max(coalesce((SELECT max(created_at) FROM post WHERE author_id = m.id), 0),
        coalesce((SELECT max(at) FROM activity WHERE member_id = m.id AND kind <> 'reaction'), 0),
        coalesce(m.joined_at, 0)), 0)
FROM member m JOIN source s ON s.id = m.source_id WHERE m.id IN (SELECT value FROM json_each(?))
"""
_WRITTEN = f"""
SELECT c.author, {CONTACT_SAYS}, {CONTACT_AT} AS at FROM contact c
WHERE c.member_id IN (SELECT value FROM json_each(?1)) AND c.at >= ?2
    AND c.way = 'message' AND c.removed = 0 AND c.id <> ?3 ORDER BY 3 DESC
"""
_INTO = """
SELECT m.handle, a.created_by FROM thread t JOIN source s ON s.id = t.source_id
JOIN action a ON a.source = s.name AND a.verb = 'message' AND a.remote_id = t.remote
JOIN member m ON m.source_id = s.id AND m.remote = a.payload ->> '$.target.id'
WHERE t.id = ?1 AND t.kind = 'direct'
    AND NOT EXISTS (SELECT 1 FROM post p WHERE p.thread_id = t.id AND p.author_id = m.id) LIMIT 1
"""


@dataclass(frozen=True, slots=True)
class Said:
    """What was written to them: by whom, the words, when."""

    author: str
    words: str
    at: Instant


def addressees(conn: Connection, ids: Sequence[int]) -> list[Addressee]:
    """These accounts as one may write to them: those that can be first, then whichever was seen last."""
    found = []
    for id, source, kind, remote, handle, name, me, role, seen in conn.execute(_ACCOUNTS, (json.dumps(list(ids)),)):
        why = _why_not(conn, source, remote, handle, me, role)
        found.append(Addressee(id, source, kind, remote, Safe(handle), Safe(name), seen, why))
    return sorted(found, key=lambda each: (bool(each.why_not), -(each.seen_at or 0), each.id))


def _why_not(conn: Connection, source: str, remote: str, handle: str, me: str, role: int) -> str:
    if why := sources.why_not(conn, source, Verb.MESSAGE):
        return why
    if remote == me:
        return f"{handle} is our own account on {source}"
    if role == ROLES.index("bot"):
        return f"{handle} on {source} is a bot: nobody would read it"
    if handle == GONE:
        return f"this account on {source} is gone"
    return "" if sources.knows_of(conn, source, Verb.MESSAGE, remote) else f"{source} cannot write to {handle}"


def written_lately(conn: Connection, ids: Sequence[int], now: int, but: str = "") -> list[Said]:
    """What was written to these accounts privately of late, the newest first; what waits to leave among it.

    `but` is an action that does not count.
    """
    rows = conn.execute(_WRITTEN, (json.dumps(list(ids)), now - LATELY, but))
    return [Said(author, str(clean(body)), Instant(at)) for author, body, at in rows]


def written_to(conn: Connection, thread_id: int) -> tuple[str, str] | None:
    """Whom a thread was written to privately, and who of us wrote it, as long as they have not spoken there."""
    row: tuple[str, str] | None = conn.execute(_INTO, (thread_id,)).fetchone()
    return row


def question(conn: Connection, thread_id: int) -> tuple[str, str, bool] | None:
    """Title and address of a thread, and whether it is a private one; None if there is no such thread."""
    row = conn.execute("SELECT title, url, kind = 'direct' FROM thread WHERE id = ?", (thread_id,)).fetchone()
    return (row[0], row[1], bool(row[2])) if row else None


def accounts(conn: Connection, source: str) -> list[AccountRow]:
    """Who we are on each source, the given one first."""
    known = sources.accounts(conn)
    return [(name, *known[name]) for name in sorted(known, key=lambda name: name != source)]
