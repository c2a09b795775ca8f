"""The HTTP gateway against raw loopback servers: what each end of a request means, and what never leaves us."""

from __future__ import annotations

import asyncio
import gzip
import logging
import traceback
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import msgspec
import pytest

from cm_console.model.errors import (
    Conflict,
    Gone,
    Malformed,
    Refused,
    SourceError,
    Throttled,
    Unauthorized,
    Unreachable,
)
from cm_console.model.settings import Secret
from cm_console.model.source import Budget
from cm_console.model.text import Safe
from cm_console.model.time import HOUR, Instant
from cm_console.sources import http, http_bodies
from cm_console.sources.http import Gateway
from cm_console.sources.http_answers import X_RATELIMIT, X_RATELIMIT_ISO, Answer, Dialect, Request, budget_of, words_of
from cm_console.sources.http_clients import MOST
from cm_console.testing import START, FakeClock
from cm_console.testing.cancel import cut

TOKEN = "s3cret+tok/en"
Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


class Far:
    """A server that does with each connection what it is told, and remembers what it was sent."""

    def __init__(self) -> None:
        self.heads: list[str] = []
        self.bodies: list[bytes] = []
        self.connections = 0
        self.answers: list[bytes | None] = []
        self.url = ""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode()
                self.heads.append(head)
                length = next((int(v) for k, v in headers(head).items() if k == "content-length"), 0)
                self.bodies.append(await reader.readexactly(length))
                answer = self.answers.pop(0) if self.answers else reply("{}")
                if answer is None:
                    return
                writer.write(answer)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()


def headers(head: str) -> dict[str, str]:
    lines = [line.split(": ", 1) for line in head.split("\r\n")[1:] if ": " in line]
    return {name.lower(): value for name, value in lines}


def reply(body: str | bytes, status: int = 200, **more: str) -> bytes:
    data = body.encode() if isinstance(body, str) else body
    lines = [f"HTTP/1.1 {status} Whatever", f"Content-Length: {len(data)}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in more.items()]
    return ("\r\n".join(lines) + "\r\n\r\n").encode() + data


@asynccontextmanager
async def far_end(serve: Serve | None = None) -> AsyncIterator[Far]:
    far = Far()
    tasks: dict[asyncio.Task[None] | None, asyncio.StreamWriter] = {}

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        tasks[asyncio.current_task()] = writer
        await (serve or far.serve)(reader, writer)

    server = await asyncio.start_server(handle, "127.0.0.1", 0)
    far.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield far
    finally:
        server.close()
        for task, writer in tasks.items():
            writer.transport.abort()
            assert task is not None
            await task
        await server.wait_closed()


@pytest.fixture
async def far() -> AsyncIterator[Far]:
    async with far_end() as made:
        yield made


@asynccontextmanager
async def to(far: Far, **more: object) -> AsyncIterator[Gateway]:
    gate = Gateway(far.url, clock=FakeClock(), headers={"Api-Key": Secret(TOKEN), "Api-Username": "zoë"}, **more)  # type: ignore[arg-type]  # test options
    try:
        yield gate
    finally:
        await gate.close()
        await gate.close()


async def failing(gate: Gateway, method: str = "GET") -> SourceError:
    with pytest.raises(SourceError) as caught:
        await (gate.get("/x.json") if method == "GET" else gate.write(method, "/x.json", {"a": 1}))
    shown = "".join(traceback.format_exception(caught.value)) + repr(gate) + repr(vars(caught.value))
    assert TOKEN not in shown
    return caught.value


async def test_a_read_carries_token_and_query_and_gives_typed_json(far: Far) -> None:
    far.answers = [reply('{"n": 3, "more": [1]}')]
    async with to(far) as gate:
        answer = await gate.get("/t/1.json", {"page": 2, "ids[]": [1, 2]})
        assert answer.decode(dict[str, object])["n"] == 3
    assert far.heads[0].startswith("GET /t/1.json?page=2&ids%5B%5D=1&ids%5B%5D=2 HTTP/1.1")
    assert headers(far.heads[0])["api-key"] == TOKEN
    assert headers(far.heads[0])["api-username"] == "zoë"
    assert headers(far.heads[0])["user-agent"].startswith("cm-console/")


async def test_a_secret_in_the_query_is_sent_but_never_shown(far: Far, caplog: pytest.LogCaptureFixture) -> None:
    far.answers = [reply(f'{{"error": "bad key {TOKEN}"}}', 400)]
    caplog.set_level(logging.DEBUG)
    gate = Gateway(far.url, clock=FakeClock(), query={"key": Secret(TOKEN)})
    error = await failing(gate)
    await gate.close()
    assert "key=s3cret%2Btok%2Fen" in far.heads[0]
    assert str(error) == "bad key ***"
    assert TOKEN not in caplog.text
    assert "s3cret%2Btok%2Fen" not in caplog.text


async def test_every_write_has_a_fresh_connection_and_reads_share_one(far: Far) -> None:
    async with to(far) as gate:
        for _ in range(3):
            await gate.get("/a.json")
        assert far.connections == 1
        for _ in range(3):
            await gate.write("PUT", "/a.json", {"x": Safe("é")})
    assert far.connections == 4
    assert msgspec.json.decode(far.bodies[-1]) == {"x": "é"}


STATUSES: list[tuple[int, str, type[SourceError], bool | None]] = [
    (400, "GET", Refused, False),
    (400, "PUT", Refused, False),
    (401, "GET", Unauthorized, False),
    (403, "PUT", Unauthorized, False),
    (404, "PUT", Gone, False),
    (408, "PUT", Unreachable, None),
    (409, "PUT", Conflict, False),
    (410, "GET", Gone, False),
    (422, "POST", Refused, False),
    (425, "POST", Unreachable, None),
    (429, "POST", Throttled, False),
    (500, "GET", Unreachable, False),
    (500, "POST", Unreachable, None),
    (502, "DELETE", Unreachable, None),
    (503, "GET", Unreachable, False),
    (503, "POST", Unreachable, None),
]


@pytest.mark.parametrize(("status", "method", "kind", "landed"), STATUSES)
async def test_statuses(far: Far, status: int, method: str, kind: type[SourceError], landed: bool | None) -> None:
    far.answers = [reply('{"errors": ["No\\n\\u001b[31m way", "really"]}', status)]
    async with to(far) as gate:
        error = await failing(gate, method)
    assert type(error) is kind
    assert error.landed is landed
    assert error.status == status
    assert str(error) == "No ␛[31m way; really"


async def test_no_connection_means_it_did_not_land() -> None:
    async with far_end() as far:
        pass
    async with to(far) as gate:
        error = await failing(gate, "POST")
    assert isinstance(error, Unreachable)
    assert error.landed is False
    assert "127.0.0.1 could not be reached" in str(error)


@pytest.mark.parametrize(
    "answer", [None, b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n{}", b"nonsense\r\n\r\n", reply("{}")[:-10]]
)
async def test_a_broken_answer_to_a_write_is_unclear(far: Far, answer: bytes | None) -> None:
    far.answers = [answer, answer]

    async def close(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer or b"")
        writer.close()

    async with far_end(close) as other, to(other) as gate:
        assert (await failing(gate, "POST")).landed is None
        read = await failing(gate)
    assert isinstance(read, Unreachable)
    assert read.landed is False


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_a_body_nobody_can_read(far: Far, method: str) -> None:
    far.answers = [reply("<html>"), reply('{"n": "three"}'), reply("[" * 100_000)]
    async with to(far) as gate:
        for _ in range(3):
            answer = await (gate.get("/x") if method == "GET" else gate.write(method, "/x"))
            with pytest.raises(Malformed) as caught:
                answer.decode(dict[str, int])
            assert caught.value.landed is (False if method == "GET" else None)
            assert f"{method} /x" in str(caught.value)


async def test_lone_surrogates_do_not_park_a_feed(far: Far) -> None:
    far.answers = [reply(r'{"a": "x\ud800y", "b": "\ud83d\ude00", "c": "\\ud800"}')]
    async with to(far) as gate:
        got = (await gate.get("/x")).decode(dict[str, str])
    assert got["a"] == "x�y"
    assert got["c"] == r"\ud800"


async def test_the_total_deadline_ends_a_slow_drip() -> None:
    async def drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
        await reader.read()  # until the client gives up
        writer.close()

    async with far_end(drip) as far, to(far, deadline=0.2) as gate:
        assert (await failing(gate, "POST")).landed is None
        error = await failing(gate)
    assert isinstance(error, Unreachable)
    assert "0.2 seconds" in str(error)


async def test_caps(far: Far, monkeypatch: pytest.MonkeyPatch) -> None:
    bomb = gzip.compress(b'"' + b"a" * 40_000_000 + b'"')
    monkeypatch.setattr(http_bodies, "RAW_LIMIT", 200_000)
    far.answers = [reply(bomb, content_encoding="gzip"), reply(b"x" * 300_000), reply(b"x", content_encoding="br")]
    far.answers += [reply(gzip.compress(b"{}")[:-4], content_encoding="gzip"), reply(b"zz", content_encoding="gzip")]
    assert len(bomb) < 200_000
    async with to(far) as gate:
        for why in ("too big", "too big", "packed as br", "cut short", "packed wrongly"):
            error = await failing(gate)
            assert isinstance(error, Malformed)
            assert why in str(error)


async def test_a_bomb_is_not_unpacked_beyond_the_cap(monkeypatch: pytest.MonkeyPatch) -> None:
    sizes: list[int] = []
    real = zlib.decompressobj

    class Watching:
        def __init__(self, wbits: int) -> None:
            self._real = real(wbits=wbits)
            self.eof = False

        def decompress(self, data: bytes, limit: int) -> bytes:
            part = self._real.decompress(data, limit)
            sizes.append(len(part))
            return part

    monkeypatch.setattr(zlib, "decompressobj", Watching)
    async with far_end() as far, to(far) as gate:
        far.answers = [reply(gzip.compress(b"a" * 60_000_000), content_encoding="gzip")]
        await failing(gate)
    assert sum(sizes) <= http_bodies.DECODED_LIMIT + 1


async def test_packed_json_is_read(far: Far) -> None:
    far.answers = [reply(gzip.compress(b'{"a": "b"}'), content_encoding="gzip")]
    async with to(far) as gate:
        assert (await gate.get("/x")).decode(dict[str, str]) == {"a": "b"}


async def test_redirects_keep_credentials_at_home(far: Far) -> None:
    async with far_end() as other, to(far) as gate:
        far.answers = [reply("", 301, location="/moved.json"), reply("", 302, location=f"{other.url}/there.json")]
        other.answers = [reply('{"a": 1}')]
        assert (await gate.get("/x.json", {"q": "1"})).decode(dict[str, int]) == {"a": 1}
    assert "api-key" in headers(far.heads[1])
    assert far.heads[1].startswith("GET /moved.json HTTP")
    assert "api-key" not in headers(other.heads[0])
    assert TOKEN not in other.heads[0]


async def test_redirects_of_writes(far: Far) -> None:
    async with far_end() as other, to(far) as gate:
        far.answers = [reply("", 307, location="/y.json"), reply('{"ok": true}')]
        assert (await gate.write("POST", "/x.json", {"a": 1})).status == 200
        assert far.bodies == [b'{"a":1}', b'{"a":1}']
        for status, place, landed in ((307, other.url, False), (301, "/z", False), (302, "/z", None)):
            far.answers = [reply("", status, location=place)]
            error = await failing(gate, "POST")
            assert isinstance(error, Refused)
            assert error.landed is landed
        assert other.heads == []


async def test_redirect_loops_and_unsafe_targets_are_refused(far: Far) -> None:
    async with to(far) as gate:
        far.answers = [reply("", 302, location="/x.json")] * 9
        assert "circles" in str(await failing(gate))
        assert len(far.heads) == http.REDIRECTS + 1
        far.answers = [reply("", 302, location="file:///etc/passwd")]
        assert "not safe" in str(await failing(gate))


async def test_https_never_falls_back_to_http(far: Far) -> None:
    gate = Gateway("https://forum.test", clock=FakeClock())
    request = Request("GET", "/x")
    answer = Answer(request, 301, {}, b"")
    with pytest.raises(Refused, match="not safe"):
        gate._target(request, answer, "http://forum.test/x")
    assert gate._target(request, answer, "https://other.test/x") == "https://other.test/x"


@pytest.mark.parametrize("token", ["", "two\nlines", "ünicode", " padded "])
async def test_a_token_no_header_can_carry(far: Far, token: str) -> None:
    gate = Gateway(far.url, clock=FakeClock(), headers={"Api-Key": Secret(token)})
    with pytest.raises(Unauthorized, match="copy it again"):
        await gate.get("/x")
    assert far.heads == []


WAITS = [
    ({"retry_after": "7"}, "{}", 7_000),
    ({"retry_after": "99999"}, "{}", HOUR),
    ({"retry_after": "Mon, 01 Jan 2024 00:00:30 GMT", "date": "Mon, 01 Jan 2024 00:00:10 GMT"}, "{}", 20_000),
    ({"retry_after": "Mon, 01 Jan 2024 00:00:00 GMT", "date": "Mon, 01 Jan 2024 00:00:10 GMT"}, "{}", 0),
    ({"retry_after": "soon"}, '{"extras": {"wait_seconds": 12}}', 12_000),
    ({}, '{"retry_after": 1.5}', 1_500),
    ({}, '{"extras": "x"}', 60_000),
    ({}, "", 60_000),
]


@pytest.mark.parametrize(("more", "body", "wait"), WAITS)
async def test_how_long_to_wait(far: Far, more: dict[str, str], body: str, wait: int) -> None:
    far.answers = [reply(body, 429, **more)]
    async with to(far) as gate:
        error = await failing(gate, "POST")
    assert isinstance(error, Throttled)
    assert error.until == START + wait


async def test_a_read_answered_503_with_a_time_waits_until_then(far: Far) -> None:
    far.answers = [reply("", 503, retry_after="5"), reply("", 503, retry_after="5")]
    async with to(far) as gate:
        assert isinstance(await failing(gate), Throttled)
        assert (await failing(gate, "POST")).landed is None


def test_budgets() -> None:
    told = {"x-ratelimit-remaining": "3", "x-ratelimit-limit": "60", "x-ratelimit-reset": "100"}
    now = Instant(5_000)
    assert budget_of(told, X_RATELIMIT, now) == Budget(3, 60, Instant(100_000))
    left = Dialect("x-ratelimit-remaining", "x-ratelimit-limit", "x-ratelimit-reset", "seconds")
    assert budget_of(told, left, now) == Budget(3, 60, Instant(105_000))
    assert budget_of(told | {"x-ratelimit-reset": "1970-01-01T00:00:09Z"}, X_RATELIMIT_ISO, now) == Budget(
        3, 60, Instant(9_000)
    )
    assert budget_of(told | {"x-ratelimit-reset": "soon"}, X_RATELIMIT, now) is None
    assert budget_of({}, X_RATELIMIT, now) is None


async def test_the_budget_is_kept(far: Far) -> None:
    far.answers = [reply("{}", x_ratelimit_remaining="3", x_ratelimit_limit="60", x_ratelimit_reset="100")]
    async with to(far, dialect=X_RATELIMIT) as gate:
        assert gate.budget is None
        await gate.get("/x")
        await gate.get("/y")
        assert gate.budget == Budget(3, 60, Instant(100_000))


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ('{"message": "no"}', "no"),
        ('{"errors": {"a": "one", "b": "two"}}', "one; two"),
        ('["a", 1, "b"]', "a; b"),
        ("<html>", ""),
        ("null", ""),
        ("[" * 100_000, ""),
    ],
)
def test_words(body: str, words: str) -> None:
    assert words_of(body.encode()) == words


async def test_at_most_so_many_reads_side_by_side() -> None:
    now = most = 0
    full = asyncio.Event()

    async def count(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal now, most
        await reader.readuntil(b"\r\n\r\n")
        now += 1
        most = max(most, now)
        if now == 4:
            full.set()
        await full.wait()
        now -= 1
        writer.write(reply("{}", connection="close"))
        writer.close()

    async with far_end(count) as far, to(far, parallel=4) as gate:
        await asyncio.gather(*(gate.get("/x") for _ in range(8)))
    assert most == 4


@pytest.mark.parametrize("method", ["GET", "PUT"])
async def test_requests_cancelled_at_any_await_take_no_connection_for_good(far: Far, method: str) -> None:
    async def ask() -> Answer:
        return await (gate.get("/x") if method == "GET" else gate.write(method, "/x", {}))

    async with to(far) as gate:
        step = 0
        while await cut(ask(), step := step + 1):
            for _ in range(MOST):
                await cut(ask(), step)
            await ask()
    assert step > 5


async def test_a_read_goes_on_while_another_is_cancelled_and_leaves_no_connection() -> None:
    came, go_on, ended = asyncio.Semaphore(0), asyncio.Event(), asyncio.Semaphore(0)

    async def hold(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        came.release()
        await go_on.wait()
        writer.write(reply("{}"))
        await reader.read()
        writer.close()
        ended.release()

    async with asyncio.timeout(20), far_end(hold) as far, to(far) as gate:
        kept, dropped = (asyncio.create_task(gate.get(path)) for path in ("/kept", "/dropped"))
        for _ in range(2):
            await came.acquire()
        dropped.cancel()
        await asyncio.wait([dropped])
        go_on.set()
        assert (await kept).status == 200
        for _ in range(2):
            await ended.acquire()
        assert (await gate.get("/next")).status == 200


async def test_the_platforms_clock_is_told(far: Far) -> None:
    far.answers = [reply("{}", date="Mon, 01 Jan 2024 00:00:10 GMT")]
    async with to(far) as gate:
        answer = await gate.get("/x")
    assert answer.at == 1_704_067_210_000
    assert answer.skew == answer.at - START


async def test_a_judge_speaks_first(far: Far) -> None:
    far.answers = [reply('{"errors": ["x"]}', 403)] * 2
    judge = lambda answer, words: Refused(f"judged {words}") if answer.request.write else None  # noqa: E731
    async with to(far, judge=judge) as gate:
        assert str(await failing(gate, "PUT")) == "judged x"
        assert isinstance(await failing(gate), Unauthorized)


async def test_a_form_is_sent_as_one(far: Far) -> None:
    async with to(far) as gate:
        await gate.write(
            "PATCH", "/m", form={"action": "accept", "who[]": ["a b", "ä"]}, headers={"idempotency-key": "7"}
        )
    assert far.bodies[0] == b"action=accept&who%5B%5D=a+b&who%5B%5D=%C3%A4"
    sent = headers(far.heads[0])
    assert (sent["content-type"], sent["idempotency-key"]) == ("application/x-www-form-urlencoded", "7")


async def test_what_only_asks_by_post_is_a_read(far: Far) -> None:
    far.answers = [reply("{}"), reply("{}"), None]
    async with to(far) as gate:
        await gate.ask("/graphql", {"query": "{me}"})
        await gate.ask("/graphql", {"query": "{me}"})
        assert far.connections == 1
        with pytest.raises(Unreachable) as caught:
            await gate.ask("/graphql", {})
    assert caught.value.landed is False
    assert far.heads[0].startswith("POST /graphql") and msgspec.json.decode(far.bodies[0]) == {"query": "{me}"}


async def test_not_modified_is_an_answer_only_to_who_asked_so(far: Far) -> None:
    far.answers = [reply("", 304), reply("", 304)]
    async with to(far) as gate:
        assert (await gate.get("/feed", headers={"if-none-match": '"1"'})).status == 304
        with pytest.raises(Refused):
            await gate.get("/feed")


async def test_a_name_and_a_password_of_any_letters(far: Far) -> None:
    far.answers = [reply("{}"), reply('{"error": "not sésame"}', 400)]
    async with to(far, basic=("zoë", Secret("sésame"))) as gate:
        await gate.get("/x")
        assert headers(far.heads[0])["authorization"] == "Basic em/Dqzpzw6lzYW1l"
        with pytest.raises(Refused, match=r"not \*\*\*"):
            await gate.get("/x")


async def test_a_password_stays_at_home(far: Far) -> None:
    async with far_end() as elsewhere, to(far, basic=("me", Secret("sesame"))) as gate:
        far.answers = [reply("", 302, Location=f"{elsewhere.url}/there")]
        await gate.get("/x")
        assert "authorization" not in headers(elsewhere.heads[0])


async def test_a_guard_sees_every_address_first(far: Far) -> None:
    seen: list[str] = []

    async def guard(url: str) -> None:
        seen.append(url)
        if url.endswith("/inside"):
            raise Refused("nobody goes there")

    far.answers = [reply("", 302, Location="/inside")]
    async with to(far, guard=guard) as gate:
        with pytest.raises(Refused, match="nobody goes there"):
            await gate.get("/x")
    assert seen == [f"{far.url}/x", f"{far.url}/inside"] and len(far.heads) == 1


@pytest.mark.parametrize(
    ("link", "rel", "address"),
    [
        ('<https://a/?x=1,2>; rel="next", <https://a/?y>; rel="prev"', "prev", "https://a/?y"),
        ('<https://a/?x=1,2>; rel="next", <https://a/?y>; rel="prev"', "next", "https://a/?x=1,2"),
        ("<https://a/>; rel=next", "next", "https://a/"),
        ('<https://a/>; rel="last next"', "next", "https://a/"),
        ('<https://a/>; rel="nextly"', "next", ""),
        ("", "next", ""),
    ],
)
def test_links(link: str, rel: str, address: str) -> None:
    assert Answer(Request("GET", "/"), 200, {"link": link} if link else {}, b"").link(rel) == address
