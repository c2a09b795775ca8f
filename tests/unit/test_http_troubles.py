"""What is said when nobody answers, or somebody else does: words that help, and never a traceback."""

from __future__ import annotations

import asyncio

import pytest

from cm_console.model.errors import Refused, Unauthorized, Unreachable
from cm_console.model.settings import Secret
from cm_console.sources.http import Gateway
from cm_console.sources.http_troubles import trouble
from cm_console.testing import FakeClock
from tests.unit.test_http import failing, far_end, reply, to


@pytest.mark.parametrize(
    "address", ["https://@team:example.org", "https://a.test:port", "http://[::1", "https://a:99999"]
)
async def test_what_is_no_address_is_said_so(address: str) -> None:
    gate = Gateway(address, clock=FakeClock())
    with pytest.raises(Refused, match="is no address: write it like https://"):
        await gate.get("/x")
    with pytest.raises(Refused, match="is no address"):
        await gate.write("POST", "/x")


@pytest.mark.parametrize("place", ["http://a:b/", "http://[oh", "//[oh"])
async def test_a_server_that_sends_us_to_no_address_is_refused(place: str) -> None:
    async with far_end() as far, to(far) as gate:
        far.answers = [reply("", 302, location=place)]
        said = str(await failing(gate))
        assert "not safe" in said or "Invalid URL" in said


async def test_who_is_refused_where_we_were_redirected_to_learns_the_address() -> None:
    """`http://` typed for `https://`: credentials stay at home, so the other end knows nobody."""
    async with far_end() as far, far_end() as other, to(far) as gate:
        far.answers = [reply("", 301, location=f"{other.url}/me")]
        other.answers = [reply('{"error": "The access token is invalid"}', 401)]
        error = await failing(gate)
        assert isinstance(error, Refused) and str(error).endswith(f"{other.url}: is that the address to use?")
        far.answers = [reply("", 302, location="/me"), reply('{"error": "The access token is invalid"}', 401)]
        assert isinstance(await failing(gate), Unauthorized)


async def test_https_to_a_port_that_speaks_http() -> None:
    async def plain(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.write(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
        writer.close()

    async with far_end(plain) as far:
        gate = Gateway(far.url.replace("http:", "https:"), clock=FakeClock(), headers={"A": Secret("s3cret")})
        with pytest.raises(Unreachable, match=r"could not be reached: it speaks no https there"):
            await gate.get("/x")
        await gate.close()


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ("[Errno -2] Name or service not known", "no computer of that name"),
        ("[Errno 8] nodename nor servname provided, or not known", "no computer of that name"),
        ("[Errno -3] Temporary failure in name resolution", "is there a network"),
        ("[Errno 101] Network is unreachable", "is there a network"),
        ("[SSL: CERTIFICATE_VERIFY_FAILED] self-signed certificate", "certificate is not trusted: .*self-signed"),
        ("All connection attempts failed", "nothing answers there"),
        ("something new", "^something new$"),
        ("", "^OSError$"),
    ],
)
def test_the_words_of_the_system_become_ours(said: str, words: str) -> None:
    import re

    assert re.search(words, trouble(OSError(said), 10, said))
