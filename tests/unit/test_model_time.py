"""Instants are whole milliseconds; days belong to a zone; ages fit into a list."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cm_console.model.time import (
    DAY,
    HOUR,
    MINUTE,
    SECOND,
    SystemClock,
    day_of,
    instant,
    iso,
    midnight,
    moment,
    parse_iso,
    short_age,
)

BERLIN, KATHMANDU, HONOLULU = ZoneInfo("Europe/Berlin"), ZoneInfo("Asia/Kathmandu"), ZoneInfo("Pacific/Honolulu")
ZONES = st.sampled_from([BERLIN, KATHMANDU, HONOLULU, ZoneInfo("UTC"), ZoneInfo("America/St_Johns")])
TIMES = st.integers(-2_000_000_000_000, 4_000_000_000_000)


@given(TIMES, ZONES)
def test_an_instant_survives_the_way_through_any_zone(at: int, zone: ZoneInfo) -> None:
    """To the millisecond, before 1970 too."""
    assert instant(moment(at, zone)) == at


def test_a_time_without_a_zone_is_refused() -> None:
    """Nobody knows when that is."""
    with pytest.raises(ValueError, match="no time zone"):
        instant(datetime(2026, 11, 22))  # noqa: DTZ001  the point of the test


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1970-01-01T00:00:00Z", 0),
        ("1970-01-01T00:00:00.001", 1),
        ("1970-01-01", 0),
        ("1970-01-01T02:00:00+02:00", 0),
        ("1969-12-31T23:59:59.999Z", -1),
        ("2009-08-25T18:00:00.737", 1_251_223_200_737),
    ],
)
def test_iso_times_are_read(text: str, expected: int) -> None:
    """Without an offset they are UTC."""
    assert parse_iso(text) == expected


@pytest.mark.parametrize("text", ["", "soon", "2026-13-01", "22.11.2026"])
def test_what_is_no_time_is_a_value_error(text: str) -> None:
    """Words are left to the caller."""
    with pytest.raises(ValueError, match=r"."):
        parse_iso(text)


@given(TIMES)
def test_iso_is_utc_to_the_second(at: int) -> None:
    """And reads back as the second it is in."""
    text = iso(at)
    assert text is not None and text.endswith("Z") and parse_iso(text) == at // SECOND * SECOND


def test_no_time_is_no_text() -> None:
    """For `--json`: null."""
    assert iso(None) is None


@given(st.dates(date(1980, 1, 1), date(2037, 12, 30)), ZONES)
def test_a_day_begins_at_its_midnight(day: date, zone: ZoneInfo) -> None:
    """One millisecond earlier it is the day before; a day has 23 to 25 hours."""
    begins = midnight(day, zone)
    assert day_of(begins, zone) == day and day_of(begins - 1, zone) == day - timedelta(days=1)
    assert 23 * HOUR <= midnight(day + timedelta(days=1), zone) - begins <= 25 * HOUR


def test_days_differ_between_zones_and_clocks_change() -> None:
    """The same instant is Sunday here and Monday there; Berlin has a day of 23 hours in March."""
    at = parse_iso("2026-11-22T20:00:00Z")
    assert day_of(at, BERLIN) == date(2026, 11, 22) and day_of(at, KATHMANDU) == date(2026, 11, 23)
    assert midnight(date(2026, 3, 30), BERLIN) - midnight(date(2026, 3, 29), BERLIN) == 23 * HOUR
    assert midnight(date(2026, 11, 22), BERLIN) == parse_iso("2026-11-21T23:00:00Z")


@pytest.mark.parametrize(
    ("milliseconds", "text"),
    [
        (0, "0s"), (59_999, "59s"), (MINUTE, "1m"), (38 * MINUTE, "38m"), (HOUR - 1, "59m"), (HOUR, "1h"),
        (DAY - 1, "23h"), (DAY, "1d"), (13 * DAY, "13d"), (14 * DAY, "2w"), (729 * DAY, "104w"), (730 * DAY, "2y"),
        (-5 * HOUR, "5h"),
    ],
)  # fmt: skip
def test_ages_are_short(milliseconds: int, text: str) -> None:
    """One unit, rounded down; the sign is told by the words around it."""
    assert short_age(milliseconds) == text


@given(TIMES)
def test_ages_fit_into_a_column(milliseconds: int) -> None:
    """Four characters, always."""
    assert len(short_age(milliseconds)) <= 4


async def test_the_machine_has_a_clock() -> None:
    """In milliseconds; waiting for nothing is possible."""
    clock = SystemClock()
    before = clock.now()
    await clock.sleep(0)
    assert before <= clock.now() and abs(moment(before, BERLIN) - datetime.now(UTC)) < timedelta(minutes=1)
    assert instant(datetime(1970, 1, 1, 1, tzinfo=timezone(timedelta(hours=1)))) == 0
