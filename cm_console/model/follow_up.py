"""On which day one comes back to a person, as people write it; by the calendar of the community."""

from __future__ import annotations

import re
from datetime import timedelta
from zoneinfo import ZoneInfo

from cm_console.model.time import Instant, day_of
from cm_console.model.wall import at_wall
from cm_console.model.when import MORNING, parse_when

FURTHEST = 3650
"""Days ahead that are taken."""


def follow_up_at(text: str, now: int, zone: ZoneInfo) -> Instant:
    """The instant that is meant: 3, 3d and 2w are the morning of that day; the rest as `parse_when` reads it.

    Raises:
        ValueError: it is no time, or its day has passed; the words say which.
    """
    today = day_of(now, zone)
    if span := re.fullmatch(r"(\d{1,4})\s*([dw]?)", text.strip().lower()):
        days = int(span[1]) * (7 if span[2] == "w" else 1)
        if days > FURTHEST:
            raise ValueError("that is more than ten years ahead")
        return at_wall(today + timedelta(days=days), MORNING, zone)
    at = parse_when(text, now, zone)
    if day_of(at, zone) < today:
        raise ValueError(f"{day_of(at, zone)} has passed; a follow-up is for a day to come")
    return at
