"""`cm-console search`: full text over everything pulled, newest first."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import click

from cm_console.cli.session import say_json, say_table, with_console
from cm_console.console import Console
from cm_console.model.thread import Found
from cm_console.model.time import iso, moment


@click.command("search")
@click.argument("words", nargs=-1, required=True)
@click.option("--limit", default=20, show_default=True, type=click.IntRange(1, 10_000))
@click.option("--json", "as_json", is_flag=True, help="For programs.")
@click.pass_context
def command(context: click.Context, words: tuple[str, ...], limit: int, as_json: bool) -> None:
    """Posts that hold every one of WORDS; quote a phrase as '"two words"'."""
    query = " ".join(words) + " "

    async def search(console: Console) -> tuple[list[Found], ZoneInfo]:
        return await console.inbox.search(query, limit=limit), console.config.timezone

    hits, zone = with_console(context, search)
    if as_json:
        say_json([{**hit._asdict(), "at": iso(hit.at)} for hit in hits])
        return
    rows = [
        [str(hit.thread_id), f"{moment(hit.at, zone):%Y-%m-%d}", hit.source, hit.author, hit.title, hit.snippet]
        for hit in hits
    ]
    say_table([[cell.replace("\n", " ") for cell in row] for row in rows], right=(0,), empty="nothing found")
