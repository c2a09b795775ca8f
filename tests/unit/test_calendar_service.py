"""The calendar service on a real store: what it queues, takes back and refuses, and that undo is exact."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import date, time, timedelta
from itertools import count
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from cm_console.model.action import Verb
from cm_console.model.calendar import Entry, EntryKind, EntryState
from cm_console.model.outbox import OutboxRow, State
from cm_console.model.source import Identity
from cm_console.model.time import DAY, HOUR, MINUTE, SECOND, Instant
from cm_console.model.wall import at_wall, say
from cm_console.services.calendar import CalendarService
from cm_console.services.changes import Changes
from cm_console.services.desk import Desk, Impossible
from cm_console.services.journal import JournalService, TooLate
from cm_console.store import Store, outbox, sources
from cm_console.store.sqlite import Connection
from cm_console.testing.clock import START, FakeClock

BERLIN = ZoneInfo("Europe/Berlin")
AT = at_wall(date(2026, 11, 26), time(10), BERLIN)


class Desktop:
    """A store with two sources that can publish and one that cannot, its services, and a look at the outbox."""

    def __init__(self, folder: Path) -> None:
        self.store = Store.open(folder / "c.db")
        self.clock = FakeClock(START)
        self.changes = Changes()
        ids = (f"id{number:03}" for number in count(1))
        self.desk = Desk(self.store, self.clock, lambda: next(ids), self.changes, "mia")
        self.calendar = CalendarService(self.desk, BERLIN)
        self.journal = JournalService(self.desk)

    async def set_up(self) -> None:
        def make(conn: Connection) -> None:
            for name, kind in (("forum", "discourse"), ("toots", "mastodon"), ("dump", "stackexchange-dump")):
                able = frozenset({Verb.PUBLISH}) if name != "dump" else frozenset()
                sources.save_identity(conn, sources.ensure(conn, name, kind), Identity("1", "bot", verbs=able))

        await self.store.write(make)

    async def entry(self, id: str) -> Entry:
        entry = await self.calendar.entry(id)
        assert entry is not None
        return entry

    async def actions(self) -> list[OutboxRow]:
        rows = await self.store.read(lambda conn: outbox.page(conn, live=False, limit=100))
        return rows[::-1]

    async def queued(self) -> list[tuple[str, int | None, str, str]]:
        """What waits to go out: source, when, title, text."""
        return sorted(
            (row.source, row.planned_at, row.title, row.text)
            for row in await self.actions()
            if row.state is State.QUEUED
        )

    async def happened(self, source: str, state: str, *, asks: bool = False) -> None:
        """Let the engine have come so far with what is queued for a source."""
        ended = self.clock.now() if state in ("sent", "superseded") else None
        await self.store.write(
            lambda conn: conn.execute(
                "UPDATE action SET state=?, asks=?, why='the words', ended_at=?, tried_at=?, remote_id=?"
                " WHERE source=? AND state IN ('queued', 'sending')",
                (state, asks, ended, None if state == "queued" else 1, "77" if ended else None, source),
            )
        )

    async def table(self, name: str) -> list[tuple[object, ...]]:
        return await self.store.read(lambda conn: conn.execute(f"SELECT * FROM {name} ORDER BY 1, 2").fetchall())


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desktop]:
    desktop = Desktop(tmp_path)
    await desktop.set_up()
    yield desktop
    desktop.store.close()


async def planned(desk: Desktop, *where: str, **changes: object) -> str:
    words: dict[str, object] = {"title": "Weekly thread", "body": "What are you riding?", "at": AT, "sources": where}
    return await desk.calendar.save(**(words | changes))  # type: ignore[arg-type]  # fields by name


async def scheduled(desk: Desktop, *where: str, **changes: object) -> str:
    id = await planned(desk, *where, **changes)
    await desk.calendar.schedule(id, AT, where)
    return id


async def test_a_draft_is_kept_clean_and_queues_nothing(desk: Desktop) -> None:
    id = await planned(desk, "forum", title="  Tips\x1b[2J\nfor winter ", body="Salt\x07 is bad.\n")
    entry = await desk.entry(id)
    assert (entry.title, entry.body) == ("Tips␛[2J for winter", "Salt␇ is bad.")
    assert (entry.state, entry.at, entry.zone, entry.sources) == (EntryState.DRAFT, AT, "Europe/Berlin", ("forum",))
    assert await desk.actions() == []
    assert desk.changes.take() >= {"calendar", "outbox"}


async def test_days_are_the_communitys(desk: Desktop) -> None:
    late = at_wall(date(2026, 11, 26), time(0, 30), BERLIN)
    id = await planned(desk, at=late)
    day = date(2026, 11, 26)
    assert [entry.id for entry in await desk.calendar.entries(day, day)] == [id]
    assert await desk.calendar.entries(day - timedelta(days=1), day - timedelta(days=1)) == []
    assert await desk.calendar.entries(day + timedelta(days=1), day + timedelta(days=1)) == []


async def test_midnight_belongs_to_the_day_it_begins(desk: Desktop) -> None:
    day = date(2026, 11, 26)
    id = await planned(desk, at=at_wall(day, time(0), BERLIN))
    assert [entry.id for entry in await desk.calendar.entries(day, day)] == [id]
    assert await desk.calendar.entries(day - timedelta(days=1), day - timedelta(days=1)) == []


async def test_entries_come_by_time_and_drafts_without_a_date_apart(desk: Desktop) -> None:
    later, sooner = await planned(desk, at=AT + HOUR), await planned(desk, at=AT)
    draft = await planned(desk, at=None)
    day = date(2026, 11, 26)
    assert [entry.id for entry in await desk.calendar.entries(day, day)] == [sooner, later]
    assert [entry.id for entry in await desk.calendar.drafts()] == [draft]


async def test_scheduling_queues_one_action_per_source_held_until_its_time(desk: Desktop) -> None:
    id = await planned(desk, "forum")
    await desk.calendar.variant(id, "toots", body="What are you riding? #bikes", place="public")
    await desk.calendar.schedule(id, AT, ["forum", "toots", "forum"])
    forum, toots = await desk.actions()
    assert (forum.verb, forum.planned_at, forum.not_before, forum.created_by) == ("publish", AT, AT, "mia")
    assert (forum.title, forum.text) == ("Weekly thread", "What are you riding?")
    assert toots.text == "What are you riding? #bikes"
    action = await desk.store.read(lambda conn: outbox.load(conn, toots.id))
    assert (action.verb, action.title, action.place) == (Verb.PUBLISH, "Weekly thread", "public")
    entry = await desk.entry(id)
    assert entry.state is EntryState.SCHEDULED
    assert [(v.source, v.state, v.due_at, v.action_id) for v in entry.variants] == [
        ("forum", "queued", AT, forum.id),
        ("toots", "queued", AT, toots.id),
    ]


async def test_now_is_held_for_the_undo_window_only(desk: Desktop) -> None:
    id = await planned(desk, "forum", at=None)
    await desk.calendar.schedule(id, Instant(START - 20 * SECOND), ["forum"])
    (row,) = await desk.actions()
    assert row.not_before == START + 10 * SECOND
    assert (await desk.entry(id)).at == START - 20 * SECOND


@pytest.mark.parametrize(
    ("where", "at", "changes", "words"),
    [
        ([], AT, {}, "choose at least one source"),
        (["forum"], START - MINUTE, {}, "that time has passed"),
        (["forum", "dump"], AT, {}, "a stackexchange-dump source cannot publish"),
        (["nowhere"], AT, {"title": "x"}, "there is no source nowhere"),
        (["forum"], AT, {"body": ""}, "forum: there is no text yet"),
        (["forum"], AT, {"title": ""}, "forum: the title is missing"),
        (["forum"], AT, {"body": "x" * 100_001}, "at most 255 characters of title and 100,000 of text"),
    ],
)
async def test_what_cannot_go_out_is_refused_in_words_and_changes_nothing(
    desk: Desktop, where: list[str], at: Instant, changes: dict[str, object], words: str
) -> None:
    id = await planned(desk, "toots", **changes)
    before = await desk.table("entry"), await desk.table("variant"), await desk.table("journal")
    with pytest.raises(Impossible, match=words):
        await desk.calendar.schedule(id, at, where)
    assert (await desk.table("entry"), await desk.table("variant"), await desk.table("journal")) == before
    assert await desk.actions() == []


async def test_a_post_without_a_title_may_go_where_there_are_none(desk: Desktop) -> None:
    await scheduled(desk, "toots", title="")
    assert len(await desk.queued()) == 1


async def test_written_and_scheduled_is_one_decision(desk: Desktop) -> None:
    id = await desk.calendar.save(title="Tips", body="Salt", at=AT, sources=["forum"], schedule=True)
    assert await desk.queued() == [("forum", AT, "Tips", "Salt")]
    await desk.calendar.save(id, title="Tips", body="More salt", at=AT, sources=["forum"], schedule=True)
    assert [(row.text, row.state) for row in await desk.actions()] == [("Salt", "cancelled"), ("More salt", "queued")]
    await desk.journal.undo()
    assert await desk.queued() == [("forum", AT, "Tips", "Salt")]
    await desk.journal.undo()
    assert (await desk.table("entry"), await desk.queued()) == ([], [])


async def test_written_to_be_scheduled_without_a_time_is_not_kept(desk: Desktop) -> None:
    with pytest.raises(Impossible, match="choose a day and a time"):
        await desk.calendar.save(title="Tips", body="Salt", sources=["forum"], schedule=True)
    assert await desk.table("entry") == []


async def test_editing_what_is_scheduled_queues_it_anew_in_the_same_step(desk: Desktop) -> None:
    id = await scheduled(desk, "forum", "toots")
    await desk.calendar.save(id, title="Weekly", body="New words", at=Instant(AT + HOUR), sources=["forum"])
    assert await desk.queued() == [("forum", AT + HOUR, "Weekly", "New words")]
    assert [row.state for row in await desk.actions()] == [State.CANCELLED, State.CANCELLED, State.QUEUED]
    entry = await desk.entry(id)
    assert (entry.state, entry.sources) == (EntryState.SCHEDULED, ("forum",))
    decided = await desk.store.read(lambda conn: conn.execute("SELECT state FROM entry").fetchall())
    assert decided == [("scheduled",)]


async def test_undo_of_an_edit_brings_back_the_words_and_the_very_actions(desk: Desktop) -> None:
    id = await scheduled(desk, "forum", "toots")
    before = await desk.entry(id), await desk.queued(), await desk.table("variant")
    await desk.calendar.save(id, title="Weekly", body="New words", at=Instant(AT + DAY), sources=["forum"])
    await desk.journal.undo()
    assert (await desk.entry(id), await desk.queued(), await desk.table("variant")) == before
    badges = await desk.store.read(lambda conn: dict(conn.execute("SELECT name, n FROM badge").fetchall()))
    assert (badges["action:planned"], badges["action:cancelled"]) == (2, 1)


@pytest.mark.parametrize("step", ["unschedule", "move", "delete", "variant", "schedule"])
async def test_every_step_is_undone_exactly(desk: Desktop, step: str) -> None:
    id = await scheduled(desk, "forum", "toots")
    before = await desk.entry(id), await desk.queued(), await desk.table("variant")
    steps: dict[str, Callable[[], Awaitable[object]]] = {
        "unschedule": lambda: desk.calendar.unschedule(id),
        "move": lambda: desk.calendar.move(id, timedelta(days=1)),
        "delete": lambda: desk.calendar.delete(id),
        "variant": lambda: desk.calendar.variant(id, "toots", body="Other"),
        "schedule": lambda: desk.calendar.schedule(id, Instant(AT + DAY), ["toots"]),
    }
    await steps[step]()
    assert await desk.queued() != before[1]
    await desk.journal.undo()
    assert (await desk.entry(id), await desk.queued(), await desk.table("variant")) == before


async def test_undo_goes_back_to_the_beginning(desk: Desktop) -> None:
    id = await scheduled(desk, "forum")
    await desk.calendar.move(id, timedelta(days=1))
    for _ in range(3):
        await desk.journal.undo()
    assert await desk.calendar.entry(id) is None
    assert (await desk.table("entry"), await desk.table("variant"), await desk.queued()) == ([], [], [])


async def test_undo_comes_too_late_once_it_is_on_its_way(desk: Desktop) -> None:
    await scheduled(desk, "forum")
    await desk.happened("forum", "sending")
    with pytest.raises(TooLate):
        await desk.journal.undo()


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ("sent", "it is out on forum and cannot be changed from here: make a copy instead"),
        ("sending", "too late: it is on its way to forum"),
        ("uncertain", "nobody knows yet whether it arrived on forum"),
    ],
)
async def test_what_has_left_cannot_be_changed(desk: Desktop, state: str, words: str) -> None:
    id = await scheduled(desk, "forum")
    await desk.happened("forum", state)
    before = await desk.table("entry"), await desk.table("action")
    for refused in (
        desk.calendar.save(id, title="New", body="words", at=AT, sources=["forum"]),
        desk.calendar.schedule(id, Instant(AT + DAY), ["forum"]),
        desk.calendar.unschedule(id),
        desk.calendar.move(id, timedelta(days=1)),
        desk.calendar.delete(id),
        desk.calendar.variant(id, "forum", body="Other"),
    ):
        with pytest.raises(Impossible, match=words):
            await refused
    assert (await desk.table("entry"), await desk.table("action")) == before


async def test_an_action_claimed_between_look_and_step_is_not_taken_back(desk: Desktop) -> None:
    id = await scheduled(desk, "forum")
    await desk.store.write(lambda conn: conn.execute("UPDATE action SET owner='another console'"))
    with pytest.raises(Impossible, match="too late: it is on its way to forum"):
        await desk.calendar.unschedule(id)
    assert (await desk.entry(id)).state is EntryState.SCHEDULED


async def test_what_went_out_shows_it_and_when(desk: Desktop) -> None:
    id = await scheduled(desk, "forum", "toots")
    desk.clock.advance((AT - START) / SECOND)
    await desk.happened("forum", "sent")
    await desk.happened("toots", "failed")
    entry = await desk.entry(id)
    assert (entry.state, entry.published_at) == (EntryState.PARTLY, AT)
    assert [(v.state, v.why) for v in entry.variants] == [("sent", "the words"), ("failed", "the words")]
    assert [entry.id for entry in await desk.calendar.troubled()] == [id]


async def test_the_published_entry_knows_the_thread_it_became(desk: Desktop) -> None:
    id = await scheduled(desk, "forum")
    await desk.happened("forum", "sent")
    await desk.store.write(
        lambda conn: conn.execute("INSERT INTO thread(source_id, remote, title, created_at) VALUES(1, '77', 't', 1)")
    )
    assert (await desk.entry(id)).variant("forum").thread_id == 1


async def test_a_failed_source_can_be_repaired_while_the_other_stays_out(desk: Desktop) -> None:
    id = await scheduled(desk, "forum", "toots")
    await desk.happened("forum", "sent")
    await desk.happened("toots", "failed")
    desk.clock.advance((AT - START) / SECOND + 3600)
    await desk.calendar.variant(id, "toots", body="Shorter")
    assert await desk.queued() == []
    await desk.calendar.schedule(id, Instant(AT + 2 * HOUR), ["forum", "toots"])
    assert await desk.queued() == [("toots", AT + 2 * HOUR, "Weekly thread", "Shorter")]
    entry = await desk.entry(id)
    assert (entry.at, entry.state, entry.variant("forum").state) == (AT, EntryState.SCHEDULED, "sent")


async def test_a_failed_entry_whose_time_has_passed_becomes_a_draft_when_edited(desk: Desktop) -> None:
    id = await scheduled(desk, "forum")
    desk.clock.advance((AT - START) / SECOND + 3600)
    await desk.happened("forum", "failed")
    assert (await desk.entry(id)).state is EntryState.FAILED
    await desk.calendar.save(id, title="Repaired", body="New words", at=AT, sources=["forum"])
    assert ((await desk.entry(id)).state, await desk.queued()) == (EntryState.DRAFT, [])
    await desk.journal.undo()
    assert (await desk.entry(id)).state is EntryState.FAILED


async def test_a_late_one_asks_and_can_be_given_a_new_time(desk: Desktop) -> None:
    id = await scheduled(desk, "forum")
    desk.clock.advance((AT - START) / SECOND + 3600)
    await desk.happened("forum", "queued", asks=True)
    assert (await desk.entry(id)).state is EntryState.ASKS
    assert [entry.id for entry in await desk.calendar.troubled()] == [id]
    await desk.calendar.move(id, timedelta(days=1))
    assert await desk.queued() == [("forum", AT + DAY, "Weekly thread", "What are you riding?")]
    assert (await desk.entry(id)).state is EntryState.SCHEDULED


async def test_cancelled_in_the_outbox_it_is_a_draft_again(desk: Desktop) -> None:
    id = await scheduled(desk, "forum")
    (row,) = await desk.actions()
    assert await desk.store.write(lambda conn: outbox.cancel(conn, row.id, START))
    assert (await desk.entry(id)).state is EntryState.DRAFT
    await desk.calendar.schedule(id, AT, ["forum"])
    assert (await desk.entry(id)).state is EntryState.SCHEDULED


async def test_a_scheduled_entry_keeps_a_date_a_source_and_a_future(desk: Desktop) -> None:
    id = await scheduled(desk, "forum")
    before = await desk.queued()
    for at, where, words in (
        (None, ["forum"], "give it a date"),
        (AT, [], "choose at least one source"),
        (Instant(START - HOUR), ["forum"], "in the past"),
    ):
        with pytest.raises(Impossible, match=words):
            await desk.calendar.save(id, title="T", body="b", at=at, sources=where)
    with pytest.raises(Impossible, match="in the past"):
        await desk.calendar.move(id, timedelta(days=-7))
    assert await desk.queued() == before


async def test_a_colleagues_change_is_not_overwritten(desk: Desktop) -> None:
    id = await planned(desk, "forum")
    read = await desk.entry(id)
    await desk.calendar.save(id, title="Theirs", body="b", at=AT, rev=read.rev)
    with pytest.raises(Impossible, match="a colleague changed it meanwhile"):
        await desk.calendar.save(id, title="Mine", body="b", at=AT, rev=read.rev)
    assert (await desk.entry(id)).title == "Theirs"


async def test_moving_keeps_the_time_of_day_over_a_change_of_the_clocks(desk: Desktop) -> None:
    id = await planned(desk, "forum", at=at_wall(date(2027, 3, 27), time(10), BERLIN))
    await desk.calendar.schedule(id, at_wall(date(2027, 3, 27), time(10), BERLIN), ["forum"])
    moved = await desk.calendar.move(id, timedelta(days=1))
    assert say(moved, BERLIN) == "Sun 28 Mar 2027 10:00"
    assert [at for _, at, _, _ in await desk.queued()] == [moved]


async def test_a_draft_may_be_moved_anywhere_but_needs_a_date(desk: Desktop) -> None:
    id = await planned(desk)
    assert await desk.calendar.move(id, timedelta(days=-30)) < START
    undated = await planned(desk, at=None)
    with pytest.raises(Impossible, match="it has no date yet"):
        await desk.calendar.move(undated, timedelta(days=1))


async def test_a_copy_has_all_the_words_and_none_of_the_actions(desk: Desktop) -> None:
    id = await scheduled(desk, "forum")
    await desk.calendar.variant(id, "forum", title="Special", body="Words", place="general")
    copy = await desk.entry(await desk.calendar.duplicate(id, Instant(AT + 7 * DAY)))
    assert (copy.title, copy.at, copy.state) == ("Weekly thread", AT + 7 * DAY, EntryState.DRAFT)
    (variant,) = copy.variants
    assert (variant.title, variant.body, variant.place, variant.action_id) == ("Special", "Words", "general", None)
    assert len(await desk.queued()) == 1


async def test_removing_takes_back_what_waits(desk: Desktop) -> None:
    id = await scheduled(desk, "forum")
    await desk.calendar.delete(id)
    assert await desk.calendar.entry(id) is None
    assert (await desk.queued(), await desk.calendar.entries(date(2026, 11, 1), date(2026, 11, 30))) == ([], [])
    with pytest.raises(Impossible, match="there is no such entry"):
        await desk.calendar.schedule(id, AT, ["forum"])


async def test_nothing_to_take_off_the_schedule_is_told(desk: Desktop) -> None:
    with pytest.raises(Impossible, match="nothing of it is scheduled"):
        await desk.calendar.unschedule(await planned(desk, "forum"))


async def test_an_entry_without_words_is_refused(desk: Desktop) -> None:
    with pytest.raises(Impossible, match="needs a title or a text"):
        await planned(desk, title=" ", body="\n")


async def test_an_event_keeps_its_date_and_is_announced_earlier(desk: Desktop) -> None:
    id = await planned(desk, kind=EntryKind.EVENT, title="Meetup Berlin")
    assert (await desk.entry(id)).state is EntryState.SCHEDULED
    await desk.calendar.schedule(id, Instant(AT - 2 * DAY), ["forum"])
    entry = await desk.entry(id)
    assert (entry.at, entry.variant("forum").due_at) == (AT, AT - 2 * DAY)
    day = date(2026, 11, 24)
    assert [entry.id for entry in await desk.calendar.entries(day, day)] == [id]
    await desk.calendar.move(id, timedelta(days=1))
    assert [at for _, at, _, _ in await desk.queued()] == [AT - DAY]


async def test_an_event_that_was_announced_can_still_be_put_off_or_called_off(desk: Desktop) -> None:
    id = await planned(desk, kind=EntryKind.EVENT)
    await desk.calendar.schedule(id, Instant(AT - 2 * DAY), ["forum"])
    await desk.happened("forum", "sent")
    assert await desk.calendar.move(id, timedelta(days=7)) == AT + 7 * DAY
    await desk.calendar.save(id, kind=EntryKind.EVENT, title="Meetup, new hall", at=AT, sources=["forum"])
    await desk.calendar.save(id, kind=EntryKind.EVENT, title="Meetup, new hall", at=AT, sources=[])
    entry = await desk.entry(id)
    assert (entry.title, entry.sources, entry.state) == ("Meetup, new hall", ("forum",), EntryState.PUBLISHED)
    await desk.calendar.delete(id)
    assert await desk.calendar.entry(id) is None


async def test_an_event_is_not_announced_after_it_began_or_without_a_date(desk: Desktop) -> None:
    id = await planned(desk, kind=EntryKind.EVENT)
    with pytest.raises(Impossible, match="the event has begun by then"):
        await desk.calendar.schedule(id, Instant(AT + HOUR), ["forum"])
    undated = await planned(desk, kind=EntryKind.EVENT, at=None)
    with pytest.raises(Impossible, match="needs its date"):
        await desk.calendar.schedule(undated, AT, ["forum"])


async def test_preflight_sees_the_neighbours_and_the_sources(desk: Desktop) -> None:
    await scheduled(desk, "forum", title="Release", body="It is out", at=AT)
    id = await planned(desk, "forum", "dump", body="It  is OUT")
    await desk.store.write(lambda conn: sources.report(conn, 1, "threads", "failed", words="no answer", now=START))
    assert await desk.calendar.preflight(id) == [
        "a stackexchange-dump source cannot publish",
        "forum was not reached lately: no answer",
        "forum: “Release” of Thu 26 Nov 2026 10:00 within the same hour",
        "forum: the same text as “Release” of Thu 26 Nov 2026 10:00",
    ]
    with pytest.raises(Impossible, match="no such entry"):
        await desk.calendar.preflight("nothing")


async def test_outlets_say_why_not(desk: Desktop) -> None:
    assert [(outlet.source, outlet.why_not) for outlet in await desk.calendar.outlets()] == [
        ("dump", "a stackexchange-dump source cannot publish"),
        ("forum", ""),
        ("toots", ""),
    ]


async def test_the_beginning_of_an_id_is_enough_if_it_is_the_only_one(desk: Desktop) -> None:
    first = await planned(desk)
    assert (await desk.entry(first[:4])).id == first
    await planned(desk)
    assert await desk.calendar.entry("id0") is None
    assert await desk.calendar.entry("") is None
