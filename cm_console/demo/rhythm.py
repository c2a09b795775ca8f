"""When things happen: the releases, the hours and weekdays people write at, how long an answer takes."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from itertools import accumulate
from random import Random
from zoneinfo import ZoneInfo

from cm_console.model.time import DAY, HOUR, MINUTE, Instant, instant, moment

ZONE = ZoneInfo("Europe/Berlin")
HISTORY_DAYS = 120

_HOURS = (3, 2, 1, 1, 1, 2, 5, 9, 11, 12, 12, 11, 13, 12, 11, 11, 12, 14, 17, 21, 24, 22, 15, 8)
_WEEKDAYS = (10, 10, 11, 10, 10, 14, 15)
_RELEASES = (("3.0.1", 112), ("3.1.0", 83), ("3.1.1", 76), ("3.2.0", 34), ("3.2.1", 13))
_BURST = (2.6, 2.0, 1.5, 1.2)


class Rhythm:
    """The calendar of one demo, seen from its start."""

    def __init__(self, rng: Random, now: Instant) -> None:
        self.now = now
        self.rng = rng
        self.today = moment(now, ZONE).date()
        self.releases = [(version, self.at(self.back_to(1, days), 14)) for version, days in _RELEASES]
        self._days = [self.today - timedelta(days=n) for n in range(HISTORY_DAYS - 1, -1, -1)]
        self._day_weights = list(accumulate(self._weight(day) for day in self._days))
        self._hours = list(accumulate(_HOURS))
        self._midnights: dict[date, Instant] = {}

    def at(self, day: date, hour: float) -> Instant:
        """A wall clock time on a day in the community's zone."""
        return instant(datetime.combine(day, time(), tzinfo=ZONE) + timedelta(hours=hour))

    def back_to(self, weekday: int, days: int) -> date:
        """The last such weekday (Monday 0) at least so many days ago."""
        day = self.today - timedelta(days=days)
        return day - timedelta(days=(day.weekday() - weekday) % 7)

    def forward_to(self, weekday: int, days: int) -> date:
        """The first such weekday (Monday 0) in at least so many days."""
        day = self.today + timedelta(days=days)
        return day + timedelta(days=(weekday - day.weekday()) % 7)

    def versions(self, at: Instant) -> tuple[str, str]:
        """The firmware released last at a time, and the one before it."""
        names = ["2.9.4", "3.0.0"] + [version for version, since in self.releases if since <= at]
        return names[-1], names[-2]

    def moment(self, before: Instant) -> Instant:
        """A time of the history at which somebody may start something, earlier than `before`."""
        while True:
            day = self._days[bisect_left(self._day_weights, self.rng.random() * self._day_weights[-1])]
            at = self._on(day)
            if at < before:
                return at

    def visits(self, count: int) -> Iterable[Instant]:
        """For each day of the history some `count` times at which people look in."""
        for day in self._days:
            for _ in range(round(count * _WEEKDAYS[day.weekday()] / 11.5)):
                at = self._on(day)
                if at < self.now:
                    yield at

    def later(self, at: Instant, median: float, before: Instant) -> Instant:
        """Some time after `at` (half of them within `median` milliseconds), seldom at night, not after `before`."""
        found = int(at)
        for _ in range(8):
            found = at + MINUTE + int(median * self.rng.lognormvariate(0.0, 1.25))
            if awake(self.rng, found):
                break
        if found >= before:
            found = at + int((before - at) * self.rng.uniform(0.2, 0.95))
        return Instant(found)

    def _on(self, day: date) -> Instant:
        hour = bisect_left(self._hours, self.rng.random() * self._hours[-1])
        if day not in self._midnights:
            self._midnights[day] = self.at(day, 0)
        return Instant(self._midnights[day] + int((hour + self.rng.random()) * HOUR))

    def _weight(self, day: date) -> float:
        start = self.at(day, 12)
        grown = 0.75 + 0.25 * (1 - (self.today - day).days / HISTORY_DAYS)
        since = [(start - released) // DAY + 1 for _, released in self.releases]
        burst = max((_BURST[days] for days in since if 0 <= days < len(_BURST)), default=1.0)
        return _WEEKDAYS[day.weekday()] * grown * burst


def awake(rng: Random, at: int) -> bool:
    """Would somebody write at this hour? Always in the evening, hardly ever in the small hours."""
    return rng.random() * 14 < _HOURS[(at // HOUR + 1) % 24]


def spread(rng: Random, start: int, end: int, count: int, lean: float = 2.2) -> list[Instant]:
    """`count` times between two, in order, most of them soon after the start; seldom at night if there are days."""

    def draw() -> int:
        return start + int((end - start) * rng.random() ** lean)

    times = [draw() for _ in range(count)]
    if end - start > DAY:
        times = [
            at if awake(rng, at) else next((t for t in (draw() for _ in range(6)) if awake(rng, t)), at) for at in times
        ]
    return [Instant(at) for at in sorted(times)]
