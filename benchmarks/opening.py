"""From the spawn of the program to the inbox with its rows on the screen, against the least Textual program."""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

from benchmarks import worlds
from benchmarks.imports import compiled
from benchmarks.scale import Scale
from benchmarks.table import Line, compared
from benchmarks.terminal import Effort, Terminal

ROWS_SHOWN = 30
"""Rows of the list that make the frame whole in a terminal of 40 lines."""


def console(home: Path) -> list[str]:
    """The command a user types, run by this Python."""
    return [str(Path(sys.executable).with_name("cm-console")), "--home", str(home)]


def hello() -> list[str]:
    """The least Textual program."""
    return [sys.executable, "-m", "benchmarks.hello"]


def rows_shown(text: str) -> bool:
    """Whether the list is full of rows."""
    return text.count(f" {worlds.MARK}0") >= ROWS_SHOWN


def run(scale: Scale) -> list[Line]:
    """Measure start and memory."""
    compiled()
    programs: dict[str, tuple[list[str], Callable[[str], bool]]] = {
        "hello": (hello(), lambda text: "Hello, world" in text),
        "little": (console(worlds.home(scale.little).root), rows_shown),
        "large": (console(worlds.home(scale.large).root), rows_shown),
    }
    efforts: dict[str, list[Effort]] = defaultdict(list)
    peaks: dict[str, list[float]] = defaultdict(list)
    for number in range(scale.rounds + 1):
        for name, (command, wanted) in programs.items():
            with Terminal(command) as terminal:
                effort = terminal.opened(wanted)
                peak = terminal.peak_mb()
            if number:  # the first round warms the caches of the disk
                efforts[name].append(effort)
                peaks[name].append(peak)
    return list(_lines(scale, efforts, peaks))


def _lines(scale: Scale, efforts: dict[str, list[Effort]], peaks: dict[str, list[float]]) -> list[Line]:
    def milliseconds(name: str, part: str) -> list[float]:
        return [1000 * float(getattr(effort, part)) for effort in efforts[name]]

    large, little = f"{scale.large:,} threads", f"{scale.little:,}"
    lines = []
    for part, words, judged in (("wall", "by the clock", True), ("cpu", "CPU", False)):
        ours, base, less = (milliseconds(name, part) for name in ("large", "hello", "little"))
        goals = (1.3, 1.1) if judged else (None, None)
        lines += [
            compared(f"inbox of {large} / hello world, {words}", "ms", ours, base, goals[0]),
            compared(f"inbox of {large} / of {little}, {words}", "ms", ours, less, goals[1]),
        ]
    memory = compared(f"memory with {large} / hello world", "MB", peaks["large"], peaks["hello"], 1.6)
    return [*lines, memory]
