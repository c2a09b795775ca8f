"""`cm-console inbox clocks|due|views`: what is promised, due dates by hand, saved views."""

from __future__ import annotations

from dataclasses import asdict
from zoneinfo import ZoneInfo

import click

from cm_console.cli.inbox_writing import TOOK
from cm_console.cli.numbers import THREAD
from cm_console.cli.session import say, say_json, say_table, with_console
from cm_console.console import Console
from cm_console.model.clock_words import clock_words
from cm_console.model.clocks import Clock
from cm_console.model.inbox import Filter, View
from cm_console.model.narrowing import HINT, parse_filter, shown_filter
from cm_console.model.time import Instant, iso, moment
from cm_console.model.when import parse_when
from cm_console.services.desk import Impossible

__all__ = ["MORE", "clock_json", "clock_words"]
_AT = "4h, 3d, 14:00, thu, tomorrow 10:30, 2026-12-01, or `none`: as promised to everybody."


@click.command("clocks")
@click.argument("thread", type=THREAD, required=False)
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 10_000))
@click.option("--json", "as_json", is_flag=True, help="For programs.")
@click.pass_context
def clocks_command(context: click.Context, thread: int | None, limit: int, as_json: bool) -> None:
    """The clocks that run, the next due first; of THREAD also those that ended, with what came of them."""
    with_console(context, lambda c: _running(c, limit, as_json) if thread is None else _of(c, thread, as_json))


@click.command("due")
@click.argument("threads", type=THREAD, nargs=-1, required=True)
@click.option("--at", "at", required=True, metavar="WHEN", help=_AT)
@click.option("--yes", is_flag=True, help="Also for more than 20.")
@click.pass_context
def due_command(context: click.Context, threads: tuple[int, ...], at: str, yes: bool) -> None:
    """Set by hand until when inquiries want an answer; a clock that is due earlier still comes first."""
    from cm_console.cli.inbox import many, say_done

    many(threads, yes)

    async def due(console: Console) -> str:
        until = None if at == "none" else _when(at, console)
        await console.clocks.set_due(threads, until)
        return f"due {moment(until, console.config.timezone):%Y-%m-%d %H:%M}" if until else "due as promised to all"

    say_done(threads, with_console(context, due))


@click.command("views")
@click.option("--save", "name", metavar="NAME", help="Keep --base with FILTER under a name.")
@click.option("--remove", "gone", metavar="NAME", help="Forget a saved view.")
@click.option("--rename", "old", metavar="NAME", nargs=2, help="Call a saved view something else: NAME NEW.")
@click.option("--move", "moved", type=(str, int), metavar="NAME PLACE", help="Put a saved view on a place, from 1.")
@click.option("--base", type=click.Choice([view.value for view in View]), default=View.NEEDS_REPLY.value)
@click.option("--json", "as_json", is_flag=True, help="For programs.")
@click.argument("narrow", metavar="[FILTER]", nargs=-1)
@click.pass_context
def views_command(
    context: click.Context,
    name: str | None,
    gone: str | None,
    old: tuple[str, str] | None,
    moved: tuple[str, int] | None,
    base: str,
    as_json: bool,
    narrow: tuple[str, ...],
) -> None:
    """The saved views. `list --view NAME` shows one."""

    async def work(console: Console) -> None:
        if name is not None:
            say(f"saved as {await console.saved_views.save(name, View(base), _filter(narrow))}")
        elif gone is not None:
            await console.saved_views.remove(gone)
            say(f"the view {gone} is gone; {TOOK}")
        elif old is not None:
            say(f"renamed to {await console.saved_views.rename(*old)}")
        elif moved is not None:
            say(f"on place {await console.saved_views.move(*moved)}")
        else:
            saved = await console.saved_views.all()
            if as_json:
                say_json([{"name": v.name, "base": v.base.value, "filter": shown_filter(v.narrow)} for v in saved])
            else:
                say_table([[v.name, v.base.value, shown_filter(v.narrow)] for v in saved], empty="no saved views")

    with_console(context, work)


views_command.help = f"{views_command.help} A FILTER is {HINT}; -- stands before one that begins with -."
MORE = (clocks_command, due_command, views_command)


def clock_json(clock: Clock, now: int) -> dict[str, object]:
    """A clock for programs, times as ISO 8601."""
    facts = asdict(clock)
    for name in ("started", "risk_at", "due", "ended"):
        facts[name] = iso(facts[name])
    return {**facts, "kind": clock.kind.value, "result": clock.result.value, "state": clock.state(now)}


def _filter(words: tuple[str, ...]) -> Filter:
    return parse_filter(" ".join(words))


def _when(text: str, console: Console) -> Instant:
    try:
        return parse_when(text, console.clock.now(), console.config.timezone)
    except ValueError as error:
        raise Impossible(str(error)) from error


async def _running(console: Console, limit: int, as_json: bool) -> None:
    found, now = await console.clocks.running(limit), console.clock.now()
    if as_json:
        say_json([{"thread": one.thread_id, "title": one.title, **clock_json(one.clock, now)} for one in found])
        return
    zone: ZoneInfo = console.config.timezone
    rows = [[str(one.thread_id), clock_words(one.clock, now, zone), one.source, one.title] for one in found]
    say_table(rows, right=(0,), empty="no clock runs: [[clocks]] in the config makes them")


async def _of(console: Console, thread_id: int, as_json: bool) -> None:
    if await console.inbox.row(thread_id) is None:
        raise Impossible(f"there is no thread {thread_id}")
    found, now = await console.clocks.of_thread(thread_id), console.clock.now()
    if as_json:
        say_json([clock_json(clock, now) for clock in found])
        return
    for clock in found:
        say(clock_words(clock, now, console.config.timezone))
    if not found:
        say("no clock: no policy covers it, or it began before one was first seen")
