"""The inbox by keys: views chosen and saved, due dates, snoozes, clocks in words."""

from __future__ import annotations

from dataclasses import replace

import pytest
from textual.pilot import Pilot

from cm_console.model.business_hours import WEEK, BusinessHours
from cm_console.model.clocks import Policy
from cm_console.model.inbox import Filter, View
from cm_console.model.time import HOUR, iso
from cm_console.model.triage import Triage
from cm_console.services.clocks import ClocksService
from cm_console.services.saved_views import SavedViewsService
from cm_console.store import saved_views, settled
from tests.screens.stage import ZONE, Stage, press, said, text_of
from tests.screens.test_inbox import screen, sql


def promise(stage: Stage, *policies: Policy) -> None:
    """Policies that hold from the beginning of time."""
    triage = Triage(policies=policies)

    def change(conn: object) -> None:
        conn.execute("INSERT INTO meta VALUES(?, ?)", (settled.SEEN, '{"Support": 0}'))  # type: ignore[attr-defined]  # a connection
        settled.settle(conn, triage, stage.clock.now())  # type: ignore[arg-type]  # the same

    stage.store._run(change, True)
    service = ClocksService(stage.services.inbox._desk, triage, BusinessHours(ZONE, WEEK))
    stage.services = replace(stage.services, clocks=service)


async def test_choosing_saving_and_removing_a_view(stage: Stage) -> None:
    stage.threads(3)
    async with stage.open("120x40", notices=True) as pilot:
        await press(pilot, "\\")
        assert "Mentions" in text_of(pilot) and "save what is shown" in text_of(pilot)
        await press(pilot, "6")
        assert screen(pilot).view is View.UNANSWERED
        assert "╭─ Unanswered ─" in text_of(pilot)
        await press(pilot, "/", *"002", "enter", "\\", "+", *"two", "enter")
        assert said(pilot)[-1] == "Saved as “two”."
        assert "╭─ two ─" in text_of(pilot) and "“002”" in text_of(pilot)
        assert sql(stage, "SELECT * FROM saved_view") == [("two", "unanswered", "002")]
        await press(pilot, "]")
        assert screen(pilot).view is View.NEEDS_REPLY and screen(pilot).saved is None
        await press(pilot, "[")
        assert [row.title for row in screen(pilot).list.pager.window.rows] == ["Question 002"]
        await press(pilot, "\\", "a")
        assert "two ─" in text_of(pilot)
        await press(pilot, "\\", "=", "enter", "-")
        assert said(pilot)[-1] == "Removed “two”." and screen(pilot).view is View.NEEDS_REPLY
        assert sql(stage, "SELECT * FROM saved_view") == []
        await press(pilot, "z", "\\")
        assert "two: unanswered 002" in text_of(pilot)


async def keep(stage: Stage, *names: str) -> None:
    assert stage.services.saved_views is not None
    for name in names:
        await stage.services.saved_views.save(name, View.ALL, Filter(words=name))


def chosen(pilot: Pilot[None]) -> str:
    saved = screen(pilot).saved
    return saved.name if saved else ""


def kept(stage: Stage) -> list[str]:
    return [view.name for view in stage.store.read_now(saved_views.all_saved)]


@pytest.mark.parametrize("size", ["80x24", "120x40"])
async def test_every_saved_view_is_reached_however_many_there_are(stage: Stage, size: str) -> None:
    await keep(stage, *(f"view {n:02}" for n in range(30)))
    async with stage.open(size) as pilot:
        await press(pilot, "\\")
        assert "find one of 30 saved views" in text_of(pilot) and "rename, move or remove" in text_of(pilot)
        await press(pilot, "/")
        assert "view 09" in text_of(pilot) and "view 10" not in text_of(pilot)
        await press(pilot, *["down"] * 29)
        assert "view 29" in text_of(pilot) and "view 19" not in text_of(pilot)
        await press(pilot, "enter")
        assert chosen(pilot) == "view 29"
        await press(pilot, "\\", "/", *"all 17", "enter")
        assert chosen(pilot) == "view 17"
        await press(pilot, "\\", "/", *"nothing", "enter", "escape")
        assert chosen(pilot) == "view 17"


async def test_a_view_is_renamed_and_moved_and_each_is_one_undo(stage: Stage) -> None:
    await keep(stage, "one", "three", "two")
    async with stage.open("80x24", notices=True) as pilot:
        await press(pilot, "\\", "b")
        await press(pilot, "\\", "=", *"three", "enter", "r", *["backspace"] * 5, *"drei", "enter")
        assert kept(stage) == ["drei", "one", "two"] and said(pilot)[-1] == "Renamed to “drei”."
        assert "╭─ drei ─" in text_of(pilot), "it is the one that is shown"
        await press(pilot, "\\", "=", *"drei", "enter", "m", "2", "enter")
        assert kept(stage) == ["one", "drei", "two"] and said(pilot)[-1] == "“drei” is on place 2."
        await press(pilot, "\\", "=", *"drei", "enter", "r", *["backspace"] * 4, *"a", "enter")
        assert kept(stage) == ["one", "a", "two"], "a new name keeps its place"
        await press(pilot, "\\", "=", "enter", "m", "x", "enter")
        assert said(pilot)[-1] == "“x” is no place: a number from 1 to 3."
        await press(pilot, "\\", "=", "enter", "r", *["backspace"] * 3, "a", "enter")
        assert said(pilot)[-1] == "there is a view 'a' already"
        await press(pilot, "z", "z", "z")
        assert kept(stage) == ["one", "three", "two"]
        assert sql(stage, "SELECT * FROM view_place") == []


async def test_saving_under_a_name_that_is_taken_asks(stage: Stage) -> None:
    await keep(stage, "one")
    async with stage.open("80x24") as pilot:
        await press(pilot, "\\", "+", *"one", "enter")
        assert "Write over it?" in text_of(pilot)
        await press(pilot, "enter")
        assert sql(stage, "SELECT base FROM saved_view") == [("all",)]
        await press(pilot, "\\", "+", *"one", "enter", "y")
        assert sql(stage, "SELECT base FROM saved_view") == [("needs-reply",)]


async def test_the_filter_line_takes_more_than_words(stage: Stage) -> None:
    stage.threads(3)
    async with stage.open("80x24") as pilot:
        await press(pilot, "l", *"bug", "enter", "/")
        assert "older:3d" in text_of(pilot)
        await press(pilot, *"tag:bug", "enter")
        assert [row.title for row in screen(pilot).list.pager.window.rows] == ["Question 000"]
        await press(pilot, "escape", "/", *"older:9d", "enter")
        assert "Nothing here has “older:9d”." in text_of(pilot)


async def test_without_and_what_is_no_filter(stage: Stage) -> None:
    stage.threads(3)
    await stage.services.inbox.assign([1], "ann")
    async with stage.open("80x24") as pilot:
        await press(pilot, "/", *"-001 -assignee:me", "enter")
        assert [row.title for row in screen(pilot).list.pager.window.rows] == ["Question 002"]
        await press(pilot, "escape", "/", *"older:soon", "enter")
        assert "older: wants an age: 30m, 12h, 3d or 2w" in text_of(pilot)


async def test_a_due_date_by_hand(stage: Stage) -> None:
    stage.threads(2)
    async with stage.open("120x40", notices=True) as pilot:
        await press(pilot, "j", "c", *"30m", "enter")
        assert said(pilot)[-1] == "Due date set."
        assert [row.title for row in screen(pilot).list.pager.window.rows] == ["Question 001", "Question 000"]
        assert "29m left" in text_of(pilot) or "30m left" in text_of(pilot)
        assert "by hand: 30 m 0 s left" in text_of(pilot)
        await press(pilot, "c", "x", "enter")
        assert "is no time" in text_of(pilot)
        await press(pilot, "backspace", "enter")
        assert sql(stage, "SELECT due_by FROM thread") == [(None,), (None,)]


@pytest.mark.parametrize(
    ("keys", "until"),
    [
        (("m",), "2026-11-23T09:00:00Z"),
        (("u", *"26 Nov 14:00", "enter"), "2026-11-26T14:00:00Z"),
        (("n",), "9999-12-31T23:59:58Z"),
        (("r",), "9999-12-31T23:59:59Z"),
    ],
)
async def test_snoozes(stage: Stage, keys: tuple[str, ...], until: str) -> None:
    stage.threads(1)
    async with stage.open("80x24") as pilot:
        await press(pilot, "b", *("space" if key == " " else key for key in keys))
        assert [iso(at) for (at,) in sql(stage, "SELECT snoozed_until FROM thread")] == [until]


@pytest.mark.parametrize(
    ("hours_ago", "cell", "words"),
    [
        (1, "3h left", "first reply: 3 h 0 m 0 s left"),
        (3.5, "30m risk", "first reply: at risk, 30 m 0 s left"),
        (6, "2h late", "first reply: late by 2 h 0 m 0 s"),
    ],
)
async def test_a_clock_in_words(stage: Stage, hours_ago: float, cell: str, words: str) -> None:
    promise(stage, Policy("Support", first=4 * HOUR))
    stage.thread("Help", hours_ago=hours_ago)
    async with stage.open("120x40") as pilot:
        shown = text_of(pilot)
        assert cell in shown and words in shown and "a newcomer's first post · nobody has answered" in shown
        assert "runs" in shown, "why it is there names the clock"


async def test_another_view_while_reading_shows_its_list(stage: Stage) -> None:
    stage.thread("How do I fold it?", "It will not fold")
    async with stage.open("80x24") as pilot:
        await press(pilot, "enter")
        assert "It will not fold" in text_of(pilot)
        await press(pilot, "tab")
        shown = text_of(pilot)
        assert "Nothing" in shown and "all sources" in shown and "It will not fold" not in shown
        await press(pilot, "[")
        assert "How do I fold it?" in text_of(pilot) and "It will not fold" not in text_of(pilot)


@pytest.mark.parametrize(
    ("words", "told"),
    [("assignee:nobdy", "nobody of the team is called nobdy"), ("source:nope", "there is no source 'nope'")],
)
async def test_whoever_filters_by_what_is_not_there_is_told(stage: Stage, words: str, told: str) -> None:
    """An empty list would look as if there were no work."""
    stage.threads(2)
    desk = replace(stage.services.inbox._desk, team=("ann", "bob"))
    stage.services = replace(stage.services, saved_views=SavedViewsService(desk))
    async with stage.open() as pilot:
        await press(pilot, "slash", *words)
        assert told in text_of(pilot)
