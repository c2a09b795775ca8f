"""What is done to thousands of rows: others write in between, it shows, escape stops it, one undo takes it back."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from typing import Any

import pytest
from textual.pilot import Pilot

from cm_console.model.records import Member, Post, Record, Thread
from cm_console.model.templates import Macro
from cm_console.model.text import Untrusted
from cm_console.model.time import HOUR, Instant
from cm_console.model.work import Stopped, Work
from cm_console.screens.working import Working
from cm_console.services.changes import Changes
from cm_console.services.desk import STEP, Desk, Impossible
from cm_console.services.inbox import InboxService
from cm_console.services.journal import Blocked, JournalService
from tests.screens.stage import Stage, press, said, strike, text_of
from tests.screens.test_inbox import sql

MANY = 2 * STEP + 50
DONE = "SELECT count(*) FROM thread WHERE status = 3"


class Halting(Work):
    """Stops, or does something else, before a step that comes after so many items."""

    def __init__(self, at: int, then: Callable[[], object] | None = None) -> None:
        super().__init__()
        self.at, self.then = at, then or self.stop

    def step(self, words: str, done: int = 0, total: int = 0) -> None:
        """See Work."""
        if done == self.at:
            self.then()
        super().step(words, done, total)


@pytest.fixture
def many(stage: Stage) -> list[int]:
    """So many questions, brought at once; their ids."""
    at = Instant(stage.clock.now() - HOUR)
    records: list[Record] = [Member("m", Untrusted("mia"))]
    for n in range(MANY):
        records += [Thread(f"q{n}", Untrusted(f"Q {n:04}"), "m", at), Post(f"p{n}", f"q{n}", "m", at, Untrusted("?"))]
    stage.save(*records)
    return [id for (id,) in sql(stage, "SELECT id FROM thread ORDER BY id")]


def everything(stage: Stage) -> list[list[tuple[Any, ...]]]:
    """All that decisions change, and what is counted."""
    badges = "SELECT * FROM badge WHERE n <> 0 AND name NOT LIKE 'action:%' ORDER BY name"
    return [sql(stage, f"SELECT * FROM {table} ORDER BY 1, 2") for table in ("thread", "tag")] + [sql(stage, badges)]


def of_kim(stage: Stage) -> Desk:
    """A colleague's desk on the same store."""
    ids = (f"kim-{n}" for n in range(1_000_000))
    return Desk(stage.store, stage.clock, lambda: next(ids), Changes(), "kim")


async def transactions(stage: Stage, deed: Callable[[], Any]) -> int:
    """In how many transactions it writes."""
    asked: list[str] = []
    await stage.store.write(lambda conn: conn.set_trace_callback(asked.append))
    await deed()
    return asked.count("BEGIN IMMEDIATE")


async def test_others_write_between_the_steps_and_one_undo_takes_all_back(stage: Stage, many: list[int]) -> None:
    inbox, journal, before = stage.services.inbox, stage.services.journal, everything(stage)
    assert await transactions(stage, lambda: inbox.done(many, Work())) == 3
    assert sql(stage, DONE) == [(MANY,)]
    undone = list[Any]()

    async def undo() -> None:
        undone.append(await journal.undo())

    assert await transactions(stage, undo) == 3
    assert undone[0].words == f"done of {MANY}" and everything(stage) == before


async def test_without_anybody_watching_it_is_all_or_nothing(stage: Stage, many: list[int]) -> None:
    with pytest.raises(Impossible):
        await stage.services.inbox.done([*many, 999_999])
    assert sql(stage, DONE) == [(0,)]


async def test_what_was_stopped_says_how_many_are_done_and_undo_takes_these_back(stage: Stage, many: list[int]) -> None:
    inbox, journal, before = stage.services.inbox, stage.services.journal, everything(stage)
    with pytest.raises(Stopped) as stopped:
        await inbox.done(many, Halting(0))
    assert stopped.value.done == 0 and everything(stage) == before
    with pytest.raises(Stopped) as stopped:
        await inbox.done(many, Halting(STEP))
    assert stopped.value.done == STEP and sql(stage, DONE) == [(STEP,)]
    assert (await journal.undo()).items == STEP and everything(stage) == before


async def test_an_undo_that_was_stopped_goes_on_with_the_next(stage: Stage, many: list[int]) -> None:
    inbox, journal, before = stage.services.inbox, stage.services.journal, everything(stage)
    await inbox.done(many, Work())
    with pytest.raises(Stopped) as stopped:
        await journal.undo(Halting(STEP))
    assert stopped.value.done == STEP and sql(stage, DONE) == [(MANY - STEP,)]
    assert (await journal.undo()).items == MANY - STEP and everything(stage) == before


async def test_one_that_cannot_be_done_says_how_many_are(stage: Stage, many: list[int]) -> None:
    before = everything(stage)
    with pytest.raises(Impossible, match=f"there is no thread 999999; {2 * STEP} of {MANY + 1} are done, z takes them"):
        await stage.services.inbox.done([*many, 999_999], Work())
    assert sql(stage, DONE) == [(2 * STEP,)]
    assert (await stage.services.journal.undo()).items == 2 * STEP and everything(stage) == before


async def test_what_a_colleague_decided_between_two_steps_is_not_overwritten(stage: Stage, many: list[int]) -> None:
    """Their line stands in the journal amid those of the keypress."""
    kim, tasks = InboxService(of_kim(stage)), list[asyncio.Task[None]]()
    between = Halting(STEP, lambda: tasks.append(asyncio.create_task(kim.assign([many[0]], None))))
    await stage.services.inbox.done(many, between)
    await asyncio.gather(*tasks)
    where = "SELECT (SELECT count(*) FROM journal b WHERE b.seq < a.seq) FROM journal a WHERE actor = 'kim'"
    assert sql(stage, where) == [(STEP,)]
    after = everything(stage)
    with pytest.raises(Blocked, match="kim did “assign” on it since"):
        await stage.services.journal.undo()
    assert everything(stage) == after, "none of it"
    await JournalService(of_kim(stage)).undo()
    assert (await stage.services.journal.undo()).items == MANY


async def test_nothing_of_it_leaves_from_the_first_step_of_its_undo_on(stage: Stage, many: list[int]) -> None:
    joined = stage.services.joined
    assert joined is not None
    await joined.reply_each(many, "We look at it.")
    with pytest.raises(Stopped):
        await stage.services.journal.undo(Halting(STEP))
    assert sql(stage, "SELECT DISTINCT state FROM action") == [("cancelled",)]
    assert (await stage.services.journal.undo()).items == MANY - STEP


async def test_a_macro_is_stopped_with_nothing_done_or_with_as_many_as_it_says(stage: Stage, many: list[int]) -> None:
    writing, before = stage.services.writing, everything(stage)
    assert writing is not None
    with pytest.raises(Stopped) as stopped:
        await writing.run_macro(Macro("n", "n", "Note", note="look at {title}"), many, work=Halting(STEP))
    assert stopped.value.done == 0 and everything(stage) == before, "while its notes were filled in"
    with pytest.raises(Stopped) as stopped:
        await writing.run_macro(Macro("t", "t", "Tag", tags=("bug",), status="done"), many, work=Halting(STEP))
    assert stopped.value.done == STEP and sql(stage, DONE) == [(STEP,)]
    assert (await stage.services.journal.undo()).items == STEP and everything(stage) == before


async def bar(pilot: Pilot[None]) -> Working:
    """Once it is there."""
    while not isinstance(pilot.app.screen, Working):  # noqa: ASYNC110 - a screen that is pushed sets no event
        await asyncio.sleep(0.01)
    return pilot.app.screen


async def test_a_bar_counts_escape_stops_and_other_keys_wait(stage: Stage, many: list[int]) -> None:
    """The writer is busy with something else until the bar is there."""
    free = threading.Event()
    async with stage.open("80x24", notices=True) as pilot:
        await press(pilot, "*", "e")
        assert f"End {MANY} inquiries?" in text_of(pilot)
        busy = asyncio.create_task(stage.store.write(lambda conn: free.wait()))
        strike(pilot, "y")
        strike(pilot, "slash")
        working = await bar(pilot)
        for key in ("escape", "q", "0"):
            strike(pilot, key)
        while not working.work.stopped:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        free.set()
        await busy
        await pilot.app.workers.wait_for_complete()
        await press(pilot)
        stopped, let_go = said(pilot)[-2:]
        assert stopped == f"Stopped. Done: {STEP} of {MANY}; z takes them back."
        assert let_go.startswith(f"{MANY - STEP} selected before"), "what was not done stayed selected until the filter"
        assert "q0" in text_of(pilot), "what was typed ahead came to the filter"
        await press(pilot, "escape", "escape", "z")
        assert said(pilot)[-1] == f"Taken back: done of {STEP}." and sql(stage, DONE) == [(0,)]
