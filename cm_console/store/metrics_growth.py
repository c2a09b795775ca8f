"""Growth: who joined, who began, came back, stayed or was lost."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import TYPE_CHECKING, NamedTuple

from cm_console.model.metrics import Series, Table
from cm_console.store.days import BEGINNING, POSTERS
from cm_console.store.metrics_activity import contributors_of
from cm_console.store.metrics_scope import WEEK, Light, Raw, Scope, members, share
from cm_console.store.rollups import date_of, number_of
from cm_console.store.starts import JOINED

if TYPE_CHECKING:
    from pyroaring import BitMap

QUARTER = 90
REGULAR = 4
REGULARS_NEED = 28
COHORTS = 12
_JOINED = "FROM member WHERE joined_at >= ?1 AND joined_at < ?2 AND role = 0 AND"


_EVER = -(2**62)


def _joined(scope: Scope, since: int, to: int) -> int:
    query = f"SELECT count(*) {_JOINED} {scope.facts.chosen()}"
    return int(scope.facts.conn.execute(query, (since, to)).fetchone()[0])


def members_total(scope: Scope) -> Raw:
    """See the table of metrics."""
    starts = scope.facts.starts
    n = starts.total(JOINED, scope.end)
    n = _joined(scope, _EVER, scope.to) if n is None else n + _joined(scope, _EVER, starts.midnight(1))
    return Raw(n, n) if n else Raw(None, 0, "no source says when members joined")


def _joins(scope: Scope) -> dict[int, int]:
    """How many members joined on each day of the window."""
    joins: dict[int, int] = {}
    for (day, _), start in scope.facts.starts.read(JOINED, scope.first, scope.end, scope.to).items():
        joins[day] = joins.get(day, 0) + start.n
    return joins


def members_new(scope: Scope) -> Raw:
    """See the table of metrics."""
    n = sum(_joins(scope).values())
    return Raw(n, n)


def _posters(scope: Scope, first: int, end: int) -> BitMap:
    return scope.facts.days.union(POSTERS, first, end) - scope.facts.aside


def _new(scope: Scope) -> BitMap:
    return contributors_of(scope) - scope.facts.days.union(POSTERS, BEGINNING, scope.first)


def contributors_new(scope: Scope) -> Raw:
    """See the table of metrics."""
    n = len(_new(scope))
    return Raw(n, n)


def contributors_new_rows(scope: Scope) -> list[Light]:
    """The new contributors."""
    return members(_new(scope))


def _reactivated(scope: Scope) -> BitMap:
    days = scope.facts.days
    before = days.union(POSTERS, BEGINNING, scope.first - QUARTER)
    return (contributors_of(scope) & before) - days.union(POSTERS, scope.first - QUARTER, scope.first)


def contributors_reactivated(scope: Scope) -> Raw:
    """See the table of metrics."""
    n = len(_reactivated(scope))
    return Raw(n, n, scope.short(QUARTER))


def contributors_reactivated_rows(scope: Scope) -> list[Light]:
    """Those who came back."""
    return members(_reactivated(scope))


def _lost(scope: Scope) -> BitMap:
    regulars = scope.facts.days.regulars(scope.first - QUARTER, scope.first, REGULAR)
    return regulars - scope.facts.days.union(POSTERS, scope.first, scope.end) - scope.facts.aside


def regulars_lost(scope: Scope) -> Raw:
    """See the table of metrics."""
    if scope.window.days < REGULARS_NEED:
        return Raw(None, 0, f"needs a window of {REGULARS_NEED} days or more")
    n = len(_lost(scope))
    return Raw(n, n, scope.short(QUARTER))


def regulars_lost_rows(scope: Scope) -> list[Light]:
    """The regulars who fell silent."""
    return members(_lost(scope)) if scope.window.days >= REGULARS_NEED else []


_ACTIVATED = (
    f"CASE WHEN first_post_at IS NULL OR first_post_at > joined_at + {WEEK} THEN 0"
    " WHEN first_post_at >= joined_at THEN 1"
    " ELSE EXISTS(SELECT 1 FROM post WHERE author_id = member.id AND state < 3"
    f" AND created_at BETWEEN joined_at AND joined_at + {WEEK}) END"
)
"""Whether a member posted within a week of joining; only a first post before joining makes it look at the posts."""


def activation(scope: Scope) -> Raw:
    """See the table of metrics."""
    query = f"SELECT count(*), total({_ACTIVATED}) {_JOINED} {scope.facts.chosen()}"
    n, posted = scope.in_week(JOINED, query)
    return Raw(share(posted, n), n)


def activation_rows(scope: Scope) -> list[Light]:
    """The newcomers, those who did not post first."""
    query = f"SELECT joined_at, id, {_ACTIVATED} {_JOINED} {scope.facts.chosen()}"
    found = scope.facts.conn.execute(query, (scope.since, scope.until - WEEK + 1))
    return [Light(posted * 1e15 - joined, id, 1, bool(posted)) for joined, id, posted in found]


def returning(scope: Scope) -> Raw:
    """See the table of metrics."""
    now = contributors_of(scope)
    before = contributors_of(scope.previous)
    history = scope.facts.history
    if history is None or history >= scope.first:
        return Raw(None, len(now), "there is no window before")
    return Raw(share(now.intersection_cardinality(before), len(now)), len(now), scope.short(scope.window.days))


def returning_rows(scope: Scope) -> list[Light]:
    """The contributors; counted are those who also posted in the window before."""
    before = contributors_of(scope.previous)
    return [Light(-id, id, 1, id in before) for id in contributors_of(scope)]


class _Cohort(NamedTuple):
    month: int
    started: BitMap
    posted: list[BitMap]


def _months(scope: Scope) -> Iterator[tuple[date, int, int]]:
    """The last twelve months up to the window's end: their first day, and their days as `[first, end)`."""
    last = scope.window.end - timedelta(days=1)
    for back in reversed(range(COHORTS)):
        year, month = divmod(last.year * 12 + last.month - 1 - back, 12)
        start, after = date(year, month + 1, 1), date(year + (month + 1) // 12, (month + 1) % 12 + 1, 1)
        yield start, number_of(start), min(number_of(after), scope.end)


def _cohorts(scope: Scope) -> list[_Cohort]:
    cached = scope.cache.get("cohorts")
    if isinstance(cached, list):
        return cached
    months = list(_months(scope))
    seen = scope.facts.days.union(POSTERS, BEGINNING, months[0][1])
    posted = [_posters(scope, first, end) for _, first, end in months]
    cohorts = []
    for at, who in enumerate(posted):
        cohorts.append(_Cohort(at, who - seen, posted[at:]))
        seen = seen | who
    scope.cache["cohorts"] = cohorts
    return cohorts


def retention_table(scope: Scope) -> Table:
    """The grid: month, members who began in it, share of them with a post in that month and each after it."""
    starts = [start for start, _, _ in _months(scope)]
    rows: list[tuple[str | float | None, ...]] = []
    for cohort in _cohorts(scope):
        if cohort.started:
            cells = [share(cohort.started.intersection_cardinality(who), len(cohort.started)) for who in cohort.posted]
            rest = [None] * (COHORTS - len(cells))
            rows.append((f"{starts[cohort.month]:%Y-%m}", len(cohort.started), *cells, *rest))
    return Table(("month", "members", *(str(month) for month in range(COHORTS))), tuple(rows))


def _next_month(scope: Scope) -> Iterator[_Cohort]:
    """Cohorts whose month after the first has ended with the window."""
    ended = sum(1 for start, _, _ in _months(scope) if _next(start) <= scope.window.end)
    return (cohort for cohort in _cohorts(scope) if cohort.started and cohort.month + 1 < ended)


def _next(month: date) -> date:
    return (month + timedelta(days=31)).replace(day=1)


def retention(scope: Scope) -> Raw:
    """See the table of metrics."""
    grid = list(_next_month(scope))
    stayed = sum(cohort.started.intersection_cardinality(cohort.posted[1]) for cohort in grid)
    n = sum(len(cohort.started) for cohort in grid)
    return Raw(share(stayed, n), n)


def retention_rows(scope: Scope) -> list[Light]:
    """The members who began in those months; counted are those with a post in the next."""
    return [Light(-id, id, 1, id in cohort.posted[1]) for cohort in _next_month(scope) for id in cohort.started]


def joined_series(scope: Scope) -> Series:
    """New members, day by day."""
    joins = _joins(scope)
    return tuple((date_of(day), joins.get(day, 0)) for day in scope.lived)
