"""One line above a list: its sections, the current one marked, and at the right end what all of them are about."""

from __future__ import annotations

from collections.abc import Sequence

from rich.cells import cell_len
from textual import events
from textual.message import Message

from cm_console.widgets.lines import Line, fit
from cm_console.widgets.toned import Toned


class SectionLine(Toned):
    """Sections by name; a click picks one."""

    class Picked(Message):
        """A section was clicked."""

        def __init__(self, section: str) -> None:
            super().__init__()
            self.section = section

    def __init__(self, sections: Sequence[str]) -> None:
        super().__init__()
        self.sections, self.current = sections, ""
        self.abouts: Sequence[str] = ()

    def tell(self, current: str, abouts: Sequence[str]) -> None:
        """Mark a section; say what all of it is about, in the longest of some ways that fits."""
        self.current, self.abouts = current, abouts
        self.refresh()

    def line(self, y: int) -> Line:
        """The sections, then what they are about as far as there is room."""
        line: Line = [(" ", "")]
        for section in self.sections:
            here = section == self.current
            line.append((f"{'▸' if here else ' '}{section} ", "mark" if here else "dim"))
        room = self.size.width - sum(cell_len(text) for text, _ in line) - 1
        about = next((words for words in self.abouts if cell_len(words) <= room), "")
        return [*line, (fit(about, room, right=True), "dim")] if room > 0 else line

    def on_click(self, event: events.Click) -> None:
        """Pick the section under the mouse."""
        x, at = event.get_content_offset_capture(self).x, 1
        for section in self.sections:
            at += cell_len(section) + 2
            if x < at:
                self.post_message(self.Picked(section))
                return
