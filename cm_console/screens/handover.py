"""What would leave the console, in full: looked at, then sent with `y`, or not."""

from __future__ import annotations

from collections.abc import Sequence

from textual import events
from textual.app import ComposeResult

from cm_console.model.handover import Parcel
from cm_console.model.send_checks import Doubt
from cm_console.screens.compose_tools import EDIT, SEND
from cm_console.screens.over import STEPS
from cm_console.screens.typed_ahead import AnsweredScreen
from cm_console.widgets.laid import Laid
from cm_console.widgets.lines import Line, one_line, wrap


class ParcelScreen(AnsweredScreen[str | None]):
    """Gives SEND after `y`, EDIT after `e`; every other key that is not for scrolling goes back.

    Doubts stand on top; with one that stops there is nothing to send.
    """

    DEFAULT_CLASSES = "help"

    def __init__(self, parcel: Parcel, *, private: bool, doubts: Sequence[Doubt] = ()) -> None:
        super().__init__()
        self.parcel, self.private, self.doubts = parcel, private, doubts
        self.stopped = any(doubt.stops for doubt in doubts)

    def compose(self) -> ComposeResult:
        """One scrolling page."""
        page = Laid(id="help")
        sends = "cannot be sent" if self.stopped else f"y sends it{' anyway' if self.doubts else ''}"
        page.head(f"Leaves the console, to {one_line(self.parcel.team)} ─ {sends} ─ esc back")
        yield page

    def on_mount(self) -> None:
        """Lay it out once its width is known."""
        self.query_one(Laid).lay(self._lines)

    def _lines(self, width: int) -> list[Line]:
        parcel = self.parcel
        where = f"through {parcel.source}" + (f" · {parcel.place}" if parcel.place else "") + " · e edits the note"
        lines: list[Line] = [[(line, "dim")] for line in wrap(one_line(where), width)]
        if self.private:
            words = "It was written in a direct message: check what it says before others read it."
            lines += [[(line, "warn")] for line in wrap(words, width)]
        for doubt in self.doubts:
            lines += [[(line, "warn")] for line in wrap(f"! {doubt.words}", width)]
        lines += [[], *([(line, "strong")] for line in wrap(one_line(parcel.title), width)), []]
        return [*lines, *([(line, "")] for line in wrap(parcel.body, width))]

    def on_key(self, event: events.Key) -> None:
        """Send, scroll or go back."""
        event.stop()
        if event.key == "y" and not self.stopped:
            self.dismiss(SEND)
        elif event.key == "e":
            self.dismiss(EDIT)
        elif event.key in STEPS:
            self.query_one(Laid).navigate(STEPS[event.key])
        elif event.key in ("escape", "q", "n", "enter"):
            self.dismiss(None)
