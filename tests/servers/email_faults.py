"""What goes wrong at a mail server: one fault for the first command that matches, IMAP or SMTP alike."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import Callable
from dataclasses import dataclass

Matches = Callable[[str], bool]
KINDS = ("cut", "lose", "late", "fail", "refuse", "garble", "repeat", "lie", "flood", "hang")


@dataclass
class Fault:
    kind: str
    matches: Matches


class Wire:
    """One connection as the stand-ins use it."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    async def line(self) -> bytes:
        return (await self.reader.readuntil(b"\n")).rstrip(b"\r\n")

    async def say(self, *lines: bytes | str) -> None:
        for line in lines:
            self.writer.write((line.encode() if isinstance(line, str) else line) + b"\r\n")
        await self.writer.drain()

    async def upgrade(self, context: ssl.SSLContext) -> None:
        await self.writer.start_tls(context)


class Listener:
    """Serves connections on 127.0.0.1; what was asked is in `seen`, faults are planned with `plan`."""

    def __init__(self, *, context: ssl.SSLContext | None = None, implicit: bool = False) -> None:
        self.context, self.implicit = context, implicit
        self.seen: list[str] = []
        self.faults: list[Fault] = []
        self.port = 0
        self._server: asyncio.Server | None = None
        self._lines: dict[asyncio.Task[None], asyncio.StreamWriter] = {}
        self._late: list[Callable[[], None]] = []
        self.hanging = asyncio.Event()

    async def start(self, port: int = 0) -> None:
        tls = self.context if self.implicit else None
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", port or self.port, ssl=tls, limit=1 << 24)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        assert self._server is not None
        self._server.close()
        await self.quiet()
        await self.hang_up()
        await self._server.wait_closed()

    async def hang_up(self) -> None:
        """End every open connection."""
        for task, writer in list(self._lines.items()):
            writer.transport.abort()
            task.cancel()
            await asyncio.wait([task])

    async def quiet(self) -> None:
        """Let be done what was begun."""
        while self._late:
            self._late.pop(0)()

    def later(self, do: Callable[[], None]) -> None:
        self._late.append(do)

    def plan(self, kind: str, matches: Matches = lambda command: True) -> None:
        assert kind in KINDS
        self.faults.append(Fault(kind, matches))

    def fault(self, command: str) -> str:
        """Note a command; the kind of fault that hits it, if any."""
        self.seen.append(command)
        for fault in self.faults:
            if fault.matches(command):
                self.faults.remove(fault)
                return fault.kind
        return ""

    async def converse(self, wire: Wire) -> None:
        raise NotImplementedError

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._lines[task] = writer
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError, ssl.SSLError):
            await self.converse(Wire(reader, writer))
        self._lines.pop(task, None)
        writer.close()


async def hang(listener: Listener, wire: Wire) -> None:
    """Say nothing more until the other side leaves."""
    listener.hanging.set()
    await wire.reader.read()
