"""The clocks of a thread in words, as the reader shows them above the posts."""

from __future__ import annotations

from cm_console.model.clock_words import clock_words, exactly
from cm_console.model.text import Safe
from cm_console.model.thread import Aside, ThreadCard
from cm_console.model.wall import say
from cm_console.screens.services import Services

SHOWN = 6
"""The newest so many; a long thread has many."""


async def clock_aside(services: Services, card: ThreadCard) -> Aside | None:
    """What is promised and what came of it; a due date by hand too."""
    now, zone = services.clock.now(), services.zone
    clocks = await services.clocks.of_thread(card.row.id) if services.clocks is not None else []
    lines = [clock_words(clock, now, zone) for clock in clocks[-SHOWN:]]
    if card.row.due_by is not None:
        left = card.row.due_by - now
        lines.append(f"by hand: {exactly(left)} {'left' if left >= 0 else 'late'}, {say(card.row.due_by, zone)}")
    return Aside(Safe("clocks"), tuple(Safe(line) for line in lines)) if lines else None
