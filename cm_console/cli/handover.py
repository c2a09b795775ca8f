"""`cm-console inbox hand-over`: an inquiry to a colleague with a note, or to a team outside."""

from __future__ import annotations

from dataclasses import asdict

import click

from cm_console.cli.numbers import THREAD
from cm_console.cli.session import say, say_json, with_console
from cm_console.console import Console
from cm_console.model.handover import Parcel
from cm_console.model.time import iso
from cm_console.services import colleagues
from cm_console.services.desk import Impossible


@click.command("hand-over")
@click.argument("thread", type=THREAD)
@click.argument("name", required=False)
@click.option("--note", default="", help="What they should know.")
@click.option("--yes", is_flag=True, help="Send it to a team outside; without it you see what would leave, and doubts.")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
@click.pass_context
def hand_over_command(
    context: click.Context, thread: int, name: str | None, note: str, yes: bool, as_json: bool
) -> None:
    """Hand THREAD over to NAME: a colleague, or a team outside ([handover.NAME]). Without NAME: who has it."""
    with_console(context, lambda c: _hand_over(c, thread, name, note, yes, as_json))


MORE = (hand_over_command,)
"""The commands of this module, for the group."""


async def _hand_over(console: Console, thread: int, name: str | None, note: str, yes: bool, as_json: bool) -> None:
    service = console.handover
    if name is None:
        if await console.inbox.row(thread) is None:
            raise Impossible(f"there is no thread {thread}")
        handed = await service.of_thread(thread)
        if as_json:
            times = [{"at": iso(each.at), "answered_at": iso(each.answered_at)} for each in handed]
            say_json([{**asdict(each), **at} for each, at in zip(handed, times, strict=True)])
        else:
            say("\n".join(each.words for each in handed) or f"{thread} is with nobody outside")
        return
    team = await console.store.read(lambda conn: colleagues.names(conn, console.desk))
    known = {colleagues.ME: console.config.me, **team}
    if name not in service.teams and (colleague := known.get(name.casefold())):
        await service.to_colleague([thread], colleague, note)
        say(f"assigned to {colleague}, who finds it among the mentions")
        return
    if name not in service.teams:
        outside = ", ".join(service.teams) or "none: [handover.NAME] in the config makes one"
        there = f"colleagues: {', '.join(sorted(team.values()))}; teams outside: {outside}"
        raise Impossible(f"nobody is called {name!r}; {there}")
    parcel = await service.preview(thread, name, note)
    doubts = await service.doubts(thread, parcel, note)
    if yes and (stops := [doubt.words for doubt in doubts if doubt.stops]):
        raise Impossible("; ".join(stops))
    id = await service.hand_over(thread, parcel) if yes else ""
    if as_json:
        say_json({**asdict(parcel), "id": id, "doubts": [doubt.words for doubt in doubts]})
    else:
        words = f"on its way to {name}; take it back with: cm-console undo" if yes else _shown(parcel)
        say("\n".join([*(f"! {doubt.words}" for doubt in doubts), words]))


def _shown(parcel: Parcel) -> str:
    where = f"through {parcel.source} {parcel.place}".rstrip()
    return f"to {parcel.team}, {where}:\n\n{parcel.title}\n\n{parcel.body}\n\nnothing is sent without --yes"
