"""Keys typed right after a form is closed or saved reach the question it asks, its fields, or what is below it."""

from __future__ import annotations

from typing import Any, cast

import pytest
from textual.screen import Screen
from textual.widgets import Input

from cm_console.app import ConsoleApp
from cm_console.model.handover import Parcel
from cm_console.screens.batch import BatchScreen, WriteText
from cm_console.screens.dialogs import Choose
from cm_console.screens.entry_forms import EntryForm
from cm_console.screens.handover import ParcelScreen
from cm_console.screens.mode import ModeScreen
from tests.screens.stage import Stage, idle, press, text_of
from tests.screens.test_calendar import entries, planned
from tests.screens.test_messaging import shown
from tests.screens.test_typed_ahead import SPLITS, burst

__all__ = ["planned"]
PARCEL = Parcel("infra", "forum", "Support", "Title", "Body")


def holding(app: ConsoleApp) -> bool:
    """Whether keys wait."""
    return app.holding


@pytest.mark.parametrize("seed", SPLITS)
async def test_no_to_closing_and_the_words_go_on(planned: Stage, seed: int) -> None:
    async with planned.open() as pilot:
        await press(pilot, "3")
        await burst(pilot, seed, ("c",), "You", ("escape",), "nyes, dear", ("escape",), "n.")
        assert isinstance(pilot.app.screen, EntryForm), text_of(pilot)
        assert pilot.app.screen.query_one("#title-field", Input).value == "Youyes, dear."


@pytest.mark.parametrize("seed", SPLITS)
async def test_yes_to_closing_and_the_next_keys_are_commands(planned: Stage, seed: int) -> None:
    async with planned.open() as pilot:
        await press(pilot, "3")
        await burst(pilot, seed, ("c",), "You", ("escape",), "yc", "Other", ("ctrl+s",))
        assert [entry.title for entry in await entries(planned)] == ["Other"], text_of(pilot)


@pytest.mark.parametrize("seed", SPLITS)
async def test_what_is_typed_after_saving_is_no_part_of_the_form(planned: Stage, seed: int) -> None:
    async with planned.open() as pilot:
        await press(pilot, "3")
        await burst(pilot, seed, ("c",), "One", ("ctrl+s",), "cTwo", ("ctrl+s",), "cThree", ("ctrl+s",))
        titles = sorted(entry.title for entry in await entries(planned))
        assert titles == ["One", "Three", "Two"], text_of(pilot)


@pytest.mark.parametrize("seed", SPLITS)
async def test_a_form_that_says_what_is_wrong_takes_the_next_words(planned: Stage, seed: int) -> None:
    async with planned.open() as pilot:
        await press(pilot, "3")
        await burst(pilot, seed, ("c", "ctrl+s"), "Late", ("ctrl+s",))
        assert [entry.title for entry in await entries(planned)] == ["Late"], text_of(pilot)


async def test_keys_wait_from_the_moment_it_is_closed_until_somebody_wants_them(planned: Stage) -> None:
    async with planned.open() as pilot:
        app = cast(ConsoleApp, pilot.app)
        await press(pilot, "3", "c", *"You")
        form = cast(EntryForm, app.screen)
        form.action_close()
        assert holding(app), "before the question is there"
        await idle(pilot)
        assert shown(pilot) is Choose and not holding(app)
        await press(pilot, "n")
        assert app.screen is form and not holding(app)
        form.dismiss(None)
        assert holding(app), "before whoever asked has heard of it"
        await idle(pilot)
        assert not holding(app)


@pytest.mark.parametrize("question", ["batch", "text", "parcel"])
async def test_keys_wait_after_the_other_screens_that_are_asked(planned: Stage, question: str) -> None:
    async with planned.open() as pilot:
        app = cast(ConsoleApp, pilot.app)
        screen = cast(ModeScreen, app.screen)
        parcel = ParcelScreen(PARCEL, private=False)
        asked: dict[str, Screen[Any]] = {"batch": BatchScreen("t", []), "text": WriteText("t", ""), "parcel": parcel}

        async def asks() -> str:
            await screen.ask(asked[question])
            return ""

        screen.perform(asks(), asks=True)
        await idle(pilot)
        assert app.screen is asked[question] and not holding(app)
        asked[question].dismiss(None)
        assert holding(app)
        await idle(pilot)
        assert not holding(app)
