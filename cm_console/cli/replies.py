"""`cm-console replies`: saved replies and macros, as the config holds them."""

from __future__ import annotations

import sys
from dataclasses import asdict

import click

from cm_console.cli.session import config_of, say, say_json, say_table
from cm_console.config import add_reply, remove_reply
from cm_console.model.templates import SavedReply, places
from cm_console.services.desk import Impossible


@click.group("replies")
def command() -> None:
    """Saved replies: list, show, add, remove; and the macros."""


@command.command("list")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
@click.pass_context
def list_command(context: click.Context, as_json: bool) -> None:
    """All saved replies with their tags and places."""
    config, _ = config_of(context)
    if as_json:
        say_json([{**asdict(reply), "places": places(reply.text)} for reply in config.replies])
        return
    rows = [
        [reply.name, reply.title, " ".join(f"#{tag}" for tag in reply.tags), " ".join(places(reply.text))]
        for reply in config.replies
    ]
    say_table(rows, empty="there is no saved reply yet: cm-console replies add NAME --title TITLE TEXT")


@command.command("macros")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
@click.pass_context
def macros_command(context: click.Context, as_json: bool) -> None:
    """All macros with their keys."""
    config, _ = config_of(context)
    if as_json:
        say_json([asdict(macro) for macro in config.macros])
        return
    rows = [[macro.key, macro.name, macro.reply or "-", macro.title] for macro in config.macros]
    say_table(rows, empty="there is no macro yet: [macros.NAME] in the config makes one")


@command.command("show")
@click.argument("name")
@click.pass_context
def show_command(context: click.Context, name: str) -> None:
    """The words of one."""
    config, _ = config_of(context)
    for reply in config.replies:
        if reply.name == name:
            say(reply.text)
            return
    raise Impossible(
        f"there is no saved reply {name}; there are: {', '.join(r.name for r in config.replies) or 'none'}"
    )


@command.command("add")
@click.argument("name")
@click.argument("text", required=False)
@click.option("--title", required=True, help="What the chooser shows.")
@click.option("--tag", "tags", multiple=True, help="A tag the inquiry gets; may be given again.")
@click.pass_context
def add_command(context: click.Context, name: str, text: str | None, title: str, tags: tuple[str, ...]) -> None:
    """Keep TEXT, or what standard input holds, as a saved reply in the config; its comments stay."""
    config, _ = config_of(context)
    words = (sys.stdin.read() if text is None else text).strip()
    add_reply(config.path, SavedReply(name, title, words, tags))


@command.command("remove")
@click.argument("name")
@click.pass_context
def remove_command(context: click.Context, name: str) -> None:
    """Take a saved reply out of the config."""
    config, _ = config_of(context)
    remove_reply(config.path, name)
