"""How the console looks and what it lets out to the terminal: themes, the stylesheet, the last filter."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar

from textual.filter import LineFilter
from textual.screen import Screen

from cm_console.screens.typed_ahead import TypedAhead
from cm_console.widgets.safe import SafeFilter
from cm_console.widgets.themes import DEFAULTS, THEMES
from cm_console.widgets.toned import COMPONENTS

STYLES = Path(__file__).parents[1]


class Look(TypedAhead):
    """An app in one of our themes; whatever a widget draws passes SafeFilter."""

    CSS_PATH = STYLES / "theme.tcss"
    COMPONENT_CLASSES: ClassVar[set[str]] = COMPONENTS

    def __init__(self, theme: str) -> None:
        super().__init__()
        self._safe_filter = SafeFilter()
        for ours in THEMES:
            self.register_theme(ours)
        self.set_reactive(Look.theme, theme)
        self.stylesheet.set_variables(self.get_css_variables())

    def on_mount(self) -> None:
        """What is opened over the first screen is styled once that is painted; keys wait so long."""
        first = self.screen
        self.hold_keys(first)
        self.call_after_refresh(self._style_the_rest, first)

    def _style_the_rest(self, first: Screen[Any]) -> None:
        self.stylesheet.read(STYLES / "opened.tcss")
        self.stylesheet.parse()
        self.release_keys(first)

    def delay_update(self, delay: float = 0) -> None:
        """Paint a mode as soon as it is there: Textual would hold each back for 50 ms."""

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """Our variables, for themes that do not have them."""
        return dict(DEFAULTS)

    def get_line_filters(self) -> Sequence[LineFilter]:
        """The second layer against hostile text comes last."""
        return [*super().get_line_filters(), self._safe_filter]
