"""Asked before something is done to more rows at once than one looks at."""

from __future__ import annotations

from cm_console.model.many import MANY
from cm_console.screens.dialogs import Ask, confirm
from cm_console.screens.mode import ModeScreen


async def sure_of_many(screen: ModeScreen, number: int, deed: str, what: str, *, destroys: bool = False) -> bool:
    """Whether it shall be done to so many; up to MANY nobody is asked. What destroys wants its number typed.

    Args:
        screen: where the question stands; only within `perform`.
        number: how many they are.
        deed: the verb: "snooze", "remove".
        what: what it is done to, in the plural.
        destroys: whether it takes something away from members.
    """
    if number <= MANY:
        return True
    title, words = f"{deed.capitalize()} {number:,} {what}?", "One z takes all of it back."
    if not destroys:
        sure = await screen.ask(confirm(title, words, f"{deed} all {number:,}"))
        return bool(sure)
    typed = await screen.ask(Ask(f"{title} Type {number} to do it"))
    if typed is not None and typed.replace(",", "") != str(number):
        screen.say(f"Nothing was done: that is not {number}.")
    return typed is not None and typed.replace(",", "") == str(number)
