"""From a screen to one item of another: the mode is opened, and stands on the item before the next key counts."""

from __future__ import annotations

from asyncio import Event
from typing import Any

from textual.app import App

PLACES = {"thread": ("inbox", "go_to"), "case": ("moderation", "go_to"), "entry": ("calendar", "go_to_entry")}
"""Where an item is worked on: the mode, and what takes its id there."""


async def go_to(app: App[Any], item: str, id: int | str, *within: int) -> None:
    """Open the screen a thread, case or entry is worked on, and stand there on it, or `within` it on a post."""
    mode, method = PLACES[item]
    await app.run_action(f"app.go('{mode}')")
    screen, there = app.screen, Event()
    screen.call_later(there.set)
    await there.wait()
    await getattr(screen, method)(id, *within)
