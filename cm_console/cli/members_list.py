"""`cm-console members list | segments | export | import | follow-ups`: the directory without a screen."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from cm_console.cli.session import PARTLY, config_of, json_option, say, say_json, say_table, tell, with_console
from cm_console.console import Console
from cm_console.model.directory import ALL, DUE, Narrow, PersonRow, Sort
from cm_console.model.people_file import Row
from cm_console.model.plural import counted
from cm_console.model.segments import shorter
from cm_console.model.text import clean_line
from cm_console.model.time import DAY, iso, moment, short_age
from cm_console.services.directory import Listed
from cm_console.services.people_files import Imported

_SEEN = re.compile(r"(?:, )?\b(?:last |never )?seen\b(?: today| \d+ days? ago)?$")
"""What the reason repeats of the column before it."""
SORTS = {str(sort).replace(" ", "-"): sort for sort in Sort}


def _narrowing(function: Callable[..., None]) -> Callable[..., None]:
    options = (
        click.option("--segment", default=ALL, show_default=True, help="A segment, or all, due, team."),
        click.option("--level", default="", help="Only this level."),
        click.option("--tag", default="", help="Only who bears this tag."),
        click.option("--source", default="", help="Only who has an account there."),
        click.option("--words", default="", help="Only who has these words in a handle or name."),
        click.option("--sort", type=click.Choice(list(SORTS)), default="last-active", show_default=True),
    )
    for option in reversed(options):
        function = option(function)
    return function


def _narrow(level: str, tag: str, source: str, words: str) -> Narrow:
    return Narrow(words, tag.lstrip("#").lower(), source.lower(), level.lower())


@click.command("list")
@_narrowing
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 1_000_000))
@json_option
@click.pass_context
def list_command(
    context: click.Context,
    segment: str,
    level: str,
    tag: str,
    source: str,
    words: str,
    sort: str,
    limit: int,
    as_json: bool,
) -> None:
    """Persons of a segment, and why each is in it; posts and answers are those of 90 days."""
    narrow = _narrow(level, tag, source, words)

    async def read(console: Console) -> list[tuple[PersonRow, str]]:
        await console.directory.check(narrow)
        await console.directory.look_again()
        found = await console.directory.page(segment, SORTS[sort], narrow, limit=limit)
        return [(row, console.directory.reason(row, segment, narrow)) for row in found]

    found = with_console(context, read)
    if as_json:
        say_json([_as_json(row, why) for row, why in found])
        return
    say_table([_line(row, _short(why, segment)) for row, why in found], right=(0, 4, 5, 6), empty="nobody is here")


@click.command("segments")
@json_option
@click.pass_context
def segments_command(context: click.Context, as_json: bool) -> None:
    """The segments and levels with their rules, and how many members are in each."""

    async def read(console: Console) -> tuple[list[Listed], list[tuple[str, str, int]]]:
        await console.directory.look_again()
        return await console.directory.lists(), await console.directory.levels()

    lists, levels = with_console(context, read)
    if as_json:
        segments = [
            {"name": e.name, "title": e.title, "members": e.count, "rule": e.rule, "help": e.help} for e in lists
        ]
        say_json({"segments": segments, "levels": [{"name": n, "rule": r, "members": c} for n, r, c in levels]})
        return
    say_table([[each.name, f"{each.count:,}", each.rule or each.help] for each in lists], right=(1,))
    say()
    say_table([[name, f"{count:,}", rule] for name, rule, count in levels], right=(1,))


@click.command("follow-ups")
@json_option
@click.pass_context
def follow_ups_command(context: click.Context, as_json: bool) -> None:
    """Persons with an open follow-up, the one that is due first on top."""

    async def read(console: Console) -> list[PersonRow]:
        await console.directory.look_again()
        return [row async for row in console.directory.every(DUE)]

    found = with_console(context, read)
    if as_json:
        say_json([{**_as_json(row, clean_line(row.due)), "due_at": iso(row.due_at)} for row in found])
        return
    zone = config_of(context)[0].timezone
    rows = [
        [f"{moment(row.due_at or 0, zone):%Y-%m-%d}", str(row.id), row.handle, clean_line(row.due, 200)]
        for row in found
    ]
    say_table(rows, right=(1,), empty="nobody waits for a follow-up")


@click.command("export")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@_narrowing
@click.option("--force", is_flag=True, help="Write over a file that is there.")
@click.pass_context
def export_command(
    context: click.Context,
    file: Path,
    segment: str,
    level: str,
    tag: str,
    source: str,
    words: str,
    sort: str,
    force: bool,
) -> None:
    """Write persons with numbers, tags, notes and follow-ups to FILE (.csv or .json); - prints JSON."""
    narrow = _narrow(level, tag, source, words)

    async def write(console: Console) -> int | list[Row]:
        await console.directory.check(narrow)
        await console.directory.look_again()
        if str(file) == "-":
            return await console.people_files.rows(segment, SORTS[sort], narrow)
        return await console.people_files.export(file, segment, SORTS[sort], narrow, over=force)

    done = with_console(context, write)
    if isinstance(done, int):
        say(f"{counted(done, 'person')} written to {file}, readable by you only")
    else:
        say_json(done)


@click.command("import")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--dry-run", "only_look", is_flag=True, help="Only say what would come new.")
@click.option("--yes", is_flag=True, help="Also rows that make a member one person with the team.")
@json_option
@click.pass_context
def import_command(context: click.Context, file: Path, only_look: bool, yes: bool, as_json: bool) -> None:
    """Take tags, notes, follow-ups and links of persons from FILE (.csv or .json).

    Columns: who (handle@source) or mail; tags (apart by blanks), notes (several apart by a line ---), follow_ups (a day
    and words, one on a line), same_as (accounts of the same person, handle@source). Others are ignored. What is there
    already stays as it is; one undo takes all back. A row that cannot be used is named, the others are used.
    """

    async def read(console: Console) -> Imported:
        return await console.people_files.load(file, only_look=only_look, sure=yes)

    done = with_console(context, read)
    if as_json:
        counts = {name: getattr(done, name) for name in ("rows", "tags", "notes", "follow_ups", "links")}
        say_json({**counts, "wrong": list(done.wrong)})
    else:
        say(done.words)
        for words in done.wrong:
            tell(words)
    if done.wrong:
        context.exit(PARTLY)


COMMANDS = (list_command, segments_command, follow_ups_command, export_command, import_command)
"""What `cm_console/cli/members.py` adds to its group."""


def _line(row: PersonRow, why: str) -> list[str]:
    posts, answers = counted(row.count("posts_90"), "post"), counted(row.count("answers_90"), "answer")
    alike = (f"looks like {row.alike} ·",) if row.alike else ()
    said = " ".join((*alike, *((why,) if why else ()), *(f"#{tag}" for tag in row.tags)))
    return [str(row.id), row.handle, "+".join(row.sources), row.level, posts, answers, _seen(row), said]


def _short(why: str, segment: str) -> str:
    """A reason without what the column before it says; what a follow-up is about stays as it was written."""
    return why if segment == DUE else _SEEN.sub("", shorter(why)).lstrip(", ")


def _seen(row: PersonRow) -> str:
    days = row.facts.get("quiet_days")
    if not isinstance(days, int):
        return "never seen"
    return f"seen {short_age(days * DAY)} ago" if days else "seen today"


def _as_json(row: PersonRow, why: str) -> dict[str, Any]:
    facts = {name: sorted(has) if isinstance(has, frozenset) else has for name, has in row.facts.items()}
    for name in ("tag", "source", "level"):
        facts.pop(name, None)
    return {
        "id": row.id,
        "handle": row.handle,
        "name": row.name,
        "looks_like": row.alike or None,
        "role": "team" if row.role else "member",
        "level": row.level,
        "segments": list(row.segments),
        "why": why,
        "sources": list(row.sources),
        "tags": list(row.tags),
        **facts,
    }
