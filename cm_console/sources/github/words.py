"""Verbs that write words: reply, publish, edit. The ones where "never twice" is at stake.

GitHub drops no repeat. So whatever we write carries the action's id in a hidden marker, by which `looking` finds it.
"""

from __future__ import annotations

from collections.abc import Iterable

from cm_console.model.action import Action, Receipt
from cm_console.model.errors import Gone, Refused
from cm_console.model.records import Kind, Record
from cm_console.model.text import clean_line
from cm_console.sources.github import documents, records, wire
from cm_console.sources.github import wire_graphql as graph
from cm_console.sources.github.ids import DISCUSSION, Spot, spot_of
from cm_console.sources.github.records import View
from cm_console.sources.github.site import Repo, Site
from cm_console.sources.github.targets import (
    DISCUSSIONS,
    ISSUES,
    Target,
    comment_target,
    compare,
    discussion_target,
    issue_target,
    lone_comment,
    opening,
    role,
    said_target,
    spot_in,
    target_at,
)
from cm_console.sources.github.texts import normal, outgoing, titled

ISSUE_PLACES = frozenset({"", "issues", "issue"})


async def reply(site: Site, action: Action) -> Receipt:
    """Comment on an issue or a discussion; in a discussion also within the thread of one comment."""
    spot = thread_of(action)
    body = outgoing(action)
    view = View(await site.repo(spot), (await site.me()).login)
    if spot.discussion:
        return await _reply_in_discussion(site, action, spot, view, body)
    path = f"{view.repo.path}/issues/{spot.number}"
    right = f"{ISSUES} an account that may comment in {view.repo.name}"
    made = (await site.write("POST", f"{path}/comments", {"body": body}, there=path, role=right)).decode(wire.Comment)
    return receipt(records.comment(made, view, hidden=False), str(spot.at(made.id)))


async def _reply_in_discussion(site: Site, action: Action, spot: Spot, view: View, body: str) -> Receipt:
    parent = ""
    to = spot_of(action.reply_to) if action.reply_to else spot
    if to.comment:
        answered = await lone_comment(site, to.comment)
        parent = answered.replyTo.id if answered.replyTo else answered.id
    found = await opening(site, spot, view)
    given = {"discussionId": found.id, "body": body} | ({"replyToId": parent} if parent else {})
    right = f"{DISCUSSIONS} an account that may comment in {view.repo.name}"
    made = (await site.tell(documents.ADD_COMMENT, given, right=right)).comment
    if made is None:
        raise Refused("GitHub took the comment, but does not show it", landed=None)
    return receipt(records.reply(made, spot, view, parent=parent), str(spot.at(made.id)))


async def publish(site: Site, action: Action) -> Receipt:
    """Open an issue or a discussion; the place says which: see `place_of`."""
    title, body = titled(action), outgoing(action)
    repo, category = await place_of(site, action.place)
    view = View(repo, (await site.me()).login)
    if category is None:
        right = f"{ISSUES} an account that may open issues in {repo.name}"
        answer = await site.write(
            "POST", f"{repo.path}/issues", {"title": title, "body": body}, there=repo.path, role=right
        )
        issue = answer.decode(wire.Issue)
        return receipt(records.issue(issue, view), str(repo.spot(issue.number)))
    right = f"{DISCUSSIONS} {role(repo, 'Maintain')} for announcements"
    given = {"repositoryId": repo.facts.node_id, "categoryId": category.id, "title": title, "body": body}
    made = (await site.tell(documents.CREATE_DISCUSSION, given, right=right)).discussion
    if made is None:
        raise Refused("GitHub took the discussion, but does not show it", landed=None)
    return receipt(records.discussion(made, view), str(repo.spot(made.number, DISCUSSION)))


async def edit(site: Site, action: Action) -> Receipt:
    """Replace the words of a post, or the title of a thread; nothing is written if they stand there already."""
    spot = spot_in(action, Kind.POST, Kind.THREAD)
    target = await target_at(site, spot)
    if action.target is not None and action.target.kind is Kind.THREAD:
        if action.title and target.thread.title != action.title:
            compare(action, target)
            target = await _rewrite(site, target, {"title": titled(action)})
    elif normal(target.body) != normal(action.text):
        compare(action, target)
        target = await _rewrite(site, target, {"body": outgoing(action, replaces=target.body)})
    return receipt(target.records, str(spot))


async def _rewrite(site: Site, target: Target, given: dict[str, str]) -> Target:
    """Change words; what comes back is how they stand now."""
    spot, view = target.spot, target.view
    write = role(view.repo, "Write")
    if not spot.discussion:
        answer = await site.write("PATCH", target.path, given, there=target.path, role=f"{ISSUES} {write}")
        if spot.comment:
            return comment_target(spot, view, answer.decode(wire.Comment), hidden=target.hidden)
        return issue_target(spot, view, answer.decode(wire.Issue))
    right = f"{DISCUSSIONS} {write}"
    if spot.comment:
        said = (await site.tell(documents.UPDATE_COMMENT, given | {"commentId": target.node}, right=right)).comment
        parent = spot_of(target.post.reply_to).comment if target.post.reply_to else ""
        return said_target(spot, view, said, parent=parent) if said else target
    found = (
        await site.tell(documents.UPDATE_DISCUSSION, given | {"discussionId": target.node}, right=right)
    ).discussion
    return discussion_target(spot, view, found) if found else target


async def place_of(site: Site, place: str) -> tuple[Repo, graph.Category | None]:
    """The repository and category of a place; no category means its issues, which a repository alone means too.

    Raises:
        Refused: there is no such place, or several; the words name those that are there.
    """
    name, _, where = (part.strip().casefold() for part in place.rpartition(":"))
    repos = [repo for repo in await site.repos() if not name or _is(repo, name)]
    found: list[tuple[Repo, graph.Category | None]] = []
    for repo in repos:
        if where in ISSUE_PLACES and repo.facts.has_issues:
            found.append((repo, None))
        elif where not in ISSUE_PLACES:
            found += [(repo, one) for one in await site.categories(repo) if where in (one.name.casefold(), one.slug)]
    if not found and not name:
        found = [(repo, None) for repo in repos if repo.facts.has_issues and _is(repo, where)]
    if len(found) == 1:
        return found[0]
    there = "; ".join(
        [f"{repo.facts.name}: {name}" for repo in await site.repos() for name in await _places(site, repo)]
    )
    what = "says not in which repository" if found else "is not there"
    raise Refused(f"the place {clean_line(place, 60)!r} {what}; there are: {clean_line(there, 200)}")


def _is(repo: Repo, name: str) -> bool:
    """Does a name in lower case mean this repository?"""
    return name in (repo.name.casefold(), repo.facts.name.casefold())


async def _places(site: Site, repo: Repo) -> list[str]:
    return [*(["issues"] if repo.facts.has_issues else []), *(one.name for one in await site.categories(repo))]


def thread_of(action: Action) -> Spot:
    """The thread a reply goes to."""
    id = action.target.id if action.target and action.target.kind is Kind.THREAD else action.thread
    if id is None:
        raise Refused("a reply needs an issue or a discussion")
    spot = spot_of(id)
    if spot.comment:
        raise Gone("a reply goes to a thread")
    return spot


def receipt(made: Iterable[Record], id: str) -> Receipt:
    """The proof of what was made, with how it stands now."""
    return Receipt(id, tuple(made))
