"""Waits in sorted pieces give the times that all of them in one row give, whoever drops out when."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cm_console.model.survival import MEDIAN, P90, time_until
from cm_console.store import metrics_waits
from cm_console.store.metrics_waits import Memo, Pool
from cm_console.store.starts import ARRAYS, Kept, kept
from cm_console.store.waits import Start, Until

LENGTH = 12
"""Of a day, so short that everything happens at the same instants."""
DAYS = 6
Pairs = list[tuple[int, int | None]]

pairs = st.lists(
    st.tuples(
        st.integers(0, LENGTH * DAYS - 1), st.none() | st.integers(-3, LENGTH) | st.integers(0, LENGTH * DAYS * 2)
    ).map(lambda pair: (pair[0], None if pair[1] is None else pair[0] + pair[1])),
    max_size=60,
)


def day(at: int) -> int:
    """Which day an instant is in."""
    return at // LENGTH


def start_of(number: int, found: Pairs, id: int | None) -> Start:
    """A day as it is read."""
    one: Kept = kept(found, day)
    arrays = dict(zip(ARRAYS, one[3:], strict=True))
    return Start(id, number * LENGTH, (number + 1) * LENGTH, one.n, one.in_week, one.ends, arrays.__getitem__)


def pool_of(found: Pairs, until: Until, pieces: list[int]) -> Pool:
    """A pool over days, whose waits are read in pieces of so many days."""
    days = [[pair for pair in found if day(pair[0]) == number] for number in range(DAYS)]
    starts = [start_of(number, own, None) for number, own in enumerate(days) if own]
    cuts = sorted({0, DAYS, *pieces})
    arrays = [
        sorted(max(0, at - began) for own in days[first:end] for began, at in own if at is not None)
        for first, end in pairwise(cuts)
    ]
    return Pool(starts, until, lambda: arrays, {})


@settings(max_examples=600)
@given(
    found=pairs,
    later=st.integers(0, LENGTH * 3),
    pieces=st.lists(st.integers(1, DAYS - 1), max_size=3),
    chunk=st.sampled_from([1, 2, 32]),
    dear=st.sampled_from([0, 8, 1000]),
    shares=st.permutations([MEDIAN, P90]),
)
def test_a_pool_tells_the_times_of_all_its_waits(
    found: Pairs, later: int, pieces: list[int], chunk: int, dear: int, shares: list[tuple[int, int]]
) -> None:
    at = LENGTH * DAYS + later
    until = Until(at, day(at), at % LENGTH == 0)
    ended = sorted(max(0, end - began) for began, end in found if end is not None and end < at)
    waiting = sorted(at - began for began, end in found if end is None or end >= at)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(metrics_waits, "CHUNK", chunk)
        patch.setattr(metrics_waits, "DEAR", dear)
        pool = pool_of(found, until, pieces)
        assert (pool.n, pool.waiting) == (len(found), len(waiting))
        assert {share: pool.time(share) for share in shares} == {
            share: time_until(share, ended, waiting) for share in shares
        }
    assert pool.oldest() == (at - waiting[-1] if waiting else None)


def test_what_is_remembered_is_of_exactly_these_days() -> None:
    """Another day, another instant or a day made from rows: nothing is known."""
    memo, until = Memo(), Until(100, 8, False)
    one, other, unkept = (start_of(0, [(1, 5)], id) for id in (7, 8, None))
    memo.answers(until, [one])[MEDIAN] = 4
    assert memo.answers(until, [one]) == {MEDIAN: 4}
    assert memo.answers(until, [one, other]) == memo.answers(until, [other]) == {}
    assert memo.answers(Until(101, 8, False), [one]) == {}
    memo.answers(until, [unkept])[MEDIAN] = 4
    assert memo.answers(until, [unkept]) == {}
    for number in range(metrics_waits.MEMO + 10):
        memo.answers(until, [start_of(0, [], number + 100)])
    assert memo.answers(until, [one]) == {}, "what is remembered has an end"
