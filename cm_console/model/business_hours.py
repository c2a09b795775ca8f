"""Business hours: when the team works, and when a promise counted in working time falls due.

The walk is Chatwoot's `BusinessHoursService`: day by day in the zone of the hours, closed days skipped, from the later
of now and the opening, until the time is used up. A zone's days are 23 or 25 hours long twice a year; that is counted.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from datetime import time as clock_time
from zoneinfo import ZoneInfo

from cm_console.model.time import HOUR, Instant, day_of, instant, midnight

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
Span = tuple[int, int]
"""From and to in minutes of the wall clock; 1440 is the next midnight."""
FARTHEST = 3_660
"""Days that are walked: if nothing opens within ten years, it is calendar time."""
WHOLE_DAY: tuple[Span, ...] = ((0, 1440),)
WEEK: tuple[tuple[Span, ...], ...] = tuple(((9 * 60, 17 * 60),) if day < 5 else () for day in range(7))
"""Where nobody says otherwise, Monday first."""
_SPAN = re.compile(r"(\d{1,2}):(\d{2})\s*-\s*(\d{1,2}):(\d{2})")
DAY_BEGINS = 9 * 60
"""Minutes after midnight at which a working morning begins where no hours are given."""


@dataclass(frozen=True, slots=True)
class BusinessHours:
    """For each weekday (Monday first) the spans in which it is open, in a zone, and the days that are holidays."""

    zone: ZoneInfo
    week: tuple[tuple[Span, ...], ...]
    holidays: frozenset[date] = frozenset()

    @property
    def ever_open(self) -> bool:
        """Whether any weekday is open at all."""
        return any(self.week)

    def of(self, day: date) -> tuple[Span, ...]:
        """The spans of one day."""
        return () if day in self.holidays else self.week[day.weekday()]

    def open_spans(self, since: int) -> Iterator[tuple[Instant, Instant]]:
        """The spans from an instant on, the one under way cut to what is left of it."""
        first = day_of(since, self.zone)
        for number in range(FARTHEST):
            day = first + timedelta(days=number)
            for opens, closes in self.of(day):
                start, end = max(_at(day, opens, self.zone), since), _at(day, closes, self.zone)
                if start < end:
                    yield Instant(start), end


def due(start: int, milliseconds: int, hours: BusinessHours | None) -> Instant:
    """When so much working time has passed since an instant; calendar time without hours or if it never opens."""
    left = milliseconds
    for opens, closes in hours.open_spans(start) if hours is not None and hours.ever_open else ():
        if closes - opens >= left:
            return Instant(opens + left)
        left -= closes - opens
    return Instant(start + milliseconds)


def next_morning(now: int, zone: ZoneInfo, hours: BusinessHours | None) -> Instant:
    """When work begins on the next working day after today; Monday to Friday at nine where no hours are given."""
    if hours is None or not hours.ever_open:
        hours = BusinessHours(zone, WEEK, hours.holidays if hours else frozenset())
    tomorrow = day_of(now, hours.zone) + timedelta(days=1)
    for number in range(FARTHEST):
        day = tomorrow + timedelta(days=number)
        if spans := hours.of(day):
            opens = spans[0][0]
            return _at(day, opens if opens else DAY_BEGINS, hours.zone)
    return Instant(midnight(tomorrow, hours.zone) + 9 * HOUR)


def parse_spans(text: str) -> tuple[Span, ...]:
    """Spans of a day as the config has them: "9:00-17:00", "9:00-12:00, 13:00-17:30", "closed", "all day".

    Raises:
        ValueError: it is none of these, or the spans overlap or run backwards; the words say so.
    """
    words = text.strip().lower()
    if words in ("", "closed"):
        return ()
    if words == "all day":
        return WHOLE_DAY
    spans: list[Span] = []
    for part in words.split(","):
        found = _SPAN.fullmatch(part.strip())
        if not found:
            raise ValueError(f"; {part.strip()!r} is not like 9:00-17:00")
        opens, closes = (int(found[n]) * 60 + int(found[n + 1]) for n in (1, 3))
        if max(int(found[2]), int(found[4])) > 59 or closes > 1440 or opens >= closes:
            raise ValueError(f"; {part.strip()!r} does not end after it begins on the same day")
        if spans and opens < spans[-1][1]:
            raise ValueError(f"; {part.strip()!r} begins before the one ahead of it ends")
        spans.append((opens, closes))
    return tuple(spans)


def shown_spans(spans: Sequence[Span]) -> str:
    """Spans as `parse_spans` reads them."""
    if not spans:
        return "closed"
    clock = (f"{opens // 60}:{opens % 60:02}-{closes // 60}:{closes % 60:02}" for opens, closes in spans)
    return "all day" if tuple(spans) == WHOLE_DAY else ", ".join(clock)


def to_json(hours: BusinessHours | None) -> Mapping[str, object] | None:
    """Hours as the database keeps them."""
    if hours is None:
        return None
    holidays = sorted(day.isoformat() for day in hours.holidays)
    return {"zone": str(hours.zone), "week": [shown_spans(day) for day in hours.week], "holidays": holidays}


def from_json(data: Mapping[str, object] | None) -> BusinessHours | None:
    """What `to_json` gave."""
    if data is None:
        return None
    week, holidays = data["week"], data["holidays"]
    assert isinstance(week, list) and isinstance(holidays, list)
    days = frozenset(date.fromisoformat(day) for day in holidays)
    return BusinessHours(ZoneInfo(str(data["zone"])), tuple(parse_spans(day) for day in week), days)


def _at(day: date, minutes: int, zone: ZoneInfo) -> Instant:
    """The instant at which the clocks show it; one they skip is the first after the gap."""
    if minutes >= 1440:
        return midnight(day + timedelta(days=1), zone)
    return instant(datetime.combine(day, clock_time(minutes // 60, minutes % 60), tzinfo=zone))
