"""Answering in a thread, from wherever it is read: its draft in the composer, and all that was said there in one go."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from cm_console.model.inbox import Then
from cm_console.screens.mode import ModeScreen
from cm_console.services.desk import Impossible

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from cm_console.model.thread import PostRow, ThreadCard
    from cm_console.model.time import Instant


async def answer(screen: ModeScreen, card: ThreadCard, posts: Sequence[PostRow], then: Then) -> str:
    """Open the composer and send what is written; `then` is what becomes of the thread unless it is done.

    Raises:
        Impossible: its source takes no replies.
    """
    from cm_console.screens.compose import ComposeScreen

    takes_replies(card)
    services, key = screen.services, f"reply:{card.row.id}"
    draft, keep = await services.inbox.draft(key), partial(services.inbox.save_draft, key)
    now, zone = services.clock.now(), services.zone
    composer = ComposeScreen("reply", card, posts, draft, keep, now=now, writing=services.writing, zone=zone)
    written = await screen.ask(composer)
    if written is None:
        return ""
    text, done = written
    return await send(screen, card, text, Then.DONE if done else then, at=composer.at, tags=composer.tags)


async def send(
    screen: ModeScreen, card: ThreadCard, text: str, then: Then, *, at: Instant | None, tags: Sequence[str]
) -> str:
    """The words, their time and the tags of the saved replies in them, as one decision; says what happened."""
    services, thread_id = screen.services, card.row.id
    if services.writing is None:
        await services.inbox.reply(thread_id, text, reply_to=card.reply_to, then=then)
    else:
        await services.writing.send(thread_id, text, then=then, at=at, tags=tags, reply_to=card.reply_to)
    return on_its_way(at, services.zone)


def on_its_way(at: Instant | None, zone: ZoneInfo) -> str:
    """What is said once a reply is queued."""
    from cm_console.model.wall import say

    if at is not None:
        return f"It goes out {say(at, zone)}; until then O shows it, z takes it back."
    return "On its way; z takes it back."


def takes_replies(card: ThreadCard) -> None:
    """Raises Impossible where nothing can be answered."""
    if "reply" not in card.verbs:
        raise Impossible(f"{card.row.source} takes no replies: it is read-only, or its token may not")
