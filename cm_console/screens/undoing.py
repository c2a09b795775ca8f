"""When it is too late to take something back: said once, its opposite offered, and the next undo goes on."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from cm_console.model.work import Stopped
from cm_console.services.desk import Impossible
from cm_console.services.journal import Blocked, TooLate

if TYPE_CHECKING:
    from cm_console.screens.mode import ModeScreen

GOES_ON = "z again goes on to what was done before it"


def went_so_far(stopped: Stopped) -> str:
    """What came of an undo of many that was stopped, for the person."""
    return f"Stopped: {stopped.done:,} taken back; nothing of the rest is sent, z goes on with it."


async def too_late(screen: ModeScreen, late: Blocked) -> str:
    """Offer the opposite; what is declined, or has none, stands.

    Raises:
        Impossible: it has none; says so.
    """
    from cm_console.screens.dialogs import confirm

    journal = screen.services.journal
    verbs = ", ".join(late.opposites) if isinstance(late, TooLate) else ""
    if isinstance(late, TooLate) and verbs:
        said = str(late).removeprefix("too late: ")
        words = f"{said[0].upper()}{said[1:]}."
        if late.also:
            words += f" Goes back too: {', '.join(late.also)}."
        if await screen.ask(confirm("Too late to take back", words, f"{verbs} it there", "let it stand")):
            from cm_console.screens.working import watched

            try:
                deed = partial(journal.take_back, late.journal_id)
                undone = await watched(screen, "Taking back", deed, typed_ahead=True)
            except Stopped as stopped:
                return went_so_far(stopped)
            await screen.went_back(undone.about)
            return f"Taken back: {undone.words}."
    await journal.let_stand(late.journal_id)
    if verbs:
        return f"It stands; {GOES_ON}."
    raise Impossible(f"{late}; {GOES_ON}")
