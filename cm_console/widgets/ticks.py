"""A few boxes to tick, or one of a few to choose: arrows move, space ticks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from textual import events
from textual.message import Message

from cm_console.widgets.lines import Line, fit, one_line
from cm_console.widgets.toned import Toned


@dataclass(frozen=True, slots=True)
class Tick:
    """One box: its value, words and tone; `why_not` in words when it cannot be ticked."""

    value: str
    words: str
    tone: str = ""
    why_not: str = ""


class Ticks(Toned, can_focus=True):
    """Boxes under each other; with `single` one choice in a line, of which exactly one is taken."""

    class Changed(Message):
        """Something was ticked or unticked."""

    def __init__(self, ticks: Sequence[Tick], ticked: Sequence[str], *, single: bool = False, id: str) -> None:
        super().__init__(id=id)
        self.ticks, self.single = ticks, single
        self.ticked = set(ticked)
        self.at = next((n for n, tick in enumerate(ticks) if tick.value in self.ticked), 0)
        self.top = 0

    @property
    def values(self) -> tuple[str, ...]:
        """What is ticked, in the order shown."""
        return tuple(tick.value for tick in self.ticks if tick.value in self.ticked)

    def line(self, y: int) -> Line:
        """One box, or all choices."""
        if not self.ticks:
            return [("none yet: cm-console source add", "dim")] if y == 0 else []
        if self.single:
            bar = "▌" if self.has_focus else " "
            return [(bar, "accent"), *(span for n in range(len(self.ticks)) for span in self._box(n))] if y == 0 else []
        index = self.top + y
        return self._box(index) if index < len(self.ticks) else []

    def _box(self, index: int) -> Line:
        tick = self.ticks[index]
        taken, here = tick.value in self.ticked, index == self.at and self.has_focus
        left, right = ("(", ")") if self.single else ("[", "]")
        sign = "•" if self.single else "x"
        box = f"{left}{sign if taken else ' '}{right}"
        words = one_line(tick.words)
        if self.single:
            return [(box, "mark" if here else ""), (f" {words}   ", "mark" if here else "")]
        spans: Line = [("▌" if here else " ", "accent"), (box, "mark" if here else ""), (f" {words}", tick.tone)]
        return [*spans, (fit(f"  {one_line(tick.why_not)}", self.size.width), "dim")] if tick.why_not else spans

    def on_key(self, event: events.Key) -> None:
        """Move and tick; everything else goes on to the form."""
        forward = ("right",) if self.single else ("down", "j")
        back = ("left",) if self.single else ("up", "k")
        if event.key in (*forward, *back):
            step = 1 if event.key in forward else -1
            if not 0 <= self.at + step < len(self.ticks):
                return
            self.at += step
            self.top = max(self.at - self.size.height + 1, min(self.top, self.at))
            if self.single:
                self._tick()
        elif event.key in ("space", "x", "enter") and self.ticks:
            self._tick()
        else:
            return
        event.stop()
        self.refresh()

    def _tick(self) -> None:
        tick = self.ticks[self.at]
        if self.single:
            self.ticked = {tick.value}
        elif tick.value in self.ticked or not tick.why_not:
            self.ticked ^= {tick.value}
        self.refresh()
        self.post_message(self.Changed())

    def on_click(self, event: events.Click) -> None:
        """A click ticks."""
        offset = event.get_content_offset_capture(self)
        index = self._choice_at(offset.x) if self.single else self.top + offset.y
        if 0 <= index < len(self.ticks):
            self.at = index
            self._tick()

    def _choice_at(self, x: int) -> int:
        edge = 1
        for index, tick in enumerate(self.ticks):
            edge += len(one_line(tick.words)) + 7
            if x < edge:
                return index
        return -1
