"""A community in a folder: the real Console on the memory platform, its clock and faults in the test's hands."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import count
from pathlib import Path
from typing import Any, TypeAlias
from zoneinfo import ZoneInfo

from cm_console.config import Config, Home, SourceConfig
from cm_console.console import Console
from cm_console.model.action import Action
from cm_console.model.inbox import View
from cm_console.model.outbox import OutboxRow
from cm_console.model.source import Source
from cm_console.model.time import Instant
from cm_console.store.sqlite import Connection
from cm_console.testing import FakeClock, MemoryBench

Wrap: TypeAlias = Callable[[Source], Source]


def sequence(prefix: str = "") -> Callable[[], str]:
    """Ids in order instead of by chance; of one length, so that none is the beginning of another."""
    numbers = count(1)
    return lambda: f"{prefix}{next(numbers):08d}"


class WrappedConsole(Console):
    """The product's console; only the sources it opens get something of the test's around them."""

    wrap: Wrap = staticmethod(lambda source: source)

    async def open_source(self, config: SourceConfig) -> Source:
        """The source as the product makes it, wrapped."""
        return self.wrap(await super().open_source(config))


@dataclass
class Lab:
    """A home and the platforms its sources stand for; opens consoles on it, one after the other or two at once."""

    home: Home
    benches: dict[str, MemoryBench]
    clock: FakeClock
    wrap: Wrap = lambda source: source
    undo_seconds: int = 10
    team: tuple[str, ...] = ()
    more: Mapping[str, Any] = field(default_factory=dict)
    consoles: list[Console] = field(default_factory=list)
    names: Iterator[int] = field(default_factory=lambda: count(1))

    @property
    def bench(self) -> MemoryBench:
        """The platform behind the source `forum`."""
        return self.benches["forum"]

    @property
    def config(self) -> Config:
        """One memory source per bench."""
        sources = tuple(
            SourceConfig(name, "memory", {"platform": bench.platform.name}, every=300)
            for name, bench in self.benches.items()
        )
        return Config(
            self.home.config,
            "Bikes Meta",
            ZoneInfo("UTC"),
            me="mo",
            team=self.team,
            undo_seconds=self.undo_seconds,
            sources=sources,
            **self.more,
        )

    def console(self, me: str = "mo") -> WrappedConsole:
        """A console as a newly started program of somebody has it; nothing runs yet."""
        ids = sequence(f"{next(self.names):04d}-")
        console = WrappedConsole.open(
            replace(self.config, me=me), self.home, clock=self.clock, new_id=ids, jitter=lambda: 0.5
        )
        assert isinstance(console, WrappedConsole)
        console.wrap = self.wrap
        self.consoles.append(console)
        return console

    async def close(self) -> None:
        """Stop every console and take the platforms away."""
        for console in self.consoles:
            await console.stop()
        for bench in self.benches.values():
            await bench.close()


def make_lab(folder: Path, *names: str) -> Lab:
    """A lab with one platform per source name ("forum" if none is given), all on one clock."""
    benches = {name: MemoryBench() for name in names or ("forum",)}
    clock = next(iter(benches.values())).clock
    for bench in benches.values():
        bench.clock = bench.platform.clock = bench.faults.clock = clock
    return Lab(Home(folder), benches, clock, wrap=_faulty(benches))


def _faulty(benches: dict[str, MemoryBench]) -> Wrap:
    from cm_console.sources.memory import MemorySource
    from cm_console.testing import faulty

    faults = {bench.platform.name: bench.faults for bench in benches.values()}

    def wrap(source: Source) -> Source:
        assert isinstance(source, MemorySource)
        return faulty(source, faults[source._name])

    return wrap


async def rows(console: Console) -> list[OutboxRow]:
    """The whole outbox, oldest first."""
    return list(reversed(await console.outbox.page(limit=100_000)))


async def states(console: Console) -> list[str]:
    """The states of the whole outbox, oldest first."""
    return [str(row.state) for row in await rows(console)]


async def thread_ids(console: Console) -> list[int]:
    """Every thread the console holds, oldest id first."""
    return sorted(row.id for row in await console.inbox.page(View.ALL, limit=100_000))


def dump(conn: Connection, *, without: tuple[str, ...] = ()) -> dict[str, list[tuple[object, ...]]]:
    """Every row of every table, side tables of the full text and the named ones left out."""
    tables = conn.execute(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'post_fts%' AND name NOT LIKE 'sqlite_%'"
    ).fetchall()
    found = {}
    for (table,) in tables:
        if table not in without:
            held = conn.execute(f"SELECT * FROM {table}").fetchall()
            found[table] = sorted(held, key=repr)
    return found


async def queue(console: Console, action: Action, *, source: str = "forum", planned_at: int | None = None) -> str:
    """Put any action into the outbox, as a decision does; returns its id."""
    at = None if planned_at is None else Instant(planned_at)
    return await console.desk.decide(
        "try", f"thread:{action.thread}", lambda decision: decision.queue(action, source, planned_at=at)
    )


async def row_of(console: Console, id: str) -> OutboxRow:
    """One action as it stands now."""
    found = await console.outbox.row(id)
    assert found is not None
    return found
