"""`cm-console inbox`: the inbox without a screen."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import asdict
from zoneinfo import ZoneInfo

import click

from cm_console.cli import handover, similar
from cm_console.cli.inbox_clocks import MORE, clock_json, clock_words
from cm_console.cli.inbox_joined import JOINED
from cm_console.cli.inbox_list import away, inquiry_json, list_command, put_away
from cm_console.cli.inbox_writing import MORE as WRITING
from cm_console.cli.inbox_writing import TOOK
from cm_console.cli.numbers import THREAD
from cm_console.cli.session import json_option, say, say_json, say_table, with_console
from cm_console.console import Console
from cm_console.model.inbox import UNTIL_NEWS, UNTIL_REPLY, InquiryRow, Priority
from cm_console.model.many import MANY
from cm_console.model.tags import tag_words
from cm_console.model.time import Instant, moment
from cm_console.model.verb import Verb
from cm_console.model.when import parse_when
from cm_console.services import colleagues
from cm_console.services.desk import Impossible
from cm_console.services.inbox import InboxService
from cm_console.services.telling import TOLD

WHEN_HELP = (
    "30m, 4h, 3d, 14:00, thu, 2026-12-01, `morning` (the next working one), `reply`, or `news` (not only thanks)."
)


@click.group("inbox")
def command() -> None:
    """Inquiries: list, show, reply, note, assign, snooze, tag, priority, done; and what the platform is told."""


@command.command("show")
@click.argument("thread", type=THREAD)
@json_option
@click.pass_context
def show_command(context: click.Context, thread: int, as_json: bool) -> None:
    """A thread with its posts, notes and the replies on their way."""
    with_console(context, lambda c: _show(c, thread, as_json))


@command.command("note")
@click.argument("thread", type=THREAD)
@click.argument("text")
@click.pass_context
def note_command(context: click.Context, thread: int, text: str) -> None:
    """Leave a private note for colleagues; it never leaves the console."""
    unknown = with_console(context, lambda c: c.inbox.note(thread, text))
    say("; ".join(filter(None, (f"noted on {thread}", unknown, TOOK))))


@command.command("assign")
@click.argument("threads", type=THREAD, nargs=-1, required=True)
@click.option("--to", "colleague", help="Who takes it; without it, you do.")
@click.option("--nobody", is_flag=True, help="Take it from whoever has it.")
@click.option("--yes", is_flag=True, help=f"Also for more than {MANY}.")
@click.pass_context
def assign_command(
    context: click.Context, threads: tuple[int, ...], colleague: str | None, nobody: bool, yes: bool
) -> None:
    """Hand inquiries to a colleague, to yourself, or to nobody."""
    many(threads, yes)
    if colleague and nobody:
        raise click.UsageError("say --to NAME or --nobody")

    async def assign(console: Console) -> str:
        if nobody:
            await console.inbox.assign(threads, None)
            return "nobody"
        named = colleague or console.config.me
        whom = await console.store.read(lambda conn: colleagues.colleague(conn, console.desk, named))
        await console.inbox.assign(threads, whom)
        return whom

    say_done(threads, f"assigned to {with_console(context, assign)}")


@command.command("priority")
@click.argument("threads", type=THREAD, nargs=-1, required=True)
@click.option("--to", "level", type=click.Choice([p.name.lower() for p in Priority]), required=True)
@click.option("--yes", is_flag=True, help=f"Also for more than {MANY}.")
@click.pass_context
def priority_command(context: click.Context, threads: tuple[int, ...], level: str, yes: bool) -> None:
    """Set how urgent inquiries are; it moves the time they are due."""
    many(threads, yes)
    with_console(context, lambda c: c.inbox.prioritise(threads, Priority[level.upper()]))
    say_done(threads, "without priority" if level == "none" else f"of {level} priority")


@command.command("snooze")
@click.argument("threads", type=THREAD, nargs=-1, required=True)
@click.option("--until", required=True, metavar="WHEN", help=WHEN_HELP)
@click.option("--yes", is_flag=True, help=f"Also for more than {MANY}.")
@click.pass_context
def snooze_command(context: click.Context, threads: tuple[int, ...], until: str, yes: bool) -> None:
    """Put inquiries away until a time, or until the member writes again; a time by the clock, or how long from now."""
    many(threads, yes)

    async def snooze(console: Console) -> str:
        at, thanks_too = when(until, console), until != "news"
        await console.inbox.snooze(threads, at, thanks_too=thanks_too)
        return put_away(at or (UNTIL_REPLY if thanks_too else UNTIL_NEWS), console.config.timezone)

    say_done(threads, f"snoozed {with_console(context, snooze)}")


@command.command("tag")
@click.argument("threads", type=THREAD, nargs=-1, required=True)
@click.option("--add", help="A tag to put on; several with spaces between them.")
@click.option("--remove", help="A tag to take off, or several.")
@click.option("--yes", is_flag=True, help=f"Also for more than {MANY}.")
@click.pass_context
def tag_command(
    context: click.Context, threads: tuple[int, ...], add: str | None, remove: str | None, yes: bool
) -> None:
    """Put a tag on inquiries, or take it off."""
    many(threads, yes)
    if not add and not remove:
        raise click.UsageError("say --add TAG or --remove TAG")

    async def change(console: Console) -> None:
        await console.inbox.retag(threads, [(word, off) for word, off in ((add, False), (remove, True)) if word])

    with_console(context, change)
    on, off = (" ".join(f"#{tag}" for tag in tag_words(words or "")) for words in (add, remove))
    say_done(threads, " and ".join([*([f"tagged {on}"] if on else []), *([f"without {off}"] if off else [])]))


@command.command("tell")
@click.argument("thread", type=THREAD)
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
            if any(not why_not for why_not in choices.values()):
                say_table([[told, TOLD[told], why_not] for told, why_not in choices.items()])
            else:
                say(await console.telling.why_nothing(thread))
            return
        if verb not in choices:
            raise Impossible(f"{verb!r} cannot be told now; what can: {', '.join(choices) or 'nothing'}")
        whom = console.config.me if colleague in ("", colleagues.ME) else colleague
        named = {"post": post, "colleague": whom, "text": text}
        id = await console.telling.tell(thread, Verb(verb), **named)
        say(f"queued as {id[:8]}; take it back with: cm-console undo")

    with_console(context, tell)


def _status_command(
    name: str, help: str, done: str, change: Callable[[InboxService, tuple[int, ...]], Awaitable[None]]
) -> None:
    @command.command(name, help=help)
    @click.argument("threads", type=THREAD, nargs=-1, required=True)
    @click.option("--yes", is_flag=True, help=f"Also for more than {MANY}.")
    @click.pass_context
    def status_command(context: click.Context, threads: tuple[int, ...], yes: bool) -> None:
        many(threads, yes)
        with_console(context, lambda c: change(c.inbox, threads))
        say_done(threads, done)


_status_command("done", "Nothing more to do; a new message of the member brings it back.", "done", InboxService.done)
_status_command(
    "wait", "It is the member's turn; their answer brings it back.", "waiting for the member", InboxService.wait
)
_status_command("reopen", "Open inquiries again.", "open again", InboxService.reopen)


def when(text: str, console: Console) -> Instant | None:
    """A time as people write it, see `parse_when`; `morning` is the next working one; `reply` and `news` are None.

    Raises:
        Impossible: it is none of these.
    """
    if text in ("reply", "news"):
        return None
    if text == "morning":
        return console.clocks.next_morning()
    try:
        return parse_when(text, console.clock.now(), console.config.timezone)
    except ValueError as error:
        raise Impossible(str(error)) from error


async def _show(console: Console, thread_id: int, as_json: bool) -> None:
    card = await console.inbox.thread(thread_id)
    if card is None:
        raise Impossible(f"there is no thread {thread_id}")
    posts, after = [], None
    while page := await console.inbox.posts(thread_id, after=after, limit=500):
        posts += page
        after = page[-1].id
    notes, pending = await console.inbox.notes(thread_id), await console.inbox.pending(thread_id)
    clocks = await console.clocks.of_thread(thread_id)
    if as_json:
        parts: dict[str, list[dict[str, object]]] = {
            "posts": [asdict(post) for post in posts],
            "notes": [asdict(note) for note in notes],
            "pending": [asdict(reply) for reply in pending],
            "clocks": [clock_json(clock, console.clock.now()) for clock in clocks],
        }
        say_json({**inquiry_json(card.row), "why": card.why, "url": card.url, **parts})
        return
    zone = console.config.timezone
    say(f"{card.row.title}\n{card.row.source} · {card.row.place or card.row.kind} · {card.why}\n{card.url}".rstrip())
    say(_decided(card.row, zone))
    for clock in clocks:
        say(clock_words(clock, console.clock.now(), zone))
    for post in posts:
        edited = " (edited)" if post.edited_at else ""
        state = "" if post.state == "visible" else f" [{post.state}]"
        at = f"{moment(post.created_at, zone):%Y-%m-%d %H:%M}"
        say(f"\n--- {post.author} ({post.role}) · {at}{edited}{state}\n{post.body}")
    for note in notes:
        say(f"\n--- note by {note.author} · {moment(note.at, zone):%Y-%m-%d %H:%M}\n{note.body}")
    for reply in pending:
        say(f"\n--- reply by {reply.by}: {reply.state} {reply.why}\n{reply.text}")


def _decided(row: InquiryRow, zone: ZoneInfo) -> str:
    """What the team decided on an inquiry: status, priority, assignee, tags, until when."""
    parts = [row.status.name.lower(), f"priority {row.priority.name.lower()}"]
    parts[0] = " ".join(filter(None, (parts[0], away(row, zone))))
    parts += [f"assigned to {row.assignee}" if row.assignee else "assigned to nobody"]
    parts += [" ".join(f"#{tag}" for tag in row.tags)] if row.tags else []
    waits = row.waiting_since is not None or row.clock or row.due_by
    return " · ".join([*parts, *([f"due {moment(row.due_at, zone):%Y-%m-%d %H:%M}"] if waits else [])])


def many(threads: tuple[int, ...], yes: bool) -> None:
    """Raises UsageError for more than MANY without a yes."""
    if len(threads) > MANY and not yes:
        raise click.UsageError(f"that is {len(threads)} at once; add --yes if you mean it")


def say_done(threads: tuple[int, ...], words: str) -> None:
    """What was done to inquiries, and how it is undone."""
    number = len(set(threads))
    say(f"{threads[0]} is {words}; {TOOK}" if number == 1 else f"{number} inquiries are {words}; {TOOK}")


for _more in (list_command, *WRITING, *MORE, *similar.MORE, *handover.MORE, *JOINED):
    command.add_command(_more)
