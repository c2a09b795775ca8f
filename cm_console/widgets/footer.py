"""The key line: what the keys do where one stands, as far as the line goes, help always."""

from __future__ import annotations

from collections.abc import Sequence

from rich.cells import cell_len

from cm_console.widgets.lines import Line
from cm_console.widgets.toned import Toned


class Off(str):
    """A label whose key does nothing here but say why not: greyed."""


def key_line(hints: Sequence[tuple[str, str]], width: int) -> Line:
    """Key and label pairs in one line of at most `width` cells; the last pair is always there, at the right end."""
    if not hints:
        return []
    *most, last = hints
    room = width - _size(last) - 2
    line: Line = [(" ", "")]
    used = 1
    for hint in most:
        if used + _size(hint) - 2 > room:
            break
        line += _pair(hint)
        used += _size(hint)
    return [*line, (" " * max(0, width - used - _size(last)), ""), *_pair(last)]


def _pair(hint: tuple[str, str]) -> Line:
    tones = ("dim", "rule") if isinstance(hint[1], Off) else ("accent", "dim")
    return [(hint[0], tones[0]), (f" {hint[1]}  ", tones[1])]


def _size(hint: tuple[str, str]) -> int:
    return cell_len(hint[0]) + cell_len(hint[1]) + 3


class KeyLine(Toned):
    """The last line of every screen."""

    def __init__(self, hints: Sequence[tuple[str, str]] = ()) -> None:
        super().__init__()
        self.hints = hints

    def show(self, hints: Sequence[tuple[str, str]]) -> None:
        """Show other keys."""
        self.hints = hints
        self.refresh()

    def line(self, y: int) -> Line:
        """The hints that fit."""
        return key_line(self.hints, self.size.width)
