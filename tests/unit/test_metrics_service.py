"""What the service adds: chosen ids and sources, words about stale sources and short history, goals and their undo."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date, timedelta
from itertools import count
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from cm_console.model.goals import Standing
from cm_console.model.metrics import UnknownMetric, Window
from cm_console.model.records import Kind, Member, Post, Ref, Thread
from cm_console.model.text import Untrusted
from cm_console.model.time import DAY, HOUR, SECOND, Instant, midnight
from cm_console.services.busy import Busy
from cm_console.services.changes import Changes
from cm_console.services.desk import Desk, Impossible
from cm_console.services.housekeeping import Housekeeping
from cm_console.services.journal import JournalService
from cm_console.services.metrics import MetricsService
from cm_console.store import Store, ingest, sources
from cm_console.store.batch import Community
from cm_console.store.ingest import save
from cm_console.store.metrics import UnknownSource
from cm_console.store.spans import untidy
from cm_console.store.sqlite import Connection
from cm_console.testing.clock import FakeClock

ZONE = ZoneInfo("Europe/Berlin")
TODAY = date(2026, 11, 22)
NOW = midnight(TODAY, ZONE) + 9 * HOUR


class Desktop:
    """A service over a store with one thread a day on each of two sources."""

    def __init__(self, folder: Path) -> None:
        ids = count()
        self.store, self.clock = Store.open(folder / "c.db"), FakeClock(NOW)
        self.desk = Desk(self.store, self.clock, lambda: f"id{next(ids)}", Changes(), "ann")
        self.metrics, self.journal = MetricsService(self.desk, ZONE), JournalService(self.desk)

    async def fill(self, name: str, days: int, answered: int = 0) -> None:
        """A thread at noon of each of the last `days` days; the first `answered` of them answered after an hour."""

        def write(conn: Connection) -> None:
            source = sources.ensure(conn, name, "memory")
            asker, helper = Member("1", Untrusted("asker")), Member("2", Untrusted("helper"))
            records: list[Member | Thread | Post] = [asker, helper]
            for back in range(1, days + 1):
                at = Instant(midnight(TODAY - timedelta(days=back), ZONE) + DAY // 2)
                records += [
                    Thread(f"t{back}", Untrusted("Q"), "1", at),
                    Post(f"q{back}", f"t{back}", "1", at, Untrusted("Q")),
                ]
                if back > days - answered:
                    records.append(Post(f"a{back}", f"t{back}", "2", Instant(at + HOUR), Untrusted("A")))
            save(conn, source, Community(ZONE), NOW, records)
            for feed in ("members", "threads"):
                sources.report(conn, source, feed, "ok", now=NOW, synced=True)

        await self.store.write(write)

    async def report(self, name: str, feed: str, state: str, words: str, ago: int) -> None:
        """A feed that ended some way, the last good pull some time ago."""

        def write(conn: Connection) -> None:
            source = sources.ensure(conn, name, "memory")
            sources.report(conn, source, feed, "ok", now=NOW - ago, synced=True)
            if state != "ok":
                sources.report(conn, source, feed, state, words=words, now=NOW)

        await self.store.write(write)

    async def value(self, id: str, names: list[str] | None = None) -> float | None:
        """One value of the latest window."""
        return (await self.metrics.measure(ids=[id], sources=names)).metrics[0].value

    async def note(self, id: str, window: Window | None = None) -> str | None:
        """What is said with a number."""
        return (await self.metrics.measure(window, ids=[id])).metrics[0].note


@pytest.fixture
async def desktop(tmp_path: Path) -> AsyncIterator[Desktop]:
    made = Desktop(tmp_path)
    yield made
    made.store.close()


async def test_empty_database_has_no_numbers_and_no_errors(desktop: Desktop) -> None:
    figures = await desktop.metrics.measure()
    nothing = {one.metric.id: one.value for one in figures.metrics}
    assert nothing["posts"] == 0 and nothing["response.median"] is None and nothing["response.coverage"] is None
    assert figures.window == Window(date(2026, 10, 25), TODAY), "the last 28 full days"
    assert figures.sources == ()


async def test_ids_and_sources_can_be_chosen(desktop: Desktop) -> None:
    await desktop.fill("forum", 60)
    await desktop.fill("chat", 60)
    figures = await desktop.metrics.measure(ids=["threads", "unanswered"])
    assert [(one.metric.id, one.value, one.previous) for one in figures.metrics] == [
        ("threads", 56, 56),
        ("unanswered", 56, 56),
    ]
    assert set(figures.series) == {"threads"}
    assert await desktop.value("threads", ["chat"]) == 28
    assert await desktop.value("contributors", ["chat"]) == 1
    assert await desktop.value("threads", []) == 0
    rows = await desktop.metrics.rows("threads", sources=["chat"])
    assert (await rows.total(), {row.source for row in await rows.after(None, 99)}) == (28, {"chat"})
    with pytest.raises(UnknownMetric, match="known: posts"):
        await desktop.metrics.measure(ids=["wat"])
    with pytest.raises(UnknownMetric):
        await desktop.metrics.rows("wat")
    with pytest.raises(UnknownSource, match="no source mail; there are: chat, forum"):
        await desktop.metrics.measure(sources=["chat", "mail"])


async def test_one_unanswered_thread_more_lowers_coverage_and_never_improves_the_median(desktop: Desktop) -> None:
    await desktop.fill("forum", 27, answered=14)
    coverage, median = await desktop.value("response.coverage"), await desktop.value("response.median")
    await desktop.fill("forum", 28, answered=14)
    assert (median, coverage) == (3600, 100 * 14 / 20)
    assert await desktop.value("response.median") == 3600
    await desktop.fill("chat", 27)
    assert await desktop.value("response.median") is None
    assert await desktop.note("response.median") == "more than half still wait"
    assert (await desktop.value("response.coverage") or 0) < 70


async def test_short_history_is_said(desktop: Desktop) -> None:
    await desktop.fill("forum", 10)
    (one,) = (await desktop.metrics.measure(ids=["active.daily"])).metrics
    assert (one.value, one.previous, one.n) == (1, None, 10), "a mean over the days there are"
    assert one.note == "history begins on 2026-11-12: 10 of 28 days"


async def test_half_a_previous_window_is_no_comparison(desktop: Desktop) -> None:
    await desktop.fill("forum", 55)
    (one,) = (await desktop.metrics.measure(ids=["threads"])).metrics
    assert (one.value, one.previous, one.note) == (28, None, None)
    await desktop.fill("forum", 56)
    (one,) = (await desktop.metrics.measure(ids=["threads"])).metrics
    assert (one.value, one.previous, one.note) == (28, 28, None)


async def test_stale_and_failing_sources_are_said_where_they_matter(desktop: Desktop) -> None:
    await desktop.fill("forum", 60)
    assert await desktop.note("threads") is None
    await desktop.report("forum", "threads", "ok", "", ago=3 * DAY)
    assert await desktop.note("threads") == "forum threads last pulled 2026-11-19 09:00"
    assert await desktop.note("members.new") is None, "another feed"
    before = Window.last(TODAY - timedelta(days=10), 7)
    assert await desktop.note("threads", before) is None, "the window ended before that pull"
    await desktop.report("forum", "threads", "unauthorized", "token expired", ago=0)
    assert await desktop.note("threads") == "forum threads: token expired"
    (state,) = (await desktop.metrics.measure(ids=["threads"])).sources
    assert (state.synced_at, dict(state.problems)) == (NOW, {"threads": "token expired"})


async def test_window_with_days_to_come_counts_only_those_begun(desktop: Desktop) -> None:
    await desktop.fill("forum", 60)
    window = Window(TODAY - timedelta(days=1), TODAY + timedelta(days=6))
    (one,) = (await desktop.metrics.measure(window, ids=["active.daily"])).metrics
    assert (one.value, one.n) == (0.5, 2)


async def test_goal_is_set_followed_removed_and_undone(desktop: Desktop) -> None:
    await desktop.fill("forum", 60, answered=50)
    id = await desktop.metrics.set_goal("response.coverage", 100, date(2026, 12, 31), " nobody\nwaits ")
    (one,) = await desktop.metrics.goals()
    assert (one.goal.id, one.goal.start, one.goal.purpose, one.goal.set_on) == (id, one.value, "nobody waits", TODAY)
    assert one.standing is Standing.ON_TRACK
    desktop.clock.advance(20 * DAY / SECOND)
    (later,) = await desktop.metrics.goals()
    assert (later.value, later.standing) == (0, Standing.BEHIND), "the ten youngest threads have no answer"
    await desktop.journal.undo()
    assert await desktop.metrics.goals() == []
    await desktop.metrics.set_goal("threads", 99, date(2026, 12, 31), "grow")
    (other,) = await desktop.metrics.goals()
    await desktop.metrics.remove_goal(other.goal.id)
    assert await desktop.metrics.goals() == []
    await desktop.journal.undo()
    assert await desktop.metrics.goals() == [other]


@pytest.mark.parametrize(
    ("metric", "by", "purpose", "words"),
    [
        ("wat", date(2026, 12, 31), "why", "unknown metric wat"),
        ("threads", TODAY, "why", "needs a day to come"),
        ("threads", date(2026, 12, 31), "  ", "purpose it serves"),
    ],
)
async def test_goal_that_makes_no_sense(desktop: Desktop, metric: str, by: date, purpose: str, words: str) -> None:
    with pytest.raises((Impossible, UnknownMetric), match=words):
        await desktop.metrics.set_goal(metric, 1, by, purpose)
    assert await desktop.metrics.goals() == []


async def test_goal_that_is_not_there(desktop: Desktop) -> None:
    with pytest.raises(Impossible, match="there is no goal g"):
        await desktop.metrics.remove_goal("g")


async def test_formula_is_the_definition(desktop: Desktop) -> None:
    assert desktop.metrics.formula("unanswered").definition.startswith(
        "Threads started in W by members with no response"
    )


@pytest.mark.parametrize(("silent", "back"), [(90, 0), (91, 1)])
async def test_who_was_silent_for_90_days_before_the_window_came_back(desktop: Desktop, silent: int, back: int) -> None:
    """A post on the last day of the window, and one so many days before its first."""
    first = TODAY - timedelta(days=28)
    posts = [(1, TODAY - timedelta(days=1)), (2, first - timedelta(days=silent))]

    def write(conn: Connection) -> None:
        records: list[Member | Thread | Post] = [Member("1", Untrusted("back"))]
        for id, day in posts:
            at = midnight(day, ZONE)
            records += [Thread(f"t{id}", Untrusted("T"), "1", at), Post(f"p{id}", f"t{id}", "1", at, Untrusted("P"))]
        save(conn, sources.ensure(conn, "forum", "memory"), Community(ZONE), NOW, records)

    await desktop.store.write(write)
    assert await desktop.value("contributors.reactivated") == back


async def test_history_does_not_begin_with_what_was_deleted(desktop: Desktop) -> None:
    await desktop.fill("forum", 60)

    def forget(conn: Connection) -> None:
        gone = [Ref(Kind.THREAD, f"t{back}") for back in range(20, 61)]
        save(conn, sources.ensure(conn, "forum", "memory"), Community(ZONE), NOW, [], gone)

    await desktop.store.write(forget)
    assert await desktop.note("threads") == "history begins on 2026-11-03: 19 of 28 days"


async def test_housekeeping_leaves_the_numbers_as_they_are_and_nothing_to_do(desktop: Desktop) -> None:
    """A step a time while something else is under way, all of it when nobody waits."""
    await desktop.fill("forum", 120, 40)
    await desktop.store.write(lambda conn: ingest.settle_config(conn, Community(ZONE), int(NOW)))
    before = [await desktop.metrics.measure(Window.last(TODAY, days)) for days in (7, 28, 91)]
    busy = Busy()
    housekeeping = Housekeeping(desktop.store, desktop.clock, Changes(), busy, {})
    with busy.work(), busy.work():
        await housekeeping.tidy()
    assert await desktop.store.read(lambda conn: untidy(conn, NOW))
    for _ in range(3):
        await housekeeping.tidy()
    assert not await desktop.store.read(lambda conn: untidy(conn, NOW))
    assert [await desktop.metrics.measure(Window.last(TODAY, days)) for days in (7, 28, 91)] == before
    await desktop.fill("chat", 3)
    assert await desktop.store.read(lambda conn: untidy(conn, NOW))


async def test_what_is_remembered_is_forgotten_when_a_day_changes(desktop: Desktop) -> None:
    """A service that has measured before gives the numbers of one that has not, written back or not."""
    await desktop.store.write(lambda conn: ingest.settle_config(conn, Community(ZONE), int(NOW)))
    housekeeping = Housekeeping(desktop.store, desktop.clock, Changes(), Busy(), {})
    medians = []
    for answered in (0, 10, 28):
        await desktop.fill("forum", 40, answered)
        for _ in range(2):
            remembering, fresh = await desktop.metrics.measure(), await MetricsService(desktop.desk, ZONE).measure()
            assert remembering == fresh
            medians.append(next(one.value for one in fresh.metrics if one.metric.id == "response.median"))
            await housekeeping.tidy()
    assert medians == [None, None, None, None, 3600, 3600]
