"""A side pane: lines made for its width, which stays where it was scrolled to and tells how far down that is."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import TypeAlias

from textual.content import Content

from cm_console.widgets.fitted import Fitted
from cm_console.widgets.lines import Line

Make: TypeAlias = Callable[[int], Sequence[Line]]
"""Lines for a width."""


class Laid(Fitted):
    """Shows something; the same thing again stays where it was scrolled to."""

    about: Hashable = None

    def lay(self, make: Make, *, about: Hashable = None) -> None:
        """Show what a function makes of the width; `about` says what it is."""
        top = self.top if about == self.about else 0
        self.about = about
        self.fit(make, top=top)

    def again(self) -> None:
        """Make the same lines again, because time has passed."""
        self.fit(self._make, top=self.top)

    def scroll_line(self, top: int) -> None:
        """See Scroll; also tells where one is."""
        super().scroll_line(top)
        height, count = self.size.height, len(self.lines)
        far = f"{min(100, 100 * (self.top + height) // max(1, count))} %" if count > height > 0 else ""
        self.border_subtitle = Content(far)
