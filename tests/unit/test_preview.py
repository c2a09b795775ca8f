"""A text as its platform will show it: what the marks mean, and that nothing is wider than the pane."""

from __future__ import annotations

import pytest
from rich.cells import cell_len

from cm_console.model.length import Markup
from cm_console.testing.hostile_texts import HOSTILE_TEXTS
from cm_console.widgets.preview import preview_lines


def shown(text: str, markup: Markup = Markup.MARKDOWN, width: int = 40) -> list[str]:
    return ["".join(part for part, _ in line).rstrip() for line in preview_lines(text, markup, width)]


def test_markdown_is_shown_as_it_is_meant() -> None:
    text = "## Head\n\none\ntwo **bold** [docs](https://evil.example/a)\n\n> said\n> so\n\n1. a\n2. b\n   - c\n\n"
    text += "```\nx = 1\n```"
    assert shown(text) == [
        "Head",
        "",
        "one",
        "two bold docs (evil.example)",
        "",
        "│ said",
        "│ so",
        "",
        "1. a",
        "2. b",
        "   • c",
        "",
        "x = 1",
    ]  # fmt: skip


def test_what_is_no_markdown_stays_as_it_is() -> None:
    assert shown("# no\n**no** https://a.example", Markup.PLAIN) == ["# no", "**no** https://a.example"]
    assert shown("> q\n`x` **no**", Markup.QUOTES) == ["│ q", "x **no**"]


def test_tones_say_what_is_a_link_a_heading_and_code() -> None:
    lines = preview_lines("# Head\n`code` https://a.example", Markup.MARKDOWN, 40)
    assert ("Head", "strong") in lines[0]
    assert ("code", "accent") in lines[2] and ("https://a.example", "link") in lines[2]


@pytest.mark.parametrize("markup", Markup)
def test_hostile_texts_break_nothing_and_fit(markup: Markup) -> None:
    for text in HOSTILE_TEXTS:
        for line in preview_lines(text[:5_000], markup, 30):
            assert sum(cell_len(part) for part, _ in line) <= 50
            assert "\x1b" not in "".join(part for part, _ in line)
