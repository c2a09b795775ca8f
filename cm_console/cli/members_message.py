"""`cm-console members message`: write to a member privately, without a screen and with the same care."""

from __future__ import annotations

import sys
from dataclasses import asdict

import click

from cm_console.cli.inbox import json_option, when
from cm_console.cli.inbox_writing import TOOK, places_given
from cm_console.cli.members_words import member_argument
from cm_console.cli.session import say, say_json, with_console
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
    at: str | None,
    yes: bool,
    as_json: bool,
) -> None:
    """Write to MEMBER privately: TEXT, a saved reply, or what standard input holds. It leaves after the undo window.

    Of several accounts of a person it goes to the one seen last that can be written to.
    """

    async def send(console: Console) -> tuple[str, Addressee, Instant | None]:
        id = await console.persons.find_one(member)
        source, _, handle = member.partition(":")
        there = {each.source for each in await console.messaging.addressees(id)}
        to = await console.messaging.addressee(id, via or (source if handle and source in there else ""))
        words = sys.stdin.read() if text is None and saved is None else text or ""
        if saved is not None:
            words = console.writing.reply_named(saved).text
        words = await _checked(console, to, words, places_given(given), yes=yes)
        moment = when(at, console) if at else None
        return await console.messaging.send(to.id, words, subject=subject, at=moment), to, moment

    id, to, moment = with_console(context, send)
    if as_json:
        say_json({"action": id, "to": {**asdict(to), "seen_at": iso(to.seen_at)}, "at": iso(moment)})
    else:
        say(f"queued as {id[:8]}, to {to.at}, privately; {TOOK}")


async def _checked(console: Console, to: Addressee, text: str, given: dict[str, str], *, yes: bool) -> str:
    """The words with their places filled in.

    Raises:
        Impossible: a place is missing, or there are doubts and no `--yes`.
    """
    words, missing = await console.messaging.filled(text, to.id, given)
    if missing:
        raise Impossible(f"not filled in: {', '.join(missing)}; fill it in with --set {missing[0]}=...")
    doubts = await console.messaging.doubts(to.id, words)
    if stops := [doubt.words for doubt in doubts if doubt.stops]:
        raise Impossible("; ".join(stops))
    if doubts and not yes:
        raise Impossible(f"{'; '.join(doubt.words for doubt in doubts)}. Add --yes to send it all the same")
    return words
