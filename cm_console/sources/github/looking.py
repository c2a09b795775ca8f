"""Did it land? Looking for what an action whose answer was lost would have made, by its hidden marker."""

from __future__ import annotations

from cm_console.model.action import Action, Receipt, Verb
from cm_console.model.time import MINUTE, Instant, instant, iso
from cm_console.sources.github import documents, records, wire
from cm_console.sources.github import wire_graphql as graph
from cm_console.sources.github.discussions import complete, read
from cm_console.sources.github.ids import DISCUSSION, Spot
from cm_console.sources.github.lists import following
from cm_console.sources.github.records import View
from cm_console.sources.github.site import PER_PAGE, Repo, Site
from cm_console.sources.github.texts import marker
from cm_console.sources.github.words import place_of, receipt, thread_of

MARGIN = MINUTE
"""How much earlier than our first attempt, by GitHub's clock, its effect may be dated."""


async def find(site: Site, action: Action) -> Receipt | None:
    """What landed of a comment, an issue or a discussion; None if it is not there."""
    if action.tried_at is None or action.verb not in (Verb.REPLY, Verb.PUBLISH):
        return None
    me = await site.me()
    if action.verb is Verb.REPLY:
        spot = thread_of(action)
        view = View(await site.repo(spot), me.login)
        look = _in_discussion if spot.discussion else _in_issue
        return await look(site, action, spot, view)
    repo, category = await place_of(site, action.place)
    return await (_issue if category is None else _discussion)(site, action, View(repo, me.login))


def _earliest(site: Site, action: Action) -> Instant:
    """By GitHub's clock; a request must have been answered before."""
    return Instant((action.tried_at or 0) + site.skew - MARGIN)


async def _in_issue(site: Site, action: Action, spot: Spot, view: View) -> Receipt | None:
    path, me = f"{view.repo.path}/issues/{spot.number}", await site.me()
    await site.get(path)
    earliest = _earliest(site, action)
    place: dict[str, str] = {}
    while True:
        query = {"since": iso(earliest) or "", "per_page": str(PER_PAGE), **place}
        answer = await site.get(f"{path}/comments", query)
        for one in answer.decode(list[wire.Comment]):
            id = str(spot.at(one.id))
            ours = one.user is not None and one.user.id == me.id and marker(action) in (one.body or "")
            if ours and id not in action.taken and instant(one.created_at) >= earliest:
                return receipt(records.comment(one, view, hidden=False), id)
        if not (place := following(answer)):
            return None


async def _in_discussion(site: Site, action: Action, spot: Spot, view: View) -> Receipt | None:
    found = await read(site, view.repo, spot.number)
    await complete(site, view.repo, found)
    me, earliest = await site.me(), _earliest(site, action)
    for comment in found.comments.there:
        for said in (comment, *comment.replies.there):
            id = str(spot.at(said.id))
            ours = said.author is not None and said.author.databaseId == me.id and marker(action) in said.body
            if ours and id not in action.taken and instant(said.createdAt or said.updatedAt) >= earliest:
                parent = "" if said is comment else comment.id
                return receipt(records.reply(said, spot, view, parent=parent), id)
    return None


async def _issue(site: Site, action: Action, view: View) -> Receipt | None:
    await site.get(view.repo.path)
    earliest = _earliest(site, action)
    query = {"state": "all", "creator": view.login, "sort": "created", "direction": "desc"}
    place: dict[str, str] = {}
    while True:
        asked = {**query, "since": iso(earliest) or "", "per_page": str(PER_PAGE), **place}
        answer = await site.get(f"{view.repo.path}/issues", asked)
        for one in answer.decode(list[wire.Issue]):
            id = str(view.repo.spot(one.number))
            if marker(action) in (one.body or "") and id not in action.taken and instant(one.created_at) >= earliest:
                return receipt(records.issue(one, view), id)
        if not (place := following(answer)):
            return None


async def _discussion(site: Site, action: Action, view: View) -> Receipt | None:
    me = await site.me()
    after: str | None = None
    while True:
        listed = await _newest(site, view.repo, after)
        earliest = _earliest(site, action)
        for one in listed.there:
            if instant(one.createdAt or one.updatedAt) < earliest:
                return None
            id = str(view.repo.spot(one.number, DISCUSSION))
            ours = one.author is not None and one.author.databaseId == me.id and marker(action) in one.body
            if ours and id not in action.taken:
                return receipt(records.discussion(one, view), id)
        if not listed.pageInfo.hasNextPage:
            return None
        after = listed.pageInfo.endCursor


async def _newest(site: Site, repo: Repo, after: str | None) -> graph.Connection[graph.Discussion]:
    kind = graph.InRepository[graph.Discussions]
    there = (await site.ask(documents.NEWEST, kind, repo.named | {"first": 50, "after": after})).repository
    return there.discussions if there else graph.Connection()
