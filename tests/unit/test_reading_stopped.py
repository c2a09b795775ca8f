"""A read nobody waits for any more is stopped in SQLite too, and harms no other."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from cm_console.store import READERS, Store
from cm_console.store.sqlite import Connection
from cm_console.widgets.pager import Pager
from cm_console.widgets.window import MemoryRows

ENDLESS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    made = Store.open(tmp_path / "c.db")
    yield made
    made.close()


def endless(began: asyncio.Event, loop: asyncio.AbstractEventLoop) -> Callable[[Connection], object]:
    def query(conn: Connection) -> object:
        loop.call_soon_threadsafe(began.set)
        outer = conn.execute("SELECT key FROM meta")
        outer.fetchone()
        return outer, conn.execute(ENDLESS).fetchone()

    return query


def seven(together: threading.Barrier, conn: Connection) -> object:
    together.wait()
    return conn.execute("SELECT 7").fetchone()


async def test_readers_are_free_again_as_soon_as_nobody_waits(store: Store) -> None:
    """Else two letters typed would keep both readers busy for as long as the slowest search takes."""
    for _ in range(3):
        tasks = []
        for _ in range(READERS):
            began = asyncio.Event()
            tasks.append(asyncio.create_task(store.read(endless(began, asyncio.get_running_loop()))))
            await began.wait()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        assert all(task.cancelled() for task in tasks)
        together = threading.Barrier(READERS, timeout=10)
        answers = [store.read(partial(seven, together)) for _ in tasks]
        assert await asyncio.gather(*answers) == [(7,)] * READERS


async def test_what_was_not_begun_is_never_asked(store: Store) -> None:
    began, asked = asyncio.Event(), list[int]()
    busy = [asyncio.create_task(store.read(endless(began, asyncio.get_running_loop()))) for _ in range(READERS)]
    late = asyncio.create_task(store.read(lambda conn: asked.append(1)))
    await began.wait()
    late.cancel()
    for task in busy:
        task.cancel()
    await asyncio.gather(*busy, late, return_exceptions=True)
    together = threading.Barrier(READERS, timeout=10)
    await asyncio.gather(*(store.read(lambda conn: together.wait()) for _ in busy))
    assert asked == []


async def a_few_turns() -> None:
    for _ in range(9):
        await asyncio.sleep(0)


class Slow(MemoryRows[Any]):
    """A list whose first page never comes."""

    stopped = 0

    async def after(self, key: Any, limit: int) -> Any:
        try:
            await asyncio.Event().wait()
        finally:
            self.stopped += 1


async def test_another_list_does_not_wait_for_the_one_before() -> None:
    """Each letter typed asks for another list."""
    tasks: list[asyncio.Task[None]] = []
    pager: Pager[Any] = Pager(lambda lines: None, lambda: tasks.append(asyncio.ensure_future(pager.load())))
    slow, began = Slow([]), time.monotonic()
    for _ in range(3):
        pager.show(slow, None, None, None)
        await a_few_turns()
    pager.show(MemoryRows([]), None, None, None)
    await asyncio.wait_for(pager.settled(), 10)
    assert slow.stopped == 3 and pager.shown and time.monotonic() - began < 10
    await asyncio.gather(*tasks)


async def test_a_list_that_goes_away_stops_reading() -> None:
    pager: Pager[Any] = Pager(lambda lines: None, lambda: None)
    slow = Slow([])
    pager.show(slow, None, None, None)
    task = asyncio.ensure_future(pager.load())
    await a_few_turns()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert task.cancelled() and slow.stopped == 1
