"""Definitions, windows, survival, goals and the JSON shape, without a store."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from datetime import date, timedelta
from fractions import Fraction
from random import Random

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from cm_console.model.goals import Goal, Standing, progress
from cm_console.model.metric_table import BY_ID, IDS, METRICS, chosen
from cm_console.model.metrics import Figures, Good, Measured, SourceState, Table, UnknownMetric, Window, as_json
from cm_console.model.survival import MEDIAN, P90, absence_factor, histogram, time_until, top_of
from cm_console.model.text import Safe
from cm_console.model.time import Instant

H = 3600


def test_checked_vectors() -> None:
    """The vectors of the definition: metrics.md."""
    assert absence_factor([1000, 202, 90, 33, 332, 343, 42, 433]) == 2
    assert time_until(MEDIAN, [H, 2 * H, 3 * H], [10 * H, 10 * H]) == 3 * H
    assert time_until(P90, [H, 2 * H, 3 * H], [10 * H, 10 * H]) is None
    assert time_until(MEDIAN, [H, 2 * H, 3 * H], [10 * H] * 3) == 3 * H, "one more unanswered never makes it better"
    assert time_until(MEDIAN, [H, 2 * H, 3 * H], [10 * H] * 4) is None


WAITS = st.lists(st.integers(0, 12), max_size=14).map(sorted)


@given(WAITS, WAITS, st.sampled_from((MEDIAN, P90, (1, 3))))
@example([1] * 5, [0] * 5, MEDIAN)
def test_survival_is_kaplan_meier(ended: list[int], waiting: list[int], share: tuple[int, int]) -> None:
    assert time_until(share, ended, waiting) == _kaplan_meier(Fraction(*share), ended, waiting)


@given(WAITS, WAITS, st.integers(0, 12))
def test_one_more_unanswered_thread_never_improves_the_median(ended: list[int], waiting: list[int], more: int) -> None:
    """As long as it has waited longer than the median, as a thread that nobody answers will."""
    before = time_until(MEDIAN, ended, waiting)
    if before is not None and more >= before:
        after = time_until(MEDIAN, ended, sorted([*waiting, more]))
        assert after is None or after >= before


@given(st.integers(0, 2**32), st.integers(0, 1500), st.integers(0, 1500), st.sampled_from((MEDIAN, P90)))
def test_survival_of_many(seed: int, ended: int, waiting: int, share: tuple[int, int]) -> None:
    """Long lists take the short cuts: runs of ends, and floats."""
    random = Random(seed)
    scale = random.choice((50, 10**6))
    ends = sorted(random.randrange(scale) for _ in range(ended))
    waits = sorted(random.randrange(scale) for _ in range(waiting))
    assert time_until(share, ends, waits) == _kaplan_meier_sorted(Fraction(*share), ends, waits)


def _kaplan_meier_sorted(share: Fraction, ended: Sequence[int], waiting: Sequence[int]) -> int | None:
    """The same as below, one step for each end and whole numbers, for lists too long for that."""
    up = down = 1
    for place, time in enumerate(ended):
        at_risk = len(ended) - place + len(waiting) - bisect_left(waiting, time)
        up, down = up * (at_risk - 1), down * at_risk
        if up * share.denominator <= share.numerator * down:
            return time
    return None


def _kaplan_meier(share: Fraction, ended: Sequence[int], waiting: Sequence[int]) -> int | None:
    left = Fraction(1)
    for time in sorted(set(ended)):
        at_risk = sum(1 for wait in (*ended, *waiting) if wait >= time)
        left *= 1 - Fraction(ended.count(time), at_risk)
        if left <= share:
            return time
    return None


def test_survival_decides_ties_exactly() -> None:
    """S is exactly 1/10 after long products that floats cannot tell from 0.1."""
    ended, waiting = list(range(1, 2000, 2)), list(range(2, 1800, 2))
    assert time_until(P90, ended, waiting) == _kaplan_meier(Fraction(1, 10), ended, waiting)
    assert time_until(MEDIAN, [1, 1, 1, 3, 3, 9, 9, 9, 9], [2, 2, 2]) == 3, "3/4 * 4/6"


def test_top_of_takes_part_of_a_level() -> None:
    counts = histogram([5, 3, 3, 3, 1])
    assert (counts, top_of(counts, 2), top_of(counts, 99)) == ([(5, 1), (3, 3), (1, 1)], 8, 15)
    assert absence_factor([]) is None


def test_window() -> None:
    window = Window.last(date(2026, 11, 22))
    assert (window.start, window.end, window.days) == (date(2026, 10, 25), date(2026, 11, 22), 28)
    assert window.previous == Window(date(2026, 9, 27), date(2026, 10, 25))
    assert window.moved(1) == Window(date(2026, 11, 22), date(2026, 12, 20))
    assert window.resized(7) == Window(date(2026, 11, 15), date(2026, 11, 22))
    with pytest.raises(ValueError, match="must be after its start"):
        Window(date(2026, 11, 22), date(2026, 11, 22))


def test_unknown_ids_name_the_known_ones() -> None:
    with pytest.raises(UnknownMetric, match="unknown metric wat, posst; known: posts, threads, contributors"):
        chosen(["posts", "wat", "posst"])
    assert chosen(None) == METRICS
    assert [metric.id for metric in chosen(["unanswered", "posts", "unanswered"])] == ["unanswered", "posts"]
    assert len(set(IDS)) == len(METRICS)


@pytest.mark.parametrize(
    ("id", "value", "previous", "better"),
    [("posts", 2, 1, True), ("posts", 1, 2, False), ("unanswered", 1, 2, True), ("unanswered", 2, 1, False),
     ("posts", 1, 1, None), ("posts", None, 1, None), ("posts", 1, None, None), ("posts_per_thread", 2, 1, None)],
)  # fmt: skip
def test_better_follows_the_good_direction(
    id: str, value: float | None, previous: float | None, better: bool | None
) -> None:
    assert Measured(BY_ID[id], value, previous, 1).better is better


SET_ON = date(2026, 11, 1)


@pytest.mark.parametrize(
    ("metric", "start", "target", "value", "day", "standing"),
    [
        ("response.coverage", 80, 90, 85, 5, Standing.ON_TRACK),
        ("response.coverage", 80, 90, 85.4, 5, Standing.ON_TRACK),
        ("response.coverage", 80, 90, 84, 5, Standing.BEHIND),
        ("response.coverage", 80, 90, 87, 5, Standing.AHEAD),
        ("response.coverage", 80, 90, 90, 5, Standing.MET),
        ("response.coverage", 80, 90, 90, 30, Standing.MET),
        ("response.coverage", 80, 90, 89, 10, Standing.BEHIND),
        ("response.coverage", 80, 90, 89, 11, Standing.MISSED),
        ("response.coverage", 80, 90, None, 5, Standing.UNKNOWN),
        ("response.coverage", None, 90, 85, 5, Standing.UNKNOWN),
        ("response.coverage", None, 90, 91, 5, Standing.MET),
        ("response.median", 7200, 3600, 5400, 5, Standing.ON_TRACK),
        ("response.median", 7200, 3600, 7200, 5, Standing.BEHIND),
        ("response.median", 7200, 3600, 4000, 5, Standing.AHEAD),
        ("response.median", 7200, 3600, 3600, 5, Standing.MET),
        ("posts_per_thread", 6, 4, 3, 5, Standing.MET),
    ],
)
def test_goal_standing(
    metric: str, start: float | None, target: float, value: float | None, day: int, standing: Standing
) -> None:
    """A ten-day goal, looked at on a day."""
    goal = Goal("g", metric, target, SET_ON + timedelta(days=10), Safe("why"), Instant(0), SET_ON, start)
    assert progress(goal, value, SET_ON + timedelta(days=day)).standing is standing


def test_goal_shares() -> None:
    goal = Goal("g", "response.median", 3600, SET_ON + timedelta(days=10), Safe("why"), Instant(0), SET_ON, 7200.0)
    half_way = progress(goal, 6300, SET_ON + timedelta(days=5))
    assert (half_way.share, half_way.expected_share, half_way.expected) == (0.25, 0.5, 5400)


def test_json_shape() -> None:
    """As `cm-console metrics --json` gives it: metrics.md."""
    window = Window(date(2026, 10, 25), date(2026, 11, 22))
    figures = Figures(
        window,
        "UTC",
        (SourceState("forum", Instant(1_790_000_000_000)), SourceState("chat", None, {"threads": "token expired"})),
        (
            Measured(BY_ID["response.median"], 11400.0, 13800.5, 57),
            Measured(BY_ID["stickiness"], None, 1 / 3, 0, "nobody"),
        ),
        {"active.daily": ((date(2026, 10, 25), 201),)},
        {"retention": Table(("month", "members", "0"), (("2026-06", 3, 100.0), ("2026-07", 3, 200 / 3)))},
    )
    assert as_json(figures) == {
        "from": "2026-10-25",
        "to": "2026-11-22",
        "timezone": "UTC",
        "sources": [
            {"name": "forum", "synced_at": "2026-09-21T14:13:20Z", "problems": {}},
            {"name": "chat", "synced_at": None, "problems": {"threads": "token expired"}},
        ],
        "metrics": [
            {
                "id": "response.median", "value": 11400, "unit": "s", "n": 57, "previous": 13800.5, "good": "down",
                "note": None,
            },
            {
                "id": "stickiness", "value": None, "unit": "%", "n": 0, "previous": 0.3333, "good": "up",
                "note": "nobody",
            },
        ],
        "series": {"active.daily": [["2026-10-25", 201]]},
        "tables": {
            "retention": {"columns": ["month", "members", "0"], "rows": [["2026-06", 3, 100], ["2026-07", 3, 66.6667]]}
        },
    }  # fmt: skip


def test_every_definition_says_what_it_needs_to() -> None:
    for metric in METRICS:
        assert metric.title and metric.definition.endswith(".") and metric.origin, metric.id
        assert metric.good is Good.NONE or metric.good in (Good.UP, Good.DOWN)
