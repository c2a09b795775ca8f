"""An hour of a community manager in a real terminal: forty people wait, the keyboard alone, nobody is left unseen."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Container, Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import pytest

from cm_console.cli.demo import open_demo
from cm_console.store.sqlite import connect
from tests.safety.terminal import Terminal

CURSOR = "▌"
LIST = 58
"""Columns of the list in a terminal of 120."""
SIGNS = "·!↓⇡✎✓@⧉◆ "
"""What a row may show before its title, and between title and author."""
MOST_KEYS = 3
"""The median of keys for one inquiry, typed words apart."""


@dataclass(frozen=True)
class Deed:
    """What a person does with an inquiry: keys, and what is typed in between, which is not counted."""

    keys: tuple[str, ...]
    words: str = ""
    asks: str = ""
    """What the screen shows before the words can be typed."""
    opens: str = ""
    """What it shows before the last key."""

    def strokes(self) -> Iterator[str]:
        """Everything that is pressed, the words where they belong."""
        yield self.keys[0]
        yield from (self.words,) if self.words else ()
        yield from self.keys[1:]


def answer(words: str) -> Deed:
    """Write back; nothing is left to do."""
    return Deed(("r", "ctrl+d"), words, "Public reply")


DONE = Deed(("e",))
LOG, WELCOME, HARDWARE = Deed(("m", "l")), Deed(("m", "w")), Deed(("m", "h"))
CALIBRATE = Deed((";", "enter", "ctrl+d"), "calib", "Saved replies", "Public reply")
TOMORROW, MONDAY, THEIR_TURN = Deed(("b", "t")), Deed(("b", "w")), Deed(("b", "n"))
MODERATORS = Deed(("!", "enter"), "threats in private messages", "To moderation")
COLLEAGUE = Deed(("a", "1"))

PLAN: dict[str, Deed] = {
    "Two probes in one pot": answer("It is the field: keep 10 cm between them."),
    "3 weeks holiday, automatic": answer("A float switch, and a neighbour with the key."),
    "Capteur de pluie": answer("Un mètre, loin des murs."),
    "Can't log in since": COLLEAGUE,
    "Update to 3.2.1 stuck": LOG,
    "17 °C at this time": DONE,
    "Only 80 m range through": HARDWARE,
    "Deep sleep and the I2C": LOG,
    "Security problem in the": COLLEAGUE,
    "How deep should the": answer("15 cm, in the middle of the roots."),
    "how do you all clean": answer("A soft brush and rain water."),
    "Export of a year as CSV": LOG,
    "Local group in Ghent": WELCOME,
    "80 m through two hedges": HARDWARE,
    "sporectl can't find": LOG,
    "Chart shows gaps though": LOG,
    "Moderator decision about": TOMORROW,
    "Automatic watering while": answer("Test it for a week while you are at home."),
    "greenhouse at 31": DONE,
    "Radix S reads 100 %": CALIBRATE,
    "Someone is sending me": MODERATORS,
    "Music while soldering?": DONE,
    "First contribution: is": WELCOME,
    "Bridge between two sites": HARDWARE,
    "does the Tipple need": answer("Within two degrees is fine."),
    "Using your pictures in": COLLEAGUE,
    "48 nodes on a school": MONDAY,
    "what's the smallest driver": answer("The one for the BH1750: 60 lines."),
    "Dark mode for the wall": answer("It is on the list: thank you for asking."),
    "1 W panel, node asleep": HARDWARE,
    "Talk at the spring": TOMORROW,
    "Heating for the rain": HARDWARE,
    "How to write a driver": answer("docs/drivers begins with an empty one."),
    "Please delete my old": COLLEAGUE,
    "Mapping cold air in our": MONDAY,
    "Temperature compensation": CALIBRATE,
    "node in the fridge shows": CALIBRATE,
    "Order 4471: wrong probe": COLLEAGUE,
    "Tipple counts rain when": HARDWARE,
    "Voice assistant reads": THEIR_TURN,
}
"""By the beginning of the title: what one would do with each of the forty."""


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """The demo community, as a newcomer meets it."""
    assert open_demo(keep=tmp_path, opens=False) == 0
    return tmp_path


def test_forty_inquiries_with_the_keyboard_alone(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    waiting = dict(_rows(home, "SELECT title, id FROM thread WHERE view = 1"))
    assert len(waiting) == 40 and all(_plan(title) for title in waiting), "the demo's forty"
    strokes: dict[str, int] = {}
    with Terminal(
        [sys.executable, "-m", "cm_console", "--home", str(home)],
        {"TEXTUAL_ANIMATIONS": "none", "COLUMNS": "120", "LINES": "40"},
    ) as terminal:
        terminal.wait("1/40")
        while (found := _next(terminal, strokes)) is not None:
            row, moves = found
            strokes[row] = moves + _do(terminal, _deed(row))
        terminal.press("ctrl+q")
        assert terminal.end() == 0
    _nobody_is_left(home, waiting)
    assert len(strokes) > 35, "but for those whom members answered meanwhile"
    counted = sorted(strokes.values())
    with capsys.disabled():
        print(f"\nkeys for an inquiry: median {median(counted):g}, most {counted[-1]}, all {sum(counted)}")
    assert median(counted) <= MOST_KEYS


def _next(terminal: Terminal, seen: Container[str]) -> tuple[str, int] | None:
    """The inquiry to look at next and the keys it takes to come there; None when all that wait were looked at."""
    if (row := _under_cursor(terminal)) not in seen:
        return row, 0
    terminal.press("home")
    moves, last = 1, ""
    while (row := _under_cursor(terminal)) in seen:
        if row == last:
            return None
        last, moves = row, moves + 1
        terminal.press("j")
    return row, moves


def _do(terminal: Terminal, deed: Deed) -> int:
    """Press it, and see the cursor go on; how many keys that took."""
    here = _under_cursor(terminal)
    first, *rest = deed.strokes()
    terminal.press(first, quiet=0.05)
    if deed.asks:
        terminal.wait(deed.asks)
    for number, stroke in enumerate(rest, start=1):
        if number == len(rest):
            terminal.wait(deed.opens)
        terminal.press(stroke, quiet=0.05)
    terminal.wait_for(lambda: _title(terminal) != "" and _named(_title(terminal)) != here)
    return len(deed.keys)


def _title(terminal: Terminal) -> str:
    """The title under the cursor of the list, as far as it is shown; "" while something stands before the list."""
    rows = [line.split("│")[1] for line in terminal.text.splitlines() if line.startswith(f"│{CURSOR}")]
    return rows[0] if rows and len(rows[0]) == LIST else ""


def _under_cursor(terminal: Terminal) -> str:
    """The row at the cursor, by its name."""
    terminal.wait_for(lambda: bool(_title(terminal)), "a row of the list")
    return _named(_title(terminal))


def _named(line: str) -> str:
    """Title, author and source, as far as the list has room for them; not its age and signs, which come and go."""
    row = line[12:]
    return f"{row.lstrip(SIGNS)[:11]} {row[-13:].strip(SIGNS)}"


def _plan(title: str) -> str:
    """The beginning that the plan knows a title by."""
    return next((beginning for beginning in PLAN if title.startswith(beginning)), "")


def _deed(row: str) -> Deed:
    """What one would do with what stands in a row."""
    return next(deed for beginning, deed in PLAN.items() if row.startswith(beginning[:11]))


def _nobody_is_left(home: Path, waiting: dict[str, int]) -> None:
    """Each of the forty was decided on as planned, and what was written is on its way to whom it was meant for."""
    replies = Counter(
        id for (id,) in _rows(home, "SELECT thread_id FROM action WHERE verb = 'reply' AND state != 'failed'")
    )
    decided = {item for (item,) in _rows(home, "SELECT item FROM journal WHERE undoes IS NULL")}
    waits = {id for (id,) in _rows(home, "SELECT id FROM thread WHERE view = 1")}
    for title, id in waiting.items():
        deed = PLAN[_plan(title)]
        seen = f"thread:{id}" in decided or deed is MODERATORS
        assert seen or id not in waits, f"{title} waits, and nobody looked"
        sends = deed.keys[-1] == "ctrl+d" or deed in (LOG, WELCOME)
        assert replies[id] == int(sends and seen), title
    cases = _rows(home, "SELECT count(*) FROM cases WHERE ended_at IS NULL")
    assert cases == [(13,)], "the twelve of the demo and the one of the moderators"


def _rows(home: Path, query: str) -> list[tuple[Any, ...]]:
    conn = connect(home / "community.db")
    try:
        return conn.execute(query).fetchall()
    finally:
        conn.close()
