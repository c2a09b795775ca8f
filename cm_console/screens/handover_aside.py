"""What the reader says of a hand-over: to whom a thread went and how far it is, or which thread it came from."""

from __future__ import annotations

from cm_console.model.text import Safe, clean_line
from cm_console.model.thread import Aside, ThreadCard
from cm_console.screens.services import Services


async def handover_aside(services: Services, card: ThreadCard) -> Aside | None:
    """One line for each team outside; `o` opens their address."""
    service = services.handover
    if service is None:
        return None
    handed = await service.of_thread(card.row.id)
    if handed:
        return Aside(Safe("handed over"), tuple(Safe(clean_line(each.words, 400)) for each in handed))
    origin = await service.origin(card.row.id)
    if origin is None:
        return None
    words = f"from thread {origin.thread_id}, “{origin.title}”: an answer here brings it back"
    return Aside(Safe(f"handed over to {origin.team}"), (Safe(clean_line(words, 400)),))
