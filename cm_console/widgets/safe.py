"""The second layer against hostile text: nothing that steers a terminal leaves through any widget.

The first layer is `model.text.clean` where text comes in; this filter sits where lines go out. Everything it drops
has no width, so columns stay aligned. Textual calls line filters internal: tests/screens/test_hostile.py proves
on the bytes that they still work.
"""

from __future__ import annotations

import re

from rich.segment import Segment
from textual.color import Color
from textual.filter import LineFilter

STEERING = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff"
    "\U000e0000-\U000e007f]"
)
"""C0 and C1 controls, bidi marks and overrides, invisible format characters, lone surrogates, tag characters."""

GOOD_LINK = re.compile(r"(https?|mailto):[\x21-\x7e]+")


class SafeFilter(LineFilter):
    """Drops steering characters from every segment, and terminal links that are not plain web or mail addresses."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """See LineFilter; segments that are fine pass as they are."""
        return [self._clean(segment) for segment in segments]

    def _clean(self, segment: Segment) -> Segment:
        text, style, control = segment
        bad_link = style is not None and style.link and not GOOD_LINK.fullmatch(style.link)
        if not bad_link and ((text.isascii() and text.isprintable()) or not STEERING.search(text)):
            return segment
        if style is not None and bad_link:
            style = style.update_link(None)
        return Segment(STEERING.sub("", text), style, control)
