"""`cm-console calendar`: planned content without a screen."""

from __future__ import annotations

import sys
from dataclasses import asdict
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import click

from cm_console.cli import planned
from cm_console.cli.planned import is_there, when
from cm_console.cli.session import config_of, say, say_json, say_table, with_console
from cm_console.console import Console
from cm_console.model.calendar import Entry, EntryKind
from cm_console.model.planned import Planned
from cm_console.model.time import Instant, iso, moment
from cm_console.model.wall import at_wall
from cm_console.services.desk import Impossible


@click.group("calendar")
def command() -> None:
    """Planned content: list, show, add, edit, schedule, unschedule, move, duplicate, variant, check, delete."""


@command.command("list")
@click.option("--from", "start", metavar="DATE", help="First day; without it, today.")
@click.option("--days", default=28, show_default=True, type=click.IntRange(1, 3660))
@click.option("--drafts", is_flag=True, help="Entries without a date instead.")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
@click.pass_context
def list_command(context: click.Context, start: str | None, days: int, drafts: bool, as_json: bool) -> None:
    """The agenda: entries, and what platforms have planned there, by time."""

    async def read(console: Console) -> list[Entry | Planned]:
        if drafts:
            return list(await console.calendar.drafts())
        first = _day(start) if start else moment(console.clock.now(), console.config.timezone).date()
        last = first + timedelta(days=days)
        rows: list[Entry | Planned] = [*await console.calendar.entries(first, last)]
        rows += await console.calendar.there.between(first, last)
        return sorted(rows, key=lambda row: row.key)

    rows, zone = with_console(context, read), config_of(context)[0].timezone
    if as_json:
        say_json([planned.as_json(row) if isinstance(row, Planned) else entry_json(row) for row in rows])
        return
    lines = [planned.line(row, zone) if isinstance(row, Planned) else _line(row, zone) for row in rows]
    say_table(lines, empty="nothing planned")


@command.command("show")
@click.argument("entry")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
@click.pass_context
def show_command(context: click.Context, entry: str, as_json: bool) -> None:
    """One entry, its words and what became of them; or what is planned there."""
    if is_there(entry):
        plan = with_console(context, lambda c: planned.find(c, entry))
        if as_json:
            say_json(planned.as_json(plan))
        else:
            say(planned.text(plan, config_of(context)[0].timezone))
        return
    found = with_console(context, lambda c: _entry(c, entry))
    if as_json:
        say_json(entry_json(found))
        return
    zone = config_of(context)[0].timezone
    say(f"{found.kind} {found.id}: {found.state}, {when(found.at, zone)}\n\n{found.title}\n\n{found.body}")
    for variant in found.variants:
        title, body = found.words(variant)
        say(
            f"\n--- {variant.source} {variant.place}: {variant.state or 'not scheduled'} {variant.why}\n{title}\n{body}"
        )


@command.command("add")
@click.argument("title")
@click.argument("body", required=False)
@click.option("--kind", type=click.Choice([kind.value for kind in EntryKind]), default="post", show_default=True)
@click.option("--at", metavar="WHEN", help="Day and time in the community's zone: 2026-12-01T10:00")
@click.option("--on", "sources", multiple=True, help="A source it goes to; may be given several times.")
@click.option("--schedule", is_flag=True, help="Let it go out at that time.")
@click.pass_context
def add_command(
    context: click.Context,
    title: str,
    body: str | None,
    kind: str,
    at: str | None,
    sources: tuple[str, ...],
    schedule: bool,
) -> None:
    """Plan an entry. Without BODY, the text is what standard input holds, if anything is piped in."""
    text = body if body is not None else "" if sys.stdin.isatty() else sys.stdin.read()

    async def add(console: Console) -> str:
        when = _at(at, console.config.timezone)
        _known(console, sources)
        return await console.calendar.save(
            kind=EntryKind(kind), title=title, body=text, at=when, sources=sources, schedule=schedule
        )

    say(with_console(context, add))


@command.command("edit")
@click.argument("entry")
@click.option("--title")
@click.option("--body")
@click.option("--at", metavar="WHEN", help="Day and time in the community's zone.")
@click.pass_context
def edit_command(context: click.Context, entry: str, title: str | None, body: str | None, at: str | None) -> None:
    """Change the words or the time of an entry; what waits to go out is queued anew."""

    async def edit(console: Console) -> None:
        was = await _entry(console, entry)
        await console.calendar.save(
            was.id,
            kind=was.kind,
            title=was.title if title is None else title,
            body=was.body if body is None else body,
            at=_at(at, console.config.timezone) if at else was.at,
            sources=was.sources,
            rev=was.rev,
        )

    with_console(context, edit)


@command.command("schedule")
@click.argument("entry")
@click.option("--at", metavar="WHEN", help="Day and time in the community's zone; without it, the one it has.")
@click.option("--on", "sources", multiple=True, help="A source it goes to; without it, those it has.")
@click.pass_context
def schedule_command(context: click.Context, entry: str, at: str | None, sources: tuple[str, ...]) -> None:
    """Let an entry go out at its time; until then it can be changed, moved or taken back.

    Of something planned there: let it go out at another time.
    """

    async def schedule(console: Console) -> None:
        if is_there(entry):
            await planned.reschedule(console, entry, _at(at, console.config.timezone))
            return
        was = await _entry(console, entry)
        when = _at(at, console.config.timezone) if at else was.at
        if when is None:
            raise Impossible("it has no time yet: --at 2026-12-01T10:00")
        _known(console, sources)
        await console.calendar.schedule(was.id, when, sources or was.sources)

    with_console(context, schedule)


@command.command("unschedule")
@click.argument("entry")
@click.pass_context
def unschedule_command(context: click.Context, entry: str) -> None:
    """Take back what waits to go out; the entry is a draft again. What is planned there comes off its plan."""

    async def unschedule(console: Console) -> None:
        if is_there(entry):
            await planned.unschedule(console, entry)
            return
        await console.calendar.unschedule((await _entry(console, entry)).id)

    with_console(context, unschedule)


@command.command("move")
@click.argument("entry")
@click.option("--days", default=0, help="Later by so many days; negative ones are earlier.")
@click.option("--hours", default=0, help="Later by so many hours on the clock.")
@click.pass_context
def move_command(context: click.Context, entry: str, days: int, hours: int) -> None:
    """Move an entry, or what is planned there; 10:00 stays 10:00 when the clocks change."""

    async def move(console: Console) -> Instant:
        by = timedelta(days=days, hours=hours)
        if is_there(entry):
            return await planned.move(console, entry, by)
        return await console.calendar.move((await _entry(console, entry)).id, by)

    say(when(with_console(context, move), config_of(context)[0].timezone))


@command.command("duplicate")
@click.argument("entry")
@click.option("--at", metavar="WHEN", help="Day and time of the copy.")
@click.pass_context
def duplicate_command(context: click.Context, entry: str, at: str | None) -> None:
    """Make a copy as a draft; prints its id. A copy of something planned there is an entry here."""

    async def duplicate(console: Console) -> str:
        when_to = _at(at, console.config.timezone)
        if is_there(entry):
            return await planned.copy(console, entry, when_to)
        return await console.calendar.duplicate((await _entry(console, entry)).id, when_to)

    say(with_console(context, duplicate))


@command.command("variant")
@click.argument("entry")
@click.argument("source")
@click.option("--title", default="")
@click.option("--body", default="")
@click.option("--place", default="", help="Where it goes there: a category or channel.")
@click.pass_context
def variant_command(context: click.Context, entry: str, source: str, title: str, body: str, place: str) -> None:
    """Set an entry's words for one source; empty ones fall back to its own."""

    async def variant(console: Console) -> None:
        _known(console, (source,))
        await console.calendar.variant((await _entry(console, entry)).id, source, title=title, body=body, place=place)

    with_console(context, variant)


@command.command("check")
@click.argument("entry")
@click.pass_context
def check_command(context: click.Context, entry: str) -> None:
    """What should be looked at before it goes out; works offline."""

    async def check(console: Console) -> list[str]:
        return await console.calendar.preflight((await _entry(console, entry)).id)

    problems = with_console(context, check)
    for words in problems or ["ready"]:
        say(words)
    context.exit(1 if problems else 0)


@command.command("delete")
@click.argument("entry")
@click.pass_context
def delete_command(context: click.Context, entry: str) -> None:
    """Remove an entry; what waits to go out is taken back."""

    async def delete(console: Console) -> None:
        await console.calendar.delete((await _entry(console, entry)).id)

    with_console(context, delete)


def entry_json(entry: Entry) -> dict[str, object]:
    """An entry for programs, times as ISO 8601."""
    facts = asdict(entry)
    facts["at"], facts["published_at"] = iso(entry.at), iso(entry.published_at)
    for variant in facts["variants"]:
        variant["due_at"], variant["sent_at"] = iso(variant["due_at"]), iso(variant["sent_at"])
    return facts


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Impossible(f"{text!r} is no day; write it like 2026-12-01") from None


def _at(text: str | None, zone: ZoneInfo) -> Instant | None:
    if text is None:
        return None
    try:
        local = datetime.fromisoformat(text)
        return at_wall(local.date(), local.time(), zone)
    except ValueError as error:
        raise Impossible(f"{text!r} is no time ({error}); write it like 2026-12-01T10:00") from None


def _line(entry: Entry, zone: ZoneInfo) -> list[str]:
    return [entry.id[:12], when(entry.at, zone), entry.state, entry.kind, ",".join(entry.sources) or "-", entry.name]


def _known(console: Console, sources: tuple[str, ...]) -> None:
    known = {source.name for source in console.config.sources}
    for source in sources:
        if source not in known:
            raise Impossible(f"there is no source {source}; known: {', '.join(sorted(known)) or 'none'}")


async def _entry(console: Console, id: str) -> Entry:
    if is_there(id):
        raise Impossible(
            "it is planned there: only show, schedule, unschedule, move and duplicate can be done from here"
        )
    found = await console.calendar.entry(id)
    if found is None:
        raise Impossible(f"there is no one entry whose id begins with {id!r}: cm-console calendar list")
    return found
