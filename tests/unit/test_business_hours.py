"""Business hours: the walk of features.md A1, over closed days, holidays and the nights in which clocks change."""

from __future__ import annotations

from datetime import date
from zoneinfo import ZoneInfo

import pytest

from cm_console.model.business_hours import (
    WHOLE_DAY,
    BusinessHours,
    due,
    from_json,
    next_morning,
    parse_spans,
    shown_spans,
    to_json,
)
from cm_console.model.time import HOUR, MINUTE, iso, parse_iso

BERLIN = ZoneInfo("Europe/Berlin")
NINE_TO_FIVE = ((9 * 60, 17 * 60),)
OFFICE = BusinessHours(BERLIN, (NINE_TO_FIVE,) * 5 + ((), ()), frozenset({date(2026, 12, 25)}))
ALWAYS = BusinessHours(BERLIN, (WHOLE_DAY,) * 7)
NEVER = BusinessHours(BERLIN, ((),) * 7)
LUNCH = BusinessHours(BERLIN, (((9 * 60, 12 * 60), (13 * 60, 17 * 60)),) * 7)
NIGHT = BusinessHours(BERLIN, (((0, 6 * 60),),) * 7)


@pytest.mark.parametrize(
    ("hours", "start", "time", "until"),
    [
        (OFFICE, "2026-11-23T09:00:00Z", 2 * HOUR, "2026-11-23T11:00:00Z"),
        (OFFICE, "2026-11-23T05:00:00Z", 2 * HOUR, "2026-11-23T10:00:00Z"),  # before opening: from 9:00 there
        (OFFICE, "2026-11-23T15:00:00Z", 2 * HOUR, "2026-11-24T09:00:00Z"),  # an hour carried over the night
        (OFFICE, "2026-11-23T15:00:00Z", HOUR, "2026-11-23T16:00:00Z"),  # used up at closing: that is when
        (OFFICE, "2026-11-27T15:00:00Z", 2 * HOUR, "2026-11-30T09:00:00Z"),  # over the weekend
        (OFFICE, "2026-11-28T12:00:00Z", HOUR, "2026-11-30T09:00:00Z"),  # begins on a closed day
        (OFFICE, "2026-12-24T15:00:00Z", 2 * HOUR, "2026-12-28T09:00:00Z"),  # over a holiday and the weekend
        (OFFICE, "2026-11-23T09:00:00Z", 40 * HOUR, "2026-11-30T09:00:00Z"),  # a working week
        (LUNCH, "2026-11-23T10:30:00Z", HOUR, "2026-11-23T12:30:00Z"),  # over the break
        (NEVER, "2026-11-28T12:00:00Z", HOUR, "2026-11-28T13:00:00Z"),  # no open day at all: calendar time
        (None, "2026-11-28T12:00:00Z", HOUR, "2026-11-28T13:00:00Z"),
        (ALWAYS, "2026-03-28T12:00:00Z", 24 * HOUR, "2026-03-29T12:00:00Z"),  # an hour shorter by the clock
        (ALWAYS, "2026-10-24T12:00:00Z", 24 * HOUR, "2026-10-25T12:00:00Z"),
        (NIGHT, "2026-03-28T23:00:00Z", 6 * HOUR, "2026-03-29T23:00:00Z"),  # five real hours that night, one the next
        (NIGHT, "2026-10-24T22:00:00Z", 6 * HOUR, "2026-10-25T04:00:00Z"),  # seven real hours: done an hour early
        (OFFICE, "2026-03-27T15:30:00Z", HOUR, "2026-03-30T07:30:00Z"),  # Monday is an hour earlier in UTC
    ],
)
def test_when_it_is_due(hours: BusinessHours | None, start: str, time: int, until: str) -> None:
    assert iso(due(parse_iso(start), time, hours)) == until


def test_hours_that_never_come_again_end_in_calendar_time() -> None:
    far = BusinessHours(BERLIN, (((0, 1),),) * 7)
    assert due(0, 10_000 * MINUTE, far) == 10_000 * MINUTE


@pytest.mark.parametrize(
    ("hours", "now", "morning"),
    [
        (OFFICE, "2026-11-27T12:00:00Z", "2026-11-30T08:00:00Z"),
        (OFFICE, "2026-12-24T12:00:00Z", "2026-12-28T08:00:00Z"),
        (None, "2026-11-26T12:00:00Z", "2026-11-27T08:00:00Z"),
        (None, "2026-11-27T12:00:00Z", "2026-11-30T08:00:00Z"),
        (NEVER, "2026-11-27T12:00:00Z", "2026-11-30T08:00:00Z"),
        (ALWAYS, "2026-11-27T12:00:00Z", "2026-11-28T08:00:00Z"),
        (LUNCH, "2026-11-27T23:30:00Z", "2026-11-29T08:00:00Z"),
    ],
)
def test_the_next_working_morning(hours: BusinessHours | None, now: str, morning: str) -> None:
    assert iso(next_morning(parse_iso(now), BERLIN, hours)) == morning


@pytest.mark.parametrize("text", ["closed", "all day", "9:00-17:00", "9:00-12:00, 13:00-17:30", "22:00-24:00"])
def test_spans_read_back_as_they_are_shown(text: str) -> None:
    assert shown_spans(parse_spans(text)) == text


@pytest.mark.parametrize(
    "text", ["9-17", "17:00-9:00", "9:00-9:00", "9:00-25:00", "9:00-12:00, 11:00-13:00", "8:60-9:00"]
)
def test_spans_that_are_none(text: str) -> None:
    with pytest.raises(ValueError, match=";"):
        parse_spans(text)


def test_hours_survive_the_database() -> None:
    assert from_json(to_json(OFFICE)) == OFFICE
    assert from_json(to_json(None)) is None
