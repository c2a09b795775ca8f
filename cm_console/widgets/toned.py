"""The widget under all line widgets: turns toned lines into strips and knows where in the terminal it stands."""

from __future__ import annotations

from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual.content import Content
from textual.strip import Strip
from textual.widget import Widget

from cm_console.widgets.lines import TONES, Line, crop, one_line


class Toned(Widget):
    """A widget that draws itself line by line; the theme styles `.tone--<name>` within it."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {f"tone--{tone}" for tone in TONES} | {"row--cursor", "row--cursor-blurred"}

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
            base += self.get_component_rich_style(ground)
        behind = Style(bgcolor=base.bgcolor)
        segments = [
            Segment(text, self.get_component_rich_style(f"tone--{tone}") + behind if tone else base)
            for text, tone in crop(self.line(y), self.size.width)
        ]
        return Strip(segments, self.size.width)

    def head(self, title: str, subtitle: str | None = None) -> None:
        """Set the words in the border; they are text, never markup. Without a subtitle, the old one stays."""
        self.border_title = Content(one_line(title)) if title else None
        if subtitle is not None:
            self.border_subtitle = Content(one_line(subtitle))
