"""Long work over a screen: a bar with a count, and escape to stop it; other keys wait for what comes after."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from time import monotonic
from typing import Any, TypeVar

from textual import events
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen

from cm_console.model.work import Work
from cm_console.screens.mode import ModeScreen
from cm_console.widgets.lines import Line, one_line
from cm_console.widgets.toned import Toned

T = TypeVar("T")
WIDE = 24
"""Cells of the bar."""
AGAIN, AFTER = 0.2, 0.3
"""Seconds until it is painted again; until it is shown at all."""


class Bar(Toned):
    """How far it is: words, a bar and a count."""

    def __init__(self, work: Work) -> None:
        super().__init__()
        self.work = work

    def line(self, y: int) -> Line:
        """One line of words, one with the bar where there is something to count."""
        work = self.work
        if y == 0:
            return [(work.words or "Beginning", ""), (" · stopping" if work.stopped else " …", "dim")]
        if y > 1 or not work.total:
            return []
        full = min(WIDE, work.done * WIDE // work.total)
        return [("█" * full, "accent"), ("░" * (WIDE - full), "dim"), (f" {work.done:,} of {work.total:,}", "")]


class Working(ModalScreen[None]):
    """Stands over the screen while the work goes on."""

    DEFAULT_CLASSES = "dialog"

    def __init__(self, title: str, work: Work) -> None:
        super().__init__()
        self.heading, self.work = title, work
        self.since = monotonic()
        self.waiting: list[events.Key] = []

    def compose(self) -> ComposeResult:
        """A box with two lines."""
        with Vertical() as box:
            box.border_title = Content(one_line(self.heading))
            box.border_subtitle = Content("esc stops")
            yield Bar(self.work)

    def on_mount(self) -> None:
        """Painted anew while it goes on."""
        bar = self.query_one(Bar)
        bar.styles.height = 2
        self.set_interval(AGAIN, bar.refresh)

    def on_key(self, event: events.Key) -> None:
        """Escape stops at the next step; what was pressed before the bar was there, or is no escape, waits."""
        event.stop()
        if event.key == "escape" and event.time >= self.since:
            self.work.stop()
            self.query_one(Bar).refresh()
        else:
            self.waiting.append(event)


async def watched(
    screen: ModeScreen, title: str, deed: Callable[[Work], Coroutine[Any, Any, T]], *, typed_ahead: bool = False
) -> T:
    """Do long work, with its bar over the screen if it takes a moment; only within `perform`.

    Keys pressed meanwhile go nowhere. With `typed_ahead` they go to the screen once the command has ended, and the bar
    comes only once there is something to count. Raises what it raises, Stopped too.
    """
    work = Work()
    task = asyncio.create_task(deed(work))
    try:
        if not await _soon_over(task, work, counted=typed_ahead):
            bar = Working(title, work)
            await screen.app.push_screen(bar)
            screen.release()
            await asyncio.wait({task})
            if typed_ahead:
                screen.hold()
            await bar.dismiss()
            for key in bar.waiting if typed_ahead else ():
                again = events.Key(key.key, key.character)
                again.time = key.time
                screen.app.post_message(again)
        return await task
    finally:
        work.stop()
        task.cancel()


async def _soon_over(task: asyncio.Task[T], work: Work, *, counted: bool) -> bool:
    """Whether it is over before there is anything to show."""
    over, _ = await asyncio.wait({task}, timeout=AFTER)
    while not over and counted and not work.total:
        over, _ = await asyncio.wait({task}, timeout=AGAIN)
    return bool(over)
