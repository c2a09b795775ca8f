"""Editing a reply that waits for its time: its words, its time, in its place in the outbox."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cm_console.model.wall import say
from cm_console.screens.mode import ModeScreen
from cm_console.services.desk import Impossible

if TYPE_CHECKING:
    from cm_console.model.thread import Draft


def draft_key(action_id: str, thread_id: int) -> str:
    """Under which an edit that was not finished is kept; it belongs to its thread as any draft does."""
    return f"planned:{action_id}:reply:{thread_id}"


async def edit_planned(screen: ModeScreen, action_id: str) -> str:
    """Open the composer with what waits; it goes out as it is unless it is replaced. The words say what happened.

    Raises:
        Impossible: it has gone out, or was never planned.
    """
    from cm_console.screens.compose import ComposeScreen

    writing, inbox, zone = screen.services.writing, screen.services.inbox, screen.services.zone
    if writing is None:
        return ""
    planned = await writing.planned_named(action_id)
    card = await inbox.thread(planned.thread_id)
    if card is None:
        raise Impossible("this thread is gone")
    posts, key = await inbox.newest_posts(planned.thread_id), draft_key(planned.id, planned.thread_id)

    async def keep(text: str) -> None:
        await inbox.save_draft(key, "" if text == planned.text else text)

    draft = await inbox.draft(key) or planned.text
    composer = ComposeScreen(
        "planned", card, posts, draft, keep, now=screen.services.clock.now(), writing=writing, zone=zone
    )
    composer.leaves, composer.editing = f"it goes out {say(planned.planned_at, zone)}", planned.id
    written = await screen.ask(composer)
    if written is None:
        return "It goes out as it was." if await inbox.draft(key) else ""
    if written[0] == planned.text and composer.at is None:
        return ""
    try:
        await writing.replan(planned.id, written[0], composer.at)
    except Impossible as why:
        raise Impossible(f"{why}{await _keep_words(screen, planned.thread_id, written[0])}") from why
    finally:
        await keep(planned.text)
    return f"Replaced: it goes out {say(composer.at or planned.planned_at, zone)}; z takes the change back."


async def go_on(screen: ModeScreen, draft: Draft) -> str | None:
    """Edit on where a draft was left; if the reply has gone out since, the draft is one of its thread, and None."""
    planned = await screen.services.writing.planned(draft.thread_id) if screen.services.writing else []
    if any(each.id == draft.of for each in planned):
        return await edit_planned(screen, draft.of)
    await _keep_words(screen, draft.thread_id, draft.text)
    await screen.services.inbox.save_draft(draft_key(draft.of, draft.thread_id), "")
    return None


async def _keep_words(screen: ModeScreen, thread_id: int, text: str) -> str:
    """Nothing that was typed is lost."""
    inbox, key = screen.services.inbox, f"reply:{thread_id}"
    begun = await inbox.draft(key)
    if text not in begun:
        await inbox.save_draft(key, f"{begun.rstrip()}\n\n{text}".strip())
    return "; what you wrote is a draft in its thread"
