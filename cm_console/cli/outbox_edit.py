"""`cm-console outbox edit`: a planned reply or message, written otherwise or for another time, in its place."""

from __future__ import annotations

import sys

import click

from cm_console.cli.inbox_writing import TOOK, look_first, settle, when
from cm_console.cli.session import say, with_console
from cm_console.console import Console
from cm_console.model.wall import say as say_when
from cm_console.services.desk import Impossible


@click.command("edit")
@click.argument("action")
@click.option("--text", help="The new words; - reads them from standard input.")
@click.option("--subject", help="The new subject of a private message; empty for its first words.")
@click.option("--at", "at", metavar="WHEN", help="The new time: 4h, tomorrow, thu 14:00, 2026-12-01.")
@click.option("--yes", is_flag=True, help="Although there are doubts, such as a call to everybody.")
@click.pass_context
def edit_command(
    context: click.Context, action: str, text: str | None, subject: str | None, at: str | None, yes: bool
) -> None:
    """Change the words of a planned reply or private message, its time, or both, unless it has gone out meanwhile."""
    if text is None and at is None and subject is None:
        raise click.UsageError("say --text, --subject or --at")
    words = sys.stdin.read() if text == "-" else text

    async def edit(console: Console) -> str:
        row = await console.outbox.row(action)
        if row is None:
            raise Impossible(f"there is no one action whose id begins with {action!r}: cm-console outbox list")
        planned = await console.writing.planned_named(row.id)
        if subject is not None and planned.thread_id:
            raise Impossible("a reply has no subject: its thread has a title")
        if words is not None and not planned.thread_id:
            settle(await console.messaging.doubts(planned.member_id, words, editing=planned.id), yes=yes)
        elif words is not None:
            await look_first(console, planned.thread_id, words, yes=yes, editing=planned.id)
        until = when(console, at)
        await console.writing.replan(planned.id, words, until, subject=subject)
        return f"it goes out {say_when(until or planned.planned_at, console.config.timezone)}; {TOOK}"

    say(with_console(context, edit))
