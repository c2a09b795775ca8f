"""Leaving the console: the engine ends first, the database last, so that what still closes can read and keep words."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from pathlib import Path

import pytest

from cm_console.app import ConsoleApp
from cm_console.cli import start
from cm_console.model.inbox import View
from tests.screens.stage import make_stage, press
from tests.worlds import Lab


async def test_a_screen_that_closes_while_the_engine_has_ended_still_reads_and_writes(lab: Lab) -> None:
    """A signal right after the first frame ended the console with a report: RuntimeError, the database was closed."""
    console = lab.console()
    app = ConsoleApp(start.services_of(console, {}), reports=lab.home.root)
    engine = asyncio.create_task(start._engine(app, console))
    while not console.engines:  # noqa: ASYNC110 - it sets nothing when it has started
        await asyncio.sleep(0.001)
    engine.cancel()
    with suppress(asyncio.CancelledError):
        await engine
    assert not console.engines
    assert await console.inbox.count(View.ALL) == 0
    await console.inbox.save_draft("note:1", "half a sent")
    assert await console.inbox.draft("note:1") == "half a sent"


@pytest.mark.parametrize("fault", [None, RuntimeError("no terminal")])
def test_the_database_is_closed_at_last_whatever_happens(
    lab: Lab, monkeypatch: pytest.MonkeyPatch, fault: Exception | None
) -> None:
    console = lab.console()

    def run(app: ConsoleApp) -> None:
        if fault is not None:
            raise fault

    monkeypatch.setattr(ConsoleApp, "run", run)
    if fault is None:
        assert start.run_app(console, {}) == start.DONE
    else:
        with pytest.raises(RuntimeError):
            start.run_app(console, {})
    with pytest.raises(RuntimeError, match="shutdown"):
        asyncio.run(console.store.read(lambda conn: None))


async def test_the_last_words_are_kept_when_the_console_is_told_to_end(tmp_path: Path) -> None:
    """A terminal that is closed ends it between two pauses of who writes."""
    stage = make_stage(tmp_path)
    stage.thread("How to oil a chain?", "How?")
    async with stage.open() as pilot:
        await press(pilot, "r", *"Drip it")
        assert isinstance(pilot.app, ConsoleApp)
        await pilot.app.leave()
    assert await stage.services.inbox.draft("reply:1") == "Drip it"
    stage.store.close()
