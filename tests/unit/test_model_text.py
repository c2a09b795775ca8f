"""Member text becomes safe: nothing a terminal obeys is left, everything a reader needs stays."""

from __future__ import annotations

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cm_console.model import text as module
from cm_console.model.text import Safe, Untrusted, clean, clean_line, excerpt
from cm_console.testing import HOSTILE_TEXTS

ALLOWED = "\n\t\u200c\u200d"
ANY = st.text(st.characters(codec=None), max_size=300)  # lone surrogates included
PLAIN = st.text(
    st.characters(categories=("L", "N", "P", "S", "Zs"), exclude_characters="\u115f\u1160\u3164\uffa0"), max_size=300
)


def obeyed(text: str) -> list[str]:
    """The characters a terminal or a layout would obey instead of show."""
    return [c for c in text if c not in ALLOWED and unicodedata.category(c) in ("Cc", "Cf", "Cs", "Zl", "Zp")]


def test_no_code_point_at_all_gets_through() -> None:
    """All 1,114,112, each between two letters."""
    everything = "ab".join(map(chr, range(0x110000)))
    assert [hex(ord(letter)) for letter in obeyed(clean(everything))] == []


@pytest.mark.parametrize("text", HOSTILE_TEXTS, ids=range(len(HOSTILE_TEXTS)))
def test_the_hostile_texts_become_safe(text: str) -> None:
    """Once cleaned, as a text and as a line; cleaning again changes nothing."""
    safe, line = clean(text), clean_line(text)
    assert type(safe) is type(line) is Safe
    assert obeyed(safe) == [] and clean(safe) == safe
    assert obeyed(line) == [] and "\n" not in line and "\t" not in line and len(line) <= 500
    assert clean_line(line) == line


@given(ANY)
def test_clean_is_idempotent_and_complete(text: str) -> None:
    """For any text there is."""
    safe = clean(text)
    assert clean(safe) == safe and obeyed(safe) == []


@given(PLAIN)
def test_ordinary_text_stays_as_it_is(text: str) -> None:
    """Letters, numbers, punctuation, symbols and spaces of every script."""
    assert clean(text) == text


@pytest.mark.parametrize(
    ("text", "safe"),
    [
        ("a\x1b[31mb", "a␛[31mb"),
        ("\x00\x07\x7f", "␀␇␡"),
        ("a\x9b31mb\x85c", "a\ufffd31mb\nc"),
        ("one\r\ntwo\rthree", "one\ntwothree"),
        ("a\u2028b\u2029c", "a\nb\nc"),
        ("safe\u202egnp.exe", "safe\ufffdgnp.exe"),
        ("zero\u200bwidth\ufeff\u00ad", "zerowidth"),
        ("".join(chr(0xE0000 + ord(c)) for c in "hidden"), ""),
        ("\ud83d\ufffe\ufdd0", "\ufffd\ufffd\ufffd"),
        ("[red]x[/red] [/]", "[red]x[/red] [/]"),
        ("tab\tand\nline", "tab\tand\nline"),
        ("👨‍👩‍👧 🏴‍☠️ नमस्ते", "👨‍👩‍👧 🏴‍☠️ नमस्ते"),
        ("", ""),
    ],
)
def test_what_becomes_of_it(text: str, safe: str) -> None:
    """Controls are shown, invisible ones go or become U+FFFD, markup and joiners stay: text is never parsed."""
    assert clean(text) == safe


@given(st.text("ae\u0301\u0300\u0335\u20dd\u200b", max_size=60))
def test_at_most_four_marks_stand_on_a_letter(text: str) -> None:
    """Zalgo does not climb into the lines above; invisible characters in between do not help it."""
    marks = 0
    for letter in clean(text):
        marks = marks + 1 if unicodedata.combining(letter) or letter == "\u20dd" else 0
        assert marks <= 4


def test_the_quick_test_sees_whatever_the_table_would_change() -> None:
    """`clean` skips the table for most texts: no code point in it may be missed by what decides that."""
    table = module._table()
    assert [hex(code) for code in table if not re.search(module._SUSPICIOUS, chr(code))] == []
    assert [hex(code) for code in range(0x110000) if clean(chr(code)) != chr(code).translate(table)] == []


@given(ANY, st.integers(1, 80))
def test_a_line_is_one_line_of_limited_length(text: str, limit: int) -> None:
    """Whatever comes, and cleaning it again changes nothing."""
    line = clean_line(text, limit)
    assert len(line) <= limit and line == " ".join(line.split(" ")).strip(" ")
    assert not set(line) & set("\n\t\r\x0b\x0c") and obeyed(line) == []
    assert clean_line(line, limit) == line


@given(PLAIN)
def test_a_line_keeps_the_words(text: str) -> None:
    """When there is room."""
    assert clean_line(text, 1_000) == " ".join(text.split())


@given(
    st.lists(st.sampled_from([*"ab\u0301\n \u200b\u00ad\ufeff", "\u200b" * 9, " " * 9, "\u0301" * 9]), max_size=60),
    st.integers(1, 5),
)
def test_nothing_is_hidden_behind_what_nobody_sees(parts: list[str], limit: int) -> None:
    """A line is the beginning of the whole text, however much that is invisible stands before it or in between."""
    text = "".join(parts)
    whole = " ".join(clean(text).split())
    assert clean_line(text, limit) == (whole if len(whole) <= limit else whole[: limit - 1] + "…")


@pytest.mark.parametrize("unseen", ["\u200b", " ", "\n", "\u00ad", "\ufeff", "\u0301"])
def test_a_title_behind_thousands_of_unseen_characters_is_shown(unseen: str) -> None:
    """A spammer's way to a case without words; and the cost is that of reading the text a little more than once."""
    shown = clean_line(unseen * 50_000 + "Buy followers")
    assert shown.endswith("Buy followers")


def test_a_long_line_says_that_there_is_more() -> None:
    """With an ellipsis that counts."""
    assert clean_line("abcdef", 6) == "abcdef"
    assert clean_line("abcdefg", 6) == "abcde…"
    assert len(clean_line("x" * 1_000_000)) == 500


@given(PLAIN, st.integers(0, 50))
def test_an_excerpt_is_the_beginning_and_a_count(text: str, limit: int) -> None:
    """Nothing is lost silently."""
    part = excerpt(text, limit)
    assert type(part) is Safe and part.startswith(text[:limit])
    rest = len(text) - limit
    assert part == text if rest <= 0 else part.endswith(f"…\n[{rest:,} more characters]")


def test_untrusted_is_not_safe() -> None:
    """Two types, neither a kind of the other: a type checker sees a text that was never cleaned."""
    assert not issubclass(Untrusted, Safe) and not issubclass(Safe, Untrusted)
    assert type(clean(Untrusted("x"))) is Safe
