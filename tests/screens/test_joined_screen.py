"""M in the inbox: duplicates become one row, are answered in one place or in each, and split again."""

from __future__ import annotations

from tests.screens.stage import Stage, press, said, text_of
from tests.screens.test_inbox import current, rows, screen, sql


def twice(stage: Stage) -> None:
    stage.thread("Brakes squeak", "They squeak since the rain.", hours_ago=5)
    stage.thread("Brakes squeak badly", "Same in the other place.", hours_ago=4)
    stage.thread("Other", author="leo", hours_ago=3)


async def test_a_suggestion_is_joined_read_and_split(stage: Stage) -> None:
    twice(stage)
    async with stage.open() as pilot:
        assert "perhaps the same: M joins" in text_of(pilot) and "same person, 1h apart" in text_of(pilot)
        await press(pilot, "M", "1")
        assert await rows(stage) == ["Brakes squeak", "Other"]
        shown = text_of(pilot)
        assert "⧉+1" in shown and "1 “Brakes squeak badly” forum · 1 posts" in shown and "1 Inbox 2" in shown
        await press(pilot, "M", "1")
        assert "Same in the other place." in text_of(pilot)
        await press(pilot, "escape", "M", "s")
        assert len(await rows(stage)) == 3 and "⧉" not in text_of(pilot)
        await press(pilot, "z", "z")
        assert said(pilot)[-2:] == ["Taken back: split of “Brakes squeak”.", "Taken back: merge of “Brakes squeak”."]


async def test_the_cursor_goes_to_the_inquiry_that_was_made(stage: Stage) -> None:
    twice(stage)
    async with stage.open() as pilot:
        stage.thread("Last", author="leo", hours_ago=2)
        await press(pilot, "R", "j", "space", "space", "M", "1")
        assert await rows(stage) == ["Brakes squeak", "Brakes squeak badly", "Last"]
        assert current(pilot) == "Brakes squeak badly"
        await press(pilot, "M")
        assert "split: each for itself again" in text_of(pilot)


async def test_a_reply_goes_to_each_of_them_when_one_says_so(stage: Stage) -> None:
    twice(stage)
    async with stage.open() as pilot:
        await press(pilot, "space", "space", "M", "1", "g", "g", "r", *"Oil them.", "ctrl+s", "e")
        assert sql(stage, "SELECT thread_id FROM action ORDER BY seq") == [(1,), (2,)]
        assert sql(stage, "SELECT status FROM thread ORDER BY id") == [(1,), (1,), (0,)]
        await press(pilot, "z")
        assert sql(stage, "SELECT DISTINCT state FROM action") == [("cancelled",)]
        assert sql(stage, "SELECT DISTINCT status FROM thread") == [(0,)]


async def test_a_reply_goes_to_the_leading_thread_alone(stage: Stage) -> None:
    twice(stage)
    async with stage.open() as pilot:
        await press(pilot, "space", "space", "M", "2", "g", "g", "r", *"Oil them.", "ctrl+d", "1")
        assert sql(stage, "SELECT thread_id FROM action") == [(2,)]
        assert sql(stage, "SELECT status FROM thread ORDER BY id") == [(3,), (3,), (0,)]


async def test_going_to_a_joined_thread_shows_the_one_that_leads(stage: Stage) -> None:
    twice(stage)
    async with stage.open() as pilot:
        await press(pilot, "M", "1", "j")
        await screen(pilot).go_to(2)
        assert current(pilot) == "Brakes squeak"


async def test_any_of_many_leads_is_read_and_taken_out(stage: Stage) -> None:
    stage.threads(15)
    async with stage.open("80x24") as pilot:
        await press(pilot, "*", "M")
        assert "Merge 15: which leads?" in text_of(pilot)
        await press(pilot, *"014", "enter")
        assert sql(stage, "SELECT id FROM thread WHERE lead_id IS NULL") == [(15,)]
        await press(pilot, "M", *"read 013", "enter")
        assert "Question 013" in text_of(pilot)
        await press(pilot, "escape", "M", *"take 012", "enter")
        assert sql(stage, "SELECT id FROM thread WHERE lead_id IS NULL") == [(13,), (15,)]
        await press(pilot, "g", "g", "M", *"split", "enter")
        assert sql(stage, "SELECT count(*) FROM thread WHERE lead_id IS NULL") == [(15,)]
