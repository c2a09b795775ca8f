"""Replies that wait for their time and have not been tried: what may still be written otherwise."""

from __future__ import annotations

import json

from cm_console.model.outbox import State
from cm_console.model.planned_reply import PlannedReply
from cm_console.model.time import Instant
from cm_console.model.verb import Verb
from cm_console.store.sqlite import Connection

_ROWS = """
SELECT id, thread_id, source, payload ->> 'text', planned_at, created_by, state,
    state = 'queued' AND asks = 0 AND owner IS NULL AND tried_at IS NULL
FROM action
"""


def named(conn: Connection, id: str) -> PlannedReply | None:
    """A planned reply by the id of its action, whatever became of it; None for any other action."""
    only = "WHERE id = ? AND verb = ? AND planned_at IS NOT NULL AND thread_id IS NOT NULL"
    found = conn.execute(f"{_ROWS} {only}", (id, Verb.REPLY)).fetchone()
    return _planned(found) if found else None


def waiting(conn: Connection, thread_id: int, now: int) -> list[PlannedReply]:
    """The replies in a thread whose time is still to come, the earliest first."""
    only = "WHERE thread_id = ? AND verb = ? AND planned_at > ? AND state = 'queued' ORDER BY planned_at, seq"
    found = [_planned(row) for row in conn.execute(f"{_ROWS} {only}", (thread_id, Verb.REPLY, now))]
    return [each for each in found if each.waits]


def reworded(conn: Connection, id: str, text: str) -> str:
    """What an action says, frozen, with another text in it."""
    (payload,) = conn.execute("SELECT payload FROM action WHERE id = ?", (id,)).fetchone()
    return json.dumps({**json.loads(payload), "text": text})


def _planned(row: tuple[str, int, str, str, int, str, str, int]) -> PlannedReply:
    id, thread_id, source, text, planned_at, by, state, waits = row
    return PlannedReply(id, thread_id, source, text, Instant(planned_at), by, State(state), bool(waits))
