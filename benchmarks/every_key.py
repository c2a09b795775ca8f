"""Every key of the inbox and of what opens from it: with 100,000 who wait and 1,000,000 posts, against a hundred.

Walks the table of keys, so a new command is measured too. Each is pressed in two consoles in turn, each on a world a
team has worked in (`lived_in`), and undone again. Counted is all that a key sets off, also what comes after the first
repaint: from the key until the program is at rest again and nothing more appears. CPU is that of all its threads; the
clock runs to the last byte; of some rounds the least counts, as other programs only ever add to it. A command holds if
it takes at most 1.2 times the CPU, or at most 30 ms more of it (FLOOR, two frames of a screen): other rows, longer
titles and numbers are more than a fifth of a few milliseconds, and nobody feels it. What is not pressed is named with
its reason in `key_strokes.EXCLUDED`.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from statistics import median
from typing import NamedTuple

from benchmarks import lived_in, worlds
from benchmarks.key_strokes import EXCLUDED, PLACES, STROKES, Place, Stroke
from benchmarks.scale import Scale
from benchmarks.table import Line
from benchmarks.terminal import Effort, Terminal, TooLate
from cm_console import keys
from cm_console.config import Home

FLOOR = 0.030
"""Seconds of CPU, and so of waiting at most, that nobody feels."""
MOST = 1.2
QUIET, LONGEST = 0.2, 20.0
"""Seconds without output, at rest, after which a key has had its effect; and how long it may take at all."""
ROUNDS, TRIES = 3, 4
TELL = "CM_BENCH_TELL"
"""In the environment: each command is told of as it is measured; it takes a quarter of an hour."""
LEAVING = ("escape", "escape", "escape", "1", "escape", "home")
SENT = {
    "down": "\x1b[B", "up": "\x1b[A", "pagedown": "\x1b[6~", "pageup": "\x1b[5~", "home": "\x1b[H", "end": "\x1b[F",
    "tab": "\t", "shift+tab": "\x1b[Z", "enter": "\r", "escape": "\x1b", "space": " ", "f1": "\x1bOP",
}  # fmt: skip


class Pressed(NamedTuple):
    """A command at a place, and whether its key or the answer to its question is measured."""

    place: Place
    command: keys.Command
    stroke: Stroke
    answer: bool

    @property
    def name(self) -> str:
        """As the table shows it."""
        key = keys.shown(keys.keys_of(self.command)[0])
        typed = f" {' '.join(keys.shown(each) for each in self.stroke.then)}" if self.answer else ""
        return f"{self.place.name}: {key}{typed} ({self.command.label})"

    @property
    def measured(self) -> tuple[str, ...]:
        """The keys that are measured."""
        return self.stroke.then if self.answer else keys.keys_of(self.command)[:1]

    @property
    def before(self) -> tuple[str, ...]:
        """The keys pressed before, not measured."""
        return (*self.stroke.before, *keys.keys_of(self.command)[:1]) if self.answer else self.stroke.before

    @property
    def back(self) -> tuple[str, ...]:
        """The keys that undo it; a question that was not answered is left with escape."""
        return ("escape",) if self.stroke.then and not self.answer else self.stroke.back


def commands(place: Place) -> Iterator[Pressed]:
    """What is pressed at a place, in the order of the table."""
    for command in keys.commands(place.scope):
        everywhere = command.screen == ""
        if command.id in EXCLUDED or not command.id.startswith(place.only) or (everywhere and place.name != "inbox"):
            continue
        stroke = STROKES.get(command.id, Stroke())
        yield Pressed(place, command, stroke, False)
        if stroke.then:
            yield Pressed(place, command, stroke, True)


def console(home: Home) -> Terminal:
    """The console at the end of a world; a lone escape is one at once."""
    command = [sys.executable, "-m", "benchmarks.at_the_end", str(home.root)]
    return Terminal(command, environment={"ESCDELAY": "1", "EDITOR": "true"})


def run(scale: Scale) -> list[Line]:
    """Measure every command in both worlds."""
    with tempfile.TemporaryDirectory() as folder:
        homes = [worlds.copied(lived_in.home(size), Path(folder) / str(size)) for size in (scale.large, scale.tiny)]
        return measured(homes, scale)


def measured(homes: list[Home], scale: Scale) -> list[Line]:
    """The lines for two homes, the large one first."""
    efforts: dict[str, tuple[list[Effort], list[Effort]]] = {}
    with ExitStack() as stack:
        terminals = [stack.enter_context(console(home)) for home in homes]
        for terminal in terminals:
            terminal.appears(lambda text: worlds.MARK in text)
            terminal.rest(2.0, 300.0)  # what a console looks after by itself at first
        chosen = [pressed for place in PLACES for pressed in commands(place)]
        for pressed in chosen[:: scale.commands]:
            rounds = range(1 + min(ROUNDS, scale.rounds))  # the first one imports and warms caches
            _, *pairs = [[press(terminal, pressed) for terminal in terminals] for _ in rounds]
            efforts[pressed.name] = ([pair[0] for pair in pairs], [pair[1] for pair in pairs])
            if TELL in os.environ:
                print(pressed.name, *(f"{1000 * effort.cpu:.0f}" for pair in pairs for effort in pair), flush=True)
    return [*_lines(efforts)]


def press(terminal: Terminal, pressed: Pressed) -> Effort:
    """Go there if need be, press, measure, undo."""
    place = pressed.place
    if place.fresh or place.sign not in terminal.text():
        arrive(terminal, place)
    for key in pressed.before:
        strike(terminal, key)
    effort = strike(terminal, *pressed.measured)
    for key in pressed.back:
        strike(terminal, key)
    return effort


def arrive(terminal: Terminal, place: Place) -> None:
    """Come to a place as one comes to it from the first row of the inbox; escape may be taken for a part of a key."""
    for _ in range(TRIES):
        for key in (*LEAVING, *place.way):
            strike(terminal, key, quiet=0.1)
        terminal.rest(QUIET, LONGEST)
        if place.sign in terminal.text():
            return
    raise TooLate(f"no {place.name}:\n{terminal.text()}")


def strike(terminal: Terminal, *names: str, quiet: float = QUIET) -> Effort:
    """Press keys one after the other and wait until all they set off is done."""
    before, at = terminal.rest(0.0, LONGEST), time.perf_counter()
    for name in names:
        terminal.press(sent(name))
    after = terminal.rest(quiet, LONGEST)
    wall = 0.0 if after.last is None else after.last - at
    return Effort(wall, after.cpu - before.cpu, after.queued - before.queued)


def sent(name: str) -> str:
    """What a terminal sends for a key of the table."""
    if name.startswith("ctrl+"):
        return chr(ord(name[5]) & 31)
    if " " in name:
        return "".join(sent(part) for part in name.split())
    return SENT.get(name) or (keys.shown(name) if len(name) > 1 else name)


def _lines(efforts: dict[str, tuple[list[Effort], list[Effort]]]) -> Iterator[Line]:
    found = []
    for name, (large, tiny) in efforts.items():
        ours, base = (min(effort.cpu for effort in group) for group in (large, tiny))
        clock = [1000 * min(effort.wall for effort in group) for group in (large, tiny)]
        note = f"by the clock {clock[0]:.0f}, {clock[1]:.0f} ms"
        held = ours - base <= FLOOR
        found.append(Line(name, "ms CPU", 1000 * ours, 1000 * base, ours / base, None if held else MOST, note=note))
    missed = [line for line in found if line.met is False]
    share = (len(found) - len(missed)) / len(found)
    ratio = median(line.ratio or 1.0 for line in found)
    yield Line(
        "commands that are as fast with a hundred", "share", share, 1.0, share, 1.0, most=False,
        note=f"{len(found)} measured, {len(missed)} not; the ratio of all {ratio:.2f} in the middle",
    )  # fmt: skip
    yield from sorted(found, key=lambda line: (line.goal is None, -(line.ratio or 0)))
