r"""A proxy on loopback between a source and a real server: it loses an answer, or cuts the connection, on order.

It knows bytes, not protocols, so HTTP, IMAP and SMTP pass it alike (without TLS). It works in a thread of its own: a
server with one worker answers nobody until a connection has ended, so a test that asks the server itself, and stops the
event loop meanwhile, must not stop the proxy.

    async with FaultProxy(port) as proxy:          # talk to 127.0.0.1:proxy.port
        proxy.lose_answer(rb"PUT \S*/send/")       # the server does it, its answer never arrives
        proxy.cut_before(rb"POST ")                # the server never hears of it
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Coroutine
from contextlib import suppress
from dataclasses import dataclass
from threading import Thread
from types import TracebackType
from typing import Literal, Self

CHUNK = 65_536


@dataclass
class Order:
    """One fault for the first request whose bytes match; `done` once it has happened."""

    kind: Literal["lose", "cut"]
    pattern: re.Pattern[bytes]
    done: bool = False


class FaultProxy:
    """Passes everything on, but for what was ordered."""

    def __init__(self, port: int, host: str = "127.0.0.1") -> None:
        self._target = (host, port)
        self._loop = asyncio.new_event_loop()
        self._thread = Thread(target=self._loop.run_forever, name="fault-proxy", daemon=True)
        self._server: asyncio.Server | None = None
        self._lines: set[asyncio.Task[None]] = set()
        self._open: set[asyncio.StreamWriter] = set()
        self._orders: list[Order] = []
        self.port = 0

    @property
    def url(self) -> str:
        """The proxy's address for HTTP."""
        return f"http://127.0.0.1:{self.port}"

    async def __aenter__(self) -> Self:
        self._thread.start()
        await self._there(self._begin())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._there(self._end())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _there(self, work: Coroutine[None, None, None]) -> None:
        await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(work, self._loop))

    async def _begin(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]

    async def _end(self) -> None:
        assert self._server is not None
        self._server.close()
        for writer in self._open:
            writer.transport.abort()
        await asyncio.gather(*self._lines)
        await self._server.wait_closed()

    def lose_answer(self, pattern: bytes) -> Order:
        """Let the server carry out the next request that matches, and cut the connection when it begins to answer."""
        return self._order("lose", pattern)

    def cut_before(self, pattern: bytes) -> Order:
        """Cut the connection when the next request that matches is sent; what matched is not passed on."""
        return self._order("cut", pattern)

    def _order(self, kind: Literal["lose", "cut"], pattern: bytes) -> Order:
        order = Order(kind, re.compile(pattern, re.DOTALL))
        self._orders.append(order)
        return order

    def take(self, said: bytes) -> Order | None:
        """The order that these bytes fulfil, struck off the list."""
        for order in self._orders:
            if order.pattern.search(said):
                self._orders.remove(order)
                order.done = True
                return order
        return None

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._lines.add(task)
        try:
            back, forth = await asyncio.open_connection(*self._target)
            self._open |= {writer, forth}
            await self._pass_on(_Line(self, forth), reader, back, writer)
            forth.close()
            self._open -= {writer, forth}
        except OSError:
            pass  # nobody listens there: the client sees its connection end
        finally:
            writer.transport.abort()
            self._lines.discard(task)

    async def _pass_on(
        self, line: _Line, client: asyncio.StreamReader, server: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        """Both ways, until one of them ends."""
        ways = {asyncio.create_task(line.ask(client)), asyncio.create_task(line.answer(server, writer))}
        await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        for way in ways:
            way.cancel()
        await asyncio.gather(*ways, return_exceptions=True)
        if not line.broken:
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()


class _Line:
    """One connection: what was said since the last answer decides whether an order applies."""

    def __init__(self, proxy: FaultProxy, server: asyncio.StreamWriter) -> None:
        self._proxy, self._server = proxy, server
        self._said = b""
        self._losing = False
        self.broken = False

    async def ask(self, client: asyncio.StreamReader) -> None:
        """Client to server, until one of them ends it or an order cuts it."""
        while data := await client.read(CHUNK):
            self._said += data
            order = self._proxy.take(self._said)
            if order is not None and order.kind == "cut":
                self.broken = True
                return
            self._losing = self._losing or order is not None
            self._server.write(data)
            await self._server.drain()

    async def answer(self, server: asyncio.StreamReader, client: asyncio.StreamWriter) -> None:
        """Server to client, until one of them ends it or an answer is to be lost."""
        while data := await server.read(CHUNK):
            if self._losing:
                self.broken = True
                return
            self._said = b""
            client.write(data)
            await client.drain()
