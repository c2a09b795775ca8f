"""`cm-console moderation`: the cases without a screen."""

from __future__ import annotations

from dataclasses import asdict
from zoneinfo import ZoneInfo

import click

from cm_console.cli.inbox import many, when
from cm_console.cli.numbers import CASE, GUIDELINE, THREAD
from cm_console.cli.session import config_of, say, say_json, say_table, with_console
from cm_console.console import Console
from cm_console.model.action import Verb
from cm_console.model.many import MANY
from cm_console.model.moderation import UPHELD, CaseCard, CaseRow, CaseView
from cm_console.model.time import iso, moment, short_age
from cm_console.services.desk import Impossible


@click.group("moderation")
def command() -> None:
    """Cases: list, show, decide, claim, escalate, note, flag, guidelines."""


@command.command("list")
@click.option("--view", type=click.Choice([view.value for view in CaseView]), default=CaseView.OPEN.value)
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 10_000))
@click.option("--json", "as_json", is_flag=True, help="For programs.")
@click.pass_context
def list_command(context: click.Context, view: str, limit: int, as_json: bool) -> None:
    """The cases of a view, worst first."""

    async def read(console: Console) -> tuple[list[CaseRow], int]:
        return await console.moderation.page(CaseView(view), limit=limit), console.clock.now()

    rows, now = with_console(context, read)
    if as_json:
        say_json([case_json(row) for row in rows])
        return
    say_table([_line(row, now) for row in rows], right=(0, 1), empty="no cases")


@command.command("show")
@click.argument("case", type=CASE)
@click.option("--json", "as_json", is_flag=True, help="For programs.")
@click.pass_context
def show_command(context: click.Context, case: int, as_json: bool) -> None:
    """Everything needed to judge a case: what, its context, who, the reports, what was decided."""

    async def read(console: Console) -> CaseCard:
        card = await console.moderation.case(case)
        if card is None:
            raise Impossible(f"there is no case {case}")
        return card

    card = with_console(context, read)
    if as_json:
        say_json({**asdict(card), "row": case_json(card.row), "verbs": sorted(card.verbs)})
    else:
        _show(card, config_of(context)[0].timezone)


@command.command("decide")
@click.argument("cases", type=CASE, nargs=-1, required=True)
@click.argument("verb", type=click.Choice([verb.value for verb in UPHELD]))
@click.option("--guideline", type=GUIDELINE, help="The number of the clause it breaks.")
@click.option("--message", help="What the member is told, instead of the clause's own words.")
@click.option("--note", default="", help="Why, for colleagues.")
@click.option("--until", metavar="WHEN", help="End of a silence or ban: 4h, 3d, 2026-12-01; without it, for good.")
@click.option("--yes", is_flag=True, help=f"Also for more than {MANY}.")
@click.pass_context
def decide_command(
    context: click.Context,
    cases: tuple[int, ...],
    verb: str,
    guideline: int | None,
    message: str | None,
    note: str,
    until: str | None,
    yes: bool,
) -> None:
    """End cases: keep, remove, hide, spam, warn, silence, ban ... It leaves after the undo window."""
    many(cases, yes)

    async def decide(console: Console) -> None:
        end = when(until, console) if until else None
        await console.moderation.decide_each(
            cases, Verb(verb), guideline=guideline, message=message, note=note, until=end
        )

    with_console(context, decide)
    say(f"{verb}: {len(cases)} decided; take it back with: cm-console undo")


@command.command("claim")
@click.argument("case", type=CASE)
@click.option("--release", is_flag=True, help="Give it back.")
@click.pass_context
def claim_command(context: click.Context, case: int, release: bool) -> None:
    """Tell colleagues that you are at it."""
    with_console(context, lambda c: c.moderation.claim(case, release=release))


@command.command("escalate")
@click.argument("case", type=CASE)
@click.option("--note", default="", help="Why, for colleagues.")
@click.pass_context
def escalate_command(context: click.Context, case: int, note: str) -> None:
    """Put a case on top for a second pair of eyes."""
    with_console(context, lambda c: c.moderation.escalate(case, note))


@command.command("note")
@click.argument("case", type=CASE)
@click.argument("text")
@click.pass_context
def note_command(context: click.Context, case: int, text: str) -> None:
    """Leave a private note for colleagues."""
    with_console(context, lambda c: c.moderation.note(case, text))


@command.command("flag")
@click.argument("thread", type=THREAD)
@click.argument("reason")
@click.option("--post", help="The platform's id of one post in it.")
@click.pass_context
def flag_command(context: click.Context, thread: int, reason: str, post: str | None) -> None:
    """Make a case of a thread nobody reported."""
    case = with_console(context, lambda c: c.moderation.flag(thread, post, reason))
    say(f"case {case}")


@command.command("guidelines")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
@click.pass_context
def guidelines_command(context: click.Context, as_json: bool) -> None:
    """The numbered clauses of the config."""
    clauses = config_of(context)[0].guidelines
    if as_json:
        say_json([asdict(clause) for clause in clauses])
        return
    rows = [[str(c.number), c.title, c.verb, f"{c.strikes} strikes {c.expires_days} d"] for c in clauses]
    say_table(rows, right=(0,), empty="no guidelines yet: see [[guidelines]] in docs/config.md")


def case_json(row: CaseRow) -> dict[str, object]:
    """A row for programs, times as ISO 8601."""
    facts = asdict(row)
    del facts["key"]
    return {**facts, "opened_at": iso(row.opened_at), "ended_at": iso(row.ended_at)}


def _line(row: CaseRow, now: int) -> list[str]:
    reports = f"{row.reports} report{'s' if row.reports != 1 else ''}"
    state = row.verdict or ("escalated" if row.escalated else row.claimed_by or "open")
    return [str(row.id), reports, ",".join(row.kinds), row.source, short_age(now - row.opened_at), state, row.excerpt]


def _show(card: CaseCard, zone: ZoneInfo) -> None:
    for title, post in (("BEFORE", card.before), ("WHAT", card.what), ("AFTER", card.after)):
        if post:
            say(
                f"{title}  {post.author} · {moment(post.created_at, zone):%Y-%m-%d %H:%M} · {post.state}\n{post.body}\n"
            )
    if card.what is None:
        say(f"WHAT  {card.row.target_kind} {card.row.excerpt}\n")
    if card.who:
        who = card.who
        same = "".join(f" · also {account}" for account in who.also)
        same += "".join(f" · perhaps also {account}" for account in who.perhaps)
        say(f"WHO  {who.handle} ({who.role}) · {who.posts} posts · {who.strikes} strikes{same}\n")
    for report in card.reports:
        say(f"REPORT  {report.reporter} ({report.agreed}/{report.judged} right): {report.kind} {report.reason}")
    for decision in card.decisions:
        undone = " (undone)" if decision.undone else ""
        say(f"DECIDED  {decision.verb} by {decision.actor}{undone} {decision.state} {decision.note}")
    for note in card.notes:
        say(f"NOTE  {note.author}: {note.body}")
    say(f"\nCAN END WITH  {', '.join(sorted(card.verbs))}")
