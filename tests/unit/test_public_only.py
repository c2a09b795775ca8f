"""Private addresses: refused before they are knocked at, after a redirect, and when a name resolves anew to one."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from typing import Any

import pytest

from cm_console.model.errors import Refused, Unreachable
from cm_console.model.source import Feed
from cm_console.sources.http import Gateway
from cm_console.sources.public_only import is_public, public_only, public_peer
from cm_console.sources.rss import Rss, RssSettings
from cm_console.testing import FakeClock
from tests.servers.feeds import FeedServer
from tests.servers.loopback import Reply

PUBLIC = "93.184.216.34"


@pytest.fixture
async def server() -> AsyncIterator[FeedServer]:
    server = FeedServer(FakeClock())
    server.add("hello")
    await server.start()
    yield server
    await server.stop()


@pytest.mark.parametrize(
    "address",
    [
        *(
            "127.0.0.1",
            "0.0.0.0",
            "10.1.2.3",
            "172.16.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "192.0.2.1",
        ),
        *("224.0.0.1", "240.0.0.1", "255.255.255.255", "198.18.0.1", "::1", "::", "fe80::1", "fe80::1%eth0", "fc00::1"),
        *("fd00:ec2::254", "fec0::1", "ff02::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::a9fe:a9fe"),
        *("64:ff9b:1::1", "2002:7f00:1::", "2001:db8::1", "not an address", ""),
    ],
)
def test_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", [PUBLIC, "1.1.1.1", "2606:4700:4700::1111", "::ffff:1.1.1.1", "64:ff9b::101:101"])
def test_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]", "0x7f.1", "2130706433"])
async def test_private_hosts_are_refused_whatever_they_are_called(host: str) -> None:
    with pytest.raises(Refused, match="private = true"):
        await public_only(f"http://{host}:1/feed")


async def test_an_unknown_host_is_unreachable(monkeypatch: pytest.MonkeyPatch) -> None:
    async def nobody(*_: Any, **__: Any) -> Any:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", nobody)
    with pytest.raises(Unreachable, match=r"feeds\.test could not be reached"):
        await public_only("https://feeds.test/")


async def test_a_feed_on_this_machine_needs_a_yes(server: FeedServer) -> None:
    url, clock = f"{server.url}/feed", FakeClock()
    source = Rss(RssSettings(url), clock)
    with pytest.raises(Refused, match="private network"):
        await source.check()
    assert server.seen == []
    allowed = Rss(RssSettings(url, private=True), clock)
    assert (await allowed.check()).name == "A Blog"
    await source.close()
    await allowed.close()


async def test_a_redirect_to_a_private_address_is_refused(server: FeedServer) -> None:
    async def only_this_one(url: str) -> None:
        if not url.startswith(server.url):
            await public_only(url)

    gate = Gateway(server.url, clock=FakeClock(), guard=only_this_one)
    server.raw["/moved"] = Reply(None, 302, {"Location": "http://127.0.0.2:1/metadata"})
    with pytest.raises(Refused, match=r"127\.0\.0\.2"):
        await gate.get("/moved")
    await gate.close()


async def test_a_name_that_resolves_anew_to_a_private_address_gets_no_request(
    server: FeedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """DNS rebinding: public for the first look, this machine for the connection."""
    answers = [PUBLIC]

    async def rebinding(host: str, port: int, **_: Any) -> Any:
        address = answers.pop() if answers else "127.0.0.1"
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))]

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", rebinding)
    source = Rss(RssSettings(f"http://feeds.test:{server.port}/feed"), FakeClock())
    with pytest.raises(Refused, match="private network"):
        _ = [page async for page in source.pull(Feed.THREADS, None)]
    assert not answers and server.seen == []
    await source.close()


async def test_a_peer_is_seen_before_a_byte_is_sent(server: FeedServer) -> None:
    gate = Gateway(server.url, clock=FakeClock(), peer=public_peer)
    with pytest.raises(Refused) as caught:
        await gate.write("POST", "/feed", {})
    assert caught.value.landed is False and server.seen == []
    await gate.close()
