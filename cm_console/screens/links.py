"""The question before a link leaves the console: its real host first, then the whole address."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from typing import Any

from textual.app import App

from cm_console.model.text import clean_line
from cm_console.screens.dialogs import Choice, Choose
from cm_console.widgets.links import real_host


def has_browser() -> bool:
    """Whether a browser window can open here without taking over this terminal."""
    windows = any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY"))
    return windows if sys.platform.startswith("linux") else not os.environ.get("SSH_CONNECTION")


def ask_to_open(app: App[Any], url: str, open_it: Callable[[str], None]) -> None:
    """Open it, copy it, or go back, which is what enter does; other than web and mail addresses are refused."""

    def answered(answer: str | None) -> None:
        if answer == "open":
            open_it(url)
        elif answer == "copy":
            app.copy_to_clipboard(url)
            app.notify("Copied.", markup=False)

    host = real_host(url)
    if not host:
        app.notify("Only web and mail addresses are opened from here.", severity="warning", markup=False)
        return
    opening = [Choice("o", f"open {host} in the browser", "open")] if has_browser() else []
    choices = [Choice("n", "no, go back", ""), *opening, Choice("y", "copy the address", "copy")]
    app.push_screen(Choose("Open this link?", choices, words=f"{host}\n\n{clean_line(url, 400)}"), answered)
