"""The reader: one thread, scrolled with the shared keys, its links numbered."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.message import Message

from cm_console.widgets.lines import Line
from cm_console.widgets.scroll import Scroll

if TYPE_CHECKING:
    from cm_console.widgets.posts import Reading


class Reader(Scroll):
    """Shows a Reading; posts WantMore when its end comes near and there is more to load."""

    class WantMore(Message):
        """The reader comes to the end of what it was given."""

    def __init__(self, *, id: str | None = None, empty: str = "") -> None:
        super().__init__([[(empty, "dim")]], id=id)
        self.reading: Reading | None = None
        self.full = False
        self._width = 0

    @property
    def links(self) -> list[str]:
        """The addresses in what is shown; the first is number 1."""
        return self.reading.links if self.reading else []

    def read(self, reading: Reading | None) -> None:
        """Show a thread; the same one again stays where it was scrolled to."""
        same = reading and self.reading and reading.card.row.id == self.reading.card.row.id
        self.full = bool(same) and self.full
        self.reading = reading
        self._lay(self.top if same else 0)

    def toggle_full(self) -> None:
        """Show long posts in full, or short again."""
        self.full = not self.full
        self._lay(self.top)

    def on_resize(self) -> None:
        """Wrap anew for another width."""
        if self.size.width != self._width:
            self._lay(self.top)
        super().on_resize()

    def scroll_line(self, top: int) -> None:
        """See Scroll; also tells where in the thread one is."""
        super().scroll_line(top)
        height, count = self.size.height, len(self.lines)
        below = count - self.top - height
        self.head("", f"{min(100, 100 * (self.top + height) // max(1, count))} %" if count > height else "")
        if self.reading is not None and self.reading.more and below < height:
            self.post_message(self.WantMore())

    def _lay(self, top: int) -> None:
        self._width = self.size.width
        lines: list[Line] = []
        if self.reading is not None:
            from cm_console.widgets.posts import thread_lines

            lines = thread_lines(self.reading, self._width - 1, full=self.full)
        self.show(lines, top=top)
