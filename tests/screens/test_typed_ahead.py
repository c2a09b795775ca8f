"""Whatever is typed in one go arrives in order, in the prompt it was meant for, and nothing of it is lost."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any, cast

import pytest
from textual.command import Hits
from textual.pilot import Pilot

from cm_console.app import ConsoleApp
from cm_console.cli.demo import open_demo
from cm_console.model.templates import Macro, SavedReply
from cm_console.screens.dialogs import Ask
from cm_console.screens.mode import ModeScreen
from cm_console.screens.palette import KeyCommands
from cm_console.screens.typed_ahead import Hold
from cm_console.services.writing import WritingService
from cm_console.store.sqlite import connect
from tests.safety.terminal import Terminal
from tests.screens.stage import Shelf, Stage, make_stage, press, said, strike, text_of

SPLITS = range(6)
"""Seeds: where a burst pauses, and for how long."""
REPLIES = (SavedReply("order", "Your order", "Order {order} of {member} is sent."),)
MACROS = (Macro("ship", "s", "Say it is sent", "order"),)


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    """Questions, a saved reply with a gap, and a macro that sends it."""
    made = make_stage(tmp_path)
    made.threads(4)
    shelf = Shelf(REPLIES, MACROS)
    writing = WritingService(made.services.inbox._desk, shelf, "Bikes Meta", ("ann", "bob"))
    made.services = replace(made.services, writing=writing)
    yield made
    made.store.close()


async def burst(pilot: Pilot[None], seed: int, *parts: str | tuple[str, ...]) -> None:
    """Type all of it: a tuple of keys, or words letter by letter; now and then the console gets some turns between."""
    random = Random(seed)
    for part in parts:
        for key in part:
            strike(pilot, "space" if key == " " else key)
            if seed and random.random() < 0.2:
                for _ in range(random.choice((1, 3, 10, 40))):
                    await asyncio.sleep(0)
    await press(pilot)


def kept(stage: Stage, query: str) -> list[tuple[Any, ...]]:
    """What stands in the store."""
    return stage.store.read_now(lambda conn: conn.execute(query).fetchall())


def sent(stage: Stage) -> list[str]:
    """Texts on their way."""
    return [text for (text,) in kept(stage, "SELECT payload ->> 'text' FROM action ORDER BY seq")]


def ops(stage: Stage) -> int:
    """How many things were decided."""
    return int(kept(stage, "SELECT count(DISTINCT id) FROM journal")[0][0])


@pytest.mark.parametrize("seed", SPLITS)
async def test_a_chooser_a_line_and_the_next_command(stage: Stage, seed: int) -> None:
    async with stage.open() as pilot:
        await press(pilot, "w")
        await burst(
            pilot, seed, "ttwrite to them", ("enter",), "cccalled: not at home", ("enter",), "lvip e z", ("enter",)
        )
        assert kept(stage, "SELECT body FROM follow_up") == [("write to them",)], text_of(pilot)
        assert kept(stage, "SELECT body FROM contact") == [("called: not at home",)]
        assert all(f"#{tag}" in text_of(pilot) for tag in ("vip", "e", "z"))


@pytest.mark.parametrize("seed", SPLITS)
async def test_a_chooser_a_line_a_composer_and_what_is_decided_of_the_next_row(stage: Stage, seed: int) -> None:
    async with stage.open(notices=True) as pilot:
        await burst(pilot, seed, "bd3", ("enter",), "rzeal: e is done", ("ctrl+d",), "e")
        assert sent(stage) == ["zeal: e is done"] and ops(stage) == 3, (said(pilot), text_of(pilot))
        left = await stage.services.inbox.page(pilot.app.screen.view)  # type: ignore[attr-defined]  # the inbox
        assert [row.title for row in left] == ["Question 003"]


@pytest.mark.parametrize("seed", SPLITS)
async def test_a_search_a_line_and_the_composer_they_fill(stage: Stage, seed: int) -> None:
    async with stage.open() as pilot:
        await burst(
            pilot, seed, ("semicolon",), "order", ("enter",), "e 17 r", ("enter",), " Until then.", ("ctrl+s",), "e"
        )
        assert sent(stage) == ["Order e 17 r of mia is sent. Until then."] and ops(stage) == 2, text_of(pilot)


@pytest.mark.parametrize("seed", SPLITS)
async def test_a_macro_and_the_composer_it_asks_in(stage: Stage, seed: int) -> None:
    async with stage.open() as pilot:
        await burst(pilot, seed, "ms17", ("enter",), " See you.", ("backspace",), "! e")
        assert text_of(pilot).count("is sent. See you! e") == 1, text_of(pilot)
        assert not sent(stage)


@pytest.mark.parametrize("seed", SPLITS)
async def test_the_palette_and_what_the_command_asks(stage: Stage, seed: int) -> None:
    async with stage.open() as pilot:
        words = "nothing is left"
        await burst(
            pilot,
            seed,
            ("ctrl+p",),
            words,
            ("enter",),
            "re done",
            ("ctrl+s",),
            ("ctrl+p",),
            "private note",
            ("enter",),
            "e z",
            ("ctrl+s",),
        )
        assert sent(stage) == ["e done"] and ops(stage) == 3, text_of(pilot)
        assert kept(stage, "SELECT body FROM note") == [("e z",)]


class SlowCommands(KeyCommands):
    """Finds what it finds some turns later."""

    async def search(self, query: str) -> Hits:
        """See Provider."""
        for _ in range(500):
            await asyncio.sleep(0)
        async for hit in super().search(query):
            yield hit


async def test_enter_waits_for_what_the_palette_is_looking_for(stage: Stage) -> None:
    async with stage.open() as pilot:
        pilot.app.COMMANDS = {SlowCommands}  # type: ignore[misc]  # of this one app
        await burst(pilot, 0, ("ctrl+p",), "nothing is left", ("enter",), "re done", ("ctrl+s",))
        assert sent(stage) == ["e done"] and ops(stage) == 2, text_of(pilot)


async def test_keys_wait_from_the_moment_a_question_is_answered(stage: Stage) -> None:
    """Not only from when the command hears of it: whatever was pressed in between is for what it asks next."""
    async with stage.open() as pilot:
        await press(pilot, "l")
        cast(Ask, pilot.app.screen).answer("vip")
        assert cast(ConsoleApp, pilot.app).holding
        await burst(pilot, 0, "e")
        assert not cast(ConsoleApp, pilot.app).holding and ops(stage) == 2


async def test_a_question_that_never_comes_holds_nothing(stage: Stage) -> None:
    async with stage.open(notices=True) as pilot:
        inbox = cast(ModeScreen, pilot.app.screen)

        async def fails() -> str:
            raise ValueError("no question")

        inbox.perform(fails(), asks=True)
        await burst(pilot, 0, "e")
        assert ops(stage) == 1 and said(pilot) == ["no question", "Done."]


async def test_who_is_gone_holds_nothing(stage: Stage) -> None:
    """A command that ends with its screen may never have begun, and then never ends either."""
    async with stage.open() as pilot:
        await press(pilot, "w")
        Hold(pilot.app.screen).take()
        strike(pilot, "j")
        await pilot.pause()
        assert cast(ConsoleApp, pilot.app).holding
        pilot.app.pop_screen()
        await burst(pilot, 0, "e")
        assert ops(stage) == 1


def test_bursts_in_a_terminal(tmp_path: Path) -> None:
    """The whole way: what a terminal sends in one go, or in pieces while questions come and go."""
    assert open_demo(keep=tmp_path, opens=False) == 0
    random, rounds = Random(4), range(6)
    argv = [sys.executable, "-m", "cm_console", "--home", str(tmp_path)]
    with Terminal(argv, {"TEXTUAL_ANIMATIONS": "none", "COLUMNS": "120", "LINES": "40"}) as terminal:
        terminal.wait("1/40")
        terminal.press("5", "w")
        terminal.wait("c contact")
        for n in rounds:
            typed = f"ttwrite to them {n}\rnzeal: e is done {n}\rcccalled, not at home {n}\r"
            while typed:
                size = len(typed) if not n else random.randint(1, 25)
                terminal.press(typed[:size], quiet=random.choice((0, 0, 0.002, 0.02, 0.1)))
                typed = typed[size:]
        terminal.settle(1)
        terminal.press("ctrl+q")
        assert terminal.end() == 0
    for table, words in (
        ("follow_up", "write to them"),
        ("note", "zeal: e is done"),
        ("contact", "called, not at home"),
    ):
        conn = connect(tmp_path / "community.db")
        query = f"SELECT body FROM {table} WHERE author = 'robin' AND body GLOB '* [0-9]' ORDER BY at, body"
        bodies = [body for (body,) in conn.execute(query)]
        conn.close()
        assert bodies == [f"{words} {n}" for n in rounds]
