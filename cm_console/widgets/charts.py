"""Charts as text: sparkline, columns, a bar towards a goal, a grid of shares; each says in words what it shows.

Pure functions to lines of toned spans. Height, length and digits carry the meaning; the tone only repeats it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from itertools import pairwise
from math import ceil

from cm_console.model.metric_words import NOTHING, value_words
from cm_console.model.metrics import Series, Table, Unit
from cm_console.widgets.lines import Line, bar, fit, one_line

EIGHTHS = " ▁▂▃▄▅▆▇█"
GAP = "·"
"""Where there is no value."""


def squeezed(values: Sequence[float | None], width: int) -> list[float | None]:
    """At most `width` values: means of neighbours, None where all of them are."""
    count = min(len(values), max(1, width))
    edges = [at * len(values) // count for at in range(count + 1)] if values else []
    groups = [[value for value in values[low:high] if value is not None] for low, high in pairwise(edges)]
    return [sum(group) / len(group) if group else None for group in groups]


def sparkline(values: Sequence[float | None], width: int) -> str:
    """A line of blocks from 0 to the highest value, one a value or, if they are too many, one for several."""
    shown = squeezed(values, width)
    top = max((value for value in shown if value is not None), default=0.0)
    return "".join(GAP if value is None else EIGHTHS[1 + round(7 * value / top) if top else 1] for value in shown)


def columns(values: Sequence[float | None], width: int, height: int) -> list[str]:
    """The same as columns of several lines, the top line first; as wide as the values allow."""
    shown = squeezed(values, width)
    top = max((value for value in shown if value is not None), default=0.0)
    wide = max(1, min(3, width // max(1, len(shown))))
    lines = []
    for level in reversed(range(height)):
        cells = (_cell(value, top, level, height) * wide for value in shown)
        lines.append("".join(cells))
    return lines


def _cell(value: float | None, top: float, level: int, height: int) -> str:
    if value is None:
        return GAP if level == 0 else " "
    eighths = ceil(8 * height * value / top) if top else 0
    full = max(0, min(8, eighths - 8 * level))
    return EIGHTHS[max(full, 1) if level == 0 else full]


def series_words(series: Series, unit: Unit) -> str:
    """A series in words: its lowest, highest and last value with their days."""
    known = [(value, day) for day, value in series if value is not None]
    if not known:
        return "no values"
    low, high, last = min(known), max(known, key=lambda pair: pair[0]), known[-1]
    return " · ".join(
        f"{name} {value_words(value, unit)} on {day_words(day)}"
        for name, (value, day) in (("low", low), ("high", high), ("last", last))
    )


def day_words(day: date) -> str:
    """A day: "Sat 21 Nov"."""
    return f"{day:%a} {day.day} {day:%b}"


def goal_bar(share: float, expected: float | None, width: int) -> Line:
    """How much of the way to a goal is done, with a mark where it should be today."""
    filled = bar(share, width)
    if expected is None:
        return [(filled, "accent")]
    mark = min(width - 1, round(expected * (width - 1)))
    return [(filled[:mark], "accent"), ("┃", "strong"), (filled[mark + 1 :], "accent")]


def goal_bar_words(share: float, expected: float | None) -> str:
    """The same in words."""
    words = f"{round(100 * share)} % of the way"
    return words if expected is None else f"{words}, {round(100 * expected)} % of the time"


def heat_lines(table: Table, width: int) -> list[Line]:
    """A grid whose first two columns name a row and its size, the rest are shares in percent; what fits."""
    room = max(1, (width - 16) // 4)
    head: Line = [(fit(table.columns[0], 8) + fit(table.columns[1], 8, right=True), "dim")]
    lines = [[*head, *((fit(one_line(name), 4, right=True), "dim") for name in table.columns[2 : 2 + room])]]
    for name, size, *cells in table.rows:
        line: Line = [(fit(one_line(str(name)), 8), ""), (fit(f"{size:,}", 8, right=True), "dim")]
        shares = (cell for cell in cells[:room])
        lines.append([*line, *(_heat(cell) for cell in shares if isinstance(cell, (int, float)))])
    return lines


def _heat(share: float) -> tuple[str, str]:
    tone = "good" if share >= 50 else "" if share >= 20 else "dim"
    return fit(f"{round(share)}", 4, right=True), tone


def table_lines(table: Table, width: int) -> list[Line]:
    """A table of names and numbers, with a bar for the first number if there is room."""
    numbers = len(table.columns) - 1
    name = max(8, min(24, width - 9 * numbers))
    most = max((row[1] for row in table.rows if isinstance(row[1], (int, float))), default=0)
    lines: list[Line] = [
        [(fit(table.columns[0], name), "dim"), *((fit(column, 9, right=True), "dim") for column in table.columns[1:])]
    ]
    room = width - name - 9 * numbers - 2
    for row in table.rows:
        cells = [value_words(cell, Unit.COUNT) if isinstance(cell, (int, float)) else NOTHING for cell in row[1:]]
        line: Line = [(fit(one_line(str(row[0])), name), ""), *((fit(cell, 9, right=True), "") for cell in cells)]
        if room >= 8 and most and isinstance(row[1], (int, float)):
            line.append(("  " + bar(row[1] / most, min(room, 20)).rstrip("░"), "accent"))
        lines.append(line)
    return lines
