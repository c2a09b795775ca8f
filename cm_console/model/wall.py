"""Wall-clock time: what people type and read in a time zone, and the two nights a year in which clocks lie."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from datetime import time as clock_time
from zoneinfo import ZoneInfo

from cm_console.model.time import Instant, instant, moment

WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip
_CLOCK = re.compile(r"(\d{1,2})(?:[:.h]?(\d{2}))?\s*(am|pm)?")
_DAY = re.compile(r"(\d{1,2})(?:\.\s*|\s+|(?=[a-z]))([a-z]+|\d{1,2})\.?,?\s*(\d{4})?")


def at_wall(day: date, clock: clock_time, zone: ZoneInfo) -> Instant:
    """The instant at which the clocks of a zone show this; the first one where they show it twice.

    Raises:
        ValueError: they never show it, being put forward over it; the words say so.
    """
    local = datetime.combine(day, clock, tzinfo=zone)
    at = instant(local)
    shown = moment(at, zone)
    if shown.replace(tzinfo=None) != local.replace(tzinfo=None):
        raise ValueError(f"{clock:%H:%M} does not exist on {say_day(day)}: the clocks go forward to {shown:%H:%M}")
    return at


def twice(at: Instant, zone: ZoneInfo) -> str:
    """Words of warning if the clocks show this time twice that day, else ""."""
    local = moment(at, zone)
    if local.replace(fold=0).utcoffset() == local.replace(fold=1).utcoffset():
        return ""
    which = "second" if local.fold else "first"
    return f"{local:%H:%M} comes twice on {say_day(local.date())}, the clocks go back: the {which} one is meant"


def shift(at: Instant, by: timedelta, zone: ZoneInfo) -> Instant:
    """Move by days or hours on the wall clock: 10:00 stays 10:00 over a change of the clocks.

    A time that does not exist there becomes the one as much later as the clocks were put forward.
    """
    local = moment(at, zone)
    return instant((local.replace(tzinfo=None) + by).replace(tzinfo=zone, fold=local.fold))


def parse_clock(text: str) -> clock_time:
    """A time of day as people type it: 10:00, 9.30, 18, 6pm.

    Raises:
        ValueError: it is none; the words show how to write one.
    """
    found = _CLOCK.fullmatch(text.strip().lower())
    if found:
        hour, minute, half = int(found[1]), int(found[2] or 0), found[3]
        if half and 1 <= hour <= 12:
            hour = hour % 12 + (12 if half == "pm" else 0)
        elif half:
            hour = 24
        if hour < 24 and minute < 60:
            return clock_time(hour, minute)
    raise ValueError(f"{text.strip() or 'nothing'!r} is no time of day: write it like 10:00 or 18:30")


def parse_day(text: str, today: date) -> date:
    """A day as people type it: 2026-11-26, 26 Nov, 26.11., today, tomorrow, thu (the next one), +3.

    Raises:
        ValueError: it is none; the words show how to write one.
    """
    words = text.strip().lower()
    by_name = {"today": 0, "tomorrow": 1, "yesterday": -1}
    if words in by_name:
        return today + timedelta(days=by_name[words])
    if re.fullmatch(r"[+-]\d{1,3}d?", words):
        return today + timedelta(days=int(words.rstrip("d")))
    for number, name in enumerate(WEEKDAYS):
        if len(words) >= 3 and words.startswith(name.lower()) and words.isalpha():
            return today + timedelta(days=(number - today.weekday() - 1) % 7 + 1)
    try:
        return date.fromisoformat(words) if "-" in words else _day_and_month(words, today)
    except ValueError as error:
        shown = repr(text.strip()) if words else "nothing"
        raise ValueError(f"{shown} is no day: write it like {today}, 26 Nov, tomorrow or thu") from error


def _day_and_month(words: str, today: date) -> date:
    found = _DAY.fullmatch(words)
    if not found:
        raise ValueError(words)
    names = [name.lower() for name in MONTHS]
    named = [n for n, name in enumerate(names, start=1) if len(found[2]) >= 3 and name.startswith(found[2])]
    month = int(found[2]) if found[2].isdigit() else (named or [0])[0]
    day = date(int(found[3] or today.year), month, int(found[1]))
    return day if found[3] or day >= today else day.replace(year=today.year + 1)


def say_day(day: date) -> str:
    """A day in words: Thu 26 Nov 2026."""
    return f"{WEEKDAYS[day.weekday()]} {day.day} {MONTHS[day.month - 1][:3]} {day.year}"


def say(at: Instant, zone: ZoneInfo) -> str:
    """A moment in words: Thu 26 Nov 2026 10:00."""
    local = moment(at, zone)
    return f"{say_day(local.date())} {local:%H:%M}"
