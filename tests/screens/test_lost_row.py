"""A row leaves the list under the fingers, as a colleague took it: the key that was meant for it meets no other."""

from __future__ import annotations

import pytest
from textual.pilot import Pilot

from cm_console.screens.mode import ModeScreen
from cm_console.widgets.pager import Lost
from tests.screens.stage import Stage, idle, press, said


def lost(pilot: Pilot[None]) -> Lost:
    """The row that went from under the cursor."""
    assert isinstance(pilot.app.screen, ModeScreen)
    gone = pilot.app.screen.list.pager.lost
    assert gone is not None
    return gone


def went(pilot: Pilot[None], *, ago: float) -> None:
    """So many seconds before now; a negative number is far enough from any that a slow machine makes of it."""
    assert isinstance(pilot.app.screen, ModeScreen)
    pilot.app.screen.list.pager.lost = Lost(lost(pilot).row, lost(pilot).at - ago)


def status(stage: Stage, thread: int) -> int:
    found = stage.store._connection(True).execute("SELECT status FROM thread WHERE id = ?", (thread,)).fetchone()
    return int(found[0])


@pytest.mark.parametrize("keys", [("e",), ("space", "e"), ("a", "1"), ("r", "x", "escape")])
async def test_a_key_meant_for_it_does_nothing(stage: Stage, keys: tuple[str, ...]) -> None:
    stage.threads(3)
    async with stage.open() as pilot:
        await stage.services.inbox.done([1])
        await idle(pilot)
        went(pilot, ago=-60)
        await press(pilot, keys[0])
        assert status(stage, 2) == 0 and not pilot.app.screen.is_modal
        assert said(pilot) == [
            f"{'space' if keys[0] == 'space' else keys[0]} was not done: its row had just left the list."
        ]
        went(pilot, ago=120)
        await press(pilot, *keys)
        assert len(said(pilot)) == (1 if keys[0] == "r" else 2), "whoever has seen it presses again"


async def test_moving_and_looking_go_on(stage: Stage) -> None:
    stage.threads(3)
    async with stage.open() as pilot:
        await stage.services.inbox.done([1])
        await idle(pilot)
        went(pilot, ago=-60)
        await press(pilot, "j", "k", "slash", "e", "escape", "backslash", "escape", "question_mark", "escape")
        assert said(pilot) == []


async def test_what_one_puts_away_oneself_is_no_surprise(stage: Stage) -> None:
    """Three keys in one go are for three rows."""
    stage.threads(4)
    async with stage.open() as pilot:
        await press(pilot, "e", "e", "e")
        assert [status(stage, thread) for thread in (1, 2, 3, 4)] == [3, 3, 3, 0]
        await press(pilot, "z", "l", "x", "enter", "slash", *"-tag:x", "enter", "home")
        assert all("was not done" not in words for words in said(pilot))


async def test_selected_rows_are_what_one_means_wherever_the_cursor_is(stage: Stage) -> None:
    stage.threads(4)
    async with stage.open() as pilot:
        await press(pilot, "j", "j", "space", "home")
        await stage.services.inbox.done([1])
        await idle(pilot)
        went(pilot, ago=-60)
        await press(pilot, "e")
        assert status(stage, 3) == 3
