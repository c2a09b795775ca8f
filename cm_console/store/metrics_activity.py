"""Activity: posts, contributors, who is active a day and a month, how much hangs on few people."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from cm_console.model.metrics import Series, Table
from cm_console.model.survival import absence_of, top_of
from cm_console.model.text import Safe
from cm_console.store import bit_counts
from cm_console.store.bit_counts import Slices
from cm_console.store.days import ACTIVE, POSTERS, THREADS
from cm_console.store.metrics_scope import Light, Raw, Scope, members, share
from cm_console.store.rollups import date_of

if TYPE_CHECKING:
    from pyroaring import BitMap

MONTH = 30
TOP = 10
TEAM_ROWS = 50


def posts_written(scope: Scope) -> int:
    """Posts in the window, bots' left out."""
    return bit_counts.weight_without(scope.facts.days.counts(scope.first, scope.end), scope.facts.bots)


def contributors_of(scope: Scope) -> BitMap:
    """Members with a post in the window."""
    return scope.facts.days.union(POSTERS, scope.first, scope.end) - scope.facts.aside


def active_on(scope: Scope, day: int, days: int = 1) -> BitMap:
    """Members active in so many days that end with `day`."""
    return scope.facts.days.union(ACTIVE, day + 1 - days, day + 1) - scope.facts.aside


def active_n(scope: Scope, day: int, days: int = 1) -> int:
    """How many they are."""
    return scope.facts.days.size(ACTIVE, day + 1 - days, day + 1, scope.facts.aside)


def _by_members(scope: Scope) -> Slices:
    if scope.by_members is None:
        counts = scope.facts.days.counts(scope.first, scope.end)
        scope.by_members = bit_counts.without(counts, scope.facts.aside)
    return scope.by_members


def _sizes(slices: Slices) -> Iterator[tuple[int, int]]:
    return ((count, len(who)) for count, who in bit_counts.ranked(slices))


def posts(scope: Scope) -> Raw:
    """See the table of metrics."""
    written = posts_written(scope)
    return Raw(written, written)


def contributors(scope: Scope) -> Raw:
    """See the table of metrics."""
    n = scope.facts.days.size(POSTERS, scope.first, scope.end, scope.facts.aside)
    return Raw(n, n)


def contributors_rows(scope: Scope) -> list[Light]:
    """The contributors."""
    return members(contributors_of(scope))


def posts_per_thread(scope: Scope) -> Raw:
    """See the table of metrics."""
    n = len(scope.facts.days.union(THREADS, scope.first, scope.end))
    return Raw(posts_written(scope) / n if n else None, n)


def posts_per_thread_rows(scope: Scope) -> list[Light]:
    """Each thread posted in, with its posts in the window."""
    threads = scope.facts.days.union(THREADS, scope.first, scope.end)
    counting = (
        "SELECT count(*) FROM post WHERE thread_id = ? AND created_at >= ? AND created_at < ?"
        " AND state < 3 AND role < 2"
    )
    rows = ((id, scope.facts.conn.execute(counting, (id, scope.since, scope.to)).fetchone()[0]) for id in threads)
    return [Light(-n, id, n) for id, n in rows]


def active_daily(scope: Scope) -> Raw:
    """See the table of metrics."""
    days = scope.lived
    if not days:
        return Raw(None, 0)
    scope.facts.days.load(ACTIVE, days.start, days.stop)
    return Raw(sum(active_n(scope, day) for day in days) / len(days), len(days))


def active_daily_rows(scope: Scope) -> list[Light]:
    """Each member, with the number of days they were active."""
    counts = bit_counts.total([[active_on(scope, day)] for day in scope.lived])
    return [Light(-days, id, days) for days, who in bit_counts.ranked(counts) for id in who]


def active_monthly(scope: Scope) -> Raw:
    """See the table of metrics."""
    n = active_n(scope, scope.end - 1, MONTH)
    return Raw(n, n, scope.short(MONTH - scope.window.days))


def active_monthly_rows(scope: Scope) -> list[Light]:
    """The members active in the month."""
    return members(active_on(scope, scope.end - 1, MONTH))


def _stickiness(scope: Scope) -> list[tuple[int, float]]:
    days = scope.lived
    scope.facts.days.load(ACTIVE, days.start + 1 - MONTH, days.stop)
    monthly = scope.facts.days.rolling(ACTIVE, days.start, days.stop, MONTH, scope.facts.aside) if days else []
    daily = (active_n(scope, day) for day in days)
    return [(day, 100 * now / month) for day, now, month in zip(days, daily, monthly, strict=True) if month]


def stickiness(scope: Scope) -> Raw:
    """See the table of metrics."""
    days = _stickiness(scope)
    value = sum(ratio for _, ratio in days) / len(days) if days else None
    return Raw(value, len(days), scope.short(MONTH - 1))


def stickiness_rows(scope: Scope) -> list[Light]:
    """The days, with the ratio of each."""
    return [Light(day, day, ratio) for day, ratio in _stickiness(scope)]


def share_top10(scope: Scope) -> Raw:
    """See the table of metrics."""
    slices = _by_members(scope)
    top, written = top_of(_sizes(slices), TOP), bit_counts.weight(slices)
    return Raw(share(top, written), len(bit_counts.everyone(slices)))


def share_top10_rows(scope: Scope) -> list[Light]:
    """Each contributor with their posts; the ten busiest are counted."""
    return _busiest_first(scope, TOP)


def absence_factor(scope: Scope) -> Raw:
    """See the table of metrics."""
    slices = _by_members(scope)
    return Raw(absence_of(_sizes(slices), bit_counts.weight(slices)), len(bit_counts.everyone(slices)))


def absence_factor_rows(scope: Scope) -> list[Light]:
    """The fewest people who wrote half of it."""
    slices = _by_members(scope)
    people = absence_of(_sizes(slices), bit_counts.weight(slices)) or 0
    return [Light(row.rank, row.item) for row in _busiest_first(scope, people)[:people]]


def _busiest_first(scope: Scope, top: int) -> list[Light]:
    busiest = ((count, id) for count, who in bit_counts.ranked(_by_members(scope)) for id in who)
    return [Light(place, id, count, place < top) for place, (count, id) in enumerate(busiest)]


def active_series(scope: Scope) -> Series:
    """Active members, day by day."""
    return tuple((date_of(day), active_n(scope, day)) for day in scope.lived)


def contributors_series(scope: Scope) -> Series:
    """Contributors, day by day."""
    days, aside = scope.facts.days, scope.facts.aside
    days.load(POSTERS, scope.lived.start, scope.lived.stop)
    return tuple((date_of(day), days.size(POSTERS, day, day + 1, aside)) for day in scope.lived)


def posts_series(scope: Scope) -> Series:
    """Posts, day by day."""
    days, bots = scope.facts.days, scope.facts.bots
    days.load_counts(scope.lived.start, scope.lived.stop)
    counts = ((day, days.counts(day, day + 1)) for day in scope.lived)
    return tuple((date_of(day), bit_counts.weight_without(slices, bots)) for day, slices in counts)


def team_table(scope: Scope) -> Table:
    """The team, shown apart: who wrote how much in the window, busiest first."""
    counts = bit_counts.counts_of(scope.facts.days.counts(scope.first, scope.end), scope.facts.team)
    busiest = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))[:TEAM_ROWS]
    query = f"SELECT handle FROM member WHERE id = ? AND {scope.facts.chosen()}"
    handles = ((scope.facts.conn.execute(query, (id,)).fetchone(), n) for id, n in busiest)
    return Table(("member", "posts"), tuple((Safe(row[0]), n) for row, n in handles if row))
