"""From a name to the person behind it: one key, wherever a name is shown."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from cm_console.screens.mode import ModeScreen, Part
from cm_console.services.desk import Impossible

if TYPE_CHECKING:
    from cm_console.model.person import Named
    from cm_console.screens.dialogs import Choice


def open_person(screen: ModeScreen, member_id: int) -> None:
    """Show a person over a screen."""
    from cm_console.screens.person import PersonScreen

    person = PersonScreen(screen.services, member_id)
    person.fit(screen.app.size)
    screen.app.push_screen(person)


async def choose_poster(screen: ModeScreen, thread_id: int, title: str) -> int | None:
    """An account that wrote in a thread: the only one, or the one chosen; `w` again is who began it.

    Raises:
        Impossible: nobody there has an account.
    """
    persons = screen.services.persons
    assert persons is not None
    return await _choose(screen, await persons.posters(thread_id), title)


async def open_whose(screen: ModeScreen, things: Sequence[tuple[str, int | str]], *, first: str = "w") -> str:
    """Show the person something is of; if several are named, who is asked, and the same key again is the first.

    Raises:
        Impossible: nobody there has an account.
    """
    persons = screen.services.persons
    assert persons is not None
    one = await _choose(screen, await persons.whose(things), "Who?", first)
    if one is not None:
        open_person(screen, one)
    return ""


async def _choose(screen: ModeScreen, found: list[Named], title: str, first: str = "w") -> int | None:
    from cm_console.screens.dialogs import Choose

    if not found:
        raise Impossible("nobody here has an account: who it is, is unknown")
    return found[0].id if len(found) == 1 else await screen.ask(Choose(title, _choices(found, first)))


def _choices(found: list[Named], first: str = "w") -> list[Choice[int]]:
    from cm_console.screens.dialogs import Choice

    keys = [first, *(str(n) for n in range(1, 10)), *"abcdefghijklmnopqrstuvxyz"]
    return [
        Choice(key, f"{each.handle}  {each.name}".rstrip(), each.id) for key, each in zip(keys, found, strict=False)
    ]


class InboxPerson(Part):
    """The commands of the inbox that are about people."""

    async def action_who(self) -> None:
        """Who began the thread, or another who wrote in it."""
        await self.list.settled()
        if self.list.current is not None:
            self.perform(self._who(self.list.current.id), asks=True)

    async def _who(self, thread_id: int) -> str:
        member = await choose_poster(self, thread_id, "Who?")
        if member is not None:
            open_person(self, member)
        return ""

    async def action_follow_up(self) -> None:
        """Come back to who wrote, on a day."""
        await self.list.settled()
        if self.list.current is not None:
            self.perform(self._follow_up(self.list.current.id), asks=True)

    async def _follow_up(self, thread_id: int) -> str:
        from cm_console.screens.person_commands import ask_follow_up

        member = await choose_poster(self, thread_id, "Follow up with whom?")
        if member is None or self.services.persons is None:
            return ""
        return await ask_follow_up(self, self.services.persons, member)
