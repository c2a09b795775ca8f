"""`cm-console inbox`: the inbox without a screen."""

from __future__ import annotations

import re
import sys
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from datetime import date

import click

from cm_console.cli.session import say, say_json, say_table, with_console
from cm_console.console import Console
from cm_console.model.inbox import Filter, InquiryRow, Priority, Then, View
from cm_console.model.time import DAY, HOUR, MINUTE, Instant, iso, midnight, moment, short_age
from cm_console.model.verb import Verb
from cm_console.services.desk import Impossible
from cm_console.services.inbox import InboxService
from cm_console.services.telling import TOLD

MANY = 20
"""More than so many at once need --yes."""


@click.group("inbox")
def command() -> None:
    """Inquiries: list, show, reply, note, assign, snooze, tag, priority, done; and what the platform is told."""


def json_option(function: Callable[..., None]) -> Callable[..., None]:
    """The option every reading command has."""
    return click.option("--json", "as_json", is_flag=True, help="For programs.")(function)


@command.command("list")
@click.option(
    "--view", type=click.Choice([view.value for view in View]), default=View.NEEDS_REPLY.value, show_default=True
)
@click.option("--words", default="", help="Only where title, author or place holds these words.")
@click.option("--source", default="", help="Only of this source.")
@click.option("--tag", default="", help="Only with this tag.")
@click.option("--assignee", default="", help="Only of this colleague.")
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 10_000))
@json_option
@click.pass_context
def list_command(
    context: click.Context, view: str, words: str, source: str, tag: str, assignee: str, limit: int, as_json: bool
) -> None:
    """The inquiries of a view, in the order in which they want an answer."""
    narrow = Filter(words, source, tag, assignee)
    rows, now = with_console(context, lambda c: _list(c, View(view), narrow, limit))
    if as_json:
        say_json([inquiry_json(row) for row in rows])
        return
    say_table([_line(row, now) for row in rows], right=(0, 1), empty="nobody waits here")


@command.command("show")
@click.argument("thread", type=int)
@json_option
@click.pass_context
def show_command(context: click.Context, thread: int, as_json: bool) -> None:
    """A thread with its posts, notes and the replies on their way."""
    with_console(context, lambda c: _show(c, thread, as_json))


@command.command("reply")
@click.argument("thread", type=int)
@click.argument("text", required=False)
@click.option(
    "--then", "then", type=click.Choice([then.value for then in Then]), default=Then.DONE.value, show_default=True
)
@click.pass_context
def reply_command(context: click.Context, thread: int, text: str | None, then: str) -> None:
    """Answer a thread with TEXT, or with what standard input holds. It leaves after the undo window."""
    words = sys.stdin.read() if text is None else text
    id = with_console(context, lambda c: c.inbox.reply(thread, words, then=Then(then)))
    say(f"queued as {id[:8]}; take it back with: cm-console undo")


@command.command("note")
@click.argument("thread", type=int)
@click.argument("text")
@click.pass_context
def note_command(context: click.Context, thread: int, text: str) -> None:
    """Leave a private note for colleagues; it never leaves the console."""
    with_console(context, lambda c: c.inbox.note(thread, text))


@command.command("assign")
@click.argument("threads", type=int, nargs=-1, required=True)
@click.option("--to", "colleague", help="Who takes it; without it, you do.")
@click.option("--nobody", is_flag=True, help="Take it from whoever has it.")
@click.option("--yes", is_flag=True, help=f"Also for more than {MANY}.")
@click.pass_context
def assign_command(
    context: click.Context, threads: tuple[int, ...], colleague: str | None, nobody: bool, yes: bool
) -> None:
    """Hand inquiries to a colleague, to yourself, or to nobody."""
    _many(threads, yes)
    with_console(context, lambda c: c.inbox.assign(threads, None if nobody else colleague or c.config.me))


@command.command("priority")
@click.argument("threads", type=int, nargs=-1, required=True)
@click.option("--to", "level", type=click.Choice([p.name.lower() for p in Priority]), required=True)
@click.option("--yes", is_flag=True, help=f"Also for more than {MANY}.")
@click.pass_context
def priority_command(context: click.Context, threads: tuple[int, ...], level: str, yes: bool) -> None:
    """Set how urgent inquiries are; it moves the time they are due."""
    _many(threads, yes)
    with_console(context, lambda c: c.inbox.prioritise(threads, Priority[level.upper()]))


@command.command("snooze")
@click.argument("threads", type=int, nargs=-1, required=True)
@click.option("--until", required=True, metavar="WHEN", help="30m, 4h, 3d, 2026-12-01, or `reply`.")
@click.option("--yes", is_flag=True, help=f"Also for more than {MANY}.")
@click.pass_context
def snooze_command(context: click.Context, threads: tuple[int, ...], until: str, yes: bool) -> None:
    """Put inquiries away until a time, or until the member writes again."""
    _many(threads, yes)
    with_console(context, lambda c: c.inbox.snooze(threads, when(until, c)))


@command.command("tag")
@click.argument("threads", type=int, nargs=-1, required=True)
@click.option("--add", help="A tag to put on.")
@click.option("--remove", help="A tag to take off.")
@click.option("--yes", is_flag=True, help=f"Also for more than {MANY}.")
@click.pass_context
def tag_command(
    context: click.Context, threads: tuple[int, ...], add: str | None, remove: str | None, yes: bool
) -> None:
    """Put a tag on inquiries, or take it off."""
    _many(threads, yes)
    if not add and not remove:
        raise click.UsageError("say --add TAG or --remove TAG")

    async def change(console: Console) -> None:
        if add:
            await console.inbox.tag(threads, add)
        if remove:
            await console.inbox.tag(threads, remove, remove=True)

    with_console(context, change)


@command.command("tell")
@click.argument("thread", type=int)
@click.argument("verb", required=False)
@click.option("--post", default="", help="The platform's id of the answer: for solve and edit.")
@click.option("--to", "colleague", default="", help="Who gets it there; without it, you: for assign.")
@click.option("--text", default="", help="The new words: for edit.")
@click.pass_context
def tell_command(context: click.Context, thread: int, verb: str | None, post: str, colleague: str, text: str) -> None:
    """Tell the platform: close, lock, solve, assign there, edit our answer. Without VERB: what can be told."""

    async def tell(console: Console) -> None:
        choices = await console.telling.choices(thread)
        if verb is None:
            say_table([[told, TOLD[told], why_not] for told, why_not in choices.items()])
            return
        if verb not in choices:
            raise Impossible(f"{verb!r} cannot be told now; what can: {', '.join(choices)}")
        named = {"post": post, "colleague": colleague or console.config.me, "text": text}
        id = await console.telling.tell(thread, Verb(verb), **named)
        say(f"queued as {id[:8]}; take it back with: cm-console undo")

    with_console(context, tell)


def _status_command(name: str, help: str, change: Callable[[InboxService, tuple[int, ...]], Awaitable[None]]) -> None:
    @command.command(name, help=help)
    @click.argument("threads", type=int, nargs=-1, required=True)
    @click.option("--yes", is_flag=True, help=f"Also for more than {MANY}.")
    @click.pass_context
    def status_command(context: click.Context, threads: tuple[int, ...], yes: bool) -> None:
        _many(threads, yes)
        with_console(context, lambda c: change(c.inbox, threads))


_status_command("done", "Nothing more to do; a new message of the member brings it back.", InboxService.done)
_status_command("wait", "It is the member's turn; their answer brings it back.", InboxService.wait)
_status_command("reopen", "Open inquiries again.", InboxService.reopen)


def when(text: str, console: Console) -> Instant | None:
    """A time as people write it: 30m, 4h, 3d, a date, or `reply` (None).

    Raises:
        Impossible: it is none of these.
    """
    if text == "reply":
        return None
    if span := re.fullmatch(r"(\d{1,4})([mhdw])", text):
        unit = {"m": MINUTE, "h": HOUR, "d": DAY, "w": 7 * DAY}[span[2]]
        return Instant(console.clock.now() + int(span[1]) * unit)
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise Impossible(f"{text!r} is no time; write 30m, 4h, 3d, 2w, a date like 2026-12-01, or reply") from None
    return Instant(midnight(day, console.config.timezone) + 9 * HOUR)


def inquiry_json(row: InquiryRow) -> dict[str, object]:
    """A row for programs, times as ISO 8601."""
    facts = asdict(row)
    del facts["key"]
    for name in ("waiting_since", "due_at", "last_post_at", "snoozed_until"):
        facts[name] = iso(facts[name])
    return {**facts, "status": row.status.name.lower(), "priority": row.priority.name.lower()}


async def _list(console: Console, view: View, narrow: Filter, limit: int) -> tuple[list[InquiryRow], int]:
    return await console.inbox.page(view, narrow, limit=limit), console.clock.now()


def _line(row: InquiryRow, now: int) -> list[str]:
    left = row.due_at - now
    due = "" if row.waiting_since is None else f"{short_age(left)} {'left' if left > 0 else 'late'}"
    mark = {Priority.URGENT: "!!", Priority.HIGH: "!"}.get(row.priority, "")
    return [str(row.id), due, mark, row.source, row.author, row.assignee or "-", row.title]


async def _show(console: Console, thread_id: int, as_json: bool) -> None:
    card = await console.inbox.thread(thread_id)
    if card is None:
        raise Impossible(f"there is no thread {thread_id}")
    posts, after = [], None
    while page := await console.inbox.posts(thread_id, after=after, limit=500):
        posts += page
        after = page[-1].id
    notes, pending = await console.inbox.notes(thread_id), await console.inbox.pending(thread_id)
    if as_json:
        parts: dict[str, list[dict[str, object]]] = {
            "posts": [asdict(post) for post in posts],
            "notes": [asdict(note) for note in notes],
            "pending": [asdict(reply) for reply in pending],
        }
        say_json({**inquiry_json(card.row), "why": card.why, "url": card.url, **parts})
        return
    zone = console.config.timezone
    say(f"{card.row.title}\n{card.row.source} · {card.row.place or card.row.kind} · {card.why}\n{card.url}".rstrip())
    for post in posts:
        edited = " (edited)" if post.edited_at else ""
        state = "" if post.state == "visible" else f" [{post.state}]"
        at = f"{moment(post.created_at, zone):%Y-%m-%d %H:%M}"
        say(f"\n--- {post.author} ({post.role}) · {at}{edited}{state}\n{post.body}")
    for note in notes:
        say(f"\n--- note by {note.author} · {moment(note.at, zone):%Y-%m-%d %H:%M}\n{note.body}")
    for reply in pending:
        say(f"\n--- reply by {reply.by}: {reply.state} {reply.why}\n{reply.text}")


def _many(threads: tuple[int, ...], yes: bool) -> None:
    if len(threads) > MANY and not yes:
        raise click.UsageError(f"that is {len(threads)} at once; add --yes if you mean it")
