"""A list of the server, newest first: what is new or changed in it since the last time, and its past once.

Its first page is asked for each time and compared as a whole, so edits and deletions among the newest are seen for
nothing. If all of it is new there is a gap, which is filled upwards by `min_id` along `Link: rel=prev`. The past is
walked along `rel=next`. What pages are cut by is the server's own (of a conversation its last status, of a report
its own id), so it is taken out of the links and not out of the items.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from typing import Generic, TypeVar
from urllib.parse import parse_qs, urlsplit

from msgspec import Struct, field

from cm_console.model.errors import Gone
from cm_console.model.time import Instant
from cm_console.sources.http_bodies import Query
from cm_console.sources.mastodon.server import Server

T = TypeVar("T")


class Line(Struct):
    """How far a list is known.

    seen: the items of the first page and how they looked. up: everything before it is known, or is being walked.
    down: where the walk into the past goes on. done: it has ended.
    """

    seen: dict[str, str] = field(default_factory=dict)
    up: str | None = None
    down: str | None = None
    done: bool = False


class Look(Struct, frozen=True):
    """What the walk needs to know of an item: its id, how it looks, when it was made."""

    id: str
    look: str
    at: Instant


class Listing(Generic[T]):
    """One list, walked from what a Line says; the Line is moved on before what lies behind it is given.

    Attributes:
        optional: the server may not have it; then it is empty.
        climbs: nothing in it changes, so only what is newer is asked for.
        missing: looks of items that were on the first page, should still be, and are not; for the batch just given.
    """

    def __init__(
        self,
        server: Server,
        line: Line,
        path: str,
        kind: type[T],
        look: Callable[[T], Look],
        *,
        query: Query | None = None,
        limit: int = 40,
        oldest: Instant,
        optional: bool = False,
        climbs: bool = False,
    ) -> None:
        self._server, self._line, self._path, self._kind, self._look = server, line, path, kind, look
        self._query: dict[str, str | int | Sequence[int | str]] = {**(query or {}), "limit": limit}
        self._limit, self._oldest = limit, oldest
        self._optional, self._climbs = optional, climbs
        self.missing: list[str] = []

    async def news(self) -> AsyncGenerator[list[T], None]:
        """Give what is new or changed, newest first, then what fills a gap, then the past; empty batches too."""
        line = self._line
        steps = [self._begin()] if line.up is None else [self._climb({})] if self._climbs else [self._compare()]
        for step in (*steps, self._descend()):
            async with aclosing(step) as batches:
                async for batch in batches:
                    yield batch
                    self.missing = []

    async def _begin(self) -> AsyncGenerator[list[T], None]:
        line = self._line
        newest, up, down = await self._page({})
        line.seen, line.up, line.down = self._looks(newest), up, down
        line.done = down is None or self._ends(newest)
        yield self._recent(newest)

    async def _compare(self) -> AsyncGenerator[list[T], None]:
        """The first page against how it was; nothing of it is noted before a gap behind it is filled."""
        line = self._line
        newest, up, _ = await self._page({})
        looks = self._looks(newest)
        self.missing = _missing(line.seen, looks, whole=len(newest) < self._limit)
        fresh = [item for item in newest if line.seen.get(self._look(item).id) != self._look(item).look]
        if len(newest) >= self._limit and not line.seen.keys() & looks.keys():
            yield fresh
            async with aclosing(self._climb(looks)) as batches:
                async for batch in batches:
                    yield batch
            fresh = []
        line.seen, line.up = looks, up or line.up
        yield fresh

    async def _climb(self, known: dict[str, str]) -> AsyncGenerator[list[T], None]:
        """From where we were, upwards, until the page that is known already."""
        while True:
            items, up, _ = await self._page({"min_id": self._line.up or ""})
            if not items or up is None or up == self._line.up:
                return
            self._line.up = up
            yield [item for item in items if self._look(item).id not in known]
            if any(self._look(item).id in known for item in items):
                return

    async def _descend(self) -> AsyncGenerator[list[T], None]:
        line = self._line
        while not line.done and line.down is not None:
            items, _, down = await self._page({"max_id": line.down})
            line.done = not items or down is None or down == line.down or self._ends(items)
            line.down = None if line.done else down
            yield self._recent(items)
        line.done = True

    async def _page(self, bounds: dict[str, str]) -> tuple[list[T], str | None, str | None]:
        try:
            answer = await self._server.gate.get(self._path, {**self._query, **bounds})
        except Gone:
            if self._optional:
                return [], None, None
            raise
        items = answer.decode(list[self._kind])  # type: ignore[name-defined]  # a type made at run time
        up, down = _bound(answer.link("prev"), "min_id", "since_id"), _bound(answer.link("next"), "max_id")
        if items and up is None and down is None and not answer.headers.get("link"):
            up, down = self._look(items[0]).id, self._look(items[-1]).id if len(items) >= self._limit else None
        return items, up, down

    def _looks(self, items: list[T]) -> dict[str, str]:
        return {} if self._climbs else {look.id: look.look for look in map(self._look, items)}

    def _recent(self, items: list[T]) -> list[T]:
        return [item for item in items if self._look(item).at >= self._oldest]

    def _ends(self, items: list[T]) -> bool:
        return bool(items) and self._look(items[-1]).at < self._oldest


def _missing(seen: dict[str, str], now: dict[str, str], *, whole: bool) -> list[str]:
    """What stood before something that still is there; all that is not there, if the whole list was given."""
    ids = [*seen]
    last = len(ids) if whole else max((place for place, id in enumerate(ids) if id in now), default=0)
    return [seen[id] for id in ids[:last] if id not in now]


def _bound(link: str, *names: str) -> str | None:
    asked = parse_qs(urlsplit(link).query)
    return next((asked[name][0] for name in names if asked.get(name)), None)
