"""The question before a link leaves the console: its real host first, then the whole address."""

from __future__ import annotations

import os
import sys

from cm_console.model.text import clean_line
from cm_console.screens.dialogs import Choice, Choose


def has_browser() -> bool:
    """Whether a browser window can open here without taking over this terminal."""
    windows = any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY"))
    return windows if sys.platform.startswith("linux") else not os.environ.get("SSH_CONNECTION")


def link_question(url: str, host: str) -> Choose[str]:
    """Open it, copy it, or go back, which is what enter does."""
    opening = [Choice("o", f"open {host} in the browser", "open")] if has_browser() else []
    choices = [Choice("n", "no, go back", ""), *opening, Choice("y", "copy the address", "copy")]
    return Choose("Open this link?", choices, words=f"{host}\n\n{clean_line(url, 400)}")
