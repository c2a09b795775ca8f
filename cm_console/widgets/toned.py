"""The widget under all line widgets: turns toned lines into strips and knows where in the terminal it stands."""

from __future__ import annotations

from typing import Any

from rich.segment import Segment
from rich.style import Style
from textual.content import Content
from textual.strip import Strip
from textual.widget import Widget

from cm_console.widgets.lines import TONES, Line, crop, one_line

COMPONENTS = {f"tone--{tone}" for tone in TONES} | {"row--cursor", "row--cursor-blurred"}
"""What the theme styles for all of these widgets: components of the app; on each widget they would slow the start."""


class Toned(Widget):
    """A widget that draws itself line by line; the theme styles `.tone--<name>`, components of the app."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._shades: dict[str, Style] = {}

    def shade(self, component: str) -> Style:
        """The style of one of COMPONENTS, to be added to the widget's own."""
        style = self._shades.get(component)
        if style is None:
            style = self._shades[component] = self.app.get_component_styles(component).partial_rich_style
        return style

    def notify_style_update(self) -> None:
        """Another theme: other colours."""
        self._shades.clear()
        super().notify_style_update()

    def line(self, y: int) -> Line:
        """The content of one visible line; the widget pads and cuts it."""
        raise NotImplementedError

    def ground(self, y: int) -> str:
        """The component class that gives a line its background, "" for none."""
        return ""

    def render_line(self, y: int) -> Strip:
        """Called by Textual for each line that must be drawn anew."""
        base = self.rich_style
        ground = self.ground(y)
        if ground:
            base += self.shade(ground)
        segments = [
            Segment(text, base + self.shade(f"tone--{tone}") if tone else base)
            for text, tone in crop(self.line(y), self.size.width)
        ]
        return Strip(segments, self.size.width)

    def head(self, title: str, subtitle: str | None = None) -> None:
        """Set the words in the border; they are text, never markup. Without a subtitle, the old one stays."""
        self.border_title = Content(one_line(title)) if title else None
        if subtitle is not None:
            self.border_subtitle = Content(one_line(subtitle))
