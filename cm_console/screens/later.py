"""When an answer shall go out: the usual times, or one that is written, by the community's clock."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any
from zoneinfo import ZoneInfo

from cm_console.model.time import Instant
from cm_console.model.when import parse_when
from cm_console.screens.dialogs import Ask, Choice, Choose
from cm_console.screens.snooze import snooze_until

LATER = [
    Choice("1", "in an hour", "1h"),
    Choice("4", "in four hours", "4h"),
    Choice("t", "tomorrow, 9:00", "tomorrow"),
    Choice("w", "next Monday, 9:00", "monday"),
    Choice("u", "at a time …", "time"),
]


async def ask_time(put: Callable[[Any], Awaitable[Any]], now: int, zone: ZoneInfo) -> Instant | None:
    """A time that is still to come; None: back. Raises ValueError for one that cannot be read."""
    answer = await put(Choose("Send it when?", LATER))
    if answer == "time":
        words = await put(Ask("Send it when?", hint="14:00, thu, tomorrow 10:30, 2026-12-01"))
        return parse_when(words, Instant(now), zone) if words else None
    return snooze_until(answer, now, zone) if answer else None
