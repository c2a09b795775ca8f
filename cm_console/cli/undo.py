"""`cm-console undo`: take back the last decision, or queue its opposite where that comes too late."""

from __future__ import annotations

import click

from cm_console.cli.session import say, with_console
from cm_console.console import Console
from cm_console.services.desk import Impossible
from cm_console.services.journal import Blocked, TooLate, Undone


@click.command("undo")
@click.option("--opposite", is_flag=True, help="If it has left already, queue what really takes it back.")
@click.pass_context
def command(context: click.Context, opposite: bool) -> None:
    """Take back what you did last. What comes too late is said once; the next undo goes on to what was before it."""
    undone = with_console(context, lambda console: _undo(console, opposite))
    say(f"took back {undone.words}")


async def _undo(console: Console, opposite: bool) -> Undone:
    stood = await console.journal.stood() if opposite else None
    if stood is not None:
        try:
            return await console.journal.take_back(stood)
        except Impossible:
            pass  # it has no opposite, which was said
    try:
        return await console.journal.undo()
    except Blocked as error:
        verbs = error.opposites if isinstance(error, TooLate) else ()
        if opposite and verbs:
            return await console.journal.take_back(error.journal_id)
        await console.journal.let_stand(error.journal_id)
        really = f"; to {' and '.join(verbs)} it there: cm-console undo --opposite" if verbs else ""
        raise Impossible(f"{error}{really}; the next undo goes on to what was done before it") from error
