"""Length as each platform counts it; the store knows the rules offline."""

from __future__ import annotations

from pathlib import Path

import pytest

from cm_console.model.length import Markup, TextRules, Unit, length, too_long
from cm_console.model.source import Identity
from cm_console.store import Store, sources
from cm_console.store.sqlite import Connection

FAMILY = "👩‍👩‍👧"


@pytest.mark.parametrize(
    ("unit", "size"), [(Unit.CHARACTERS, 7), (Unit.GRAPHEMES, 3), (Unit.BYTES, 21), (Unit.UTF16, 10)]
)
def test_each_unit_counts_its_own_way(unit: Unit, size: int) -> None:
    assert length(f" é{FAMILY}a\n", TextRules(unit=unit)) == size


def test_links_and_mentions_count_as_the_platform_says() -> None:
    text = "@ann@other.example see https://example.org/a/b?c=d, ok"
    assert length(text, TextRules(link_counts_as=23, local_mentions=True)) == len("@ann see ") + 23 + len(", ok")
    assert length(text, TextRules()) == len(text)


def test_what_is_too_long_says_by_how_much() -> None:
    rules = TextRules(most=3, unit=Unit.BYTES)
    assert too_long("äb", rules) == ""
    assert too_long("ääb", rules) == "5 bytes, 3 are allowed: shorten or split it"
    assert too_long("x" * 10**6, TextRules()) == ""


async def test_the_rules_are_known_offline(tmp_path: Path) -> None:
    rules = TextRules(Markup.PLAIN, 500, Unit.GRAPHEMES, 23, local_mentions=True)
    store = Store.open(tmp_path / "c.db")
    try:

        def save(conn: Connection) -> None:
            source = sources.ensure(conn, "social", "mastodon")
            sources.save_identity(conn, source, Identity("1", "us", text=rules))

        await store.write(save)
        assert await store.read(lambda conn: sources.text_rules(conn, "social")) == rules
        assert await store.read(lambda conn: sources.text_rules(conn, "elsewhere")) == TextRules()
        assert (await store.read(sources.accounts))["social"] == ("mastodon", "1", "us")
    finally:
        store.close()
