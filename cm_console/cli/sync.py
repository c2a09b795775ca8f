"""`cm-console sync`: pull once, or go on pulling and delivering without a terminal."""

from __future__ import annotations

import asyncio
import signal
import sys
from zoneinfo import ZoneInfo

import click

from cm_console.cli.session import DONE, FAILED, PARTLY, say, say_json, say_table, tell, with_console
from cm_console.console import Console
from cm_console.model.time import moment
from cm_console.services.desk import Impossible
from cm_console.services.sync import Outcome, Progress

NOTES = 20
"""Notes of one feed that are said to a person."""


@click.command("sync")
@click.argument("names", nargs=-1)
@click.option("--watch", is_flag=True, help="Go on pulling and delivering until interrupted.")
@click.option("--accept-deletions", is_flag=True, help="Believe a pull that deletes much of what is held.")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
@click.pass_context
def command(context: click.Context, names: tuple[str, ...], watch: bool, accept_deletions: bool, as_json: bool) -> None:
    """Pull from all sources, or from those named, and send what the outbox holds."""
    code = with_console(context, _watch if watch else lambda c: _once(c, names, accept_deletions, as_json))
    context.exit(code)


async def _once(console: Console, names: tuple[str, ...], accept_deletions: bool, as_json: bool) -> int:
    known = {source.name for source in console.config.sources}
    if not known:
        raise Impossible("there are no sources yet: cm-console source add KIND NAME")
    for name in names:
        if name not in known:
            raise Impossible(f"there is no source {name}; known: {', '.join(sorted(known))}")
    bar = Bar()
    if sys.stderr.isatty() and not as_json:
        await console.prepare(names or None)
        for engine in console.engines.values():
            engine.sync.on_progress = bar.show
    outcomes = await console.sync(names or None, accept_deletions=accept_deletions)
    await console.deliver()
    await console.housekeeping.wake_snoozed()
    await console.housekeeping.bring_back()
    bar.clear()
    _report(outcomes, as_json, console.config.timezone)
    bad = {outcome.source for outcome in outcomes if outcome.state != "ok"}
    good = {outcome.source for outcome in outcomes if outcome.state == "ok"}
    return DONE if not bad else PARTLY if good else FAILED


def _report(outcomes: list[Outcome], as_json: bool, zone: ZoneInfo) -> None:
    if as_json:
        fields = ("source", "feed", "state", "words", "records", "changed", "notes")
        say_json([{name: getattr(outcome, name) for name in fields} for outcome in outcomes])
        return
    rows = [[o.source, o.feed, o.state, f"{o.records:,}", f"{o.changed:,} new or changed"] for o in outcomes if o.feed]
    say_table(rows, right=(3,))
    for outcome in outcomes:
        for note in outcome.notes[:NOTES]:
            say(f"{outcome.source} {outcome.feed}: {note}")
        if len(outcome.notes) > NOTES:
            say(f"{outcome.source} {outcome.feed}: and {len(outcome.notes) - NOTES} more notes (--json has them all)")
        if outcome.words:
            wait = f" (wait until {moment(outcome.until, zone):%H:%M:%S})" if outcome.until else ""
            tell(f"{outcome.source} {outcome.feed}: {outcome.words}{wait}".replace(f"{outcome.source} : ", ""))
        if outcome.state == "unauthorized":
            tell(f"what to do about it: cm-console source check {outcome.source}")


async def _watch(console: Console) -> int:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, stop.set)
    await console.start()
    say(f"watching {len(console.engines)} sources; ctrl+c ends it")
    await stop.wait()
    return DONE


class Bar:
    """One line on stderr that says how far each source is."""

    def __init__(self) -> None:
        self._shown: dict[str, str] = {}

    def show(self, progress: Progress) -> None:
        """Repaint the line."""
        if progress.total:
            share = min(progress.done / progress.total, 1.0)
            filled = "█" * round(share * 20)
            words = f"{progress.source} {progress.feed} {filled:░<20} {progress.done:,}/{progress.total:,}"
        else:
            words = f"{progress.source} {progress.feed} {progress.done:,}"
        self._shown[progress.source] = words
        sys.stderr.write("\r\x1b[K" + "   ".join(self._shown.values())[:200])
        sys.stderr.flush()

    def clear(self) -> None:
        """Take the line away."""
        if self._shown:
            sys.stderr.write("\r\x1b[K")
            self._shown.clear()
