"""Writing to somebody of a list of engage-first: the template filled in, seen, then sent; its drafts gone on with."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from cm_console.model.engaging import Engage, EngageRow, Route
from cm_console.screens.mode import ModeScreen
from cm_console.services.desk import Impossible
from cm_console.services.engaging import EngagingService, draft_key, nowhere

if TYPE_CHECKING:
    from cm_console.model.thread import Draft

GONE = "That is in no list any more: your words are a draft of their own now."


async def write(screen: ModeScreen, row: EngageRow) -> str:
    """Open the composer with the template, the way the row says; the words say what happened, "" if nothing.

    Raises:
        Impossible: nothing can be written to them, or the row is not in its list any more.
    """
    from cm_console.screens.answering import on_its_way
    from cm_console.screens.compose import ComposeScreen

    if row.route is Route.PRIVATELY and row.to_id is not None:
        return await write_privately(screen, row, row.to_id)
    inbox = screen.services.inbox
    card = await inbox.thread(row.thread_id) if row.thread_id is not None else None
    if row.route is Route.NOWHERE or card is None:
        raise Impossible(nowhere(row))
    words, key = await _words(screen, row), draft_key(row)
    posts = await inbox.newest_posts(card.row.id)

    async def keep(text: str) -> None:
        await inbox.save_draft(key, "" if text == words else text)

    card = replace(card, row=card.row._replace(author=row.member))
    draft, now = await inbox.draft(key) or words, screen.services.clock.now()
    writing, zone = screen.services.writing, screen.services.zone
    composer = ComposeScreen("reply", card, posts, draft, keep, now=now, writing=writing, zone=zone)
    written = await screen.ask(composer)
    if written is None:
        return ""
    text, done = written
    await _engaging(screen).send(row, text, done=done, at=composer.at, tags=composer.tags)
    return on_its_way(composer.at, zone)


async def write_privately(screen: ModeScreen, row: EngageRow, to_id: int) -> str:
    """Open the composer of a message to an account of theirs; it goes out as the decision on the row.

    Raises:
        Impossible: it cannot be written to, or the row is not in its list any more.
    """
    from cm_console.screens.messaging import compose_message, on_its_way

    engaging, messaging = _engaging(screen), screen.services.messaging
    if messaging is None:
        raise Impossible("nobody can be written to privately here")
    to = await messaging.addressee(to_id, str(to_id))
    written = await compose_message(screen, to, await _words(screen, row), draft_key(row))
    if written is None:
        return ""
    await engaging.send_privately(row, to.id, written.text, subject=written.subject, at=written.at)
    return on_its_way(screen, to, written.at)


async def go_on(screen: ModeScreen, draft: Draft) -> str | None:
    """Write on at a draft of a list; once its row is gone the words are a message's, or (None) a reply's of its thread.

    Raises:
        Impossible: nothing can be written to them; the draft stays.
    """
    from cm_console.screens.kept_words import add_to_draft
    from cm_console.screens.messaging import choose_account, write_privately
    from cm_console.services import messaging

    _, view, subject = draft.key.split(":", 2)
    for row in await _engaging(screen).rows(Engage(view)):
        if row.subject == subject:
            return await write(screen, row)
    inbox = screen.services.inbox
    to = None if draft.thread_id else await choose_account(screen, int(draft.of))
    if to is None and not draft.thread_id:
        return ""
    key = f"reply:{draft.thread_id}" if to is None else messaging.draft_key(to.id)
    await add_to_draft(inbox, key, draft.text)
    await inbox.save_draft(draft.key, "")
    screen.say(GONE)
    return None if to is None else await write_privately(screen, to.id, to_it=True)


async def _words(screen: ModeScreen, row: EngageRow) -> str:
    """The template filled in; what is left to the person is said."""
    words, missing = await _engaging(screen).words(row)
    if missing:
        screen.say(f"Fill in {', '.join(f'{{{name}}}' for name in missing)}.")
    return words


def _engaging(screen: ModeScreen) -> EngagingService:
    if screen.services.engaging is None:
        raise Impossible("there is nobody to write to first here")
    return screen.services.engaging
