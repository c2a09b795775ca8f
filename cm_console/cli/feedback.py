"""`cm-console feedback`: what members ask for, by theme, and one answer to everyone who asked."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click

from cm_console.cli.inbox_writing import look_first
from cm_console.cli.numbers import THREAD
from cm_console.cli.session import config_of, say, say_json, say_table, with_console
from cm_console.console import Console
from cm_console.model.feedback import THANKS, Answer, Item, Theme
from cm_console.model.many import MANY
from cm_console.model.plural import counted
from cm_console.model.time import iso, moment, short_age
from cm_console.services.desk import Impossible


@click.group("feedback")
def command() -> None:
    """Feedback: list, mark, themes, answer, export."""


@command.command("list")
@click.option("--theme", help="Only of this theme.")
@click.option("--thread", type=THREAD, help="Only in this thread.")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
@click.pass_context
def list_command(context: click.Context, theme: str | None, thread: int | None, as_json: bool) -> None:
    """What is marked, the newest words first."""

    async def read(console: Console) -> list[Item]:
        return await console.feedback.items(await console.feedback.theme(theme) if theme else None, thread_id=thread)

    items = with_console(context, read)
    if as_json:
        say_json([_json(item) for item in items])
        return
    zone = config_of(context)[0].timezone
    rows = [
        [item.id[:8], f"{moment(item.said_at, zone):%Y-%m-%d}", "told" if item.answered_at else "open", item.theme,
         item.author, item.quote.replace("\n", " ")]
        for item in items
    ]  # fmt: skip
    say_table(rows, empty="nothing is marked as feedback")


@command.command("themes")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
@click.pass_context
def themes_command(context: click.Context, as_json: bool) -> None:
    """The themes, the most frequent first: posts, people, what became of it."""
    themes, now = with_console(context, _themes)
    if as_json:
        say_json(
            [{**asdict(each), "last_at": iso(each.last_at), "answered_at": iso(each.answered_at)} for each in themes]
        )
        return
    rows = [
        [
            str(each.count),
            counted(each.people, "person", "people"),
            short_age(now - each.last_at),
            each.area or "-",
            each.name,
            each.state,
        ]
        for each in themes
    ]
    say_table(rows, right=(0, 1, 2), empty="nothing is marked as feedback")


@command.command("mark")
@click.argument("threads", type=THREAD, nargs=-1, required=True)
@click.option("--theme", required=True, help="What it is about; a known theme keeps its spelling.")
@click.option("--area", default="", help="The product area; a known theme keeps its own without it.")
@click.option("--post", help="The platform's id of the post; without it the first of the thread.")
@click.option("--yes", is_flag=True, help=f"Also for more than {MANY}.")
@click.pass_context
def mark_command(
    context: click.Context, threads: tuple[int, ...], theme: str, area: str, post: str | None, yes: bool
) -> None:
    """Mark a post of each thread as feedback."""
    if len(threads) > MANY and not yes:
        raise click.UsageError(f"that is {len(threads)} at once; add --yes if you mean it")
    ids = with_console(context, lambda c: c.feedback.mark(threads, theme, area, post=post))
    say(f"marked: {', '.join(id[:8] for id in ids)}")


@command.command("unmark")
@click.argument("feedback")
@click.pass_context
def unmark_command(context: click.Context, feedback: str) -> None:
    """It is no feedback after all; FEEDBACK is its id or the beginning of it."""
    with_console(context, lambda c: c.feedback.unmark(feedback))
    say("no feedback any more; take it back with: cm-console undo")


@command.command("rename")
@click.argument("theme")
@click.argument("name")
@click.pass_context
def rename_command(context: click.Context, theme: str, name: str) -> None:
    """Call a theme otherwise; with the name of another it becomes part of that."""
    number = with_console(context, lambda c: c.feedback.rename(theme, name))
    say(f"{name}: {number}")


@command.command("answer")
@click.argument("theme")
@click.argument("answer")
@click.option(
    "--text", default=THANKS, help="What each is told; may hold {member}, {title}, {answer}, {theme}, {link}."
)
@click.option("--only", "only", type=THREAD, multiple=True, help="Only in these threads.")
@click.option("--send", is_flag=True, help="Queue the replies; without it they are only shown.")
@click.option("--yes", is_flag=True, help=f"Also for more than {MANY}, and for words there are doubts about.")
@click.pass_context
def answer_command(
    context: click.Context, theme: str, answer: str, text: str, only: tuple[int, ...], send: bool, yes: bool
) -> None:
    """Tell everyone who asked for THEME what became of it, e.g. "shipped in 2.4"; one decision, one undo."""

    async def work(console: Console) -> None:
        service = console.feedback
        prepared = _only(await service.prepare(await service.theme(theme), answer, text), only)
        for each in prepared:
            why = f" - cannot be sent: {each.why_not}" if each.why_not else ""
            say(f"{each.source} thread {each.thread_id}, to {', '.join(each.to)}{why}\n  {each.text}")
        able = [each for each in prepared if not each.why_not]
        if not send:
            say(f"{len(able)} would be queued; add --send to do it")
            return
        if len(able) > MANY and not yes:
            raise Impossible(f"that is {len(able)} at once; add --yes if you mean it")
        for each in able:
            try:
                await look_first(console, each.thread_id, each.text, yes=yes)
            except Impossible as why:
                raise Impossible(f"thread {each.thread_id}: {why}; nothing was queued") from None
        number = await service.answer(answer, able)
        say(f"{number} queued; take all back with: cm-console undo")

    with_console(context, work)


@command.command("export")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--theme", help="Only of this theme.")
@click.option("--force", is_flag=True, help="Write over a file that is there.")
@click.pass_context
def export_command(context: click.Context, file: Path, theme: str | None, force: bool) -> None:
    """Write what is marked to FILE, a .csv (nothing in it runs as a formula) or .json."""
    number = with_console(context, lambda c: c.feedback.export(file, c.config.timezone, theme, over=force))
    say(f"{number} written to {file}")


async def _themes(console: Console) -> tuple[list[Theme], int]:
    return await console.feedback.themes(), console.clock.now()


def _only(prepared: list[Answer], threads: tuple[int, ...]) -> list[Answer]:
    """Those in some threads, all if none is named.

    Raises:
        Impossible: in one of them nobody waits for an answer.
    """
    there = {each.thread_id for each in prepared}
    if strange := [str(id) for id in threads if id not in there]:
        known = ", ".join(str(id) for id in sorted(there))
        raise Impossible(f"nobody waits for it in thread {', '.join(strange)}; threads that do: {known}")
    return [each for each in prepared if not threads or each.thread_id in threads]


def _json(item: Item) -> dict[str, object]:
    times = {name: iso(getattr(item, name)) for name in ("said_at", "at", "answered_at")}
    return {**asdict(item), **times}
