"""The world behind the GitHub stand-in: repositories with issues, comments, discussions, people and their blocks.

What moves what is as pessimistic as GitHub is known or feared to be: deleting or hiding a comment moves nothing,
editing a comment moves only itself.
"""

from __future__ import annotations

import html
import re
from dataclasses import dataclass, field
from itertools import count

from tests.servers.loopback import Now

ROLES = ("none", "read", "triage", "write", "admin")


class Refusal(Exception):
    """GitHub says no."""

    def __init__(self, status: int, words: str, headers: dict[str, str] | None = None, kind: str = "") -> None:
        super().__init__(words)
        self.status, self.headers, self.kind = status, headers or {}, kind


@dataclass
class User:
    id: int
    login: str
    type: str = "User"
    site: str = ""
    handle: str = ""


@dataclass
class Said:
    """A comment on an issue (`node` IC_..), or a comment or reply in a discussion (DC_..)."""

    id: int
    node: str
    thread: int
    user: User | None
    body: str
    created: int
    updated: int
    hidden: bool = False
    edited: int | None = None
    deleted: int | None = None
    parent: str = ""
    reactions: int = 0


@dataclass
class Issue:
    number: int
    user: User | None
    title: str
    body: str
    created: int
    updated: int
    state: str = "open"
    reason: str | None = None
    locked: str = ""
    pull: bool = False
    assignees: list[User] = field(default_factory=list)
    reactions: int = 0


@dataclass
class Discussion:
    number: int
    node: str
    user: User | None
    title: str
    body: str
    category: str
    created: int
    updated: int
    edited: int | None = None
    closed: bool = False
    locked: str = ""
    answer: str = ""
    answered: int | None = None
    upvotes: int = 1


@dataclass
class Repo:
    id: int
    owner: User
    name: str
    has_issues: bool = True
    has_discussions: bool = True
    private: bool = False
    archived: bool = False
    role: str = "admin"
    team: list[User] = field(default_factory=list)
    tied: list[User] = field(default_factory=list)
    issues: dict[int, Issue] = field(default_factory=dict)
    comments: dict[int, Said] = field(default_factory=dict)
    discussions: dict[int, Discussion] = field(default_factory=dict)
    talk: dict[str, Said] = field(default_factory=dict)
    numbers: count[int] = field(default_factory=lambda: count(1))

    @property
    def full_name(self) -> str:
        return f"{self.owner.login}/{self.name}"

    def said_in(self, number: int) -> list[Said]:
        return [one for one in self.comments.values() if one.thread == number]

    def talk_in(self, number: int, parent: str = "") -> list[Said]:
        return [one for one in self.talk.values() if one.thread == number and one.parent == parent]


class World:
    """Everything that is on this GitHub. `categories` holds name -> takes answers."""

    def __init__(self, clock: Now) -> None:
        self.clock = clock
        self.users: dict[int, User] = {}
        self.repos: list[Repo] = []
        self.blocks: dict[str, set[int]] = {}
        self.categories = {"General": True, "Announcements": False}
        self.ids = count(1001)

    def now(self) -> int:
        return self.clock.now() // 1000 * 1000

    def add_user(self, login: str, type: str = "User") -> User:
        user = User(next(self.ids), login, type)
        self.users[user.id] = user
        return user

    def add_repo(self, owner: User, name: str) -> Repo:
        repo = Repo(next(self.ids), owner, name)
        self.repos.append(repo)
        return repo

    def add_issue(self, repo: Repo, user: User, title: str, body: str, *, pull: bool = False) -> Issue:
        now = self.now()
        issue = Issue(next(repo.numbers), user, title, body, now, now, pull=pull)
        repo.issues[issue.number] = issue
        return issue

    def add_comment(self, repo: Repo, number: int, user: User, body: str) -> Said:
        now, id = self.now(), next(self.ids)
        said = Said(id, f"IC_{id}", number, user, body, now, now)
        repo.comments[id] = said
        repo.issues[number].updated = now
        return said

    def add_discussion(self, repo: Repo, user: User, title: str, body: str, category: str = "General") -> Discussion:
        now, number = self.now(), next(repo.numbers)
        found = Discussion(number, f"D_{repo.id}_{number}", user, title, body, category, now, now)
        repo.discussions[number] = found
        return found

    def add_talk(self, repo: Repo, number: int, user: User, body: str, parent: str = "") -> Said:
        now, id = self.now(), next(self.ids)
        said = Said(id, f"DC_kw-{id}", number, user, body, now, now, parent=parent)
        repo.talk[said.node] = said
        repo.discussions[number].updated = now
        return said

    def edit(self, thing: Issue | Discussion | Said, body: str) -> None:
        thing.body, thing.updated = body, self.now()
        if not isinstance(thing, Issue):
            thing.edited = thing.updated

    def delete_talk(self, repo: Repo, node: str) -> None:
        """A comment with replies leaves a shell; an answer that is deleted answers nothing any more."""
        said = repo.talk[node]
        if repo.talk_in(said.thread, node):
            said.deleted, said.body, said.user = self.now(), "", None
        else:
            del repo.talk[node]
        if repo.discussions[said.thread].answer == node:
            repo.discussions[said.thread].answer = ""

    def repo_named(self, owner: str, name: str) -> Repo:
        wanted = f"{owner}/{name}".lower()
        found = next((repo for repo in self.repos if repo.full_name.lower() == wanted and repo.role != "none"), None)
        if found is None:
            raise Refusal(404, "Not Found", kind="NOT_FOUND")
        return found


def cook(body: str) -> str:
    """A body as HTML, the way GitHub does where that matters: HTML comments vanish, mentions become links."""
    text = html.escape(re.sub(r"<!--.*?-->", "", body, flags=re.S), quote=False).strip()
    link = r'<a class="user-mention notranslate" href="https://github.com/\1">@\1</a>'
    text = re.sub(r"(?<![\w@])@([a-z0-9][a-z0-9-]*)", link, text, flags=re.I)
    return f'<p dir="auto">{text}</p>' if text else ""
