"""A small mail server on 127.0.0.1 that takes a mail and hands it over, with faults on order."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

GREETING, HELLO = b"220 mail.ex.test ready\r\n", b"250-mail.ex.test\r\n250 SIZE 10000000\r\n"


class SmtpServer:
    """Takes mail without TLS or a login; `taken` are (recipient, message).

    Attributes:
        lose: do not answer the next message, though it is delivered.
        garble: answer the next message with what nobody can read.
        refuse: answer the next recipient with this line.
        on_fault: called when a planned fault has happened.
    """

    def __init__(self, deliver: Callable[[str, bytes], None]) -> None:
        self._deliver = deliver
        self._server: asyncio.Server | None = None
        self._sessions: set[asyncio.Task[None]] = set()
        self.taken: list[tuple[str, bytes]] = []
        self.lose = self.garble = False
        self.refuse = b""
        self.on_fault: Callable[[], None] = lambda: None
        self.port = 0

    async def start(self) -> None:
        """Open a port."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Close it."""
        assert self._server is not None
        self._server.close()
        await self.quiet()
        await self._server.wait_closed()

    async def quiet(self) -> None:
        """Let the sessions whose client has gone end."""
        while self._sessions:
            await asyncio.gather(*self._sessions)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._sessions.add(task)
        try:
            writer.write(GREETING)
            await self._session(reader, writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            self._sessions.discard(task)
            writer.close()

    async def _session(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        recipients: list[str] = []
        while line := await reader.readline():
            word = line.strip().upper()
            if word.startswith(b"RCPT"):
                recipients.append(line.decode().partition("<")[2].partition(">")[0])
            if word == b"DATA":
                writer.write(b"354 go on\r\n")
                if not await self._message(reader, writer, recipients):
                    return
                recipients = []
                continue
            refusal, self.refuse = (self.refuse, b"") if word.startswith(b"RCPT") else (b"", self.refuse)
            writer.write(refusal or (HELLO if word.startswith(b"EHLO") else b"250 fine\r\n"))
            if word == b"QUIT":
                return

    async def _message(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, recipients: list[str]) -> bool:
        raw = (await reader.readuntil(b"\r\n.\r\n"))[:-3].replace(b"\r\n..", b"\r\n.")
        for recipient in recipients:
            self.taken.append((recipient, raw))
            self._deliver(recipient, raw)
        lose, garble = self.lose, self.garble
        if lose or garble:
            self.lose = self.garble = False
            self.on_fault()
        if not lose:
            writer.write(b"what?\r\n" if garble else b"250 taken\r\n")
        return not lose
