"""`cm-console log`: the journal, newest first."""

from __future__ import annotations

from dataclasses import asdict
from zoneinfo import ZoneInfo

import click

from cm_console.cli.session import say_json, say_table, with_console
from cm_console.console import Console
from cm_console.model.time import iso, moment
from cm_console.store.journal import Line


@click.command("log")
@click.option("--item", help="Only of one item: thread:12, case:3, entry:ID.")
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 100_000))
@click.option("--json", "as_json", is_flag=True, help="For programs.")
@click.pass_context
def command(context: click.Context, item: str | None, limit: int, as_json: bool) -> None:
    """Who decided what, when, and what was undone."""

    async def read(console: Console) -> tuple[list[Line], ZoneInfo]:
        return await console.journal.lines(item, limit=limit), console.config.timezone

    lines, zone = with_console(context, read)
    if as_json:
        say_json([{**asdict(line), "at": iso(line.at)} for line in lines])
        return
    rows = [
        [f"{moment(line.at, zone):%Y-%m-%d %H:%M}", line.actor, line.op, line.item, "undone" if line.undone else ""]
        for line in lines
    ]
    say_table(rows, empty="nothing was decided yet")
