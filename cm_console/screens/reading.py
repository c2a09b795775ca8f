"""A thread as the reader shows it, gathered from the inbox service."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace

from cm_console.model.excerpt import Excerpt
from cm_console.model.thread import Aside, ThreadCard
from cm_console.screens.clock_aside import clock_aside
from cm_console.screens.feedback_aside import feedback_aside
from cm_console.screens.handover_aside import handover_aside
from cm_console.screens.joined_aside import joined_aside
from cm_console.screens.message_aside import message_aside
from cm_console.screens.person_aside import person_aside
from cm_console.screens.services import Services
from cm_console.screens.similar_aside import similar_aside
from cm_console.services.inbox import InboxService
from cm_console.widgets.posts import Reading

ASIDES: tuple[Callable[[Services, ThreadCard], Awaitable[Aside | None]], ...] = (
    joined_aside,
    message_aside,
    handover_aside,
    feedback_aside,
    clock_aside,
    person_aside,
    similar_aside,
)
"""What else is told of a thread, in this order; None has nothing to tell. A new aside is one line here."""


async def read_asides(services: Services, reading: Reading) -> Reading:
    """The same with its asides: they may take longer than the posts, which are shown without waiting for them."""
    asides = [await aside(services, reading.card) for aside in ASIDES]
    return replace(reading, asides=tuple(aside for aside in asides if aside is not None))


async def read_thread(
    inbox: InboxService, thread_id: int, now: int, old: Reading | None = None, *, at: int | None = None
) -> Reading | None:
    """The head of a thread, what is shown of it already, post `at`, notes, replies on their way; None if it is gone."""
    card = await inbox.thread(thread_id)
    if card is None:
        return None
    same = old if old and old.card.row.id == thread_id else None
    excerpt = await inbox.excerpt(thread_id, Excerpt(same.posts, same.folds) if same else None, at=at)
    notes, pending = tuple(await inbox.notes(thread_id)), tuple(await inbox.pending(thread_id))
    return Reading(card, excerpt.posts, now, notes, pending, excerpt.folds, same.asides if same else ())


async def read_on(inbox: InboxService, old: Reading, fold: int, *, up: bool) -> Reading:
    """The same with posts of a fold: the next ones, or going `up` the last ones."""
    excerpt = await inbox.unfold(old.card.row.id, Excerpt(old.posts, old.folds), fold, up=up)
    return replace(old, posts=excerpt.posts, folds=excerpt.folds)
