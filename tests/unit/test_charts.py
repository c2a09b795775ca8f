"""Charts: heights and lengths that say what the numbers say, and the same in words."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from cm_console.model.metrics import Table, Unit
from cm_console.model.text import Safe
from cm_console.widgets.charts import (
    EIGHTHS,
    columns,
    goal_bar,
    goal_bar_words,
    heat_lines,
    series_words,
    sparkline,
    squeezed,
    table_lines,
)  # fmt: skip
from cm_console.widgets.lines import Line

VALUES = st.lists(st.one_of(st.none(), st.floats(0, 1e6)), max_size=80)


def text(lines: list[Line]) -> list[str]:
    """Lines without their tones."""
    return ["".join(span for span, _ in line) for line in lines]


@pytest.mark.parametrize(
    ("values", "width", "line"),
    [
        ([0, 1, 2, 3, 4, 5, 6, 7], 8, "▁▂▃▄▅▆▇█"),
        ([7, None, 0], 8, "█·▁"),
        ([1, 1, 3, 3], 2, "▃█"),
        ([None, None, 4, None], 2, "·█"),
        ([0, 0], 5, "▁▁"),
        ([], 5, ""),
    ],
)
def test_sparkline(values: list[float | None], width: int, line: str) -> None:
    assert sparkline(values, width) == line


@given(VALUES, st.integers(1, 40))
def test_sparkline_never_overflows_and_its_top_is_the_highest(values: list[float | None], width: int) -> None:
    line = sparkline(values, width)
    assert len(line) == min(len(values), width)
    if any(squeezed(values, width)):
        assert EIGHTHS[-1] in line


def test_columns_stand_on_the_ground_and_reach_the_top() -> None:
    assert columns([0, 1, 2, 4], 4, 2) == ["   █", "▁▄██"]
    assert columns([1, None], 20, 1) == ["███···"]


@given(VALUES, st.integers(1, 60), st.integers(1, 6))
def test_columns_fit(values: list[float | None], width: int, height: int) -> None:
    lines = columns(values, width, height)
    assert len(lines) == height
    assert len({len(line) for line in lines}) == 1 and len(lines[0]) <= max(width, 1)


def test_series_in_words() -> None:
    series = tuple((date(2026, 11, 1) + timedelta(days=at), value) for at, value in enumerate((3, None, 20, 7)))
    assert series_words(series, Unit.COUNT) == "low 3 on Sun 1 Nov · high 20 on Tue 3 Nov · last 7 on Wed 4 Nov"
    assert series_words(((date(2026, 11, 1), None),), Unit.SECONDS) == "no values"


def test_goal_bar_marks_where_it_should_be() -> None:
    assert text([goal_bar(0.5, 0.25, 9)]) == ["██┃█▌░░░░"]
    assert text([goal_bar(0.0, 1.0, 4)]) == ["░░░┃"]
    assert text([goal_bar(1.0, None, 4)]) == ["████"]
    assert goal_bar_words(0.25, 0.5) == "25 % of the way, 50 % of the time"
    assert goal_bar_words(0.25, None) == "25 % of the way"


GRID = Table(
    ("month", "members", "0", "1", "2"), (("2026-06", 1234, 100.0, 41.4, 7.0), ("2026-07", 3, 100.0, 33.3, None))
)


def test_heat_says_the_number_in_each_cell() -> None:
    assert text(heat_lines(GRID, 40)) == [
        "month    members   0   1   2",
        "2026-06    1,234 100  41   7",
        "2026-07        3 100  33",
    ]
    assert [tone for _, tone in heat_lines(GRID, 40)[1][2:]] == ["good", "", "dim"]
    assert text(heat_lines(GRID, 20))[1] == "2026-06    1,234 100", "only what fits"


def test_table_with_hostile_name_stays_in_its_lines() -> None:
    table = Table(
        ("reporter", "agreed", "judged", "%"), ((Safe("ev\x1b[31mil\nname 漢字"), 3, 4, 75.0), ("ann", 1, 4, None))
    )
    lines = text(table_lines(table, 70))
    assert len(lines) == 3 and all("\x1b" not in line and "\n" not in line for line in lines)
    assert all(cell_len(line) <= 70 for line in lines)
    assert lines[2].split() == ["ann", "1", "4", "-", "█████▋"]
