"""What every calculation is given: the facts of some sources read once, and the window as days and instants."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple
from zoneinfo import ZoneInfo

from cm_console.model.metrics import Series, Window
from cm_console.model.time import DAY, day_of, midnight
from cm_console.store.bit_counts import Slices
from cm_console.store.days import Days
from cm_console.store.metrics_waits import Memo, Waiting
from cm_console.store.rollups import date_of, number_of
from cm_console.store.sqlite import Connection
from cm_console.store.waits import Starts

if TYPE_CHECKING:
    from pyroaring import BitMap

WEEK = 7 * DAY


class Raw(NamedTuple):
    """A value, how many things it is about, and what must be said with it."""

    value: float | None
    n: int
    note: str = ""


class Light(NamedTuple):
    """A row behind a number before its words are fetched: its order, its id, what it adds and whether it counts."""

    rank: float
    item: int | str
    value: float = 1.0
    counted: bool = True


class Facts:
    """What is read once and serves several windows: who is team or bot, the daily rollups, threads."""

    def __init__(
        self,
        conn: Connection,
        zone: ZoneInfo,
        now: int,
        sources: Sequence[tuple[int, str]],
        memo: Memo,
        *,
        every: bool,
    ) -> None:
        self.memo = memo
        self.conn, self.zone, self.now = conn, zone, now
        self.names = tuple(name for _, name in sources)
        self._among = None if every else ",".join(str(int(id)) for id, _ in sources) or "0"
        self._ids = [id for id, _ in sources]
        self.days = Days(conn, self._ids)

    def chosen(self, column: str = "source_id") -> str:
        """The SQL that tells whether a row is of one of the sources; nothing to ask of each row if all are wanted."""
        return "true" if self._among is None else f"{column} IN ({self._among})"

    @cached_property
    def history(self) -> int | None:
        """The first day anything is known of."""
        return self.days.first()

    @cached_property
    def starts(self) -> Starts:
        """The days threads were started on."""
        return Starts(self.conn, self.zone, self._ids, self.bots)

    @cached_property
    def team(self) -> BitMap:
        """Members of the team."""
        return self._with_role(1)

    @cached_property
    def bots(self) -> BitMap:
        """Members that are bots."""
        return self._with_role(2)

    @cached_property
    def aside(self) -> BitMap:
        """Whoever is no member in the sense of the numbers: team, bots, and 0 for unknown authors."""
        from pyroaring import BitMap

        return self.team | self.bots | BitMap([0])

    def _with_role(self, role: int) -> BitMap:
        from pyroaring import BitMap

        rows = self.conn.execute("SELECT id FROM member WHERE role = ? AND role > 0", (role,))
        return BitMap([id for (id,) in rows])


@dataclass
class Scope:
    """One window over the facts. Days are numbers since 1970, `[first, end)`; instants are milliseconds."""

    facts: Facts
    window: Window
    cache: dict[str, object] = field(default_factory=dict)
    by_members: Slices | None = None
    """How much each member wrote, once it is known."""

    def __post_init__(self) -> None:
        zone, window = self.facts.zone, self.window
        self.first, self.end = number_of(window.start), number_of(window.end)
        self.since, self.to = int(midnight(window.start, zone)), int(midnight(window.end, zone))
        self.until = min(self.to, self.facts.now)

    @cached_property
    def previous(self) -> Scope:
        """The window of the same length before."""
        return Scope(self.facts, self.window.previous)

    @cached_property
    def waiting(self) -> Waiting:
        """How long the threads of the window waited."""
        facts = self.facts
        return Waiting(facts.starts, facts.days.spans, (self.first, self.end), self.until, facts.memo)

    def in_week(self, kind: str, query: str) -> tuple[int, int]:
        """How much began in the window and at least 7 days before its end, and how much of it waited 7 days at most.

        A day of which only a part is old enough is counted by a query between two instants.
        """
        last = self.until - WEEK
        starts = self.waiting.starts(kind).values()
        old = [start for start in starts if start.to - 1 <= last]
        n, ended = sum(start.n for start in old), sum(start.in_week for start in old)
        for since in {start.since for start in starts if start.since <= last < start.to - 1}:
            more, in_time = self.facts.conn.execute(query, (since, last + 1)).fetchone()
            n, ended = n + more, ended + int(in_time)
        return n, ended

    @cached_property
    def lived(self) -> range:
        """The days of the window that have begun and lie within the history."""
        today = number_of(day_of(self.facts.now, self.facts.zone))
        history = self.facts.history
        return range(self.end if history is None else max(self.first, history), min(self.end, today + 1))

    @cached_property
    def edges(self) -> list[tuple[date, int, int]]:
        """The days that have been lived, each with its first instant and that of the next."""
        days = [date_of(day) for day in (*self.lived, self.lived.stop)] if self.lived else []
        starts = [int(midnight(day, self.facts.zone)) for day in days]
        return list(zip(days, starts, starts[1:], strict=False))

    def each_day(self, query: str) -> Series:
        """A number for each day from a query that takes the day's first instant and that of the next."""
        return tuple((day, self.facts.conn.execute(query, (since, to)).fetchone()[0]) for day, since, to in self.edges)

    def short(self, days: int) -> str:
        """What to say if the history does not reach so many days before the window; "" if it does."""
        history = self.facts.history
        if history is None or history <= self.first - days:
            return ""
        return f"history begins on {date_of(history)}: less than the {days} days before that this needs"


def members(ids: Iterable[int]) -> list[Light]:
    """Members as rows that count one each, newest account first."""
    return [Light(-id, id) for id in ids]


def share(part: float, whole: float) -> float | None:
    """A percentage, None if there is nothing to divide by."""
    return 100 * part / whole if whole else None


def seconds(milliseconds: float) -> float:
    """Milliseconds as seconds."""
    return milliseconds / 1000
