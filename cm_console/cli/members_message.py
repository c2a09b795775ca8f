"""`cm-console members message`: write to a member privately, without a screen and with the same care."""

from __future__ import annotations

import sys
from dataclasses import asdict

import click

from cm_console.cli.inbox import when
from cm_console.cli.inbox_writing import TOOK, places_given, settle
from cm_console.cli.members_words import member_argument
from cm_console.cli.numbers import THREAD
from cm_console.cli.session import json_option, say, say_json, with_console
from cm_console.console import Console
from cm_console.model.messaging import Addressee
from cm_console.model.time import Instant, iso
from cm_console.services.desk import Impossible


@click.command("message")
@member_argument
@click.argument("text", required=False)
@click.option("--subject", default="", help="Where the platform has one; else the first words stand for it.")
@click.option("--via", metavar="SOURCE", default="", help="Which account: a source, or the account's id.")
@click.option("--saved", metavar="NAME", help="Send a saved reply, its places filled in.")
@click.option("--set", "given", metavar="PLACE=WORDS", multiple=True, help="Fill in a place.")
@click.option("--about", metavar="THREAD", type=THREAD, help="Ask for help with a thread, by template; it gets a note.")
@click.option("--at", "at", metavar="WHEN", help="Send it later: 4h, tomorrow, thu 14:00, 2026-12-01.")
@click.option("--yes", is_flag=True, help="Send it although there are doubts, such as a secret in it.")
@json_option
@click.pass_context
def message_command(
    context: click.Context,
    member: str,
    text: str | None,
    subject: str,
    via: str,
    saved: str | None,
    given: tuple[str, ...],
    about: int | None,
    at: str | None,
    yes: bool,
    as_json: bool,
) -> None:
    """Write to MEMBER privately: TEXT, a saved reply, or what standard input holds. It leaves after the undo window.

    Of several accounts of a person it goes to the one seen last that can be written to. With --about and no TEXT the
    words are shown first; --yes sends them.
    """

    async def send(console: Console) -> tuple[Addressee, str, str, Instant | None]:
        to = await _addressee(console, member, via)
        template, known = await console.similar.asking(about) if about is not None else ("", {})
        if saved is not None:
            template = console.writing.reply_named(saved).text
        words = text if text is not None else template or sys.stdin.read()
        shown = about is not None and text is None and not yes
        words = await _checked(console, to, words, {**known, **places_given(given)}, yes=yes or shown)
        if shown:
            return to, words, "", None
        moment = when(at, console) if at else None
        return to, words, await console.messaging.send(to.id, words, subject=subject, at=moment, about=about), moment

    to, words, id, moment = with_console(context, send)
    if as_json:
        facts = {**asdict(to), "seen_at": iso(to.seen_at)}
        say_json({"action": id or None, "to": facts, "text": words, "at": iso(moment)})
    elif id:
        say(f"queued as {id[:8]}, to {to.at}, privately; {TOOK}")
    else:
        say(f"to {to.at}, privately:\n\n{words}\n\nnothing is sent without --yes")


async def _addressee(console: Console, member: str, via: str) -> Addressee:
    """Whom is meant, and which account: the one that was named as source:handle, else the one seen last."""
    id = await console.persons.find_one(member)
    source, _, handle = member.partition(":")
    there = {each.source for each in await console.messaging.addressees(id)}
    return await console.messaging.addressee(id, via or (source if handle and source in there else ""))


async def _checked(console: Console, to: Addressee, text: str, given: dict[str, str], *, yes: bool) -> str:
    """The words with their places filled in.

    Raises:
        Impossible: a place is missing, or there are doubts and no `--yes`.
    """
    words, missing = await console.messaging.filled(text, to.id, given)
    if missing:
        raise Impossible(f"not filled in: {', '.join(missing)}; fill it in with --set {missing[0]}=...")
    settle(await console.messaging.doubts(to.id, words), yes=yes)
    return words
