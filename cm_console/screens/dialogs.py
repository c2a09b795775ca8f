"""Small questions over a screen: choose one of a few with one key, or write one line."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from textual import events
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input

from cm_console.screens.typed_ahead import Answered
from cm_console.widgets.lines import Line, cut, one_line, wrap
from cm_console.widgets.toned import Toned

V = TypeVar("V")


@dataclass(frozen=True, slots=True)
class Choice(Generic[V]):
    """One answer: its key (the terminal library's name), words, and what it means."""

    key: str
    words: str
    value: V


class Question(Answered, ModalScreen[V | None]):
    """A question answered by keys alone; keys pressed right after the answer wait until the asker goes on."""

    DEFAULT_CLASSES = "dialog"
    answered = False

    def answer(self, value: V | None) -> None:
        """Close with an answer."""
        self.answered = True
        self.going()
        self.dismiss(value)

    def on_key(self, event: events.Key) -> None:
        """Nothing gets through but what was pressed after the answer."""
        if not self.answered:
            event.stop()
            self.pressed(event)

    def pressed(self, event: events.Key) -> None:
        """A key for this question."""
        raise NotImplementedError


class _Answers(Toned):
    """The words of a question and its answers, one per line, a bar at the current one."""

    def __init__(self, words: Sequence[str], answers: Sequence[Choice[V]]) -> None:
        super().__init__()
        self.words, self.answers, self.at = words, answers, 0

    def line(self, y: int) -> Line:
        """A line of the question, then the answers."""
        if y < len(self.words):
            return [(f" {self.words[y]}", "")]
        index = y - len(self.words)
        if index >= len(self.answers):
            return []
        answer = self.answers[index]
        here = index == self.at
        line: Line = [("▌" if here else " ", "accent"), (f"{answer.key:>3} ", "accent"), (one_line(answer.words), "")]
        return cut(line, self.size.width)

    def ground(self, y: int) -> str:
        """The current answer stands out."""
        return "row--cursor" if y - len(self.words) == self.at else ""

    def on_click(self, event: events.Click) -> None:
        """A click answers."""
        index = event.get_content_offset_capture(self).y - len(self.words)
        if 0 <= index < len(self.answers) and isinstance(self.screen, Choose):
            self.screen.answer(self.answers[index].value)


class Choose(Question[V]):
    """Ask for one of a few answers: its key, or up and down and enter; escape gives None."""

    def __init__(self, title: str, choices: Sequence[Choice[V]], *, words: str = "") -> None:
        super().__init__()
        self.heading, self.choices = title, choices
        self.words = wrap(words, 58) if words else []
        self.answers = _Answers(self.words, choices)

    def compose(self) -> ComposeResult:
        """A box in the middle."""
        with Vertical() as box:
            box.border_title = Content(one_line(self.heading))
            box.border_subtitle = Content("esc back")
            yield self.answers

    def on_mount(self) -> None:
        """As high as what it holds."""
        self.answers.styles.height = len(self.words) + len(self.choices)

    def pressed(self, event: events.Key) -> None:
        """An answer's key answers at once."""
        chosen = [choice for choice in self.choices if event.key == choice.key or event.character == choice.key]
        if chosen:
            self.answer(chosen[0].value)
        elif event.key == "escape":
            self.answer(None)
        elif event.key == "enter" and self.choices:
            self.answer(self.choices[self.answers.at].value)
        elif event.key in ("down", "up", "j", "k"):
            step = 1 if event.key in ("down", "j") else -1
            self.answers.at = max(0, min(len(self.choices) - 1, self.answers.at + step))
            self.answers.refresh()


class _Why(Toned):
    """What is wrong with a line that was not taken."""

    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []
        self.styles.height = 0

    def tell(self, words: str) -> None:
        """Show it, as high as it is."""
        self.words = wrap(one_line(words), 58)
        self.styles.height = len(self.words)
        self.refresh()

    def line(self, y: int) -> Line:
        """One line of it."""
        return [(self.words[y], "warn")] if y < len(self.words) else []


class Ask(Answered, ModalScreen[str | None]):
    """Ask for one line; enter takes it, escape gives None.

    A `check` that raises ValueError keeps the question open, with its words below the line; nothing typed is lost. An
    empty line is not checked. What stood there at escape is `left`. `whole`: what is typed replaces the value.
    """

    DEFAULT_CLASSES = "dialog"
    answered = False
    left = ""

    def __init__(
        self,
        title: str,
        *,
        value: str = "",
        hint: str = "",
        check: Callable[[str], object] | None = None,
        whole: bool = False,
    ) -> None:
        super().__init__()
        self.heading, self.value, self.hint, self.check, self.whole = title, value, hint, check, whole

    def compose(self) -> ComposeResult:
        """A box with a field."""
        with Vertical() as box:
            box.border_title = Content(one_line(self.heading))
            box.border_subtitle = Content("enter ok · esc back")
            yield Input(self.value, placeholder=self.hint, select_on_focus=self.whole)
            if self.check is not None:
                yield _Why()

    def on_key(self, event: events.Key) -> None:
        """Escape closes; letters typed before the field was there are not lost."""
        if event.key == "escape":
            event.stop()
            self.left = self.query_one(Input).value
            self.answer(None)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Take the line, or say what is wrong with it."""
        line = event.value.strip()
        try:
            if line and self.check is not None:
                self.check(line)
        except ValueError as why:
            self.query_one(_Why).tell(str(why))
        else:
            self.answer(line)

    def answer(self, line: str | None) -> None:
        """Close with it; a key pressed twice answers once."""
        if not self.answered:
            self.answered = True
            self.going()
            self.dismiss(line)


def confirm(title: str, words: str, yes: str, no: str = "no, go back") -> Choose[bool]:
    """A yes-or-no question whose default, on enter, is no."""
    return Choose(title, [Choice("n", no, False), Choice("y", yes, True)], words=words)
