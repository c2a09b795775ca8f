"""`cm-console members`: persons without a screen; who they are, what the team keeps on them, which accounts are one."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import asdict

import click

from cm_console.cli import members_list
from cm_console.cli.inbox import when
from cm_console.cli.members_message import message_command
from cm_console.cli.members_privacy import export_command, forget_command, retention_command
from cm_console.cli.members_words import member_argument, person_json, say_moments, say_person, suggestion_json
from cm_console.cli.numbers import ACCOUNT
from cm_console.cli.session import config_of, json_option, say, say_json, say_table, with_console
from cm_console.console import Console
from cm_console.model.follow_up import follow_up_at
from cm_console.model.person import Moment, Person
from cm_console.model.tags import tag_words
from cm_console.model.time import Instant, iso, moment
from cm_console.services.desk import Impossible
from cm_console.services.persons import WAYS, MakesTeam, Merged

BACK = "take it back with: cm-console undo"


@click.group("members")
def command() -> None:
    """Persons: list, segments, show, message, note, tag, follow up, contact; merge, unmerge; export, import; forget."""


@command.command("show")
@member_argument
@click.option("--limit", default=20, show_default=True, type=click.IntRange(0, 10_000), help="Lines of the timeline.")
@json_option
@click.pass_context
def show_command(context: click.Context, member: str, limit: int, as_json: bool) -> None:
    """Everything the console knows of a person on all platforms, and their timeline."""

    async def read(console: Console) -> tuple[Person, list[Moment], Instant]:
        id = await console.persons.find_one(member)
        person = await console.persons.person(id)
        if person is None:
            raise Impossible(f"there is no account {id}")
        return person, await console.persons.timeline(id, limit=limit) if limit else [], console.clock.now()

    person, moments, now = with_console(context, read)
    if as_json:
        lines = [{**asdict(each), "at": iso(each.at), "what": each.what.name.lower(), "key": None} for each in moments]
        say_json({**person_json(person), "timeline": lines})
        return
    zone = config_of(context)[0].timezone
    say_person(person, now, zone)
    say_moments(moments, zone)


@command.command("note")
@member_argument
@click.argument("text")
@click.pass_context
def note_command(context: click.Context, member: str, text: str) -> None:
    """Leave a private note on a person; it never leaves the console."""
    say(f"noted on {with_console(context, lambda c: _on(c, member, lambda id: c.persons.note(id, text)))}; {BACK}")


@command.command("tag")
@member_argument
@click.option("--add", help="A tag to put on; several with spaces between them.")
@click.option("--remove", help="A tag to take off, or several.")
@click.pass_context
def tag_command(context: click.Context, member: str, add: str | None, remove: str | None) -> None:
    """Put tags on a person, or take them off; one undo takes all of it back."""
    if not add and not remove:
        raise click.UsageError("say --add TAG or --remove TAG")
    for line in with_console(context, lambda c: _tag(c, member, tag_words(add or ""), tag_words(remove or ""))):
        say(line)


@command.command("follow-up")
@click.argument("member", required=False)
@click.argument("text", required=False)
@click.option("--on", "due", metavar="WHEN", help="When to come back to them: 3d, 2w, 2026-12-01.")
@click.option("--done", metavar="ID", help="One that is done.")
@click.option("--until", metavar="WHEN", help="List those due until then: 2w, 2026-12-01; else those due now.")
@json_option
@click.pass_context
def follow_up_command(
    context: click.Context,
    member: str | None,
    text: str | None,
    due: str | None,
    done: str | None,
    until: str | None,
    as_json: bool,
) -> None:
    """Come back to MEMBER about TEXT on a day; without MEMBER, list what is due."""
    if member is not None:
        if not text or not due:
            raise click.UsageError("say MEMBER, TEXT and --on WHEN")
        who, at = with_console(context, lambda c: _follow_up(c, member, text, due))
        say(f"follow-up with {who} on {moment(at, config_of(context)[0].timezone):%Y-%m-%d}; {BACK}")
        return
    if done is not None:
        with_console(context, lambda c: c.persons.follow_up_done(done))
        say(f"follow-up done; {BACK}")
        return
    found = with_console(context, lambda c: c.persons.due(before=when(until, c) if until else None))
    if as_json:
        say_json([{**asdict(each), "due_at": iso(each.due_at), "at": iso(each.at)} for each in found])
        return
    zone = config_of(context)[0].timezone
    rows = [[f"{moment(e.due_at, zone):%Y-%m-%d}", e.who, e.source, e.author, e.id, e.body] for e in found]
    say_table(rows, empty="nobody waits for a follow-up")


@command.command("contact")
@member_argument
@click.argument("text")
@click.option("--way", type=click.Choice(WAYS), default="other", show_default=True)
@click.pass_context
def contact_command(context: click.Context, member: str, text: str, way: str) -> None:
    """Note that you were in touch with a person outside the console."""
    who = with_console(context, lambda c: _on(c, member, lambda id: c.persons.contact(id, text, way)))
    say(f"noted a {way if way != 'other' else 'contact'} with {who}; {BACK}")


@command.command("merge")
@member_argument
@click.argument("other")
@click.option("--reason", default="by hand", show_default=True)
@click.option("--yes", is_flag=True, help="Also a member and somebody of the team.")
@click.pass_context
def merge_command(context: click.Context, member: str, other: str, reason: str, yes: bool) -> None:
    """Say that two accounts are one person. Name them by id or source:handle."""

    async def merge(console: Console) -> Merged:
        ids = [await console.persons.find_one(words) for words in (member, other)]
        return await _merge(console, ids[0], ids[1], reason, yes=yes)

    say(_one_person(with_console(context, merge)))


@command.command("unmerge")
@click.argument("member", required=False)
@click.option("--link", help="Take back one merge exactly, by its id (members show --json).")
@click.pass_context
def unmerge_command(context: click.Context, member: str | None, link: str | None) -> None:
    """Take an account (id or source:handle) out of its person, or take one merge back."""
    if (member is None) == (link is None):
        raise click.UsageError("say MEMBER or --link ID")
    if link is not None:
        with_console(context, lambda c: c.persons.unlink(link))
        say(f"the merge is taken back; {BACK}")
        return

    async def unmerge(console: Console) -> Merged:
        return await console.persons.unmerge(await console.persons.find_one(member or ""))

    merged = with_console(context, unmerge)
    say(f"taken out; left: {', '.join(merged.accounts)}; {BACK}")


@command.command("suggestions")
@click.argument("member", required=False)
@click.option("--accept", nargs=2, type=ACCOUNT, metavar="ID ID", help="They are one person.")
@click.option("--reject", nargs=2, type=ACCOUNT, metavar="ID ID", help="They are not, unless there are other reasons.")
@click.option("--never", nargs=2, type=ACCOUNT, metavar="ID ID", help="They are not; never ask again.")
@click.option("--yes", is_flag=True, help="Accept also a member and somebody of the team.")
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 100_000))
@json_option
@click.pass_context
def suggestions_command(
    context: click.Context,
    member: str | None,
    accept: tuple[int, int] | None,
    reject: tuple[int, int] | None,
    never: tuple[int, int] | None,
    yes: bool,
    limit: int,
    as_json: bool,
) -> None:
    """Accounts that may be one person, and why; of MEMBER or of everybody."""
    pair = accept or reject or never
    if pair:
        how = "accept" if accept else "reject" if reject else "never"
        say(with_console(context, lambda c: _answer(c, pair[0], pair[1], how, yes=yes)))
        return

    async def read(console: Console) -> list[dict[str, object]]:
        id = await console.persons.find_one(member) if member else None
        return [suggestion_json(each) for each in (await console.persons.suggestions(id))[:limit]]

    found = with_console(context, read)
    if as_json:
        say_json(found)
        return
    rows = [[str(e["id"]), str(e["account"]), str(e["other_id"]), str(e["other"]), str(e["why"])] for e in found]
    say_table(rows, right=(0, 2), empty="no two accounts look like one person")


for part in (*members_list.COMMANDS, message_command, forget_command, export_command, retention_command):
    command.add_command(part)


async def _on(console: Console, member: str, deed: Callable[[int], Awaitable[None]]) -> str:
    """Do it on the one that is meant; who that is."""
    id = await console.persons.find_one(member)
    await deed(id)
    return await _at(console, id)


async def _at(console: Console, id: int) -> str:
    return next((str(each.at) for each in await console.persons.find(str(id))), str(id))


async def _tag(console: Console, member: str, add: list[str], remove: list[str]) -> list[str]:
    """Do what is not so already, as one decision; what to say of each tag."""
    if not add and not remove:
        raise Impossible("a tag needs a word")
    id = await console.persons.find_one(member)
    person, who = await console.persons.person(id), await _at(console, id)
    on = set(person.tags) if person else set[str]()
    changes = [(tag, False) for tag in add if tag not in on] + [(tag, True) for tag in remove if tag in on | {*add}]
    if len(changes) == 1:
        await console.persons.tag(id, changes[0][0], remove=changes[0][1])
    elif changes:
        await console.directory.tag_each([id], changes)
    told = [f"{who} is tagged #{tag}{' already' if tag in on else ''}" for tag in add]
    done = {tag for tag, off in changes if off}
    return told + [f"#{tag} is taken off {who}" if tag in done else f"there is no #{tag} on {who}" for tag in remove]


async def _follow_up(console: Console, member: str, text: str, due: str) -> tuple[str, Instant]:
    try:
        at = follow_up_at(due, console.clock.now(), console.config.timezone)
    except ValueError as error:
        raise Impossible(str(error)) from None
    return await _on(console, member, lambda id: console.persons.follow_up(id, at, text)), at


async def _merge(console: Console, one: int, other: int, reason: str, *, yes: bool) -> Merged:
    try:
        return await console.persons.merge(one, other, reason, sure=yes)
    except MakesTeam as told:
        raise Impossible(f"{told}; add --yes if that is so") from None


def _one_person(merged: Merged) -> str:
    return f"one person now: {', '.join(merged.accounts)}; {BACK}"


async def _answer(console: Console, one: int, other: int, how: str, *, yes: bool) -> str:
    found = await console.persons.suggestions(one)
    why = next((each.words for each in found if {each.one.id, each.other.id} == {one, other}), "by hand")
    if how == "accept":
        return _one_person(await _merge(console, one, other, why, yes=yes))
    said = await console.persons.refuse(one, other, why, never=how == "never")
    told = f"{await _at(console, one)} and {await _at(console, other)}"
    if not said:
        return f"{told}: that was said already"
    return f"{told} are not one person{', and it is never asked again' if how == 'never' else ''}; {BACK}"
