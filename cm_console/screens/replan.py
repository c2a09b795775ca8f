"""Editing a reply or a private message that waits for its time: its words, its time, in its place in the outbox."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, TypeAlias

from cm_console.model.messaging import with_subject
from cm_console.model.wall import say
from cm_console.screens.kept_words import add_to_draft
from cm_console.screens.mode import ModeScreen
from cm_console.services import messaging
from cm_console.services.desk import Impossible

if TYPE_CHECKING:
    from cm_console.model.planned_reply import PlannedReply
    from cm_console.model.thread import Draft
    from cm_console.screens.compose import ComposeScreen

Keep: TypeAlias = Callable[[str], Awaitable[None]]


def draft_key(planned: PlannedReply) -> str:
    """Under which an edit that was not finished is kept; it belongs to its thread or member as any draft does."""
    return f"planned:{planned.id}:{_own_key(planned)}"


def _own_key(planned: PlannedReply) -> str:
    """Where its words are kept once they are no edit."""
    return f"reply:{planned.thread_id}" if planned.thread_id else messaging.draft_key(planned.member_id)


async def edit_planned(screen: ModeScreen, action_id: str) -> str:
    """Open the composer with what waits; it goes out as it is unless it is replaced. The words say what happened.

    Raises:
        Impossible: it has gone out, or was never planned.
    """
    writing, inbox = screen.services.writing, screen.services.inbox
    if writing is None:
        return ""
    planned = await writing.planned_named(action_id)
    key, before = draft_key(planned), with_subject(planned.subject, planned.text)

    async def keep(text: str) -> None:
        await inbox.save_draft(key, "" if text == before else text)

    make = _reply if planned.thread_id else _message
    composer = await make(screen, planned, await inbox.draft(key) or before, keep)
    composer.leaves = f"it goes out {say(planned.planned_at, screen.services.zone)}"
    composer.editing = planned.id
    written = await screen.ask(composer)
    if written is None:
        return "It goes out as it was." if await inbox.draft(key) else ""
    return await _replace(screen, planned, composer, written[0])


async def _reply(screen: ModeScreen, planned: PlannedReply, draft: str, keep: Keep) -> ComposeScreen:
    from cm_console.screens.compose import ComposeScreen

    services, id = screen.services, planned.thread_id
    card = await services.inbox.thread(id)
    if card is None:
        raise Impossible("this thread is gone")
    posts, now = await services.inbox.newest_posts(id), services.clock.now()
    writing, zone = services.writing, services.zone
    return ComposeScreen("planned", card, posts, draft, keep, now=now, writing=writing, zone=zone)


async def _message(screen: ModeScreen, planned: PlannedReply, draft: str, keep: Keep) -> ComposeScreen:
    from cm_console.screens.messaging import composer_to

    if screen.services.messaging is None:
        raise Impossible("nobody can be written to privately here")
    to = await screen.services.messaging.addressee(planned.member_id, str(planned.member_id))
    return await composer_to(screen, to, draft, keep)


async def _replace(screen: ModeScreen, planned: PlannedReply, composer: ComposeScreen, text: str) -> str:
    writing, inbox, zone = screen.services.writing, screen.services.inbox, screen.services.zone
    assert writing is not None
    if (text, composer.subject) == (planned.text, planned.subject) and composer.at is None:
        return ""
    try:
        await writing.replan(planned.id, text, composer.at, subject=composer.subject, tags=composer.tags)
    except Impossible as why:
        await add_to_draft(inbox, _own_key(planned), with_subject(composer.subject, text))
        where = "in its thread" if planned.thread_id else "to them"
        raise Impossible(f"{why}; what you wrote is a draft {where}") from why
    finally:
        await inbox.save_draft(draft_key(planned), "")
    return f"Replaced: it goes out {say(composer.at or planned.planned_at, zone)}; z takes the change back."


async def go_on(screen: ModeScreen, draft: Draft) -> str | None:
    """Edit on where a draft was left; None if that has gone out since: then it is a draft of its thread or member."""
    writing, inbox = screen.services.writing, screen.services.inbox
    assert writing is not None
    try:
        planned = await writing.planned_named(draft.of)
    except Impossible:
        planned = None
    if planned is not None and planned.planned_at > screen.services.clock.now():
        return await edit_planned(screen, planned.id)
    await add_to_draft(inbox, draft.key.split(":", 2)[2], draft.text)
    await inbox.save_draft(draft.key, "")
    return None
