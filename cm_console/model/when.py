"""A time to come as people write it: 30m, 4h, 3d, 14:00, thu, 2026-12-01, tomorrow 9:30."""

from __future__ import annotations

import re
from datetime import time as clock_time
from datetime import timedelta
from zoneinfo import ZoneInfo

from cm_console.model.time import DAY, HOUR, MINUTE, Instant, day_of
from cm_console.model.wall import at_wall, parse_clock, parse_day

MORNING = clock_time(9)
"""When on a day, where only the day is named."""
_UNITS = {"m": MINUTE, "h": HOUR, "d": DAY, "w": 7 * DAY}


def parse_when(text: str, now: int, zone: ZoneInfo) -> Instant:
    """The instant that is meant.

    Raises:
        ValueError: it is no time; the words show how to write one.
    """
    try:
        return _meant(text.strip().lower(), now, zone)
    except ValueError as error:
        example = "30m, 4h, 3d, 2w, 14:00, tomorrow, a date like 2026-12-01 or 2026-12-01 14:00"
        raise ValueError(f"{text.strip()!r} is no time; write {example}") from error


def _meant(words: str, now: int, zone: ZoneInfo) -> Instant:
    if span := re.fullmatch(r"(\d{1,4})\s*([mhdw])", words):
        return Instant(now + int(span[1]) * _UNITS[span[2]])
    today = day_of(now, zone)
    if re.fullmatch(r"\d{1,2}[:.]\d{2}", words):
        at = at_wall(today, parse_clock(words), zone)
        return at if at > now else at_wall(today + timedelta(days=1), parse_clock(words), zone)
    day, _, clock = words.rpartition(" ")
    if day and re.fullmatch(r"\d{1,2}([:.]\d{2})?(am|pm)?", clock):
        return at_wall(parse_day(day, today), parse_clock(clock), zone)
    return at_wall(parse_day(words, today), MORNING, zone)
