"""What an action is about, read again right before it is carried out: its words, whether it is hidden, its records."""

from __future__ import annotations

from dataclasses import dataclass

from cm_console.model.action import Action
from cm_console.model.errors import Conflict, Gone, Refused
from cm_console.model.records import Kind, Post, Record, Thread
from cm_console.model.text import clean_line
from cm_console.sources.github import documents, records, wire
from cm_console.sources.github import wire_graphql as graph
from cm_console.sources.github.ids import Spot, spot_of
from cm_console.sources.github.issues import NOTHING, beside_of
from cm_console.sources.github.records import View
from cm_console.sources.github.site import Repo, Site

DISCUSSIONS = "the token's permission Discussions: Read and write (or the scope 'repo'), and"
ISSUES = "the token's permission Issues: Read and write (or the scope 'repo'), and"


@dataclass(frozen=True, slots=True)
class Target:
    """A post or thread as it is now; `path` is its REST address, "" in discussions."""

    spot: Spot
    view: View
    node: str
    path: str
    body: str
    hidden: bool
    records: tuple[Record, ...]

    @property
    def post(self) -> Post:
        """The post itself."""
        return next(record for record in self.records if isinstance(record, Post))

    @property
    def thread(self) -> Thread:
        """The thread it opens."""
        return next(record for record in self.records if isinstance(record, Thread))


def spot_in(action: Action, *kinds: Kind) -> Spot:
    """The spot an action is about.

    Raises:
        Refused: it is about something else.
    """
    if action.target is None or action.target.kind not in kinds:
        raise Refused(f"{action.verb} needs a {' or '.join(kinds)}")
    return spot_of(action.target.id)


async def target_at(site: Site, spot: Spot) -> Target:
    """Read a thread, with the post that opens it, or a comment. Gone if it is not there."""
    view = View(await site.repo(spot), (await site.me()).login)
    if spot.discussion:
        return await (_discussion_comment if spot.comment else _discussion)(site, spot, view)
    return await (_issue_comment if spot.comment else _issue)(site, spot, view)


def compare(action: Action, target: Target) -> None:
    """Raise a Conflict if the person saw something else."""
    of_thread = action.target is not None and action.target.kind is Kind.THREAD
    version = target.thread.version if of_thread else target.post.version
    if action.seen is not None and action.seen != version:
        words = clean_line(target.thread.title if of_thread else target.post.text, 120) or "(no words)"
        raise Conflict("changed since you saw it", current=words)


def role(repo: Repo, name: str) -> str:
    """A role in a repository, as its admin gives it."""
    return f"the {name} role in {repo.name} (an admin gives it: Settings > Collaborators and teams)"


async def _issue(site: Site, spot: Spot, view: View) -> Target:
    path = f"{view.repo.path}/issues/{spot.number}"
    return issue_target(spot, view, await site.read(path, wire.Issue))


def issue_target(spot: Spot, view: View, issue: wire.Issue) -> Target:
    """An issue that was just read. Gone if we were sent to where it was moved."""
    if issue.number != spot.number:
        raise Gone("it was moved to another repository")
    path = f"{view.repo.path}/issues/{spot.number}"
    return Target(spot, view, issue.node_id, path, issue.body or "", False, tuple(records.issue(issue, view)))


async def _issue_comment(site: Site, spot: Spot, view: View) -> Target:
    path = f"{view.repo.path}/issues/comments/{spot.comment}"
    comment = await site.read(path, wire.Comment)
    hidden = (await beside_of(site, [comment])).get(comment.id, NOTHING).isMinimized
    return comment_target(spot, view, comment, hidden=hidden)


def comment_target(spot: Spot, view: View, comment: wire.Comment, *, hidden: bool) -> Target:
    """A comment on an issue that was just read."""
    path = f"{view.repo.path}/issues/comments/{comment.id}"
    made = tuple(records.comment(comment, view, hidden=hidden))
    return Target(spot, view, comment.node_id, path, comment.body or "", hidden, made)


async def opening(site: Site, spot: Spot, view: View) -> graph.Discussion:
    """A discussion without its comments. Gone if it is not there."""
    kind = graph.InRepository[graph.OneDiscussion]
    asked = view.repo.named | {"number": spot.number}
    there = (await site.ask(documents.OPENING, kind, asked, right=DISCUSSIONS)).repository
    if there is None or there.discussion is None:
        raise Gone("the discussion is not there, or this token may not see it")
    return there.discussion


async def _discussion(site: Site, spot: Spot, view: View) -> Target:
    return discussion_target(spot, view, await opening(site, spot, view))


def discussion_target(spot: Spot, view: View, found: graph.Discussion) -> Target:
    """A discussion that was just read."""
    return Target(spot, view, found.id, "", found.body, False, tuple(records.discussion(found, view)))


async def lone_comment(site: Site, id: str) -> graph.LoneComment:
    """A comment or reply in a discussion by its id. Gone if it is not there, or only its shell is left."""
    found = (await site.ask(documents.COMMENT, graph.OneNode[graph.LoneComment], {"id": id}, right=DISCUSSIONS)).node
    if found is None or found.deletedAt is not None:
        raise Gone("the comment is not there, or this token may not see it")
    return found


async def _discussion_comment(site: Site, spot: Spot, view: View) -> Target:
    found = await lone_comment(site, spot.comment)
    return said_target(spot, view, found, parent=found.replyTo.id if found.replyTo else "")


def said_target(spot: Spot, view: View, said: graph.Reply, *, parent: str) -> Target:
    """A comment or reply in a discussion that was just read."""
    made = tuple(records.reply(said, spot, view, parent=parent))
    return Target(spot.at(said.id), view, said.id, "", said.body, said.isMinimized, made)
