"""How much is under way in the engine."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager


class Busy:
    """How much is under way, so that tests and a clean exit can wait for nothing."""

    def __init__(self) -> None:
        self.count = 0
        self._changed = asyncio.Event()

    @contextmanager
    def work(self) -> Iterator[None]:
        """Count a piece of work while it lasts."""
        self.count += 1
        try:
            yield
        finally:
            self.count -= 1
            self._changed.set()

    async def wait(self) -> None:
        """Until something ends."""
        self._changed.clear()
        await self._changed.wait()
