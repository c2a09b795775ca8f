"""What one asks and does about what is kept of people: forget one, export one, let old texts go."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cm_console.model.person import Person
from cm_console.model.plural import counted
from cm_console.model.work import Stopped
from cm_console.screens.dialogs import Ask, confirm
from cm_console.screens.mode import ModeScreen
from cm_console.screens.working import watched
from cm_console.services.desk import Impossible

if TYPE_CHECKING:
    from pathlib import Path

    from cm_console.services.privacy import PrivacyService


def _privacy(screen: ModeScreen) -> PrivacyService:
    assert screen.services.privacy is not None
    return screen.services.privacy


async def forget(screen: ModeScreen, person: Person) -> str:
    """Ask with numbers, and by their handle, then forget a person; the receipt in words, "" if it was not done."""
    privacy, handle, id = _privacy(screen), person.main.handle, person.main.id
    told = await privacy.foresee(id)
    if not await screen.ask(confirm(f"Forget {handle} for good?", told, "go on")):
        return ""
    typed = await screen.ask(Ask(f"Type the handle {handle} to forget them: nothing brings them back"))
    if typed is None:
        return ""
    if typed.strip().casefold() != str(handle).casefold():
        raise Impossible("that is not their handle; nothing was forgotten")
    try:
        receipt = await watched(screen, f"Forgetting {handle}", lambda work: privacy.forget(id, work))
    except Stopped:
        raise Impossible("stopped: nothing was forgotten") from None
    return receipt.words


async def export(screen: ModeScreen, person: Person) -> str:
    """Everything known of a person into a file."""
    privacy, id = _privacy(screen), person.main.id
    name = await screen.ask(
        Ask(
            "Write all that is known of them to which file?",
            value=f"person-{person.id}.json",
            hint=".json or .csv",
            whole=True,
        )
    )
    path, there = await asked_over(screen, name)
    if path is None:
        return ""
    rows = await privacy.write(id, path, over=there)
    return f"{counted(rows, 'row')} written to {path}, readable by you only."


async def asked_over(screen: ModeScreen, name: str | None) -> tuple[Path | None, bool]:
    """The file a person named, ~ being their home, and whether it is to be written over; None: not after all."""
    files = screen.services.people_files
    if not name or files is None:
        return None, False
    path, there = files.place(name)
    over = confirm("Write over it?", f"{path.name} is there already.", "write over it")
    return (None, False) if there and not await screen.ask(over) else (path, there)


async def let_go(screen: ModeScreen) -> str:
    """How long each source keeps texts; what is older goes now, after asking."""
    privacy = _privacy(screen)
    await privacy.settle()
    kept = await privacy.retained()
    if not kept:
        return "All texts are kept: no source has keep_days in the config."
    told = ". ".join(each.words for each in kept)
    if not any(each.due for each in kept):
        return f"{told}."
    after = "They go for good; numbers stay, z does not bring them back. The file is then written anew."
    if not await screen.ask(confirm("Let old texts go now?", f"{told}. {after}", "let them go")):
        return ""
    return (await watched(screen, "Letting old texts go", privacy.let_go)).words
