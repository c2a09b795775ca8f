"""The calendar in the store: entries with their variants, and what became of each variant's action.

`entry.state` is only what the team decided (draft or scheduled). How far an entry has come is read from its actions
in the same statement, so it is always true, whoever sent, cancelled or answered them. PUBLISHED_AT is the SQL for
when it went out.
"""

from __future__ import annotations

from itertools import groupby
from typing import Any

from cm_console.model.calendar import Entry, EntryKind, Outlet, Variant, state_of
from cm_console.model.text import Safe
from cm_console.store import outbox, sources
from cm_console.store.journal import Operation
from cm_console.store.outbox_rows import LIVE_STATES, STUCK
from cm_console.store.sqlite import Connection

PUBLISHED_AT = """(SELECT min(pa.ended_at) FROM variant pv JOIN action pa ON pa.id = pv.action_id
    WHERE pv.entry_id = e.id AND pa.state IN ('sent', 'superseded'))"""
"""SQL: when entry `e` first went out, NULL while it has not."""

_ENTRIES = """
SELECT e.id, e.kind, e.title, e.body, e.at, e.zone, e.rev, v.source, v.title, v.body, v.place,
    coalesce(a.state, ''), coalesce(a.why, ''), v.action_id, coalesce(s.kind, ''), coalesce(a.asks, 0),
    CASE WHEN a.id IS NOT NULL THEN coalesce(a.planned_at, a.not_before) END,
    CASE WHEN a.state IN ('sent', 'superseded') THEN a.ended_at END,
    (SELECT t.id FROM thread t WHERE t.source_id = s.id AND t.remote = a.remote_id)
FROM entry e LEFT JOIN variant v ON v.entry_id = e.id LEFT JOIN action a ON a.id = v.action_id
    LEFT JOIN source s ON s.name = v.source
WHERE e.removed = 0 AND {where}
ORDER BY e.at IS NULL, e.at, e.id, v.source
"""
_BETWEEN = """e.id IN (
    SELECT id FROM entry WHERE removed = 0 AND at >= :start AND at < :end
    UNION SELECT ev.entry_id FROM action ea CROSS JOIN variant ev ON ev.action_id = ea.id
        JOIN entry n ON n.id = ev.entry_id AND n.kind = 'event'
    WHERE ea.planned_at >= :start AND ea.planned_at < :end AND ea.state != 'cancelled')"""
_TROUBLED = f"""e.id IN (SELECT ev.entry_id FROM action a CROSS JOIN variant ev ON ev.action_id = a.id
    WHERE a.state IN ({LIVE_STATES}) AND {STUCK} = 1)"""
"""What CROSS JOIN tells SQLite is the order: a few actions first, found by index, then their entries."""


def between(conn: Connection, start: int, end: int) -> list[Entry]:
    """Entries dated in [start, end), and events announced then, by time."""
    return _entries(conn, _BETWEEN, {"start": start, "end": end})


def undated(conn: Connection) -> list[Entry]:
    """Entries without a date."""
    return _entries(conn, "e.at IS NULL", {})


def troubled(conn: Connection) -> list[Entry]:
    """Entries of which something failed or asks a person, by time."""
    return _entries(conn, _TROUBLED, {})


def one(conn: Connection, id: str) -> Entry | None:
    """An entry by its id, None if there is none or it was removed."""
    return next(iter(_entries(conn, "e.id = :id", {"id": id})), None)


def by_prefix(conn: Connection, prefix: str) -> list[Entry]:
    """Entries whose id begins so, for people who type ids."""
    return _entries(conn, "e.id >= :id AND e.id < :id || char(1114111)", {"id": prefix})


def outlets(conn: Connection, verb: str) -> dict[str, Outlet]:
    """Every source: whether it can be told a verb, and what was wrong when it was last reached."""
    trouble = {state.source: state.words or state.state for state in sources.feeds(conn) if state.state in _TROUBLES}
    return {
        name: Outlet(
            name, kind, sources.why_not(conn, name, verb), trouble.get(name, ""), sources.text_rules(conn, name)
        )
        for name, kind in sources.names(conn)
    }


_TROUBLES = ("failed", "unauthorized")


def withdraw(operation: Operation, action_id: str) -> bool:
    """Cancel an action so that undoing the operation queues it again; False if it is too late."""
    operation.remember("action", {"id": action_id}, ("state", "why", "asks", "ended_at"))
    return outbox.cancel(operation.conn, action_id, operation.at, f"{operation.op} by {operation.actor}")


def _entries(conn: Connection, where: str, values: dict[str, Any]) -> list[Entry]:
    rows = conn.execute(_ENTRIES.format(where=where), values).fetchall()
    return [_entry(list(group)) for _, group in groupby(rows, key=lambda row: row[0])]


def _entry(rows: list[tuple[Any, ...]]) -> Entry:
    id, kind, title, body, at, zone, rev, *_ = rows[0]
    variants = tuple(_variant(row[7:]) for row in rows if row[7] is not None)
    state = state_of(EntryKind(kind), at, variants)
    published_at = min((variant.sent_at for variant in variants if variant.sent_at is not None), default=None)
    return Entry(id, EntryKind(kind), Safe(title), Safe(body), at, zone, state, variants, rev, published_at)


def _variant(row: tuple[Any, ...]) -> Variant:
    source, title, body, place, state, why, action_id, kind, asks, *times = row
    words = (Safe(title), Safe(body), Safe(place))
    return Variant(source, *words, state, why, action_id, kind, bool(asks), *times)
