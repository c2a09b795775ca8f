"""A question for one line that offers what was answered before, as one types."""

from __future__ import annotations

from collections.abc import Sequence

from textual import events
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input

from cm_console.screens.dialogs import Ask
from cm_console.widgets.lines import Line, one_line
from cm_console.widgets.toned import Toned

SHOWN = 6
"""Answers offered at once."""


class Offers(Toned):
    """The known answers that fit what is typed; -1: what is typed itself."""

    def __init__(self, known: Sequence[str]) -> None:
        super().__init__()
        self.known, self.fitting, self.at = list(known), list(known[:SHOWN]), -1

    def narrow(self, typed: str) -> None:
        """Only those with these words."""
        words = typed.casefold().split()
        self.fitting = [each for each in self.known if all(word in each.casefold() for word in words)][:SHOWN]
        self.at = -1
        self.refresh()

    def line(self, y: int) -> Line:
        """One answer."""
        if y >= len(self.fitting):
            return []
        return [("▌ " if y == self.at else "  ", "accent"), (one_line(self.fitting[y]), "" if y == self.at else "dim")]


class Suggest(Ask):
    """See Ask; up and down choose one of the known answers, tab completes to the first that fits."""

    def __init__(self, title: str, known: Sequence[str], *, value: str = "", hint: str = "") -> None:
        super().__init__(title, value=value, hint=hint)
        self.offers = Offers(known)

    def compose(self) -> ComposeResult:
        """A field, and what fits below it."""
        with Vertical() as box:
            box.border_title = Content(one_line(self.heading))
            box.border_subtitle = Content("↑↓ known ones · tab completes · enter ok · esc back")
            yield Input(self.value, placeholder=self.hint, select_on_focus=False)
            yield self.offers

    def on_mount(self) -> None:
        """Room for what is offered."""
        self.offers.styles.height = min(SHOWN, max(1, len(self.offers.known)))

    def on_input_changed(self, event: Input.Changed) -> None:
        """Offer what fits."""
        if event.value not in self.offers.fitting or self.offers.at < 0:
            self.offers.narrow(event.value)

    def on_key(self, event: events.Key) -> None:
        """Choose among what is offered; Ask's own keys are asked of it as well."""
        offers, field = self.offers, self.query_one(Input)
        if event.key in ("up", "down") and offers.fitting:
            event.stop()
            step = 1 if event.key == "down" else -1
            offers.at = max(-1, min(len(offers.fitting) - 1, offers.at + step))
            if offers.at >= 0:
                field.value = offers.fitting[offers.at]
                field.cursor_position = len(field.value)
            offers.refresh()
        elif event.key == "tab" and offers.fitting:
            event.stop()
            event.prevent_default()
            offers.at = max(0, offers.at)
            field.value = offers.fitting[offers.at]
            field.cursor_position = len(field.value)
