"""What people say of actions in the outbox: take it back, send it now, it is there, forget it."""

from __future__ import annotations

import json
from collections.abc import Sequence

from cm_console.model.outbox import State
from cm_console.store.sqlite import Connection

_CANCEL = """
UPDATE action SET state = 'cancelled', why = ?, asks = 0, ended_at = ?
WHERE state IN ('queued', 'failed') AND owner IS NULL AND (tried_at IS NULL OR state = 'failed')
"""


def cancel(conn: Connection, id: str, now: int, why: str = "taken back") -> bool:
    """Take an action back while it surely has not been sent; False when it is too late."""
    return bool(conn.execute(f"{_CANCEL} AND id = ?", (why, now, id)).rowcount)


def cancel_all(conn: Connection, journal_ids: Sequence[str], now: int) -> None:
    """The same for whatever some journal lines queued; what has left stays as it is."""
    conn.execute(
        f"{_CANCEL} AND journal_id IN (SELECT value FROM json_each(?))", ("taken back", now, json.dumps(journal_ids))
    )


def answer(conn: Connection, id: str, state: State, now: int, why: str) -> bool:
    """What a person says of an action that asks or failed; one still being looked up is never sent again by hand."""
    done = state in (State.SENT, State.CANCELLED)
    cursor = conn.execute(
        "UPDATE action SET state=?, why=?, asks=0, looks=0, not_before=?, planned_at=NULL, ended_at=?,"
        " tried_at=CASE WHEN ? THEN tried_at END WHERE id=?"
        " AND (asks = 1 OR state = 'failed' OR state = 'uncertain' AND ?) AND owner IS NULL",
        (state, why, now, now if done else None, done, id, done),
    )
    return bool(cursor.rowcount)


def hurry(conn: Connection, now: int, id: str | None = None) -> int:
    """End the undo window of queued actions (of one, or of all that are not planned for later)."""
    return conn.execute(
        "UPDATE action SET not_before=? WHERE state='queued' AND not_before > ? AND planned_at IS NULL"
        " AND (? IS NULL OR id = ?)",
        (now, now, id, id),
    ).rowcount
