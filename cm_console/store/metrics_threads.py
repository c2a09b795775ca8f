"""Responses: who was answered and how long it took, where a thread nobody answered counts as still waiting."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable
from typing import NamedTuple

from cm_console.model.metrics import Series
from cm_console.model.survival import MEDIAN, P90, time_until
from cm_console.model.time import midnight
from cm_console.store.metrics_scope import WEEK, Light, Raw, Scope, ThreadRow, date_of, seconds, share

When = Callable[[ThreadRow], "int | None"]
TOO_FEW = {MEDIAN: "more than half still wait", P90: "more than a tenth still wait"}


class _Wait(NamedTuple):
    milliseconds: int
    ended: bool
    thread: ThreadRow


def response(thread: ThreadRow) -> int | None:
    """When somebody else first answered."""
    return thread.response


def team_response(thread: ThreadRow) -> int | None:
    """When the team first answered."""
    return thread.team_response


def solved(thread: ThreadRow) -> int | None:
    """When it was solved."""
    return thread.solved


def asked(scope: Scope) -> list[ThreadRow]:
    """Threads started in the window by members."""
    found = scope.cache.get("asked")
    if not isinstance(found, list):
        found = scope.cache["asked"] = [thread for thread in scope.threads if thread.by_member]
    return found


def _started(scope: Scope) -> list[ThreadRow]:
    return scope.threads


def _waits(threads: list[ThreadRow], when: When, until: int) -> tuple[list[int], list[int]]:
    """How long those waited that came to an end before `until`, and the others so far; both ascending."""
    times = [(thread.created, when(thread)) for thread in threads]
    ended = [max(0, at - created) for created, at in times if at is not None and at < until]
    waiting = [until - created for created, at in times if at is None or at >= until]
    return sorted(ended), sorted(waiting)


def _until_share(
    level: tuple[int, int], when: When, population: Callable[[Scope], list[ThreadRow]]
) -> Callable[[Scope], Raw]:
    def value(scope: Scope) -> Raw:
        key = f"waits of {when.__name__}"
        waits = scope.cache.get(key)
        if not isinstance(waits, tuple):
            waits = scope.cache[key] = _waits(population(scope), when, scope.until)
        ended, waiting = waits
        n = len(ended) + len(waiting)
        time = time_until(level, ended, waiting)
        if time is None:
            return Raw(None, n, TOO_FEW[level] if n else "")
        return Raw(seconds(time), n)

    return value


def _wait_rows(when: When, population: Callable[[Scope], list[ThreadRow]]) -> Callable[[Scope], list[Light]]:
    def rows(scope: Scope) -> list[Light]:
        found = []
        for thread in population(scope):
            at = when(thread)
            ended = at is not None and at < scope.until
            wait = max(0, at - thread.created) if at is not None and ended else scope.until - thread.created
            found.append(Light(-wait, thread.id, seconds(wait), ended))
        return found

    return rows


response_median = _until_share(MEDIAN, response, asked)
response_p90 = _until_share(P90, response, asked)
response_rows = _wait_rows(response, asked)
team_median = _until_share(MEDIAN, team_response, asked)
team_rows = _wait_rows(team_response, asked)
resolution_median = _until_share(MEDIAN, solved, _started)
resolution_rows = _wait_rows(solved, _started)


def threads(scope: Scope) -> Raw:
    """See the table of metrics."""
    n = len(scope.threads)
    return Raw(n, n)


def threads_rows(scope: Scope) -> list[Light]:
    """The threads, newest first."""
    return [Light(-thread.created, thread.id) for thread in scope.threads]


def _judged(scope: Scope) -> list[ThreadRow]:
    return [thread for thread in asked(scope) if thread.created <= scope.until - WEEK]


def _in_time(thread: ThreadRow) -> bool:
    return thread.response is not None and thread.response - thread.created <= WEEK


def coverage(scope: Scope) -> Raw:
    """See the table of metrics."""
    judged = _judged(scope)
    return Raw(
        share(sum(map(_in_time, judged)), len(judged)), len(judged), "" if judged else "no thread is 7 days old yet"
    )


def coverage_rows(scope: Scope) -> list[Light]:
    """The threads old enough to tell, those without a response in time first."""
    rows = ((thread, _in_time(thread)) for thread in _judged(scope))
    return [Light(answered * 1e15 + thread.created, thread.id, 1, answered) for thread, answered in rows]


def _waiting(scope: Scope) -> list[ThreadRow]:
    return [thread for thread in asked(scope) if thread.response is None or thread.response >= scope.until]


def unanswered(scope: Scope) -> Raw:
    """See the table of metrics."""
    n = len(_waiting(scope))
    return Raw(n, len(asked(scope)))


def unanswered_rows(scope: Scope) -> list[Light]:
    """The threads nobody has answered, longest waiting first."""
    return [Light(thread.created, thread.id) for thread in _waiting(scope)]


def oldest_waiting(scope: Scope) -> Raw:
    """See the table of metrics."""
    waiting = _waiting(scope)
    if not waiting:
        return Raw(None, 0, "nobody waits")
    return Raw(seconds(scope.until - waiting[0].created), len(waiting))


def oldest_rows(scope: Scope) -> list[Light]:
    """The threads nobody has answered, with their age."""
    return [Light(thread.created, thread.id, seconds(scope.until - thread.created)) for thread in _waiting(scope)]


def solved_rate(scope: Scope) -> Raw:
    """See the table of metrics."""
    n = len(scope.threads)
    done = sum(1 for thread in scope.threads if thread.solved is not None and thread.solved < scope.until)
    return Raw(share(done, n), n)


def solved_rows(scope: Scope) -> list[Light]:
    """The threads, unsolved ones first."""
    rows = ((thread, thread.solved is not None and thread.solved < scope.until) for thread in scope.threads)
    return [Light(done * 1e15 + thread.created, thread.id, 1, done) for thread, done in rows]


def threads_series(scope: Scope) -> Series:
    """Threads started, day by day."""
    return scope.per_day(thread.created for thread in scope.threads)


def response_series(scope: Scope) -> Series:
    """The median first response of the threads started on each day."""
    found, medians = asked(scope), []
    starts = [thread.created for thread in found]
    for day in scope.lived:
        low, high = (bisect_left(starts, int(midnight(date_of(edge), scope.facts.zone))) for edge in (day, day + 1))
        time = time_until(MEDIAN, *_waits(found[low:high], response, scope.until))
        medians.append((date_of(day), None if time is None else seconds(time)))
    return tuple(medians)
