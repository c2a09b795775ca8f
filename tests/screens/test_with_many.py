"""What holds however many there are: keys pressed fast, large selections, what is typed while a search runs."""

from __future__ import annotations

import pytest

from tests.screens.stage import Stage, idle, press, strike, text_of


@pytest.mark.parametrize("key", ["l", "f"])
@pytest.mark.parametrize("end", ["enter", "escape"])
async def test_a_key_pressed_twice_answers_a_question_once(stage: Stage, key: str, end: str) -> None:
    """The second press reached a question that was closing, and closed the screen below it too: the program ended."""
    stage.thread("How to oil a chain?", "How?")
    async with stage.open() as pilot:
        await press(pilot, key, "x")
        strike(pilot, end)
        strike(pilot, end)
        await idle(pilot)
        await press(pilot, "escape", "escape")
        assert pilot.app.is_running and "How to oil a chain?" in text_of(pilot)
