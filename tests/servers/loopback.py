"""A small HTTP/1.1 server on 127.0.0.1 with faults on order: the ground on which platforms' stand-ins are built."""

from __future__ import annotations

import asyncio
import email.utils
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol
from urllib.parse import parse_qs, unquote, urlsplit

import msgspec

from cm_console.model.time import Instant

Handler = Callable[["Seen"], "Reply"]


class Now(Protocol):
    """Anything that tells the time."""

    def now(self) -> Instant:
        """Milliseconds since 1970 UTC."""
        ...


@dataclass
class Seen:
    """A request as it arrived."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes

    @property
    def path(self) -> str:
        return unquote(urlsplit(self.target).path)

    @property
    def query(self) -> dict[str, list[str]]:
        return parse_qs(urlsplit(self.target).query, keep_blank_values=True)

    @property
    def write(self) -> bool:
        return self.method != "GET"

    @property
    def words(self) -> str:
        """All that tells one request from another, to search in."""
        return f"{self.method} {self.target} {self.body.decode('utf-8', 'replace')}"

    def one(self, name: str, default: str = "") -> str:
        return self.query.get(name, [default])[0]

    def json(self) -> dict[str, Any]:
        made = msgspec.json.decode(self.body) if self.body else {}
        assert isinstance(made, dict)
        return made


@dataclass
class Reply:
    """An answer."""

    data: object = None
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass
class Fault:
    """What goes wrong with the first request that matches; see `LoopbackServer.plan`."""

    kind: str
    matches: Callable[[Seen], bool]
    delay: float = 0.0
    until: Instant | None = None


FAULTS = ("lose", "late", "fail_before", "fail_after", "throttle", "garble", "refuse", "repeat")


class LoopbackServer:
    """Answers with `handler`; faults are planned with `plan` and hit one request each.

    lose: done, the answer never sent. late: the connection ends now, it is done `delay` seconds later, or with `quiet`.
    fail_before, fail_after: 500 without or with its effect. throttle: 429 until `until`. garble: done, the answer cut.
    refuse: 422. repeat: every list in the answer says everything twice.
    """

    def __init__(self, handler: Handler, clock: Now, *, delay: float = 0.0) -> None:
        self._handler, self._clock, self._delay = handler, clock, delay
        self._server: asyncio.Server | None = None
        self._writers: dict[asyncio.Task[None], asyncio.StreamWriter] = {}
        self._late: set[asyncio.Task[None]] = set()
        self._release = asyncio.Event()
        self.seen: list[Seen] = []
        self.faults: list[Fault] = []
        self.chance: Callable[[Seen], Fault | None] = lambda seen: None
        self.in_flight = self.most_in_flight = 0
        self.port = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def start(self, port: int = 0) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", port or self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        assert self._server is not None
        self._server.close()
        await self.quiet()
        await self.hang_up()
        await self._server.wait_closed()

    async def quiet(self) -> None:
        """Let what was begun be done."""
        self._release.set()
        while self._late:
            await asyncio.gather(*self._late)
        self._release.clear()

    async def hang_up(self) -> None:
        """End every open connection."""
        for task, writer in list(self._writers.items()):
            writer.transport.abort()
            await asyncio.wait([task])

    def plan(
        self,
        kind: str,
        matches: Callable[[Seen], bool] = lambda seen: True,
        *,
        delay: float = 0.0,
        until: Instant | None = None,
    ) -> None:
        """Let something go wrong with the first request that matches."""
        assert kind in FAULTS
        self.faults.append(Fault(kind, matches, delay, until))

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._writers[task] = writer
        try:
            while await self._one(reader, writer):
                pass
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            del self._writers[task]
            writer.close()

    async def _one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        seen = await _read(reader)
        self.seen.append(seen)
        self.in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self.in_flight)
        try:
            if self._delay:
                await asyncio.sleep(self._delay)
            answer = self._answer(seen)
        finally:
            self.in_flight -= 1
        if answer is None:
            return False
        writer.write(answer)
        await writer.drain()
        return True

    def _fault(self, seen: Seen) -> Fault | None:
        for fault in self.faults:
            if fault.matches(seen):
                self.faults.remove(fault)
                return fault
        return self.chance(seen)

    def _answer(self, seen: Seen) -> bytes | None:
        fault = self._fault(seen)
        kind = fault.kind if fault else ""
        if fault and kind == "late":
            self._begin_late(seen, fault.delay)
            return None
        if kind == "fail_before":
            return self._encode(Reply({"errors": ["the server is on fire"]}, 500))
        if kind == "refuse":
            return self._encode(Reply({"errors": ["this is not wanted here"]}, 422))
        if fault and kind == "throttle":
            return self._encode(self.throttled(fault.until or self._clock.now()))
        reply = self._handler(seen)
        if kind == "lose":
            return None
        if kind == "fail_after":
            reply = Reply({"errors": ["the server is on fire"]}, 500)
        if kind == "repeat":
            reply = Reply(_doubled(reply.data), reply.status, reply.headers)
        encoded = self._encode(reply)
        return encoded if kind != "garble" else self._encode(Reply(b'{"latest_posts": [{"id": 1, "cook', reply.status))

    def throttled(self, until: Instant) -> Reply:
        """What a platform says to who comes too early."""
        seconds = max(0, -(-(until - self._clock.now()) // 1000))
        extras = {"wait_seconds": seconds, "time_left": "a while"}
        body = {"errors": ["slow down"], "error_type": "rate_limit", "extras": extras}
        return Reply(body, 429, {"Retry-After": str(seconds)})

    def _begin_late(self, seen: Seen, delay: float) -> None:
        async def later() -> None:
            await (asyncio.sleep(delay) if delay else self._release.wait())
            self._handler(seen)

        task = asyncio.create_task(later())
        self._late.add(task)
        task.add_done_callback(self._late.discard)

    def _encode(self, reply: Reply) -> bytes:
        body = reply.data if isinstance(reply.data, bytes) else b"" if reply.data is None else _json(reply.data)
        head = {
            "Content-Type": "application/json; charset=utf-8",
            "Content-Length": str(len(body)),
            "Date": email.utils.formatdate(self._clock.now() / 1000, usegmt=True),
            **reply.headers,
        }
        lines = [f"HTTP/1.1 {reply.status} {'OK' if reply.status < 300 else 'No'}"]
        lines += [f"{name}: {value}" for name, value in head.items()]
        return ("\r\n".join(lines) + "\r\n\r\n").encode() + body


async def _read(reader: asyncio.StreamReader) -> Seen:
    head = (await reader.readuntil(b"\r\n\r\n")).decode()
    first, *lines = head.split("\r\n")
    method, target, _ = first.split(" ", 2)
    headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines if line)}
    body = await reader.readexactly(int(headers.get("content-length", 0)))
    return Seen(method, target, headers, body)


def _json(data: object) -> bytes:
    return msgspec.json.encode(data)


def _doubled(data: object) -> object:
    if isinstance(data, dict):
        return {name: _doubled(value) if isinstance(value, dict | list) else value for name, value in data.items()}
    if isinstance(data, list) and data and all(isinstance(item, dict) and "id" in item for item in data):
        return data + data
    return data
