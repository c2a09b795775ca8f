"""Many rows at once: ranges, all of a filter, questions before more than twenty, one undo for all."""

from __future__ import annotations

from time import perf_counter
from typing import Any

import pytest
from textual.pilot import Pilot

from cm_console import keys
from cm_console.model.inbox import Priority, Then, View
from cm_console.widgets.rows import RowList
from tests.screens.cases import case, rules
from tests.screens.stage import Stage, press, said, strike, text_of
from tests.screens.test_inbox import rows, screen, sql
from tests.screens.test_members import peopled


def chosen(pilot: Pilot[None]) -> list[str]:
    return sorted(row.title for row in screen(pilot).list.marks.values())


async def test_a_range_grows_and_shrinks_with_the_cursor(stage: Stage) -> None:
    stage.threads(6)
    async with stage.open() as pilot:
        await press(pilot, "space", "j", "V", "j", "j")
        assert chosen(pilot) == [f"Question 00{n}" for n in (0, 2, 3, 4)] and "range, 4 selected" in text_of(pilot)
        await press(pilot, "k")
        assert chosen(pilot) == [f"Question 00{n}" for n in (0, 2, 3)]
        await press(pilot, "V", "j", "j")
        assert chosen(pilot) == [f"Question 00{n}" for n in (0, 2, 3)] and "range" not in text_of(pilot).lower()[:200]
        await press(pilot, "V", "k", "k", "k", "k")
        assert len(chosen(pilot)) == 6
        await press(pilot, "escape", "k")
        assert chosen(pilot) == []


async def test_a_range_holds_what_a_jump_passes_over(stage: Stage) -> None:
    stage.threads(900)
    async with stage.open("80x24") as pilot:
        await press(pilot, "j", "V", "G", "k")
        await screen(pilot).list.settled()
        assert chosen(pilot) == [f"Question {n:03}" for n in range(1, 899)]
        await press(pilot, "escape", "V", "g", "g")
        await screen(pilot).list.settled()
        assert chosen(pilot) == [f"Question {n:03}" for n in range(899)]


async def test_a_range_holds_what_a_jump_passes_over_where_the_newest_are_first(stage: Stage) -> None:
    stage.threads(700)
    async with stage.open("80x24") as pilot:
        await press(pilot, "shift+tab", "V", "G")
        await screen(pilot).list.settled()
        assert screen(pilot).view is View.ALL and len(chosen(pilot)) == 700


async def test_all_of_a_filter_are_selected_and_done_with_one_question_and_one_undo(stage: Stage) -> None:
    stage.threads(100)
    for number in range(90):
        stage.thread(f"Other {number}")
    async with stage.open("80x24") as pilot:
        await press(pilot, *"/question", "enter", "*")
        assert chosen(pilot) == [f"Question {n:03}" for n in range(100)]
        assert "100 selected" in text_of(pilot)
        await press(pilot, "e")
        assert "End 100 inquiries?" in text_of(pilot)
        await press(pilot, "enter")
        assert len(await stage.services.inbox.page(View.DONE, limit=500)) == 0, "no is the default"
        assert len(chosen(pilot)) == 100
        await press(pilot, "e", "y")
        assert len(await stage.services.inbox.page(View.DONE, limit=500)) == 100
        await press(pilot, "z")
        assert await stage.services.inbox.page(View.DONE, limit=500) == []
        assert said(pilot)[-2:] == ["Done: 100.", "Taken back: done of 100."]


async def test_all_again_selects_none(stage: Stage) -> None:
    stage.threads(3)
    async with stage.open() as pilot:
        await press(pilot, "*")
        assert len(chosen(pilot)) == 3
        await press(pilot, "*")
        assert chosen(pilot) == []


async def test_a_selection_outlives_a_sync(stage: Stage) -> None:
    stage.threads(5)
    async with stage.open() as pilot:
        await press(pilot, "j", "V", "j")
        stage.thread("Came meanwhile, due first", hours_ago=300)
        stage.services.changes.add(("inbox",))
        await press(pilot, "j")
        assert chosen(pilot) == [f"Question 00{n}" for n in (1, 2, 3)]


async def test_every_decision_on_more_than_twenty_asks_and_is_one_undo(stage: Stage) -> None:
    stage.threads(21)
    async with stage.open() as pilot:
        for keys in (("a", "1"), ("l", *"one two", "enter"), ("p", "h"), ("b", "r"), ("!", *"spam", "enter")):
            await press(pilot, "*", *keys)
            assert "21 inquiries?" in text_of(pilot), keys
            await press(pilot, "y")
            assert sql(stage, "SELECT count(*) FROM journal WHERE undoes IS NULL") == [(21,)], keys
            await press(pilot, "z")
            assert said(pilot)[-1].endswith("of 21."), keys
            stage.store._run(lambda conn: conn.execute("DELETE FROM journal"), True)
        assert sql(stage, "SELECT count(*) FROM tag") == [(0,)]
        assert sql(stage, "SELECT count(*) FROM thread WHERE status + priority + (assignee IS NOT NULL) > 0") == [(0,)]


async def test_a_thousand_rows_freeze_no_key(stage: Stage) -> None:
    stage.threads(1000)
    async with stage.open("80x24") as pilot:
        await press(pilot, "*", "p", "h")
        strike(pilot, "y")
        waited = 0.0
        while not await rows(stage) or sql(stage, "SELECT count(*) FROM thread WHERE priority = 3") == [(0,)]:
            before = perf_counter()
            await pilot.pause(0.001)
            waited = max(waited, perf_counter() - before)
        assert waited < 0.5, f"a key would have waited {waited:.3f} s"


async def test_removing_more_than_twenty_cases_wants_the_number_typed(stage: Stage) -> None:
    rules(stage)
    for number in range(21):
        case(stage, f"spam {number}")
    async with stage.open() as pilot:
        await press(pilot, "2", "*", "s", *"20", "enter")
        assert sql(stage, "SELECT count(*) FROM action") == [(0,)]
        await press(pilot, "s", *"21", "enter")
        assert sql(stage, "SELECT count(*) FROM action") == [(21,)]


WALK = {
    "inbox": "1", "moderation": "2", "calendar": "3", "metrics": "4", "members": "5", "outbox": "O", "search": "ctrl+f",
    "similar": "s", "answerers": "W", "person": "w", "feedback": "F", "engage": "E",
}  # fmt: skip
"""How each screen with a list is reached from the inbox."""


async def every_list(stage: Stage) -> None:
    """Two rows or more on each screen whose commands act on several."""
    rules(stage)
    stage.threads(3)
    for number in range(3):
        case(stage, f"spam {number}", author=f"eve{number}")
    await peopled(stage)
    for thread in (1, 2, 3):
        await stage.services.inbox.reply(thread, "an answer", then=Then.KEEP)


def of(pilot: Pilot[None]) -> RowList[Any]:
    return pilot.app.screen.query_one("#list", RowList)


def test_every_screen_with_a_list_is_walked() -> None:
    assert set(WALK) == {scope for scope, scopes in keys.SCOPES.items() if "list" in scopes}


@pytest.mark.parametrize("scope", WALK)
async def test_rows_are_selected_alike_in_every_list_whose_commands_take_several(stage: Stage, scope: str) -> None:
    await every_list(stage)
    if scope in ("calendar", "metrics"):  # a stage has neither: the keys are not even there
        assert "many" not in keys.SCOPES[scope]
        return
    async with stage.open() as pilot:
        await press(pilot, "1", WALK[scope])
        shown = of(pilot)
        pilot.app.screen.set_focus(shown)
        if "many" not in keys.SCOPES[scope]:
            await press(pilot, "space", "V", "*", "_")
            assert not shown.marks, "what no command would take is not selected"
            return
        total = shown.pager.total or len(shown.pager.window.rows)
        assert total > 1, scope
        await press(pilot, "space")
        assert len(shown.marks) == 1 and "1 selected" in shown.place_words()
        await press(pilot, "_")
        assert len(shown.marks) == total - 1 and f"{total - 1} selected" in shown.place_words()
        first = shown.pager.window.rows[0].id
        assert first not in shown.marks
        stage.services.changes.add(("inbox", "moderation", "members", "outbox", "engage"))
        await press(pilot, "up")
        assert len(shown.marks) == total - 1 and first not in shown.marks, "a refresh keeps the selection"
        await press(pilot, "*")
        assert len(shown.marks) == total
        await press(pilot, "_")
        assert not shown.marks
        await press(pilot, "g", "g", "V", "G")
        assert len(shown.marks) == total and "range" in shown.place_words()
        await press(pilot, "escape")
        assert not shown.marks, "esc lets go"
        await press(pilot, "*", "]" if scope != "moderation" else "tab")
        assert not of(pilot).marks
        assert said(pilot)[-1] == f"{total} selected before are let go: this is another list."


async def test_what_is_selected_is_as_it_is_now(stage: Stage) -> None:
    stage.threads(3)
    async with stage.open() as pilot:
        await press(pilot, "*")
        await stage.services.inbox.prioritise([1, 2, 3], Priority.HIGH)
        stage.services.changes.add(("inbox",))
        await press(pilot, "down")
        assert {row.priority for row in screen(pilot).list.marks.values()} == {Priority.HIGH}


async def test_the_others_of_a_filter_are_those_never_shown_too(stage: Stage) -> None:
    stage.threads(700)
    stage.thread("Something else")
    async with stage.open("80x24") as pilot:
        await press(pilot, *"/question", "enter", "space", "space", "_")
        assert chosen(pilot) == [f"Question {n:03}" for n in range(2, 700)]
