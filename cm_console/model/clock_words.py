"""A clock in words, to the second."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from cm_console.model.clocks import Clock, Result
from cm_console.model.time import Instant, moment
from cm_console.model.wall import say_day


def exactly(milliseconds: int) -> str:
    """A time to the second: 2 d 3 h 4 m 5 s."""
    seconds = abs(milliseconds) // 1000
    parts = (("d", seconds // 86_400), ("h", seconds // 3600 % 24), ("m", seconds // 60 % 60), ("s", seconds % 60))
    first = next((n for n, (_, value) in enumerate(parts) if value), 3)
    return " ".join(f"{value} {unit}" for unit, value in parts[first:])


def clock_words(clock: Clock, now: int, zone: ZoneInfo) -> str:
    """One clock in a line: what is promised, how it stands, to the second, and under which policy."""
    state, due = clock.state(now), clock.due or Instant(now)
    if clock.result is Result.RUNNING:
        local = moment(due, zone)
        risk = "at risk, " if state == "at risk" else ""
        left = f"late by {exactly(due - now)}" if state == "late" else f"{risk}{exactly(due - now)} left"
        state = f"{left}, {say_day(local.date())[:-5]} {local:%H:%M}"
    elif clock.ended is None or clock.result is Result.VOID:
        state += ", resolved before a reply was due"
    else:
        early = due - clock.ended
        state += f", {exactly(early)} {'before time' if early >= 0 else 'too late'}"
    return f"{clock.kind}: {state} · {clock.policy}"
