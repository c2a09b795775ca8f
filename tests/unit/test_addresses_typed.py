"""What people type for an address: a profile, a handle, a place where something else answers."""

from __future__ import annotations

import pytest

from cm_console.model.errors import Refused
from cm_console.model.settings import Secret, make_settings
from cm_console.sources.mastodon import Mastodon, MastodonSettings
from cm_console.sources.mastodon.server import address
from cm_console.sources.matrix import Matrix, MatrixSettings
from cm_console.sources.matrix.server import Server
from cm_console.testing import FakeClock
from tests.servers.loopback import LoopbackServer, Reply


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("social.example.org", "https://social.example.org"),
        (" https://social.example.org/ ", "https://social.example.org"),
        ("https://social.example.org/@team", "https://social.example.org"),
        ("https://social.example.org/deck/@team@other.test", "https://social.example.org"),
        ("@team@social.example.org", "https://social.example.org"),
        ("http://127.0.0.1:3000", "http://127.0.0.1:3000"),
    ],
)
def test_a_mastodon_server_out_of_a_profile_or_handle(typed: str, meant: str) -> None:
    assert address(typed) == meant


@pytest.mark.parametrize("typed", ["@team:example.org", "example.org", "https://example.org/_matrix/"])
def test_a_homeserver_out_of_a_matrix_id(typed: str) -> None:
    assert repr(Server(typed, Secret("t"), "", FakeClock()).gate) == "Gateway(https://example.org)"


def test_a_visibility_nobody_knows_is_refused_when_it_is_typed() -> None:
    with pytest.raises(ValueError, match="visibility must be public, unlisted or private, not 'world'"):
        make_settings(MastodonSettings, {"url": "x", "token": "t0ken", "visibility": "world"})


async def test_where_something_else_answers_the_words_say_so() -> None:
    clock = FakeClock()
    other = LoopbackServer(lambda seen: Reply({"message": "Not Found"}, 404), clock)
    await other.start()
    try:
        mastodon = Mastodon(MastodonSettings(other.url, Secret("t0ken")), clock)
        with pytest.raises(Refused, match=r"no Mastodon, nor a server like it, answers at http://127"):
            await mastodon.check()
        matrix = Matrix(MatrixSettings(other.url, Secret("t0ken")), clock)
        with pytest.raises(Refused, match="no homeserver answers there: your Matrix client tells its address"):
            await matrix.check()
        await mastodon.close()
        await matrix.close()
    finally:
        await other.stop()
