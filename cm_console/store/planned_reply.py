"""Replies and messages that wait for their time and have not been tried: what may still be written otherwise."""

from __future__ import annotations

import json

from cm_console.model.messaging import subject_of
from cm_console.model.outbox import State
from cm_console.model.planned_reply import PlannedReply
from cm_console.model.time import Instant
from cm_console.model.verb import Verb
from cm_console.store.sqlite import Connection

CONTACT_SAYS = "coalesce((SELECT nullif(payload ->> 'text', '') FROM action WHERE id = c.id), c.body)"
CONTACT_AT = "coalesce((SELECT planned_at FROM action WHERE id = c.id), c.at)"
"""SQL: what the message behind contact `c` says by now, and when it is for: both may have been edited since."""
_ROWS = """
SELECT id, coalesce(thread_id, 0), source, payload ->> 'text', planned_at, created_by, state,
    state = 'queued' AND asks = 0 AND owner IS NULL AND tried_at IS NULL,
    coalesce((SELECT m.id FROM source s JOIN member m ON m.source_id = s.id AND m.remote = a.payload ->> '$.target.id'
        WHERE s.name = a.source AND a.verb = 'message'), 0), coalesce(payload ->> 'title', '')
FROM action a
"""


def named(conn: Connection, id: str) -> PlannedReply | None:
    """A planned reply or message by the id of its action, whatever became of it; None for any other action."""
    only = "WHERE id = ? AND planned_at IS NOT NULL AND (verb = ? OR verb = ? AND thread_id IS NOT NULL)"
    found = conn.execute(f"{_ROWS} {only}", (id, Verb.MESSAGE, Verb.REPLY)).fetchone()
    return _planned(found) if found else None


def waiting(conn: Connection, thread_id: int, now: int) -> list[PlannedReply]:
    """The replies in a thread whose time is still to come, the earliest first."""
    only = "WHERE thread_id = ? AND verb = ? AND planned_at > ? AND state = 'queued' ORDER BY planned_at, seq"
    found = [_planned(row) for row in conn.execute(f"{_ROWS} {only}", (thread_id, Verb.REPLY, now))]
    return [each for each in found if each.waits]


def reworded(conn: Connection, id: str, text: str, title: str | None = None) -> str:
    """What an action says, frozen, with another text in it; and another title, if there is one."""
    (payload,) = conn.execute("SELECT payload FROM action WHERE id = ?", (id,)).fetchone()
    named = {} if title is None else {"title": title}
    return json.dumps({**json.loads(payload), "text": text, **named})


def _planned(row: tuple[str, int, str, str, int, str, str, int, int, str]) -> PlannedReply:
    id, thread_id, source, text, planned_at, by, state, waits, member, title = row
    subject = title if member and title != subject_of(text) else ""
    return PlannedReply(
        id, thread_id, source, text, Instant(planned_at), by, State(state), bool(waits), member, subject
    )
