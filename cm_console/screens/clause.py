"""Which guideline was broken: digits pick it, enter decides; what follows is shown before it happens."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from rich.cells import cell_len
from textual import events
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content

from cm_console.model.moderation import Guideline
from cm_console.screens.dialogs import Question
from cm_console.widgets.clauses import fitting, weight
from cm_console.widgets.lines import Line, fit, one_line, wrap
from cm_console.widgets.toned import Toned

Message: TypeAlias = Callable[[Guideline], str]
"""What a member will read because of a guideline."""
TOLD = 4
"""Lines shown of what the member is told."""


@dataclass(frozen=True, slots=True)
class Breach:
    """The answer: a guideline, or None for none of them; `own_words` when the member is told something else."""

    clause: Guideline | None
    own_words: bool = False


class Clauses(Toned):
    """One guideline per line with its weight, then what the current one makes the member read."""

    def __init__(
        self, verb: str, who: str, clauses: Sequence[Guideline], kinds: Sequence[str], message: Message | None
    ) -> None:
        super().__init__()
        self.verb, self.who, self.clauses, self.message = verb, who, clauses, message
        self.fits = fitting(clauses, kinds)
        self.at = 0

    @property
    def clause(self) -> Guideline | None:
        """The current guideline, None for none."""
        return self.clauses[self.at - 1] if self.at else None

    def line(self, y: int) -> Line:
        """None, the guidelines, and below them the words."""
        if y <= len(self.clauses):
            return self._row(y)
        told = self._told()
        at = y - len(self.clauses) - 2
        return [(" " + told[at], "dim")] if 0 <= at < len(told) else []

    def _row(self, index: int) -> Line:
        lead: Line = [("▌" if index == self.at else " ", "accent")]
        if index == 0:
            return [*lead, ("  0 ", "accent"), ("none: no guideline, no strike", "")]
        clause = self.clauses[index - 1]
        words = f" {weight(clause)}"
        fits = clause in self.fits
        room = self.size.width - 5 - cell_len(words)
        name = fit(one_line(clause.title), max(4, room))
        return [*lead, (f"{clause.number:>3} ", "accent"), (name, "strong" if fits else ""), (words, "dim")]

    def _told(self) -> list[str]:
        clause = self.clause
        if clause is None:
            return []
        usual = "" if clause.verb == self.verb else f"The usual answer to this is {clause.verb}. "
        if self.message is None:
            return [f"{usual}Nobody is told anything."]
        words = wrap(f"{usual}{self.who} reads: {self.message(clause)}", max(20, self.size.width - 2))
        return words if len(words) <= TOLD else [*words[: TOLD - 1], f"{words[TOLD - 1]} …"]

    def ground(self, y: int) -> str:
        """The current guideline stands out."""
        return "row--cursor" if y == self.at else ""

    def on_click(self, event: events.Click) -> None:
        """A click picks; a second one decides."""
        index = event.get_content_offset_capture(self).y
        if not 0 <= index <= len(self.clauses):
            return
        if index == self.at and isinstance(self.screen, PickClause):
            self.screen.answer(Breach(self.clause))
        self.at = index
        self.refresh()


class PickClause(Question[Breach]):
    """Asks which guideline; digits stack, enter decides, m goes on to other words for the member, escape gives None.

    Args:
        title: what is about to be done, and to whom.
        kinds: what the reports call it: guidelines that speak of it are set in bold.
        message: what the member will read because of a guideline; None if nobody is told anything.
    """

    def __init__(
        self,
        title: str,
        verb: str,
        who: str,
        clauses: Sequence[Guideline],
        kinds: Sequence[str],
        message: Message | None,
    ) -> None:
        super().__init__()
        self.heading, self.typed = title, ""
        self.rows = Clauses(verb, who, clauses, kinds, message)

    def compose(self) -> ComposeResult:
        """A box in the middle."""
        with Vertical() as box:
            box.border_title = Content(one_line(self.heading))
            words = "digits pick · enter decides" + (" · m other words" if self.rows.message else "") + " · esc back"
            box.border_subtitle = Content(words)
            yield self.rows

    def on_mount(self) -> None:
        """As high as what it holds."""
        self.rows.styles.height = len(self.rows.clauses) + 2 + TOLD

    def pressed(self, event: events.Key) -> None:
        """Digits, arrows, enter, m and escape."""
        if event.character and event.character in "0123456789":
            self._pick(event.character)
        elif event.key in ("down", "j", "up", "k"):
            step = 1 if event.key in ("down", "j") else -1
            self.rows.at = max(0, min(len(self.rows.clauses), self.rows.at + step))
            self.typed = ""
        elif event.key == "escape":
            self.answer(None)
        elif event.key == "enter":
            self.answer(Breach(self.rows.clause))
        elif event.key == "m" and self.rows.message:
            self.answer(Breach(self.rows.clause, own_words=True))
        self.rows.refresh()

    def _pick(self, digit: str) -> None:
        """Digits stack while a guideline of that number exists, else the last one begins anew; 0 is none."""
        numbers = {str(clause.number): at for at, clause in enumerate(self.rows.clauses, 1)}
        for typed in (self.typed + digit, digit):
            if typed in numbers or any(number.startswith(typed) for number in numbers):
                self.typed, self.rows.at = typed, numbers.get(typed, self.rows.at)
                return
        self.typed, self.rows.at = "", 0 if digit == "0" else self.rows.at
