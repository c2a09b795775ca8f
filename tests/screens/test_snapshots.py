"""Every screen as a picture, at both sizes people use; the demo community at a fixed moment and seed."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from textual.pilot import Pilot

from cm_console.app import ConsoleApp
from cm_console.cli.start import services_of
from cm_console.config import Home, load
from cm_console.console import Console
from cm_console.demo import build
from cm_console.demo.setup import furnish
from cm_console.model.time import parse_iso
from cm_console.testing import FakeClock
from tests.screens.stage import press

MOMENT = parse_iso("2026-11-18T14:30:00Z")
SIZES = {"80x24": (80, 24), "120x40": (120, 40)}
WALKS = {
    "inbox": ["j"],
    "reading": ["j", "enter"],
    "reply": ["r"],
    "search": ["ctrl+f", "r", "a", "i", "n"],
    "moderation": ["2", "j"],
    "removing": ["2", "d"],
    "calendar": ["3"],
    "planned": ["3", "l", "l", "l", "l", "l"],
    "metrics": ["4"],
    "support": ["4", "tab"],
    "members": ["5"],
    "champions": ["5", "tab", "tab", "tab"],
    "engage": ["E"],
    "starters": ["E", "["],
    "handover": ["h", "a", "k", "n", "o", "w", "n", "?", "enter"],
    "outbox": ["O"],
    "help": ["?"],
}


@pytest.fixture(scope="module")
def furnished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo community in a folder."""
    root = tmp_path_factory.mktemp("demo")
    clock = FakeClock(MOMENT)
    asyncio.run(furnish(build(7, clock.now(), clock), Home(root), clock, 7))
    return root


@pytest.fixture
def app(furnished: Path, tmp_path: Path) -> Iterator[ConsoleApp]:
    """The real app on a copy of it, its engine not running."""
    home = Home(tmp_path / "home")
    shutil.copytree(furnished, home.root)
    console = Console.open(load(home.config), home, clock=FakeClock(MOMENT))
    yield ConsoleApp(services_of(console, {}), reports=home.root)
    console.store.close()


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("walk", WALKS)
def test_screen(walk: str, size: str, app: ConsoleApp, snap_compare: Callable[..., bool]) -> None:
    async def go(pilot: Pilot[None]) -> None:
        await pilot.pause()
        await press(pilot, *WALKS[walk])

    assert snap_compare(app, run_before=go, terminal_size=SIZES[size])
