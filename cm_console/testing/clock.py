"""A clock that tests own: time stands still until `advance`, and nobody ever really waits."""

from __future__ import annotations

import asyncio
from itertools import count

from cm_console.model.time import SECOND, Instant, parse_iso

START = parse_iso("2026-11-22T09:00:00Z")
"""A Sunday morning: where a FakeClock stands unless told otherwise."""


class FakeClock:
    """Implements `model.time.Clock`; deterministic.

    `advance` is the usual way; `tick` where a task sleeps again and again; `sleeping` waits for the task to be there.
    """

    def __init__(self, start: int = START) -> None:
        self._now = int(start)
        self._order = count()
        self._sleepers: dict[tuple[int, int], asyncio.Future[None]] = {}
        self._arrived = asyncio.Event()

    def now(self) -> Instant:
        """The time the test has set, in milliseconds."""
        return Instant(self._now)

    @property
    def sleepers(self) -> int:
        """How many tasks are asleep now."""
        return len(self._sleepers)

    async def sleep(self, seconds: float) -> None:
        """Wait until `advance` or `tick` has passed the deadline; no time at all lets others run once."""
        if seconds <= 0:
            return await asyncio.sleep(0)
        key = (self._now + round(seconds * SECOND), next(self._order))
        self._sleepers[key] = asyncio.get_running_loop().create_future()
        self._arrived.set()
        try:
            await self._sleepers[key]
        finally:
            self._sleepers.pop(key, None)
        return None

    async def sleeping(self, count: int = 1) -> None:
        """Return once at least `count` tasks are asleep: the point where it makes sense to advance."""
        while self.sleepers < count:
            self._arrived.clear()
            await self._arrived.wait()

    def advance(self, seconds: float) -> None:
        """Move on by so many seconds and wake, earliest first, everyone whose time has come.

        They run when the test next awaits.
        """
        self._move_to(self._now + round(seconds * SECOND))

    async def tick(self, seconds: float, rounds: int = 20) -> None:
        """Move on from deadline to deadline; after each the loop goes round, so that a woken task can sleep again."""
        end = self._now + round(seconds * SECOND)
        while (due := min(self._sleepers, default=(end + 1, 0))[0]) <= end:
            self._move_to(due)
            await _go_round(rounds)
        self._move_to(end)
        await _go_round(rounds)

    def _move_to(self, now: int) -> None:
        self._now = max(self._now, now)
        for key in sorted(key for key in self._sleepers if key[0] <= now):
            sleeper = self._sleepers.pop(key)
            if not sleeper.done():
                sleeper.set_result(None)


async def _go_round(rounds: int) -> None:
    for _ in range(rounds):
        await asyncio.sleep(0)
