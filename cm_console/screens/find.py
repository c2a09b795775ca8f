"""A question with any number of answers: typing narrows them, up and down choose, enter takes one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Generic, TypeVar

from textual import events
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input

from cm_console.screens.dialogs import Choice, Question
from cm_console.widgets.lines import Line, cut, one_line
from cm_console.widgets.toned import Toned

V = TypeVar("V")
SHOWN = 10
"""Answers on the screen at once."""


class _Found(Toned, Generic[V]):
    """The answers that match, a bar at the current one."""

    def __init__(self, answers: Sequence[Choice[V]]) -> None:
        super().__init__()
        self.found, self.at = list(answers), 0

    def line(self, y: int) -> Line:
        """Answers around the current one, each with its number."""
        index = y + max(0, self.at - SHOWN + 1)
        if index >= len(self.found):
            return [(" Nothing has these words.", "dim")] if not self.found and y == 0 else []
        answer = self.found[index]
        line: Line = [("▌" if index == self.at else " ", "accent"), (f"{answer.key:>3} ", "dim")]
        return cut([*line, (one_line(answer.words), "")], self.size.width)

    def ground(self, y: int) -> str:
        """The current one stands out."""
        return "row--cursor" if self.found and y == min(self.at, SHOWN - 1) else ""


class Find(Question[V]):
    """Gives the value of the chosen answer; escape gives None. The key of an answer is only shown, as its number."""

    def __init__(self, title: str, choices: Sequence[Choice[V]], *, hint: str = "type to narrow") -> None:
        super().__init__()
        self.heading, self.choices, self.hint = title, choices, hint

    def compose(self) -> ComposeResult:
        """The words, what they find."""
        with Vertical() as box:
            box.border_title = Content(one_line(self.heading))
            box.border_subtitle = Content("↑ ↓ enter · esc back")
            yield Input(placeholder=self.hint, select_on_focus=False)
            yield _Found(self.choices)

    def on_mount(self) -> None:
        """As high as what it holds."""
        self.query_one(_Found).styles.height = min(SHOWN, max(1, len(self.choices)))

    def on_input_changed(self, event: Input.Changed) -> None:
        """Only what has all these words."""
        found, words = self.query_one(_Found), event.value.casefold().split()
        found.found = [each for each in self.choices if all(word in each.words.casefold() for word in words)]
        found.at = 0
        found.refresh()

    def on_input_submitted(self) -> None:
        """Take the current one."""
        found = self.query_one(_Found)
        if found.found:
            self.answer(found.found[found.at].value)

    def on_key(self, event: events.Key) -> None:
        """Up and down move, escape closes; the rest goes on to the field, as no other question lets it."""
        event.prevent_default()
        if self.answered or event.key in ("up", "down", "escape"):
            event.stop()
            if not self.answered:
                self.pressed(event)

    def pressed(self, event: events.Key) -> None:
        """See Question."""
        if event.key == "escape":
            self.answer(None)
            return
        found = self.query_one(_Found)
        found.at = max(0, min(len(found.found) - 1, found.at + (1 if event.key == "down" else -1)))
        found.refresh()
