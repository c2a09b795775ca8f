"""From a key to the repaint it causes: with many threads against few, and while a pull runs against idle."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable
from pathlib import Path
from statistics import quantiles

from benchmarks import dump, worlds
from benchmarks.opening import console, rows_shown
from benchmarks.scale import Scale
from benchmarks.table import Line, compared
from benchmarks.terminal import COLUMNS, Effort, Terminal
from cm_console.store.sqlite import Connection, connect

DUMP = """
[sources.dump]
kind = "stackexchange-dump"
path = "{path}"
enabled = {enabled}
every = 60
"""
KEYS = ("down", "page down", "next view")
_PLACE = re.compile(r" ([\d,]+|…)/[\d,]+ ")
_VIEW = re.compile(r"─ (Needs reply|Mine|Unassigned|Waiting|Snoozed|Done|All) ")


def place(text: str) -> str:
    """Where the cursor is, from the border of the list."""
    found = _PLACE.search(text)
    return found[1] if found else ""


def first_row(text: str) -> str:
    """The first row of the list."""
    return next((line[: COLUMNS // 3] for line in text.splitlines() if f" {worlds.MARK}0" in line), "")


def stroke(terminal: Terminal, key: str) -> Effort:
    """Press a key and wait until what it asks for is there: the cursor elsewhere, or another view with its rows."""
    terminal.settle(0.05, most=0.3)
    before = terminal.text()
    if key != "next view":
        where = place(before)
        return terminal.pressed(key, lambda text: place(text) not in ("", where))
    view, row = _VIEW.search(before), first_row(before)
    other = "]" if view and view[1] == "All" else "["
    return terminal.pressed(other, _shows_another(view[1] if view else "", row))


def _shows_another(view: str, row: str) -> Callable[[str], bool]:
    def shown(text: str) -> bool:
        found = _VIEW.search(text)
        return found is not None and found[1] != view and first_row(text) not in ("", row)

    return shown


def _in_turns(one: Terminal, other: Terminal, scale: Scale, on: Callable[[], bool]) -> dict[str, list[list[Effort]]]:
    efforts: dict[str, list[list[Effort]]] = {key: [[], []] for key in KEYS}
    for _ in range(scale.keys):
        for key in KEYS:
            if not on():
                return efforts
            for which, terminal in enumerate((one, other)):
                efforts[key][which].append(stroke(terminal, key))
    return efforts


def run(scale: Scale) -> list[Line]:
    """Measure both comparisons."""
    return _sizes(scale) + _pulling(scale)


def _sizes(scale: Scale) -> list[Line]:
    with (
        Terminal(console(worlds.home(scale.large).root)) as large,
        Terminal(console(worlds.home(scale.tiny).root)) as tiny,
    ):
        for terminal in (large, tiny):
            terminal.appears(rows_shown)
            terminal.settle(1.0)
        efforts = _in_turns(large, tiny, scale, lambda: True)
    lines = []
    for key, (ours, base) in efforts.items():
        for part, words, goal in (("wall", "by the clock", 1.2), ("cpu", "CPU", None)):
            one, other = ([1000 * float(getattr(effort, part)) for effort in group] for group in (ours, base))
            lines.append(compared(f"{key}: {scale.large:,} threads / {scale.tiny:,}, {words}", "ms", one, other, goal))
    return lines


def _pulling(scale: Scale) -> list[Line]:
    with tempfile.TemporaryDirectory() as folder:
        dump.write(Path(folder) / "dump", scale.dumped)
        homes = []
        for name, enabled in (("pulling", "true"), ("idle", "false")):
            home = worlds.copied(worlds.home(scale.little), Path(folder) / name)
            with home.config.open("a") as config:
                config.write(DUMP.format(path=Path(folder) / "dump", enabled=enabled))
            homes.append(home)
        with Terminal(console(homes[0].root)) as busy, Terminal(console(homes[1].root)) as idle:
            for terminal in (busy, idle):
                terminal.appears(rows_shown)
            idle.settle(1.0)
            pulled = connect(homes[0].database, query_only=True)
            busy.appears(lambda text: _pulls(pulled), timeout=20)
            efforts = _in_turns(busy, idle, scale, lambda: _pulls(pulled))
            pulled.close()
    return [_late(key, *groups) for key, groups in efforts.items()]


def _pulls(conn: Connection) -> bool:
    """Whether pages of the dump have come and more are to come."""
    query = (
        "SELECT f.state FROM feed f JOIN source s ON s.id = f.source_id WHERE s.name = 'dump' AND f.feed = 'threads'"
    )
    row = conn.execute(query).fetchone()
    return row is not None and row[0] == "new"


def _late(key: str, busy: list[Effort], idle: list[Effort]) -> Line:
    if len(busy) < 2:
        return Line(f"{key}: while pulling / idle, p95", "ms", 0.0, note="the pull was over before it was measured")
    ours, base = (1000 * quantiles([effort.wall for effort in group], n=20)[-1] for group in (busy, idle))
    return Line(f"{key}: while pulling / idle, p95", "ms", ours, base, ours / base, 3.0, note=f"{len(busy)} keys")
