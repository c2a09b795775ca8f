"""What the reader tells of the other threads of an inquiry, and of those that may be the same."""

from __future__ import annotations

from cm_console.model.inbox import Status
from cm_console.model.text import Safe
from cm_console.model.thread import Aside, ThreadCard
from cm_console.screens.services import Services
from cm_console.widgets.lines import one_line


async def joined_aside(services: Services, card: ThreadCard) -> Aside | None:
    """The other threads with their numbers; of one that stands alone and is not done what may be the same."""
    service, row = services.joined, card.row
    if service is None:
        return None
    if row.joined or row.lead_id:
        others = [each for each in await service.group(row.id) if each.id != row.id]
        lines = [f"{n} “{one_line(each.title)}” {each.source} · {each.posts} posts" for n, each in enumerate(others, 1)]
        return Aside(Safe("one inquiry with: M reads or splits"), tuple(Safe(line) for line in lines))
    if row.status is Status.DONE:
        return None
    found = await service.suggested(row.id)
    lines = [f"“{one_line(each.title)}” {each.source} · {each.why}" for each in found[:3]]
    return Aside(Safe("perhaps the same: M joins"), tuple(Safe(line) for line in lines)) if lines else None
