"""The members screen: what its first look asks for, a search as typed and a look again, of many against a thousand."""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from benchmarks import worlds
from benchmarks.scale import Scale
from benchmarks.services import desk
from benchmarks.table import Line, compared
from cm_console.config import Home
from cm_console.model.directory import ALL, Narrow, Sort
from cm_console.services.desk import Desk
from cm_console.services.directory import DirectoryService
from cm_console.services.persons import PersonsService

AGAIN = 500
"""Members who posted since persons were looked at last: some minutes of a busy community."""
SEGMENT, SORT, WORDS = "champions", Sort.JOINED, Narrow(words="77")


async def first_look(made: Desk) -> None:
    """Rows, their number, and the first person in full: what fills the screen."""
    directory, persons = DirectoryService(made, worlds.UTC), PersonsService(made)
    rows = await directory.page(ALL, limit=50)
    await directory.count(ALL)
    await persons.person(rows[0].id)


async def turned(made: Desk) -> None:
    """A small segment in another order."""
    directory = DirectoryService(made, worlds.UTC)
    await directory.page(SEGMENT, SORT, limit=50)
    await directory.count(SEGMENT)


async def searched(made: Desk) -> None:
    """Words that few bear, in the whole list."""
    directory = DirectoryService(made, worlds.UTC)
    await directory.page(ALL, narrow=WORDS, limit=50)
    await directory.count(ALL, WORDS)


async def looked_again(made: Desk) -> None:
    """Some hundred members posted; everything is counted that follows from it."""
    await made.store.write(
        lambda conn: (
            conn.execute(
                "INSERT OR REPLACE INTO stale_standing SELECT id, NULL FROM member"
                " WHERE id % (SELECT max(1, count(*) / ?) FROM member) = 0",
                (AGAIN,),
            ).rowcount
        )
    )
    await DirectoryService(made, worlds.UTC).look_again()


ASKED: tuple[tuple[str, Callable[[Desk], Awaitable[None]]], ...] = (
    ("first look at members", first_look),
    ("a segment in another order", turned),
    ("search as typed", searched),
    (f"{AGAIN} persons looked at again", looked_again),
)


def run(scale: Scale) -> list[Line]:
    """Each question of a large and a small community, in the same rounds."""
    with tempfile.TemporaryDirectory() as folder:
        large, little = (
            worlds.copied(worlds.home(size), Path(folder) / str(size)) for size in (scale.large, scale.little)
        )
        times = [_timed(large, scale.rounds), _timed(little, scale.rounds)]
    many, few = (max(50, size // 10) for size in (scale.large, scale.little))
    return [compared(f"{what}: {many:,} members / {few:,}", "ms", times[0][what], times[1][what]) for what, _ in ASKED]


def _timed(home: Home, rounds: int) -> dict[str, list[float]]:
    async def ask(made: Desk) -> dict[str, list[float]]:
        found: dict[str, list[float]] = {what: [] for what, _ in ASKED}
        for _ in range(rounds):
            for what, question in ASKED:
                began = time.perf_counter()
                await question(made)
                found[what].append(1000 * (time.perf_counter() - began))
        return found

    with desk(home) as made:
        return asyncio.run(ask(made))
