"""A whole platform in RAM: the executable specification of the Source protocol, the demo's platform, a test double.

Read it to learn what a source does: pages come out of it, actions go into it. `Platform` (memory_platform.py) is the
far end, for any other source a real server; what a server would do with each verb is in memory_verbs.py.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import ClassVar

from cm_console.model.action import ASK, SAFE, Action, Receipt, Replay, Verb, find, keyed
from cm_console.model.errors import Unauthorized, Unreachable
from cm_console.model.settings import setting
from cm_console.model.source import Budget, Cursor, Feed, Identity, Page
from cm_console.model.text import clean_line
from cm_console.model.time import Clock
from cm_console.model.verb import TIMED
from cm_console.sources.memory_platform import Platform
from cm_console.sources.memory_verbs import KEY_WINDOW, carry_out, look

__all__ = ["PLATFORMS", "MemorySettings", "MemorySource", "Platform"]

PLATFORMS: dict[str, Platform] = {}
"""The platforms of this process by name; put yours here before a source asks for it."""


@dataclass(frozen=True, slots=True)
class MemorySettings:
    """What `source add memory` asks for."""

    platform: str = setting("The name of a community kept in memory.", where="the program that made it", example="demo")


class MemorySource:
    """A community that lives in the memory of this program."""

    name: ClassVar[str] = "memory"
    settings: ClassVar[type] = MemorySettings
    feeds: ClassVar[frozenset[Feed]] = frozenset(Feed)
    verbs: ClassVar[Mapping[Verb, Replay]] = {
        **dict.fromkeys(Verb, SAFE),
        Verb.REPLY: find(settle=0.0),
        Verb.PUBLISH: keyed(KEY_WINDOW, findable=True, settle=0.0),
        Verb.MESSAGE: keyed(KEY_WINDOW, findable=True, settle=0.0),
        Verb.WARN: ASK,
    }

    def __init__(self, settings: MemorySettings, clock: Clock) -> None:
        self._name = settings.platform
        self._clock = clock

    @property
    def budget(self) -> Budget | None:
        """As the platform last told."""
        return PLATFORMS[self._name].budget if self._name in PLATFORMS else None

    async def check(self) -> Identity:
        """Who we are there, and which rights this account lacks."""
        platform = await self._reach("check")
        feeds, verbs = self.feeds.difference(platform.missing), frozenset(self.verbs).difference(platform.missing)
        now = platform.clock.now()
        missing, text = dict(platform.missing), platform.text
        return Identity(platform.me, platform.name, "1", feeds, verbs, missing, now, timed=TIMED, text=text)

    async def pull(self, feed: Feed, cursor: Cursor | None) -> AsyncIterator[Page]:
        """Read the change log of the feed to its end, which may move away while we read."""
        platform = await self._reach(feed)
        place = platform.place_of(cursor)
        while (page := platform.page(feed, place)).records or page.gone:
            yield page
            await self._reach(feed)
            place = platform.place_of(page.cursor)

    async def push(self, action: Action) -> Receipt:
        """Carry it out, unless the target is not what the person saw."""
        platform = await self._reach(action.verb)
        before = platform.revision
        receipt = carry_out(platform, action)
        if platform.revision != before:
            platform.pushed.append(action)
            for react in platform.on_push:
                react(platform, action, receipt)
        await asyncio.sleep(0)  # the way back, where an answer can be lost
        return receipt

    async def find(self, action: Action) -> Receipt | None:
        """Look for a post or thread of ours that says the same, not older than the first attempt."""
        platform = await self._reach(action.verb)
        return look(platform, action)

    async def close(self) -> None:
        """Nothing to release."""

    async def _reach(self, right: str) -> Platform:
        await asyncio.sleep(0)
        platform = PLATFORMS.get(self._name)
        if platform is None:
            words = f"the community {clean_line(self._name)!r} lives only while the program that made it runs"
            raise Unreachable(words)
        platform.catch_up()
        if right in platform.missing:
            raise Unauthorized(
                f"this account lacks the right {platform.missing[right]!r}", right=platform.missing[right]
            )
        return platform
