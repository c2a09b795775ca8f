"""The state of a WordPress site: accounts with roles, articles, comments; what its own rules make of changes."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from html import escape
from itertools import count

from cm_console.model.time import MINUTE, SECOND, Instant
from tests.servers.loopback import Now

READER = frozenset({"read"})
AUTHOR = READER | {"edit_posts", "publish_posts", "delete_posts", "edit_published_posts"}
EDITOR = AUTHOR | {
    *("moderate_comments", "edit_others_posts", "read_private_posts", "delete_others_posts", "unfiltered_html"),
    *("edit_pages", "edit_others_pages", "publish_pages", "read_private_pages", "delete_others_pages"),
}
ROLES = {"subscriber": READER, "author": AUTHOR, "editor": EDITOR, "administrator": EDITOR | {"list_users"}}


class Refusal(Exception):
    """The site says no, in its own form."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status, self.code = status, code


@dataclass
class User:
    id: int
    name: str
    role: str
    registered: int

    @property
    def can(self) -> frozenset[str]:
        return ROLES[self.role]


@dataclass
class Article:
    id: int
    type: str
    author: int
    title: str
    content: str
    date: int
    modified: int
    status: str = "publish"
    slug: str = ""
    comment_status: str = "open"
    categories: list[int] = field(default_factory=lambda: [1])


@dataclass
class Comment:
    id: int
    post: int
    content: str
    date: int
    user: int = 0
    name: str = ""
    email: str = ""
    parent: int = 0
    status: str = "approved"
    before: str = "hold"
    ip: str = "203.0.113.9"
    agent: str = "Mozilla/5.0"


def cook(raw: str) -> str:
    """What WordPress makes of a comment for display, near enough: paragraphs and lines; HTML in it stands."""
    parts = [part.replace("\n", "<br />\n") for part in re.split(r"\n{2,}", raw)]
    return "".join(f"<p>{part}</p>\n" for part in parts)


class World:
    """One site. Times are milliseconds; WordPress keeps whole seconds."""

    def __init__(self, clock: Now) -> None:
        self._clock = clock
        self.users: dict[int, User] = {}
        self.articles: dict[int, Article] = {}
        self.comments: dict[int, Comment] = {}
        self.categories = {1: "Uncategorized", 2: "News & more"}
        self._ids, self._comment_ids, self._user_ids = count(1), count(1), count(1)

    @property
    def now(self) -> int:
        return self._clock.now() // SECOND * SECOND

    def add_user(self, name: str, role: str = "subscriber") -> User:
        id = next(self._user_ids)
        self.users[id] = User(id, name, role, self.now)
        return self.users[id]

    def add_article(
        self,
        author: int,
        title: str,
        content: str,
        *,
        type: str = "posts",
        status: str = "publish",
        at: int | None = None,
    ) -> Article:
        """WordPress gives a new article the time of its publication as time of change, also one in the future."""
        id = next(self._ids)
        date = self.now if at is None else at
        made = Article(id, type, author, title, content, date, date, status, slug=f"article-{id}")
        self.articles[id] = made
        self.touch(made, new=True)
        return made

    def touch(self, article: Article, *, new: bool = False) -> None:
        """The rules of every save: what is due soon is published, what is not is planned."""
        if not new:
            article.modified = self.now
        if article.status == "future" and article.date - self.now < MINUTE:
            article.status = "publish"
        elif article.status == "publish" and article.date - self.now >= MINUTE:
            article.status = "future"

    def run_cron(self) -> None:
        """Publish what is due; the time of change stays."""
        for article in self.articles.values():
            if article.status == "future" and article.date <= self.now:
                article.status = "publish"

    def set_slug(self, article: Article, slug: str) -> None:
        """A slug is unique: the second one becomes `slug-2`."""
        taken = {other.slug for other in self.articles.values() if other is not article}
        names = (slug, *(f"{slug}-{n}" for n in range(2, 10_000)))
        article.slug = next(name for name in names if name not in taken)

    def trash_article(self, article: Article) -> None:
        article.status, article.slug = "trash", f"{article.slug}__trashed"
        for comment in self.comments.values():
            if comment.post == article.id:
                comment.before, comment.status = comment.status, "post-trashed"
        self.touch(article)

    def add_comment(
        self, post: int, content: str, *, user: int = 0, name: str = "", email: str = "", parent: int = 0,
        status: str = "approved"
    ) -> Comment:  # fmt: skip
        id = next(self._comment_ids)
        author = self.users[user].name if user else name
        mail = f"{user}@site.test" if user else email
        made = Comment(id, post, content, self.now, user, author, mail, parent, status)
        self.comments[id] = made
        return made

    def same(self, made: Comment) -> bool:
        """Was this said before, by the same person under the same parent?"""
        return any(
            (made.post, made.parent, made.name, made.email, made.content)
            == (other.post, other.parent, other.name, other.email, other.content)
            and other.status != "trash"
            for other in self.comments.values()
            if other is not made
        )

    def set_status(self, comment: Comment, status: str) -> None:
        """As `handle_status_param` does: `unspam` and `untrash` bring back what was before."""
        if status in ("unspam", "untrash"):
            comment.status, comment.before = comment.before, "hold"
        elif status in ("approved", "approve", "1", "hold", "0", "spam", "trash"):
            wanted = {"approve": "approved", "1": "approved", "0": "hold"}.get(status, status)
            if wanted != comment.status:
                comment.before, comment.status = comment.status, wanted

    def seed(self, articles: int, comments: int, *, members: int) -> None:
        """A site with something on it: each article commented by visitors, a comment a minute, some held."""
        people = [self.add_user(f"member{n}") for n in range(members)]
        written = [self.add_article(1, f"Article {n}", f"<p>What we think of {n}</p>") for n in range(articles)]
        for article in written:
            article.date = article.modified = self.now - comments * MINUTE - MINUTE
        for n in range(comments):
            words, post = escape(f"I wonder about {n}"), written[n % len(written)].id
            name, email = f"Visitor {n % 40}", f"v{n % 40}@visitors.test"
            user = people[n % len(people)].id if n % 3 == 0 and people else 0
            made = self.add_comment(post, words, user=user, name=name, email=email)
            made.date, made.status = self.now - (comments - n) * MINUTE, "hold" if n % 20 == 19 else "approved"


def at(moment: int) -> str:
    """A time as WordPress writes it."""
    from cm_console.model.time import iso

    return (iso(Instant(moment)) or "").removesuffix("Z")


def chosen(data: dict[str, object], fields: Iterable[str]) -> dict[str, object]:
    """Only the fields that were asked for; `_links.up` is one within `_links`."""
    wanted = {name.partition(".")[0] for name in fields if name}
    return {name: value for name, value in data.items() if name in wanted} if wanted else data
