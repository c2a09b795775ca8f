"""`cm-console inbox reply|macro|drafts`: answers without a screen, with the same care."""

from __future__ import annotations

import sys
from collections.abc import Collection, Sequence
from dataclasses import asdict

import click

from cm_console.cli.numbers import POST, THREAD
from cm_console.cli.session import say, say_json, say_table, with_console
from cm_console.console import Console
from cm_console.model.inbox import Then
from cm_console.model.many import MANY
from cm_console.model.outbox import State
from cm_console.model.send_checks import Doubt
from cm_console.model.thread import Draft, PendingReply
from cm_console.model.time import Instant, iso, moment, short_age
from cm_console.model.wall import say as say_when
from cm_console.model.when import parse_when
from cm_console.services.desk import Impossible

TOOK = "take it back with: cm-console undo"


@click.command("reply")
@click.argument("thread", type=THREAD)
@click.argument("text", required=False)
@click.option(
    "--then", "then", type=click.Choice([then.value for then in Then]), default=Then.DONE.value, show_default=True
)
@click.option("--saved", metavar="NAME", help="Send a saved reply, its places filled in.")
@click.option("--set", "given", metavar="PLACE=WORDS", multiple=True, help="Fill in a place of it.")
@click.option("--at", "at", metavar="WHEN", help="Send it later: 4h, tomorrow, thu 14:00, 2026-12-01.")
@click.option(
    "--seen",
    type=POST,
    metavar="POST",
    help="Id of the newest post you read (inbox show --json); else the one it answers.",
)
@click.option("--yes", is_flag=True, help="Send it although there are doubts, such as a call to everybody.")
@click.pass_context
def reply_command(
    context: click.Context,
    thread: int,
    text: str | None,
    then: str,
    saved: str | None,
    given: tuple[str, ...],
    at: str | None,
    seen: int | None,
    yes: bool,
) -> None:
    """Answer a thread with TEXT, a saved reply, or what standard input holds. It leaves after the undo window."""

    async def send(console: Console) -> str:
        writing, tags, words = console.writing, tuple[str, ...](), text
        read = await _read(console, thread, seen)
        if saved is not None:
            reply = writing.reply_named(saved)
            filled, missing = await writing.filled(reply.text, thread, places_given(given))
            if missing:
                names = ", ".join(missing)
                raise Impossible(f"not filled in: {names}; fill it in with --set {missing[0]}=...")
            words, tags = filled, reply.tags
        elif words is None:
            words = sys.stdin.read()
        doubts = await writing.doubts(thread, words, read)
        settle([*doubts, *await _before_it(console, thread)], yes=yes)
        return await writing.send(thread, words, then=Then(then), at=when(console, at), tags=tags)

    say(f"queued as {with_console(context, send)[:8]}; {TOOK}")


async def look_first(
    console: Console, thread: int, words: str, *, yes: bool, seen: Collection[int] | None = None, editing: str = ""
) -> None:
    """The doubts of the composer; Impossible for what cannot be sent, and without a `yes` for what is doubtful."""
    settle(await console.writing.doubts(thread, words, seen, editing=editing), yes=yes)


def settle(doubts: Sequence[Doubt], *, yes: bool) -> None:
    """Impossible for what cannot be sent, and without a `yes` for what is doubtful."""
    if stops := [doubt.words for doubt in doubts if doubt.stops]:
        raise Impossible("; ".join(stops))
    if doubts and not yes:
        raise Impossible(f"{'; '.join(doubt.words for doubt in doubts)}. Add --yes to send it all the same")


async def _before_it(console: Console, thread: int) -> list[Doubt]:
    """Replies to a thread that wait for their time, whoever wrote them, and those of one's own that are leaving."""
    me, planned, found = console.config.me, await console.writing.planned(thread), list[Doubt]()
    for each in planned:
        whose = "your reply" if each.created_by == me else f"a reply by {each.created_by}"
        at = say_when(each.planned_at, console.config.timezone)
        found.append(Doubt(f"{whose} waits already, for {at}: cm-console outbox edit {each.id[:8]}"))
    known = {each.id for each in planned}
    for reply in await console.inbox.pending(thread):
        if reply.by == me and reply.action_id not in known and reply.state != State.FAILED:
            named = reply.action_id[:8]
            found.append(Doubt(f"your reply {named} is on its way already, {_leaves(reply, console)}"))
    return found


def _leaves(reply: PendingReply, console: Console) -> str:
    """How far a reply on its way is: when it leaves, or that nobody knows."""
    if reply.state != State.QUEUED:
        return reply.state
    left = reply.not_before - console.clock.now()
    return f"leaves in {short_age(left)}" if left > 0 else "leaves at the next chance"


async def _read(console: Console, thread: int, seen: int | None) -> set[int] | None:
    """The posts that were read: up to one, or to the one that is answered; None where nobody is answered."""
    card = await console.inbox.thread(thread)
    last = seen if seen is not None else card.to.id if card and card.to else None
    if last is None:
        return None
    ids, after = set[int](), None
    while page := await console.inbox.posts(thread, after=after, limit=500):
        ids |= {post.id for post in page}
        after = page[-1].id
    if last not in ids:
        raise Impossible(f"thread {thread} has no post {last}: cm-console inbox show {thread} --json")
    return {id for id in ids if id <= last}


def places_given(given: tuple[str, ...]) -> dict[str, str]:
    """`order=17` as places and their words; raises UsageError."""
    for each in given:
        if "=" not in each:
            raise click.UsageError(f"--set {each}: write PLACE=WORDS")
    return dict(each.split("=", 1) for each in given)


def when(console: Console, words: str | None) -> Instant | None:
    """A time to come as people write it; raises Impossible for one that cannot be read."""
    if words is None:
        return None
    try:
        return parse_when(words, console.clock.now(), console.config.timezone)
    except ValueError as error:
        raise Impossible(str(error)) from None


@click.command("macro")
@click.argument("name")
@click.argument("threads", type=THREAD, nargs=-1, required=True)
@click.option("--yes", is_flag=True, help=f"Also for more than {MANY}, and for words there are doubts about.")
@click.pass_context
def macro_command(context: click.Context, name: str, threads: tuple[int, ...], yes: bool) -> None:
    """Do all that the macro NAME says to threads; one undo takes all of it back."""
    if len(threads) > MANY and not yes:
        raise click.UsageError(f"that is {len(threads)} at once; add --yes if you mean it")

    async def run(console: Console) -> None:
        macro = console.writing.macro_named(name)
        for id, (text, missing) in (await console.writing.macro_texts(macro, threads)).items():
            doubts = [] if missing else [*await console.writing.doubts(id, text), *await _before_it(console, id)]
            try:
                settle(doubts, yes=yes)
            except Impossible as error:
                raise Impossible(f"nothing was done: thread {id}: {error}") from None
        await console.writing.run_macro(macro, threads)

    with_console(context, run)
    say(f"{name}: {len(threads)}; {TOOK}")


@click.command("drafts")
@click.option("--discard", metavar="KIND:ID", default="", help="Throw one away, as it is listed: reply:12.")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
@click.pass_context
def drafts_command(context: click.Context, discard: str, as_json: bool) -> None:
    """What was begun and not sent, the newest first."""

    async def forget(console: Console) -> None:
        drafts = [each for each in await console.writing.drafts() if discard in (each.key, _listed(each))]
        if len(drafts) != 1:
            raise Impossible(
                f"no draft is {discard}: see cm-console inbox drafts"
                if not drafts
                else f"{discard} may be any of: {', '.join(each.key for each in drafts)}"
            )
        await console.inbox.save_draft(drafts[0].key, "")

    if discard:
        with_console(context, forget)
        say_json({"discarded": discard}) if as_json else say(f"{discard} is gone")
        return

    async def read(console: Console) -> None:
        drafts, zone = await console.writing.drafts(), console.config.timezone
        if as_json:
            say_json([{**asdict(draft), "at": iso(draft.at)} for draft in drafts])
            return
        rows = [
            [
                str(draft.thread_id or draft.of),
                draft.kind,
                f"{moment(draft.at, zone):%d %b %H:%M}",
                draft.source,
                draft.title,
            ]
            for draft in drafts
        ]
        say_table(rows, right=(0,), empty="nothing was begun")

    with_console(context, read)


MORE = (reply_command, macro_command, drafts_command)
"""What these add to `cm-console inbox`."""


def _listed(draft: Draft) -> str:
    """What a draft is called in the list."""
    return f"{draft.kind}:{draft.thread_id or draft.of}"
