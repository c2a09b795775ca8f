"""The engine: its loops run by themselves, survive every fault, share a database with others, and stop cleanly."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from cm_console.console import Console
from cm_console.model.action import Action, Receipt, Verb
from cm_console.model.errors import Unreachable
from cm_console.model.inbox import View
from cm_console.model.outbox import Answer, State
from cm_console.model.records import Kind, Ref
from cm_console.model.source import Cursor, Feed, Identity, Page
from cm_console.services.ownership import Ownership
from cm_console.sources.memory import MemorySource
from cm_console.store import Store, StoreError, sources
from tests.worlds import Lab, make_lab, queue, row_of, states, thread_ids


async def passes(lab: Lab, console: Console, seconds: float) -> None:
    """Time goes by and everything that wakes up does its work."""
    lab.clock.advance(seconds)
    await console.idle()


async def reply(lab: Lab, console: Console, thread: str, text: str) -> str:
    return await queue(console, Action("", Verb.REPLY, Ref(Kind.THREAD, thread), thread, text=text))


async def test_started_it_pulls_delivers_and_pulls_again(lab: Lab, console: Console) -> None:
    thread = await lab.bench.add_thread()
    await console.start()
    await console.idle()
    assert len(await thread_ids(console)) == 1
    await console.inbox.reply(1, "An answer.")
    await passes(lab, console, 9)
    assert lab.bench.platform.pushed == []
    await passes(lab, console, 2)
    assert [action.text for action in lab.bench.platform.pushed] == ["An answer."]
    await lab.bench.add_post(thread, "Thanks!")
    await passes(lab, console, 301)
    assert [post.body for post in await console.inbox.posts(1)][-1] == "Thanks!"


async def test_pull_now_does_not_wait(lab: Lab, console: Console) -> None:
    await console.start()
    await console.idle()
    await lab.bench.add_thread()
    console.pull_now()
    await console.idle()
    assert len(await thread_ids(console)) == 1


async def test_one_failing_source_never_stops_another(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lab = make_lab(tmp_path, "forum", "chat")
    for bench in lab.benches.values():
        await bench.add_thread()
    broken = lab.benches["forum"].platform.name
    pull = MemorySource.pull

    async def faulty_pull(self: MemorySource, feed: Feed, cursor: Cursor | None) -> AsyncIterator[Page]:
        if self._name == broken:
            raise ZeroDivisionError("a bug of the source")
        async for page in pull(self, feed, cursor):
            yield page

    monkeypatch.setattr(MemorySource, "pull", faulty_pull)
    console = lab.console()
    await console.start()
    await console.idle()
    shown = {status.name: (status.state, status.words) for status in (await console.status.now()).sources}
    assert shown == {"forum": ("failed", "stopped by a fault in it: ZeroDivisionError"), "chat": ("ok", "")}
    assert len(await thread_ids(console)) == 1
    monkeypatch.setattr(MemorySource, "pull", pull)
    await passes(lab, console, 301)
    assert len(await thread_ids(console)) == 2
    assert {status.state for status in (await console.status.now()).sources} == {"ok"}
    await lab.close()


async def test_a_single_sync_goes_on_past_a_broken_source_too(
    lab: Lab, console: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(self: MemorySource) -> Identity:
        raise ZeroDivisionError("a bug of the source")

    monkeypatch.setattr(MemorySource, "check", broken)
    outcomes = await console.sync()
    assert [(o.source, o.state, o.words) for o in outcomes] == [
        ("forum", "failed", "stopped by a fault in it: ZeroDivisionError")
    ]
    await console.deliver()


async def test_an_unreachable_platform_is_tried_again_and_everything_else_works_meanwhile(
    lab: Lab, console: Console
) -> None:
    thread = await lab.bench.add_thread()
    await console.sync()
    await console.start()
    await console.idle()
    lab.bench.faults.next_going += [Unreachable("no route")] * 6
    console.pull_now()
    await console.idle()
    status = (await console.status.now()).sources[0]
    assert (status.state, status.words) == ("waiting", "no route")
    await console.inbox.reply(1, "Written on a train.")
    await console.inbox.tag([1], "train")
    assert (await console.status.now()).waiting == 1
    for _ in range(40):
        await passes(lab, console, 60)
    assert (await console.status.now()).sources[0].state == "ok"
    assert await lab.bench.texts(thread) == [*(await lab.bench.texts(thread))[:-1], "Written on a train."]


async def test_a_platform_that_was_away_for_a_moment_is_asked_again_soon(lab: Lab, console: Console) -> None:
    await lab.bench.drop_next()
    await console.start()
    await console.idle()
    assert (await console.status.now()).sources[0].state == "waiting"
    await passes(lab, console, 8)
    assert (await console.status.now()).sources[0].state == "ok"


async def test_only_what_the_token_may_read_is_asked_for_and_rights_are_looked_at_again(
    lab: Lab, console: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Feed] = []
    pull = MemorySource.pull

    def noting(self: MemorySource, feed: Feed, cursor: Cursor | None) -> AsyncIterator[Page]:
        asked.append(feed)
        return pull(self, feed, cursor)

    monkeypatch.setattr(MemorySource, "pull", noting)
    lab.bench.platform.missing["reports"] = "moderate"
    await console.start()
    await console.idle()
    assert Feed.REPORTS not in asked and Feed.SCHEDULED in asked
    assert (await console.status.now()).sources[0].state == "ok"
    lab.bench.platform.missing.clear()
    await passes(lab, console, 301)
    assert Feed.REPORTS not in asked
    for _ in range(13):
        await passes(lab, console, 301)
    assert Feed.REPORTS in asked


async def test_a_wrong_token_is_told_and_asked_about_again(lab: Lab, console: Console) -> None:
    lab.bench.faults.revoked = True
    await console.start()
    await console.idle()
    status = (await console.status.now()).sources[0]
    assert (status.state, status.words) == ("unauthorized", "the token has expired")
    lab.bench.faults.revoked = False
    await passes(lab, console, 301)
    assert (await console.status.now()).sources[0].state == "ok"


async def test_a_full_disk_is_told_and_delivery_goes_on_when_there_is_room(
    lab: Lab, console: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    thread = await lab.bench.add_thread()
    await console.start()
    await console.idle()
    await reply(lab, console, thread, "An answer.")
    write, tries = Store.write, 0

    async def full(self: Store, change: Callable[..., Any]) -> Any:
        nonlocal tries
        tries += 1
        raise StoreError("community.db: the disk is full: free some space, nothing was lost")

    monkeypatch.setattr(Store, "write", full)
    await passes(lab, console, 11)
    first = tries
    for _ in range(10):
        await passes(lab, console, 0.4)
    assert tries - first < 20, "it must not spin on a full disk"
    assert lab.bench.platform.pushed == []
    monkeypatch.setattr(Store, "write", write)
    await passes(lab, console, 6)
    assert [action.text for action in lab.bench.platform.pushed] == ["An answer."]


async def test_a_broken_read_does_not_end_the_deliver_loop(
    lab: Lab, console: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    thread = await lab.bench.add_thread()
    await console.start()
    await console.idle()

    async def broken(self: Store, query: Callable[..., Any]) -> Any:
        raise StoreError("disk I/O error")

    with monkeypatch.context() as patch:
        patch.setattr(Store, "read", broken)
        await passes(lab, console, 61)
    await reply(lab, console, thread, "An answer.")
    await passes(lab, console, 30)
    assert [action.text for action in lab.bench.platform.pushed] == ["An answer."]


async def test_a_snoozed_inquiry_comes_back_by_itself(lab: Lab, console: Console) -> None:
    from cm_console.model.time import HOUR, Instant

    await lab.bench.add_thread()
    await console.start()
    await console.idle()
    await console.inbox.snooze([1], Instant(lab.clock.now() + HOUR))
    assert await console.inbox.page(View.NEEDS_REPLY) == []
    await passes(lab, console, 3_599)
    assert await console.inbox.page(View.NEEDS_REPLY) == []
    await passes(lab, console, 31)
    assert [row.id for row in await console.inbox.page(View.NEEDS_REPLY)] == [1]


async def test_stop_ends_everything_in_the_middle_of_a_send_and_twice_is_fine(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    thread = await lab.bench.add_thread()
    console = lab.console()
    await console.start()
    await console.idle()
    reached = asyncio.Event()

    async def hanging(self: MemorySource, action: Action) -> Receipt:
        reached.set()
        await asyncio.Event().wait()
        raise AssertionError

    monkeypatch.setattr(MemorySource, "push", hanging)
    id = await reply(lab, console, thread, "An answer.")
    lab.clock.advance(11)
    await reached.wait()
    await console.stop()
    await console.stop()
    assert len(asyncio.all_tasks()) == 1
    assert list(lab.home.locks.glob("*.lock")) == [lab.home.locks / "task-pull-forum.lock"]
    again = lab.console()
    assert (await row_of(again, id)).state == State.UNCERTAIN


async def test_idle_waits_for_what_time_has_woken(lab: Lab, console: Console) -> None:
    thread = await lab.bench.add_thread()
    await console.start()
    await console.idle()
    for number in range(5):
        await reply(lab, console, thread, f"answer {number}")
    await passes(lab, console, 10)
    assert await states(console) == ["sent"] * 5


async def test_two_consoles_never_claim_the_same_action(lab: Lab) -> None:
    thread = await lab.bench.add_thread()
    one, two = lab.console(), lab.console()
    await one.sync()
    for number in range(30):
        await reply(lab, one, thread, f"answer {number}")
    threads = [await lab.bench.add_thread() for _ in range(10)]
    await one.sync()
    for number, other in enumerate(threads):
        await reply(lab, one, other, f"elsewhere {number}")
    lab.clock.advance(11)
    await asyncio.gather(one.deliver(), two.deliver())
    while "queued" in await states(one):
        await asyncio.gather(one.deliver(), two.deliver())
    texts = [action.text for action in lab.bench.platform.pushed]
    assert len(texts) == len(set(texts)) == 40 and set(await states(one)) == {"sent"}
    in_thread = [text for text in texts if text.startswith("answer")]
    assert in_thread == [f"answer {number}" for number in range(30)]
    owners = await one.store.read(lambda conn: conn.execute("SELECT count(*) FROM attempt").fetchone()[0])
    assert owners == 40


async def test_what_a_dead_console_was_sending_becomes_uncertain_and_is_looked_up(lab: Lab) -> None:
    thread = await lab.bench.add_thread()
    dead, alive = lab.console(), lab.console()
    await dead.sync()
    id = await reply(lab, dead, thread, "An answer.")
    lab.clock.advance(11)
    await _dies_in_the_middle_of_sending(dead)
    assert (await row_of(alive, id)).state == State.SENDING
    await alive.prepare()
    await alive.housekeeping.look_for_dead()
    assert (await row_of(alive, id)).state == State.SENDING, "it lives as long as its lock is held"
    _let_go_of_its_lock(dead)
    await alive.housekeeping.look_for_dead()
    assert (await row_of(alive, id)).state == State.UNCERTAIN
    assert (await row_of(alive, id)).why == "the console stopped while sending it"
    for _ in range(3):
        lab.clock.advance(31)
        await alive.deliver()
    assert (await row_of(alive, id)).state == State.SENT
    assert [action.text for action in lab.bench.platform.pushed] == ["An answer."]


async def _dies_in_the_middle_of_sending(console: Console) -> None:
    """Its coroutine goes no further, as when the machine takes the process away: nothing is cleaned up."""
    delivery = console.engines["forum"].delivery
    claimed = await delivery._claim(State.QUEUED)
    assert claimed is not None


def _let_go_of_its_lock(console: Console) -> None:
    """What the operating system does when a process ends: the file stays, the lock does not."""
    import os

    assert console._ownership is not None and console._ownership._descriptor is not None
    os.close(console._ownership._descriptor)
    console._ownership._descriptor = None


async def test_a_late_result_of_one_who_was_taken_over_changes_nothing(lab: Lab) -> None:
    thread = await lab.bench.add_thread()
    frozen, alive = lab.console(), lab.console()
    await frozen.sync()
    id = await reply(lab, frozen, thread, "An answer.")
    lab.clock.advance(11)
    delivery = frozen.engines["forum"].delivery
    claimed = await delivery._claim(State.QUEUED)
    assert claimed is not None
    receipt = await frozen.engines["forum"].source.push(claimed.action)
    _let_go_of_its_lock(frozen)
    await alive.prepare()
    await alive.housekeeping.look_for_dead()
    await delivery._sent(claimed, receipt)
    assert (await row_of(alive, id)).state == State.UNCERTAIN
    await alive.deliver()
    assert ((await row_of(alive, id)).state, len(lab.bench.platform.pushed)) == (State.SENT, 1)


async def test_only_one_console_pulls_a_source_at_a_time(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    await lab.bench.add_thread()
    one, two = lab.console(), lab.console()
    await one.prepare()
    await two.prepare()
    inside, go_on = asyncio.Event(), asyncio.Event()
    pull = MemorySource.pull

    async def waiting(self: MemorySource, feed: Feed, cursor: Cursor | None) -> AsyncIterator[Page]:
        inside.set()
        await go_on.wait()
        async for page in pull(self, feed, cursor):
            yield page

    monkeypatch.setattr(MemorySource, "pull", waiting)
    first = asyncio.ensure_future(one.engines["forum"].pull())
    await inside.wait()
    assert await two.engines["forum"].pull() == []
    go_on.set()
    assert {outcome.state for outcome in await first} == {"ok"}
    assert {outcome.state for outcome in await two.engines["forum"].pull()} == {"ok"}


async def test_what_another_console_did_shows_here_within_a_second(lab: Lab) -> None:
    await lab.bench.add_thread()
    one, two = lab.console(), lab.console()
    await one.sync()
    await two.start()
    await two.idle()
    two.changes.take()
    await one.inbox.tag([1], "seen")
    await passes(lab, two, 1)
    assert "inbox" in two.changes.take()
    await passes(lab, two, 1)
    assert "inbox" not in two.changes.take()


async def test_the_outbox_of_one_console_is_delivered_by_the_other(lab: Lab) -> None:
    thread = await lab.bench.add_thread()
    one, two = lab.console(), lab.console()
    await one.sync()
    await two.start()
    await two.idle()
    await reply(lab, one, thread, "An answer.")
    await passes(lab, two, 1)
    await passes(lab, two, 10)
    assert [action.text for action in lab.bench.platform.pushed] == ["An answer."]


async def test_an_answer_here_is_seen_there(lab: Lab) -> None:
    one, two = lab.console(), lab.console()
    await lab.bench.add_thread()
    await one.sync()
    id = await queue(one, Action("", Verb.WARN, Ref(Kind.MEMBER, "ann"), reason="rule 3"))
    await lab.bench.lose_next_answer()
    lab.clock.advance(11)
    await one.deliver()
    lab.clock.advance(11)
    await one.deliver()
    assert (await row_of(two, id)).asks
    await two.outbox.resolve(Answer.THERE, id)
    assert (await row_of(one, id)).state == State.SENT


def test_a_name_is_taken_once_and_free_again_when_given_up(tmp_path: Path) -> None:
    first = Ownership(tmp_path, "a")
    other = Ownership(tmp_path, "b")
    with pytest.raises(RuntimeError):
        Ownership(tmp_path, "a")
    assert not other.dead("a") and not other.dead("b")
    assert first.dead("never heard of")
    first.close()
    first.close()
    assert other.dead("a") and not (tmp_path / "a.lock").exists()
    assert (tmp_path / "b.lock").stat().st_mode & 0o777 == 0o600
    other.close()


def test_a_task_is_done_by_one_at_a_time(tmp_path: Path) -> None:
    first, other = Ownership(tmp_path, "a"), Ownership(tmp_path, "b")
    with first.alone("pull") as ours, other.alone("pull") as theirs, other.alone("push") as elsewhere:
        assert (ours, theirs, elsewhere) == (True, False, True)
    with other.alone("pull") as theirs:
        assert theirs
    first.close()
    other.close()


async def test_an_unknown_kind_is_a_line_and_not_the_end(tmp_path: Path) -> None:
    from dataclasses import replace

    from cm_console.config import SourceConfig

    lab = make_lab(tmp_path)
    await lab.bench.add_thread()
    wrong = SourceConfig("odd", "no-such-kind")
    config = replace(lab.config, sources=(*lab.config.sources, wrong))
    console = Console.open(config, lab.home, clock=lab.clock)
    outcomes = {outcome.source: outcome.state for outcome in await console.sync()}
    assert outcomes == {"forum": "ok", "odd": "failed"}
    assert "there is no source kind 'no-such-kind'" in console.unusable["odd"]
    await console.stop()
    await lab.close()


async def test_a_source_that_was_removed_does_not_count_any_more(lab: Lab, console: Console) -> None:
    await console.sync()
    await console.store.write(lambda conn: sources.ensure(conn, "removed", "memory"))
    assert [source.name for source in (await console.status.now()).sources] == ["forum"]
