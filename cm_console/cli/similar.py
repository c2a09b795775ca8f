"""`cm-console inbox similar` and `inbox who`: what was answered before, and who could answer."""

from __future__ import annotations

from dataclasses import asdict

import click

from cm_console.cli.numbers import THREAD
from cm_console.cli.session import say, say_json, say_table, with_console
from cm_console.console import Console
from cm_console.model.similar import Answerer, Comparison
from cm_console.model.time import iso, short_age


@click.command("similar")
@click.argument("thread", type=THREAD)
@click.option("--limit", default=10, show_default=True, type=click.IntRange(1, 50))
@click.option("--answers", is_flag=True, help="With the text of each answer.")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
@click.pass_context
def similar_command(context: click.Context, thread: int, limit: int, answers: bool, as_json: bool) -> None:
    """Threads like this one that were answered already, the most similar first."""
    compared, now = with_console(context, lambda c: _compare(c, thread, limit))
    if as_json:
        say_json(similar_json(compared))
        return
    if compared.found:
        say(compared.formula)
    rows = [
        [str(one.id), f"{one.percent} %", one.source, short_age(now - one.created_at), one.answer.why, one.title]
        for one in compared.found
    ]
    say_table(rows, right=(0, 1, 3), empty="nothing like it was answered yet")
    for one in compared.found if answers else ():
        say(f"\n--- {one.id} · {one.title}\n{one.answer.author}: {one.answer.body}\n{one.link}".rstrip())


@click.command("who")
@click.argument("thread", type=THREAD)
@click.option("--json", "as_json", is_flag=True, help="For programs.")
@click.pass_context
def who_command(context: click.Context, thread: int, as_json: bool) -> None:
    """Members who answered such questions well before and could answer this one."""
    people, now = with_console(context, lambda c: _who(c, thread))
    if as_json:
        say_json([answerer_json(one) for one in people])
        return
    say_table([_line(one, now) for one in people], right=(1,), empty="no member answered such a question yet")


MORE = (similar_command, who_command)
"""The commands of this module, for the group."""


def similar_json(compared: Comparison) -> dict[str, object]:
    """A comparison for programs, times as ISO 8601."""
    facts = asdict(compared)
    for one in facts["found"]:
        one["created_at"] = iso(one["created_at"])
        one["answer"]["at"] = iso(one["answer"]["at"])
    return {**facts, "formula": compared.formula}


def answerer_json(one: Answerer) -> dict[str, object]:
    """A member for programs, times as ISO 8601."""
    facts = asdict(one)
    facts["last_active_at"] = iso(one.last_active_at)
    for given in facts["given"]:
        given["at"] = iso(given["at"])
    return {**facts, "solved": one.solved, "thanks": one.thanks}


def _line(one: Answerer, now: int) -> list[str]:
    seen = "never seen" if one.last_active_at is None else f"active {short_age(now - one.last_active_at)} ago"
    facts = [f"{one.solved} solved" if one.solved else "", f"{one.thanks} thanks" if one.thanks else "", seen]
    answers = "1 answer" if len(one.given) == 1 else f"{len(one.given)} answers"
    return [one.mention, answers, ", ".join(fact for fact in facts if fact), f"e.g. {one.given[0].title}"]


async def _compare(console: Console, thread: int, limit: int) -> tuple[Comparison, int]:
    await console.similar.catch_up()
    return await console.similar.similar(thread, most=limit), console.clock.now()


async def _who(console: Console, thread: int) -> tuple[list[Answerer], int]:
    await console.similar.catch_up()
    return await console.similar.who(thread), console.clock.now()
