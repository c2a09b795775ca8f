"""What platforms have planned themselves: what the calendar knows of it, what is told to them, and what undo brings."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date, time, timedelta
from pathlib import Path

import pytest

from cm_console.model.action import Verb
from cm_console.model.calendar import EntryState
from cm_console.model.outbox import State
from cm_console.model.planned import Planned
from cm_console.model.records import Kind, Ref, Scheduled
from cm_console.model.source import Feed, Identity
from cm_console.model.text import Untrusted
from cm_console.model.time import DAY, HOUR, MINUTE, Instant
from cm_console.model.wall import at_wall, say
from cm_console.services.desk import Impossible
from cm_console.services.journal import TooLate
from cm_console.services.planned import PlannedService
from cm_console.store import ingest, outbox, sources
from cm_console.store.batch import Community
from cm_console.store.sqlite import Connection
from tests.unit.test_calendar_service import AT, BERLIN, Desktop
from tests.worlds import Lab

DAY_OF = date(2026, 11, 26)
ABLE = {
    "blog": {Verb.PUBLISH, Verb.SCHEDULE, Verb.UNSCHEDULE, Verb.RESCHEDULE},
    "rooms": {Verb.PUBLISH, Verb.UNSCHEDULE},
    "table": set[Verb](),
}


class There(Desktop):
    """The desktop with sources that plan by themselves: one can do all, one cannot move, one can only be read."""

    @property
    def there(self) -> PlannedService:
        return self.calendar.there

    async def set_up(self) -> None:
        def make(conn: Connection) -> None:
            for name, verbs in ABLE.items():
                source = sources.ensure(conn, name, {"blog": "wordpress", "rooms": "matrix"}.get(name, name))
                sources.save_identity(conn, source, Identity("1", "us", verbs=frozenset(verbs)))

        await self.store.write(make)

    async def pulled(self, source: str, *records: Scheduled, gone: tuple[str, ...] = ()) -> None:
        """The scheduled feed was pulled just now."""

        def save(conn: Connection) -> None:
            id, now = sources.ensure(conn, source, source), self.clock.now()
            ingest.save(conn, id, Community(BERLIN), now, records, [Ref(Kind.SCHEDULED, each) for each in gone])
            sources.report(conn, id, Feed.SCHEDULED, "ok", now=now, synced=True)

        await self.store.write(save)

    async def shown(self, day: date = DAY_OF) -> list[str]:
        return [plan.id for plan in await self.there.between(day, day)]

    async def plan(self, id: str = "blog:7") -> Planned:
        found = await self.there.one(id)
        assert found is not None
        return found

    async def told(self) -> list[tuple[str, str, str | None, State]]:
        """What is in the outbox: verb, target, new time, state."""

        def read(conn: Connection) -> list[tuple[str, str, str | None, State]]:
            rows = outbox.page(conn, live=False, limit=100)[::-1]
            actions = [(row, outbox.load(conn, row.id)) for row in rows]
            return [
                (row.verb, a.target.id if a.target else "", say(a.at, BERLIN) if a.at else None, row.state)
                for row, a in actions
            ]

        return await self.store.read(read)


def post(id: str = "7", at: Instant = AT, title: str = "Winter tyres", text: str = "Now.", url: str = "") -> Scheduled:
    return Scheduled(id, Untrusted(title), Untrusted(text), at, url)


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[There]:
    desktop = There(tmp_path)
    await desktop.set_up()
    await desktop.pulled("blog", post())
    yield desktop
    desktop.store.close()


async def test_it_stands_on_its_day_with_its_words_made_safe(desk: There) -> None:
    await desk.pulled("blog", post(title="Tyres\x1b[2J\nnow", text="Salt\x07", url="https://blog.test/?p=7"))
    await desk.pulled("rooms", post("d/k/!r:s", at=Instant(AT - HOUR)))
    first, second = await desk.there.between(DAY_OF, DAY_OF)
    assert (first.id, first.source_kind, second.source_kind) == ("rooms:d/k/!r:s", "rooms", "blog")
    assert (second.title, second.body, second.url) == ("Tyres␛[2J now", "Salt␇", "https://blog.test/?p=7")
    for off in (-1, 1):
        assert await desk.shown(DAY_OF + timedelta(days=off)) == []
    assert await desk.there.one("rooms:d/k") == first and await desk.there.one("blog:8") is None
    await desk.pulled("blog", post("71"))
    assert (await desk.plan("blog:7")).remote == "7" and await desk.there.one("blog:") is None
    await desk.pulled("blog", gone=("7",))
    assert await desk.shown() == ["rooms:d/k/!r:s", "blog:71"]


async def test_taking_it_off_is_one_action_and_shows_at_once(desk: There) -> None:
    await desk.there.unschedule("blog:7")
    assert await desk.told() == [("unschedule", "7", None, State.QUEUED)]
    told = (await desk.plan()).told
    assert told is not None and (told.verb, told.stuck) == (Verb.UNSCHEDULE, False)
    with pytest.raises(Impossible, match="already"):
        await desk.there.unschedule("blog:7")
    with pytest.raises(Impossible, match="being taken off"):
        await desk.there.move("blog:7", timedelta(days=1))
    await desk.journal.undo()
    assert (await desk.plan()).told is None
    assert await desk.told() == [("unschedule", "7", None, State.CANCELLED)]


async def test_once_it_is_off_it_is_not_shown_until_a_pull_says_otherwise(desk: There) -> None:
    await desk.there.unschedule("blog:7")
    desk.clock.advance(20)
    await desk.happened("blog", "sent")
    assert await desk.shown() == [] and await desk.there.one("blog:7") is None
    with pytest.raises(Impossible, match="planned on blog no more"):
        await desk.there.unschedule("blog:7")
    with pytest.raises(TooLate, match="Winter tyres"):
        await desk.journal.undo()
    desk.clock.advance(300)
    await desk.pulled("blog")
    assert await desk.shown() == ["blog:7"], "somebody planned it again"


async def test_moving_it_shows_it_at_its_new_time_at_once(desk: There) -> None:
    at = await desk.there.move("blog:7", timedelta(days=1))
    assert say(at, BERLIN) == "Fri 27 Nov 2026 10:00"
    assert await desk.told() == [("reschedule", "7", "Fri 27 Nov 2026 10:00", State.QUEUED)]
    assert await desk.shown() == [] and await desk.shown(DAY_OF + timedelta(days=1)) == ["blog:7"]
    assert ((await desk.plan()).at, (await desk.plan()).planned_at) == (at, AT)
    await desk.journal.undo()
    assert await desk.shown() == ["blog:7"]


async def test_moving_it_twice_is_told_once_and_back_where_it_was_not_at_all(desk: There) -> None:
    day = timedelta(days=1)
    await desk.there.move("blog:7", day)
    await desk.there.move("blog:7", day)
    live = [row for row in await desk.told() if row[3] is State.QUEUED]
    assert live == [("reschedule", "7", "Sat 28 Nov 2026 10:00", State.QUEUED)]
    await desk.there.reschedule("blog:7", AT)
    assert not [row for row in await desk.told() if row[3] is State.QUEUED] and await desk.shown() == ["blog:7"]
    await desk.journal.undo()
    assert await desk.shown(DAY_OF + 2 * day) == ["blog:7"]
    await desk.journal.undo()
    assert await desk.shown(DAY_OF + day) == ["blog:7"]


async def test_ten_o_clock_stays_ten_o_clock(desk: There) -> None:
    before = at_wall(date(2027, 3, 27), time(10), BERLIN)
    await desk.pulled("blog", post(at=before))
    assert say(await desk.there.move("blog:7", timedelta(days=1)), BERLIN) == "Sun 28 Mar 2027 10:00"


async def test_what_did_not_work_stands_where_it_was_and_is_in_trouble(desk: There) -> None:
    await desk.there.move("blog:7", timedelta(days=1))
    await desk.happened("blog", "failed")
    plan = await desk.plan()
    assert plan.at == AT and plan.told is not None and plan.told.stuck and plan.told.why == "the words"
    assert [each.id for each in await desk.there.troubled()] == ["blog:7"]
    await desk.there.unschedule("blog:7")
    assert await desk.there.troubled() == []
    assert [row[::3] for row in await desk.told()] == [("reschedule", State.CANCELLED), ("unschedule", State.QUEUED)]
    await desk.journal.undo()
    assert [each.id for each in await desk.there.troubled()] == ["blog:7"], "the failure is back"


@pytest.mark.parametrize("state", ["sending", "uncertain"])
async def test_what_may_have_been_heard_is_waited_for(desk: There, state: str) -> None:
    await desk.there.move("blog:7", timedelta(days=1))
    await desk.happened("blog", state)
    assert await desk.shown(DAY_OF + timedelta(days=1)) == ["blog:7"]
    for again in (desk.there.unschedule("blog:7"), desk.there.move("blog:7", timedelta(days=1))):
        with pytest.raises(Impossible, match="at this moment"):
            await again


async def test_what_a_source_cannot_do_is_refused_in_words_at_once(desk: There) -> None:
    await desk.pulled("rooms", post())
    await desk.pulled("table", post())
    with pytest.raises(Impossible, match="a rooms source cannot reschedule: plan a copy of it here and take it off"):
        await desk.there.move("rooms:7", timedelta(days=1))
    await desk.there.unschedule("rooms:7")
    for id in ("table:7",):
        with pytest.raises(Impossible, match="a table source cannot unschedule: change it on table itself"):
            await desk.there.unschedule(id)
        with pytest.raises(Impossible, match="a table source cannot reschedule: change it on table itself"):
            await desk.there.reschedule(id, Instant(AT + DAY))
    with pytest.raises(Impossible, match="time has passed"):
        await desk.there.reschedule("blog:7", Instant(desk.clock.now() - MINUTE))
    with pytest.raises(Impossible, match="its time already"):
        await desk.there.reschedule("blog:7", AT)
    assert [row[0] for row in await desk.told()] == ["unschedule"]


async def test_an_entry_of_ours_that_was_put_there_is_shown_once(desk: There) -> None:
    entry = await desk.calendar.save(title="Winter tyres", body="Now.", at=AT, sources=["blog"], schedule=True)
    await desk.store.write(lambda conn: conn.execute("UPDATE action SET verb='schedule', state='sent', remote_id='7'"))
    assert await desk.shown() == [] and await desk.there.one("blog:7") is None
    assert [each.id for each in await desk.calendar.entries(DAY_OF, DAY_OF)] == [entry]
    await desk.pulled("rooms", post())
    assert await desk.shown() == ["rooms:7"], "the same id on another source is another thing"
    await desk.calendar.delete(await desk.calendar.save(title="x", body="y"))
    await desk.store.write(lambda conn: conn.execute("UPDATE action SET verb='publish'"))
    assert await desk.shown() == ["blog:7", "rooms:7"], "what went out from here as something else"


async def test_only_the_one_that_was_meant_is_touched(desk: There) -> None:
    """An id that begins another's is no reason to change that one."""
    await desk.pulled("blog", post("71"), gone=("7",))
    for change in (
        desk.there.unschedule("blog:7"),
        desk.there.move("blog:7", timedelta(days=1)),
        desk.there.copy("blog:7"),
    ):
        with pytest.raises(Impossible, match="planned on blog no more"):
            await change
    assert await desk.told() == [] and await desk.shown() == ["blog:71"]


async def test_a_copy_is_an_entry_of_ours(desk: There) -> None:
    await desk.pulled("table", post())
    entry = await desk.entry(await desk.there.copy("blog:7", Instant(AT + DAY)))
    assert (entry.title, entry.body, entry.at) == ("Winter tyres", "Now.", AT + DAY)
    assert (entry.state, entry.sources) == (EntryState.DRAFT, ("blog",))
    assert (await desk.entry(await desk.there.copy("table:7"))).sources == (), "it cannot publish"
    assert await desk.told() == [] and await desk.shown() == ["blog:7", "table:7"]


async def test_on_a_real_engine_it_moves_goes_out_or_never_does(lab: Lab) -> None:
    """Pulled, moved, taken off and seen on the platform, all through the console."""
    console, platform = lab.console(), lab.bench.platform
    when = Instant(lab.clock.now() + 3 * DAY)
    platform.plan(replace(post("a", when), title=Untrusted("Moves")), "general")
    platform.plan(replace(post("b", when), title=Untrusted("Stays away")), "general")
    await console.sync()
    there = console.calendar.there
    day = at_day(when)
    assert [plan.id for plan in await there.between(day, day)] == ["forum:a", "forum:b"]
    await there.move("forum:a", timedelta(days=1))
    await there.unschedule("forum:b")
    lab.clock.advance(20)
    await console.deliver()
    moved = platform.get(Ref(Kind.SCHEDULED, "a"))
    assert isinstance(moved, Scheduled) and moved.at == when + DAY
    assert platform.get(Ref(Kind.SCHEDULED, "b")) is None
    plan = await there.one("forum:a")
    assert plan is not None and (plan.planned_at, plan.told) == (when + DAY, None), "the receipt says so"
    assert await there.one("forum:b") is None
    await console.sync()
    assert [plan.id for plan in await there.between(day, day + timedelta(days=2))] == ["forum:a"]


def at_day(at: Instant) -> date:
    return date(1970, 1, 1) + timedelta(milliseconds=at)
