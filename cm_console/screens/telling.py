"""What the platform itself is told of a thread: which of the things that make sense now, and of which answer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from cm_console.model.thread import PostRow
from cm_console.model.verb import Verb
from cm_console.screens.compose import ComposeScreen
from cm_console.screens.dialogs import Choice, Choose
from cm_console.screens.mode import ModeScreen
from cm_console.services.desk import Impossible
from cm_console.services.telling import TOLD
from cm_console.widgets.lines import one_line

T = TypeVar("T")
KEYS = {
    Verb.CLOSE: "c", Verb.REOPEN: "o", Verb.LOCK: "l", Verb.UNLOCK: "u", Verb.SOLVE: "s", Verb.UNSOLVE: "n",
    Verb.ASSIGN: "a", Verb.UNASSIGN: "b", Verb.EDIT: "e",
}  # fmt: skip


async def tell(screen: ModeScreen, thread_id: int) -> str:
    """Ask what, ask what it needs, queue it; the words say what happened, "" if nothing."""
    telling = screen.services.telling
    choices: dict[Verb, str] = await telling.choices(thread_id)
    able = [verb for verb, why_not in choices.items() if not why_not]
    if not able:
        raise Impossible(await telling.why_nothing(thread_id))
    verb = await screen.ask(Choose("Tell the platform", [Choice(KEYS[verb], TOLD[verb], verb) for verb in able]))
    if verb is None:
        return ""
    if verb is Verb.EDIT:
        return await edit_answer(screen, thread_id)
    named: dict[str, str] | None = {}
    if verb is Verb.SOLVE:
        named = await _solution(screen, thread_id)
    elif verb is Verb.ASSIGN:
        named = await _colleague(screen)
    if named is None:
        return ""
    await telling.tell(thread_id, verb, **named)
    return "On its way; z takes it back."


async def _solution(screen: ModeScreen, thread_id: int) -> dict[str, str] | None:
    answers: list[PostRow] = await screen.services.telling.answers(thread_id)
    post = await _pick(screen, "Which answer solves it?", [(post, _line(post)) for post in answers])
    return {"post": post.remote} if post else None


async def _colleague(screen: ModeScreen) -> dict[str, str] | None:
    me = screen.services.actor
    others = [name for name in screen.services.team if name != me]
    choices = [Choice("a", f"{me} (me)", me), *(Choice(str(n), name, name) for n, name in enumerate(others[:9], 1))]
    name = await screen.ask(Choose("Assign there to", choices))
    return {"colleague": name} if name else None


async def edit_answer(screen: ModeScreen, thread_id: int, post_id: int | None = None) -> str:
    """Edit our answer in a thread; asked which, where there are several and no `post_id` is given."""
    inbox, telling = screen.services.inbox, screen.services.telling
    ours: list[tuple[PostRow, str]] = await telling.ours(thread_id)
    ours = [each for each in ours if post_id in (None, each[0].id)]
    if not ours:
        raise Impossible("this answer cannot be edited any more")
    card = await inbox.thread(thread_id)
    if card is None:
        raise Impossible("this thread is gone")
    picked = await _pick(screen, "Edit which answer?", [(each, _line(each[0])) for each in ours])
    if picked is None:
        return ""
    post, text = picked
    key = f"edit:{post.id}"

    async def keep(words: str) -> None:
        await inbox.save_draft(key, "" if words == text else words)

    draft = await inbox.draft(key) or text
    now, writing, zone = screen.services.clock.now(), screen.services.writing, screen.services.zone
    written = await screen.ask(ComposeScreen("edit", card, [post], draft, keep, now=now, writing=writing, zone=zone))
    if written is None or written[0] == text:
        return ""
    await telling.tell(thread_id, Verb.EDIT, post=post.remote, text=written[0])
    await keep("")
    return "On its way; z takes it back."


async def _pick(screen: ModeScreen, title: str, lines: Sequence[tuple[T, str]]) -> T | None:
    """The only one without a question."""
    if len(lines) == 1:
        return lines[0][0]
    return await screen.ask(Choose(title, [Choice(str(n), line, each) for n, (each, line) in enumerate(lines, 1)]))


def _line(post: PostRow) -> str:
    words = one_line(post.body)
    return f"{post.author}: {words if len(words) < 44 else words[:43] + '…'}"
