"""The full text is merged after pulls, in small steps, and finds the same before and after."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from cm_console.model.records import Post
from cm_console.model.source import Cursor, Feed, Page
from cm_console.model.text import Untrusted
from cm_console.model.time import Instant
from cm_console.services import sync as module
from cm_console.services.changes import Changes
from cm_console.services.sync import Sync
from cm_console.sources.memory import MemorySource
from cm_console.store import Store, fulltext, ingest, reading, sources
from cm_console.store.batch import Community
from cm_console.store.sqlite import Connection
from cm_console.testing import FakeClock

UTC = Community(ZoneInfo("UTC"))


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    """A store with one source."""
    store = Store.open(tmp_path / "community.db")
    await store.write(lambda conn: sources.ensure(conn, "forum", "memory"))
    yield store
    store.close()


def posts(number: int) -> tuple[Post, ...]:
    """Twenty posts of one page."""
    return tuple(
        Post(f"{number}-{n}", "t", "ann", Instant(1_700_000_000_000 + number * 60_000 + n), Untrusted(f"word{n} all"))
        for n in range(20)
    )


async def save(store: Store, number: int) -> None:
    await store.write(lambda conn: ingest.save(conn, 1, UTC, 0, posts(number)))


def segments(conn: Connection) -> int:
    """How many parts the full text has."""
    return int(conn.execute("SELECT count(DISTINCT segid) FROM post_fts_idx").fetchone()[0])


def found(conn: Connection) -> list[int]:
    return [hit.key for hit in reading.search(conn, "word7 ", before=None, limit=100)]


async def test_pages_are_saved_without_merging_and_merged_afterwards(store: Store) -> None:
    """Each save adds a segment; tidying up leaves few and changes no answer."""
    for number in range(12):
        await save(store, number)
    assert await store.read(segments) == 12
    before = await store.read(found)
    while await store.write(fulltext.merge):
        pass
    assert await store.read(segments) < 4
    assert await store.read(found) == before and len(before) == 12
    await store.write(lambda conn: conn.execute("INSERT INTO post_fts(post_fts) VALUES('integrity-check')"))


async def test_a_pull_tidies_up_while_it_runs_long(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """A long history does not end in hundreds of segments, which would slow every search down."""
    monkeypatch.setattr(module, "ENOUGH_RECORDS", 1)
    monkeypatch.setattr(module, "TIDY_EVERY", 8)
    most = 0

    class Long(MemorySource):
        """Forty pages."""

        async def pull(self, feed: Feed, cursor: Cursor | None) -> AsyncIterator[Page]:
            """See Source."""
            nonlocal most
            for number in range(40):
                most = max(most, await store.read(segments))
                yield Page(posts(number), (), Cursor(str(number)), number < 39)

    clock = FakeClock()
    source = Long.__new__(Long)
    sync = Sync(source, "forum", 1, store, clock, Changes(), UTC)
    outcome = await sync.pull_feed(Feed.THREADS)
    assert outcome.state == "ok" and outcome.records == 800
    assert most <= 8 + 4
