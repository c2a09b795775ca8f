"""The newest 50 hits through the inbox's service, against the bare query to the full text, complete and as typed."""

from __future__ import annotations

import asyncio
import time

from benchmarks import worlds
from benchmarks.scale import Scale
from benchmarks.services import desk
from benchmarks.table import Line, compared
from benchmarks.words import vocabulary
from cm_console.services.inbox import InboxService
from cm_console.store.inbox import match_query
from cm_console.store.sqlite import Connection, connect

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


async def _pairs(inbox: InboxService, bare: Connection, queries: list[str], rounds: int) -> list[tuple[float, float]]:
    """For each query the least of some rounds, in seconds: through the service, and bare."""
    pairs = []
    for query in queries:
        ours, base = [], []
        for _ in range(rounds):
            began = time.perf_counter()
            found = await inbox.search(query)
            between = time.perf_counter()
            rows = bare.execute(BARE, (match_query(query),)).fetchall()
            base.append(time.perf_counter() - between)
            ours.append(between - began)
            assert [hit.key for hit in found] == [row[0] for row in rows], query
        pairs.append((min(ours), min(base)))
    return pairs


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
    bare = connect(home.database, query_only=True)
    with desk(home) as made:
        for what, queries in sets.items():
            pairs = asyncio.run(_pairs(InboxService(made), bare, queries, max(3, scale.rounds)))
            ours, base = [1000 * pair[0] for pair in pairs], [1000 * pair[1] for pair in pairs]
            slowest = f"slowest {max(ours):.1f} ms, bare {max(base):.1f} ms"
            lines.append(compared(f"newest 50 of {scale.large:,}+ posts, {what}", "ms", ours, base, 1.5, note=slowest))
    bare.close()
    return lines
