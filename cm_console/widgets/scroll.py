"""A pane of prepared lines that scrolls: help, reports, the reader."""

from __future__ import annotations

from collections.abc import Sequence

from textual import events

from cm_console.widgets.lines import Line
from cm_console.widgets.toned import Toned


class Scroll(Toned, can_focus=True):
    """Shows lines from `top` on; knows the same steps as a list."""

    def __init__(self, lines: Sequence[Line] = (), *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.lines = lines
        self.top = 0

    def show(self, lines: Sequence[Line], *, top: int = 0) -> None:
        """Show other lines."""
        self.lines = lines
        self.scroll_line(top)

    def scroll_line(self, top: int) -> None:
        """Make a line the first visible one, as far as there are lines below."""
        self.top = max(0, min(top, len(self.lines) - self.size.height))
        self.refresh()

    def navigate(self, where: str) -> None:
        """One step: up, down, page_up, page_down, top, bottom."""
        page = max(1, self.size.height - 2)
        steps = {"up": -1, "down": 1, "page_up": -page, "page_down": page}
        ends = {"top": 0, "bottom": len(self.lines)}
        self.scroll_line(ends[where] if where in ends else self.top + steps[where])

    def line(self, y: int) -> Line:
        """One line, as it was given."""
        index = self.top + y
        return self.lines[index] if index < len(self.lines) else []

    def on_resize(self) -> None:
        """Do not stand behind the end."""
        self.scroll_line(self.top)

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Three lines on."""
        event.stop()
        self.scroll_line(self.top + 3)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Three lines back."""
        event.stop()
        self.scroll_line(self.top - 3)
