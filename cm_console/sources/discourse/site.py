"""One Discourse site seen through one key: the requests that several parts of the source need."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar
from urllib.parse import quote

from cm_console.model.errors import Gone, Refused, SourceError, Unauthorized
from cm_console.model.settings import Secret
from cm_console.model.text import clean_line
from cm_console.model.time import Clock
from cm_console.sources.discourse import wire, wire_review
from cm_console.sources.discourse.records import Place
from cm_console.sources.http import Gateway
from cm_console.sources.http_answers import Answer
from cm_console.sources.http_bodies import Query

T = TypeVar("T")
CHUNK = 50
"""Posts of a topic, or members, to ask for at a time."""
STAFF = "admin or moderator"


class Site:
    """Reads and writes as one user; what it learns of names it keeps as long as it lives."""

    def __init__(self, url: str, username: str, token: Secret, clock: Clock) -> None:
        self.url = (url if "://" in url else f"https://{url}").rstrip("/")
        self.username, self.clock = username, clock
        headers: dict[str, str | Secret] = {"Api-Key": token, "Api-Username": username}
        self.gate = Gateway(self.url, clock=clock, headers=headers, judge=_judge)
        self._place: Place | None = None
        self._slugs: dict[int, str] = {}

    @property
    def escaped(self) -> str:
        """Our username as a part of a path."""
        return quote(self.username, safe="")

    async def read(self, path: str, kind: type[T], query: Query | None = None) -> T:
        """GET a path as a typed struct."""
        return (await self.gate.get(path, query)).decode(kind)

    async def whoami(self) -> wire.User:
        """The account the key acts as; Unauthorized if the key is worth nothing."""
        try:
            return (await self.read(f"/u/{self.escaped}.json", wire.OneUser)).user
        except Gone:
            words = f"there is no user called {clean_line(self.username, 60)} here"
            raise Unauthorized(words, right="an existing username") from None

    async def trusted(self, error: Unauthorized) -> None:
        """Return if the key is good and only this one thing was refused; raise if the key is worth nothing."""
        if error.status != 403:
            raise error
        await self.whoami()

    async def place(self) -> Place:
        """Address, our name and the names of categories, asked once."""
        if self._place is None:
            info = await self.read("/site.json", wire.SiteInfo)
            self._slugs = {category.id: category.slug for category in info.categories}
            self._place = Place(self.url, self.username, {category.id: category.name for category in info.categories})
        return self._place

    async def category(self, name: str) -> int:
        """The id of a category by name or id; Refused if there is none."""
        if name.isascii() and name.isdigit():
            return int(name)
        for id, known in (await self.place()).categories.items():
            if known.casefold() == name.strip().casefold():
                return id
        raise Refused(f"there is no category called {clean_line(name, 60)} here")

    def slug(self, category: int) -> str:
        """The name of a category in addresses."""
        return quote(self._slugs.get(category) or "-", safe="")

    async def topic_if_there(self, id: str) -> wire.Topic | None:
        """A topic, None if it is gone or not for us."""
        try:
            return await self.topic(id)
        except Gone:
            return None
        except Unauthorized as error:
            await self.trusted(error)
            return None

    async def topic(self, id: str) -> wire.Topic:
        """A topic with its first posts."""
        return await self.read(f"/t/{number(id)}.json", wire.Topic, {"include_raw": "1"})

    async def posts(self, topic: str, ids: Sequence[int]) -> list[wire.Post]:
        """Some posts of a topic by id."""
        query: dict[str, str | Sequence[int]] = {"post_ids[]": list(ids), "include_raw": "1"}
        return (await self.read(f"/t/{number(topic)}/posts.json", wire.SomePosts, query)).post_stream.posts

    async def post(self, id: str) -> wire.Post:
        """One post, with its raw text."""
        return await self.read(f"/posts/{number(id)}.json", wire.Post)

    async def user(self, id: str) -> wire.User:
        """A member as staff sees them."""
        return await self.read(f"/admin/users/{number(id)}.json", wire.User)

    async def cards(self, ids: Sequence[str]) -> list[wire.User]:
        """Up to CHUNK members as every account sees them; who is gone or hides their profile is left out."""
        query = {"user_ids": ",".join(str(number(id)) for id in ids)}
        return (await self.read("/user-cards.json", wire.Cards, query)).users

    async def review(self, id: int) -> wire_review.ReviewItem:
        """An item of the review queue."""
        return await self.read(f"/review/{id}.json", wire_review.ReviewItem)

    async def write(self, method: str, path: str, body: object = None, query: Query | None = None) -> Answer:
        """Change something. A refusal may mean that the key is worth nothing: then that is what is raised."""
        try:
            return await self.gate.write(method, path, body, query)
        except Refused as refusal:
            if refusal.status == 403:
                await self.whoami()
            raise


def number(id: str) -> int:
    """A platform id as Discourse counts; Gone if it cannot be one (a held post that was decided, say)."""
    if id.isascii() and id.removeprefix("-").isdigit():
        return int(id)
    raise Gone(f"{clean_line(id, 40)} is not on the site")


def _judge(answer: Answer, words: str) -> SourceError | None:
    """403 is Discourse's answer to a worthless key, but also to a single thing we may not do."""
    if answer.status == 403 and answer.request.write:
        return Refused(words, status=403)
    if answer.status == 403:
        return Unauthorized(words, right=STAFF, status=403)
    return None
