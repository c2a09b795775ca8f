"""All metrics with their series and tables, as the metrics screen asks for them, at 1,000,000 posts and at 10,000."""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from zoneinfo import ZoneInfo

from benchmarks import worlds
from benchmarks.scale import Scale
from benchmarks.services import desk
from benchmarks.table import Line, compared
from cm_console.config import Home
from cm_console.model.metrics import Window
from cm_console.services.metrics import MetricsService

ANSWERS = 2
"""Posts of a thread beside its first: the community whose dump the tests read has 453 threads for 1,424 posts."""

DAYS = (28, 91)
"""Lengths of the window: what the screen opens with, and a quarter."""

LOOKS = ("shown again", "first look")
"""Nothing is remembered at the first: a screen just opened. It is shown again with every change of anything."""

Cost = tuple[float, float]
"""Milliseconds by the clock and of CPU."""


async def _measure(metrics: MetricsService, days: int) -> Cost:
    wall, cpu = time.perf_counter(), time.process_time()
    figures = await metrics.measure(Window.last(metrics.today, days))
    assert len(figures.metrics) > 30
    return 1000 * (time.perf_counter() - wall), 1000 * (time.process_time() - cpu)


async def _looks(metrics: MetricsService, days: int) -> dict[str, Cost]:
    return {look: await _measure(metrics, days) for look in reversed(LOOKS)}


def _home(posts: int) -> Home:
    return worlds.home(posts // (1 + ANSWERS), ANSWERS)


def run(scale: Scale) -> list[Line]:
    """Measure both sizes in turns."""
    zone, lines = ZoneInfo("UTC"), []
    with desk(_home(scale.little)) as little, desk(_home(scale.large)) as large:
        for days in DAYS:
            took: dict[tuple[str, str], list[Cost]] = defaultdict(list)
            for number in range(scale.rounds + 1):
                for name, place in (("little", little), ("large", large)):
                    for look, cost in asyncio.run(_looks(MetricsService(place, zone), days)).items():
                        took[name, look] += [cost] if number else []
            for look in LOOKS:
                for part, words in enumerate(("by the clock", "CPU")):
                    ours, base = ([cost[part] for cost in took[name, look]] for name in ("large", "little"))
                    what = f"all metrics over {days} days, {look}, {scale.large:,} posts / {scale.little:,}, {words}"
                    lines.append(compared(what, "ms", ours, base, None if part else 1.5))
    return lines
