"""Daily rollups: posts and other activity per member and day, and roaring bitmaps of who and what was active."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from cm_console.model.time import DAY
from cm_console.store import bit_counts
from cm_console.store.sqlite import Connection

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
DAY_ZERO = date(1970, 1, 1).toordinal()
UNKNOWN = 0
"""The member id that stands for a deleted account's posts."""


def number_of(day: date) -> int:
    """A day as whole days since 1970."""
    return day.toordinal() - DAY_ZERO


def date_of(day: int) -> date:
    """The day with this number."""
    return date.fromordinal(day + DAY_ZERO)


def day_number(zone: ZoneInfo) -> Callable[[int], int]:
    """A function from an instant to its day, counted from 1970-01-01, in a zone; cheap per call.

    It looks the offset up once per UTC hour: zones change their offset on whole quarter hours at the finest, so
    hours in which the offset differs between start and end are not remembered.
    """
    if str(zone) == "UTC":
        return lambda at: at // DAY
    offsets: dict[int, int] = {}

    def offset(at: int) -> int:
        delta = (EPOCH + timedelta(milliseconds=at)).astimezone(zone).utcoffset()
        return 0 if delta is None else delta // timedelta(milliseconds=1)

    def day(at: int) -> int:
        hour = at // 3_600_000
        known = offsets.get(hour)
        if known is None:
            known = offset(at)
            if offset(hour * 3_600_000) == offset(hour * 3_600_000 + 3_599_999):
                offsets[hour] = known
        return (at + known) // DAY

    return day


@dataclass
class Rollups:
    """What one transaction changes of a source's rollups; collected first, applied at once."""

    source_id: int
    day: Callable[[int], int]
    counts: dict[tuple[int, int], list[int]] = field(default_factory=dict)
    threads_in: dict[int, set[int]] = field(default_factory=lambda: defaultdict(set))
    threads_out: dict[int, set[int]] = field(default_factory=lambda: defaultdict(set))

    def post(self, at: int, member: int | None, thread: int, by: int, *, bot: bool) -> None:
        """Count a post in (`by` 1) or out (-1)."""
        day = self.day(at)
        self.counts.setdefault((day, member or UNKNOWN), [0, 0])[0] += by
        if not bot:
            (self.threads_in if by > 0 else self.threads_out)[day].add(thread)

    def posts(self, posts: Iterable[tuple[int, int | None, int, bool]]) -> None:
        """Count posts in: when, by whom, in which thread, whether by a bot."""
        number, counts, threads_in = self.day, self.counts, self.threads_in
        for at, member, thread, bot in posts:
            day = number(at)
            key = (day, member or UNKNOWN)
            if key in counts:
                counts[key][0] += 1
            else:
                counts[key] = [1, 0]
            if not bot:
                threads_in[day].add(thread)

    def thread(self, at: int, thread: int, by: int) -> None:
        """Note that a thread was posted in (`by` 1), or that it may no longer have been (-1)."""
        (self.threads_in if by > 0 else self.threads_out)[self.day(at)].add(thread)

    def other(self, at: int, member: int, by: int) -> None:
        """Count a reaction or visit of a known member in or out."""
        self.counts.setdefault((self.day(at), member), [0, 0])[1] += by

    def apply(self, conn: Connection) -> None:
        """Write the counts, then the bitmaps that follow from them."""
        changed = [(key, c) for key, c in self.counts.items() if c[0] or c[1]]
        if changed:
            self._apply_counts(conn, changed)
        self._apply_threads(conn)

    def _apply_counts(self, conn: Connection, changed: list[tuple[tuple[int, int], list[int]]]) -> None:
        conn.executemany(
            "INSERT INTO member_day(source_id, day, member_id, posts, others) VALUES(?,?,?,?,?) ON CONFLICT DO UPDATE"
            " SET posts = posts + excluded.posts, others = others + excluded.others",
            [(self.source_id, day, member, *counts) for (day, member), counts in changed],
        )
        active: dict[int, tuple[set[int], set[int]]] = defaultdict(lambda: (set(), set()))
        posters: dict[int, tuple[set[int], set[int]]] = defaultdict(lambda: (set(), set()))
        written: dict[int, dict[int, int]] = defaultdict(dict)
        for (day, member), (posts, others) in changed:
            if posts:
                written[day][member] = posts
            if member == UNKNOWN:
                continue
            if posts < 0 or others < 0:
                posts, others = self._left(conn, day, member)
                active[day][0 if posts or others else 1].add(member)
                posters[day][0 if posts else 1].add(member)
            else:
                active[day][0].add(member)
                if posts:
                    posters[day][0].add(member)
        conn.executemany(
            "DELETE FROM member_day WHERE source_id = ? AND day = ? AND member_id = ? AND posts = 0 AND others = 0",
            [(self.source_id, *key) for key, counts in changed if min(counts) < 0],
        )
        self._bitmaps(conn, "active", active)
        self._bitmaps(conn, "posters", posters)
        for day, deltas in written.items():
            bit_counts.keep(conn, self.source_id, day, deltas)

    def _left(self, conn: Connection, day: int, member: int) -> tuple[int, int]:
        row: tuple[int, int] = conn.execute(
            "SELECT posts, others FROM member_day WHERE source_id = ? AND day = ? AND member_id = ?",
            (self.source_id, day, member),
        ).fetchone()
        return row

    def _apply_threads(self, conn: Connection) -> None:
        days: dict[int, tuple[set[int], set[int]]] = {day: (ids, set()) for day, ids in self.threads_in.items()}
        for day, threads in self.threads_out.items():
            gone = {thread for thread in threads if not self._posted_in(conn, thread, day)}
            days.setdefault(day, (set(), set()))[1].update(gone)
        self._bitmaps(conn, "threads", days)

    def _posted_in(self, conn: Connection, thread: int, day: int) -> bool:
        around = ((day - 1) * DAY, (day + 2) * DAY)
        times = conn.execute(
            "SELECT created_at FROM post WHERE thread_id = ? AND created_at BETWEEN ? AND ? AND state < 3 AND role < 2",
            (thread, *around),
        )
        return any(self.day(at) == day for (at,) in times)

    def _bitmaps(self, conn: Connection, kind: str, days: dict[int, tuple[set[int], set[int]]]) -> None:
        from pyroaring import BitMap

        for day, (come, gone) in days.items():
            key = (self.source_id, day, kind)
            row = conn.execute(
                "SELECT ids FROM day_bitmap WHERE source_id = ? AND day = ? AND kind = ?", key
            ).fetchone()
            ids = BitMap.deserialize(row[0]) if row else BitMap()
            before = len(ids)
            ids.update(come)
            grew = len(ids) != before
            ids -= BitMap(gone)
            if grew or gone:
                conn.execute("INSERT OR REPLACE INTO day_bitmap VALUES(?,?,?,?)", (*key, ids.serialize()))


def rebuild(conn: Connection, zone: ZoneInfo, sources: Iterable[int]) -> None:
    """Make all rollups anew from the rows: after the community's time zone, team or bots changed in the config."""
    from cm_console.store import starts

    for table in ("member_day", "day_bitmap", "span", "stale_span"):
        conn.execute(f"DELETE FROM {table}")
    starts.restart(conn, zone)
    day = day_number(zone)
    for source in sources:
        rollups = Rollups(source, day)
        posts = "SELECT created_at, author_id, thread_id, role FROM post WHERE source_id = ? AND state < 3"
        for at, author, thread, role in conn.execute(posts, (source,)):
            rollups.post(at, author, thread, 1, bot=role == 2)
        others = "SELECT at, member_id FROM activity WHERE source_id = ? AND member_id IS NOT NULL"
        for at, member in conn.execute(others, (source,)):
            rollups.other(at, member, 1)
        rollups.apply(conn)
