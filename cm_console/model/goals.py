"""Goals: a metric, a target, a date and the purpose it serves; and how far one is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from cm_console.model.metric_table import BY_ID
from cm_console.model.metrics import Good
from cm_console.model.text import Safe
from cm_console.model.time import Instant

SLACK = 0.05
"""Share of the way from start to target within which a value counts as on the line."""


class Standing(StrEnum):
    """Where a goal is. Unknown: the metric has no value, or had none on the day the goal was set."""

    AHEAD = "ahead"
    ON_TRACK = "on track"
    BEHIND = "behind"
    MET = "met"
    MISSED = "missed"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Goal:
    """A target for a metric; `start` is its value on the day the goal was set."""

    id: str
    metric: str
    target: float
    by: date
    purpose: Safe
    set_at: Instant
    set_on: date
    start: float | None


@dataclass(frozen=True, slots=True)
class Progress:
    """A goal and how far it is.

    Attributes:
        value: the latest.
        expected: where the straight line from the start to the target is today.
        share, expected_share: the same as parts of the way, 0 to 1; None if unknown.
    """

    goal: Goal
    value: float | None
    expected: float | None
    standing: Standing
    share: float | None
    expected_share: float | None


def progress(goal: Goal, value: float | None, today: date) -> Progress:
    """Compare the latest value with the straight line from start to target."""
    if goal.start is None or goal.start == goal.target:
        return Progress(goal, value, None, _standing(goal, value, None, today), None, None)
    way = goal.target - goal.start
    length = (goal.by - goal.set_on).days
    passed = 1.0 if length <= 0 else max(0.0, min(1.0, (today - goal.set_on).days / length))
    share = None if value is None else max(0.0, min(1.0, (value - goal.start) / way))
    expected = goal.start + way * passed
    standing = _standing(goal, value, expected, today)
    return Progress(goal, value, expected, standing, 1.0 if standing is Standing.MET else share, passed)


def _standing(goal: Goal, value: float | None, expected: float | None, today: date) -> Standing:
    if value is not None and _reached(goal, value, goal.target):
        return Standing.MET
    if today > goal.by:
        return Standing.MISSED
    if value is None or expected is None or goal.start is None:
        return Standing.UNKNOWN
    slack = SLACK * abs(goal.target - goal.start)
    if abs(value - expected) <= slack:
        return Standing.ON_TRACK
    return Standing.AHEAD if _reached(goal, value, expected) else Standing.BEHIND


def _reached(goal: Goal, value: float, level: float) -> bool:
    good = BY_ID[goal.metric].good
    upwards = good is Good.UP if good is not Good.NONE else goal.start is None or goal.target >= goal.start
    return value >= level if upwards else value <= level
