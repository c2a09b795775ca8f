"""The GitHub stand-in as the contract's bench: a world to change, to read, and to break."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import count
from typing import ClassVar

from cm_console.model.action import Verb
from cm_console.model.records import Kind, Member, Post, PostState, Record, Ref, Thread
from cm_console.model.settings import Secret
from cm_console.model.source import SourceKind
from cm_console.model.text import Untrusted
from cm_console.model.time import Instant
from cm_console.sources.github import GitHub, GitHubSettings
from cm_console.sources.github.ids import spot_of
from cm_console.sources.markup import html_to_text
from tests.servers.github import TOKEN, GitHubServer, is_write
from tests.servers.github_world import Discussion, Issue, Repo, Said, User, cook
from tests.servers.loopback import Seen
from tests.servers.loopback_bench import LoopbackBench, storable

NO_REPORTS = "GitHub shows reports to nobody but its staff"


class GitHubBench(LoopbackBench):
    """A repository with bikes-team (us), bob (a colleague) and ann (who writes); its threads are issues."""

    kind: ClassVar[SourceKind] = GitHub
    cannot: ClassVar[Mapping[str, str]] = {
        "add_report": NO_REPORTS,
        "colleague_acts": NO_REPORTS,
        Verb.SOLVE: "an issue has no chosen answer",
        Verb.UNSOLVE: "an issue has no chosen answer",
    }
    idle_cost: ClassVar[int] = 8
    news_cost: ClassVar[int] = 9
    stride: ClassVar[int] = 5
    secrets = (TOKEN,)
    place = "issues"
    server: GitHubServer

    def __init__(self) -> None:
        super().__init__()
        self.server = GitHubServer(self.clock)
        self.world, self.repo = self.server.world, self.server.repo
        self.ann = self.world.add_user("ann")
        self.bob = self.world.add_user("bob")
        self.repo.team.append(self.bob)
        self.colleague = str(self.bob.id)
        self._titles = count(1)

    def source(
        self, *, history: int = 0, token: str = TOKEN, repos: str = "octo/bikes", pulls: bool = False, api: str = ""
    ) -> GitHub:
        """A source with the token that works."""
        settings = GitHubSettings(repos, Secret(token), pulls, history, api or self.server.url)
        return GitHub(settings, self.clock)

    def speaks(self, text: str) -> bool:
        """No blank comments, none longer than GitHub takes, nothing no database keeps."""
        return bool(text.strip()) and len(text) <= 65_536 and storable(text)

    async def standing(self, member: str) -> str:
        """Blocked by the organisation, or ok."""
        return "banned" if int(member) in self.world.blocks.get("octo", set()) else "ok"

    async def truth(self) -> Mapping[Ref, Record]:
        """The team, who wrote, and all issues and discussions with what was said in them."""
        found: dict[Ref, Record] = {}
        for repo in self.world.repos:
            for user in repo.team:
                found |= _member(user)
            for issue in repo.issues.values():
                found |= _opened(repo, issue, self._said(repo, issue.number))
            for discussion in repo.discussions.values():
                found |= _opened(repo, discussion, self._talk(repo, discussion.number))
        return found

    def _said(self, repo: Repo, number: int) -> list[tuple[str, Said]]:
        return [(str(said.id), said) for said in repo.said_in(number)]

    def _talk(self, repo: Repo, number: int) -> list[tuple[str, Said]]:
        return [(said.node, said) for said in repo.talk.values() if said.thread == number]

    async def add_member(self, handle: str) -> str:
        """Somebody joins the team."""
        user = self.world.add_user(handle)
        self.repo.team.append(user)
        return str(user.id)

    async def add_thread(self, posts: int = 1, *, text: str = "") -> str:
        """Ann opens an issue."""
        first = text or self.fresh("Some words to begin with")
        issue = self.world.add_issue(self.repo, self.ann, f"A question {next(self._titles)}", first)
        for _ in range(posts - 1):
            self.world.add_comment(self.repo, issue.number, self.ann, self.fresh("Some more words"))
        return f"{self.repo.id}/i{issue.number}"

    async def add_post(self, thread: str, text: str) -> str:
        """Ann answers."""
        spot = spot_of(thread)
        if spot.discussion:
            return str(spot.at(self.world.add_talk(self.repo, spot.number, self.ann, text).node))
        return str(spot.at(self.world.add_comment(self.repo, spot.number, self.ann, text).id))

    def thing(self, id: str) -> Issue | Discussion | Said:
        """What an id of ours names."""
        spot = spot_of(id)
        if spot.comment:
            return self.repo.talk[spot.comment] if spot.discussion else self.repo.comments[int(spot.comment)]
        return self.repo.discussions[spot.number] if spot.discussion else self.repo.issues[spot.number]

    async def edit_post(self, post: str, text: str) -> None:
        """Ann rewrites it."""
        self.world.edit(self.thing(post), text)

    async def delete_post(self, post: str) -> None:
        """It is deleted, and nothing moves."""
        spot = spot_of(post)
        if spot.discussion:
            self.world.delete_talk(self.repo, spot.comment)
        else:
            del self.repo.comments[int(spot.comment)]

    async def lose_next_answer(self) -> None:
        """Done, but nobody heard."""
        self.server.plan("lose", is_write)

    async def garble_next_answer(self) -> None:
        """A list, or something done: nobody can read the answer."""
        self.server.plan("garble", lambda seen: is_write(seen) or _lists(seen))

    async def repeat_next_page(self) -> None:
        """Everything twice in the next lists."""
        self.repeat_next("/repos/octo/bikes/issues/comments")
        self.server.plan("repeat", lambda seen: b"query Walk" in seen.body)

    async def unauthorized(self) -> None:
        """The token was revoked."""
        self.server.token = "another token"


class DiscussionsBench(GitHubBench):
    """The same repository, but its threads are discussions; every third answer stands under the one before it."""

    cannot: ClassVar[Mapping[str, str]] = {
        "add_report": NO_REPORTS,
        "colleague_acts": NO_REPORTS,
        Verb.ASSIGN: "a discussion cannot be assigned",
        Verb.UNASSIGN: "a discussion cannot be assigned",
    }
    news_cost = 10
    stride = 4
    place = "General"

    async def add_thread(self, posts: int = 1, *, text: str = "") -> str:
        """Ann opens a discussion."""
        first = text or self.fresh("Some words to begin with")
        made = self.world.add_discussion(self.repo, self.ann, f"A question {next(self._titles)}", first)
        parent = ""
        for number in range(1, posts):
            under = parent if number % 3 == 0 else ""
            said = self.world.add_talk(self.repo, made.number, self.ann, self.fresh("Some more words"), under)
            parent = parent if under else said.node
        return f"{self.repo.id}/d{made.number}"


def _lists(seen: Seen) -> bool:
    return seen.path.endswith("/issues") or b"query Heads" in seen.body


def _member(user: User | None) -> dict[Ref, Record]:
    return {Ref(Kind.MEMBER, str(user.id)): Member(str(user.id), Untrusted(user.login))} if user else {}


def _opened(repo: Repo, thing: Issue | Discussion, said: list[tuple[str, Said]]) -> dict[Ref, Record]:
    kind = "i" if isinstance(thing, Issue) else "d"
    id, author = f"{repo.id}/{kind}{thing.number}", str(thing.user.id) if thing.user else None
    closed = thing.state == "closed" if isinstance(thing, Issue) else thing.closed
    assigned = str(thing.assignees[0].id) if isinstance(thing, Issue) and thing.assignees else None
    solved = f"{id}/{thing.answer}" if isinstance(thing, Discussion) and thing.answer else None
    at, title = Instant(thing.created), Untrusted(thing.title)
    thread = Thread(id, title, author, at, closed=closed, assigned_to=assigned, solved_by=solved)
    first = Post(id, id, author, at, html_to_text(cook(thing.body)))
    found: dict[Ref, Record] = {Ref(Kind.THREAD, id): thread, Ref(Kind.POST, id): first}
    found |= _member(thing.user)
    for name, one in said:
        state = PostState.HIDDEN if one.hidden else PostState.VISIBLE
        state = PostState.DELETED if one.deleted else state
        who = str(one.user.id) if one.user else None
        text = html_to_text(cook(one.body))
        found |= _member(one.user)
        found[Ref(Kind.POST, f"{id}/{name}")] = Post(f"{id}/{name}", id, who, Instant(one.created), text, state=state)
    return found
