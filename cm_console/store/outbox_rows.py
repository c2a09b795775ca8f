"""The outbox as people read it: what a person must answer first, then newest first; what each says; every try."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from cm_console.model.messaging import subject_of
from cm_console.model.outbox import LIVE, Attempt, OutboxRow, State
from cm_console.model.text import clean, clean_line
from cm_console.model.verb import Verb
from cm_console.store.sqlite import Connection, like

LIVE_STATES = ",".join(f"'{state}'" for state in LIVE)
"""The live states for an SQL IN."""

MADE = """(SELECT coalesce((SELECT id FROM thread WHERE source_id = s.id AND remote = a.remote_id),
    (SELECT thread_id FROM post WHERE source_id = s.id AND remote = a.remote_id)) FROM source s
    WHERE s.name = a.source AND a.verb = 'message' AND a.remote_id IS NOT NULL)"""
"""SQL: the thread that the private message of action `a` became, or went into."""
_TO = """FROM source s JOIN member m ON m.source_id = s.id AND m.remote = a.payload ->> '$.target.id'
    WHERE s.name = a.source AND a.verb = 'message'"""
_ROWS = f"""
SELECT a.seq, a.id, a.source, a.verb, a.payload, a.state, a.asks, a.why, a.created_at, a.created_by, a.not_before,
    a.planned_at, a.attempts, a.ended_at, a.remote_id, coalesce(a.thread_id, {MADE}), a.case_id,
    CASE WHEN a.state = 'queued' THEN coalesce(
        (SELECT b.id FROM action b WHERE b.source = a.source AND b.lane = a.lane AND b.seq < a.seq
            AND b.state IN ({LIVE_STATES}) ORDER BY b.seq LIMIT 1),
        (SELECT d.id FROM action d WHERE d.id = a.depends_on AND d.state != 'sent')) END,
    (SELECT m.id {_TO}), (SELECT m.handle {_TO}), (SELECT title FROM thread WHERE id = a.thread_id)
FROM action a
"""


STUCK = "(a.asks = 1 OR a.state IN ('failed', 'uncertain'))"
"""SQL: a person must answer, or nobody knows yet; as in the index `action_first`."""


def page(
    conn: Connection,
    *,
    live: bool,
    limit: int,
    key: tuple[bool, int] | None = None,
    forward: bool = True,
    words: str = "",
) -> list[OutboxRow]:
    """Actions after a key (or before it, nearest first), newest first.

    `live` leaves out those that ended, and what is stuck comes first; `words` occur in what is said, to whom, the
    verb, the source or why.
    """
    found: list[OutboxRow] = []
    for stuck in ((True, False) if forward else (False, True)) if live else (None,):
        if key is None or stuck is None or stuck is key[0] or (stuck < key[0]) is forward:
            beyond = key[1] if key and stuck in (None, key[0]) else None
            found += _part(conn, stuck, beyond, forward, limit - len(found), words)
    return found


def _part(
    conn: Connection, stuck: bool | None, beyond: int | None, forward: bool, limit: int, words: str
) -> list[OutboxRow]:
    """Live actions that are stuck, or are not; with None all, also those that ended."""
    only = "a.seq > 0" if stuck is None else f"a.state IN ({LIVE_STATES}) AND {STUCK} = {int(stuck)}"
    only += f" AND a.seq {'<' if forward else '>'} :beyond"
    beyond = beyond if beyond is not None else 2**62 if forward else 0
    rows = conn.execute(
        f"{_ROWS} WHERE {only} {_WORDS if words else ''} ORDER BY a.seq {'DESC' if forward else 'ASC'} LIMIT :limit",
        {"beyond": beyond, "limit": limit, "like": like(words)},
    )
    return [_row(row) for row in rows]


_TOLD = f"(SELECT 'to ' || m.handle || ', privately' {_TO})"
_WORDS = f"""
AND (a.verb LIKE :like ESCAPE '\\' OR a.source LIKE :like ESCAPE '\\' OR a.why LIKE :like ESCAPE '\\'
    OR a.state LIKE :like ESCAPE '\\' OR a.payload ->> 'text' LIKE :like ESCAPE '\\'
    OR a.payload ->> 'title' LIKE :like ESCAPE '\\' OR a.payload ->> 'reason' LIKE :like ESCAPE '\\'
    OR EXISTS (SELECT 1 FROM thread WHERE id = a.thread_id AND title LIKE :like ESCAPE '\\')
    OR {_TOLD} LIKE :like ESCAPE '\\')
"""


def count(conn: Connection, *, live: bool, words: str = "", most: int = 1000) -> int:
    """How many actions there are; those with some words are counted up to `most`."""
    if words:
        only = (f" AND a.state IN ({LIVE_STATES})" if live else "") + _WORDS
        counted = f"SELECT count(*) FROM (SELECT 1 FROM action a WHERE 1 {only} LIMIT {most})"
        return int(conn.execute(counted, {"like": like(words)}).fetchone()[0])
    names = ",".join(f"'action:{state}'" for state in (*(LIVE if live else State), "planned", "asks"))
    return int(conn.execute(f"SELECT coalesce(sum(n), 0) FROM badge WHERE name IN ({names})").fetchone()[0])


def row(conn: Connection, id: str) -> OutboxRow | None:
    """One action by id, or by the beginning of its id if that is unique."""
    found = conn.execute(f"{_ROWS} WHERE a.id >= ? AND a.id < ? ORDER BY a.id LIMIT 2", (id, id + "\U0010ffff"))
    rows = [_row(row) for row in found]
    return rows[0] if len(rows) == 1 or (rows and rows[0].id == id) else None


def of_thread(conn: Connection, thread_id: int) -> list[OutboxRow]:
    """Actions on a thread that have not ended well, oldest first."""
    rows = conn.execute(f"{_ROWS} WHERE a.thread_id = ? AND a.state IN ({LIVE_STATES}) ORDER BY a.seq", (thread_id,))
    return [_row(row) for row in rows]


def of_journal(conn: Connection, journal_id: str) -> list[OutboxRow]:
    """The actions one journal line queued."""
    return [_row(row) for row in conn.execute(f"{_ROWS} WHERE a.journal_id = ? ORDER BY a.seq", (journal_id,))]


def of_journals(conn: Connection, journal_ids: Sequence[str]) -> set[str]:
    """Which of some journal lines queued anything."""
    rows = conn.execute(
        "SELECT DISTINCT journal_id FROM action WHERE journal_id IN (SELECT value FROM json_each(?))",
        (json.dumps(journal_ids),),
    )
    return {id for (id,) in rows}


def attempts(conn: Connection, id: str) -> list[Attempt]:
    """Every try and look of an action, oldest first."""
    rows = conn.execute("SELECT at, kind, ended_at, outcome, words FROM attempt WHERE action_id=? ORDER BY id", (id,))
    return [Attempt(*row) for row in rows]


def _row(row: tuple[Any, ...]) -> OutboxRow:
    seq, id, source, verb, payload, state, asks, *rest, blocked_by, member_id, handle, thread_title = row
    said = json.loads(payload)
    title = clean_line(thread_title or _about(verb, said, handle), 200)
    text = clean(said["text"] or said["reason"])
    values: list[Any] = [title, text, State(state), bool(asks), *rest, blocked_by, member_id]
    return OutboxRow(seq, id, source, verb, *values)


def _about(verb: str, said: dict[str, Any], handle: str | None) -> str:
    """What an action of no thread is about; of a private message who reads it, and the subject someone gave it."""
    target = said["target"]["id"] if said["target"] else said["place"]
    if verb != Verb.MESSAGE:
        return said["title"] or target or ""
    given = "" if said["title"] == subject_of(said["text"]) else said["title"]
    return f"to {handle or target}, privately" + (f": {given}" if given else "")
