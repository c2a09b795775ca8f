"""Members who came back after months: what they said before lies further back than everything else."""

from __future__ import annotations

from collections import defaultdict

from cm_console.demo.people import Account
from cm_console.demo.world import Draft, Said, World
from cm_console.model.records import ThreadKind
from cm_console.model.time import DAY, Instant

MOST = 3
LATELY, ENDED = 28, 35
"""Days within which they write again; days ago by which a talk has ended that is moved back."""
AWAY = 20 * 7
"""Days ago when the first of them had written last; a week more for each of the others. Whole weeks keep weekdays."""


def come_back(world: World) -> None:
    """Old talks are moved back by weeks, and an answer there is by somebody who is heard again since a month."""
    reported = {report.target.id for _, report in world.reports}
    back, found = _back(world), 0
    for draft in world.threads:
        days = AWAY + 7 * found
        by = -(-(days - (world.now - max(said.at for said in draft.posts)) // DAY) // 7) * 7 * DAY
        answer = _answer(draft)
        who = next((each for each in back[draft.source] if each.joined < draft.at - by), None)
        if answer is not None and who is not None and _can_move(world, draft, by, reported):
            answer.author = who
            back[draft.source].remove(who)
            _move(draft, by)
            found += 1
        if found == MOST:
            return


def _back(world: World) -> dict[str, list[Account]]:
    """By source the members who wrote lately and never before, who wrote most first."""
    wrote: dict[tuple[str, str], list[Said]] = defaultdict(list)
    for draft, said in world.posts():
        wrote[draft.source, said.author.id].append(said)
    found: dict[str, list[Account]] = defaultdict(list)
    for (source, _), posts in sorted(wrote.items(), key=lambda item: (-len(item[1]), item[0])):
        who = posts[0].author
        if not (who.staff or who.bot) and all(said.at > world.now - LATELY * DAY for said in posts):
            found[source].append(who)
    return found


def _answer(draft: Draft) -> Said | None:
    """The last answer of a member there, if nothing hangs on it."""
    for said in reversed(draft.posts[1:]):
        member = not (said.author.staff or said.author.bot) and said.author.id != draft.author.id
        if member and said.id != draft.solved_by:
            return said
    return None


def _can_move(world: World, draft: Draft, by: int, reported: set[str]) -> bool:
    """An ordinary talk that ended, that nobody judged, of people who were all here then."""
    ordinary = draft.kind is ThreadKind.TOPIC and not (draft.keep or draft.author.staff or draft.waits)
    ended = all(said.at < world.now - ENDED * DAY for said in draft.posts)
    judged = {draft.id, *(said.id for said in draft.posts)} & reported
    return ordinary and ended and not judged and all(said.author.joined < said.at - by for said in draft.posts)


def _move(draft: Draft, by: int) -> None:
    draft.at = Instant(draft.at - by)
    draft.solved_at = None if draft.solved_at is None else Instant(draft.solved_at - by)
    for said in draft.posts:
        said.at = Instant(said.at - by)
