"""Wall-clock time: what people type, the nights the clocks change, and moving by days across them."""

from __future__ import annotations

from datetime import date, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cm_console.model.time import HOUR, Instant, moment, parse_iso
from cm_console.model.wall import at_wall, parse_clock, parse_day, say, shift, twice

BERLIN = ZoneInfo("Europe/Berlin")
LORD_HOWE = ZoneInfo("Australia/Lord_Howe")
TODAY = date(2026, 11, 22)


def test_a_time_that_does_not_exist_is_told_in_words() -> None:
    with pytest.raises(ValueError, match=r"02:30 does not exist on Sun 29 Mar 2026: the clocks go forward to 03:30"):
        at_wall(date(2026, 3, 29), time(2, 30), BERLIN)


def test_a_time_that_comes_twice_means_the_first_and_warns() -> None:
    at = at_wall(date(2026, 10, 25), time(2, 30), BERLIN)
    assert at == parse_iso("2026-10-25T00:30:00Z")
    assert twice(at, BERLIN) == "02:30 comes twice on Sun 25 Oct 2026, the clocks go back: the first one is meant"
    assert "the second one is meant" in twice(Instant(at + HOUR), BERLIN)
    assert twice(Instant(at + 2 * HOUR), BERLIN) == ""


def test_half_hour_changes_are_known_too() -> None:
    with pytest.raises(ValueError, match=r"02:15 does not exist .* forward to 02:45"):
        at_wall(date(2026, 10, 4), time(2, 15), LORD_HOWE)


def test_moving_a_day_keeps_the_time_of_day_over_a_change_of_the_clocks() -> None:
    saturday = at_wall(date(2026, 3, 28), time(10, 0), BERLIN)
    sunday = shift(saturday, timedelta(days=1), BERLIN)
    assert sunday == at_wall(date(2026, 3, 29), time(10, 0), BERLIN)
    assert sunday - saturday == 23 * HOUR


def test_moving_onto_a_time_that_does_not_exist_goes_as_much_later() -> None:
    saturday = at_wall(date(2026, 3, 28), time(2, 30), BERLIN)
    assert say(shift(saturday, timedelta(days=1), BERLIN), BERLIN) == "Sun 29 Mar 2026 03:30"


@given(
    st.integers(parse_iso("2024-01-01T00:00Z") // 60_000, parse_iso("2030-01-01T00:00Z") // 60_000),
    st.integers(-40, 40),
    st.sampled_from([BERLIN, LORD_HOWE, ZoneInfo("America/St_Johns"), ZoneInfo("UTC")]),
)
def test_shifting_by_days_shows_the_same_clock_unless_it_does_not_exist(
    minutes: int, days: int, zone: ZoneInfo
) -> None:
    at = Instant(minutes * 60_000)
    before, after = moment(at, zone), moment(shift(at, timedelta(days=days), zone), zone)
    wanted = before.date() + timedelta(days=days)
    if after.time() == before.time():
        assert after.date() == wanted
    else:
        with pytest.raises(ValueError, match="does not exist"):
            at_wall(wanted, before.time(), zone)


@pytest.mark.parametrize(
    ("text", "clock"),
    [
        ("10:00", time(10)),
        ("9.30", time(9, 30)),
        ("18", time(18)),
        ("6pm", time(18)),
        ("12 am", time(0)),
        ("12:15pm", time(12, 15)),
        (" 07h05 ", time(7, 5)),
        ("0730", time(7, 30)),
    ],
)
def test_times_of_day_as_people_type_them(text: str, clock: time) -> None:
    assert parse_clock(text) == clock


@pytest.mark.parametrize("text", ["", "25:00", "10:60", "13pm", "0am", "noon", "10:00:00", "１０:00x"])
def test_what_is_no_time_of_day_is_told_with_an_example(text: str) -> None:
    with pytest.raises(ValueError, match=r"is no time of day: write it like 10:00 or 18:30"):
        parse_clock(text)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2026-11-26", date(2026, 11, 26)),
        ("26 Nov", date(2026, 11, 26)),
        ("26. november 2027", date(2027, 11, 26)),
        ("26.11.", date(2026, 11, 26)),
        ("3.1.2027", date(2027, 1, 3)),
        ("21 Nov", date(2027, 11, 21)),
        ("22 nov", TODAY),
        ("today", TODAY),
        ("Tomorrow", date(2026, 11, 23)),
        ("thu", date(2026, 11, 26)),
        ("Sunday", date(2026, 11, 29)),
        ("+3", date(2026, 11, 25)),
    ],
)
def test_days_as_people_type_them(text: str, day: date) -> None:
    assert parse_day(text, TODAY) == day


@pytest.mark.parametrize("text", ["", "soon", "2026-02-30", "31 feb", "30.2.", "26", "th", "32 nov", "1 xyz", "29 feb"])
def test_what_is_no_day_is_told_with_an_example(text: str) -> None:
    with pytest.raises(ValueError, match=r"is no day: write it like 2026-11-22, 26 Nov, tomorrow or thu"):
        parse_day(text, TODAY)
