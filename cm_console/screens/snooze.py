"""When a snoozed thread comes back: the usual times, in the community's time zone."""

from __future__ import annotations

from datetime import timedelta
from zoneinfo import ZoneInfo

from cm_console.model.time import DAY, HOUR, Instant, day_of, midnight
from cm_console.screens.dialogs import Choice

MORNING = 9 * HOUR
"""When a day begins, in milliseconds after midnight."""

CHOICES = [
    Choice("1", "for an hour", "1h"),
    Choice("4", "for four hours", "4h"),
    Choice("t", "until tomorrow, 9:00", "tomorrow"),
    Choice("m", "until the next working morning", "morning"),
    Choice("w", "until Monday, 9:00", "monday"),
    Choice("d", "for some days …", "days"),
    Choice("u", "until a time …", "time"),
    Choice("r", "until they write again", "reply"),
    Choice("n", "until they write more than thanks", "news"),
]


def snooze_until(answer: str, now: int, zone: ZoneInfo) -> Instant | None:
    """The instant an answer of CHOICES means, or of a number of days; None: until a reply.

    "morning" and "time" need more than this knows: see `InboxTriage`.

    Raises:
        ValueError: not a number of days between 1 and 365.
    """
    if answer in ("reply", "news"):
        return None
    if answer in ("1h", "4h"):
        return Instant(now + int(answer[0]) * HOUR)
    today = day_of(now, zone)
    if answer == "monday":
        return _morning(now, 7 - today.weekday(), zone)
    if answer == "tomorrow":
        return _morning(now, 1, zone)
    days = answer.strip().removesuffix("d").strip()
    if not (days.isascii() and days.isdigit()) or not 1 <= int(days) <= 365:
        raise ValueError("snooze for 1 to 365 days")
    return Instant(now + int(days) * DAY)


def _morning(now: int, days: int, zone: ZoneInfo) -> Instant:
    return Instant(midnight(day_of(now, zone) + timedelta(days=days), zone) + MORNING)
