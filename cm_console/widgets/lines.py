"""Lines of a screen as plain data: spans of text with a tone, columns laid out by cell width, words wrapped."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple, TypeAlias
from zlib import crc32

from rich.cells import cell_len, set_cell_size

from cm_console.model.text import clean

Span: TypeAlias = tuple[str, str]
"""Some text and its tone; text is only ever text, never markup."""
Line: TypeAlias = list[Span]

HUES = ("hue-0", "hue-1", "hue-2", "hue-3", "hue-4", "hue-5")
TONES = ("dim", "strong", "accent", "good", "warn", "bad", "link", "quote", "rule", "mark", *HUES)
"""What a span can be; the theme gives each its colour (`.tone--dim` ...). Colour never carries meaning alone."""

_ONE_LINE = str.maketrans({"\n": " ", "\t": " "})


class Cell(NamedTuple):
    """One column of a row.

    Attributes:
        text: what to show; cut with "…" where it does not fit.
        tone: one of TONES, or "".
        width: cells it takes; None shares what is left (one of these per row is enough).
        right: aligned right, for numbers and times.
    """

    text: str
    tone: str = ""
    width: int | None = None
    right: bool = False


def one_line(text: str) -> str:
    """Text made safe once more and without line ends."""
    return clean(text).translate(_ONE_LINE)


def fit(text: str, width: int, *, right: bool = False) -> str:
    """Cut or pad text to exactly `width` cells."""
    used = len(text) if text.isascii() else cell_len(text)
    if used > width:
        return "" if width <= 0 else set_cell_size(text, width - 1) + "…"
    return " " * (width - used) + text if right else text + " " * (width - used)


def lay(cells: Sequence[Cell], width: int) -> Line:
    """Lay cells out in a line of exactly `width` cells, one space between them."""
    fixed = sum(cell.width for cell in cells if cell.width is not None) + max(0, len(cells) - 1)
    flexible = sum(1 for cell in cells if cell.width is None)
    share, rest = divmod(max(0, width - fixed), flexible or 1)
    line: Line = []
    for index, cell in enumerate(cells):
        size = cell.width
        if size is None:
            size, rest = share + rest, 0
        if index:
            line.append((" ", ""))
        line.append((fit(one_line(cell.text), size, right=cell.right), cell.tone))
    return crop(line, width)


def crop(line: Iterable[Span], width: int) -> Line:
    """A line cut or padded to exactly `width` cells."""
    cropped: Line = []
    for text, tone in line:
        if not text:
            continue
        used = cell_len(text)
        if used > width:
            cropped.append((set_cell_size(text, width), tone))
            return cropped
        cropped.append((text, tone))
        width -= used
    if width:
        cropped.append((" " * width, ""))
    return cropped


def cut(line: Sequence[Span], width: int) -> Line:
    """A line of at most `width` cells, with "…" where words had to go."""
    size, found = sum(cell_len(text) for text, _ in line), list[Span]()
    if size <= width:
        return list(line)
    for text, tone in line:
        used = cell_len(text)
        if used >= width:
            return [*found, (fit(text + " ", width), tone)]
        found.append((text, tone))
        width -= used
    return found


def ends(left: Line, right: Line, width: int) -> Line:
    """Two runs of spans at the two ends of a line; the left one gives way."""
    room = max(0, width - sum(cell_len(text) for text, _ in right) - 1)
    return [*crop(left, room), (" ", ""), *right]


LABEL = 9
"""Cells of the column of labels in a side pane."""


def labelled(label: str, lines: Sequence[Line]) -> list[Line]:
    """Lines with their label at the left, and an empty one after them; nothing for none."""
    if not lines:
        return []
    first, *rest = lines
    return [[(fit(label, LABEL), "dim"), *first], *([(" " * LABEL, ""), *line] for line in rest), []]


def wrap(text: str, width: int) -> list[str]:
    """Break text into lines of at most `width` cells, at spaces where there are some; line ends stay."""
    width = max(1, width)
    return [line for paragraph in clean(text).expandtabs(4).split("\n") for line in _wrap(paragraph, width)]


def _wrap(paragraph: str, width: int) -> list[str]:
    if cell_len(paragraph) <= width:
        return [paragraph]
    lines, line, used = [], "", 0
    for word in paragraph.split(" "):
        size = cell_len(word)
        if line and used + 1 + size <= width:
            line, used = f"{line} {word}", used + 1 + size
            continue
        if line:
            lines.append(line)
        *pieces, word = _break(word, width) if size > width else [word]
        lines += pieces
        line, used = word, cell_len(word)
    return [*lines, line]


def _break(word: str, width: int) -> list[str]:
    pieces, piece, used = [], "", 0
    for char in word:
        size = cell_len(char)
        if piece and used + size > width:
            pieces.append(piece)
            piece, used = "", 0
        piece, used = piece + char, used + size
    return [*pieces, piece]


_TAGS = {"discourse": "dsc", "stackexchange-dump": "sx"}


def hue(name: str) -> str:
    """The tone of a source: always the same for the same name."""
    return HUES[crc32(name.encode()) % len(HUES)]


def tag(source: str, kind: str) -> Cell:
    """The platform of a row, or its source where the platform has no letters: at most three, in the source's hue."""
    return Cell(_TAGS.get(kind) or one_line(source)[:3], hue(source), 3)


def bar(share: float, width: int) -> str:
    """A bar of eighth blocks, `share` between 0 and 1."""
    eighths = round(max(0.0, min(1.0, share)) * width * 8)
    full, part = divmod(eighths, 8)
    return ("█" * full + (" ▏▎▍▌▋▊▉"[part] if part else "")).ljust(width, "░")
