"""What platforms vouch for of an account: addresses that were proved, profiles that were proved; hashed or plain."""

from __future__ import annotations

import pytest

from cm_console.model.records import Member
from cm_console.model.text import Untrusted
from cm_console.sources.mailman import records as mailman
from cm_console.sources.mailman import wire as mailman_wire
from cm_console.sources.mastodon import records as mastodon
from cm_console.sources.mastodon import wire as mastodon_wire
from cm_console.store.account_facts import hashed, plain_url


def test_mailman_tells_only_of_addresses_somebody_answered_from() -> None:
    proved = mailman_wire.Address("Mia@Example.org", verified_on="2026-01-01T00:00:00")
    assert mailman.person(proved).email == "mia@example.org"
    assert mailman.person(mailman_wire.Address("mia@example.org")).email == ""


def test_mastodon_tells_of_pages_that_link_back() -> None:
    page = '<a href="https://github.com/mia" rel="me"><span>github.com/mia</span></a>'
    lines = [
        mastodon_wire.ProfileField(page, "2026-01-01T00:00:00Z"),
        mastodon_wire.ProfileField(page.replace("mia", "somebodyelse")),
        mastodon_wire.ProfileField(None, "2026-01-01T00:00:00Z"),
        mastodon_wire.ProfileField('<a href="javascript:alert(1)">x</a>', "2026-01-01T00:00:00Z"),
    ]
    assert mastodon.member(mastodon_wire.Account("1", fields=lines)).links == ("https://github.com/mia",)
    assert mastodon.member(mastodon_wire.Account("1")).links == ()


def test_a_member_does_not_show_its_address() -> None:
    assert "secret" not in repr(Member("1", Untrusted("mia"), email="secret@example.org"))


@pytest.mark.parametrize(
    "url", ["https://www.GitHub.com/Mia/", "http://github.com/mia", "https://github.com/mia?tab=x#y"]
)
def test_addresses_of_the_same_page_are_the_same(url: str) -> None:
    assert plain_url(url) == "github.com/mia"


def test_a_hash_says_nothing_without_its_key() -> None:
    assert hashed(b"a", "mia") != hashed(b"b", "mia")
    assert hashed(b"a", "\udc80") == hashed(b"a", "\udc80")
