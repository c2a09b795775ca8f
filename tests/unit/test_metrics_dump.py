"""Thirteen years of a real community: every number again from the XML files alone, by the naive definitions."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from functools import partial
from pathlib import Path
from xml.etree import ElementTree
from zoneinfo import ZoneInfo

import pytest

from cm_console.model.metric_table import METRICS
from cm_console.model.metrics import Window
from cm_console.model.records import Member, Post, Record, Thread
from cm_console.model.source import Feed
from cm_console.model.text import Untrusted
from cm_console.model.time import Instant, midnight
from cm_console.sources.stackexchange_dump import DumpSettings, StackExchangeDump
from cm_console.store import Store, ingest, sources
from cm_console.store.batch import Community
from cm_console.store.metrics import Ask, measure
from cm_console.store.sqlite import Connection
from cm_console.testing import FakeClock
from tests.unit.metrics_naive import Naive, values
from tests.unit.metrics_world import World

DUMP = Path(__file__).parents[3] / "shared" / "data" / "stackexchange-bicycles-meta"
UTC = ZoneInfo("UTC")
NOW = midnight(date(2026, 1, 1), UTC)
COMMUNITY = Community(UTC)
pytestmark = pytest.mark.skipif(not DUMP.is_dir(), reason="the real dump in ../shared is not here")


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """The dump, pulled through its source."""
    opened = Store.open(tmp_path_factory.mktemp("dump") / "c.db")
    asyncio.run(_pull(opened))
    yield opened
    opened.close()


async def _pull(store: Store) -> None:
    dump = StackExchangeDump(DumpSettings(str(DUMP)), FakeClock(NOW))
    source = await store.write(lambda conn: sources.ensure(conn, "bikes", "stackexchange-dump"))
    for feed in (Feed.MEMBERS, Feed.THREADS, Feed.REPORTS, Feed.ACTIVITY):
        records = [record async for page in dump.pull(feed, None) for record in page.records]
        await store.write(partial(_save, source, records))


def _save(source: int, records: Sequence[Record], conn: Connection) -> None:
    ingest.save(conn, source, COMMUNITY, NOW, records)


@pytest.fixture(scope="module")
def world() -> World:
    """The same from the XML, read here anew."""
    made = World(UTC, NOW, COMMUNITY)
    for row in _rows("Users"):
        made.members[row["Id"]] = Member(row["Id"], Untrusted(row["Id"]), joined_at=_at(row), bot=row["Id"] == "-1")
    accepted = {row["PostId"]: _at(row) for row in _rows("Votes") if row["VoteTypeId"] == "1"}
    rows = {row["Id"]: row for row in _rows("Posts") if row["PostTypeId"] in ("1", "2")}
    for id, row in rows.items():
        made.posts[id] = Post(id, row.get("ParentId", id), row.get("OwnerUserId"), _at(row), Untrusted(""))
        if row["PostTypeId"] == "1":
            answer = row.get("AcceptedAnswerId")
            solved = accepted.get(answer) or _at(rows[answer]) if answer else None
            made.threads[id] = Thread(id, Untrusted(""), row.get("OwnerUserId"), _at(row), solved_at=solved)
    for row in _rows("Comments"):
        if row["PostId"] in rows:
            thread = made.posts[row["PostId"]].thread
            made.posts["c" + row["Id"]] = Post(row["Id"], thread, row.get("UserId"), _at(row), Untrusted(""))
    return made


def _rows(file: str) -> list[dict[str, str]]:
    return [row.attrib for row in ElementTree.parse(DUMP / f"{file}.xml").getroot()]


def _at(row: dict[str, str]) -> Instant:
    return Instant(round(datetime.fromisoformat(row["CreationDate"]).replace(tzinfo=UTC).timestamp() * 1000))


@pytest.mark.parametrize(
    "window",
    [
        Window(date(2010, 8, 20), date(2010, 9, 17)),
        Window(date(2010, 9, 25), date(2010, 12, 24)),
        Window(date(2012, 2, 1), date(2012, 2, 29)),
        Window(date(2016, 5, 1), date(2016, 7, 31)),
        Window(date(2020, 12, 1), date(2021, 1, 26)),
    ],
    ids=lambda window: f"{window.start}-{window.days}",
)
def test_numbers_equal_a_recount(store: Store, world: World, window: Window) -> None:
    figures = store.read_now(lambda conn: measure(conn, Ask(window, UTC, NOW), METRICS))
    expected = values(Naive(world, window.start, window.end))
    assert {one.metric.id: one.value for one in figures.metrics if one.metric.id in expected} == pytest.approx(expected)


def test_flags_of_moderators_are_reports(store: Store) -> None:
    """Votes 4, 12 and 15 of the whole time."""
    window = Window(date(2010, 1, 1), date(2026, 1, 1))
    figures = store.read_now(lambda conn: measure(conn, Ask(window, UTC, NOW), METRICS))
    flags = [row for row in _rows("Votes") if row["VoteTypeId"] in ("4", "12", "15")]
    measured = {one.metric.id: one.value for one in figures.metrics}
    assert measured["reports"] == measured["reports.open"] == len(flags)
    assert measured["members.total"] == len(_rows("Users")) - 1
    assert measured["posts"] and measured["threads"]
