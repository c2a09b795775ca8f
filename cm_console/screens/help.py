"""The help screen: the keys of where one stands."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from textual import events
from textual.app import ComposeResult
from textual.screen import ModalScreen

from cm_console import keys
from cm_console.widgets.fitted import Fitted
from cm_console.widgets.lines import Line, fit, wrap

TITLES = {"": "everywhere", "list": "lists"}


KEYS = 15
"""Cells of the keys, before what they do."""


def help_lines(scope: str, keymap: Mapping[str, str], width: int) -> list[Line]:
    """All commands of a screen under the names of their scopes, their words wrapped."""
    lines: list[Line] = []
    for part in keys.SCOPES[scope]:
        lines += [[], [(f" {TITLES.get(part, part).capitalize()}", "strong")]] if lines else []
        lines += [[(f" {TITLES.get(part, part).capitalize()}", "strong")]] if not lines else []
        for command in keys.COMMANDS:
            if command.screen == part:
                shown = "  ".join(keys.shown(key) for key in keys.keys_of(command, keymap))
                first, *rest = wrap(command.help, width - KEYS)
                lines.append([(f"  {fit(shown, KEYS - 3)} ", "accent"), (first, "")])
                lines += [[(f"{' ' * KEYS}{line}", "")] for line in rest]
    return lines


class HelpScreen(ModalScreen[None]):
    """Shows the keys; any of escape, ? and q closes it."""

    DEFAULT_CLASSES = "help"

    def __init__(self, scope: str, keymap: Mapping[str, str]) -> None:
        super().__init__()
        self.scope, self.keymap = scope, keymap

    def compose(self) -> ComposeResult:
        """One scrolling page."""
        page = Fitted(id="help")
        page.fit(partial(help_lines, self.scope, self.keymap))
        page.head(f"Keys · {self.scope}", "esc back · remap by id in the config")
        yield page

    def on_key(self, event: events.Key) -> None:
        """Scroll or close."""
        event.stop()
        steps = {
            "j": "down", "down": "down", "k": "up", "up": "up", "pagedown": "page_down", "space": "page_down",
            "pageup": "page_up", "home": "top", "end": "bottom", "G": "bottom",
        }  # fmt: skip
        if event.key in ("escape", "question_mark", "f1", "q"):
            self.dismiss()
        elif event.key in steps:
            self.query_one(Fitted).navigate(steps[event.key])
