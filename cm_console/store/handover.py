"""Hand-overs as they stand: what each became there, and which have been answered since."""

from __future__ import annotations

from typing import NamedTuple

from cm_console.model.handover import Handed
from cm_console.model.text import Safe
from cm_console.store.sqlite import Connection

_HANDED = """
SELECT h.id, h.thread_id, t.title, h.team, a.source, h.at, h.by, a.state, a.why, coalesce(a.remote_id, ''),
    coalesce(r.url, ''), r.id, nullif(h.back_at, 0), coalesce(r.closed OR r.solved_at IS NOT NULL, 0)
FROM handover h JOIN action a ON a.id = h.action_id JOIN thread t ON t.id = h.thread_id
LEFT JOIN source s ON s.name = a.source LEFT JOIN thread r ON r.source_id = s.id AND r.remote = a.remote_id
"""


class Back(NamedTuple):
    """A hand-over that was answered, or closed, by the team outside."""

    id: str
    thread_id: int
    team: str
    what: str
    at: int
    closed: bool
    who: Safe
    words: Safe


def of_thread(conn: Connection, thread_id: int) -> list[Handed]:
    """To whom a thread was handed over, newest first; what was taken back in time does not count."""
    rows = conn.execute(f"{_HANDED} WHERE h.thread_id = ? AND a.state != 'cancelled' ORDER BY h.at DESC", (thread_id,))
    return [_handed(row) for row in rows]


def origin(conn: Connection, thread_id: int) -> Handed | None:
    """The hand-over that became this thread, if it is one."""
    row = conn.execute(
        f"{_HANDED} WHERE h.action_id = (SELECT o.id FROM thread x JOIN source y ON y.id = x.source_id JOIN action o"
        " ON o.source = y.name AND o.remote_id = x.remote AND o.verb = 'publish'"
        " AND o.remote_id IS NOT NULL AND o.verb IN ('reply', 'publish') WHERE x.id = ?)",
        (thread_id,),
    ).fetchone()
    return _handed(row) if row else None


def came_back(conn: Connection, limit: int = 50) -> list[Back]:
    """Hand-overs in whose thread there somebody else has written, or that was closed, since we last looked."""
    rows = conn.execute(
        "SELECT h.id, h.thread_id, h.team, coalesce(nullif(r.url, ''), a.remote_id), p.created_at,"
        " r.closed OR r.solved_at IS NOT NULL, m.handle, p.body, coalesce(h.back_at, 0)"
        " FROM handover h JOIN action a ON a.id = h.action_id"
        " JOIN source s ON s.name = a.source JOIN thread r ON r.source_id = s.id AND r.remote = a.remote_id"
        " LEFT JOIN post p ON p.id = (SELECT q.id FROM post q JOIN member w ON w.id = q.author_id"
        "    WHERE q.thread_id = r.id AND q.state = 0 AND q.role < 2 AND w.remote != s.me"
        "    ORDER BY q.created_at DESC LIMIT 1)"
        " LEFT JOIN member m ON m.id = p.author_id WHERE h.closed = 0 AND a.state = 'sent'"
        f" AND (r.closed OR r.solved_at IS NOT NULL OR p.created_at > coalesce(h.back_at, 0)) LIMIT {int(limit)}"
    ).fetchall()
    found = []
    for id, thread, team, what, at, closed, who, words, since in rows:
        new = at is not None and at > since
        said = (Safe(who), Safe(words)) if new else (Safe(""), Safe(""))
        found.append(Back(id, thread, team, what, max(at or 0, since), bool(closed), *said))
    return found


def last_words(conn: Connection, thread_id: int) -> str:
    """What a member said last in a thread."""
    row = conn.execute(
        "SELECT body FROM post WHERE thread_id = ? AND role = 0 AND state = 0 ORDER BY created_at DESC LIMIT 1",
        (thread_id,),
    ).fetchone()
    return str(row[0]) if row else ""


def facts(conn: Connection, thread_id: int) -> tuple[str, str, str, str, str] | None:
    """Title, address, place, source and author of a thread; None if it is not there."""
    row: tuple[str, str, str, str, str] | None = conn.execute(
        "SELECT t.title, t.url, t.place, s.name, coalesce(m.handle, '') FROM thread t"
        " JOIN source s ON s.id = t.source_id LEFT JOIN member m ON m.id = t.author_id WHERE t.id = ?",
        (thread_id,),
    ).fetchone()
    return row


def _handed(row: tuple[str, int, str, str, str, int, str, str, str, str, str, int | None, int | None, int]) -> Handed:
    id, thread, title, team, source, at, by, state, why, remote, url, here, back, closed = row
    address = url or (remote if remote.startswith(("https://", "http://")) else "")
    return Handed(id, thread, Safe(title), team, source, at, by, state, why, remote, address, here, back, bool(closed))  # type: ignore[arg-type]  # instants
