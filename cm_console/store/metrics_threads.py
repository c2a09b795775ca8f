"""Responses: who was answered and how long it took, where a thread nobody answered counts as still waiting.

Numbers come from arrays kept by day (starts.py); only the rows behind a number are read thread by thread, from the
index `thread_created` alone.
"""

from __future__ import annotations

from collections.abc import Callable

from cm_console.model.metrics import Series
from cm_console.model.survival import MEDIAN, P90
from cm_console.store.metrics_scope import WEEK, Light, Raw, Scope, seconds, share
from cm_console.store.rollups import date_of
from cm_console.store.schema_spans import SOLVED_AT
from cm_console.store.starts import RESPONSE, SOLVED, TEAM, not_by

TOO_FEW = {MEDIAN: "more than half still wait", P90: "more than a tenth still wait"}
AT = {RESPONSE: "first_response_at", TEAM: "first_team_response_at", SOLVED: SOLVED_AT}
_STARTED = "FROM thread INDEXED BY thread_created WHERE deleted = 0 AND created_at >= ?1 AND created_at < ?2"


def _started(scope: Scope) -> str:
    """Threads started between two instants, not by bots."""
    return f"{_STARTED} AND {scope.facts.chosen()}{not_by(scope.facts.bots)}"


def _asked(scope: Scope) -> str:
    """Threads started between two instants by members."""
    return f"{_STARTED} AND {scope.facts.chosen()} AND by_member"


def _until_share(level: tuple[int, int], kind: str) -> Callable[[Scope], Raw]:
    def value(scope: Scope) -> Raw:
        pool = scope.waiting.pool(kind)
        time = pool.time(level)
        if time is None:
            return Raw(None, pool.n, TOO_FEW[level] if pool.n else "")
        return Raw(seconds(time), pool.n)

    return value


def _wait_rows(kind: str, population: Callable[[Scope], str]) -> Callable[[Scope], list[Light]]:
    def rows(scope: Scope) -> list[Light]:
        query = f"SELECT id, created_at, {AT[kind]} {population(scope)}"
        found = []
        for id, created, at in scope.facts.conn.execute(query, (scope.since, scope.until)):
            ended = at is not None and at < scope.until
            wait = max(0, at - created) if ended else scope.until - created
            found.append(Light(-wait, id, seconds(wait), ended))
        return found

    return rows


response_median = _until_share(MEDIAN, RESPONSE)
response_p90 = _until_share(P90, RESPONSE)
response_rows = _wait_rows(RESPONSE, _asked)
team_median = _until_share(MEDIAN, TEAM)
team_rows = _wait_rows(TEAM, _asked)
resolution_median = _until_share(MEDIAN, SOLVED)
resolution_rows = _wait_rows(SOLVED, _started)


def threads(scope: Scope) -> Raw:
    """See the table of metrics."""
    n = scope.waiting.pool(SOLVED).n
    return Raw(n, n)


def threads_rows(scope: Scope) -> list[Light]:
    """The threads, newest first."""
    rows = scope.facts.conn.execute(f"SELECT -created_at, id {_started(scope)}", (scope.since, scope.until))
    return [Light(*row) for row in rows]


def coverage(scope: Scope) -> Raw:
    """See the table of metrics."""
    query = f"SELECT count(*), total({AT[RESPONSE]} - created_at <= {WEEK}) {_asked(scope)}"
    n, answered = scope.in_week(RESPONSE, query)
    return Raw(share(answered, n), n, "" if n else "no thread is 7 days old yet")


def coverage_rows(scope: Scope) -> list[Light]:
    """The threads old enough to tell, those without a response in time first."""
    in_time = f"coalesce({AT[RESPONSE]} - created_at <= ?3, 0)"
    query = f"SELECT created_at, id, {in_time} {_asked(scope)} AND created_at <= ?4 - ?3"
    rows = scope.facts.conn.execute(query, (scope.since, scope.until, WEEK, scope.until))
    return [Light(answered * 1e15 + created, id, 1, bool(answered)) for created, id, answered in rows]


def unanswered(scope: Scope) -> Raw:
    """See the table of metrics."""
    pool = scope.waiting.pool(RESPONSE)
    return Raw(pool.waiting, pool.n)


def _waiting(scope: Scope) -> list[tuple[int, int]]:
    query = f"SELECT created_at, id {_asked(scope)} AND ({AT[RESPONSE]} IS NULL OR {AT[RESPONSE]} >= ?2)"
    return scope.facts.conn.execute(query, (scope.since, scope.until)).fetchall()


def unanswered_rows(scope: Scope) -> list[Light]:
    """The threads nobody has answered, longest waiting first."""
    return [Light(created, id) for created, id in _waiting(scope)]


def oldest_waiting(scope: Scope) -> Raw:
    """See the table of metrics."""
    pool = scope.waiting.pool(RESPONSE)
    oldest = pool.oldest()
    if oldest is None:
        return Raw(None, 0, "nobody waits")
    return Raw(seconds(scope.until - oldest), pool.waiting)


def oldest_rows(scope: Scope) -> list[Light]:
    """The threads nobody has answered, with their age."""
    return [Light(created, id, seconds(scope.until - created)) for created, id in _waiting(scope)]


def solved_rate(scope: Scope) -> Raw:
    """See the table of metrics."""
    pool = scope.waiting.pool(SOLVED)
    return Raw(share(pool.n - pool.waiting, pool.n), pool.n)


def solved_rows(scope: Scope) -> list[Light]:
    """The threads, unsolved ones first."""
    query = f"SELECT created_at, id, coalesce({SOLVED_AT} < ?2, 0) {_started(scope)}"
    rows = scope.facts.conn.execute(query, (scope.since, scope.until))
    return [Light(done * 1e15 + created, id, 1, bool(done)) for created, id, done in rows]


def threads_series(scope: Scope) -> Series:
    """Threads started, day by day."""
    pools = scope.waiting.by_day(SOLVED)
    return tuple((date_of(day), pools[day].n if day in pools else 0) for day in scope.lived)


def response_series(scope: Scope) -> Series:
    """The median first response of the threads started on each day."""
    pools = scope.waiting.by_day(RESPONSE)
    times = ((day, pools[day].time(MEDIAN) if day in pools else None) for day in scope.lived)
    return tuple((date_of(day), None if time is None else seconds(time)) for day, time in times)
