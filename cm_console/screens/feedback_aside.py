"""What the reader tells of a thread's posts that are marked as feedback."""

from __future__ import annotations

from cm_console.model.text import Safe
from cm_console.model.thread import Aside, ThreadCard
from cm_console.screens.services import Services
from cm_console.widgets.lines import one_line


async def feedback_aside(services: Services, card: ThreadCard) -> Aside | None:
    """Themes with the words that were marked, and whether those who asked were told."""
    if services.feedback is None or not card.row.feedback:
        return None
    items = await services.feedback.items(thread_id=card.row.id)
    lines = []
    for item in items:
        told = f" · answered: {item.answer}" if item.answered_at else ""
        about = f"{item.theme} ({item.area})" if item.area else item.theme
        lines.append(Safe(f"◆ {about}{told} · {item.author}: “{one_line(item.quote)[:60]}”"))
    return Aside(Safe("feedback: f changes, F lists"), tuple(lines)) if lines else None
