"""Which accounts are one person: the suggestions one after the other, each with its reasons."""

from __future__ import annotations

from collections.abc import Sequence

from cm_console.model.person import Suggestion
from cm_console.screens.dialogs import Choice, Choose, confirm
from cm_console.screens.mode import ModeScreen
from cm_console.services.persons import MakesTeam, Merged, PersonsService


async def decide_same(screen: ModeScreen, persons: PersonsService, suggestions: Sequence[Suggestion]) -> str:
    """Ask about each suggestion that still stands: the same, not on these grounds, never, later; escape ends it."""
    decided = 0
    for n, each in enumerate(suggestions, 1):
        one, other = each.one.id, each.other.id
        if decided and not await _stands(persons, each):
            continue
        answer = await screen.ask(_same(each, f"{n}/{len(suggestions)}" if len(suggestions) > 1 else ""))
        if answer is None:
            break
        if answer == "same":
            if await merge(screen, persons, one, other, each.words) is None:
                continue
        elif answer != "later":
            await persons.refuse(one, other, each.words, never=answer == "never")
        decided += answer != "later"
    if not suggestions:
        return "Nobody else looks like this person."
    if not decided:
        return ""
    return "Decided; z takes it back." if decided == 1 else f"Decided: {decided}; each z takes one back."


async def merge(
    screen: ModeScreen, persons: PersonsService, one: int, other: int, reason: str = "by hand"
) -> Merged | None:
    """Make two accounts one person; where that makes a member one with the team, ask first. None: not after all."""
    try:
        return await persons.merge(one, other, reason)
    except MakesTeam as told:
        if not await screen.ask(confirm("One person with the team?", f"{told}. z takes it back.", "one person")):
            return None
    return await persons.merge(one, other, reason, sure=True)


async def _stands(persons: PersonsService, each: Suggestion) -> bool:
    """Whether what was decided meanwhile leaves it open."""
    pairs = [{found.one.id, found.other.id} for found in await persons.suggestions(each.one.id)]
    return {each.one.id, each.other.id} in pairs


def _same(each: Suggestion, place: str) -> Choose[str]:
    choices = [
        Choice("y", "the same person", "same"),
        Choice("n", "not on these grounds", "rejected"),
        Choice("x", "never ask again", "never"),
        Choice("l", "later", "later"),
    ]
    words = f"{each.words} · {each.one.at} {each.one.name} · {each.other.at} {each.other.name}"
    return Choose(f"{each.one.at} = {each.other.at}? {place}".rstrip(), choices, words=words)
