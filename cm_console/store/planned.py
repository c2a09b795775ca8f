"""What platforms have planned themselves, in the store: their facts, and what they were told of them since.

Only the outbox knows what was told: the rows here are the platform's, and a pull writes them anew. What an entry of
ours has put there is shown as that entry.
"""

from __future__ import annotations

from typing import Any

from cm_console.model.outbox import State
from cm_console.model.planned import Planned, Told
from cm_console.model.text import Safe
from cm_console.model.time import Instant
from cm_console.model.verb import Verb
from cm_console.store.outbox_rows import LIVE_STATES, STUCK
from cm_console.store.sqlite import Connection

_TOLD = "verb IN ('unschedule', 'reschedule')"
_PLANNED = f"""
SELECT s.name, s.kind, p.remote, p.title, p.body, p.at, p.url, a.id, a.verb, a.state, a.asks, a.why, a.payload ->> 'at'
FROM scheduled p JOIN source s ON s.id = p.source_id LEFT JOIN action a ON a.state IN ({LIVE_STATES}) AND a.seq = (
    SELECT max(b.seq) FROM action b WHERE b.source = s.name AND b.lane = 'scheduled:' || p.remote AND b.{_TOLD}
        AND b.state != 'cancelled')
WHERE {{where}}
    AND NOT EXISTS (SELECT 1 FROM action o CROSS JOIN variant v ON v.action_id = o.id
        WHERE o.source = s.name AND o.remote_id = p.remote AND o.verb = 'schedule')
    AND NOT EXISTS (SELECT 1 FROM action u WHERE u.source = s.name AND u.lane = 'scheduled:' || p.remote AND u.{_TOLD}
        AND u.verb = 'unschedule' AND u.state IN ('sent', 'superseded') AND u.ended_at >= coalesce(
            (SELECT f.synced_at FROM feed f WHERE f.source_id = p.source_id AND f.feed = 'scheduled'), 0))
ORDER BY p.at, s.name, p.remote
"""
"""What was taken off its plan stays off until the next pull knows better."""

_BEING_TOLD = f"""SELECT m.id FROM source s CROSS JOIN action t ON t.source = s.name
    AND t.lane > 'scheduled:' AND t.lane < 'scheduled;' AND t.state IN ({LIVE_STATES})
    CROSS JOIN scheduled m ON m.source_id = s.id AND m.remote = substr(t.lane, 11)"""
_STUCK = STUCK.replace("a.", "t.")


def between(conn: Connection, start: int, end: int) -> list[Planned]:
    """What goes out by itself in [start, end), by time; what is being moved counts where it goes."""
    where = f"p.id IN (SELECT id FROM scheduled WHERE at >= :start AND at < :end UNION {_BEING_TOLD})"
    found = _planned(conn, where, {"start": start, "end": end})
    return sorted((plan for plan in found if start <= plan.at < end), key=lambda plan: plan.key)


def troubled(conn: Connection) -> list[Planned]:
    """Those whose platform could not be told, or asks a person, by time."""
    return _planned(conn, f"p.id IN ({_BEING_TOLD} AND {_STUCK} = 1)", {})


def one(conn: Connection, source: str, remote: str) -> Planned | None:
    """One by its id there or the beginning of it that no other has; None if it is planned there no more."""
    where = "s.name = :source AND p.remote >= :remote AND p.remote < :remote || char(1114111)"
    found = _planned(conn, where, {"source": source, "remote": remote})
    exact = next((plan for plan in found if plan.remote == remote), None)
    return exact or (found[0] if len(found) == 1 else None)


def _planned(conn: Connection, where: str, values: dict[str, Any]) -> list[Planned]:
    return [_plan(row) for row in conn.execute(_PLANNED.format(where=where), values)]


def _plan(row: tuple[Any, ...]) -> Planned:
    source, kind, remote, title, body, at, url, action_id, verb, state, asks, why, to = row
    told = None
    if action_id is not None:
        told = Told(action_id, Verb(verb), State(state), bool(asks), why, None if to is None else Instant(to))
    return Planned(source, kind, remote, Safe(title), Safe(body), at, url, told)
