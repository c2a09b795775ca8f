"""`cm-console metrics`: numbers, their formula, the rows behind them, and goals."""

from __future__ import annotations

from datetime import date
from zoneinfo import ZoneInfo

import click

from cm_console.cli.session import config_of, say, say_json, say_table, with_console
from cm_console.console import Console
from cm_console.model.goals import Progress
from cm_console.model.metric_table import BY_ID
from cm_console.model.metrics import Behind, Figures, Good, Measured, Unit, UnknownMetric, Window, as_json
from cm_console.model.time import iso, moment
from cm_console.services.desk import Impossible


@click.group("metrics", invoke_without_command=True)
@click.option("--from", "start", metavar="DATE", help="First day of the window, in the community's time zone.")
@click.option("--to", "end", metavar="DATE", help="First day after the window.")
@click.option("--only", metavar="ID,...", help="Only these metrics.")
@click.option("--source", "sources", multiple=True, help="Only this source; may be given several times.")
@click.option("--json", "as_json_", is_flag=True, help="For programs.")
@click.pass_context
def command(
    context: click.Context,
    start: str | None,
    end: str | None,
    only: str | None,
    sources: tuple[str, ...],
    as_json_: bool,
) -> None:
    """Every metric over a window (the last 28 full days), next to the window before."""
    if context.invoked_subcommand is not None:
        return
    ids = [id.strip() for id in only.split(",") if id.strip()] if only else None

    async def measure(console: Console) -> Figures:
        _known(console, sources)
        return await console.metrics.measure(window_of(console, start, end), ids, sources or None)

    try:
        figures = with_console(context, measure)
    except UnknownMetric as error:
        raise click.UsageError(str(error)) from error
    if as_json_:
        say_json(as_json(figures))
    else:
        _show(figures)


@command.command("rows")
@click.argument("id")
@click.option("--from", "start", metavar="DATE")
@click.option("--to", "end", metavar="DATE")
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 100_000))
@click.option("--json", "as_json_", is_flag=True, help="For programs.")
@click.pass_context
def rows_command(
    context: click.Context, id: str, start: str | None, end: str | None, limit: int, as_json_: bool
) -> None:
    """The rows behind a number; together they make it."""

    async def read(console: Console) -> list[Behind]:
        behind = await console.metrics.rows(id, window_of(console, start, end))
        return list(await behind.after(None, limit))

    try:
        rows = with_console(context, read)
    except UnknownMetric as error:
        raise click.UsageError(str(error)) from error
    zone = config_of(context)[0].timezone
    if as_json_:
        names = ("kind", "id", "title", "who", "source", "value", "counted", "note")
        say_json([{**{name: getattr(row, name) for name in names}, "at": iso(row.at)} for row in rows])
        return
    say_table([_row(row, zone) for row in rows], empty="no rows")


@command.command("formula")
@click.argument("id")
@click.pass_context
def formula_command(context: click.Context, id: str) -> None:
    """What a number means, exactly, and where the definition comes from."""

    async def read(console: Console) -> str:
        metric = console.metrics.formula(id)
        return (
            f"{metric.id}: {metric.title}\n{metric.definition}\nunit {metric.unit}, good {metric.good}\n{metric.origin}"
        )

    try:
        say(with_console(context, read))
    except UnknownMetric as error:
        raise click.UsageError(str(error)) from error


@command.command("goals")
@click.option("--json", "as_json_", is_flag=True, help="For programs.")
@click.pass_context
def goals_command(context: click.Context, as_json_: bool) -> None:
    """All goals and how far they are."""
    goals = with_console(context, lambda c: c.metrics.goals())
    if as_json_:
        names = ("id", "metric", "target", "purpose")
        facts = [{name: getattr(p.goal, name) for name in names} for p in goals]
        say_json(
            [
                {**fact, "by": p.goal.by.isoformat(), "value": p.value, "standing": p.standing}
                for fact, p in zip(facts, goals, strict=True)
            ]
        )
        return
    say_table(
        [_goal(p) for p in goals],
        right=(2, 3),
        empty="no goals yet: cm-console metrics goal ID TARGET --by DATE --purpose WORDS",
    )


@command.command("goal")
@click.argument("id")
@click.argument("target", type=float)
@click.option("--by", required=True, metavar="DATE")
@click.option("--purpose", required=True, help="What it serves, in a few words.")
@click.pass_context
def goal_command(context: click.Context, id: str, target: float, by: str, purpose: str) -> None:
    """Set a goal for a metric (percent 0 to 100, durations in seconds)."""
    try:
        say(with_console(context, lambda c: c.metrics.set_goal(id, target, _day(by), purpose)))
    except UnknownMetric as error:
        raise click.UsageError(str(error)) from error


def window_of(console: Console, start: str | None, end: str | None) -> Window:
    """The window asked for; what is not said is as in the usual one."""
    latest = console.metrics.latest
    try:
        last = _day(end) if end else latest.end
        return Window(_day(start) if start else Window.last(last).start, last)
    except ValueError as error:
        raise Impossible(str(error)) from error


def in_words(value: float | None, unit: Unit) -> str:
    """A value with its unit, "-" when there is none."""
    if value is None:
        return "-"
    if unit is Unit.PERCENT:
        return f"{value:.0f} %" if value >= 10 else f"{value:.1f} %"
    if unit is Unit.SECONDS:
        minutes = round(value / 60)
        days, hours = divmod(minutes // 60, 24)
        return f"{days} d {hours} h" if days else f"{hours} h {minutes % 60} m" if hours else f"{minutes} m"
    return f"{value:,.2f}" if unit is Unit.RATIO else f"{value:,.0f}" if value == int(value) else f"{value:,.1f}"


def _show(figures: Figures) -> None:
    window = figures.window
    say(f"{window.days} days, {window.start} to {window.end} ({figures.zone}), against the {window.days} days before\n")
    say_table([_line(measured) for measured in figures.metrics], right=(1, 2, 4))
    for id, table in figures.tables.items():
        say(f"\n{id}")
        cells = [[_cell(cell) for cell in row] for row in (table.columns, *table.rows)]
        say_table(cells, right=tuple(range(1, len(table.columns))))
    for source in figures.sources:
        for feed, words in source.problems.items():
            say(f"{source.name} {feed}: {words}")


def _line(measured: Measured) -> list[str]:
    unit = measured.metric.unit
    sign = {True: "better", False: "worse", None: ""}[measured.better]
    if measured.metric.good is Good.NONE:
        sign = ""
    before = in_words(measured.previous, unit)
    return [measured.metric.id, in_words(measured.value, unit), before, sign, f"n={measured.n:,}", measured.note or ""]


def _goal(progress: Progress) -> list[str]:
    goal = progress.goal
    unit = BY_ID[goal.metric].unit
    numbers = [in_words(progress.value, unit), in_words(goal.target, unit)]
    return [goal.id[:12], goal.metric, *numbers, goal.by.isoformat(), progress.standing, goal.purpose]


def _cell(cell: str | float | None) -> str:
    return "-" if cell is None else cell if isinstance(cell, str) else f"{cell:,.0f}"


def _row(row: Behind, zone: ZoneInfo) -> list[str]:
    at = "" if row.at is None else f"{moment(row.at, zone):%Y-%m-%d %H:%M}"
    return [row.kind, str(row.id), at, row.source, row.who, f"{row.value:g}", "" if row.counted else "-", row.title]


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Impossible(f"{text!r} is no day; write it like 2026-12-01") from None


def _known(console: Console, sources: tuple[str, ...]) -> None:
    known = {source.name for source in console.config.sources}
    for source in sources:
        if source not in known:
            raise Impossible(f"there is no source {source}; known: {', '.join(sorted(known)) or 'none'}")
