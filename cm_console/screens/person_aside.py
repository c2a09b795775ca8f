"""What the team keeps on the one who asks, shown with the thread: tags, open follow-ups, the newest note."""

from __future__ import annotations

from cm_console.model.text import Safe, clean_line
from cm_console.model.thread import Aside, ThreadCard
from cm_console.model.time import day_age
from cm_console.screens.services import Services

NOTE = 160
"""Characters shown of a note."""


async def person_aside(services: Services, card: ThreadCard) -> Aside | None:
    """None if nothing is kept on them."""
    if services.persons is None or card.author is None:
        return None
    kept, now, zone = await services.persons.remembered(card.author.id), services.clock.now(), services.zone
    lines = [" ".join(f"#{tag}" for tag in kept.tags)] if kept.tags else []
    for each in kept.follow_ups:
        when = f"due {'since' if each.due_at <= now else 'in'} {day_age(each.due_at, now, zone)}"
        lines.append(f"◷ {when}: {clean_line(each.body, NOTE)}")
    for note in kept.notes[:1]:
        more = f" (+{len(kept.notes) - 1})" if len(kept.notes) > 1 else ""
        lines.append(f"✎ {note.author} {day_age(note.at, now, zone)} ago: {clean_line(note.body, NOTE)}{more}")
    return Aside(Safe(f"{card.author.handle}: w shows all"), tuple(Safe(line) for line in lines)) if lines else None
