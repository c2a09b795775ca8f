"""The clocks of threads under a policy: kept with every page and decision, read for a thread, a list, the numbers."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from cm_console.model.clock_rules import clocks
from cm_console.model.clocks import Clock, ClockKind, Facts, Policy, Result, Said, Who
from cm_console.model.inbox import Status
from cm_console.model.text import Safe
from cm_console.store.sqlite import Connection

_COLUMNS = "kind, policy, started, risk_at, due, ended, result"
_BETWEEN = "\x1f"


class Running(NamedTuple):
    """A clock that runs, and whose it is."""

    thread_id: int
    source: str
    title: Safe
    assignee: str
    clock: Clock


def keep(conn: Connection, ids: str, now: int, policies: Sequence[Policy], muted: str) -> None:
    """Make the clocks of threads (a JSON array of ids), and what their rows keep of them, true.

    Nothing is promised in muted places (a JSON array).
    """
    since = min(policy.since for policy in policies)
    for thread in conn.execute(_THREADS, {"ids": ids, "since": since, "muted": muted}).fetchall():
        _keep(conn, _Thread(*thread), now, policies)


def drop_running(conn: Connection) -> list[int]:
    """No policy is left: nothing runs any more, what ended stays; returns the threads that had a clock running."""
    conn.execute("DELETE FROM clock WHERE ended IS NULL")
    threads = [id for (id,) in conn.execute("SELECT id FROM thread WHERE clock_due IS NOT NULL OR needs = 5")]
    query = "UPDATE thread SET clock_due = NULL, needs = CASE needs WHEN 5 THEN 0 ELSE needs END WHERE id = ?"
    conn.executemany(query, [(id,) for id in threads])
    return threads


def of_thread(conn: Connection, thread_id: int) -> list[Clock]:
    """The clocks of a thread in the order in which they began, those without a promised time left out."""
    return [clock for clock in _held(conn, thread_id) if clock.due is not None]


def running(conn: Connection, limit: int) -> list[Running]:
    """The clocks that run, those whose time is up first first."""
    columns = ", ".join(f"c.{column}" for column in _COLUMNS.split(", "))
    rows = conn.execute(
        f"SELECT t.id, s.name, t.title, coalesce(t.assignee, ''), {columns} FROM clock c"
        " JOIN thread t ON t.id = c.thread_id JOIN source s ON s.id = t.source_id"
        " WHERE c.ended IS NULL AND c.due IS NOT NULL ORDER BY c.due, c.id LIMIT ?",
        (limit,),
    )
    return [Running(id, source, Safe(title), who, _clock(rest)) for id, source, title, who, *rest in rows]


class _Thread(NamedTuple):
    id: int
    began: int
    by_member: int
    direct: int
    author: int | None
    source: str
    priority: int
    tags: str | None
    status: int
    status_at: int
    put_away: int
    solved_at: int | None
    closed: int
    out: int
    clock_due: int | None
    needs: int


_THREADS = """
SELECT t.id, t.created_at, t.by_member, t.kind = 'direct', t.author_id, s.name, t.priority,
    (SELECT group_concat(tag, char(31)) FROM tag WHERE thread_id = t.id), t.status, t.status_at,
    t.asked_at <= t.seen_at, t.solved_at, t.closed,
    t.deleted OR t.place IN (SELECT value FROM json_each(:muted)), t.clock_due, t.needs
FROM thread t JOIN source s ON s.id = t.source_id
WHERE t.id IN (SELECT value FROM json_each(:ids))
    AND (t.created_at >= :since OR EXISTS (SELECT 1 FROM clock WHERE thread_id = t.id))
"""


def _keep(conn: Connection, thread: _Thread, now: int, policies: Sequence[Policy]) -> None:
    tags = thread.tags.split(_BETWEEN) if thread.tags else []
    covers = (each for each in policies if each.covers(thread.began, thread.source, tags, thread.priority))
    policy = None if thread.out else next(covers, None)
    held = _held(conn, thread.id)
    if policy is None and not held:
        return
    found = clocks(policy, _facts(conn, thread, held, now))
    if found != held:
        _write(conn, thread.id, found)
    running = [clock for clock in found if clock.ended is None and clock.due is not None]
    due = min((clock.due for clock in running if clock.due is not None), default=None)
    owed = any(clock.kind is not ClockKind.RESOLUTION for clock in running)
    needs = (5 if owed else 0) if thread.needs in (0, 5) else thread.needs
    if (due, needs) != (thread.clock_due, thread.needs):
        conn.execute("UPDATE thread SET clock_due = ?, needs = ? WHERE id = ?", (due, needs, thread.id))


def _facts(conn: Connection, thread: _Thread, held: Sequence[Clock], now: int) -> Facts:
    rows = conn.execute(
        "SELECT created_at, author_id, role, mentions_us FROM post WHERE thread_id = ? AND state = 0 AND role < 2"
        " ORDER BY created_at",
        (thread.id,),
    )
    said = [Said(at, _who(thread, author, role, mentions)) for at, author, role, mentions in rows]
    opened = thread.began if thread.by_member else None
    return Facts(opened, said, _resolved_at(thread, held, now), thread.status_at, held)


def _who(thread: _Thread, author: int | None, role: int, mentions: int) -> Who:
    if role == 1:
        return Who.TEAM
    if thread.direct or (thread.by_member and author is not None and author == thread.author):
        return Who.ASKS
    return Who.CALLS if mentions and author is not None else Who.OTHER


def _resolved_at(thread: _Thread, held: Sequence[Clock], now: int) -> int | None:
    """When it was solved or done; nobody says when a thread was closed: that is when it was first seen so."""
    done = thread.status == Status.DONE and thread.put_away
    times: list[int] = [at for at in (thread.solved_at, thread.status_at if done else None) if at is not None]
    if not times and thread.closed:
        known = [clock.ended for clock in held if clock.kind is ClockKind.RESOLUTION and clock.ended is not None]
        times = [*known[-1:]] or [now]
    return min(times, default=None)


def _held(conn: Connection, thread_id: int) -> list[Clock]:
    rows = conn.execute(f"SELECT {_COLUMNS} FROM clock WHERE thread_id = ? ORDER BY started, kind", (thread_id,))
    return [_clock(row) for row in rows.fetchall()]


def _clock(row: Iterable[Any]) -> Clock:
    kind, policy, started, risk_at, due, ended, result = row
    return Clock(ClockKind(kind), policy, started, risk_at, due, ended, Result(result))


def _write(conn: Connection, thread_id: int, found: Sequence[Clock]) -> None:
    """What stays keeps its id: the rows behind a number are known by it."""
    keys = json.dumps([[clock.kind, clock.started] for clock in found])
    conn.execute(
        "DELETE FROM clock WHERE thread_id = ? AND NOT EXISTS (SELECT 1 FROM json_each(?) AS k"
        " WHERE k.value ->> 0 = kind AND k.value ->> 1 = started)",
        (thread_id, keys),
    )
    rows = [
        (thread_id, str(c.kind), c.policy, c.started, c.risk_at, c.due, c.ended, str(c.result), c.judged_at)
        for c in found
    ]
    conn.executemany(
        f"INSERT INTO clock(thread_id, {_COLUMNS}, judged_at) VALUES(?,?,?,?,?,?,?,?,?)"
        " ON CONFLICT(thread_id, kind, started) DO UPDATE SET policy = excluded.policy, risk_at = excluded.risk_at,"
        " due = excluded.due, ended = excluded.ended, result = excluded.result, judged_at = excluded.judged_at",
        rows,
    )
