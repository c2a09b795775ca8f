"""The reader: one thread, scrolled with the shared keys, its links numbered."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from textual import events
from textual.message import Message

from cm_console.model.time import MINUTE
from cm_console.widgets.lines import Line
from cm_console.widgets.scroll import Scroll

if TYPE_CHECKING:
    from cm_console.widgets.posts import Reading


class Reader(Scroll):
    """Shows a Reading; posts Unfold when one comes to where posts are left out."""

    class Unfold(Message):
        """The fold behind a post is on the screen: from above, or going `up`."""

        def __init__(self, fold: int, *, up: bool) -> None:
            super().__init__()
            self.fold, self.up = fold, up

    def __init__(self, *, id: str | None = None, empty: str = "") -> None:
        super().__init__([[(empty, "dim")]], id=id)
        self.reading: Reading | None = None
        self.full = False
        self._width = 0
        self._up = False
        self._at: int | None = None

    @property
    def links(self) -> list[str]:
        """The addresses in what is shown; the first is number 1."""
        return self.reading.links if self.reading else []

    def read(self, reading: Reading | None, *, at: int | None = None) -> None:
        """Show a thread, with post `at` on top; the same one again stays where it was scrolled to, whatever came."""
        old = self.reading
        same = old is not None and reading is not None and old.card.row.id == reading.card.row.id
        if same and at is None and self._looks_same(old, reading):
            self.scroll_line(self.top)
            return
        self.full, self._up = same and self.full, same and self._up
        if at is not None or not same:
            self._at = at
        held = self._held() if same else None
        self.reading = reading
        self._lay(held, self.top if same else 0)

    def _looks_same(self, old: Reading | None, new: Reading | None) -> bool:
        """Whether only some seconds have passed, and nothing counts them down."""
        if old is None or new is None or new.pending or old.now // MINUTE != new.now // MINUTE:
            return False
        return replace(new, now=old.now) == old

    def _lay(self, held: tuple[int, int] | None, top: int) -> None:
        """Lay it out anew; what is `held` stays where it is, or the post that is meant stands on top."""
        self._width = self.size.width
        lines: list[Line] = []
        heads: dict[int, int] = {}
        if self.reading is not None:
            from cm_console.widgets.posts import thread_lines

            lines, heads = thread_lines(self.reading, self._width - 1, full=self.full), self.reading.heads
        if self._at in heads:
            top = heads[self._at] - 1
        elif held is not None and held[0] in heads:
            top = heads[held[0]] + held[1]
        self.show(lines, top=top)

    def _held(self) -> tuple[int, int] | None:
        """The post that stays where it is on the screen, and how far from its head the top is; None at the beginning.

        It is the one on top; behind a fold that one comes to from below, the first there.
        """
        reading = self.reading
        if reading is None or not self.top:
            return None
        fold = max((line for line in reading.folded.values() if self._upwards(line)), default=None)
        if fold is None:
            found = next(((id, head) for id, head in reversed(reading.heads.items()) if head <= self.top), None)
        else:
            found = next(((id, head) for id, head in reading.heads.items() if head > fold), None)
        return found and (found[0], self.top - found[1])

    def _upwards(self, line: int) -> bool:
        return self._up and self.top <= line < self.top + self.size.height // 2

    def toggle_full(self) -> None:
        """Show long posts in full, or short again."""
        held = self._held()
        self.full = not self.full
        self._lay(held, self.top)

    def on_resize(self) -> None:
        """Wrap anew for another width."""
        if self.size.width != self._width:
            self._lay(self._held(), self.top)
        super().on_resize()

    def navigate(self, where: str) -> None:
        """See Scroll."""
        self._up, self._at = where in ("up", "page_up"), None
        super().navigate(where)

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """See Scroll."""
        self._up, self._at = False, None

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """See Scroll."""
        self._up, self._at = True, None

    def scroll_line(self, top: int) -> None:
        """See Scroll; also tells where in the thread one is, and which fold one has come to."""
        super().scroll_line(top)
        height, count = self.size.height, len(self.lines)
        self.head("", f"{min(100, 100 * (self.top + height) // max(1, count))} %" if count > height else "")
        for fold, line in (self.reading.folded if self.reading else {}).items():
            if self.top <= line < self.top + height:
                self.post_message(self.Unfold(fold, up=self._upwards(line)))
