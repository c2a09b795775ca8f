"""The rows behind a number add up to it, and pages neither repeat nor miss one, whichever way they are read."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from itertools import count
from pathlib import Path

import pytest

from cm_console.model.metric_table import IDS, METRICS
from cm_console.model.metrics import Behind, Figures, Fold, Metric, Window
from cm_console.model.survival import MEDIAN, P90, time_until
from cm_console.services.changes import Changes
from cm_console.services.desk import Desk
from cm_console.services.metrics import BehindRows, MetricsService
from cm_console.store import Store
from cm_console.store.metrics_registry import CALCULATIONS, SERIES, TABLES
from cm_console.testing.clock import FakeClock
from tests.unit.metrics_world import LAST, World, build

Rows = dict[str, list[Behind]]
WINDOWS = (Window.last(LAST, 28), Window.last(LAST, 91), Window.last(LAST + timedelta(days=1), 7))


def service_over(world: World, store: Store) -> MetricsService:
    """The service over a world's store, at the world's time."""
    ids = count()
    return MetricsService(Desk(store, FakeClock(world.now), lambda: f"id{next(ids)}", Changes(), "me"), world.zone)


@pytest.mark.parametrize("seed", range(10))
def test_rows_add_up_to_the_number(seed: int, tmp_path: Path) -> None:
    world, store = build(seed, tmp_path / "c.db")
    for window in WINDOWS:
        figures, rows = asyncio.run(_read(service_over(world, store), window))
        posts = next(one.value for one in figures.metrics if one.metric.id == "posts") or 0
        days = len(dict(figures.series["active.daily"]))
        for one in figures.metrics:
            added = add_up(one.metric, rows[one.metric.id], days, posts)
            if one.value is None:
                assert not added, (window, one)
            else:
                assert one.value == pytest.approx(added), (window, one)
    store.close()


def add_up(metric: Metric, rows: Sequence[Behind], days: int, posts: float) -> float | None:
    """The number again, from the rows behind it alone, as Fold says."""
    counted = [row.value for row in rows if row.counted]
    every = sum(row.value for row in rows)
    match metric.fold:
        case Fold.SUM:
            return sum(counted)
        case Fold.SHARE:
            return 100 * len(counted) / len(rows) if rows else None
        case Fold.PORTION:
            return 100 * sum(counted) / every if rows else None
        case Fold.MEAN:
            return every / len(rows) if rows else None
        case Fold.PER_DAY:
            return every / days if days else None
        case Fold.OLDEST:
            return max((row.value for row in rows), default=None)
        case Fold.PER_THOUSAND:
            return 1000 * len(rows) / posts if posts else None
    ended = sorted(round(row.value * 1000) for row in rows if row.counted)
    waiting = sorted(round(row.value * 1000) for row in rows if not row.counted)
    time = time_until(MEDIAN if metric.fold is Fold.MEDIAN else P90, ended, waiting)
    return None if time is None else time / 1000


async def _read(service: MetricsService, window: Window) -> tuple[Figures, Rows]:
    figures = await service.measure(window)
    return figures, {metric.id: await _every(await service.rows(metric.id, window)) for metric in METRICS}


async def _every(rows: BehindRows) -> list[Behind]:
    """All rows, read forwards in small pages and checked against the same read backwards, by place and by id."""
    forwards: list[Behind] = []
    while page := await rows.after(forwards[-1].key if forwards else None, 7):
        forwards += page
    backwards: list[Behind] = []
    while page := await rows.before(backwards[0].key if backwards else None, 7):
        backwards = [*page, *backwards]
    assert forwards == backwards
    assert [row.key for row in forwards] == sorted({row.key for row in forwards})
    assert await rows.total() == len(forwards)
    for place, row in enumerate(forwards[:3]):
        assert await rows.find(row.id) == row
        assert await rows.position(row.key) in (place, None)
    assert await rows.find("no such row") is None
    return forwards


def test_every_id_has_a_definition_a_calculation_and_rows() -> None:
    assert tuple(CALCULATIONS) == IDS
    assert {*SERIES, *TABLES} <= set(IDS)
