"""One connection to a mail server: lines and bytes with a cap and a deadline, and TLS that cannot be taken away.

Whatever breaks off in the middle of an answer - a deadline, a cancellation, garbage - closes the connection: what comes
next on it could be the rest of that answer.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import cast

from cm_console.model.errors import Malformed, Refused, SourceError, Unreachable
from cm_console.model.text import clean_line
from cm_console.sources.http_troubles import trouble as reason
from cm_console.sources.mail.places import Place, Security

CONNECT_SECONDS = 20.0
HELD = 1 << 18
"""Bytes that wait to be read before the server is asked to pause."""


class Connection(asyncio.Protocol):
    """Bytes to and from one server. Raises Unreachable once it is lost."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self.used_at = 0.0
        self._transport: asyncio.Transport | None = None
        self._buffer = bytearray()
        self._waiter: asyncio.Future[None] | None = None
        self._room = asyncio.Event()
        self._room.set()
        self._ended = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The loop tells: connected."""
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        """The loop tells: bytes have come."""
        self._buffer += data
        if len(self._buffer) > HELD and self._transport is not None:
            self._transport.pause_reading()
        self._wake()

    def connection_lost(self, exc: Exception | None) -> None:
        """The loop tells: it is over."""
        self._ended = True
        self._room.set()
        self._wake()

    def pause_writing(self) -> None:
        """The loop tells: too much is waiting to be sent."""
        self._room.clear()

    def resume_writing(self) -> None:
        """The loop tells: there is room again."""
        self._room.set()

    @property
    def usable(self) -> bool:
        """Open, and nothing unread on it."""
        return self._transport is not None and not self._ended and not self._transport.is_closing()

    async def line(self, limit: int) -> bytes:
        """The next line without its end; Malformed if it is longer than `limit`."""
        looked = 0
        while (end := self._buffer.find(b"\n", looked)) < 0:
            looked = len(self._buffer)
            if looked > limit:
                raise Malformed(f"{self.place} sent a line of more than {limit:,} bytes")
            await self._more()
        return self._take(end + 1).rstrip(b"\r\n")

    async def exactly(self, count: int) -> bytes:
        """So many bytes."""
        while len(self._buffer) < count:
            await self._more()
        return self._take(count)

    async def send(self, data: bytes) -> None:
        """Send bytes, waiting while too many are on their way."""
        if self._transport is None or self._ended:
            raise self._lost()
        self._transport.write(data)
        await self._room.wait()
        if self._ended:
            raise self._lost()

    async def upgrade(self, context: ssl.SSLContext) -> None:
        """Begin TLS after STARTTLS.

        Raises:
            Refused: bytes came before TLS did: somebody on the way speaks for the server (CVE-2011-0411).
        """
        if self._buffer:
            raise Refused(f"{self.place} sent more than its answer to STARTTLS: somebody on the way may be forging it")
        assert self._transport is not None
        loop = asyncio.get_running_loop()
        made = await loop.start_tls(self._transport, self, context, server_hostname=self.place.host)
        if made is None:
            raise self._lost()
        self._transport = made

    def close(self) -> None:
        """End it at once; may be called twice."""
        if self._transport is not None:
            self._transport.abort()

    def leave(self, farewell: bytes) -> None:
        """Say good-bye without waiting for an answer."""
        if self._transport is not None and self.usable:
            self._transport.write(farewell)
        self.close()  # a TLS connection would wait for the other side to close it, too

    @asynccontextmanager
    async def within(self, seconds: float) -> AsyncIterator[None]:
        """An exchange of whole messages: if it breaks off, so does the connection."""
        try:
            async with asyncio.timeout(seconds):
                yield
        except TimeoutError:
            self.close()
            raise Unreachable(f"no whole answer from {self.place} within {seconds:g} seconds") from None
        except BaseException:
            self.close()
            raise
        self.used_at = asyncio.get_running_loop().time()

    def _take(self, count: int) -> bytes:
        taken = bytes(self._buffer[:count])
        del self._buffer[:count]
        if len(self._buffer) <= HELD and self._transport is not None and not self._ended:
            self._transport.resume_reading()
        return taken

    async def _more(self) -> None:
        if self._ended:
            raise self._lost()
        if len(self._buffer) > HELD and self._transport is not None:
            self._transport.resume_reading()
        self._waiter = asyncio.get_running_loop().create_future()
        try:
            await self._waiter
        finally:
            self._waiter = None

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    def _lost(self) -> Unreachable:
        return Unreachable(f"the connection to {self.place} broke")


async def connect(place: Place, context: ssl.SSLContext | None) -> Connection:
    """A connection, with TLS unless that comes by STARTTLS or not at all.

    Raises:
        Unreachable: nobody is there, or what answers does not speak TLS.
        Refused: the certificate is not good for this host.
    """
    tls = context if place.security is Security.TLS else None
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout(CONNECT_SECONDS):
            _, made = await loop.create_connection(
                lambda: Connection(place),
                place.host,
                place.port,
                ssl=tls,
                server_hostname=place.host if tls else None,
            )
    except (OSError, UnicodeError) as problem:
        raise trouble(place, problem) from None
    return made


async def secure(connection: Connection, context: ssl.SSLContext) -> None:
    """TLS over a connection that has agreed to STARTTLS; raises as `connect`."""
    try:
        await connection.upgrade(context)
    except (OSError, UnicodeError) as problem:
        raise trouble(connection.place, problem) from None


def trouble(place: Place, problem: Exception) -> SourceError:
    """What kept us from a server, in words that help."""
    if isinstance(problem, ssl.SSLCertVerificationError):
        return Refused(
            f"{place} shows a certificate that is not good for it ({clean_line(problem.verify_message, 120)}): nothing"
            " was sent; if the server is your own, name the file of its authority in `ca`"
        )
    if isinstance(problem, TimeoutError):
        return Unreachable(f"{place} did not answer within {CONNECT_SECONDS:g} seconds")
    if isinstance(problem, ssl.SSLError):
        hint = " (a port for STARTTLS? then write starttls:// before it)" if place.security is Security.TLS else ""
        return Unreachable(f"{place} does not speak TLS{hint}: {clean_line(problem.reason or 'no reason', 100)}")
    return Unreachable(f"{place} could not be reached: {reason(problem, CONNECT_SECONDS, str(problem))}")
