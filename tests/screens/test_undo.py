"""Undo on the screen: it names what it took back, leads there, and is never in its own way."""

from __future__ import annotations

from textual.pilot import Pilot

from cm_console.model.inbox import Priority, Then
from cm_console.model.outbox import State
from cm_console.screens.inbox import InboxScreen
from cm_console.store import outbox
from cm_console.store.sqlite import Connection
from tests.screens.stage import Stage, press, said, text_of


def delivered(stage: Stage) -> None:
    """Everything queued has arrived."""

    def change(conn: Connection) -> None:
        stage.clock.advance(60)
        while claimed := outbox.claim(conn, "forum", State.QUEUED, owner="o", token="t", now=stage.clock.now()):
            outbox.settle(conn, claimed, State.SENT, now=stage.clock.now(), why="")

    stage.store._run(change, True)


def current(pilot: Pilot[None]) -> str:
    """The title under the cursor."""
    assert isinstance(pilot.app.screen, InboxScreen)
    row = pilot.app.screen.list.current
    return str(row.title) if row else ""


async def test_a_sent_reply_is_asked_about_once_and_the_next_undo_goes_on(stage: Stage) -> None:
    stage.thread("Brakes squeal", hours_ago=4)
    stage.thread("Loose chain")
    async with stage.open("80x24") as pilot:
        await press(pilot, "p", "u")
        await stage.services.inbox.reply(2, "Tighten it.", then=Then.WAIT)
        delivered(stage)
        await press(pilot, "z")
        shown = text_of(pilot)
        assert "Reply of “Loose chain” is sent. Goes back too: status." in shown
        assert "remove it there" in shown and "let it stand" in shown
        await press(pilot, "n")
        assert said(pilot)[-1] == "It stands; z again goes on to what was done before it."
        await press(pilot, "z")
        assert said(pilot)[-1] == "Taken back: priority of “Brakes squeal”."
        row = await stage.services.inbox.row(1)
        assert row is not None and row.priority is Priority.NONE
        await press(pilot, "z")
        assert said(pilot)[-1] == "there is nothing to undo"


async def test_a_private_message_that_was_sent_is_said_once(stage: Stage) -> None:
    stage.thread("Brakes squeal")
    async with stage.open("80x24") as pilot:
        await press(pilot, "p", "u")
        assert stage.services.messaging is not None
        await stage.services.messaging.send(1, "Hello.")
        delivered(stage)
        await press(pilot, "z")
        assert said(pilot)[-1].endswith("cannot be taken back; z again goes on to what was done before it")
        await press(pilot, "z")
        assert said(pilot)[-1] == "Taken back: priority of “Brakes squeal”."


async def test_the_cursor_goes_to_what_was_taken_back(stage: Stage) -> None:
    stage.threads(60)
    async with stage.open("80x24") as pilot:
        await press(pilot, "e", "end", "z")
        assert current(pilot) == "Question 000" and "Question 000" in text_of(pilot)
        await press(pilot, "space", "space", "e", "end", "z")
        assert current(pilot) == "Question 000" and said(pilot)[-1] == "Taken back: done of 2."


async def test_a_filter_keeps_the_cursor_where_the_row_is_not(stage: Stage) -> None:
    stage.thread("Brakes squeal", hours_ago=4)
    for n in range(3):
        stage.thread(f"Loose chain {n}", hours_ago=3 - n * 0.1)
    async with stage.open("80x24") as pilot:
        await press(pilot, "e", "/", *"chain", "enter", "j", "z")
        assert said(pilot)[-1] == "Taken back: done of “Brakes squeal”." and current(pilot) == "Loose chain 1"


async def test_the_open_reader_goes_back_to_the_thread(stage: Stage) -> None:
    stage.threads(4)
    async with stage.open("80x24") as pilot:
        await press(pilot, "enter", "e")
        assert "Question 001" in text_of(pilot) and current(pilot) == "Question 001"
        await press(pilot, "z")
        screen = pilot.app.screen
        assert isinstance(screen, InboxScreen) and screen.reading
        assert current(pilot) == "Question 000" and "Question 000" in text_of(pilot)
        await press(pilot, "a", "1", "z")
        assert current(pilot) == "Question 000" and screen.reading
