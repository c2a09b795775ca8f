"""`cm-console engage`: whom to greet, congratulate, answer and thank, and what to begin a conversation with."""

from __future__ import annotations

from dataclasses import asdict

import click

from cm_console.cli.session import say, say_json, say_table, with_console
from cm_console.console import Console
from cm_console.model.engaging import Engage, EngageRow, Route
from cm_console.model.time import Instant, iso, short_age
from cm_console.model.when import parse_when
from cm_console.services.desk import Impossible
from cm_console.services.engaging import nowhere

_VIEWS = click.Choice([view.value for view in Engage])


@click.group("engage")
def command() -> None:
    """Engage first: greet newcomers, keep anniversaries, answer the unanswered, thank helpers, begin conversations."""


@command.command("list")
@click.argument("view", type=_VIEWS, required=False)
@click.option("--json", "as_json", is_flag=True, help="For programs.")
@click.pass_context
def list_command(context: click.Context, view: str | None, as_json: bool) -> None:
    """The rows of a list: who, why, since when. Without VIEW: how many each list has."""
    if view is None:
        counts = with_console(context, lambda c: c.engaging.counts())
        if as_json:
            say_json({name.value: number for name, number in counts.items()})
        else:
            say_table([[str(number), name.value] for name, number in counts.items()], right=(0,))
        return
    rows, now = with_console(context, lambda c: _rows(c, Engage(view)))
    if as_json:
        say_json([row_json(row) for row in rows])
    else:
        say_table([_line(row, now) for row in rows], right=(1,), empty="nobody is in this list")


@command.command("pass")
@click.argument("view", type=_VIEWS)
@click.argument("ids", nargs=-1, required=True)
@click.option("--until", metavar="WHEN", help="Only put it off: 3d, thu, 2026-12-01.")
@click.pass_context
def pass_command(context: click.Context, view: str, ids: tuple[str, ...], until: str | None) -> None:
    """Pass over rows of a list; `cm-console undo` brings them back."""

    async def work(console: Console) -> None:
        rows = [await console.engaging.row(Engage(view), id) for id in ids]
        if until is None:
            await console.engaging.pass_over(rows)
        else:
            await console.engaging.snooze(rows, _when(until, console))

    with_console(context, work)
    what = "passed over" if until is None else "put off"
    say(f"{what}: {', '.join(ids)}; take it back with: cm-console undo")


@command.command("starters")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
@click.pass_context
def starters_command(context: click.Context, as_json: bool) -> None:
    """The library of conversation starters, the one not used for longest first."""
    rows, _ = with_console(context, lambda c: _rows(c, Engage.STARTERS))
    if as_json:
        say_json([row_json(row) for row in rows])
    else:
        say_table([[row.number, row.why, row.detail] for row in rows], empty="no starters are left")


@command.command("start")
@click.argument("id")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
@click.pass_context
def start_command(context: click.Context, id: str, as_json: bool) -> None:
    """Put a starter into the calendar, as a draft on the next day that has nothing."""
    entry, day = with_console(context, lambda c: c.engaging.start(id))
    if as_json:
        say_json({"entry": entry, "day": day.isoformat()})
    else:
        say(f"a draft on {day:%A}, {day}: cm-console calendar show {entry[:8]}")


def _write_command(view: Engage, help: str) -> None:
    public = view is Engage.UNANSWERED

    @command.command(view.value, help=f"{help} Shows the words first; --yes sends them, or TEXT in their place.")
    @click.argument("id")
    @click.argument("text", required=False)
    @click.option("--privately", is_flag=True, hidden=public, help="Write privately, where they have a thread too.")
    @click.option("--subject", default="", hidden=public, help="Of a private message; else its first words.")
    @click.option("--yes", is_flag=True, help="Send it, after the undo window.")
    @click.pass_context
    def write_command(
        context: click.Context, id: str, text: str | None, privately: bool, subject: str, yes: bool
    ) -> None:
        async def work(console: Console) -> str:
            row = await console.engaging.row(view, id)
            words, to = text or (await console.engaging.words(row))[0], None
            if privately or row.route is Route.PRIVATELY:
                to = await console.messaging.addressee(row.member_id or 0, "" if privately else str(row.to_id))
            elif row.route is Route.NOWHERE:
                raise Impossible(nowhere(row))
            if not yes:
                where = f"to {to.at}, privately" if to else f"to {row.member} on {row.source}, in “{row.title}”"
                return f"{where}:\n\n{words}\n\nnothing is sent without --yes"
            if to is not None:
                sent = await console.engaging.send_privately(row, to.id, words, subject=subject)
            else:
                sent = await console.engaging.send(row, words)
            return f"queued as {sent[:8]}; take it back with: cm-console undo"

        say(with_console(context, work))


_write_command(Engage.GREET, "Greet a newcomer, by their id in `list greet`.")
_write_command(Engage.ANNIVERSARY, "Congratulate a member, by their id in `list anniversary`.")
_write_command(Engage.UNANSWERED, "Write to somebody nobody answered, by the thread's id in `list unanswered`.")
_write_command(Engage.THANK, "Thank a helper, by their id in `list thank`.")


def row_json(row: EngageRow) -> dict[str, object]:
    """A row for programs, times as ISO 8601."""
    facts = asdict(row)
    del facts["key"]
    return {"id": row.number, **facts, "view": row.view.value, "since": iso(row.since) if row.since else None}


def _line(row: EngageRow, now: int) -> list[str]:
    if row.view is Engage.STARTERS:
        return [row.number, "", row.why, row.detail]
    way = f"{row.route}: {row.why_not}" if row.why_not else str(row.route)
    return [row.number, short_age(now - row.since), row.source, row.member, row.why, way, row.title]


async def _rows(console: Console, view: Engage) -> tuple[list[EngageRow], int]:
    return await console.engaging.rows(view), console.clock.now()


def _when(text: str, console: Console) -> Instant:
    try:
        return parse_when(text, console.clock.now(), console.config.timezone)
    except ValueError as error:
        raise Impossible(str(error)) from error
