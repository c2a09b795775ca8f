"""A pane over the screen for something to read: scroll it, or close it."""

from __future__ import annotations

from textual import events
from textual.app import ComposeResult
from textual.screen import ModalScreen

from cm_console.widgets.laid import Laid, Make

STEPS = {
    "j": "down", "down": "down", "k": "up", "up": "up", "pagedown": "page_down", "space": "page_down",
    "pageup": "page_up", "home": "top", "end": "bottom", "G": "bottom",
}  # fmt: skip


class Over(ModalScreen[None]):
    """Shows lines made for its width; escape, q and the key that opened it close it."""

    DEFAULT_CLASSES = "help"

    def __init__(self, title: str, make: Make, *, key: str = "escape") -> None:
        super().__init__()
        self.heading, self.make, self.key = title, make, key

    def compose(self) -> ComposeResult:
        """One scrolling page."""
        page = Laid(id="help")
        page.head(self.heading)
        yield page

    def on_mount(self) -> None:
        """Lay it out once its width is known."""
        self.query_one(Laid).lay(self.make)

    def on_key(self, event: events.Key) -> None:
        """Scroll or close."""
        event.stop()
        if event.key in ("escape", "q", self.key):
            self.dismiss()
        elif event.key in STEPS:
            self.query_one(Laid).navigate(STEPS[event.key])
