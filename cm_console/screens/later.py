"""When an answer shall go out: the usual times, or one that is written, by the community's clock."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any
from zoneinfo import ZoneInfo

from cm_console.model.time import Instant
from cm_console.screens.dialogs import Choice, Choose
from cm_console.screens.inbox_questions import time, to_come
from cm_console.screens.snooze import snooze_until

LATER = [
    Choice("1", "in an hour", "1h"),
    Choice("4", "in four hours", "4h"),
    Choice("t", "tomorrow, 9:00", "tomorrow"),
    Choice("w", "next Monday, 9:00", "monday"),
    Choice("u", "at a time …", "time"),
]


async def ask_time(put: Callable[[Any], Awaitable[Any]], now: int, zone: ZoneInfo) -> Instant | None:
    """A time that is still to come; None: back."""
    answer = await put(Choose("Send it when?", LATER))
    if answer == "time":
        read = to_come(lambda: Instant(now), zone)
        words = await put(time(read, "Send it when?"))
        return read(words) if words else None
    return snooze_until(answer, now, zone) if answer else None
