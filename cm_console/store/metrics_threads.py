"""Responses: who was answered and how long it took, where a thread nobody answered counts as still waiting.

Everything comes from the index `thread_created` alone: one row for each thread of the window and no page of the table.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Sequence
from typing import NamedTuple

from cm_console.model.metrics import Series
from cm_console.model.survival import MEDIAN, P90, time_until
from cm_console.store.metrics_scope import WEEK, Light, Raw, Scope, seconds, share

TOO_FEW = {MEDIAN: "more than half still wait", P90: "more than a tenth still wait"}
RESPONSE, TEAM_RESPONSE = "first_response_at", "first_team_response_at"
SOLVED = "CASE WHEN view = 4 THEN min(status_at, coalesce(solved_at, status_at)) ELSE solved_at END"
"""Accepted there, or done here; done threads that were opened again are not."""
_STARTED = "FROM thread INDEXED BY thread_created WHERE deleted = 0 AND created_at >= ?1 AND created_at < ?2"


def _started(scope: Scope) -> str:
    """Threads started between two instants, not by bots."""
    bots = ",".join(str(bot) for bot in scope.facts.bots)
    not_bots = f" AND (author_id IS NULL OR author_id NOT IN ({bots}))" if bots else ""
    return f"{_STARTED} AND {scope.facts.chosen()}{not_bots}"


def _asked(scope: Scope) -> str:
    """Threads started between two instants by members."""
    return f"{_STARTED} AND {scope.facts.chosen()} AND by_member"


class _Tally(NamedTuple):
    started: int
    solved: int
    asked: int
    waiting: int
    old_enough: int
    in_time: int
    oldest: int | None


def _tally(scope: Scope) -> _Tally:
    """All that can be counted in one walk over the threads of the window."""
    cached = scope.cache.get("tally")
    if isinstance(cached, _Tally):
        return cached
    waits = f"by_member AND ({RESPONSE} IS NULL OR {RESPONSE} >= ?3)"
    old = "by_member AND created_at <= ?3 - ?4"
    *counts, oldest = scope.facts.conn.execute(
        f"SELECT count(*), total({SOLVED} < ?3), total(by_member), total({waits}),"
        f" total({old}), total({old} AND {RESPONSE} - created_at <= ?4), min(CASE WHEN {waits} THEN created_at END)"
        f" {_started(scope)}",
        (scope.since, scope.until, scope.until, WEEK),
    ).fetchone()
    tally = scope.cache["tally"] = _Tally._make((*map(int, counts), oldest))
    return tally


def _waits(scope: Scope, when: str, threads: str, since: int, to: int) -> tuple[Sequence[int], Sequence[int]]:
    """How long those waited that came to an end before the window's, and the others so far; both ascending."""
    query = f"SELECT CASE WHEN {when} < ?3 THEN max(0, {when} - created_at) ELSE created_at - ?3 END {threads}"
    found = [wait for (wait,) in scope.facts.conn.execute(query, (since, to, scope.until))]
    found.sort()
    ended = bisect_left(found, 0)
    return found[ended:], [-wait for wait in reversed(found[:ended])]


def _until_share(level: tuple[int, int], when: str, population: Callable[[Scope], str]) -> Callable[[Scope], Raw]:
    def value(scope: Scope) -> Raw:
        waits = scope.cache.get(when)
        if not isinstance(waits, tuple):
            waits = scope.cache[when] = _waits(scope, when, population(scope), scope.since, scope.until)
        ended, waiting = waits
        n = len(ended) + len(waiting)
        time = time_until(level, ended, waiting)
        if time is None:
            return Raw(None, n, TOO_FEW[level] if n else "")
        return Raw(seconds(time), n)

    return value


def _wait_rows(when: str, population: Callable[[Scope], str]) -> Callable[[Scope], list[Light]]:
    def rows(scope: Scope) -> list[Light]:
        query = f"SELECT id, created_at, {when} {population(scope)}"
        found = []
        for id, created, at in scope.facts.conn.execute(query, (scope.since, scope.until)):
            ended = at is not None and at < scope.until
            wait = max(0, at - created) if ended else scope.until - created
            found.append(Light(-wait, id, seconds(wait), ended))
        return found

    return rows


response_median = _until_share(MEDIAN, RESPONSE, _asked)
response_p90 = _until_share(P90, RESPONSE, _asked)
response_rows = _wait_rows(RESPONSE, _asked)
team_median = _until_share(MEDIAN, TEAM_RESPONSE, _asked)
team_rows = _wait_rows(TEAM_RESPONSE, _asked)
resolution_median = _until_share(MEDIAN, SOLVED, _started)
resolution_rows = _wait_rows(SOLVED, _started)


def threads(scope: Scope) -> Raw:
    """See the table of metrics."""
    (n,) = scope.facts.conn.execute(f"SELECT count(*) {_started(scope)}", (scope.since, scope.until)).fetchone()
    return Raw(n, n)


def threads_rows(scope: Scope) -> list[Light]:
    """The threads, newest first."""
    rows = scope.facts.conn.execute(f"SELECT -created_at, id {_started(scope)}", (scope.since, scope.until))
    return [Light(*row) for row in rows]


def coverage(scope: Scope) -> Raw:
    """See the table of metrics."""
    tally = _tally(scope)
    note = "" if tally.old_enough else "no thread is 7 days old yet"
    return Raw(share(tally.in_time, tally.old_enough), tally.old_enough, note)


def coverage_rows(scope: Scope) -> list[Light]:
    """The threads old enough to tell, those without a response in time first."""
    in_time = f"coalesce({RESPONSE} - created_at <= ?3, 0)"
    query = f"SELECT created_at, id, {in_time} {_asked(scope)} AND created_at <= ?4 - ?3"
    rows = scope.facts.conn.execute(query, (scope.since, scope.until, WEEK, scope.until))
    return [Light(answered * 1e15 + created, id, 1, bool(answered)) for created, id, answered in rows]


def unanswered(scope: Scope) -> Raw:
    """See the table of metrics."""
    tally = _tally(scope)
    return Raw(tally.waiting, tally.asked)


def _waiting(scope: Scope) -> list[tuple[int, int]]:
    query = f"SELECT created_at, id {_asked(scope)} AND ({RESPONSE} IS NULL OR {RESPONSE} >= ?2)"
    return scope.facts.conn.execute(query, (scope.since, scope.until)).fetchall()


def unanswered_rows(scope: Scope) -> list[Light]:
    """The threads nobody has answered, longest waiting first."""
    return [Light(created, id) for created, id in _waiting(scope)]


def oldest_waiting(scope: Scope) -> Raw:
    """See the table of metrics."""
    tally = _tally(scope)
    if tally.oldest is None:
        return Raw(None, 0, "nobody waits")
    return Raw(seconds(scope.until - tally.oldest), tally.waiting)


def oldest_rows(scope: Scope) -> list[Light]:
    """The threads nobody has answered, with their age."""
    return [Light(created, id, seconds(scope.until - created)) for created, id in _waiting(scope)]


def solved_rate(scope: Scope) -> Raw:
    """See the table of metrics."""
    tally = _tally(scope)
    return Raw(share(tally.solved, tally.started), tally.started)


def solved_rows(scope: Scope) -> list[Light]:
    """The threads, unsolved ones first."""
    query = f"SELECT created_at, id, coalesce({SOLVED} < ?2, 0) {_started(scope)}"
    rows = scope.facts.conn.execute(query, (scope.since, scope.until))
    return [Light(done * 1e15 + created, id, 1, bool(done)) for created, id, done in rows]


def threads_series(scope: Scope) -> Series:
    """Threads started, day by day."""
    return scope.each_day(f"SELECT count(*) {_started(scope)}")


def response_series(scope: Scope) -> Series:
    """The median first response of the threads started on each day."""
    medians, threads = [], _asked(scope)
    for day, since, to in scope.edges:
        time = time_until(MEDIAN, *_waits(scope, RESPONSE, threads, since, min(to, scope.until)))
        medians.append((day, None if time is None else seconds(time)))
    return tuple(medians)
