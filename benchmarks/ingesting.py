"""Pulling pages into the store with full text, rollups, badges; against bare rows and a full text built at the end."""

from __future__ import annotations

import asyncio
import json
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from statistics import quantiles
from zoneinfo import ZoneInfo

from benchmarks.recorded import Recorded, pages
from benchmarks.scale import Scale
from benchmarks.table import Line, compared
from cm_console.model.source import Feed
from cm_console.model.time import SystemClock
from cm_console.services.changes import Changes
from cm_console.services.sync import Sync
from cm_console.store import Store, sources
from cm_console.store.batch import Community
from cm_console.store.sqlite import connect, create_private, transaction

PAGES_AT_ONCE = 10
"""Pages per transaction of the bare rows: 1,000 records."""


@dataclass
class Pull:
    """What one pull took: seconds by the clock and of CPU, and how late others were served meanwhile."""

    wall: float = 0.0
    cpu: float = 0.0
    later: float = 0.0
    loop_late: list[float] = field(default_factory=list)
    write_late: list[float] = field(default_factory=list)


async def ours(data: list[bytes], path: Path) -> Pull:
    """Through the engine's Sync into a new store."""
    clock, store, pull = SystemClock(), Store.open(path), Pull()
    source_id = await store.write(lambda conn: sources.ensure(conn, "forum", "recorded"))
    community = Community(ZoneInfo("UTC"), team=frozenset({"1"}))
    sync = Sync(Recorded(data, clock), "forum", source_id, store, clock, Changes(), community)
    watchers = [asyncio.create_task(_watch_loop(pull)), asyncio.create_task(_watch_writer(store, pull))]
    wall, cpu = time.perf_counter(), time.process_time()
    outcome = await sync.pull_feed(Feed.THREADS)
    pull.wall, pull.cpu = time.perf_counter() - wall, time.process_time() - cpu
    for watcher in watchers:
        watcher.cancel()
    await asyncio.gather(*watchers, return_exceptions=True)
    assert outcome.state == "ok", outcome
    cpu = time.process_time()
    await sync.tidy()
    pull.later = time.process_time() - cpu
    store.close()
    return pull


async def _watch_loop(pull: Pull) -> None:
    while True:
        before = time.perf_counter()
        await asyncio.sleep(0.01)
        pull.loop_late.append(time.perf_counter() - before - 0.01)


async def _watch_writer(store: Store, pull: Pull) -> None:
    while True:
        await asyncio.sleep(0.05)
        before = time.perf_counter()
        await store.write(lambda conn: None)
        pull.write_late.append(time.perf_counter() - before)


def bare(data: list[bytes], path: Path) -> Pull:
    """Decode and insert, with nothing else; the full text is made by 'rebuild' at the end."""
    create_private(path)
    conn, pull = connect(path), Pull()
    conn.execute("CREATE TABLE thread(id INTEGER PRIMARY KEY, title TEXT, author TEXT, at INTEGER)")
    conn.execute("CREATE TABLE post(id INTEGER PRIMARY KEY, thread INTEGER, author TEXT, at INTEGER, body TEXT)")
    conn.execute(
        "CREATE VIRTUAL TABLE words USING fts5(body, content='post', content_rowid='id',"
        " tokenize='unicode61 remove_diacritics 2')"
    )
    wall, cpu = time.perf_counter(), time.process_time()
    for at in range(0, len(data), PAGES_AT_ONCE):
        with transaction(conn):
            for page in data[at : at + PAGES_AT_ONCE]:
                rows = json.loads(page)
                conn.executemany(
                    "INSERT INTO thread VALUES(:id, :title, :author, :at)", [row for row in rows if "title" in row]
                )
                conn.executemany(
                    "INSERT INTO post VALUES(:id, :thread, :author, :at, :text)", [row for row in rows if "text" in row]
                )
    with transaction(conn):
        conn.execute("INSERT INTO words(words) VALUES('rebuild')")
    pull.wall, pull.cpu = time.perf_counter() - wall, time.process_time() - cpu
    conn.close()
    return pull


def run(scale: Scale) -> list[Line]:
    """Measure rates, and how late the event loop and other writes are while a pull runs."""
    data = pages(scale.ingested)
    pulls, bares = [], []
    for _ in range(scale.rounds):
        with tempfile.TemporaryDirectory() as folder:
            pulls.append(asyncio.run(ours(data, Path(folder) / "ours.db")))
            bares.append(bare(data, Path(folder) / "bare.db"))
    lines = []
    for part, words in (("wall", "by the clock"), ("cpu", "CPU")):
        rate, base = ([scale.ingested / float(getattr(pull, part)) for pull in group] for group in (pulls, bares))
        goal = 0.6 if part == "wall" else None
        lines.append(compared(f"pages into the store / bare rows, {words}", "posts/s", rate, base, goal, most=False))
    loop, write = (
        [1000 * late for pull in pulls for late in getattr(pull, part)] for part in ("loop_late", "write_late")
    )
    lines.append(Line("event loop late while pulling, p95", "ms", _p95(loop)))
    lines.append(Line("another write waits while pulling, p95", "ms", _p95(write)))
    later = [1e6 * pull.later / scale.ingested for pull in pulls]
    each = [1e6 * pull.cpu / scale.ingested for pull in pulls]
    note = "after the pull, in steps of some 10 ms; not in the lines above"
    lines.append(compared("merging the full text / the pull, CPU", "us/post", later, each, note=note))
    return lines


def _p95(values: list[float]) -> float:
    return quantiles(values, n=20)[-1] if len(values) > 1 else sum(values)
