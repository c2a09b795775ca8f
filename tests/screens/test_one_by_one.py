"""What is doubtful among several: the sure ones leave together, the others are looked at one after the other."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import cast

import pytest
from textual.pilot import Pilot
from textual.widgets import TextArea

from cm_console.model.templates import Macro, SavedReply
from cm_console.model.time import HOUR
from cm_console.screens.compose import ComposeScreen
from cm_console.services.writing import WritingService
from tests.screens.stage import Shelf, Stage, press, said, strike, text_of
from tests.screens.test_inbox import sql

REPLIES = (SavedReply("seen", "Seen", "Seen: {title}", ("seen",)), SavedReply("order", "Order", "Order {order}."))
MACROS = (
    Macro("seen", "s", "Seen", "seen", tags=("x",), status="done"),
    Macro("order", "o", "Order", "order"),
    Macro("low", "l", "Low", priority="low"),
)


@pytest.fixture
def five(stage: Stage) -> Stage:
    """Five threads; of the second and the fourth the title calls everybody."""
    service = WritingService(stage.services.inbox._desk, Shelf(REPLIES, MACROS), "Bikes Meta", ("ann", "bob"))
    stage.services = replace(stage.services, writing=service)
    for n, title in enumerate(("One", "Two @everyone", "Three", "Four @here", "Five")):
        stage.thread(title, "Hm?", author=f"m{n}", hours_ago=20 - n)
    return stage


def sent(stage: Stage) -> list[tuple[str]]:
    """The texts on their way."""
    return sql(stage, "SELECT payload ->> 'text' FROM action WHERE state = 'queued' ORDER BY seq")


def written(pilot: Pilot[None]) -> str:
    """What stands in the composer."""
    assert isinstance(pilot.app.screen, ComposeScreen)
    return pilot.app.screen.query_one(TextArea).text


ALL_SURE = [("Seen: One",), ("Seen: Three",), ("Seen: Five",)]


async def test_sure_ones_leave_together_and_doubtful_ones_are_looked_at(five: Stage) -> None:
    async with five.open(notices=True) as pilot:
        await press(pilot, "asterisk", "m", "s")
        assert sent(five) == ALL_SURE
        assert "1 of 2 · Public reply" in text_of(pilot) and "! @everyone calls everybody" in text_of(pilot)
        assert written(pilot) == "Seen: Two @everyone"
        await press(pilot, "ctrl+s")
        assert "2 of 2 ·" in text_of(pilot) and "! @here calls everybody" in text_of(pilot)
        pilot.app.screen.query_one(TextArea).text = "Seen: Four"
        await press(pilot, "ctrl+s")
        assert sent(five) == [*ALL_SURE, ("Seen: Two @everyone",), ("Seen: Four",)]
        assert said(pilot)[-1] == "Seen: 3 together, 2 one by one; z takes the last back."
        assert sql(five, "SELECT DISTINCT status FROM thread") == [(3,)]
        assert sql(five, "SELECT count(*) FROM tag") == [(10,)]
        await press(pilot, "z")
        assert ("Seen: Four",) not in sent(five) and len(sent(five)) == 4
        await press(pilot, "z")
        assert sent(five) == ALL_SURE
        await press(pilot, "z")
        assert sent(five) == [] and sql(five, "SELECT DISTINCT status FROM thread") == [(0,)]


async def test_one_is_left_out_and_escape_ends(five: Stage) -> None:
    async with five.open(notices=True) as pilot:
        await press(pilot, "asterisk", "m", "s", "ctrl+n")
        assert "2 of 2 ·" in text_of(pilot)
        await press(pilot, "escape")
        assert sent(five) == ALL_SURE and not sql(five, "SELECT * FROM draft")
        assert said(pilot)[-1] == "Seen: 3 together, 2 left out; z takes the last back."
        assert set(pilot.app.screen.list.marks) == {2, 4}  # type: ignore[attr-defined]  # what was left out stays selected
        await press(pilot, "m", "s", "ctrl+s", "escape")
        assert len(sent(five)) == 4


async def test_a_new_doubt_is_asked_about_and_dropping_it_goes_on(five: Stage) -> None:
    async with five.open(notices=True) as pilot:
        await press(pilot, "asterisk", "m", "s")
        pilot.app.screen.query_one(TextArea).text = "Hi @everyone and @staff"
        await press(pilot, "ctrl+s")
        assert "@staff calls a whole group" in text_of(pilot)
        await press(pilot, "d")
        assert "2 of 2 ·" in text_of(pilot) and sent(five) == ALL_SURE
        await press(pilot, *"!", "escape")
        assert sql(five, "SELECT key, body FROM draft") == [("reply:4", "Seen: Four @here!")]


async def test_a_draft_that_was_there_stays_when_it_is_left_out(five: Stage) -> None:
    await five.services.inbox.save_draft("reply:2", "Begun")
    async with five.open() as pilot:
        await press(pilot, "asterisk", "m", "s")
        assert written(pilot) == "Begun\n\nSeen: Two @everyone"
        await press(pilot, *"!!")
        await cast("ComposeScreen", pilot.app.screen).keep_now()
        assert sql(five, "SELECT body FROM draft") == [("Begun\n\nSeen: Two @everyone!!",)]
        await press(pilot, "ctrl+n", "escape")
        assert sql(five, "SELECT key, body FROM draft") == [("reply:2", "Begun")]


async def test_keys_typed_right_after_sending_one_reach_the_next(five: Stage) -> None:
    async with five.open() as pilot:
        await press(pilot, "asterisk", "m", "s")
        first = pilot.app.screen
        strike(pilot, "ctrl+s")
        while pilot.app.screen is first:  # noqa: ASYNC110 - an answer sets no event
            await asyncio.sleep(0)
        for key in " dear":
            strike(pilot, "space" if key == " " else key)
        await press(pilot)
        assert written(pilot) == "Seen: Four @here dear"


async def test_what_cannot_be_filled_in_is_asked_for_one_by_one(five: Stage) -> None:
    async with five.open(notices=True) as pilot:
        await press(pilot, "space", "space", "m", "o")
        assert "{order}: what goes there?" in text_of(pilot) and not sent(five)
        await press(pilot, *"17", "enter")
        assert "1 of 2 ·" in text_of(pilot) and "! {order} cannot be filled in from the thread" in text_of(pilot)
        await press(pilot, "ctrl+s", "escape", "ctrl+s")
        assert "{order} is not filled in" in text_of(pilot) and "send all the same" not in text_of(pilot)
        await press(pilot, "e", "escape")
        assert sent(five) == [("Order 17.",)] and not sql(five, "SELECT * FROM draft")


async def test_a_macro_without_a_reply_asks_nothing(five: Stage) -> None:
    async with five.open() as pilot:
        await press(pilot, "asterisk", "m", "l")
        assert sql(five, "SELECT DISTINCT priority FROM thread") == [(1,)]


async def test_the_keys_of_the_series_stand_below(five: Stage) -> None:
    async with five.open("80x24") as pilot:
        await press(pilot, "asterisk", "m", "s")
        assert "^s send  ^n skip  esc end  ^r saved  ^l quote  ^o preview" in text_of(pilot)


async def test_in_a_merged_inquiry_each_place_is_judged_for_itself(five: Stage) -> None:
    assert five.services.joined is not None
    await five.services.joined.merge(1, [3])
    await five.services.inbox.note(3, "He was banned in the old forum in 2019, mind that.")
    async with five.open(notices=True) as pilot:
        await press(pilot, "r", *"Were you banned in the old forum in 2019, mind that?", "ctrl+s", "e")
        assert len(sent(five)) == 1 and "1 of 1 ·" in text_of(pilot)
        assert "! it holds words of a private note" in text_of(pilot)
        await press(pilot, "ctrl+n")
        assert said(pilot)[-1] == "Replies: 1 together, 1 left out; z takes the last back."
        assert sql(five, "SELECT DISTINCT thread_id FROM action") == [(1,)]


async def test_a_merged_inquiry_is_answered_later_and_tagged(five: Stage) -> None:
    assert five.services.joined is not None
    await five.services.joined.merge(1, [3])
    async with five.open(notices=True) as pilot:
        await press(pilot, "r", "ctrl+r", "enter", "ctrl+t", "4", "e")
        at = five.clock.now() + 4 * HOUR
        assert sql(five, "SELECT thread_id, planned_at FROM action ORDER BY seq") == [(1, at), (3, at)]
        assert sql(five, "SELECT thread_id, tag FROM tag ORDER BY thread_id") == [(1, "seen"), (3, "seen")]
        assert said(pilot)[-1].startswith("They go out ") and "in 2 threads" in said(pilot)[-1]
        await press(pilot, "z")
        assert not sent(five) and not sql(five, "SELECT * FROM tag")


async def test_feedback_is_answered_the_same_way(five: Stage) -> None:
    feedback = five.services.feedback
    assert feedback is not None
    await feedback.mark([1, 2, 3], "maps")
    async with five.open(notices=True) as pilot:
        await press(pilot, "F", "a", *"there", "enter")
        pilot.app.screen.query_one(TextArea).text = "About {title}: {answer}"
        await press(pilot, "ctrl+s", "ctrl+s")
        assert sorted(sent(five)) == [("About One: there",), ("About Three: there",)]
        assert "1 of 1 ·" in text_of(pilot) and written(pilot) == "About Two @everyone: there"
        assert (await feedback.themes())[0].open == 1
        pilot.app.screen.query_one(TextArea).text = "About Two: there"
        await press(pilot, "ctrl+s")
        assert sent(five)[-1] == ("About Two: there",) and (await feedback.themes())[0].open == 0
        assert said(pilot)[-1] == "Replies: 2 together, 1 one by one; z takes the last back."
