"""`cm-console inbox merge`, `split` and `duplicates`: several threads as one inquiry."""

from __future__ import annotations

from dataclasses import asdict

import click

from cm_console.cli.numbers import THREAD
from cm_console.cli.session import say, say_json, say_table, with_console
from cm_console.console import Console
from cm_console.model.duplicates import Duplicate
from cm_console.model.many import MANY
from cm_console.services.desk import Impossible


@click.command("merge")
@click.argument("lead", type=THREAD)
@click.argument("threads", type=THREAD, nargs=-1, required=True)
@click.option("--yes", is_flag=True, help=f"Also for more than {MANY}.")
@click.pass_context
def merge_command(context: click.Context, lead: int, threads: tuple[int, ...], yes: bool) -> None:
    """Make THREADS one inquiry with LEAD: one row, decided as one; nothing else of them changes."""
    if len(threads) > MANY and not yes:
        raise click.UsageError(f"that is {len(threads)} at once; add --yes if you mean it")
    number = with_console(context, lambda c: c.joined.merge(lead, threads))
    say(f"one inquiry of {number}; take it back with: cm-console undo")


@click.command("split")
@click.argument("thread", type=THREAD)
@click.pass_context
def split_command(context: click.Context, thread: int) -> None:
    """Each for itself again: all that THREAD leads, or THREAD out of its group."""
    number = with_console(context, lambda c: c.joined.split(thread))
    say(f"apart again: {number}")


@click.command("duplicates")
@click.option("--of", "thread", type=THREAD, help="Only those of this thread.")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
@click.pass_context
def duplicates_command(context: click.Context, thread: int | None, as_json: bool) -> None:
    """What may have been asked twice: same person or name, within a day, nearly the same words."""
    found = with_console(context, lambda c: _suggested(c, thread))
    if as_json:
        say_json([asdict(each) for each in found])
        return
    rows = [[str(each.lead), str(each.other), each.source, each.why, each.title] for each in found]
    say_table(rows, right=(0, 1), empty="nothing looks the same")


async def _suggested(console: Console, thread: int | None) -> list[Duplicate]:
    if thread is None:
        return await console.joined.all_suggested()
    if await console.inbox.row(thread) is None:
        raise Impossible(f"there is no thread {thread}")
    return await console.joined.suggested(thread)


JOINED = (merge_command, split_command, duplicates_command)
"""Commands of the group `inbox`."""
