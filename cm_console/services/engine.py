"""The engine of one source: a pull loop and a deliver loop that share the source and survive each other's faults."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TypeVar

from cm_console.model.errors import SourceError, Unauthorized
from cm_console.model.source import Feed, Source
from cm_console.model.text import clean_line
from cm_console.model.time import HOUR, SECOND
from cm_console.services.busy import Busy
from cm_console.services.delivery import Delivery
from cm_console.services.ownership import Ownership
from cm_console.services.sync import Outcome, Sync
from cm_console.store import StoreError, outbox, sources

T = TypeVar("T")
log = logging.getLogger(__name__)

FAULT_PAUSE = 5.0
"""Seconds until delivery is tried again after a fault of the source or of the disk."""

IDENTITY_AGE = HOUR
"""What our token may do is asked again after so long: rights are given and taken."""

LOOK_FOR_DEAD_EVERY = 30.0
"""Seconds between two looks for consoles that died while sending."""


@dataclass
class SourceEngine:
    """Runs one source until cancelled. `every`: seconds between two pulls."""

    source: Source
    sync: Sync
    delivery: Delivery
    ownership: Ownership
    busy: Busy
    every: float
    pull_now: asyncio.Event = field(default_factory=asyncio.Event)
    deliver_now: asyncio.Event = field(default_factory=asyncio.Event)
    identified_at: int | None = field(default=None, init=False)

    def waking(self, topics: frozenset[str]) -> None:
        """Told of every change: the outbox may hold something new."""
        if "outbox" in topics:
            self.deliver_now.set()

    @property
    def awake(self) -> bool:
        """Whether a loop has been woken and has not gone on yet."""
        return self.pull_now.is_set() or self.deliver_now.is_set()

    async def pull_loop(self) -> None:
        """Pull, wait, pull again; a fault of the source is shown and does not end the loop."""
        while True:
            wait = self.every
            with self.busy.work():
                for outcome in await self.pull_guarded():
                    if outcome.until is not None:
                        wait = max((outcome.until - self.sync.clock.now()) / SECOND, 1.0)
            await self._nap(wait, self.pull_now)

    async def pull_guarded(self) -> list[Outcome]:
        """One pull; a fault of the source, or of the disk, is shown and comes back as a failed outcome."""
        outcomes = await self._guarded(self.pull)
        return [outcomes] if isinstance(outcomes, Outcome) else outcomes

    async def pull(self, feeds: tuple[Feed, ...] = tuple(Feed)) -> list[Outcome]:
        """One pull of every feed, unless another console is at it."""
        with self.ownership.alone(f"pull-{self.sync.name}") as ours:
            if not ours:
                return []
            now = self.sync.clock.now()
            if self.identified_at is None or now - self.identified_at > IDENTITY_AGE:
                try:
                    await self.sync.identify()
                except SourceError as error:
                    return [await self._not_identified(error)]
                self.identified_at = now
            outcomes = await self.sync.pull(feeds)
            await self.sync.tidy()
            return outcomes

    async def deliver_loop(self) -> None:
        """Deliver what is due, wait, deliver again."""
        while True:
            with self.busy.work():
                self.deliver_now.clear()
                fine = await self.deliver()
                due = await self._guarded(self.delivery.wait_time)
                wait = FAULT_PAUSE if isinstance(due, Outcome) or not fine else due
            if not self.deliver_now.is_set():
                await self._nap(wait, self.deliver_now)

    async def deliver(self) -> bool:
        """Deliver what is due; False if a fault stopped it, which is shown."""
        while (worked := await self._guarded(self.delivery.step)) is True:
            pass
        return worked is False

    async def _not_identified(self, error: SourceError) -> Outcome:
        sync = self.sync
        state = "unauthorized" if isinstance(error, Unauthorized) else "waiting"
        words, now = clean_line(str(error)), sync.clock.now()
        self.sync.failures += 1
        until = None if state == "unauthorized" else now + self.sync.back_off()
        feed = next(feed for feed in Feed if feed in self.source.feeds)
        await sync.store.write(
            lambda conn: sources.report(conn, sync.source_id, feed, state, words=words, now=now, until=until)
        )
        sync.changes.add(("status",))
        return Outcome(sync.name, feed, state, words, until=until)

    async def _guarded(self, work: Callable[[], Awaitable[T]]) -> T | Outcome:
        try:
            return await work()
        except StoreError as error:
            return await self._stopped(str(error))
        except Exception as error:  # a source's bug must not stop the other sources: it is shown and logged
            log.exception("%s stopped", self.sync.name)
            return await self._stopped(f"stopped by a fault in it: {type(error).__name__}")

    async def _stopped(self, words: str) -> Outcome:
        sync = self.sync
        feed = next(feed for feed in Feed if feed in self.source.feeds)
        try:
            await sync.store.write(
                lambda conn: sources.report(conn, sync.source_id, feed, "failed", words=words, now=sync.clock.now())
            )
        except StoreError:
            log.exception("%s: its fault cannot be written down", sync.name)
        sync.changes.add(("status",))
        return Outcome(sync.name, feed, "failed", words)

    async def _nap(self, seconds: float, wake: asyncio.Event) -> None:
        sleeper = asyncio.ensure_future(self.sync.clock.sleep(seconds))
        waker = asyncio.ensure_future(wake.wait())
        try:
            await asyncio.wait({sleeper, waker}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (sleeper, waker):
                task.cancel()
            await asyncio.gather(sleeper, waker, return_exceptions=True)
        if wake is self.pull_now:
            wake.clear()


async def take_over(delivery: Delivery, ownership: Ownership) -> int:
    """Mark as uncertain what dead consoles were sending; returns how many actions."""
    owners = await delivery.store.read(outbox.owners)
    dead = [owner for owner in owners if ownership.dead(owner)]
    if not dead:
        return 0
    now = delivery.clock.now()
    return await delivery.store.write(lambda conn: outbox.take_over(conn, dead, now))
