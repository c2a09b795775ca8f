"""The parts of GitHub's REST answers that the source reads, as typed structs; unknown fields are passed over.

Names are those of the official description (https://docs.github.com/rest) and of recorded answers. `body_html` comes
with the media type `full`.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from msgspec import Meta, Struct, field

Moment = Annotated[datetime, Meta(tz=True)]


class User(Struct):
    """An account wherever one is named; `type` is User, Bot, Organization or Mannequin."""

    id: int
    login: str = ""
    type: str | None = "User"
    html_url: str | None = ""


class Permissions(Struct):
    """What the account may do in a repository; each includes those before it."""

    pull: bool = False
    triage: bool = False
    push: bool = False
    maintain: bool = False
    admin: bool = False


class Repository(Struct):
    """`/repos/{owner}/{repo}`."""

    id: int
    node_id: str
    name: str
    full_name: str
    owner: User
    html_url: str = ""
    has_issues: bool = True
    has_discussions: bool = False
    private: bool = False
    permissions: Permissions = field(default_factory=Permissions)


class Reactions(Struct):
    """How many reactions of all kinds."""

    total_count: int = 0


class PullRequest(Struct):
    """There if an issue is really a pull request."""

    url: str | None = None


class Issue(Struct):
    """An issue or pull request."""

    number: int
    created_at: Moment
    updated_at: Moment
    node_id: str = ""
    title: str = ""
    user: User | None = None
    state: str = "open"
    locked: bool = False
    assignee: User | None = None
    assignees: list[User] | None = None
    comments: int = 0
    author_association: str = "NONE"
    body: str | None = None
    body_html: str | None = None
    html_url: str = ""
    pull_request: PullRequest | None = None
    reactions: Reactions | None = None


class Comment(Struct):
    """A comment on an issue or pull request; the REST API does not say whether it is minimised."""

    id: int
    created_at: Moment
    updated_at: Moment
    node_id: str = ""
    user: User | None = None
    author_association: str = "NONE"
    body: str | None = None
    body_html: str | None = None
    html_url: str = ""
    issue_url: str = ""
    reactions: Reactions | None = None

    @property
    def number(self) -> int:
        """The number of the issue."""
        tail = self.issue_url.rpartition("/")[2]
        return int(tail) if tail.isascii() and tail.isdigit() else 0

    @property
    def on_pull_request(self) -> bool:
        """Is what it stands under a pull request?"""
        return "/pull/" in self.html_url


class Problem(Struct):
    """One thing that is wrong with what was sent."""

    resource: str | None = ""
    field: str | None = ""
    code: str | None = ""
    message: str | None = ""


class Trouble(Struct):
    """A refusal; `errors` holds Problems or plain words."""

    message: str | None = ""
    errors: list[Problem | str] | None = None
