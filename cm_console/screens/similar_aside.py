"""What the reader tells of similar questions that were answered, beside the one that waits."""

from __future__ import annotations

from cm_console.model.text import Safe
from cm_console.model.thread import Aside, ThreadCard
from cm_console.screens.services import Services
from cm_console.widgets.lines import one_line

TOLD = 3
"""Similar threads told of."""


async def similar_aside(services: Services, card: ThreadCard) -> Aside | None:
    """The most similar threads, if any is likely to help; for threads where somebody waits."""
    if services.similar is None or card.row.waiting_since is None:
        return None
    compared = await services.similar.similar(card.row.id, most=TOLD, least=services.similar.likely)
    if not compared.found:
        return None
    lines = (Safe(f"{one.percent:3} % “{one_line(one.title)}” · {one.answer.why}") for one in compared.found)
    return Aside(Safe("similar, answered: s opens"), tuple(lines))
