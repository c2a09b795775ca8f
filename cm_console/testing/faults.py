"""What goes wrong between an engine and a source: scripted by a test, or at random but always within the protocol."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from random import Random
from typing import Any, Protocol, cast

from cm_console.model.action import Action, Receipt
from cm_console.model.errors import Malformed, Refused, SourceError, Throttled, Unauthorized, Unreachable
from cm_console.model.records import Record
from cm_console.model.source import Budget, Cursor, Feed, Identity, Page, Source
from cm_console.model.time import SECOND, Clock, Instant


class Faults(Protocol):
    """Asked at every step on the way; may raise a SourceError there."""

    def going(self, *, write: bool) -> None:
        """A request sets out; what is raised now has not landed."""

    def coming(self) -> None:
        """The answer to a write comes back; what is raised now has landed."""

    def rewinds(self) -> bool:
        """Shall this pull go back to an earlier cursor?"""

    def shuffled(self, records: tuple[Record, ...]) -> tuple[Record, ...]:
        """The records of a page in the order in which they shall come."""


class ScriptedFaults:
    """Exactly the faults a test asked for, each once; shared by all sources of a bench."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.next_going: list[SourceError] = []
        self.next_coming: list[SourceError] = []
        self.garbled = False
        self.rewind = False
        self.revoked = False

    def going(self, *, write: bool) -> None:
        """Raise what the next request was meant to meet."""
        if self.revoked:
            raise Unauthorized("the token has expired", right="any", status=401)
        if self.next_going:
            raise self.next_going.pop(0)
        if self.garbled and not write:
            self.garbled = False
            raise Malformed("line 1 of the answer is no JSON")

    def coming(self) -> None:
        """Raise what the answer to the next write was meant to meet."""
        if self.garbled:
            self.garbled = False
            raise Malformed("line 1 of the answer is no JSON", landed=None)
        if self.next_coming:
            raise self.next_coming.pop(0)

    def rewinds(self) -> bool:
        """Once, if asked for."""
        rewind, self.rewind = self.rewind, False
        return rewind

    def shuffled(self, records: tuple[Record, ...]) -> tuple[Record, ...]:
        """As they are."""
        return records


class RandomFaults:
    """A hostile but legal network: lost answers, refused connections, throttling, repeats, pages in any order."""

    def __init__(self, seed: int, clock: Clock, *, share: float = 0.2) -> None:
        self.random = Random(seed)
        self.clock = clock
        self.share = share

    def _strikes(self) -> bool:
        return self.random.random() < self.share

    def going(self, *, write: bool) -> None:
        """Sometimes nobody is there, or asks to come later."""
        if self._strikes():
            until = Instant(self.clock.now() + self.random.randrange(1, 30) * SECOND)
            soon = Throttled("too many requests", until=until, status=429)
            raise self.random.choice([Unreachable("no route to the platform"), soon])

    def coming(self) -> None:
        """Sometimes the answer is lost after the write was done."""
        if self._strikes():
            raise Unreachable("the connection broke before the answer came", landed=None)

    def rewinds(self) -> bool:
        """Sometimes."""
        return self._strikes()

    def shuffled(self, records: tuple[Record, ...]) -> tuple[Record, ...]:
        """In any order."""
        return tuple(self.random.sample(records, len(records)))


def faulty(source: Source, faults: Faults) -> Source:
    """The source with these faults on the way to it."""
    return cast("Source", _FaultySource(source, faults))


def hostile(source: Source, seed: int, clock: Clock, *, share: float = 0.2) -> Source:
    """The hostile twin of a source: everything the protocol permits to go wrong does so now and then."""
    return faulty(source, RandomFaults(seed, clock, share=share))


class _FaultySource:
    def __init__(self, source: Source, faults: Faults) -> None:
        self._source = source
        self._faults = faults

    def __getattr__(self, name: str) -> Any:
        return getattr(self._source, name)

    @property
    def budget(self) -> Budget | None:
        return self._source.budget

    async def check(self) -> Identity:
        await self._go()
        return await self._source.check()

    async def pull(self, feed: Feed, cursor: Cursor | None) -> AsyncIterator[Page]:
        passed = [cursor]
        pages = self._source.pull(feed, cursor)
        while True:
            await self._go()
            page = await anext(pages, None)
            if page is None:
                return
            yield Page(
                self._faults.shuffled(page.records), page.gone, page.cursor, page.more, page.done, page.total, page.note
            )
            if self._faults.rewinds():
                pages = self._source.pull(feed, passed[-1])
            else:
                passed.append(page.cursor)

    async def push(self, action: Action) -> Receipt:
        await self._go(write=True)
        receipt = await self._source.push(action)
        await asyncio.sleep(0)
        self._faults.coming()
        return receipt

    async def find(self, action: Action) -> Receipt | None:
        await self._go()
        return await self._source.find(action)

    async def close(self) -> None:
        await self._source.close()

    async def _go(self, *, write: bool = False) -> None:
        await asyncio.sleep(0)
        self._faults.going(write=write)


def unreachable() -> SourceError:
    """Nobody was there: nothing was sent."""
    return Unreachable("no connection to the platform")


def server_error() -> SourceError:
    """The platform stumbled: nobody can know how far it came."""
    return Unreachable("the platform answered with an error of its own", landed=None, status=500)


def declined() -> SourceError:
    """The platform said no."""
    return Refused("You cannot do that here.", status=422)
