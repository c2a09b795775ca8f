"""Themes as rows and their quotes as lines; pure."""

from __future__ import annotations

from collections.abc import Sequence

from cm_console.model.feedback import Answer, Item, Theme
from cm_console.model.time import short_age
from cm_console.widgets.charts import sparkline
from cm_console.widgets.lines import Cell, Line, ends, one_line, wrap


def theme_cells(theme: Theme, width: int) -> list[Cell]:
    """How many, by how many people, the trend, the theme, its area and state."""
    state = "✓" if theme.answered_at and not theme.open else "◔" if theme.answered_at else "○"
    trend = [Cell(sparkline(theme.weeks, len(theme.weeks)), "accent", len(theme.weeks))]
    area = [Cell(theme.area, "dim", 12)] if width >= 60 else []
    return [
        Cell(str(theme.count), "", 4, right=True),
        Cell(f"{theme.people} people" if theme.people != 1 else "1 person", "dim", 10, right=True),
        *trend,
        Cell(state, "good" if state == "✓" else "dim", 1),
        Cell(theme.name),
        *area,
    ]


def quote_lines(theme: Theme, items: Sequence[Item], now: int, width: int) -> list[Line]:
    """Everything said on a theme, the newest first; numbers that lead to the threads."""
    people = "1 person" if theme.people == 1 else f"{theme.people} people"
    facts = [f"{theme.count} posts by {people}", f"last {short_age(now - theme.last_at)} ago", theme.area, theme.state]
    lines: list[Line] = [[(line, "strong")] for line in wrap(one_line(theme.name), width)]
    lines += [[(line, "dim")] for line in wrap(" · ".join(fact for fact in facts if fact), width)]
    lines += [[("─" * width, "rule")]]
    for item in items:
        told: Line = [("✓ told  ", "good")] if item.answered_at else []
        right: Line = [*told, (f"{item.source} {short_age(now - item.said_at)}", "dim")]
        lines += [[], ends([(one_line(item.author), "strong")], right, width)]
        lines += [[("  │ " + line, "quote")] for line in wrap(item.quote.strip() or "[removed]", width - 4)]
        lines += [[(f"    {one_line(item.title)}", "dim")]]
    if theme.count > len(items):
        lines += [[], [(f"and {theme.count - len(items):,} older ones: e writes them to a file", "dim")]]
    return lines


def answer_lines(answers: Sequence[Answer], ticked: Sequence[bool], at: int, width: int) -> tuple[list[Line], int]:
    """The replies of a batch, each with its tick; and the line on which the current one begins."""
    lines: list[Line] = []
    top = 0
    for index, (answer, tick) in enumerate(zip(answers, ticked, strict=True)):
        here = index == at
        top = len(lines) if here else top
        box = "[x]" if tick else "[ ]"
        to = ", ".join(one_line(name) for name in answer.to)
        left: Line = [("▌" if here else " ", "accent"), (f"{box} ", "accent" if tick else "dim"), (to, "strong")]
        lines.append(ends([*left, (f"  {one_line(answer.title)}", "dim")], [(answer.source, "dim")], width))
        tone = "" if tick else "dim"
        lines += [[("▌" if here else " ", "accent"), (f"    {line}", tone)] for line in wrap(answer.text, width - 6)]
        if answer.why_not:
            lines.append([("     ✗ ", "bad"), (one_line(answer.why_not), "bad")])
        lines.append([])
    return lines, top
