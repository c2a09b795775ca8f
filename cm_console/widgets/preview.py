"""A text about to be sent as its platform will show it: headings, quotes, lists, code, links with their real host."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from rich.cells import cell_len

from cm_console.model.length import Markup
from cm_console.model.text import clean
from cm_console.widgets.lines import Line, Span, wrap
from cm_console.widgets.links import real_host

if TYPE_CHECKING:
    from markdown_it.token import Token

_URL = re.compile(r"(https?://[^\s<>]+)")
_CODE = re.compile(r"`([^`\n]+)`")


def preview_lines(text: str, markup: Markup, width: int) -> list[Line]:
    """The lines of a text, each at most `width` cells."""
    words = clean(text.strip("\n"))
    if markup is Markup.MARKDOWN:
        return _Page(width).read(words)
    if markup is Markup.QUOTES:
        return [line for row in words.split("\n") for line in _row(row, width)]
    return [line for row in words.split("\n") for line in _wrapped(list(_linked(row, "")), width)]


def _row(row: str, width: int) -> list[Line]:
    if row.startswith(">"):
        return [[("│ ", "quote"), (line, "quote")] for line in wrap(row[1:].strip(), width - 2)]
    parts = _CODE.split(row)
    spans = [span for n, part in enumerate(parts) for span in ([(part, "accent")] if n % 2 else _linked(part, ""))]
    return _wrapped(spans, width)


def _linked(text: str, tone: str) -> Iterator[Span]:
    for number, part in enumerate(_URL.split(text)):
        if part:
            yield part, "link" if number % 2 else tone


def _wrapped(spans: Sequence[Span], width: int) -> list[Line]:
    """Spans broken into lines at spaces; a line end in them stays one."""
    lines: list[Line] = [[]]
    used = 0
    for text, tone in spans:
        for piece in re.findall(r"\n|[^\S\n]+|\S+", text):
            for part in [piece] if cell_len(piece) <= width else wrap(piece, width):
                size = cell_len(part)
                if piece == "\n" or (used and used + size > width):
                    lines.append([])
                    used = 0
                if piece != "\n" and (used or not part.isspace()):
                    lines[-1].append((part, tone))
                    used += size
    return lines


@dataclass
class _Page:
    """Lays Markdown out; `inside` are the marks before each line: of quotes and lists, first line and others."""

    width: int
    lines: list[Line] = field(default_factory=list)
    inside: list[tuple[Span, Span]] = field(default_factory=list)
    numbers: list[int | None] = field(default_factory=list)
    tight: bool = False
    depth: int = 0
    begins: bool = False

    def read(self, text: str) -> list[Line]:
        """The lines of a whole text."""
        from markdown_it import MarkdownIt

        tone = ""
        for token in MarkdownIt("commonmark").enable("strikethrough").parse(text):
            if token.type == "heading_open":
                tone = "strong"
            elif token.type == "heading_close":
                tone = ""
            elif token.type == "inline":
                self._put(_wrapped(list(_spans(token.children or [], tone)), self._room()))
            elif token.type in ("fence", "code_block"):
                self._put(
                    [
                        [(line, "accent")]
                        for row in token.content.rstrip("\n").split("\n")
                        for line in wrap(row, self._room())
                    ]
                )
            elif token.type == "hr":
                self._put([[("─" * self._room(), "rule")]])
            elif token.type == "html_block":
                self._put([[(line, "warn")] for line in wrap(token.content.rstrip("\n"), self._room())])
            else:
                self._nest(token)
        return self.lines

    def _nest(self, token: Token) -> None:
        if token.type == "blockquote_open":
            self.inside.append((("│ ", "quote"), ("│ ", "quote")))
        elif token.type in ("bullet_list_open", "ordered_list_open"):
            self.begins = not self.numbers
            self.numbers.append(int(token.attrGet("start") or 1) if token.type.startswith("ordered") else None)
        elif token.type in ("bullet_list_close", "ordered_list_close"):
            self.numbers.pop()
        elif token.type == "list_item_open":
            number = self.numbers[-1]
            mark = "• " if number is None else f"{number}. "
            self.numbers[-1] = None if number is None else number + 1
            self.inside.append(((mark, "accent"), (" " * len(mark), "")))
            self.tight, self.begins = not self.begins, False
        elif token.type in ("blockquote_close", "list_item_close"):
            self.inside.pop()

    def _room(self) -> int:
        return max(8, self.width - sum(cell_len(rest[0]) for _, rest in self.inside))

    def _put(self, block: Sequence[Line]) -> None:
        """A block below an empty line; of a list's rows none stands apart, and its mark is said once."""
        if self.lines and not self.tight:
            self.lines.append([rest for _, rest in self.inside if rest[1] == "quote"][: self.depth])
        self.tight, self.depth = False, sum(rest[1] == "quote" for _, rest in self.inside)
        for number, line in enumerate(block):
            self.lines.append([*(first if not number else rest for first, rest in self.inside), *line])
        self.inside = [(rest, rest) for _, rest in self.inside]


def _spans(children: Sequence[Token], tone: str) -> Iterator[Span]:
    hosts: list[str] = []
    strong = 0
    for child in children:
        now = "link" if hosts else "strong" if strong or tone else ""
        if child.type in ("softbreak", "hardbreak"):
            yield "\n", ""
        elif child.type == "text":
            yield from [(child.content, now)] if hosts else _linked(child.content, now)
        elif child.type == "code_inline":
            yield child.content, "accent"
        elif child.type == "html_inline":
            yield child.content, "warn"
        elif child.type == "image":
            yield f"[picture: {child.content}] ({real_host(str(child.attrGet('src') or ''))})", "link"
        elif child.type == "link_open":
            hosts.append(real_host(str(child.attrGet("href") or "")))
        elif child.type == "link_close":
            yield f" ({hosts.pop()})", "dim"
        elif child.type.startswith("strong_"):
            strong += child.nesting
