"""Words on their way to and from Mastodon: length as it counts, what is the same, who is addressed, titles."""

from __future__ import annotations

import pytest

from cm_console.sources.mastodon.flavours import Flavour, flavour_of
from cm_console.sources.mastodon.wording import addressed, length, normal, plain, rejoined, same, title_of
from cm_console.testing.hostile_texts import HOSTILE_TEXTS
from tests.servers.mastodon_world import cook


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("", 0),
        ("twelve words", 12),
        ("two\r\nlines", 9),
        ("see https://example.org/a/very/long/path/that/goes/on?and=on#top", 4 + 23),
        ("https://a.de", 23),
        ("http://a.de.", 24),
        ("(https://a.de)", 25),
        ("(https://a.de/wiki/Elephant_(disambiguation))", 25),
        ("https://a.de https://b.de", 47),
        ("example.org/not-a-link-without-a-scheme", 39),
        ("@ann hello", 10),
        ("@ann@other.example hello", 10),
        ("@ann@other.example.", 5),
        ("mail ann@other.example", 22),
        ("https://social.example/@ann@other.example", 23),
        ("naïve", 5),
        ("nai\u0308ve", 5),
        ("👍", 1),
        ("👍🏽", 1),
        ("👩‍🚀 👨‍👩‍👧‍👦", 3),
        ("🇩🇪🇫🇷", 2),
        ("🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f", 1),
        ("☠️", 1),
        ("한국", 2),
        ("\u1112\u1161\u11ab", 1),
        ("漢字", 2),
    ],
)
def test_length_is_counted_as_mastodon_counts(text: str, count: int) -> None:
    assert length(text) == count


def test_the_server_says_what_a_url_costs() -> None:
    assert length("https://example.org", per_url=30) == 30


@pytest.mark.parametrize(
    "text",
    [
        "Plain words",
        "Two paragraphs\n\nand a\nline break",
        "A link https://example.org/a/very/long/path/that/is/cut/for/show?x=1&y=2 inside",
        "Hello @ann, meet @bob@other.example and #bikes",
        "1 < 2 && \"quotes\" 'too' <b>no markup</b> <https://example.org>",
        "  spaces   around\tand tabs  ",
        "Naïve, decomposed: nai\u0308ve",
        "👩‍🚀 emoji 🇩🇪",
    ],
)
@pytest.mark.parametrize("flavour", ["mastodon", "pleroma"])
def test_what_was_sent_is_known_again(text: str, flavour: str) -> None:
    assert same(text, cook(text, flavour=flavour))
    assert same(text, cook(f"@ann @bob@other.example {text}", flavour=flavour)), "with whom it is addressed to"
    assert not same(text, cook(f"{text} and more", flavour=flavour))
    assert not same(f"{text} and more", cook(text, flavour=flavour))


def test_links_hashtags_and_mentions_are_read() -> None:
    url = "https://example.org/a/very/long/path/that/is/cut/for/show"
    for flavour in ("mastodon", "pleroma"):
        assert plain(cook(f"Look: {url} #bikes @ann", flavour=flavour)) == f"Look: {url} #bikes @ann"


@pytest.mark.parametrize(
    ("text", "accts", "said"),
    [
        ("Hello", ["ann"], "@ann Hello"),
        ("Hello @ann", ["ann"], "Hello @ann"),
        ("hello @Ann.", ["ann"], "hello @Ann."),
        ("Hello", ["ann", "bob@other.example", "ann"], "@ann @bob@other.example Hello"),
        ("@bob Hello", ["bob@other.example"], "@bob@other.example @bob Hello"),
        ("@bob@other.example Hello", ["ann", "bob@other.example"], "@ann @bob@other.example Hello"),
        ("mail me at x@ann", ["ann"], "@ann mail me at x@ann"),
        ("@anna Hello", ["ann"], "@ann @anna Hello"),
        ("Hello", [], "Hello"),
    ],
)
def test_an_answer_names_whom_it_must_reach(text: str, accts: list[str], said: str) -> None:
    assert addressed(text, accts) == said


def test_an_edit_keeps_whom_it_reached() -> None:
    accts = ["bob@other.example", "ann"]
    assert rejoined("@bob and @ann, @bobby", accts) == "@bob@other.example and @ann, @bobby"
    assert rejoined("@bob@other.example hi. @bob.", accts) == "@bob@other.example hi. @bob@other.example."
    assert rejoined("x@bob @bob@third.example", accts) == "x@bob @bob@third.example"


@pytest.mark.parametrize(
    ("text", "spoiler", "title"),
    [
        ("@team @ann How do I?\n\nMore", "", "How do I?"),
        ("\n\n  First line \nsecond", "", "First line"),
        ("@team", "", "@team"),
        ("", "", ""),
        ("All about it", "Spoiler", "Spoiler"),
        ("x" * 300, "", "x" * 99 + "…"),
    ],
)
def test_titles_are_first_lines(text: str, spoiler: str, title: str) -> None:
    assert title_of(text, spoiler) == title


def test_hostile_texts_cost_little_and_break_nothing() -> None:
    for text in HOSTILE_TEXTS:
        assert length(text[:20_000]) >= 0
        assert normal(text[:20_000]) == normal(normal(text[:20_000]))
        title_of(text)
        plain(text[:20_000])


@pytest.mark.parametrize(
    ("version", "source", "flavour"),
    [
        ("4.6.4", "https://github.com/mastodon/mastodon", Flavour.MASTODON),
        ("4.3.0+glitch", "", Flavour.MASTODON),
        ("0.17.3+git-1a2b", "", Flavour.GOTOSOCIAL),
        ("1.0.0", "https://codeberg.org/superseriousbusiness/gotosocial", Flavour.GOTOSOCIAL),
        ("2.7.2 (compatible; Pleroma 2.6.0)", "", Flavour.PLEROMA),
        ("2.7.2 (compatible; Akkoma 3.10.4)", "", Flavour.AKKOMA),
        ("4.2.1 (compatible; Iceshrimp 2023.12)", "", Flavour.OTHER),
        ("", "", Flavour.MASTODON),
    ],
)
def test_versions_tell_the_software(version: str, source: str, flavour: Flavour) -> None:
    assert flavour_of(version, source) is flavour
