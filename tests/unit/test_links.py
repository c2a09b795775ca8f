"""Links in member text: the real host is shown, and nothing else can be opened."""

from __future__ import annotations

import pytest

from cm_console.widgets.links import number_links, real_host


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://docs.example/a b".replace(" ", "%20"), "docs.example"),
        ("https://good.example@evil.example/login", "evil.example"),
        ("https://аррle.example/", "xn--le-6kc8da.example"),
        ("HTTP://Example.ORG", "example.org"),
        ("mailto:mia@forum.example", "forum.example"),
        ("javascript:alert(1)", ""),
        ("file:///etc/passwd", ""),
        ("https://", ""),
        ("https://a\x1b]52;c;QQ==\x07", ""),
        ("https://a b/", ""),
        ("https://[::1", ""),
        ("https://" + "a" * 70 + ".example", ""),
    ],
)
def test_the_host_is_where_a_link_really_goes(url: str, host: str) -> None:
    assert real_host(url) == host


def shown(text: str) -> tuple[str, list[str]]:
    links: list[str] = []
    return number_links(text, links).replace("\N{NO-BREAK SPACE}", " "), links


def test_words_are_followed_by_the_host_they_lead_to() -> None:
    assert shown("see our bank <https://evil.example/login> now") == (
        "see our bank ‹1 evil.example› now",
        ["https://evil.example/login"],
    )


def test_a_bare_address_shows_host_and_path_and_gives_back_the_full_stop() -> None:
    assert shown("Read https://docs.example/a/b?x=1. Thanks") == (
        "Read ‹1 docs.example/a/b›. Thanks",
        ["https://docs.example/a/b?x=1"],
    )
    assert shown("(https://docs.example/wiki/Foo_(bar))")[1] == ["https://docs.example/wiki/Foo_(bar)"]


def test_the_same_address_keeps_its_number() -> None:
    text, links = shown("https://a.example https://b.example https://a.example")
    assert text == "‹1 a.example› ‹2 b.example› ‹1 a.example›"
    assert links == ["https://a.example", "https://b.example"]


def test_members_cannot_paint_a_link() -> None:
    text, links = shown("trust ‹1 good.example› and <javascript:x>")
    assert text == "trust <1 good.example> and <javascript:x>"
    assert links == []
