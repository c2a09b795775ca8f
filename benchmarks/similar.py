"""Similar answered threads: known links found again, against plain BM25 over titles; and what asking costs.

The dump's links between questions (duplicates too) are held out: every address of another question, its link text and
the "possible duplicate" notes are cut from all texts before they are stored. A pair counts if the thread to be found
is answered, for both rankings alike. Weights were chosen on the pairs with odd link ids; goals are for the even ones.
"""

from __future__ import annotations

import asyncio
import re
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import chain
from pathlib import Path
from statistics import median
from xml.etree import ElementTree
from zoneinfo import ZoneInfo

from benchmarks import worlds
from benchmarks.scale import Scale
from benchmarks.services import desk
from benchmarks.table import Line
from cm_console.model.records import Record
from cm_console.model.source import Feed
from cm_console.model.time import Instant
from cm_console.services.desk import Desk
from cm_console.services.similar import SimilarService
from cm_console.sources.stackexchange_dump import DumpSettings, StackExchangeDump
from cm_console.store import answered, ingest, sources
from cm_console.store import similar as ranking
from cm_console.store.batch import Community
from cm_console.store.schema import migrate
from cm_console.store.sqlite import Connection, connect, transaction
from cm_console.testing import FakeClock

DUMP = Path(__file__).parents[2] / "shared" / "data" / "stackexchange-bicycles-meta"
ODD, EVEN = 1, 0
ALL = 1_000_000
_NOTE = re.compile(r"<blockquote>(?:(?!</blockquote>).)*?duplicate(?:(?!</blockquote>).)*</blockquote>", re.I | re.S)
_LINK = re.compile(
    r'<a [^>]*href="[^"]*/(?:questions|q|a)/\d+[^"]*"[^>]*>.*?</a>|\[[^]]*\]\([^)]*/(?:questions|q|a)/\d+[^)]*\)', re.S
)
_ADDRESS = re.compile(r"https?://\S+/(?:questions|q|a)/\d+\S*")


@dataclass(frozen=True, slots=True)
class Pair:
    """Two linked questions; `parity` is that of the link's id."""

    asked: int
    other: int
    parity: int


Rank = Callable[[int, frozenset[int]], Sequence[int]]
"""The ten threads most like a thread, best first, out of those allowed."""


def held_out(text: str) -> str:
    """A text without a trace of links to other questions."""
    return _ADDRESS.sub(" ", _LINK.sub(" ", _NOTE.sub(" ", text)))


def prepare(dump: Path, folder: Path) -> None:
    """The dump without its links."""
    for file, column in (("Posts.xml", "Body"), ("Comments.xml", "Text")):
        tree = ElementTree.parse(dump / file)
        for row in tree.getroot():
            row.set(column, held_out(row.get(column, "")))
        tree.write(folder / file, "utf-8", xml_declaration=True)
    for file in ("Users.xml", "Votes.xml"):
        (folder / file).write_bytes((dump / file).read_bytes())


async def _records(folder: Path) -> list[Record]:
    dump = StackExchangeDump(DumpSettings(str(folder)), FakeClock(Instant(worlds.END)))
    return [
        record
        for feed in (Feed.MEMBERS, Feed.THREADS)
        async for page in dump.pull(feed, None)
        for record in page.records
    ]


def archive(folder: Path) -> Connection:
    """A database of the dump, all of it read."""
    conn = connect(folder / "dump.db")
    migrate(conn)
    records = asyncio.run(_records(folder))
    with transaction(conn):
        source = sources.ensure(conn, "bikes", "stackexchange-dump")
        ingest.save(conn, source, Community(ZoneInfo("UTC")), worlds.END, records)
    with transaction(conn):
        answered.tidy(conn, ALL)
    return conn


def pairs(conn: Connection, links: Path) -> list[Pair]:
    """The links between questions that are in the dump, each once, the newer question first."""
    ids = {remote: (id, at) for id, remote, at in conn.execute("SELECT id, remote, created_at FROM thread")}
    seen: dict[frozenset[int], Pair] = {}
    for row in ElementTree.parse(links).getroot():
        ends = [ids.get(row.get(name, "")) for name in ("PostId", "RelatedPostId")]
        if None not in ends and ends[0] != ends[1]:
            (old, _), (new, _) = sorted((end for end in ends if end), key=lambda end: end[1])
            seen.setdefault(frozenset((old, new)), Pair(new, old, int(row.get("Id", "0")) % 2))
    return list(seen.values())


def by_titles(conn: Connection) -> Rank:
    """Plain BM25 over the titles of the same threads."""
    conn.execute("CREATE VIRTUAL TABLE temp.titles USING fts5(title)")
    rows = conn.execute("SELECT id, title FROM thread WHERE id IN (SELECT id FROM answered_fts_docsize)").fetchall()
    conn.executemany("INSERT INTO temp.titles(rowid, title) VALUES(?, ?)", rows)
    titles = dict(conn.execute("SELECT id, title FROM thread"))

    def rank(thread: int, allowed: frozenset[int]) -> list[int]:
        words = dict.fromkeys(re.findall(r"[^\W_]+", titles[thread].lower()))
        query = " OR ".join(f'"{word}"' for word in words)
        found = conn.execute("SELECT rowid FROM titles WHERE titles MATCH ? ORDER BY bm25(titles), rowid", (query,))
        return [id for (id,) in found if id in allowed][:10]

    return rank


def ours(conn: Connection) -> Rank:
    """As the console ranks, and shows."""
    counts = ranking.Counts()

    def rank(thread: int, allowed: frozenset[int]) -> list[int]:
        asked = ranking.question(conn, thread, counts)
        assert asked is not None
        scored = [one for one in ranking.score(conn, asked, likeliest=ALL) if one.id in allowed]
        return [one.id for one in ranking.found(conn, asked, ranking.enough(asked, scored), 10)]

    return rank


def recall(conn: Connection, wanted: Sequence[Pair], rank: Rank, *, as_new: bool) -> tuple[float, float, int]:
    """The share of pairs found among the first 5 and 10, in percent, and how many there are.

    `as_new`: the newer question is asked, only older threads exist; else each is asked for the other, all exist.
    """
    at = dict(conn.execute("SELECT id, created_at FROM thread"))
    can = {id for (id,) in conn.execute("SELECT id FROM answered_fts_docsize")}
    asked = [(pair.asked, pair.other) for pair in wanted]
    if not as_new:
        asked += [(other, one) for one, other in asked]
    places = []
    for thread, other in asked:
        if other in can:
            allowed = frozenset(id for id in can if id != thread and (not as_new or at[id] < at[thread]))
            best = rank(thread, allowed)
            places.append(best.index(other) if other in best else ALL)
    n = max(1, len(places))
    return 100 * sum(p < 5 for p in places) / n, 100 * sum(p < 10 for p in places) / n, len(places)


def found_again(dump: Path = DUMP) -> Iterator[Line]:
    """Recall on the dump, if it is there."""
    if not (dump / "PostLinks.xml").exists():
        return
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        prepare(dump, folder)
        conn = archive(folder)
        every, base, best = pairs(conn, dump / "PostLinks.xml"), by_titles(conn), ours(conn)
        for as_new, words in ((True, "asked as new, older threads only"), (False, "each for the other, all threads")):
            for parity in (EVEN, ODD):
                wanted = [pair for pair in every if pair.parity == parity]
                mine, plain = (recall(conn, wanted, rank, as_new=as_new) for rank in (best, base))
                half = "half not tuned on" if parity == EVEN else "half tuned on"
                for place, within in enumerate((5, 10)):
                    what = f"linked question in first {within}, {words}, {half}"
                    ratio = mine[place] / max(1, plain[place])
                    goal = 1.2 if parity == EVEN else None
                    yield Line(what, "%", mine[place], plain[place], ratio, goal, False, note=f"n={mine[2]}")
        conn.close()


async def _asking(made: Desk, threads: Sequence[int]) -> list[float]:
    service, took = SimilarService(made), []
    for thread in threads:
        began = time.perf_counter()
        await service.similar(thread)
        took.append(1000 * (time.perf_counter() - began))
    return took


def latency(scale: Scale) -> Iterator[Line]:
    """Milliseconds until the similar threads of a thread are there, of the whole archive: first questions, then all."""
    with desk(worlds.home(scale.large)) as made:
        step = max(1, scale.large // 61)
        took = asyncio.run(_asking(made, [1 + step * n for n in range(60)]))
        indexed = asyncio.run(made.store.read(partial(_size)))
    slow = f"first question {took[0]:.0f} ms, slowest {max(took):.0f} ms"
    note = f"{indexed[0]:,} answered of {scale.large:,} threads; {slow}"
    yield Line("similar threads of one thread", "ms", median(took), 30, median(took) / 30, 1, True, note)
    per = indexed[1] / max(1, indexed[0]) * 100_000 / 1e6
    yield Line("index for 100,000 answered threads", "MB", per)


def _size(conn: Connection) -> tuple[int, int]:
    (threads,) = conn.execute("SELECT count(*) FROM answered_fts_docsize").fetchone()
    (size,) = conn.execute("SELECT sum(length(block)) FROM answered_fts_data").fetchone()
    return int(threads), int(size)


def run(scale: Scale) -> list[Line]:
    """Measure both."""
    return list(chain(found_again(), latency(scale)))
