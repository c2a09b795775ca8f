"""Housekeeping: what an open console looks after by itself, whatever its sources do."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Coroutine, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from cm_console.model.segments import DEFAULT, PeopleRules
from cm_console.model.time import Clock
from cm_console.services.busy import Busy
from cm_console.services.changes import Changes
from cm_console.services.engine import LOOK_FOR_DEAD_EVERY, SourceEngine, take_over
from cm_console.store import Store, StoreError, answered, spans, thread_words, threads
from cm_console.store.sqlite import Connection
from cm_console.store.standings import Standings

if TYPE_CHECKING:
    from cm_console.services.handover import HandoverService
    from cm_console.services.privacy import PrivacyService

OTHERS_CHECKED_EVERY = 0.5
"""Seconds until what another console wrote into the same database shows here."""

TIDIED_EVERY, STEPS_AT_EASE = 1.0, 20
"""Seconds until what numbers are made of is brought up to date, and in how many steps of some 10 ms if nobody waits."""

EXPIRED_EVERY, EXPIRING_STEPS = 60.0, 20
"""Seconds until texts kept only for some days are looked through again, and how many steps of some 10 ms at once."""

SNOOZED_CHECKED_EVERY = 20.0
"""Seconds between two looks for snoozed inquiries whose time has come."""

log = logging.getLogger(__name__)


@dataclass
class Housekeeping:
    """Takes over from dead consoles, hears what living ones wrote, wakes what was snoozed, keeps numbers near."""

    store: Store
    clock: Clock
    changes: Changes
    busy: Busy
    engines: Mapping[str, SourceEngine]
    privacy: PrivacyService | None = None
    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("UTC"))
    people: PeopleRules | None = None
    handover: HandoverService | None = None
    _version: int | None = field(default=None, init=False)

    def loops(self) -> Iterator[Callable[[], Coroutine[None, None, None]]]:
        """The loops to run for as long as the console is open."""
        yield partial(self._every, LOOK_FOR_DEAD_EVERY, self.look_for_dead)
        yield partial(self._every, OTHERS_CHECKED_EVERY, self.look_for_others)
        yield partial(self._every, SNOOZED_CHECKED_EVERY, self.wake_snoozed)
        yield partial(self._every, TIDIED_EVERY, self.tidy)
        if self.privacy is not None and self.privacy.keep_days:
            yield partial(self._every, EXPIRED_EVERY, self.expire)
        if self.handover is not None:
            yield partial(self._every, SNOOZED_CHECKED_EVERY, self.bring_back)
        yield partial(self._every, TIDIED_EVERY, self.read_answered)
        yield partial(self._every, TIDIED_EVERY, self.look_at_persons)
        yield partial(self._every, TIDIED_EVERY, self.read_words)

    async def look_for_dead(self) -> None:
        """What a dead console was sending may have landed: it is looked up now."""
        for engine in self.engines.values():
            if await take_over(engine.delivery, engine.ownership):
                engine.deliver_now.set()

    async def look_for_others(self) -> None:
        """Another console on this database changed something when the file's version moved without us."""
        version = await self.store.write(_data_version)
        if self._version not in (None, version):
            self.changes.add(("inbox", "moderation", "calendar", "metrics", "outbox", "status"))
        self._version = version

    async def wake_snoozed(self) -> None:
        """Inquiries whose time has come are back in the list."""
        now = self.clock.now()
        if await self.store.write(lambda conn: threads.wake(conn, now)):
            self.changes.add(("inbox",))

    async def bring_back(self) -> None:
        """What a team outside has answered is in the inbox again."""
        if self.handover is not None:
            await self.handover.bring_back()

    async def tidy(self) -> None:
        """Days that changed are made anew for the numbers; one step while something else is under way."""
        now = self.clock.now()
        await self._in_steps(lambda conn: spans.untidy(conn, now), lambda conn: spans.tidy(conn, now))

    async def read_answered(self) -> None:
        """Threads that were answered meanwhile can be found by those who ask the same."""
        await self._in_steps(answered.untidy, answered.tidy)

    async def read_words(self) -> None:
        """Threads that came or were renamed meanwhile are found by their letters, not one by one."""
        await self._in_steps(thread_words.untidy, thread_words.tidy)

    async def look_at_persons(self) -> None:
        """Of whom something changed, or changes today, is looked at again for the directory."""
        kept = Standings(self.people or DEFAULT, self.zone, self.clock.now())
        if await self._in_steps(kept.untidy, kept.tidy):
            self.changes.add(("members",))

    async def _in_steps(self, untidy: Callable[[Connection], bool], step: Callable[[Connection], bool]) -> bool:
        more, steps = await self.store.read(untidy), 0
        while more and steps < STEPS_AT_EASE:
            more = await self.store.write(step)
            steps += STEPS_AT_EASE if self.busy.count > 1 else 1
        return steps > 0

    async def expire(self) -> None:
        """Texts whose time is over go, in small steps."""
        for _ in range(EXPIRING_STEPS if self.busy.count <= 1 else 1):
            if self.privacy is None or not await self.privacy.expire():
                return

    async def _every(self, seconds: float, work: Callable[[], Awaitable[None]]) -> None:
        while True:
            with self.busy.work():
                try:
                    await work()
                except StoreError:
                    log.exception("a housekeeping task failed; it goes on")
            await self.clock.sleep(seconds)


def _data_version(conn: Connection) -> int:
    version: int = conn.execute("PRAGMA data_version").fetchone()[0]
    return version
