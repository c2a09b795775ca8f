"""Spans: 4, 16 and 64 days in one, so that a window of any length is read in a few pieces; made when there is time.

A span holds what its days hold, added up: unions of bitmaps, sums of counts, waits merged into one ascending array.
Whatever changes a day notes its four days as out of date (triggers, see schema_spans.py); until they are made anew
the days themselves are read.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain

from cm_console.store import bit_counts, starts
from cm_console.store.rollups import day_number
from cm_console.store.sqlite import Connection
from cm_console.store.starts import packed, unpacked

STRIDE = 2
SCALES = (2, 4, 6)
"""Powers of two of days; each span is four of the scale below."""
MADE = ""
"""The kind of the row that says that a span has been made."""
STEP = 4
"""Spans made in one step of housekeeping: some 10 ms."""

Piece = tuple[int, int, int]
"""Scale, number, number after: one span, or with scale 0 a run of days."""


class Spans:
    """Which spans of a source can be read."""

    def __init__(self, conn: Connection, source: int) -> None:
        self._conn, self._source = conn, source
        notes = [number for (number,) in conn.execute("SELECT number FROM stale_span WHERE source_id = ?", (source,))]
        wrong = {scale: {number >> scale - STRIDE for number in notes} for scale in SCALES}
        self._made: dict[int, list[int]] = {scale: [] for scale in SCALES}
        query = "SELECT scale, number FROM span WHERE source_id = ? AND kind = '' ORDER BY scale, number"
        for scale, number in conn.execute(query, (source,)):
            if number not in wrong[scale]:
                self._made[scale].append(number)

    def cover(self, first: int, end: int, scale: int = SCALES[-1], without: Iterable[int] = ()) -> Iterator[Piece]:
        """The days `[first, end)` in as few pieces as there are; no span with a day of `without` in it."""
        if scale == 0:
            yield from [(0, first, end)] if first < end else []
            return
        made, bad = self._made[scale], {day >> scale for day in without}
        at = first
        for number in made[bisect_left(made, -(-first >> scale)) : bisect_left(made, end >> scale)]:
            if number not in bad:
                yield from self.cover(at, number << scale, scale - STRIDE, without)
                yield scale, number, number + 1
                at = (number + 1) << scale
        yield from self.cover(at, end, scale - STRIDE, without)

    def data(self, scale: int, number: int, low: str, high: str) -> list[bytes]:
        """What a span holds of the kinds between two."""
        query = "SELECT data FROM span WHERE source_id = ? AND scale = ? AND number = ? AND kind BETWEEN ? AND ?"
        found = self._conn.execute(f"{query} ORDER BY kind", (self._source, scale, number, low, high))
        return [data for (data,) in found]


def round_down(day: int) -> int:
    """The first day of the longest span with a day in it."""
    return day >> SCALES[-1] << SCALES[-1]


def untidy(conn: Connection, now: int) -> bool:
    """Whether anything is out of date that can be made anew now."""
    zone = starts.written_in(conn)
    return zone is not None and (starts.untidy(conn) or bool(_notes(conn, day_number(zone)(now))))


def tidy(conn: Connection, now: int) -> bool:
    """One step of writing back what was out of date, days before spans; tells whether there may be more to do."""
    zone = starts.written_in(conn)
    return zone is not None and (starts.write_back(conn, zone) or make(conn, day_number(zone)(now)))


def _notes(conn: Connection, today: int) -> list[tuple[int, int]]:
    """Source and number of the shortest spans that are over and out of date."""
    return conn.execute(
        "SELECT source_id, number FROM stale_span WHERE number < ? LIMIT ?", (today >> STRIDE, STEP + 1)
    ).fetchall()


def make(conn: Connection, today: int) -> bool:
    """One step of making spans of days before today; tells whether there are more to make."""
    notes = _notes(conn, today)
    for source, number in notes[:STEP]:
        _write(conn, source, STRIDE, number, _days(conn, source, number))
        conn.execute("DELETE FROM stale_span WHERE source_id = ? AND number = ?", (source, number))
        for scale in SCALES[1:]:
            _make_longer(conn, source, scale, number >> scale - STRIDE, today)
    return len(notes) > STEP


def _make_longer(conn: Connection, source: int, scale: int, number: int, today: int) -> None:
    """Make a span of spans, if all of its days are over and none of them is out of date."""
    first, end = (at << scale - STRIDE for at in (number, number + 1))
    query = "SELECT 1 FROM stale_span WHERE source_id = ? AND number >= ? AND number < ?"
    if number < today >> scale and not conn.execute(query, (source, first, end)).fetchone():
        parts = conn.execute(
            "SELECT kind, number, data FROM span WHERE source_id = ? AND scale = ? AND number BETWEEN ? AND ?"
            " ORDER BY kind",
            (source, scale - STRIDE, number << STRIDE, ((number + 1) << STRIDE) - 1),
        )
        _write(conn, source, scale, number, parts.fetchall())


def _days(conn: Connection, source: int, number: int) -> Iterator[tuple[str, int, bytes]]:
    """What the days of the shortest span hold: kind, day, data."""
    bounds = (source, number << STRIDE, (number + 1) << STRIDE)
    for table, data in (("day_bitmap", "ids"), ("day_waits", "waits")):
        query = f"SELECT kind, day, {data} FROM {table} WHERE source_id = ? AND day >= ? AND day < ? ORDER BY kind, day"
        yield from conn.execute(query, bounds)


def _write(conn: Connection, source: int, scale: int, number: int, parts: Iterable[tuple[str, int, bytes]]) -> None:
    held: dict[str, list[bytes]] = defaultdict(list)
    counts: dict[int, list[bytes]] = defaultdict(list)
    for kind, at, data in parts:
        if bit_counts.KINDS[0] <= kind <= bit_counts.KINDS[1]:
            counts[at].append(data)
        else:
            held[kind].append(data)
    held.pop(MADE, None)
    rows = [(kind, _together(kind, data)) for kind, data in held.items()]
    slices = bit_counts.total([bit_counts.read(data) for data in counts.values()])
    rows += [(bit_counts.kind(bit), members.serialize()) for bit, members in enumerate(slices)]
    conn.execute("DELETE FROM span WHERE source_id = ? AND scale = ? AND number = ?", (source, scale, number))
    conn.executemany(
        "INSERT INTO span(source_id, kind, scale, number, data) VALUES(?,?,?,?,?)",
        [(source, kind, scale, number, data) for kind, data in (*rows, (MADE, b""))],
    )


def _together(kind: str, parts: Sequence[bytes]) -> bytes:
    """Waits merged, or the union of sets."""
    from pyroaring import BitMap

    if kind in starts.KINDS:
        return packed(sorted(chain.from_iterable(map(unpacked, parts))))
    return BitMap.union(*map(BitMap.deserialize, parts)).serialize()
