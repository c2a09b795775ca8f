"""`cm-console members forget | export-person | retention`: what is kept of people, and how it goes."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click

from cm_console.cli.members_words import member_argument
from cm_console.cli.session import home_of, json_option, say, say_json, with_console
from cm_console.console import Console
from cm_console.model.privacy import LetGo, Receipt, Retention
from cm_console.model.privacy_file import known_as_csv, known_as_json
from cm_console.model.text import clean
from cm_console.services.desk import Impossible
from cm_console.services.private_file import write_private


@click.command("forget")
@member_argument
@click.option("--confirm", "typed", help="Their handle, to be asked nothing.")
@json_option
@click.pass_context
def forget_command(context: click.Context, member: str, typed: str | None, as_json: bool) -> None:
    """Remove a person's texts and identity for good, on all their accounts; numbers stay, nothing brings it back."""

    async def look(console: Console) -> tuple[int, str, str]:
        id = await console.persons.find_one(member)
        told = await console.privacy.foresee(id)
        person = await console.persons.person(id)
        return id, str(person.main.handle) if person else "", told

    id, handle, told = with_console(context, look)
    if typed is None:
        click.echo(clean(told), err=True)
        typed = click.prompt(f"Type the handle {clean(handle)} to forget them", err=True)
    if str(typed).strip().casefold() != handle.casefold():
        raise Impossible("that is not their handle; nothing was forgotten")

    async def forget(console: Console) -> Receipt:
        return await console.privacy.forget(id)

    receipt = with_console(context, forget)
    home = home_of(context)
    copies = sorted(path for path in home.root.rglob("*.db") if path != home.database)
    if as_json:
        say_json({**asdict(receipt), "counts": dict(receipt.counts), "copies": [str(path) for path in copies]})
        return
    say(receipt.words)
    for path in copies:
        say(f"still holds it: {path}")


@click.command("export-person")
@member_argument
@click.option("--to", "target", type=click.Path(dir_okay=False, path_type=Path), help="A new file, else the output.")
@click.option("--format", "kind", type=click.Choice(["json", "csv"]), default="json", show_default=True)
@click.option("--force", is_flag=True, help="Write over a file that is there.")
@click.pass_context
def export_command(context: click.Context, member: str, target: Path | None, kind: str, force: bool) -> None:
    """Everything known of a person, table by table; as CSV one line for each value, safe to open in a spreadsheet."""

    async def read(console: Console) -> dict[str, object]:
        return await console.privacy.export(await console.persons.find_one(member))

    known = with_console(context, read)
    text = (known_as_json if kind == "json" else known_as_csv)(known)
    if target is None:
        say(text.rstrip())
        return
    write_private(target, text, over=force)
    say(f"written to {target}, readable by you only")


@click.command("retention")
@click.option("--apply", "applies", is_flag=True, help="Let go now what is due; an open console does so by itself.")
@json_option
@click.pass_context
def retention_command(context: click.Context, applies: bool, as_json: bool) -> None:
    """The sources whose texts are kept for some days only (keep_days in the config), and how many are due."""

    async def read(console: Console) -> tuple[LetGo | None, list[Retention]]:
        await console.privacy.settle()
        gone = await console.privacy.let_go() if applies else None
        return gone, await console.privacy.retained()

    gone, found = with_console(context, read)
    if as_json:
        say_json([{**asdict(each), "counts": dict(each.counts), "due": each.due} for each in found])
        return
    if gone is not None and found:
        say(gone.words)
    for each in found:
        say(each.words)
    if not found:
        say("all texts are kept: no source has keep_days in the config")
