"""Sync: every page and its cursor together, nothing skipped, nothing deleted on a rumour, every trouble told."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from cm_console.console import Console
from cm_console.model.errors import Malformed, Refused, SourceError, Throttled, Unauthorized, Unreachable
from cm_console.model.inbox import View
from cm_console.model.records import Kind, Member, Post, Ref, Thread
from cm_console.model.source import PAGE_LIMIT, Cursor, Feed, Page
from cm_console.model.text import Untrusted
from cm_console.model.time import SECOND, Instant
from cm_console.services.sync import ENOUGH_RECORDS, STILL_PAGES, Progress, Sync
from cm_console.sources.memory import MemorySource
from cm_console.store import StoreError, ingest, sources
from cm_console.testing import cut
from tests.worlds import Lab, dump


def thread(number: int) -> Thread:
    return Thread(f"t{number}", Untrusted(f"Thread {number}"), None, Instant(1_000 + number))


def pages(count: int, size: int = 10) -> list[Page]:
    """Pages of threads t0, t1, ... with cursors 1, 2, ..."""
    return [
        Page(tuple(thread(n * size + i) for i in range(size)), (), Cursor(str(n + 1)), n + 1 < count)
        for n in range(count)
    ]


class Script:
    """What a source's pull of threads does; anything else is empty. It goes on after the page of the cursor."""

    def __init__(self, *steps: Page | BaseException) -> None:
        self.steps = steps
        self.asked: list[Cursor | None] = []

    async def pull(self, source: MemorySource, feed: Feed, cursor: Cursor | None) -> AsyncIterator[Page]:
        if feed is not Feed.THREADS:
            return
        self.asked.append(cursor)
        for step in self.steps:
            if isinstance(step, BaseException):
                raise step
            if cursor is None or int(step.cursor) > int(cursor):
                yield step


@pytest.fixture
def play(monkeypatch: pytest.MonkeyPatch) -> type[Script]:
    """Make the memory source play a script."""

    class Played(Script):
        def __init__(self, *steps: Page | BaseException) -> None:
            super().__init__(*steps)
            monkeypatch.setattr(MemorySource, "pull", lambda source, feed, cursor: self.pull(source, feed, cursor))

    return Played


async def sync_of(console: Console) -> Sync:
    await console.prepare()
    return console.engines["forum"].sync


async def held(console: Console) -> int:
    return int(
        await console.store.read(
            lambda conn: conn.execute("SELECT count(*) FROM thread WHERE deleted = 0").fetchone()[0]
        )
    )


async def cursor(console: Console) -> str | None:
    return await console.store.read(lambda conn: sources.cursor(conn, 1, "threads"))


async def test_a_second_sync_changes_nothing(lab: Lab, console: Console) -> None:
    post = await lab.bench.add_post(await lab.bench.add_thread(3), "flag me")
    await lab.bench.add_report(post)
    first = await console.sync()
    assert {outcome.state for outcome in first} == {"ok"} and sum(outcome.changed for outcome in first) >= 9
    before = await console.store.read(dump)
    lab.clock.advance(60)
    again = await console.sync()
    assert sum(outcome.changed for outcome in again) == 0
    after = await console.store.read(dump)
    assert {**after, "feed": None} == {**before, "feed": None}


async def test_only_what_is_new_is_pulled(lab: Lab, console: Console) -> None:
    thread = await lab.bench.add_thread(3)
    await console.sync()
    await lab.bench.add_post(thread, "one more")
    outcomes = await console.sync()
    assert [(outcome.feed, outcome.records) for outcome in outcomes if outcome.records] == [("threads", 1)]


@pytest.mark.parametrize(
    ("error", "state", "words"),
    [
        (Unreachable("no route"), "waiting", "no route"),
        (Throttled("slow down", until=5), "waiting", "slow down"),
        (Unauthorized("expired", right="read"), "unauthorized", "expired (needs read)"),
        (Malformed("topics.json: no JSON"), "parked", "topics.json: no JSON"),
        (Refused("not for you"), "failed", "not for you"),
        (Malformed("\x1b[31mred"), "parked", "␛[31mred"),
    ],
)
async def test_each_trouble_is_told_and_what_came_before_it_stays(
    console: Console, play: type[Script], error: SourceError, state: str, words: str
) -> None:
    script = play(*pages(3)[:2], error)
    sync = await sync_of(console)
    outcome = await sync.pull_feed(Feed.THREADS)
    assert (outcome.state, outcome.words, outcome.records, outcome.changed) == (state, words, 20, 20)
    assert (await held(console), await cursor(console)) == (20, "2")
    status = (await console.status.now()).sources[0]
    assert (status.state, status.words) == (state, words)
    play(*pages(3))
    assert (await sync.pull_feed(Feed.THREADS)).state == "ok"
    assert await held(console) == 30
    assert script.asked == [None]


async def test_after_an_unreachable_feed_the_next_is_not_tried_after_a_parked_one_it_is(
    lab: Lab, console: Console, play: type[Script]
) -> None:
    sync = await sync_of(console)
    play(Unreachable("no route"))
    assert [(o.feed, o.state) for o in await sync.pull()] == [("members", "ok"), ("threads", "waiting")]
    play(Malformed("no JSON"))
    assert [o.state for o in await sync.pull()] == ["ok", "parked", "ok", "ok", "ok"]


async def test_waiting_grows_with_jitter_to_a_quarter_of_an_hour(lab: Lab, console: Console) -> None:
    sync = await sync_of(console)
    waits = []
    for _ in range(10):
        await lab.bench.drop_next()
        outcome = (await sync.pull())[0]
        assert outcome.until is not None
        waits.append((outcome.until - lab.clock.now()) / SECOND)
    assert waits[:4] == [5.0, 7.5, 12.5, 22.5] and waits[-1] == (5 + 900) / 2
    assert (await sync.pull())[0].state == "ok"
    assert sync.back_off() == 5 * SECOND
    sync.failures, sync.jitter = 4, lambda: 1.0
    assert sync.back_off() == 80 * SECOND


async def test_the_platforms_own_time_is_kept(lab: Lab, console: Console) -> None:
    sync = await sync_of(console)
    until = Instant(lab.clock.now() + 77 * SECOND)
    await lab.bench.throttle_next(until)
    assert (await sync.pull())[0].until == until


async def test_an_empty_page_that_says_more_but_does_not_move_on_is_told(console: Console, play: type[Script]) -> None:
    first = pages(2)[0]
    sync = await sync_of(console)
    play(first, replace(first, records=()))
    outcome = await sync.pull_feed(Feed.THREADS)
    assert (outcome.state, outcome.words) == ("parked", "forum says there is more but does not move on from '1'")
    assert (await held(console), await cursor(console)) == (10, "1")


async def test_a_batch_of_several_pages_moves_on_with_its_last(console: Console, play: type[Script]) -> None:
    sync = await sync_of(console)
    one, two, three, four = pages(4)
    play(one, replace(two, cursor=one.cursor), replace(three, cursor=one.cursor), four)
    assert (await sync.pull_feed(Feed.THREADS)).state == "ok"
    assert (await held(console), await cursor(console)) == (40, "4")


async def test_pages_without_end_at_one_place_are_told(console: Console, play: type[Script]) -> None:
    sync = await sync_of(console)
    played = play(*[replace(page, cursor=Cursor("1")) for page in pages(STILL_PAGES + 3, 1)])
    assert (await sync.pull_feed(Feed.THREADS)).state == "parked"
    assert len(played.asked) == 1 and await held(console) == STILL_PAGES + 1


async def test_a_page_too_large_is_told(console: Console, play: type[Script]) -> None:
    play(*pages(1, PAGE_LIMIT + 1))
    outcome = await (await sync_of(console)).pull_feed(Feed.THREADS)
    assert outcome.words == "forum sent a page of 101 records, 100 are allowed"
    assert (outcome.state, await held(console), await cursor(console)) == ("parked", 0, None)


async def test_page_and_cursor_land_together_or_not_at_all(
    console: Console, play: type[Script], monkeypatch: pytest.MonkeyPatch
) -> None:
    sync = await sync_of(console)
    play(*pages(3, 50))
    saved = ingest.save

    def full(*args: object, **named: object) -> ingest.Saved:
        saved(*args, **named)  # type: ignore[arg-type]  # whatever the product passes
        raise StoreError("the disk is full")

    monkeypatch.setattr(ingest, "save", full)
    with pytest.raises(StoreError):
        await sync.pull_feed(Feed.THREADS)
    assert (await held(console), await cursor(console)) == (0, None)
    monkeypatch.setattr(ingest, "save", saved)
    assert (await sync.pull_feed(Feed.THREADS)).changed == 150


async def test_many_pages_share_a_transaction_but_no_more_than_so_many_records(
    console: Console, play: type[Script], monkeypatch: pytest.MonkeyPatch
) -> None:
    sizes: list[int] = []
    save = ingest.save_pages

    def counted(conn, source_id, feed, community, pages, now):  # type: ignore[no-untyped-def]  # passed on as it is
        sizes.append(sum(len(page.records) for page in pages))
        return save(conn, source_id, feed, community, pages, now)

    monkeypatch.setattr(ingest, "save_pages", counted)
    play(*pages(45, 100))
    outcome = await (await sync_of(console)).pull_feed(Feed.THREADS)
    assert (outcome.changed, sizes) == (4_500, [ENOUGH_RECORDS, ENOUGH_RECORDS, 500])


async def test_a_slow_source_is_saved_as_its_pages_come(
    lab: Lab, console: Console, play: type[Script], monkeypatch: pytest.MonkeyPatch
) -> None:
    script = play(*pages(3))
    seen: list[int] = []

    async def slow(source: MemorySource, feed: Feed, cursor: Cursor | None) -> AsyncIterator[Page]:
        async for page in script.pull(source, feed, cursor):
            await asyncio.sleep(0)
            await console.store.write(lambda conn: None)
            seen.append(await held(console))
            lab.clock.advance(0.2)
            yield page
            lab.clock.advance(0.2)

    monkeypatch.setattr(MemorySource, "pull", slow)
    await (await sync_of(console)).pull_feed(Feed.THREADS)
    assert seen == [0, 0, 20] and await held(console) == 30


async def test_stopped_at_any_moment_the_next_pull_misses_nothing(lab: Lab) -> None:
    for number in range(30):
        lab.bench.platform.put(thread(number))
    for step in range(1, 200):
        sync = await sync_of(console := lab.console())
        stopped = await cut(sync.pull(), step)
        await console.store.write(lambda conn: None)  # whatever was being written is written
        kept = await held(console)
        assert kept == 30 if await cursor(console) else kept == 0
        await console.stop()
        if not stopped:
            break
        await (await sync_of(last := lab.console())).pull()
        assert await held(last) == 30
        await last.stop()
        lab.home.database.unlink()
    else:
        raise AssertionError("it never came to its end")


async def test_progress_counts_up_to_the_total(console: Console, play: type[Script]) -> None:
    told: list[Progress] = []
    sync = await sync_of(console)
    sync.on_progress = told.append
    first, second = pages(2)
    play(replace(first, done=10, total=20), second)
    await sync.pull_feed(Feed.THREADS)
    assert [(p.done, p.total) for p in told] == [(10, 20), (20, None)]


async def test_a_note_reaches_the_person_cleaned(console: Console, play: type[Script]) -> None:
    play(replace(pages(1)[0], note="skipped 3\x07 wiki posts"))
    outcome = await (await sync_of(console)).pull_feed(Feed.THREADS)
    assert outcome.notes == ("skipped 3␇ wiki posts",)


def vanishing(numbers: range, at: int, more: bool = False) -> Page:
    return Page((), tuple(Ref(Kind.THREAD, f"t{n}") for n in numbers), Cursor(str(at)), more)


@pytest.fixture
async def hundred(console: Console, play: type[Script]) -> Sync:
    """A sync that holds threads t0 to t99, its cursor at 10."""
    sync = await sync_of(console)
    play(*pages(10))
    await sync.pull_feed(Feed.THREADS)
    assert await held(console) == 100
    return sync


@pytest.mark.parametrize(
    ("gone", "state", "left"), [(20, "ok", 80), (21, "held", 100), (100, "held", 100), (1, "ok", 99)]
)
async def test_a_mass_deletion_stops_and_asks(
    console: Console, hundred: Sync, play: type[Script], gone: int, state: str, left: int
) -> None:
    play(vanishing(range(gone), 11))
    outcome = await hundred.pull_feed(Feed.THREADS)
    assert (outcome.state, await held(console)) == (state, left)
    assert await cursor(console) == ("11" if state == "ok" else "10")
    if state == "held":
        assert f"forum says {gone} of 100 items are gone" in outcome.words
        assert "cm-console sync forum --accept-deletions" in outcome.words


async def test_a_few_of_few_may_vanish(console: Console, play: type[Script]) -> None:
    sync = await sync_of(console)
    play(*pages(1, 20))
    await sync.pull_feed(Feed.THREADS)
    play(vanishing(range(20), 11))
    assert ((await sync.pull_feed(Feed.THREADS)).state, await held(console)) == ("ok", 0)


async def test_what_we_do_not_hold_cannot_vanish(console: Console, hundred: Sync, play: type[Script]) -> None:
    play(vanishing(range(1_000, 1_090), 11))
    assert (await hundred.pull_feed(Feed.THREADS)).state == "ok"


async def test_a_mass_deletion_cut_into_small_pages_stops_too(
    console: Console, hundred: Sync, play: type[Script]
) -> None:
    play(*(vanishing(range(n * 10, n * 10 + 10), 11 + n, more=n < 9) for n in range(10)))
    outcome = await hundred.pull_feed(Feed.THREADS)
    assert (outcome.state, await held(console), await cursor(console)) == ("held", 80, "12")


async def test_pulling_again_and_again_does_not_wear_the_guard_out(
    lab: Lab, console: Console, hundred: Sync, play: type[Script]
) -> None:
    script = [vanishing(range(n * 10, n * 10 + 10), 11 + n, more=n < 9) for n in range(10)]
    play(*script)
    for _ in range(4):
        assert (await hundred.pull_feed(Feed.THREADS)).state == "held"
    await console.stop()
    later = lab.console()
    assert (await (await sync_of(later)).pull_feed(Feed.THREADS)).state == "held"
    assert await held(later) == 80


async def test_a_mass_deletion_that_is_accepted_happens(console: Console, hundred: Sync, play: type[Script]) -> None:
    play(vanishing(range(100), 11))
    assert (await hundred.pull_feed(Feed.THREADS)).state == "held"
    outcomes = await console.sync(accept_deletions=True)
    assert {outcome.state for outcome in outcomes} == {"ok"}
    assert await held(console) == 0


async def test_a_false_alarm_ends_by_itself(console: Console, hundred: Sync, play: type[Script]) -> None:
    play(vanishing(range(100), 11))
    await hundred.pull_feed(Feed.THREADS)
    play(Page((thread(100),), (), Cursor("11"), False))
    assert ((await hundred.pull_feed(Feed.THREADS)).state, await held(console)) == ("ok", 101)


async def test_what_was_decided_survives_every_pull(lab: Lab, console: Console) -> None:
    thread = await lab.bench.add_thread(2)
    await console.sync()
    await console.inbox.tag([1], "billing")
    await console.inbox.note(1, "ask Kim")
    await console.inbox.assign([1], "kim")
    held_thread = lab.bench.platform.get(Ref(Kind.THREAD, thread))
    assert isinstance(held_thread, Thread)
    lab.bench.platform.put(replace(held_thread, title=Untrusted("Another title"), assigned_to="lee"))
    lab.bench.platform.put(Member("ann", Untrusted("anna")))
    await console.sync()
    row = await console.inbox.row(1)
    assert row is not None
    assert (row.title, row.author, row.tags, row.assignee) == ("Another title", "anna", ("billing",), "kim")
    assert [note.body for note in await console.inbox.notes(1)] == ["ask Kim"]


async def test_a_new_message_brings_a_done_inquiry_back_even_if_written_before_the_decision(
    lab: Lab, console: Console
) -> None:
    thread = await lab.bench.add_thread(1)
    await console.sync()
    lab.clock.advance(60)
    written = Post("late", thread, "ann", lab.clock.now(), Untrusted("One more thing ..."))
    lab.clock.advance(60)
    await console.inbox.done([1])
    assert await console.inbox.page(View.NEEDS_REPLY) == []
    lab.bench.platform.put(written)
    await console.sync()
    assert [row.id for row in await console.inbox.page(View.NEEDS_REPLY)] == [1]


async def test_the_next_pages_are_pulled_while_the_last_are_saved(
    console: Console, play: type[Script], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked, go_on = [0], threading.Event()
    save = ingest.save_pages

    def waiting(conn, source_id, feed, community, pages, now):  # type: ignore[no-untyped-def]  # passed on as it is
        assert go_on.wait(10), "the source was never asked for more"
        return save(conn, source_id, feed, community, pages, now)

    monkeypatch.setattr(ingest, "save_pages", waiting)
    script = play(*pages(45, 100))

    async def counting(source: MemorySource, feed: Feed, cursor: Cursor | None) -> AsyncIterator[Page]:
        async for page in script.pull(source, feed, cursor):
            asked[0] += 1
            if asked[0] > ENOUGH_RECORDS // 100:
                go_on.set()
            yield page

    monkeypatch.setattr(MemorySource, "pull", counting)
    assert (await (await sync_of(console)).pull_feed(Feed.THREADS)).changed == 4_500


async def test_a_pull_stopped_while_pages_are_saved_keeps_them(
    console: Console, play: type[Script], monkeypatch: pytest.MonkeyPatch
) -> None:
    saving, go_on = asyncio.Event(), threading.Event()
    save, loop = ingest.save_pages, asyncio.get_running_loop()

    def waiting(conn, source_id, feed, community, pages, now):  # type: ignore[no-untyped-def]  # passed on as it is
        loop.call_soon_threadsafe(saving.set)
        assert go_on.wait(10)
        return save(conn, source_id, feed, community, pages, now)

    monkeypatch.setattr(ingest, "save_pages", waiting)
    play(*pages(45, 100))
    pull = asyncio.create_task((await sync_of(console)).pull_feed(Feed.THREADS))
    await saving.wait()
    pull.cancel()
    loop.call_soon(go_on.set)
    with pytest.raises(asyncio.CancelledError):
        await pull
    assert await held(console) >= ENOUGH_RECORDS
