"""What the metrics screen asks: a goal in three short questions, and whose numbers to show."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

from cm_console.model.metric_words import read_value, value_words
from cm_console.model.metrics import Unit
from cm_console.screens.dialogs import Ask, Choice, Choose
from cm_console.screens.mode import ModeScreen
from cm_console.services.metrics import MetricsService
from cm_console.widgets.metric_lines import MetricRow

if TYPE_CHECKING:
    from cm_console.screens.metrics import MetricsScreen

AHEAD = 90
"""Days from now that are offered as the date of a goal."""
HINTS = {Unit.SECONDS: "3 h, 45 m, 1 d 12 h", Unit.PERCENT: "90 %", Unit.COUNT: "250", Unit.RATIO: "4.5"}


async def ask_goal(screen: ModeScreen, metrics: MetricsService, row: MetricRow) -> str:
    """Ask for target, date and purpose, or which goal to take away; returns what to tell the person.

    Raises:
        ValueError: no value, or no date.
        Impossible: see MetricsService.set_goal.
    """
    if row.goals:
        unit = row.measured.metric.unit
        removing = [
            Choice(str(at), f"take away: {value_words(goal.goal.target, unit)} by {goal.goal.by}", goal.goal.id)
            for at, goal in enumerate(row.goals[:8], start=1)
        ]
        chosen = await screen.ask(Choose("Goal", [Choice("n", "set another", ""), *removing]))
        if chosen is None:
            return ""
        if chosen:
            await metrics.remove_goal(chosen)
            return "Goal taken away."
    return await _set(screen, metrics, row)


async def _set(screen: ModeScreen, metrics: MetricsService, row: MetricRow) -> str:
    metric = row.measured.metric
    now = value_words(row.measured.value, metric.unit)
    target = await screen.ask(Ask(f"{metric.title}: now {now}, the goal is", hint=HINTS[metric.unit]))
    if not target:
        return ""
    value = read_value(target, metric.unit)
    by = await screen.ask(Ask("Until which day", value=str(metrics.today + timedelta(days=AHEAD)), hint="2026-12-31"))
    if not by:
        return ""
    try:
        day = date.fromisoformat(by)
    except ValueError as error:
        raise ValueError(f"{by} is no date; write it like {metrics.today}") from error
    purpose = await screen.ask(Ask("Which purpose does it serve", hint="newcomers get help the same day"))
    if not purpose:
        return ""
    await metrics.set_goal(metric.id, value, day, purpose)
    return f"Goal set: {metric.title} {value_words(value, metric.unit)} by {day}."


async def ask_source(screen: MetricsScreen, metrics: MetricsService) -> str:
    """Ask for one source or all of them, and show its numbers."""
    names = await metrics.source_names()
    choices = [Choice("0", "all sources", "")]
    choices += [Choice(str(place), name, name) for place, name in enumerate(names[:9], start=1)]
    chosen = await screen.ask(Choose("Numbers of", choices))
    if chosen is not None:
        screen.source, screen.behind = chosen or None, None
    return ""
