"""What the inbox says is true, whole and about what is there: menus, ages, filters, narrow terminals."""

from __future__ import annotations

import re

import pytest

from cm_console import keys
from cm_console.model.clocks import Policy
from cm_console.model.inbox import View
from cm_console.model.time import HOUR
from tests.screens.stage import Stage, press, said, text_of
from tests.screens.test_inbox import screen, sql
from tests.screens.test_inbox_views import promise


async def test_the_priority_menu_promises_no_time_where_a_clock_runs(stage: Stage) -> None:
    promise(stage, Policy("Support", first=4 * HOUR, source="forum"))
    stage.thread("Brakes squeal")
    async with stage.open("80x24") as pilot:
        await press(pilot, "p")
        shown = " ".join(text_of(pilot).replace("│", "").split())
        assert "answer within" not in shown and "urgent" in shown
        assert "When it is due stays as promised; of two due alike the more urgent comes first." in shown
        before = sql(stage, "SELECT due_at FROM thread")
        await press(pilot, "u")
        assert sql(stage, "SELECT due_at FROM thread") == before


async def test_without_a_clock_it_says_within_what_time(stage: Stage) -> None:
    stage.thread("Brakes squeal")
    stage.thread("Loose chain")
    async with stage.open("80x24") as pilot:
        await press(pilot, "p")
        assert "urgent: answer within 2h" in text_of(pilot) and "promised" not in text_of(pilot)
        await press(pilot, "escape", "c", *"3d", "enter", "*", "p")
        shown = " ".join(text_of(pilot).replace("│", "").split())
        assert "urgent: answer within 2h" in shown and "Where a time is promised already, it stays" in shown


async def test_newest_first_shows_how_old_it_is(stage: Stage) -> None:
    stage.thread("Brakes squeal", hours_ago=50)
    async with stage.open("80x24") as pilot:
        assert "late" in text_of(pilot)
        screen(pilot).show_view(View.ALL)
        await press(pilot)
        assert re.search(r"▌ +2d · +Brakes squeal", text_of(pilot))


async def test_a_source_that_is_not_there_is_said(stage: Stage) -> None:
    stage.threads(2)
    async with stage.open("80x24") as pilot:
        await press(pilot, "/", *"source:nope")
        shown = " ".join(text_of(pilot).replace("│", "").split())
        assert "there is no source 'nope'; there are: forum" in shown


@pytest.mark.parametrize(("words", "why"), [("older:qq", "older: wants an age"), ("source:nope", "no source 'nope'")])
async def test_a_filter_that_is_none_is_not_saved(stage: Stage, words: str, why: str) -> None:
    stage.threads(2)
    async with stage.open("80x24") as pilot:
        await press(pilot, "/", *words, "enter", "\\", "+", *"x", "enter")
        assert "not saved" in said(pilot)[-1] and why in said(pilot)[-1]
        assert sql(stage, "SELECT * FROM saved_view") == []


async def test_undoing_the_saving_of_a_view_leaves_it(stage: Stage) -> None:
    stage.threads(3)
    async with stage.open("80x24") as pilot:
        await press(pilot, "/", *"002", "enter", "\\", "+", *"two", "enter")
        assert "─ two ─" in text_of(pilot)
        await press(pilot, "z")
        assert said(pilot)[-1] == "Taken back: save view of “two”."
        assert screen(pilot).saved is None and "─ two ─" not in text_of(pilot) and "Needs reply" in text_of(pilot)


@pytest.mark.parametrize("width", [40, 60])
async def test_help_is_whole_in_narrow_terminals(stage: Stage, width: int) -> None:
    async with stage.open(f"{width}x400") as pilot:
        await press(pilot, "?")
        shown = " ".join(re.sub("[│╭╮╰╯─]", " ", text_of(pilot)).split())
        missing = [command.id for command in keys.commands("inbox") if command.help not in shown]
        assert missing == []


@pytest.mark.parametrize("size", ["40x24", "60x24", "80x24"])
async def test_drafts_and_posts_to_mark_say_where_they_are_cut(stage: Stage, size: str) -> None:
    words = "The rear brake squeals whenever it rains and I went over wet leaves again, honestly every single time"
    stage.thread("Brakes squeal", words, "More of it: " + words)
    await stage.services.inbox.save_draft("reply:1", words)
    async with stage.open(size) as pilot:
        await press(pilot, "D")
        assert re.search(r"1 Brakes squeal: The rear.*…", text_of(pilot)), text_of(pilot)
        await press(pilot, "escape", "f")
        assert re.search(r"mia: The rear.*…", text_of(pilot)), text_of(pilot)
