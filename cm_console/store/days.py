"""The daily rollups as a query reads them: who was active, who posted how much, which threads were posted in."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from cm_console.store import bit_counts
from cm_console.store.bit_counts import Slices
from cm_console.store.spans import Spans, round_down
from cm_console.store.sqlite import Connection

if TYPE_CHECKING:
    from pyroaring import BitMap

ACTIVE, POSTERS, THREADS = "active", "posters", "threads"
BEGINNING = -1_000_000
"""A day before all others."""


class Days:
    """The bitmaps of some sources; each is read once however many numbers need it. Days are counted from 1970."""

    def __init__(self, conn: Connection, sources: Sequence[int]) -> None:
        self._sources = [_Source(conn, source) for source in sources]
        self._unions: dict[tuple[str, int, int], BitMap] = {}
        self._sums: dict[tuple[int, int], Slices] = {}

    def spans(self, source: int) -> Spans:
        """Which spans of a source can be read."""
        return next(held.spans for held in self._sources if held.id == source)

    def first(self) -> int | None:
        """The first day of which anything is known, None if there is none; days emptied by deletions do not count."""
        return min((source.first for source in self._sources if source.first is not None), default=None)

    def load(self, kind: str, first: int, end: int) -> None:
        """Read the days `[first, end)` at once, because each will be asked for by itself."""
        for source in self._sources:
            source.load((kind, kind), first, end)

    def load_counts(self, first: int, end: int) -> None:
        """The same for the counts of posts."""
        for source in self._sources:
            source.load(bit_counts.KINDS, first, end)

    def union(self, kind: str, first: int, end: int) -> BitMap:
        """Everything in the sets of a kind on the days `[first, end)`, bots, team and 0 included; not to be changed."""
        from pyroaring import BitMap

        key = (kind, first, end)
        if key not in self._unions:
            parts = [part[0] for source in self._sources for part in source.parts((kind, kind), first, end)]
            self._unions[key] = parts[0] if len(parts) == 1 else BitMap.union(*parts) if parts else BitMap()
        return self._unions[key]

    def size(self, kind: str, first: int, end: int, without: BitMap) -> int:
        """How many are in the sets of a kind on the days `[first, end)`, some left out."""
        found = self.union(kind, first, end)
        return len(found) - found.intersection_cardinality(without)

    def counts(self, first: int, end: int) -> Slices:
        """Posts per member in the days `[first, end)`; 0 stands for unknown authors."""
        if (first, end) not in self._sums:
            self._sums[first, end] = bit_counts.total(self._counts(first, end))
        return self._sums[first, end]

    def regulars(self, first: int, end: int, count: int) -> BitMap:
        """Members with so many posts (a power of two) or more in the days `[first, end)`; team and bots included."""
        return bit_counts.at_least(self._counts(first, end), count)

    def _counts(self, first: int, end: int) -> list[Slices]:
        return [part for source in self._sources for part in source.parts(bit_counts.KINDS, first, end)]

    def rolling(self, kind: str, first: int, end: int, width: int, without: BitMap) -> list[int]:
        """For each day of `[first, end)` the size of the union of the `width` days that end with it.

        Unions are not subtractable, so blocks of `width` days keep their unions from both ends: two unions a day.
        """
        daily = [self.union(kind, day, day + 1) for day in range(first - width + 1, end)]
        heads, tails = list(daily), list(daily)
        for at in range(1, len(daily)):
            if at % width:
                heads[at] = heads[at - 1] | daily[at]
        for at in range(len(daily) - 2, -1, -1):
            if (at + 1) % width:
                tails[at] = tails[at + 1] | daily[at]
        pairs = [(tails[at], heads[at + width - 1]) for at in range(end - first)]
        return [
            tail.union_cardinality(head) - (tail & without).union_cardinality(head & without) for tail, head in pairs
        ]


class _Source:
    """The days and spans of one source. What is read at once are the bitmaps of the kinds between two."""

    def __init__(self, conn: Connection, source: int) -> None:
        self._conn, self.id = conn, source
        self._spans: dict[tuple[str, int, int], Slices] = {}
        self._days: dict[str, dict[int, Slices]] = defaultdict(dict)
        self._loaded: dict[str, set[int]] = defaultdict(set)

    @cached_property
    def spans(self) -> Spans:
        """Which spans can be read."""
        return Spans(self._conn, self.id)

    @cached_property
    def first(self) -> int | None:
        """The first day with anything in it."""
        from pyroaring import BitMap

        query = "SELECT day, ids FROM day_bitmap WHERE source_id = ? ORDER BY day"
        rows = self._conn.execute(query, (self.id,))
        return next((day for day, ids in rows if BitMap.deserialize(ids)), None)

    def parts(self, kinds: tuple[str, str], first: int, end: int) -> Iterator[Slices]:
        """The bitmaps of each piece of the days `[first, end)` that has any."""
        if self.first is None:
            return
        for scale, number, after in self.spans.cover(max(first, round_down(self.first)), end):
            if scale:
                yield from self._span(kinds, scale, number)
            else:
                self.load(kinds, number, after)
                days = self._days[kinds[0]]
                yield from (days[day] for day in range(number, after) if day in days)

    def _span(self, kinds: tuple[str, str], scale: int, number: int) -> list[Slices]:
        key = (kinds[0], scale, number)
        if key not in self._spans:
            self._spans[key] = bit_counts.read(self.spans.data(scale, number, *kinds))
        return [self._spans[key]] if self._spans[key] else []

    def load(self, kinds: tuple[str, str], first: int, end: int) -> None:
        """Read those of the days that have not been read."""
        loaded = self._loaded[kinds[0]]
        missing = [day for day in range(first, end) if day not in loaded]
        if not missing:
            return
        loaded.update(missing)
        found: dict[int, list[bytes]] = defaultdict(list)
        for day, ids in self._conn.execute(
            "SELECT day, ids FROM day_bitmap WHERE source_id = ? AND day >= ? AND day <= ? AND kind BETWEEN ? AND ?"
            " ORDER BY day, kind",
            (self.id, missing[0], missing[-1], *kinds),
        ):
            found[day].append(ids)
        days = self._days[kinds[0]]
        days.update((day, bit_counts.read(data)) for day, data in found.items() if day not in days)
