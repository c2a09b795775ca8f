"""What every stand-in on loopback is as the contract's bench: opened, closed, counted, and broken."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Any, Self

from cm_console.model.time import Instant
from cm_console.testing import Bench
from tests.servers.loopback import LoopbackServer, Seen


def refuse_next_connection() -> Callable[[], None]:
    """Let the next attempt of this process to connect find nobody; gives what takes that back."""
    loop = asyncio.get_running_loop()

    def restore() -> None:
        vars(loop).pop("create_connection", None)

    async def refused(*_: Any, **__: Any) -> None:
        restore()
        raise ConnectionRefusedError(111, "nobody is there")

    vars(loop)["create_connection"] = refused
    return restore


def storable(text: str) -> bool:
    """Can a database keep it? Most take neither lone surrogates nor NUL."""
    return "\0" not in text and not any(0xD800 <= ord(letter) < 0xE000 for letter in text)


class LoopbackBench(Bench):
    """A bench on one LoopbackServer; a platform's bench adds its world, and the faults that are told otherwise there.

    Attributes:
        server: the stand-in, made in `__init__`.
    """

    server: LoopbackServer

    def __init__(self) -> None:
        super().__init__()
        self._restore_connections: Callable[[], None] = lambda: None

    async def start(self) -> Self:
        """Open the port."""
        await self.server.start()
        return self

    async def close(self) -> None:
        """Close the port."""
        self._restore_connections()
        await self.server.stop()

    async def quiet(self) -> None:
        """Late commits are done."""
        await self.server.quiet()

    @property
    def requests(self) -> int:
        """Requests so far."""
        return len(self.server.seen)

    def asked(self, *parts: str) -> list[Seen]:
        """The requests whose method, target and body hold all of these."""
        return [seen for seen in self.server.seen if all(part in seen.words for part in parts)]

    def speaks(self, text: str) -> bool:
        """What the platform's database can keep."""
        return storable(text)

    async def drop_next(self) -> None:
        """No open connection is left, and the next attempt to make one is refused."""
        await self.server.hang_up()
        self._restore_connections = refuse_next_connection()

    async def fail_next(self) -> None:
        """500."""
        self.server.plan("fail_before")

    async def refuse_next(self) -> None:
        """422."""
        self.server.plan("refuse")

    async def throttle_next(self, until: Instant) -> None:
        """As the platform says it; see the stand-in's `throttled`."""
        self.server.plan("throttle", until=until)

    async def lose_next_answer(self) -> None:
        """Done, but nobody heard."""
        self.server.plan("lose", lambda seen: seen.write)

    async def garble_next_answer(self) -> None:
        """Done, but nobody can read the answer."""
        self.server.plan("garble")

    def repeat_next(self, *paths: str) -> None:
        """Everything twice in the next list at each of these paths."""
        for path in paths:
            self.server.plan("repeat", partial(_is_at, path))


def _is_at(path: str, seen: Seen) -> bool:
    return seen.path == path
