"""`cm-console outbox`: what is on its way to the platforms, and what to do about what is stuck."""

from __future__ import annotations

from dataclasses import asdict

import click

from cm_console.cli.outbox_edit import edit_command
from cm_console.cli.session import say, say_json, say_table, with_console
from cm_console.console import Console
from cm_console.model.many import MANY
from cm_console.model.outbox import Answer, OutboxRow, State
from cm_console.model.time import SECOND, iso, moment, short_age
from cm_console.model.verb import Verb
from cm_console.model.wall import say as say_when
from cm_console.services.desk import Impossible


@click.group("outbox", invoke_without_command=True)
@click.pass_context
def command(context: click.Context) -> None:
    """What is on its way to the platforms: list, show, send, cancel, resolve."""
    if context.invoked_subcommand is None:
        context.invoke(list_command)


@command.command("list")
@click.option("--all", "ended", is_flag=True, help="Also what has ended.")
@click.option("--limit", default=100, show_default=True, type=click.IntRange(1, 10_000))
@click.option("--json", "as_json", is_flag=True, help="For programs.")
@click.pass_context
def list_command(context: click.Context, ended: bool = False, limit: int = 100, as_json: bool = False) -> None:
    """Actions with their state and why: what must be answered first, then newest first."""

    async def read(console: Console) -> None:
        rows = await console.outbox.page(live=not ended, limit=limit)
        if as_json:
            say_json([action_json(row) for row in rows])
            return
        table = [[row.id[:8], *standing(row, console), row.verb, row.source, row.title, row.why] for row in rows]
        say_table(table, empty="nothing is on its way")

    with_console(context, read)


@command.command("show")
@click.argument("action")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
@click.pass_context
def show_command(context: click.Context, action: str, as_json: bool) -> None:
    """One action with every try and look. ACTION is its id, or the beginning of it."""
    with_console(context, lambda c: _show(c, action, as_json))


@command.command("send")
@click.argument("actions", nargs=-1)
@click.pass_context
def send_command(context: click.Context, actions: tuple[str, ...]) -> None:
    """Do not wait for the undo window: send ACTIONS, or everything that is due, now."""

    async def send(console: Console) -> list[str]:
        rows = [await _row(console, action) for action in actions]
        for row in rows:
            if why := _cannot_send(row, console):
                raise Impossible(f"{row.id[:8]} cannot be sent now: {why}")
        await console.outbox.send(*(row.id for row in rows))
        await console.deliver()
        return [_became(await _row(console, row.id), console) for row in rows]

    became = with_console(context, send)
    for line in became:
        say(line)
    if not became:
        context.invoke(list_command)


@command.command("cancel")
@click.argument("actions", nargs=-1, required=True)
@click.option("--yes", is_flag=True, help=f"Also for more than {MANY}.")
@click.pass_context
def cancel_command(context: click.Context, actions: tuple[str, ...], yes: bool) -> None:
    """Take ACTIONS back before they leave, all or none; one undo brings all of them again."""
    _sure(actions, yes)

    async def cancel(console: Console) -> str:
        return await console.outbox.cancel(*await _ids(console, actions))

    say(f"taken back: not sent. {with_console(context, cancel)}".rstrip())


@command.command("resolve")
@click.argument("actions", nargs=-1, required=True)
@click.argument("answer", type=click.Choice([answer.value for answer in Answer]))
@click.option("--yes", is_flag=True, help=f"Also for more than {MANY}.")
@click.pass_context
def resolve_command(context: click.Context, actions: tuple[str, ...], answer: str, yes: bool) -> None:
    """Say what became of ACTIONS nobody can know of: it is there / send it again / forget it. One decision for all."""
    _sure(actions, yes)

    async def resolve(console: Console) -> str:
        return await console.outbox.resolve(Answer(answer), *await _ids(console, actions))

    if words := with_console(context, resolve):
        say(words)


def standing(row: OutboxRow, console: Console) -> tuple[str, str]:
    """How an action stands, in a word or two, and when it leaves, if it has to wait."""
    now = console.clock.now()
    if row.state is not State.QUEUED or row.asks:
        return row.state + (" ?" if row.asks else ""), ""
    if row.blocked_by:
        return "waits", f"for {row.blocked_by[:8]}"
    if row.planned_at is not None and row.not_before > now:
        return "planned", say_when(row.planned_at, console.config.timezone)
    left = row.not_before - now
    return "queued", f"leaves in {short_age(max(left, SECOND))}" if left > 0 else "leaves now"


def _cannot_send(row: OutboxRow, console: Console) -> str:
    """Why an action cannot leave at once; "" if it can."""
    how = f"cm-console outbox resolve {row.id[:8]}"
    if row.asks:
        return f"it asks you what became of it: {how} there, again or forget"
    if row.state is State.FAILED:
        return f"it failed; to try once more: {how} again"
    if row.state is State.UNCERTAIN:
        return "it may have arrived; the console finds out first"
    if row.state is State.SENDING:
        return "it is being sent right now"
    if row.state is not State.QUEUED:
        return f"it is {row.state} already"
    word, at = standing(row, console)
    if word != "planned":
        return ""
    edits = row.thread_id is not None or row.verb == Verb.MESSAGE
    return f"it is planned for {at}; another time: cm-console {'outbox edit' if edits else 'calendar'}"


def _became(row: OutboxRow, console: Console) -> str:
    """What came of an action that was to be sent."""
    word, at = standing(row, console)
    return f"{row.id[:8]}: {', '.join(filter(None, (word, at)))}{f' - {row.why}' if row.why else ''}"


def _sure(actions: tuple[str, ...], yes: bool) -> None:
    if len(actions) > MANY and not yes:
        raise click.UsageError(f"that is {len(actions)} at once; add --yes if you mean it")


async def _ids(console: Console, actions: tuple[str, ...]) -> list[str]:
    return [(await _row(console, action)).id for action in actions]


def action_json(row: OutboxRow) -> dict[str, object]:
    """A row for programs, times as ISO 8601."""
    facts = asdict(row)
    for name in ("created_at", "not_before", "planned_at", "ended_at"):
        facts[name] = iso(facts[name])
    return facts


async def _row(console: Console, id: str) -> OutboxRow:
    row = await console.outbox.row(id)
    if row is None:
        raise Impossible(f"there is no one action whose id begins with {id!r}: cm-console outbox list --all")
    return row


def _said(row: OutboxRow, console: Console) -> str:
    word, at = standing(row, console)
    return f"{row.state} - it asks you" if row.asks else ", ".join(filter(None, (word, at)))


async def _show(console: Console, id: str, as_json: bool) -> None:
    row = await _row(console, id)
    attempts = await console.outbox.attempts(row.id)
    if as_json:
        tries = [{**asdict(a), "at": iso(a.at), "ended_at": iso(a.ended_at)} for a in attempts]
        say_json({**action_json(row), "attempts_log": tries})
        return
    zone = console.config.timezone
    say(f"{row.verb} on {row.source}: {_said(row, console)}\n{row.why}".rstrip())
    say(f"{row.title}\n\n{row.text}\n")
    for attempt in attempts:
        at = f"{moment(attempt.at, zone):%Y-%m-%d %H:%M:%S}"
        say(f"{at} {attempt.kind}: {attempt.outcome or 'under way'} {attempt.words}")


command.add_command(edit_command)
