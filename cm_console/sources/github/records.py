"""GitHub's JSON as records: what each of its states means in our words."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from cm_console.model import records
from cm_console.model.records import PostState
from cm_console.model.text import Untrusted
from cm_console.model.time import Instant, instant
from cm_console.sources.github import wire
from cm_console.sources.github import wire_graphql as graph
from cm_console.sources.github.ids import DISCUSSION, Spot
from cm_console.sources.github.site import Repo
from cm_console.sources.github.texts import digest, mentions, readable

BOTS = frozenset({"Bot", "App"})
Links: TypeAlias = tuple[str, ...]
_PAGE = re.compile(r"https?://[\w.-]{1,200}\.\w{1,60}(?::\d{1,5})?(?:/[^\s<>\"]{0,300})?")
_NAME = re.compile(r"\w{1,15}", re.ASCII)


@dataclass(frozen=True, slots=True)
class View:
    """What records are seen from: a repository, and our account's login."""

    repo: Repo
    login: str


def at(moment: datetime | None) -> Instant | None:
    """A moment as an Instant."""
    return None if moment is None else instant(moment)


def member(user: wire.User | None, association: str, repo: Repo, links: Links = ()) -> records.Member | None:
    """An account that REST names; None for one that was deleted. Its profile comes from elsewhere: see `profiles`."""
    if user is None:
        return None
    staff = repo.staff(user.id, association)
    return _member(user.id, user.login, user.html_url or "", links, bot=user.type in BOTS, staff=staff)


def actor(actor: graph.Actor | None, association: str, repo: Repo) -> records.Member | None:
    """An account that GraphQL names; there a bot's login lacks the `[bot]` it has elsewhere."""
    if actor is None or actor.databaseId is None:
        return None
    bot = actor.typename in BOTS
    login = f"{actor.login}[bot]" if bot and not actor.login.endswith("[bot]") else actor.login
    staff = repo.staff(actor.databaseId, association)
    return _member(actor.databaseId, login, actor.url, profiles(actor), bot=bot, staff=staff)


def _member(id: int, login: str, url: str, links: Links, *, bot: bool, staff: bool) -> records.Member:
    return records.Member(str(id), Untrusted(login), staff=staff, bot=bot, url=url, links=links)


def profiles(actor: graph.Actor) -> Links:
    """The pages that somebody names in their profile: their own word, GitHub proves none of them.

    The public mail address is not asked for: that takes a scope of its own, and GitHub's documentation promises nowhere
    that it was proved.
    """
    site, name = (actor.websiteUrl or "").strip(), (actor.twitterUsername or "").strip()
    site = site if "://" in site else f"https://{site}"
    pages = [f"https://x.com/{name}", f"https://twitter.com/{name}"] if _NAME.fullmatch(name) else []
    return tuple([site, *pages] if _PAGE.fullmatch(site) else pages)


def issue(issue: wire.Issue, view: View) -> Iterator[records.Record]:
    """The author, the thread and the post that opens it."""
    spot, author = view.repo.spot(issue.number), member(issue.user, issue.author_association, view.repo)
    if author is not None:
        yield author
    yield issue_thread(issue, view)
    yield records.Post(
        id=str(spot),
        thread=spot.thread,
        author=author.id if author else None,
        created_at=instant(issue.created_at),
        text=readable(issue.body, issue.body_html),
        mentions_us=mentions(view.login, issue.body, issue.body_html),
        reactions=issue.reactions.total_count if issue.reactions else 0,
        url=issue.html_url,
        version=version(issue.body),
    )


def issue_thread(issue: wire.Issue, view: View) -> records.Thread:
    """The thread alone."""
    assigned = issue.assignees or ([issue.assignee] if issue.assignee else [])
    where = "pull requests" if issue.pull_request else "issues"
    return records.Thread(
        id=view.repo.spot(issue.number).thread,
        title=Untrusted(issue.title),
        author=str(issue.user.id) if issue.user else None,
        created_at=instant(issue.created_at),
        place=Untrusted(f"{view.repo.facts.name}: {where}"),
        url=issue.html_url,
        closed=issue.state == "closed",
        assigned_to=str(assigned[0].id) if assigned else None,
        version=digest(issue.state, issue.title),
    )


def comment(comment: wire.Comment, view: View, *, hidden: bool, links: Links = ()) -> Iterator[records.Record]:
    """The author and the comment on an issue."""
    author = member(comment.user, comment.author_association, view.repo, links)
    if author is not None:
        yield author
    spot = view.repo.spot(comment.number).at(comment.id)
    edited = comment.updated_at > comment.created_at
    yield records.Post(
        id=str(spot),
        thread=spot.thread,
        author=author.id if author else None,
        created_at=instant(comment.created_at),
        text=readable(comment.body, comment.body_html),
        edited_at=instant(comment.updated_at) if edited else None,
        state=PostState.HIDDEN if hidden else PostState.VISIBLE,
        mentions_us=mentions(view.login, comment.body, comment.body_html),
        reactions=comment.reactions.total_count if comment.reactions else 0,
        url=comment.html_url,
        version=version(comment.body, hidden=hidden),
    )


def discussion(discussion: graph.Discussion, view: View) -> Iterator[records.Record]:
    """The author, the thread and the post that opens it."""
    spot, author = _spot(discussion, view), actor(discussion.author, discussion.authorAssociation, view.repo)
    if author is not None:
        yield author
    yield discussion_thread(discussion, view)
    yield records.Post(
        id=str(spot),
        thread=spot.thread,
        author=author.id if author else None,
        created_at=instant(discussion.createdAt or discussion.updatedAt),
        text=readable(discussion.body, discussion.bodyHTML),
        edited_at=at(discussion.lastEditedAt),
        mentions_us=mentions(view.login, discussion.body, discussion.bodyHTML),
        reactions=_upvotes(discussion.upvoteCount),
        url=discussion.url,
        version=version(discussion.body),
    )


def discussion_thread(discussion: graph.Discussion, view: View) -> records.Thread:
    """The thread alone; a chosen answer is what solves it."""
    spot, answer = _spot(discussion, view), discussion.answer
    author = discussion.author.databaseId if discussion.author else None
    return records.Thread(
        id=spot.thread,
        title=Untrusted(discussion.title),
        author=None if author is None else str(author),
        created_at=instant(discussion.createdAt or discussion.updatedAt),
        place=Untrusted(f"{view.repo.facts.name}: {discussion.category.name}"),
        url=discussion.url,
        closed=discussion.closed,
        solved_at=at(discussion.answerChosenAt or discussion.updatedAt) if answer else None,
        solved_by=str(spot.at(answer.id)) if answer else None,
        version=digest(discussion.closed, discussion.title),
    )


def said(discussion: graph.Discussion, view: View) -> Iterator[records.Record]:
    """The authors and posts of all comments and replies that came with a discussion."""
    for one in discussion.comments.there:
        yield from reply(one, _spot(discussion, view), view)
        for answer in one.replies.there:
            yield from reply(answer, _spot(discussion, view), view, parent=one.id)


def reply(said: graph.Reply, thread: Spot, view: View, *, parent: str = "") -> Iterator[records.Record]:
    """The author and one comment or reply of a discussion."""
    author = actor(said.author, said.authorAssociation, view.repo)
    if author is not None:
        yield author
    state = PostState.HIDDEN if said.isMinimized else PostState.VISIBLE
    yield records.Post(
        id=str(thread.at(said.id)),
        thread=thread.thread,
        author=author.id if author else None,
        created_at=instant(said.createdAt or said.updatedAt),
        text=readable(said.body, said.bodyHTML),
        edited_at=at(said.lastEditedAt),
        reply_to=str(thread.at(parent)) if parent else None,
        state=PostState.DELETED if said.deletedAt else state,
        mentions_us=mentions(view.login, said.body, said.bodyHTML),
        reactions=_upvotes(said.upvoteCount),
        url=said.url,
        version=version(said.body, hidden=said.isMinimized),
    )


def _upvotes(count: int) -> int:
    """Upvotes by others: GitHub counts one by the author from the start."""
    return max(count - 1, 0)


def version(body: str | None, *, hidden: bool = False) -> str:
    """Changes with the words and when they are hidden; times would change with every reaction and label."""
    return digest(body or "") + ("h" if hidden else "")


def once(made: Iterable[records.Record]) -> list[records.Record]:
    """Records without repeats of the same member."""
    return list(dict.fromkeys(made))


def _spot(discussion: graph.Discussion, view: View) -> Spot:
    return view.repo.spot(discussion.number, DISCUSSION)
