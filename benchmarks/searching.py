"""The newest 50 hits through the inbox's service, against the bare query to the full text, complete and as typed.

Both are awaited from a reader thread, as all SQL is: what is compared is what the service adds to the query.
"""

from __future__ import annotations

import asyncio
import time
from functools import partial

from benchmarks import worlds
from benchmarks.scale import Scale
from benchmarks.services import desk
from benchmarks.table import Line, compared
from benchmarks.words import vocabulary
from cm_console.services.desk import Desk
from cm_console.services.inbox import InboxService
from cm_console.store.reading import match_query
from cm_console.store.sqlite import Connection

RANKS = (3, 30, 300, 3_000, 30_000)
"""How frequent the words searched for are: the third most frequent word, and so on."""

BARE = (
    "SELECT rowid, snippet(post_fts, -1, '«', '»', '…', 14) FROM post_fts WHERE post_fts MATCH ?"
    " ORDER BY rowid DESC LIMIT 50"
)
"""What the full text alone can answer: which posts, and where the words stand in them."""


def typed(word: str) -> list[str]:
    """What is searched for while somebody types a word, letter by letter."""
    return [word[:length] for length in range(1, len(word) + 1)]


async def _pairs(made: Desk, queries: list[str], rounds: int) -> list[tuple[float, float]]:
    """For each query the least of some rounds, in seconds: through the service, and bare."""
    inbox, pairs = InboxService(made), []
    for query in queries:
        ours, base = [], []
        for _ in range(rounds):
            began = time.perf_counter()
            found = await inbox.search(query)
            between = time.perf_counter()
            rows = await made.store.read(partial(_bare, match_query(query)))
            base.append(time.perf_counter() - between)
            ours.append(between - began)
            assert [hit.key for hit in found] == [row[0] for row in rows], query
        pairs.append((min(ours), min(base)))
    return pairs


def _bare(query: str, conn: Connection) -> list[tuple[int, str]]:
    return conn.execute(BARE, (query,)).fetchall()


def run(scale: Scale) -> list[Line]:
    """Measure complete words, pairs of words, and words as they are typed."""
    home = worlds.home(scale.large)
    frequent = vocabulary()
    words = [frequent[rank - 1] for rank in RANKS]
    sets = {
        "complete words": [f"{word} " for word in words],
        "two words": [f"{words[0]} {word} " for word in words[1:]],
        "as typed, each letter": [part for word in words for part in typed(word)],
    }
    lines = []
    with desk(home) as made:
        for what, queries in sets.items():
            pairs = asyncio.run(_pairs(made, queries, max(3, scale.rounds)))
            ours, base = [1000 * pair[0] for pair in pairs], [1000 * pair[1] for pair in pairs]
            slowest = f"slowest {max(ours):.1f} ms, bare {max(base):.1f} ms"
            lines.append(compared(f"newest 50 of {scale.large:,}+ posts, {what}", "ms", ours, base, 1.5, note=slowest))
    return lines
