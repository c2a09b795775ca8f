"""Console: opens the store, loads the sources, runs the engine: the whole product without a terminal."""

from __future__ import annotations

import asyncio
import logging
import random
import uuid
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from cm_console.columns import Columns
from cm_console.config import Config, Home, SourceConfig
from cm_console.model.time import Clock, SystemClock
from cm_console.services.busy import Busy
from cm_console.services.changes import Changes
from cm_console.services.desk import Desk
from cm_console.store import Store

if TYPE_CHECKING:
    from cm_console.model.source import Source
    from cm_console.services.engine import SourceEngine
    from cm_console.services.housekeeping import Housekeeping
    from cm_console.services.ownership import Ownership
    from cm_console.services.sync import Outcome, Progress
    from cm_console.store.batch import Community

_ROUNDS = 20
"""Turns of the event loop within which a task whose sleep has ended is at work again."""

log = logging.getLogger(__name__)


def new_uuid() -> str:
    """A fresh id: uuid4 in hex."""
    return uuid.uuid4().hex


class SourceUnusable(Exception):
    """A configured source cannot be made: unknown kind, wrong setting, secret not to be had; the words say which."""


@dataclass(eq=False, repr=False)
class Console(Columns):
    """One community, open. `open` it, then `start` the engine (or `sync` once), then `stop`.

    What the first frame does not need is imported when it is first asked for.
    """

    config: Config
    home: Home
    store: Store
    clock: Clock
    new_id: Callable[[], str]
    jitter: Callable[[], float]
    changes: Changes
    desk: Desk
    busy: Busy = field(default_factory=Busy)
    engines: dict[str, SourceEngine] = field(default_factory=dict)
    unusable: dict[str, str] = field(default_factory=dict)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)
    _ownership: Ownership | None = None

    @classmethod
    def open(
        cls,
        config: Config,
        home: Home,
        *,
        clock: Clock | None = None,
        new_id: Callable[[], str] = new_uuid,
        jitter: Callable[[], float] = random.random,
    ) -> Console:
        """Open the database; no network, no source, nothing but what the first frame needs.

        Raises:
            StoreError: the database cannot be used.
        """
        clock = clock or SystemClock()
        home.prepare()
        store = Store.open(home.database)
        changes = Changes()
        team = tuple(name.rsplit(":", 1)[-1] for name in config.team)
        desk = Desk(store, clock, new_id, changes, config.me, config.undo_seconds, team)
        return cls(config, home, store, clock, new_id, jitter, changes, desk)

    @cached_property
    def housekeeping(self) -> Housekeeping:
        """What an open console looks after by itself."""
        from cm_console.services.housekeeping import Housekeeping

        told = self.handover if self.config.handover else None
        shared = (self.store, self.clock, self.changes, self.busy, self.engines, self.privacy)
        return Housekeeping(*shared, zone=self.config.timezone, people=self.config.people, handover=told)

    @property
    def community(self) -> Community:
        """What of the config decides how facts are kept."""
        from cm_console.store.batch import Community

        team, bots = (frozenset(name.casefold() for name in names) for names in (self.config.team, self.config.bots))
        return Community(self.config.timezone, team, bots, frozenset(self.config.muted_places), self.config.triage)

    async def start(self) -> None:
        """Settle the config, open every enabled source and start its two loops; returns once they run."""
        with self.busy.work():
            await asyncio.to_thread(_import_engine)
            await self.prepare()
            for engine in self.engines.values():
                self.changes.watchers.append(engine.waking)
                self._run(engine.pull_loop)
                self._run(engine.deliver_loop)
            for loop in self.housekeeping.loops():
                self._run(loop)

    async def prepare(self, names: Sequence[str] | None = None) -> None:
        """Open sources (all enabled ones, or those named) without starting their loops; faults go to `unusable`."""
        from cm_console.store import ingest

        now = self.clock.now()
        await self.store.write(lambda conn: ingest.settle_config(conn, self.community, now))
        for config in self.config.sources:
            if config.name not in self.engines and (config.enabled if names is None else config.name in names):
                try:
                    self.engines[config.name] = await self._engine(config)
                except SourceUnusable as error:
                    self.unusable[config.name] = str(error)
                    await self._say_unusable(config, str(error))
        await self.privacy.settle()
        self.changes.add(("status",))

    async def sync(self, names: Sequence[str] | None = None, *, accept_deletions: bool = False) -> list[Outcome]:
        """Pull sources once, all at the same time; what cannot be used comes back as a failed outcome."""
        from cm_console.services.sync import Outcome

        await self.prepare(names)
        chosen = [engine for name, engine in self.engines.items() if names is None or name in names]
        for engine in chosen:
            engine.sync.accept_deletions = accept_deletions
        pulled = await asyncio.gather(*(engine.pull_guarded() for engine in chosen))
        unusable = [Outcome(name, "", "failed", words) for name, words in self.unusable.items()]
        return unusable + [outcome for outcomes in pulled for outcome in outcomes]

    async def deliver(self) -> None:
        """Send what is due, once; what is still held stays."""
        from cm_console.services.engine import take_over

        await self.prepare()
        for engine in self.engines.values():
            await take_over(engine.delivery, engine.ownership)
            await engine.deliver()

    def pull_now(self) -> None:
        """Ask every source to pull without waiting for its time."""
        for engine in self.engines.values():
            engine.pull_now.set()

    async def idle(self) -> None:
        """Until nothing is under way and nobody was woken: what tests wait for instead of sleeping."""
        for _ in range(_ROUNDS):
            while self.busy.count or self.changes.dirty or any(engine.awake for engine in self.engines.values()):
                if self.busy.count:
                    await self.busy.wait()
                else:
                    await asyncio.sleep(0)
            await asyncio.sleep(0)

    async def stop(self) -> None:
        """Come to rest and close the database; may be called twice."""
        await self.rest()
        await asyncio.to_thread(self.store.close)

    async def rest(self) -> None:
        """Stop the loops, close the sources, give up the name; screens that close can still read and write."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks.clear()
        for engine in self.engines.values():
            await engine.source.close()
        self.engines.clear()
        if self._ownership is not None:
            self._ownership.close()
            self._ownership = None

    async def open_source(self, config: SourceConfig) -> Source:
        """Make a source from its config, its secrets resolved.

        Raises:
            SourceUnusable: unknown kind, wrong setting, secret not to be had.
        """
        from cm_console import secrets
        from cm_console.model.settings import Secret, make_settings, settings_of
        from cm_console.sources import BrokenSource, load

        try:
            kind = await asyncio.to_thread(load, config.kind, enabled=self.config.plugins)
            values = dict(config.settings)
            for setting in settings_of(kind.settings):
                if setting.kind is Secret and setting.name in values:
                    values[setting.name] = await secrets.resolve(
                        str(values[setting.name]), allow_insecure=self.config.allow_insecure_keyring
                    )
            return kind(make_settings(kind.settings, values), self.clock)
        except (BrokenSource, secrets.SecretError, ValueError) as error:
            raise SourceUnusable(f"{config.name}: {error}") from error

    async def _engine(self, config: SourceConfig) -> SourceEngine:
        from cm_console.services.delivery import Delivery
        from cm_console.services.engine import SourceEngine
        from cm_console.services.ownership import Ownership
        from cm_console.services.sync import Sync
        from cm_console.store import sources

        if self._ownership is None:
            self._ownership = Ownership(self.home.locks, self.new_id())
        source = await self.open_source(config)
        source_id = await self.store.write(lambda conn: sources.ensure(conn, config.name, config.kind))
        shared = (source, config.name, source_id, self.store, self.clock, self.changes, self.community)
        sync = Sync(*shared, jitter=self.jitter, on_progress=self._progressed)
        delivery = Delivery(*shared, self._ownership.owner, self.new_id, jitter=self.jitter)
        return SourceEngine(source, sync, delivery, self._ownership, self.busy, config.every)

    async def _say_unusable(self, config: SourceConfig, words: str) -> None:
        from cm_console.store import sources

        now = self.clock.now()
        source_id = await self.store.write(lambda conn: sources.ensure(conn, config.name, config.kind))
        await self.store.write(lambda conn: sources.report(conn, source_id, "threads", "failed", words=words, now=now))

    def _progressed(self, progress: Progress) -> None:
        self.status.progress[progress.source] = progress
        self.changes.add(("status",))

    def _run(self, loop: Callable[[], Coroutine[None, None, None]]) -> None:
        self._tasks.add(asyncio.get_running_loop().create_task(loop()))


def _import_engine() -> None:
    """In a thread, so that the first keys after the first frame are heard meanwhile."""
    import cm_console.services.delivery
    import cm_console.services.engine
    import cm_console.services.sync
    import cm_console.store.ingest  # noqa: F401
