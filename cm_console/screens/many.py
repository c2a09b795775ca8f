"""Something done to more rows at once than one looks at: asked before, shown and stopped while it goes on."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

from cm_console.model.many import MANY
from cm_console.model.work import Stopped, Work
from cm_console.screens.dialogs import Ask, confirm
from cm_console.screens.mode import ModeScreen
from cm_console.services.desk import STEP

Deed = Callable[[Work | None], Coroutine[Any, Any, object]]
"""What is done, and told to a Work as it goes on."""


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


async def done_to(screen: ModeScreen, title: str, number: int, deed: Deed) -> int:
    """Do it to as many as there are; to very many with a bar that escape stops. Returns to how many it was done."""
    if number <= STEP:
        await deed(None)
        return number
    from cm_console.screens.working import watched

    try:
        await watched(screen, title, deed, typed_ahead=True)
    except Stopped as stopped:
        return stopped.done
    return number


def told(words: str, done: int, number: int) -> str:
    """What came of it, for the person."""
    if done < number:
        return stopped_at(words, done, number)
    return f"{words}." if number == 1 else f"{words}: {number:,}."


def stopped_at(words: str, done: int, number: int) -> str:
    """What came of it, where it was stopped."""
    return f"Stopped. {words}: {done:,} of {number:,}; z takes them back." if done else "Stopped: nothing was done."
