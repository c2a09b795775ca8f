"""Numbers in words, and words as numbers."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cm_console.model.metric_table import BY_ID, METRICS
from cm_console.model.metric_words import change_words, duration_words, read_value, row_words, value_words, window_words
from cm_console.model.metrics import Behind, Fold, Measured, Unit, Window
from cm_console.model.text import Safe


@pytest.mark.parametrize(
    ("value", "unit", "words"),
    [
        (None, Unit.COUNT, "-"), (0, Unit.COUNT, "0"), (1234, Unit.COUNT, "1,234"), (212.4, Unit.COUNT, "212"),
        (4.25, Unit.RATIO, "4.2"), (0.044, Unit.RATIO, "0.044"), (86.0, Unit.PERCENT, "86 %"),
        (21.37, Unit.PERCENT, "21.4 %"), (11400, Unit.SECONDS, "3 h 10 m"),
    ],
)  # fmt: skip
def test_values(value: float | None, unit: Unit, words: str) -> None:
    assert value_words(value, unit) == words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "0 s"), (0.4, "0 s"), (45, "45 s"), (60, "1 m"), (61, "1 m 1 s"),
     (3600, "1 h"), (3659, "1 h"), (3660, "1 h 1 m"),
     (86400 * 2 + 3600 * 4 + 59, "2 d 4 h"), (86400 * 400, "400 d")],
)  # fmt: skip
def test_durations(seconds: float, words: str) -> None:
    assert duration_words(seconds) == words


@given(st.integers(1, 10**8))
def test_what_is_said_can_be_typed(seconds: int) -> None:
    """A goal typed as a duration is shown within one of its smaller units."""
    assert 0 <= seconds - read_value(duration_words(seconds), Unit.SECONDS) < 3600


@pytest.mark.parametrize(
    ("text", "unit", "value"),
    [
        ("90", Unit.PERCENT, 90), ("90 %", Unit.PERCENT, 90), ("12,5", Unit.COUNT, 12.5),
        (" 3 h ", Unit.SECONDS, 10800),
        ("1d 12h", Unit.SECONDS, 129600), ("45 min", Unit.SECONDS, 2700),
    ],
)  # fmt: skip
def test_targets(text: str, unit: Unit, value: float) -> None:
    assert read_value(text, unit) == value


@pytest.mark.parametrize(
    ("text", "unit"),
    [("", Unit.COUNT), ("lots", Unit.COUNT), ("90 %", Unit.COUNT), ("3", Unit.SECONDS), ("3 weeks", Unit.SECONDS),
     ("1 2", Unit.COUNT), ("-5", Unit.COUNT), ("5 x y", Unit.PERCENT)],
)  # fmt: skip
def test_targets_nobody_can_read(text: str, unit: Unit) -> None:
    with pytest.raises(ValueError, match=r"as in|like"):
        read_value(text, unit)


@pytest.mark.parametrize(
    ("id", "value", "previous", "words"),
    [
        ("response.coverage", 86, 82, ("▲ 4", "better")), ("response.median", 60, 120, ("▼ 1 m", "better")),
        ("unanswered", 3, 1, ("▲ 2", "worse")), ("posts_per_thread", 3, 1, ("▲ 2", "")),
        ("posts", 3, 3, ("=", "same")), ("posts", 3, None, ("", "")), ("posts", None, 3, ("", "")),
        ("posts_per_thread", 2.80057, 2.8, ("=", "same")), ("response.median", 57_905, 57_900, ("=", "same")),
    ],
)  # fmt: skip
def test_changes_say_whether_they_are_good(
    id: str, value: float | None, previous: float | None, words: tuple[str, str]
) -> None:
    assert change_words(Measured(BY_ID[id], value, previous, 1)) == words


def test_windows() -> None:
    assert window_words(Window(date(2026, 10, 25), date(2026, 11, 22))) == "28 days to 21 Nov 2026"
    assert window_words(Window(date(2026, 11, 21), date(2026, 11, 22))) == "Sat 21 Nov 2026"


def test_every_row_that_is_not_counted_says_so() -> None:
    """Nothing is told by colour alone."""
    for metric in METRICS:
        yes, no = (
            Behind((0, ""), "thread", 1, Safe(""), Safe(""), "", None, 7200.0, counted, Safe(""), ("thread", 1))
            for counted in (True, False)
        )
        if metric.fold in (Fold.SHARE, Fold.PORTION, Fold.MEDIAN, Fold.P90):
            assert row_words(metric, yes) != row_words(metric, no), metric.id
