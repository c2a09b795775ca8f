"""The metrics screen at 1,000,000 posts and at 10,000: a key to its numbers in a terminal, and all numbers at once."""

from __future__ import annotations

import asyncio
import re
import time
from collections import defaultdict
from zoneinfo import ZoneInfo

from benchmarks import worlds
from benchmarks.opening import console
from benchmarks.scale import Scale
from benchmarks.services import desk
from benchmarks.table import Line, compared
from benchmarks.terminal import COLUMNS, Effort, Terminal
from cm_console.config import Home
from cm_console.model.metrics import Window
from cm_console.services.metrics import MetricsService

ANSWERS = 2
"""Posts of a thread beside its first: the community whose dump the tests read has 453 threads for 1,424 posts."""

DAYS = (28, 91)
"""Lengths of the window: what the screen opens with, and a quarter."""

LOOKS = ("shown again", "first look")
"""Nothing is remembered at the first: a screen just opened. It is shown again with every change of anything."""

METRICS, EARLIER, TAB = "4", "h", "\t"
WALK = {
    "Engagement": ((), EARLIER),
    "Support": ((), TAB),
    "Growth": ((TAB,), TAB),
}
BACK = (TAB, TAB, TAB)
"""Sections in their order: the keys that lead there, and the one that asks for numbers not asked for before."""

_POSTS = re.compile(r"Posts +[1-9]")
"""A window with posts: the worlds end before today."""

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


def _walk(terminal: Terminal, *keys: str) -> None:
    for key in keys:
        terminal.press(key)
        terminal.settle(0.2)


def _numbers(text: str) -> str:
    """The numbers of the section that is shown."""
    return "\n".join(line[: COLUMNS // 2] for line in text.splitlines()[3:16])


def _label(text: str) -> str:
    """Section and window."""
    return "\n".join(text.splitlines()[1:3])


def _stroke(terminal: Terminal, key: str) -> Effort:
    """Press a key and wait until another window or section is there with its numbers."""
    terminal.settle(0.1)
    label, numbers = _label(terminal.text()), _numbers(terminal.text())
    return terminal.pressed(key, lambda text: _label(text) != label and _numbers(text) != numbers)


def _screens(scale: Scale) -> list[Line]:
    """The screen on both communities in turns; each window is a new one, so nothing of it is remembered."""
    with (
        Terminal(console(_home(scale.large).root)) as large,
        Terminal(console(_home(scale.little).root)) as little,
    ):
        for terminal in (large, little):
            terminal.appears(lambda text: f" {worlds.MARK}0" in text)
            terminal.press(METRICS)
            terminal.appears(lambda text: "Engagement" in text)
            while not _POSTS.search(terminal.text()):
                _walk(terminal, EARLIER)
        took: dict[str, list[list[Effort]]] = defaultdict(lambda: [[], []])
        for _ in range(scale.windows):
            for which, terminal in enumerate((large, little)):
                for section, (way, key) in WALK.items():
                    _walk(terminal, *way)
                    took[section][which].append(_stroke(terminal, key))
                _walk(terminal, *BACK)
    lines = []
    for section, (ours, base) in took.items():
        for part, words, goal in (("wall", "by the clock", 1.5), ("cpu", "CPU", None)):
            one, other = ([1000 * float(getattr(effort, part)) for effort in group] for group in (ours, base))
            what = f"{section} on the screen, {scale.large:,} posts / {scale.little:,}, {words}"
            lines.append(compared(what, "ms", one, other, goal))
    return lines


def run(scale: Scale) -> list[Line]:
    """Measure both sizes in turns: the screen, then what it asks for."""
    return _screens(scale) + _services(scale)


def _services(scale: Scale) -> list[Line]:
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
                    lines.append(compared(what, "ms", ours, base))
    return lines
