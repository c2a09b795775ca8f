"""Lines: exact widths whatever the text, nothing lost in wrapping, nothing that steers."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from cm_console.widgets.lines import Cell, bar, crop, fit, lay, one_line, tag, wrap
from cm_console.widgets.safe import STEERING

texts = st.text(max_size=80) | st.sampled_from(["日本語テキスト", "a\x1b[2Jb", "👩‍👩‍👧 family", "e" + "\u0301" * 9, ""])


@given(st.lists(st.tuples(texts, st.none() | st.integers(0, 20), st.booleans()), max_size=6), st.integers(0, 60))
def test_a_laid_line_is_exactly_as_wide_as_asked(cells: list[tuple[str, int | None, bool]], width: int) -> None:
    line = lay([Cell(text, "", size, right) for text, size, right in cells], width)
    assert sum(cell_len(text) for text, _ in line) == width
    assert not any(STEERING.search(text) or "\n" in text for text, _ in line)


@given(texts, st.integers(1, 30), st.booleans())
def test_fit_is_exact_and_says_when_it_cut(text: str, width: int, right: bool) -> None:
    text = one_line(text)
    fitted = fit(text, width, right=right)
    assert cell_len(fitted) == width
    assert ("…" in fitted) >= (cell_len(text) > width)


@given(texts, st.integers(2, 20))
def test_wrapping_keeps_every_letter_and_the_width(text: str, width: int) -> None:
    lines = wrap(text, width)
    assert all(cell_len(line) <= width for line in lines)
    assert "".join("".join(lines).split()) == "".join(one_line(text).split())


def test_wrapping_breaks_at_spaces_and_keeps_empty_lines() -> None:
    assert wrap("one two three\n\nfour", 8) == ["one two", "three", "", "four"]
    assert wrap("abcdefghij k", 4) == ["abcd", "efgh", "ij k"]


def test_cropping_pads_and_cuts_in_the_middle_of_a_span() -> None:
    assert crop([("abc", "x"), ("def", "y")], 5) == [("abc", "x"), ("de", "y")]
    assert crop([("日本", "x")], 3) == [("日 ", "x")]
    assert crop([("a", "")], 3) == [("a", ""), ("  ", "")]


def test_right_alignment_and_the_flexible_column() -> None:
    line = lay([Cell("2h", width=4, right=True), Cell("title"), Cell("x", width=2)], 14)
    assert "".join(text for text, _ in line) == "  2h title  x "


def test_a_source_has_the_same_tag_and_hue_every_time() -> None:
    assert tag("forum", "discourse") == tag("forum", "discourse")
    assert tag("forum", "discourse").text == "dsc"
    assert {tag(f"source {n}", "x").tone for n in range(40)} == {f"hue-{n}" for n in range(6)}


def test_bars_are_as_long_as_the_share() -> None:
    assert bar(0, 4) == "░░░░"
    assert bar(1, 4) == "████"
    assert bar(0.5, 4) == "██░░"
    assert bar(2, 4) == "████"
    assert bar(0.3125, 4) == "█▎░░"
