"""The daily rollups as a query reads them: who was active, who posted how much, which threads were posted in."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Generic, TypeVar

from cm_console.store import bit_counts
from cm_console.store.bit_counts import Slices
from cm_console.store.sqlite import Connection

if TYPE_CHECKING:
    from pyroaring import BitMap

T = TypeVar("T")
ACTIVE, POSTERS, THREADS = "active", "posters", "threads"
BEGINNING = -1_000_000
"""A day before all others."""


class Days:
    """The bitmaps of some sources; each is read once however many numbers need it. Days are counted from 1970."""

    def __init__(self, conn: Connection, sources: Sequence[int]) -> None:
        self._conn = conn
        self._sources = ",".join(str(int(source)) for source in sources)
        self._sets: dict[str, _Loaded[BitMap]] = {}
        self._counts: _Loaded[Slices] = _Loaded()
        self._unions: dict[tuple[str, int, int], BitMap] = {}
        self._sums: dict[tuple[int, int], Slices] = {}

    def first(self) -> int | None:
        """The first day of which anything is known, None if there is none; days emptied by deletions do not count."""
        found = [self._first(source) for source in self._sources.split(",") if source]
        return min((day for day in found if day is not None), default=None)

    def _first(self, source: str) -> int | None:
        from pyroaring import BitMap

        rows = self._conn.execute(f"SELECT day, ids FROM day_bitmap WHERE source_id = {source} ORDER BY day")
        return next((day for day, ids in rows if BitMap.deserialize(ids)), None)

    def union(self, kind: str, first: int, end: int) -> BitMap:
        """Everything in the sets of a kind on the days `[first, end)`; bots, team and 0 included."""
        from pyroaring import BitMap

        key = (kind, first, end)
        if key not in self._unions:
            loaded = self._sets.setdefault(kind, _Loaded())
            for low, high in loaded.missing(first, end):
                for day, _, ids in self._rows(low, high, kind, kind):
                    loaded.days.setdefault(day, []).append(BitMap.deserialize(ids))
            parts = list(loaded.between(first, end))
            self._unions[key] = BitMap.union(*parts) if parts else BitMap()
        return self._unions[key]

    def counts(self, first: int, end: int) -> Slices:
        """Posts per member in the days `[first, end)`; 0 stands for unknown authors.

        Made of the sums of two parts that meet at the roundest day between, so that windows which overlap share most.
        """
        if (first, end) not in self._sums:
            self._load_counts(first, end)
            if end - first <= 1:
                parts = list(self._counts.between(first, end))
            else:
                middle = _roundest(first, end)
                parts = [self.counts(first, middle), self.counts(middle, end)]
            self._sums[first, end] = bit_counts.total(parts)
        return self._sums[first, end]

    def _load_counts(self, first: int, end: int) -> None:
        from pyroaring import BitMap

        for low, high in self._counts.missing(first, end):
            for day, kind, ids in self._rows(low, high, *bit_counts.KINDS):
                if kind == bit_counts.KINDS[0]:
                    self._counts.days.setdefault(day, []).append([])
                self._counts.days[day][-1].append(BitMap.deserialize(ids))

    def rolling(self, kind: str, first: int, end: int, width: int, without: BitMap) -> list[int]:
        """For each day of `[first, end)` the size of the union of the `width` days that end with it.

        Unions are not subtractable, so blocks of `width` days keep their unions from both ends: two unions a day.
        """
        daily = [self.union(kind, day, day + 1) - without for day in range(first - width + 1, end)]
        heads, tails = list(daily), list(daily)
        for at in range(1, len(daily)):
            if at % width:
                heads[at] = heads[at - 1] | daily[at]
        for at in range(len(daily) - 2, -1, -1):
            if (at + 1) % width:
                tails[at] = tails[at + 1] | daily[at]
        return [tails[at].union_cardinality(heads[at + width - 1]) for at in range(end - first)]

    def _rows(self, first: int, end: int, low: str, high: str) -> Iterator[tuple[int, str, bytes]]:
        return self._conn.execute(
            f"SELECT day, kind, ids FROM day_bitmap WHERE source_id IN ({self._sources}) AND day >= ? AND day < ?"
            " AND kind BETWEEN ? AND ? ORDER BY source_id, day, kind",
            (first, end, low, high),
        )


class _Loaded(Generic[T]):
    """One run of days that has been read, and what was found on them."""

    def __init__(self) -> None:
        self.days: dict[int, list[T]] = {}
        self._first: int | None = None
        self._end = 0

    def missing(self, first: int, end: int) -> list[tuple[int, int]]:
        """The days still to be read so that the run reaches over `[first, end)`."""
        if self._first is None:
            self._first, self._end = first, end
            return [(first, end)]
        gaps = [(first, self._first), (self._end, end)]
        self._first, self._end = min(first, self._first), max(end, self._end)
        return [(low, high) for low, high in gaps if low < high]

    def between(self, first: int, end: int) -> Iterator[T]:
        """What was found on the days `[first, end)`."""
        if end - first > len(self.days):
            for day, parts in self.days.items():
                if first <= day < end:
                    yield from parts
        else:
            for day in range(first, end):
                yield from self.days.get(day, ())


def _roundest(first: int, end: int) -> int:
    """The day after `first` and before `end` that the highest power of two divides."""
    size = 1 << (end - first).bit_length()
    while (middle := (first // size + 1) * size) >= end:
        size //= 2
    return middle
