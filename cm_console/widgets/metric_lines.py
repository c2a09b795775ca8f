"""How a metric looks: as a row of the list, and in full beside it with its definition, chart, goal and table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from cm_console.model.goals import Progress, Standing
from cm_console.model.metric_words import change_words, row_words, value_words, window_words
from cm_console.model.metrics import Behind, Good, Measured, Metric, Series, Table, Window
from cm_console.model.time import short_age
from cm_console.widgets.charts import (
    columns,
    goal_bar,
    goal_bar_words,
    heat_lines,
    series_words,
    sparkline,
    table_lines,
)
from cm_console.widgets.lines import Cell, Line, hue, one_line, wrap

TONES = {"better": "good", "worse": "bad"}
STANDINGS = {
    Standing.AHEAD: ("» ahead", "good"), Standing.ON_TRACK: ("› on track", "good"), Standing.MET: ("✓ met", "good"),
    Standing.BEHIND: ("‹ behind", "warn"), Standing.MISSED: ("✗ missed", "bad"), Standing.UNKNOWN: ("? unknown", "dim"),
}  # fmt: skip
CHART_HEIGHT = 4
SPARK = 28


@dataclass(frozen=True, slots=True)
class MetricRow:
    """One number of the list, with what is shown beside it; `key` is its place."""

    id: str
    key: int
    measured: Measured
    window: Window
    series: Series | None = None
    tables: tuple[tuple[str, Table], ...] = ()
    goals: tuple[Progress, ...] = ()

    @property
    def is_goal(self) -> bool:
        """Whether the row is a goal, shown with its metric."""
        return self.id != self.measured.metric.id


def metric_cells(row: MetricRow, width: int) -> list[Cell]:
    """Title, value, change with its judgement, a sign that something must be said, goal, sparkline."""
    measured = row.measured
    change, judged = change_words(measured)
    spark = sparkline([value for _, value in row.series or ()], min(SPARK, max(8, width - 62)))
    cells = [
        Cell(measured.metric.title),
        Cell(value_words(measured.value, measured.metric.unit), "strong", 10, right=True),
        Cell("!" if measured.note else "", "warn", 1),
        Cell(change, TONES.get(judged, "dim"), 11, right=True),
        Cell(judged, TONES.get(judged, "dim"), 6),
    ]
    if width >= 84:
        words, tone = STANDINGS[row.goals[0].standing] if row.goals else ("", "")
        cells.append(Cell(words, tone, 10))
    return [*cells, Cell(spark, "accent", min(SPARK, max(8, width - 62)))] if width >= 66 else cells


def goal_cells(row: MetricRow, width: int) -> list[Cell]:
    """A goal: its metric, value, target, date, standing, and how far along the way."""
    progress = row.goals[0]
    unit, goal = row.measured.metric.unit, progress.goal
    words, tone = STANDINGS[progress.standing]
    cells = [
        Cell(row.measured.metric.title),
        Cell(value_words(progress.value, unit), "strong", 10, right=True),
        Cell(f"goal {value_words(goal.target, unit)}", "", 13),
        Cell(f"by {goal.by:%Y-%m-%d}", "dim", 13),
        Cell(words, tone, 10),
    ]
    room = width - 78
    if room >= 8 and progress.share is not None:
        bar = "".join(text for text, _ in goal_bar(progress.share, progress.expected_share, min(24, room)))
        cells.append(Cell(bar, "accent", min(24, room)))
    return cells


def behind_cells(metric: Metric, row: Behind, now: int, width: int) -> list[Cell]:
    """A row behind a number: age, title, what it adds, who, source."""
    words = row_words(metric, row)
    age = "" if row.at is None else short_age(now - row.at)
    cells = [Cell(age, "dim", 4, right=True), Cell(row.title), Cell(words, "" if row.counted else "warn", 24)]
    if width >= 60 and row.who:
        cells.append(Cell(row.who, "dim", 14))
    return [*cells, Cell(row.source, hue(row.source), 8)] if width >= 76 else cells


def metric_lines(row: MetricRow, width: int) -> list[Line]:
    """Everything about a number: value, change, what must be said, goals, chart, definition, table."""
    measured, metric = row.measured, row.measured.metric
    lines: list[Line] = [[(metric.title, "strong")], _now(measured), _before(row)]
    said = [line for line in wrap(measured.note or "", width - 2) if line]
    lines += [[("  " if place else "! ", "warn"), (line, "warn")] for place, line in enumerate(said)]
    for progress in row.goals:
        lines += [[], *goal_lines(progress, measured, width)]
    if row.series:
        values = [value for _, value in row.series]
        lines += [[], *([(line, "accent")] for line in columns(values, width, CHART_HEIGHT))]
        lines += [[(line, "dim")] for line in wrap(series_words(row.series, metric.unit), width)]
    lines += [[], [("How it is made", "dim"), (f"  {metric.id}", "dim")]]
    lines += [[(line, "")] for line in wrap(metric.definition, width)]
    good = {Good.UP: "More is better.", Good.DOWN: "Less is better.", Good.NONE: "Neither more nor less is better."}
    lines += [[(line, "dim")] for line in wrap(f"{good[metric.good]} From: {metric.origin}.", width)]
    for name, table in row.tables:
        drawn = heat_lines(table, width) if name == "retention" else table_lines(table, width)
        lines += [[], [(_TABLES.get(name, name), "dim")], *drawn] if table.rows else []
    return lines


_TABLES = {
    "team": "The team, apart", "retention": "Share with a post, by months since the first",
    "reports.accuracy": "By reporter", "decisions.by_guideline": "By guideline", "decisions.by_verb": "By kind",
    "content.on_time": "How they went",
}  # fmt: skip


def _now(measured: Measured) -> Line:
    change, judged = change_words(measured)
    value = (value_words(measured.value, measured.metric.unit), "strong")
    return [value, (f"   {change} {judged}".rstrip(), TONES.get(judged, "dim")), (f"   n {measured.n:,}", "dim")]


def _before(row: MetricRow) -> Line:
    previous = value_words(row.measured.previous, row.measured.metric.unit)
    return [(f"{window_words(row.window)} · before: {previous}", "dim")]


def goal_lines(progress: Progress, measured: Measured, width: int) -> list[Line]:
    """A goal: what, until when, what for, and how it stands."""
    goal, unit = progress.goal, measured.metric.unit
    words, tone = STANDINGS[progress.standing]
    lines: list[Line] = [[(f"goal {value_words(goal.target, unit)} by {goal.by:%Y-%m-%d}  ", ""), (words, tone)]]
    if progress.share is not None:
        lines.append(goal_bar(progress.share, progress.expected_share, min(40, width)))
        lines.append([(goal_bar_words(progress.share, progress.expected_share), "dim")])
    return lines + [[(line, "dim")] for line in wrap(one_line(goal.purpose), width)]


def formula_at(lines: Sequence[Line]) -> int:
    """The line where the definition begins."""
    return next((at for at, line in enumerate(lines) if line and line[0][0] == "How it is made"), 0)


def behind_lines(metric: Metric, row: Behind, width: int) -> list[Line]:
    """A row that is no thread: what it is, what it says, where enter leads."""
    lines: list[Line] = [[(line, "strong")] for line in wrap(row.title, width)]
    facts = [row.kind, row.who, row.source, row_words(metric, row)]
    lines += [[(line, "dim")] for line in wrap(" · ".join(fact for fact in facts if fact), width)]
    lines += [[], *([(line, "")] for line in wrap(row.note, width))] if row.note else []
    where = {"case": "the case", "entry": "the entry", "day": "the numbers of that day", "member": "the person"}
    leads = where.get(row.opens[0])
    return [*lines, [], [(f"enter opens {leads}", "dim")]] if leads else lines
