"""Reads days of starts.py: what is kept of them, and what is out of date from its rows."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import NamedTuple
from zoneinfo import ZoneInfo

from cm_console.model.time import midnight
from cm_console.store.rollups import date_of, day_number
from cm_console.store.schema_spans import AROUND
from cm_console.store.sqlite import Connection
from cm_console.store.starts import ARRAYS, LAST_DAY, NOTES, Kept, among, days_of, made, unpacked, written_in

FEW = 20
"""Notes up to which a sum over all days is corrected by their rows; with more it is better counted anew."""


class Until(NamedTuple):
    """The instant up to which is looked, its day, and whether that day begins with it."""

    at: int
    day: int
    sharp: bool


class Start:
    """What began in one source on the day `[since, to)` and waits for one thing; arrays are read if needed.

    `id` tells it from all others that ever were; None if it was made from rows.
    """

    __slots__ = ("_array", "_arrays", "_ends", "_late", "id", "in_week", "n", "since", "to")

    def __init__(
        self,
        id: int | None,
        since: int,
        to: int,
        n: int,
        in_week: int,
        ends: bytes,
        array: Callable[[str], bytes],
    ) -> None:
        self.id = id
        self.since, self.to, self.n, self.in_week = since, to, n, in_week
        self._ends = unpacked(ends)
        self._array = array
        self._arrays: dict[str, Sequence[int]] = {}
        self._late: dict[Until, list[tuple[int, int]]] = {}

    def array(self, name: str) -> Sequence[int]:
        """The array `waits`, `never` or `began`."""
        if name not in self._arrays:
            self._arrays[name] = unpacked(self._array(name))
        return self._arrays[name]

    def ended(self, until: Until) -> int:
        """How many waits had ended."""
        days = len(self._ends) // 2
        before = bisect_left(self._ends, until.day, 0, days)
        ended = self._ends[days + before - 1] if before else 0
        if until.sharp or before == days or self._ends[before] > until.day:
            return ended
        return len(self.array("waits")) - len(self.late(until))

    def late(self, until: Until) -> list[tuple[int, int]]:
        """The waits that ended later than is looked: when each began, and how long it will have been."""
        if until not in self._late:
            waits = self.array("waits")
            first = bisect_right(waits, until.at - self.to)
            began = self.array("began")[first:] if first < len(waits) else ()
            pairs = zip(began, waits[first:], strict=True)
            self._late[until] = [(since, wait) for since, wait in pairs if since + wait >= until.at]
        return self._late[until]


class Starts:
    """Reads the days of some sources; threads by `bots` do not count."""

    def __init__(self, conn: Connection, zone: ZoneInfo, sources: Iterable[int], bots: Iterable[int]) -> None:
        self._conn, self._zone, self._day = conn, zone, day_number(zone)
        self._sources, self._bots = sorted(sources), tuple(bots)
        self._among = among(self._sources)
        self._midnights: dict[int, int] = {}
        self._made: dict[tuple[str, int, int], dict[tuple[int, str], Kept]] = {}
        held = written_in(conn)
        self._trusted = held is not None and str(held) == str(zone)

    def midnight(self, day: int) -> int:
        """The first instant of a day."""
        if day not in self._midnights:
            self._midnights[day] = int(midnight(date_of(day), self._zone))
        return self._midnights[day]

    def until(self, at: int) -> Until:
        """An instant to look up to."""
        day = self._day(at)
        return Until(at, day, at == self.midnight(day))

    def read(self, kind: str, first: int, end: int, before: int) -> dict[tuple[int, int], Start]:
        """What began on the days `[first, end)` and before an instant, by day and source; empty days may be missing."""
        rows = self._conn.execute(
            "SELECT day, source_id, id, n, in_week, ends FROM day_waits"
            f" WHERE source_id IN ({self._among}) AND kind = ? AND day >= ? AND day < ?",
            (kind, first, end),
        )
        found = {
            (day, source): Start(id, *self._bounds(day), n, in_week, ends, partial(self._array, id))
            for day, source, id, n, in_week, ends in rows
        }
        for day, source in self.unkept(kind, first, end, before):
            found.pop((day, source), None)
            made = self._make(kind, day, before).get((source, kind)) if self.midnight(day) < before else None
            if made:
                n, in_week, ends, *arrays = made
                array = dict(zip(ARRAYS, arrays, strict=True)).__getitem__
                found[day, source] = Start(None, *self._bounds(day), n, in_week, ends, array)
        return found

    def _bounds(self, day: int) -> tuple[int, int]:
        return self.midnight(day), self.midnight(day + 1)

    def total(self, kind: str, end: int) -> int | None:
        """How much began on the days `[1, end)`; None where more than a few of them are out of date."""
        query = f"SELECT around, source_id FROM {NOTES[kind]} WHERE source_id IN ({self._among}) LIMIT {FEW + 1}"
        notes = self._conn.execute(query).fetchall()
        if not self._trusted or len(notes) > FEW or end > LAST_DAY:
            return None
        query = f"SELECT coalesce(sum(n), 0) FROM day_waits WHERE source_id IN ({self._among}) AND kind = ?"
        n = self._conn.execute(f"{query} AND day >= 1 AND day < ?", (kind, end)).fetchone()[0]
        for day in {day for around, _ in notes for day in days_of(self._day, around) if 1 <= day < end}:
            n -= self._conn.execute(f"{query} AND day = ?", (kind, day)).fetchone()[0]
            n += sum(start.n for start in self.read(kind, day, day + 1, self.midnight(day + 1)).values())
        return int(n)

    def unkept(self, kind: str, first: int, end: int, before: int) -> set[tuple[int, int]]:
        """Day and source of what is to be made from its rows: out of date, not over at an instant, never noted."""
        if not self._trusted:
            return {(day, source) for day in range(first, end) for source in self._sources}
        query = f"SELECT around, source_id FROM {NOTES[kind]} WHERE around BETWEEN ? AND ?"
        bounds = (self.midnight(first) >> AROUND, self.midnight(end) >> AROUND)
        notes = self._conn.execute(f"{query} AND source_id IN ({self._among})", bounds)
        found = {(day, source) for around, source in notes for day in days_of(self._day, around) if first <= day < end}
        apart = [day for day in range(max(first, self._day(before)), end) if self.midnight(day + 1) > before]
        apart += [*range(first, min(end, 1)), *range(max(first, LAST_DAY), end)]
        return found | {(day, source) for day in apart for source in self._sources}

    def _make(self, kind: str, day: int, before: int) -> dict[tuple[int, str], Kept]:
        key = (NOTES[kind], self.midnight(day), min(self.midnight(day + 1), before))
        if key not in self._made:
            self._made[key] = made(self._conn, *key, self._among, self._bots, self._day)
        return self._made[key]

    def _array(self, id: int, name: str) -> bytes:
        data: bytes = self._conn.execute(f"SELECT {name} FROM day_waits WHERE id = ?", (id,)).fetchone()[0]
        return data
