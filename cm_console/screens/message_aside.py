"""What the reader says of a private message of ours that is not answered yet: whom it was written to."""

from __future__ import annotations

from cm_console.model.text import Safe, clean_line
from cm_console.model.thread import Aside, ThreadCard
from cm_console.screens.services import Services


async def message_aside(services: Services, card: ThreadCard) -> Aside | None:
    """One line: the platform shows our own name over such a thread."""
    if services.messaging is None or card.row.kind != "direct":
        return None
    words = await services.messaging.written_to(card.row.id)
    return Aside(Safe("private"), (Safe(clean_line(words, 400)),)) if words else None
