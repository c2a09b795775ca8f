"""`cm-console undo`: take back the last decision, or queue its opposite where that comes too late."""

from __future__ import annotations

import click

from cm_console.cli.session import say, with_console
from cm_console.console import Console
from cm_console.services.desk import Impossible
from cm_console.services.journal import TooLate, Undone


@click.command("undo")
@click.option("--opposite", is_flag=True, help="If it has left already, queue what really takes it back.")
@click.pass_context
def command(context: click.Context, opposite: bool) -> None:
    """Take back what you did last."""

    async def undo(console: Console) -> Undone:
        try:
            return await console.journal.undo()
        except TooLate as error:
            if opposite:
                return await console.journal.take_back(error.journal_id)
            verbs = " and ".join(error.opposites)
            hint = f"; to {verbs} instead: cm-console undo --opposite" if verbs else ""
            raise Impossible(f"{error}{hint}") from error

    undone = with_console(context, undo)
    say(f"took back “{undone.op}” on {undone.items} item{'s' if undone.items != 1 else ''}")
