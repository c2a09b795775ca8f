"""Members of the forum who joined one, two and three years ago, nearly to the day: somebody to congratulate."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from cm_console.demo.world import World
from cm_console.model.records import Member
from cm_console.model.time import DAY, Instant

YEARS = (1, 2, 3)
LATE = 60
"""Days by which who is moved joined later in truth: nobody wrote before they came."""
LATELY = 40


def jubilees(world: World) -> Mapping[str, Member]:
    """By id, as the platform shows them: the first active member found for each year."""
    active = {said.author.id for draft, said in world.posts() if _counts(world, draft.source, said.at)}
    found: dict[str, Member] = {}
    for years in YEARS:
        at = Instant(world.now - (365 * years + years) * DAY)
        for account in world.people.members["forum"]:
            if account.id in active and account.id not in found and at < account.joined < at + LATE * DAY:
                found[account.id] = replace(account.member, joined_at=at)
                break
    return found


def _counts(world: World, source: str, at: int) -> bool:
    return source == "forum" and at > world.now - LATELY * DAY
