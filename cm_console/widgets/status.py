"""The top line: which community, which modes with what waits there, how things are; and the line of what is wrong."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.cells import cell_len
from textual import events
from textual.message import Message

from cm_console.widgets.lines import Line, fit, one_line
from cm_console.widgets.toned import Toned

if TYPE_CHECKING:
    from cm_console.widgets.pulse import Pulse

WHOLE = 99
"""Letters of a label that is not cut."""


class TopBar(Toned):
    """The one line at the top of every mode."""

    class Picked(Message):
        """A mode was clicked."""

        def __init__(self, mode: str) -> None:
            super().__init__()
            self.mode = mode

    def __init__(self, community: str, modes: Sequence[tuple[str, str, str]], here: str) -> None:
        """Modes are (mode, key, label)."""
        super().__init__()
        self.community, self.modes, self.here = community, modes, here
        self.pulse: Pulse | None = None
        self.now = 0

    def tell(self, pulse: Pulse, now: int) -> None:
        """Show how things are now."""
        self.pulse, self.now = pulse, now
        self.refresh()

    def line(self, y: int) -> Line:
        """Community, modes, status once it is known; labels give way before badges do."""
        name = one_line(self.community)
        for title, letters, shorter in (
            (name, WHOLE, False),
            (name, WHOLE, True),
            (name, 3, True),
            (name, 0, True),
            ("", 0, True),
        ):
            right = self.pulse.line(self.now, short=shorter) if self.pulse else []
            room = self.size.width - sum(cell_len(text) for text, _ in right)
            left = [(f" {title}  " if title else " ", "strong"), *self._modes(letters)]
            used = sum(cell_len(text) for text, _ in left)
            if used <= room:
                break
        return [*left, (" " * max(1, room - used), ""), *right]

    def _modes(self, letters: int) -> Line:
        line: Line = []
        badges = self.pulse.badges if self.pulse else {}
        for mode, key, label in self.modes:
            here, badge = mode == self.here, badges.get(mode, 0)
            words = f"{key} {label if here else label[:letters]}".strip()
            line += [(f" {words}", "accent" if here else "dim")]
            line += [(f" {badge:,}", "accent" if here else "strong")] if badge else []
            line += [(" ", "")]
        return line

    def on_click(self, event: events.Click) -> None:
        """Go to the mode under the mouse."""
        at = 0
        for text, _ in self.line(0):
            if at <= event.x < at + cell_len(text):
                key = text.strip()[:1]
                for mode, mode_key, _label in self.modes:
                    if key == mode_key:
                        self.post_message(self.Picked(mode))
            at += cell_len(text)


class Trouble(Toned):
    """One line above the keys, there only when something is wrong: what, and what to do."""

    words = ""

    def tell(self, pulse: Pulse) -> None:
        """Show the first thing that is wrong, or vanish."""
        found = [f"{source.name}: {source.wrong}" for source in pulse.sources if source.wrong]
        self.words = one_line(pulse.wrong or (found[0] if found else ""))
        self.display = bool(self.words)
        self.refresh()

    def line(self, y: int) -> Line:
        """The words."""
        return [(" ✗ ", "bad"), (fit(self.words, self.size.width - 3), "bad")]
