"""A scrolling pane whose lines are made anew for another width."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from cm_console.widgets.lines import Line
from cm_console.widgets.scroll import Scroll


class Fitted(Scroll):
    """Shows what a function makes of its width."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._make: Callable[[int], Sequence[Line]] = lambda width: []
        self._width = 0

    def fit(self, make: Callable[[int], Sequence[Line]], *, top: int = 0) -> None:
        """Show other lines, from `top` on."""
        self._make, self._width = make, self.size.width
        self.show(make(max(1, self._width - 1)), top=top)

    def on_resize(self) -> None:
        """Make the lines anew if the width changed."""
        if self.size.width != self._width:
            self.fit(self._make, top=self.top)
        super().on_resize()
