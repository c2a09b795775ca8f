"""The connections of a gateway: reads share theirs, each write has a fresh one, and no cancelled request loses one."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ssl import SSLContext

    import httpx

CONNECT_TIMEOUT = 10.0
"""Seconds to a connection, and to wait for a free one."""
MOST = 32
"""Connections of a client at once."""


class Clients:
    """One client for reads and one for writes, made when they are needed.

    A client whose request was cancelled is used for nothing new, and closed after the last request still running on it:
    what is cancelled while it gets or gives back a connection leaves that taken for ever, and without a free one nobody
    is answered any more (https://github.com/encode/httpcore/issues/1093, as of httpcore 1.0.9).

    Args:
        deadline: seconds for each phase of an exchange but those of CONNECT_TIMEOUT.
    """

    def __init__(self, deadline: float) -> None:
        self._deadline = deadline
        self._open: dict[bool, httpx.AsyncClient] = {}
        self._uses: Counter[httpx.AsyncClient] = Counter()
        self._ending: set[asyncio.Task[None]] = set()

    @asynccontextmanager
    async def lend(self, *, write: bool) -> AsyncIterator[httpx.AsyncClient]:
        """A client for one exchange."""
        client = self._open.get(write) or self._make(write=write)
        self._uses[client] += 1
        try:
            yield client
        except asyncio.CancelledError:
            if self._open.get(write) is client:
                del self._open[write]
            raise
        finally:
            self._give_back(client)

    async def close(self) -> None:
        """Close all connections; may be called twice."""
        for client in {*self._open.values(), *self._uses}:
            self._end(client)
        self._open.clear()
        await asyncio.gather(*map(asyncio.shield, self._ending))

    def _give_back(self, client: httpx.AsyncClient) -> None:
        self._uses[client] -= 1
        if not self._uses[client]:
            del self._uses[client]
            if client not in self._open.values():
                self._end(client)

    def _end(self, client: httpx.AsyncClient) -> None:
        """In a task of its own: whoever was the last to use it may be cancelled, too."""
        ending = asyncio.create_task(client.aclose())
        self._ending.add(ending)
        ending.add_done_callback(self._ending.discard)

    def _make(self, *, write: bool) -> httpx.AsyncClient:
        import httpx

        for name in ("httpx", "httpcore"):
            logging.getLogger(name).setLevel(logging.WARNING)  # they log addresses, which may carry tokens
        limits = httpx.Limits(max_connections=MOST, max_keepalive_connections=0 if write else MOST // 2)
        timeout = httpx.Timeout(self._deadline, connect=CONNECT_TIMEOUT, pool=CONNECT_TIMEOUT)
        self._open[write] = httpx.AsyncClient(
            verify=_trusted(), trust_env=False, follow_redirects=False, timeout=timeout, limits=limits
        )
        return self._open[write]


@cache
def _trusted() -> SSLContext:
    """The certificates, read once for all gateways: to read them takes 30 ms."""
    import httpx

    return httpx.create_ssl_context(trust_env=False)
