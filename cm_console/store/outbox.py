"""The outbox in the store: claims committed before the first byte, results only by whoever holds the claim."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from typing import TypeAlias

from cm_console.model.action import Action, Verb
from cm_console.model.outbox import State
from cm_console.model.records import Kind, Ref
from cm_console.model.time import Instant
from cm_console.store.outbox_rows import LIVE_STATES
from cm_console.store.outbox_rows import attempts as attempts
from cm_console.store.outbox_rows import count as count
from cm_console.store.outbox_rows import of_journal as of_journal
from cm_console.store.outbox_rows import of_journals as of_journals
from cm_console.store.outbox_rows import of_thread as of_thread
from cm_console.store.outbox_rows import page as page
from cm_console.store.outbox_rows import row as row
from cm_console.store.outbox_said import answer as answer
from cm_console.store.outbox_said import cancel as cancel
from cm_console.store.outbox_said import cancel_all as cancel_all
from cm_console.store.outbox_said import hurry as hurry
from cm_console.store.sound import sound
from cm_console.store.sqlite import Connection

_FROZEN = ("id", "verb", "tried_at", "taken")


@dataclass(frozen=True, slots=True)
class Queued:
    """A new row for the outbox: the action, its lane (actions of one lane keep their order) and what it belongs to."""

    action: Action
    source: str
    created_by: str
    journal_id: str
    not_before: int
    thread_id: int | None = None
    case_id: int | None = None
    planned_at: int | None = None
    depends_on: str | None = None

    @property
    def lane(self) -> str:
        """What it must keep its order with: its thread, else its target, else nothing."""
        action = self.action
        if action.thread is not None:
            return f"thread:{action.thread}"
        return f"{action.target.kind}:{action.target.id}" if action.target else f"action:{action.id}"


@dataclass(frozen=True, slots=True)
class Claimed:
    """An action this console may work on now; `claim` must be shown with the result. `sent_at`: the last attempt."""

    action: Action
    claim: str
    state: State
    first_at: Instant | None
    attempts: int
    looks: int
    planned_at: Instant | None
    sent_at: Instant

    @property
    def in_doubt(self) -> bool:
        """Whether an attempt before the last one may have landed."""
        return self.first_at is not None and self.first_at != self.sent_at


def enqueue(conn: Connection, queued: Queued, now: int) -> None:
    """Put an action into the outbox; in the transaction of its local effect."""
    conn.execute(
        "INSERT INTO action(id, source, lane, verb, payload, thread_id, case_id, journal_id, created_at, created_by,"
        " not_before, planned_at, depends_on) VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?)",
        (
            queued.action.id,
            queued.source,
            queued.lane,
            queued.action.verb,
            _freeze(queued.action),
            queued.thread_id,
            queued.case_id,
            queued.journal_id,
            now,
            queued.created_by,
            queued.not_before,
            queued.planned_at,
            queued.depends_on,
        ),
    )


_HEADS = f"""
FROM action AS a WHERE source = :source AND state IN ({LIVE_STATES}) AND asks = 0
    AND NOT EXISTS (SELECT 1 FROM action b WHERE b.source = a.source AND b.lane = a.lane AND b.seq < a.seq
        AND b.state IN ({LIVE_STATES}))
    AND (depends_on IS NULL OR EXISTS (SELECT 1 FROM action d WHERE d.id = a.depends_on AND d.state = 'sent'))
"""
"""Actions nothing in their lane stands before."""

_NEXT = f"SELECT seq, id {_HEADS} AND state = :state AND not_before <= :now ORDER BY seq LIMIT 1"

_DROP_POINTLESS = f"""
UPDATE action SET state = 'cancelled', why = 'what it takes back was never done', ended_at = :now
WHERE source = :source AND state IN ({LIVE_STATES}) AND state = 'queued' AND depends_on IS NOT NULL AND EXISTS (
    SELECT 1 FROM action d WHERE d.id = action.depends_on AND d.state IN ('cancelled', 'superseded'))
"""


def claim(conn: Connection, source: str, state: State, *, owner: str, token: str, now: int) -> Claimed | None:
    """Take the first action of a source in a state that is due and heads its lane.

    A queued one becomes `sending`, with its attempt logged: once this is committed the first byte may go out.
    An uncertain one stays so; looking changes nothing on the platform.
    """
    conn.execute(_DROP_POINTLESS, {"source": source, "now": now})
    row = conn.execute(_NEXT, {"source": source, "state": state, "now": now}).fetchone()
    if row is None:
        return None
    if state is State.QUEUED:
        conn.execute(
            "UPDATE action SET state='sending', tried_at=coalesce(tried_at, ?), attempts=attempts+1 WHERE seq=?",
            (now, row[0]),
        )
    else:
        conn.execute("UPDATE action SET looks=looks+1 WHERE seq=?", (row[0],))
    conn.execute("UPDATE action SET owner=?, claim=? WHERE seq=?", (owner, token, row[0]))
    kind = "send" if state is State.QUEUED else "look"
    conn.execute("INSERT INTO attempt(action_id, at, kind) VALUES(?,?,?)", (row[1], now, kind))
    return _claimed(conn, row[1], token)


def settle(
    conn: Connection,
    claimed: Claimed,
    state: State,
    *,
    now: int,
    why: str = "",
    asks: bool = False,
    not_before: int | None = None,
    remote_id: str | None = None,
    fresh: bool = False,
) -> bool:
    """Write what became of a claimed action; False (and nothing changed) if the claim was lost meanwhile.

    `fresh`: no earlier attempt is in doubt any more. What another action holds as its own cannot be claimed by
    looking: the action stays uncertain, and False is returned.
    """
    done = state in (State.SENT, State.CANCELLED, State.SUPERSEDED)
    remote_id = None if remote_id is None else sound(remote_id)
    values = (state, why, int(asks), not_before, remote_id, now if done else None, fresh)
    if remote_id is not None and (other := _holder(conn, claimed.action, remote_id)):
        if claimed.state is State.UNCERTAIN:
            settle(conn, claimed, State.UNCERTAIN, now=now, why=_ANOTHERS)
            return False
        values = _dispute(conn, other, now, values)
    cursor = conn.execute(
        "UPDATE action SET state=?, why=?, asks=?, not_before=coalesce(?, not_before),"
        " remote_id=coalesce(?, remote_id), ended_at=?, tried_at=CASE WHEN ? THEN NULL ELSE tried_at END,"
        " owner=NULL, claim=NULL WHERE id=? AND claim=?",
        (*values, claimed.action.id, claimed.claim),
    )
    if cursor.rowcount:
        _end_attempts(conn, claimed.action.id, now, state, why)
    return bool(cursor.rowcount)


_ANOTHERS = "what was found there belongs to another action"
_Values: TypeAlias = "tuple[State, str, int, int | None, str | None, int | None, bool]"


def _holder(conn: Connection, action: Action, remote_id: str) -> str | None:
    """The other reply or new thread that is linked to the same thing on the platform."""
    row = conn.execute(
        "SELECT id FROM action WHERE source = (SELECT source FROM action WHERE id = ?1) AND verb = ?2"
        " AND remote_id = ?3 AND id != ?1 AND verb IN ('reply', 'publish')",
        (action.id, action.verb, remote_id),
    ).fetchone()
    return row[0] if row else None


def _dispute(conn: Connection, other: str, now: int, values: _Values) -> _Values:
    """A receipt proves whose it is: who only found it must look again; two receipts mean the platform joined them."""
    last = conn.execute("SELECT kind FROM attempt WHERE action_id=? ORDER BY id DESC LIMIT 1", (other,)).fetchone()
    if last and last[0] == "send":
        return (*values[:4], None, *values[5:])
    conn.execute(
        "UPDATE action SET state='uncertain', why=?, remote_id=NULL, ended_at=NULL, not_before=? WHERE id=?",
        (_ANOTHERS, now, other),
    )
    return values


def _end_attempts(conn: Connection, id: str, now: int, outcome: str, words: str) -> None:
    conn.execute(
        "UPDATE attempt SET ended_at=?, outcome=?, words=? WHERE action_id=? AND ended_at IS NULL",
        (now, outcome, words, id),
    )


def forget_tried(conn: Connection, claimed: Claimed) -> None:
    """The attempt surely had no effect; if none before it is in doubt, the next one is the first again."""
    conn.execute(
        "UPDATE action SET tried_at=NULL WHERE id=?1"
        " AND tried_at = (SELECT max(at) FROM attempt WHERE action_id=?1 AND kind='send')",
        (claimed.action.id,),
    )


def take_over(conn: Connection, dead: list[str], now: int, source: str | None = None) -> int:
    """Actions a dead console was sending may have landed: uncertain, never queued. Returns how many it held.

    With a source only that one's: what a living console holds though it is not at it any more.
    """
    marks = ",".join("?" * len(dead))
    rows = conn.execute(
        f"SELECT id, state FROM action WHERE owner IN ({marks}) AND source = coalesce(?, source)", (*dead, source)
    ).fetchall()
    for id, state in rows:
        why = "the console stopped while sending it" if state == State.SENDING else "the console stopped while looking"
        conn.execute("UPDATE action SET state='uncertain', why=?, owner=NULL, claim=NULL WHERE id=?", (why, id))
        _end_attempts(conn, id, now, State.UNCERTAIN, why)
    return len(rows)


def owners(conn: Connection) -> list[str]:
    """The consoles that hold an action now."""
    return [owner for (owner,) in conn.execute("SELECT DISTINCT owner FROM action WHERE owner IS NOT NULL")]


def next_due(conn: Connection, source: str) -> int | None:
    """When the next queued or uncertain action of a source may be worked on; who waits for another does not count."""
    heads = f"SELECT min(not_before) {_HEADS} AND state IN ('queued', 'uncertain')"
    due: int | None = conn.execute(heads, {"source": source}).fetchone()[0]
    return due


def load(conn: Connection, id: str) -> Action:
    """The action as it was frozen, with what is known since: the first attempt, and ids that belong to others."""
    verb, payload, tried_at, source, made = conn.execute(
        "SELECT verb, payload, tried_at, source, (SELECT remote_id FROM action d WHERE d.id = a.depends_on)"
        " FROM action a WHERE id=?",
        (id,),
    ).fetchone()
    values = json.loads(payload)
    if target := values["target"]:
        values["target"] = Ref(Kind(target["kind"]), target["id"] or made or "")
    taken = conn.execute(
        "SELECT remote_id FROM action WHERE source=? AND verb=? AND remote_id IS NOT NULL AND id != ?"
        " ORDER BY seq DESC LIMIT 2000",
        (source, verb, id),
    )
    action = Action(id=id, verb=Verb(verb), **values)
    return replace(action, tried_at=tried_at, taken=frozenset(remote for (remote,) in taken))


def _claimed(conn: Connection, id: str, token: str) -> Claimed:
    state, tried_at, tries, looks, planned_at, sent_at = conn.execute(
        "SELECT state, tried_at, attempts, looks, planned_at,"
        " (SELECT max(at) FROM attempt WHERE action_id = action.id AND kind = 'send') FROM action WHERE id=?",
        (id,),
    ).fetchone()
    return Claimed(load(conn, id), token, State(state), tried_at, tries, looks, planned_at, sent_at or tried_at)


def _freeze(action: Action) -> str:
    values = asdict(action)
    for name in _FROZEN:
        del values[name]
    return json.dumps(values)
