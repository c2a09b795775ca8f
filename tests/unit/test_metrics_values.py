"""Each number equals its definition counted naively, over communities made by chance in zones whose clocks change."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from cm_console.model.metric_table import METRICS
from cm_console.model.metrics import Figures, Window
from cm_console.store import Store
from cm_console.store.metrics import Ask, measure
from tests.unit.metrics_naive import Naive, values
from tests.unit.metrics_world import LAST, World, build

SEEDS = st.integers(0, 2**32)
LENGTHS = st.sampled_from((1, 7, 28, 30, 91))


@settings(max_examples=60, deadline=None, derandomize=True)
@given(seed=SEEDS, length=LENGTHS, back=st.sampled_from((-1, 0, 1, 9, 40)))
@example(seed=1, length=28, back=0)
def test_each_value_is_what_the_definition_says(seed: int, length: int, back: int) -> None:
    """All metrics over members, threads, posts and activity, for the window and the one before."""
    with TemporaryDirectory() as folder:
        world, store = build(seed, Path(folder) / "c.db")
        window = Window.last(LAST - timedelta(days=back), length)
        figures = asyncio.run(_measured(store, world, window))
        store.close()
    expected = values(Naive(world, window.start, window.end))
    measured = {one.metric.id: one.value for one in figures.metrics if one.metric.id in expected}
    assert measured == pytest.approx(expected, nan_ok=False)
    before = Naive(world, window.previous.start, window.previous.end)
    history = before.history()
    for id, value in values(before).items():
        one = next(one for one in figures.metrics if one.metric.id == id)
        if id.startswith("members.") or (history and history <= window.previous.start):
            assert one.previous == (None if value is None else pytest.approx(value)), id
        else:
            assert one.previous is None, id


async def _measured(store: Store, world: World, window: Window) -> Figures:
    ask = Ask(window, world.zone, world.now)
    return await store.read(lambda conn: measure(conn, ask, METRICS))
