"""One WordPress site seen through one application password: requests, what refusals mean, our rights, names."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from cm_console.model.errors import Gone, Refused, Unauthorized
from cm_console.model.settings import Secret
from cm_console.model.text import clean_line
from cm_console.model.time import HOUR, Clock, Instant
from cm_console.sources.http import Gateway
from cm_console.sources.http_answers import Answer
from cm_console.sources.http_bodies import Query
from cm_console.sources.markup import html_to_text
from cm_console.sources.wordpress import wire
from cm_console.sources.wordpress.refusals import NoApi, judge

T = TypeVar("T")
PARALLEL = 4
"""Requests side by side: PHP has few workers on small hosts, and visitors want them too."""
RIGHTS_AGAIN = HOUR
"""How long we believe what we were told of our rights."""


@dataclass(frozen=True, slots=True)
class Listed(Generic[T]):
    """A part of a list, and how long the whole of it is."""

    items: list[T]
    total: int
    at: Instant


@dataclass(frozen=True, slots=True)
class Rights:
    """Who we are on the site, and WordPress's capabilities of our role."""

    me: wire.User
    can: frozenset[str]
    at: Instant
    server_time: Instant | None

    @property
    def moderates(self) -> bool:
        """May we see and decide comments that are not public?"""
        return "moderate_comments" in self.can

    @property
    def lists_users(self) -> bool:
        """May we see all accounts?"""
        return "list_users" in self.can


class Site:
    """Reads and writes as one user; what it learns of names and rights it keeps for a while."""

    def __init__(self, url: str, username: str, token: Secret, types: str, clock: Clock) -> None:
        self.url = (url if "://" in url else f"https://{url}").rstrip("/").removesuffix("/wp-json")
        self.clock = clock
        self.types = tuple(dict.fromkeys(types.replace(",", " ").split())) or ("posts", "pages")
        self.gate = Gateway(self.url, clock=clock, basic=(username, token), judge=judge(clock), parallel=PARALLEL)
        self.categories: dict[int, str] = {}
        self.authors: dict[int, wire.User] | None = None
        self.ours: dict[int, None] = {}
        self.skew = 0
        self._plain = False
        self._rights: Rights | None = None

    async def get(self, path: str, query: Query | None = None) -> Answer:
        """GET a path below /wp/v2; a site without readable addresses has its API at `/?rest_route=`."""
        try:
            answer = await self.gate.get(*self._address(path, query))
            if "json" not in answer.headers.get("content-type", ""):
                raise NoApi(f"{self.url} answers with a page for people")
        except NoApi:
            if self._plain:
                raise Refused(f"{self.url} has no REST API of WordPress: is this the address of the site?") from None
            self._plain = True
            answer = await self.get(path, query)
        except Unauthorized:
            self._rights = None
            raise
        self.skew = answer.skew
        return answer

    async def read(self, path: str, kind: type[T], query: Query | None = None) -> T:
        """GET a path as a typed struct."""
        return (await self.get(path, query)).decode(kind)

    async def listed(self, path: str, kind: type[T], query: Query) -> Listed[T]:
        """GET a part of a list; X-WP-Total tells its length."""
        answer = await self.get(path, query)
        items = answer.decode(list[kind])  # type: ignore[valid-type]  # a type made at run time
        total = answer.headers.get("x-wp-total", "")
        known = int(total) if total.isascii() and total.isdigit() and len(total) < 12 else len(items)
        return Listed(items, known, answer.at if answer.at is not None else self.clock.now())

    async def write(self, method: str, path: str, body: object = None) -> Answer:
        """Change something."""
        address, query = self._address(path, None)
        try:
            return await self.gate.write(method, address, body, query)
        except Unauthorized:
            self._rights = None
            raise

    async def rights(self, *, again: bool = False) -> Rights:
        """Who we are and what we may do, as of an hour ago at most; Unauthorized if we are nobody."""
        now = self.clock.now()
        if again or self._rights is None or now - self._rights.at >= RIGHTS_AGAIN:
            query = {"context": "edit", "_fields": wire.USER}
            answer = await self.get("/users/me", query)
            me = answer.decode(wire.User)
            known = me.capabilities if isinstance(me.capabilities, dict) else {}
            self._rights = Rights(me, frozenset(str(name) for name, has in known.items() if has), now, answer.at)
        return self._rights

    async def know_authors(self) -> Rights:
        """Our rights; without the one to list users, who has published is all there is to learn about accounts."""
        rights = await self.rights()
        if rights.lists_users:
            self.authors = None
            return rights
        found: dict[int, wire.User] = {}
        for page in range(1, 100):
            query: Query = {"page": page, "per_page": 100, "orderby": "id", "order": "asc", "_fields": wire.USER}
            listed = await self.listed("/users", wire.User, query)
            found |= {user.id: user for user in listed.items}
            if len(listed.items) < 100:
                break
        self.authors = found
        return rights

    def note_ours(self, comments: Iterable[wire.Comment]) -> None:
        """Remember which comments we wrote ourselves: an answer to one of them is addressed to us."""
        if self._rights is not None:
            self.ours.update((comment.id, None) for comment in comments if comment.author == self._rights.me.id)

    async def comment(self, id: str) -> wire.Comment:
        """One comment, as a moderator sees it."""
        return await self.read(f"/comments/{number(id)}", wire.Comment, {"context": "edit"})

    async def comments(self, ids: Sequence[int], *, moderates: bool) -> dict[int, wire.Comment]:
        """Some comments by id, at most 100, in whatever state they are; those that are gone are missing."""
        query = {"include": ",".join(map(str, ids)), "per_page": len(ids), **seen_as(moderates=moderates)}
        found = await self.listed("/comments", wire.Comment, query)
        return {comment.id: comment for comment in found.items}

    async def article(self, id: str) -> tuple[str, wire.Article]:
        """A post, page or the like, and of which type it is."""
        for kind in self.types:
            try:
                return kind, await self.read(f"/{kind}/{number(id)}", wire.Article, {"context": "edit"})
            except Gone:
                continue
        raise Gone(f"{clean_line(id, 40)} is not on the site", status=404)

    async def name_categories(self, ids: Iterable[int]) -> None:
        """Learn the names of categories that are still unknown."""
        wanted = sorted(set(ids) - self.categories.keys())
        for start in range(0, len(wanted), 100):
            part = wanted[start : start + 100]
            query: Query = {"include": ",".join(map(str, part)), "per_page": 100, "_fields": "id,name"}
            known = {
                term.id: str(html_to_text(term.name)) for term in await self.read("/categories", list[wire.Term], query)
            }
            self.categories |= {id: known.get(id, "") for id in part}

    async def category(self, name: str) -> int:
        """The id of a category by its name; Refused if there is none."""
        query: Query = {"search": name, "per_page": 100, "_fields": "id,name"}
        for term in await self.read("/categories", list[wire.Term], query):
            if str(html_to_text(term.name)).casefold() == name.strip().casefold():
                return term.id
        raise Refused(f"there is no category called {clean_line(name, 60)} here")

    def _address(self, path: str, query: Query | None) -> tuple[str, Query]:
        if self._plain:
            return "/", {"rest_route": f"/wp/v2{path}", **(query or {})}
        return f"/wp-json/wp/v2{path}", query or {}


def seen_as(*, moderates: bool) -> dict[str, str | int]:
    """How to ask for comments: moderators see all states and who wrote them, others what is public."""
    if moderates:
        return {"status": "any", "context": "edit", "_fields": wire.COMMENT}
    return {"_fields": wire.COMMENT}


def number(id: str) -> int:
    """A platform id as WordPress counts; Gone if it cannot be one."""
    if id.isascii() and id.isdigit():
        return int(id)
    raise Gone(f"{clean_line(id, 40)} is not on the site")
