"""Bit-sliced counts behave like plain dictionaries of counts."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cm_console.store import bit_counts
from cm_console.store.schema import migrate
from cm_console.store.sqlite import connect

COUNTS = st.dictionaries(st.integers(0, 12), st.integers(1, 40), max_size=8)


@given(st.lists(COUNTS, max_size=7))
def test_total_adds_up(parts: list[dict[int, int]]) -> None:
    expected: Counter[int] = Counter()
    for part in parts:
        expected.update(part)
    total = bit_counts.total([bit_counts.of(part) for part in parts])
    assert bit_counts.counts_of(total, range(13)) == {id: expected[id] for id in range(13)}
    assert bit_counts.weight(total) == expected.total()
    assert set(bit_counts.everyone(total)) == set(expected)


@given(st.lists(COUNTS, max_size=7), st.sampled_from([1, 2, 4, 8, 16, 64]))
def test_threshold_of_a_sum(parts: list[dict[int, int]], level: int) -> None:
    summed: Counter[int] = Counter()
    for part in parts:
        summed.update(part)
    found = bit_counts.at_least([bit_counts.of(part) for part in parts], level)
    assert set(found) == {id for id, count in summed.items() if count >= level}


@given(COUNTS, st.sets(st.integers(0, 12)))
def test_histogram_and_weight(counts: dict[int, int], some: set[int]) -> None:
    from pyroaring import BitMap

    slices = bit_counts.of(counts)
    assert bit_counts.weight_without(slices, BitMap(some)) == sum(n for id, n in counts.items() if id not in some)
    ranked = [(count, sorted(who)) for count, who in bit_counts.ranked(slices)]
    distinct = sorted(set(counts.values()), reverse=True)
    assert ranked == [(count, sorted(id for id in counts if counts[id] == count)) for count in distinct]


@given(COUNTS, st.data())
def test_changes_up_and_down(counts: dict[int, int], data: st.DataObject) -> None:
    deltas = {id: data.draw(st.integers(-counts.get(id, 0), 40)) for id in range(13)}
    slices = bit_counts.changed(bit_counts.of(counts), deltas)
    assert bit_counts.counts_of(slices, range(13)) == {id: counts.get(id, 0) + deltas[id] for id in range(13)}
    assert all(slices[-1:]), "an empty slice at the end would grow the rows of a day for nothing"


def test_count_below_zero_is_an_error() -> None:
    with pytest.raises(ValueError, match="below zero"):
        bit_counts.changed(bit_counts.of({7: 1}), {7: -2})


@given(st.lists(st.dictionaries(st.integers(0, 5), st.integers(-3, 5), max_size=4), max_size=5))
def test_kept_slices_are_read_back(steps: list[dict[int, int]]) -> None:
    """What `keep` writes is what the deltas sum up to; deltas that would go below zero are cut to what is there."""
    from pyroaring import BitMap

    conn = connect(Path(":memory:"))
    migrate(conn)
    expected: Counter[int] = Counter()
    for step in steps:
        deltas = {id: max(delta, -expected[id]) for id, delta in step.items()}
        bit_counts.keep(conn, 1, 20000, deltas)
        expected.update(deltas)
    rows = conn.execute("SELECT kind, ids FROM day_bitmap ORDER BY kind").fetchall()
    conn.close()
    assert [kind for kind, _ in rows] == [
        f"posts{bit:02}" for bit in range(max(expected.values(), default=0).bit_length())
    ]
    slices = [BitMap.deserialize(ids) for _, ids in rows]
    assert bit_counts.counts_of(slices, range(6)) == {id: expected[id] for id in range(6)}
