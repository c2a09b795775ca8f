"""Somebody of a list of engage-first written to privately: the template filled in, seen, and then sent."""

from __future__ import annotations

from cm_console.model.engaging import EngageRow
from cm_console.screens.mode import ModeScreen
from cm_console.services.desk import Impossible


async def write_privately(screen: ModeScreen, row: EngageRow, to_id: int) -> str:
    """Open the composer of a message to an account of theirs; it goes out as the decision on the row.

    Raises:
        Impossible: it cannot be written to, or the row is not in its list any more.
    """
    from cm_console.screens.messaging import compose_message, on_its_way

    engaging, messaging = screen.services.engaging, screen.services.messaging
    if engaging is None or messaging is None:
        raise Impossible("nobody can be written to privately here")
    to = await messaging.addressee(to_id, str(to_id))
    words, missing = await engaging.words(row)
    if missing:
        screen.say(f"Fill in {', '.join(f'{{{name}}}' for name in missing)}.")
    key = f"engage:{row.view}:{row.subject}"
    written = await compose_message(screen, to, words, key)
    if written is None:
        return ""
    await engaging.send_privately(row, to.id, written.text, subject=written.subject, at=written.at)
    await screen.services.inbox.save_draft(key, "")
    return on_its_way(screen, to, written.at)
