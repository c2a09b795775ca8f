"""Time: instants are integer milliseconds since 1970 UTC; days are dates in the community's time zone."""

from __future__ import annotations

import time as _time
from collections.abc import Awaitable
from datetime import UTC, date, datetime, timedelta
from datetime import time as clock_time
from typing import NewType, Protocol
from zoneinfo import ZoneInfo

Instant = NewType("Instant", int)
"""Milliseconds since 1970-01-01T00:00:00Z."""

SECOND, MINUTE, HOUR, DAY = 1_000, 60_000, 3_600_000, 86_400_000


class Clock(Protocol):
    """The only way the product asks for the time, so that tests can own it."""

    def now(self) -> Instant:
        """The wall clock."""
        ...

    def sleep(self, seconds: float) -> Awaitable[None]:
        """Wait on the event loop."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> Instant:
        """The wall clock in milliseconds."""
        return Instant(_time.time_ns() // 1_000_000)

    async def sleep(self, seconds: float) -> None:
        """Wait on the event loop."""
        import asyncio

        await asyncio.sleep(seconds)


def instant(moment: datetime) -> Instant:
    """An aware datetime as an Instant.

    Raises:
        ValueError: the datetime has no time zone.
    """
    if moment.tzinfo is None:
        raise ValueError(f"{moment} has no time zone")
    return Instant((moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1))


def parse_iso(text: str) -> Instant:
    """An ISO 8601 time; without an offset it is UTC.

    Raises:
        ValueError: not an ISO 8601 time.
    """
    moment = datetime.fromisoformat(text)
    return instant(moment if moment.tzinfo else moment.replace(tzinfo=UTC))


def moment(at: int, zone: ZoneInfo) -> datetime:
    """An Instant as a datetime in a zone."""
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=at)).astimezone(zone)


def iso(at: int | None) -> str | None:
    """An Instant as ISO 8601 UTC with seconds, for `--json` and files."""
    return None if at is None else moment(at, ZoneInfo("UTC")).strftime("%Y-%m-%dT%H:%M:%SZ")


def midnight(day: date, zone: ZoneInfo) -> Instant:
    """The first instant of a day in a zone."""
    return instant(datetime.combine(day, clock_time(), tzinfo=zone))


def day_of(at: int, zone: ZoneInfo) -> date:
    """The date of an instant in a zone."""
    return moment(at, zone).date()


def day_age(at: int, now: int, zone: ZoneInfo) -> str:
    """How far an instant is away: in days of the calendar, as lists of persons count; on the same day as it is."""
    days = abs((day_of(now, zone) - day_of(at, zone)).days)
    return short_age(days * DAY if days else now - at)


def short_age(milliseconds: int) -> str:
    """A duration in one unit, short enough for a list: 38m, 2h, 3d, 5w, 2y."""
    for size, unit in ((365 * DAY, "y"), (7 * DAY, "w"), (DAY, "d"), (HOUR, "h"), (MINUTE, "m")):
        if abs(milliseconds) >= size * (2 if unit in "yw" else 1):
            return f"{abs(milliseconds) // size}{unit}"
    return f"{abs(milliseconds) // SECOND}s"
