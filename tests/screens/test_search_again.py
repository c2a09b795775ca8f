"""Whoever opened a hit of the search finds the others where they were."""

from __future__ import annotations

from textual.pilot import Pilot
from textual.widgets import Input

from cm_console.screens.search import SearchScreen
from tests.screens.stage import Stage, press, text_of


def found(pilot: Pilot[None]) -> tuple[str, str]:
    """The words in the field, and the title of the hit under the cursor."""
    screen = pilot.app.screen
    assert isinstance(screen, SearchScreen)
    current = screen.list.current
    return screen.query_one(Input).value, str(current.found.title) if current else ""


async def test_the_search_stands_on_the_hit_that_was_opened(stage: Stage) -> None:
    for n in range(200):
        stage.thread(f"Question {n:03}", "my chain squeaks", hours_ago=20 - n * 0.01)
    async with stage.open() as pilot:
        await press(pilot, "ctrl+f", *"squeaks", *["down"] * 150)
        before = found(pilot)
        assert before == ("squeaks", "Question 049")
        await press(pilot, "enter", "escape")
        assert "Question 049" in text_of(pilot)
        await press(pilot, "ctrl+f")
        assert found(pilot) == before
        await press(pilot, "down")
        assert found(pilot)[1] == "Question 048"


async def test_other_words_take_their_place_and_escape_forgets_them(stage: Stage) -> None:
    stage.thread("Saddle", "my saddle squeaks")
    stage.thread("Brakes", "my brakes squeal")
    async with stage.open() as pilot:
        await press(pilot, "ctrl+f", *"squeaks", "enter", "ctrl+f", *"brakes")
        assert found(pilot) == ("brakes", "Brakes")
        await press(pilot, "escape", "ctrl+f")
        assert found(pilot) == ("", "")
