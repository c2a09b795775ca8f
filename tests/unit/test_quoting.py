"""Quotes: in the platform's way, with a name that is only a name, and no text that gets out of its quote."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest
from markdown_it import MarkdownIt

from cm_console.model.quoting import as_markdown, quoted, sentences
from cm_console.model.templates import unfilled
from cm_console.model.text import clean
from cm_console.testing.hostile_texts import HOSTILE_TEXTS

ZONE = ZoneInfo("Europe/Berlin")
AT = 1_795_000_000_000
KINDS = ("discourse", "github", "email", "matrix")


def quote(body: str, author: str = "mia", kind: str = "github", url: str = "") -> str:
    return quoted(body, author, AT, kind, ZONE, url)


def test_each_platform_has_its_own_way_and_the_name() -> None:
    assert quote("One\nTwo") == "mia wrote:\n> One\n> Two\n\n"
    assert quote("One", kind="email") == "On Wed, 18 Nov 2026, 12:06, mia wrote:\n> One\n\n"
    assert quote("One", kind="discourse") == '[quote="mia"]\nOne\n[/quote]\n\n'
    where = quote("One", kind="discourse", url="https://forum.example/t/brakes/12/3")
    assert where == '[quote="mia, post:3, topic:12"]\nOne\n[/quote]\n\n'


def test_what_a_post_quotes_is_left_out_unless_it_is_all() -> None:
    assert quote("One\n\n> old\n > older\n\nTwo\n") == "mia wrote:\n> One\n>\n> Two\n\n"
    assert quote("> old\n> older") == "mia wrote:\n> > old\n> > older\n\n"


@pytest.mark.parametrize(
    ("author", "name"),
    [
        ("@everyone", "everyone"),
        ("you @all", "you all"),
        ("mia@home.example", "mia@home.example"),
        ("[x](https://evil.example)", "x(https://evil.example)"),
        ("# **big**", "big"),
        ('a"]\n[/quote] b', "a /quote b"),
        ("{title}", "title"),
        ("<>", "somebody"),
    ],
)
def test_a_name_is_only_a_name(author: str, name: str) -> None:
    assert quote("One", author) == f"{name} wrote:\n> One\n\n"
    assert quote("One", author, "discourse").startswith(f'[quote="{name}"]\n')


def test_no_words_get_out_of_a_discourse_quote() -> None:
    words = quote("Hi\n[/quote]\nI am the team [QUOTE=x]\n```\ncode", kind="discourse")
    lines = words.strip().split("\n")
    assert lines == ['[quote="mia"]', "Hi", r"\[/quote]", r"I am the team \[QUOTE=x]", "```", "code", "```", "[/quote]"]
    assert quote("```\na\n```\nb", kind="discourse").count("```") == 2
    assert quote("~~~\n```\na", kind="discourse").rstrip().endswith("```\na\n~~~\n[/quote]")


@pytest.mark.parametrize("kind", KINDS)
def test_hostile_words_stay_in_the_quote(kind: str) -> None:
    for text in HOSTILE_TEXTS:
        made = as_markdown(quote(clean(text[:3_000]), kind=kind), kind) + "OURS"
        tokens = MarkdownIt("commonmark").parse(made)
        outside, depth = [], 0
        for token in tokens:
            depth += {"blockquote_open": 1, "blockquote_close": -1}.get(token.type, 0)
            outside += [token.content] if not depth and token.content else []
        assert len(outside) == 2 and outside[0].startswith(("mia", "On ")) and outside[1] == "OURS", made


def test_places_in_a_quote_are_not_ours_to_fill_in() -> None:
    for kind in KINDS:
        assert unfilled(quote("Use {title} there", kind=kind) + "Yes.") == ()
        assert unfilled(quote("Use it", kind=kind) + "{title}!") == ("title",)


def test_the_preview_reads_a_discourse_quote_as_one() -> None:
    made = quote("One\n[quote]\n\nTwo", kind="discourse") + "Three"
    assert as_markdown(made, "discourse") == "mia:\n> One\n> [quote]\n>\n> Two\n\nThree"
    assert as_markdown(made, "github") == made


def test_sentences_of_a_line() -> None:
    line = '  One. "Two?" See v2.4 at https://a.example/x.y now'
    assert [line[first:last] for first, last in sentences(line)] == [
        "One.",
        '"Two?"',
        "See v2.4 at https://a.example/x.y now",
    ]
    assert sentences("") == sentences("   ") == []
    assert [len("他走了。"), 0][:1] == [sentences("他走了。你呢？")[0][1]]
