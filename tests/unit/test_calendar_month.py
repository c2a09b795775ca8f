"""The month grid's arithmetic, and what fits into a day."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cm_console.widgets.month import Mark, MonthGrid, add_months, first_day, last_day, weeks_of

DAYS = st.dates(date(1990, 1, 1), date(2090, 1, 1))


@given(DAYS)
def test_a_grid_is_whole_weeks_from_monday_that_just_hold_the_month(day: date) -> None:
    first, last = first_day(day), last_day(day)
    assert (first.weekday(), last.weekday()) == (0, 6)
    assert (last - first).days + 1 == 7 * weeks_of(day)
    month = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    assert sum(each.month == day.month and each.year == day.year for each in month[:7]) > 0
    assert sum(each.month == day.month and each.year == day.year for each in month[-7:]) > 0
    assert day in month


@given(DAYS, st.integers(-30, 30))
def test_so_many_months_on_is_the_same_day_or_the_last_one(day: date, by: int) -> None:
    there = add_months(day, by)
    assert (there.year * 12 + there.month) - (day.year * 12 + day.month) == by
    assert there.day == day.day or ((there + timedelta(days=1)).day == 1 and there.day < day.day)


@pytest.mark.parametrize(("month", "weeks"), [(date(2027, 2, 1), 4), (date(2026, 11, 5), 6), (date(2026, 12, 31), 5)])
def test_weeks_of_a_month(month: date, weeks: int) -> None:
    assert weeks_of(month) == weeks


def cell(titles: list[str], width: int, height: int, *, today: bool = False, outside: bool = False) -> list[str]:
    grid = MonthGrid(date(2026, 11, 26))
    day = date(2026, 12, 1) if outside else date(2026, 11, 26)
    marks = {day: [Mark("○", "dim", title) for title in titles]}
    grid.show(date(2026, 11, 20), day if today else date(2026, 1, 1), marks)
    return ["".join(text for text, _ in line).rstrip() for line in grid._cell(day, width, height)]


def test_titles_are_wrapped_as_far_as_there_is_room() -> None:
    assert cell(["Winter tips for all"], 10, 5) == ["26", "○ Winter", "  tips for", "  all"]
    assert cell(["Winter tips for all", "Meetup"], 10, 4) == ["26", "○ Winter", "  tips fo…", "○ Meetup"]


def test_a_word_that_is_too_long_is_cut_not_broken() -> None:
    assert cell(["Neighbourhood ride"], 9, 5) == ["26", "○ Neighb…", "  ride"]


def test_what_does_not_fit_is_counted() -> None:
    assert cell(["A", "B", "C", "D"], 10, 4) == ["26", "○ A", "○ B", "+2 more"]
    assert cell(["A", "B", "C"], 10, 4) == ["26", "○ A", "○ B", "○ C"]


def test_with_two_lines_glyphs_stand_beside_the_number() -> None:
    assert cell(["Winter tips", "B"], 10, 2) == ["26 ○○", "Winter ti…"]
    assert cell([], 10, 2) == ["26", ""]


def test_narrow_days_show_glyphs_alone() -> None:
    assert cell(["Winter tips", "B"], 4, 2)[0] == "26 ○"
    assert cell(["Winter tips", "B"], 3, 5)[0] == "26○"


def test_today_is_told_in_words_or_brackets() -> None:
    assert cell([], 10, 5, today=True)[0] == "26 today"
    assert cell([], 7, 5, today=True)[0] == "[26]"
    assert cell([], 10, 2, today=True)[0] == "[26]"
    assert cell([], 10, 5, outside=True)[0] == " 1 Dec"


def test_a_title_is_only_ever_text() -> None:
    assert cell(["[red]\x1b[2J\nx"], 14, 5)[1] == "○ [red]␛[2J x"
