"""What began on a day and how long it waited, as sorted arrays: numbers need not walk through threads and members.

What changes a thread or member notes its day as out of date (triggers, see schema_spans.py); such a day is made from
its rows whenever it is asked for (waits.py), and housekeeping writes it back.
"""

from __future__ import annotations

import sys
from array import array
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import accumulate
from typing import NamedTuple
from zoneinfo import ZoneInfo

from cm_console.model.time import DAY, midnight
from cm_console.store.rollups import date_of, day_number
from cm_console.store.schema_spans import AROUND, LAST_INSTANT, NOTE_ALL, SOLVED_AT
from cm_console.store.sqlite import Connection

RESPONSE, TEAM, SOLVED, JOINED = "response", "team", "solved", "joined"
"""What waits for what: threads of members for a response or one of the team, threads of all but bots for being solved,
members who joined for their first post since."""
NOTES = {RESPONSE: "stale_thread", TEAM: "stale_thread", SOLVED: "stale_thread", JOINED: "stale_member"}
"""Where the days that are out of date are noted."""
KINDS = tuple(NOTES)
WEEK = 7 * DAY
ARRAYS = ("waits", "never", "began")
STEP = 2_000
"""Threads that one step of writing back reads, or those of one day: some 10 ms."""
LAST_DAY = LAST_INSTANT // DAY - 1
"""Later days are always made from rows, as are those before 1970."""
ZONE = "zone of starts"
"""The row of `meta` that says in which zone the days are that have been written back."""


def packed(values: Iterable[int]) -> bytes:
    """Whole numbers as 8 bytes each, lowest byte first."""
    numbers = array("q", values)
    if sys.byteorder == "big":
        numbers.byteswap()
    return numbers.tobytes()


def unpacked(data: bytes) -> Sequence[int]:
    """What was packed."""
    numbers = array("q", data)
    if sys.byteorder == "big":
        numbers.byteswap()
    return numbers


class Kept(NamedTuple):
    """What began on a day and waits for one thing, as they are written: numbers, then packed arrays.

    Attributes:
        in_week: how many waited 7 days at most.
        ends: the days on which waits ended, ascending, then how many had ended by the end of each.
        waits, began: of each that ended, shortest wait first.
        never: when the others began, ascending.
    """

    n: int
    in_week: int
    ends: bytes
    waits: bytes
    never: bytes
    began: bytes


def kept(pairs: Iterable[tuple[int, int | None]], day: Callable[[int], int]) -> Kept:
    """From pairs: when each began, and when what it waits for came, if it did."""
    ended, never, days = [], [], Counter[int]()
    for began, at in pairs:
        if at is None:
            never.append(began)
        else:
            ended.append((max(0, at - began), began))
            days[day(at)] += 1
    ended.sort()
    waits = [wait for wait, _ in ended]
    ends = [*sorted(days), *accumulate(n for _, n in sorted(days.items()))]
    numbers = len(ended) + len(never), bisect_right(waits, WEEK)
    return Kept(*numbers, packed(ends), packed(waits), packed(sorted(never)), packed(began for _, began in ended))


def made(
    conn: Connection, notes: str, since: int, to: int, sources: str, bots: Iterable[int], day: Callable[[int], int]
) -> dict[tuple[int, str], Kept]:
    """What began in `[since, to)` by source and kind, from its rows."""
    pairs: dict[tuple[int, str], list[tuple[int, int | None]]] = {}
    rows = _joined(conn, since, to, sources) if notes == NOTES[JOINED] else _started(conn, since, to, sources, bots)
    for source, kind, began, at in rows:
        pairs.setdefault((source, kind), []).append((began, at))
    return {key: kept(found, day) for key, found in pairs.items()}


_Row = tuple[int, str, int, "int | None"]


def _started(conn: Connection, since: int, to: int, sources: str, bots: Iterable[int]) -> Iterator[_Row]:
    """One row of an index for each thread."""
    for source, began, asked, response, team, solved in conn.execute(
        f"SELECT source_id, created_at, by_member, first_response_at, first_team_response_at, {SOLVED_AT}"
        " FROM thread INDEXED BY thread_created WHERE deleted = 0 AND created_at >= ? AND created_at < ?"
        f" AND source_id IN ({sources}){not_by(bots)}",
        (since, to),
    ):
        yield source, SOLVED, began, solved
        if asked:
            yield source, RESPONSE, began, response
            yield source, TEAM, began, team


def _joined(conn: Connection, since: int, to: int, sources: str) -> Iterator[_Row]:
    """One row of an index for each member, unless the first post is older than the account."""
    posted = (
        "CASE WHEN first_post_at >= joined_at THEN first_post_at WHEN first_post_at < joined_at THEN (SELECT"
        " min(created_at) FROM post WHERE author_id = member.id AND created_at >= joined_at AND state < 3) END"
    )
    for source, began, at in conn.execute(
        f"SELECT source_id, joined_at, {posted} FROM member"
        f" WHERE joined_at >= ? AND joined_at < ? AND role = 0 AND source_id IN ({sources})",
        (since, to),
    ):
        yield source, JOINED, began, at


def not_by(bots: Iterable[int]) -> str:
    """The condition that a thread was not started by one of them."""
    ids = among(bots)
    return f" AND (author_id IS NULL OR author_id NOT IN ({ids}))" if ids else ""


def among(ids: Iterable[int]) -> str:
    return ",".join(str(int(id)) for id in ids)


def days_of(day: Callable[[int], int], around: int) -> set[int]:
    """The days a note may be about."""
    return {day(around << AROUND), day(((around + 1) << AROUND) - 1)}


def restart(conn: Connection, zone: ZoneInfo) -> None:
    """Forget everything written back: the days of another zone are other days."""
    conn.execute("DELETE FROM day_waits")
    for statement in NOTE_ALL:
        conn.execute(statement)
    conn.execute("INSERT OR REPLACE INTO meta VALUES(?, ?)", (ZONE, str(zone)))


def written_in(conn: Connection) -> ZoneInfo | None:
    """The zone of the days that are written back; None before a console first opened the database."""
    held = conn.execute("SELECT value FROM meta WHERE key = ?", (ZONE,)).fetchone()
    return ZoneInfo(held[0]) if held else None


def untidy(conn: Connection) -> bool:
    """Whether any day is out of date."""
    return any(conn.execute(f"SELECT 1 FROM {table} LIMIT 1").fetchone() for table in dict.fromkeys(NOTES.values()))


def write_back(conn: Connection, zone: ZoneInfo) -> bool:
    """One step of writing back days that are out of date, the newest first; tells whether there are more."""
    return any(_write_back(conn, zone, notes) for notes in dict.fromkeys(NOTES.values()))


def _write_back(conn: Connection, zone: ZoneInfo, table: str) -> bool:
    day, done, settled, items = day_number(zone), set[tuple[int, int]](), [], 0
    bots = [id for (id,) in conn.execute("SELECT id FROM member WHERE role = 2 AND role > 0")]
    notes = conn.execute(f"SELECT around, source_id FROM {table} ORDER BY around DESC LIMIT ?", (STEP,)).fetchall()
    for around, source in notes:
        days = {(number, source) for number in days_of(day, around)}
        if items < STEP or days <= done:
            for number, _ in days - done:
                since, to = (int(midnight(date_of(at), zone)) for at in (number, number + 1))
                items += _write(conn, table, source, number, made(conn, table, since, to, str(source), bots, day))
            done |= days
            settled.append((around, source))
    conn.executemany(f"DELETE FROM {table} WHERE around = ? AND source_id = ?", settled)
    return len(settled) < len(notes) or len(notes) == STEP


def _write(conn: Connection, table: str, source: int, day: int, found: Mapping[tuple[int, str], Kept]) -> int:
    """Write one day of one source; returns about how many items it took."""
    kinds = [(kind,) for kind in KINDS if NOTES[kind] == table]
    conn.executemany(f"DELETE FROM day_waits WHERE source_id = {source} AND day = {day} AND kind = ?", kinds)
    conn.executemany(
        f"INSERT INTO day_waits(source_id, day, kind, n, in_week, ends, {', '.join(ARRAYS)}) VALUES(?,?,?,?,?,?,?,?,?)",
        [(source, day, kind, *one) for (_, kind), one in found.items()],
    )
    return 10 + max((one.n for one in found.values()), default=0)
