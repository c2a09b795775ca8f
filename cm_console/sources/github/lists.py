"""One list of the REST API, the newest movement first: all of it the first time, later what moved, in one request.

What is asked for later is a window: all that moved since the fortieth newest did. The window is compared with how it
looked, so what changes without moving (a comment deleted under an issue, a reaction) and what vanishes are noticed
too. Its address stays the same while little happens, so its ETag holds, and a sync without news costs nothing.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, NamedTuple, TypeVar
from urllib.parse import parse_qsl, urlsplit

from msgspec import Struct, field

from cm_console.model.errors import Refused
from cm_console.model.time import iso
from cm_console.sources.github.site import PER_PAGE, Site
from cm_console.sources.http_answers import Answer

T = TypeVar("T")
WINDOW = 40
_PLACES = ("page", "after", "before", "cursor")


class Look(NamedTuple):
    """What tells whether something changed: its id, when it moved, and a short mark of all we keep of it."""

    id: str
    moved: int
    mark: str


class Walk(Struct):
    """How far a list is known.

    `since` bounds the window ("" is everything), `looks` is how it looked, `etag` what its answer was marked with.
    `place` and `first` belong to a walk under way: the page it stands at, and how the first page looked.
    """

    done: bool = False
    since: str = ""
    etag: str = ""
    looks: dict[str, tuple[int, str]] = field(default_factory=dict)
    place: dict[str, str] = field(default_factory=dict)
    first: dict[str, tuple[int, str]] = field(default_factory=dict)


@dataclass
class ListWalk(Generic[T]):
    """One pull of one list. Call `finish` when what it brought is safe, else the next pull starts as this one did.

    Attributes:
        missing: ids of the window that vanished from the list.
        total: how many items the list has, None if GitHub does not tell.
        note: why it ended early, if it did.
    """

    site: Site
    path: str
    query: dict[str, str]
    walk: Walk
    kind: type[list[T]]
    look: Callable[[T], Look]

    def __post_init__(self) -> None:
        self.missing: list[str] = []
        self.total: int | None = None
        self.note = ""
        self._etag: str | None = None
        self._seen: set[str] = set()

    async def run(self) -> AsyncGenerator[list[T], None]:
        """Give what is new or changed, page by page."""
        walk = self.walk
        place, fresh = dict(walk.place), not walk.place
        answer = await self._page(place, etag=walk.etag if fresh else "")
        if answer.status == 304:
            return
        self._etag = answer.headers.get("etag", "") if fresh else ""
        while True:
            items = answer.decode(self.kind)
            looks = [self.look(item) for item in items]
            self._remember(looks, first=not place)
            walk.place = place
            self._count(answer)
            yield [
                item
                for item, look in zip(items, looks, strict=True)
                if walk.looks.get(look.id) != (look.moved, look.mark)
            ]
            place = following(answer)
            if not place:
                break
            try:
                answer = await self._page(place)
            except Refused as refusal:
                self.note = f"GitHub lists no further back than this: {refusal}"
                break
        if fresh:
            self.missing = [id for id in walk.looks if id not in self._seen]

    def finish(self) -> None:
        """What was brought is safe: the next pull asks only for what moves from now on."""
        walk = self.walk
        if self._etag is not None:
            walk.looks, walk.etag = walk.first, self._etag
            if len(walk.first) > 2 * WINDOW:
                floor = _floor(walk.first)
                walk.looks = {id: look for id, look in walk.first.items() if look[0] >= floor}
                walk.since, walk.etag = iso(floor) or "", ""
        walk.done, walk.place, walk.first = True, {}, {}

    def _remember(self, looks: Sequence[Look], *, first: bool) -> None:
        """Keep the looks of the first page, and of what moved in the very second at which the window will begin."""
        self._seen |= {look.id for look in looks}
        floor = 0 if first else _floor(self.walk.first)
        kept = {look.id: (look.moved, look.mark) for look in looks if look.moved >= floor}
        self.walk.first = kept if first else self.walk.first | kept

    async def _page(self, place: dict[str, str], *, etag: str = "") -> Answer:
        since = {"since": self.walk.since} if self.walk.since else {}
        fixed = {"sort": "updated", "direction": "desc", "per_page": str(PER_PAGE)}
        return await self.site.get(self.path, {**self.query, **fixed, **since, **place}, etag=etag)

    def _count(self, answer: Answer) -> None:
        last = dict(parse_qsl(urlsplit(answer.link("last")).query)).get("page", "")
        if last.isascii() and last.isdigit() and len(last) < 9:
            self.total = int(last) * PER_PAGE


def _floor(looks: Mapping[str, tuple[int, str]]) -> int:
    """When the last of the newest WINDOW moved."""
    return sorted((moved for moved, _ in looks.values()), reverse=True)[:WINDOW][-1] if looks else 0


def following(answer: Answer) -> dict[str, str]:
    """What to add to a query for the next page; empty after the last."""
    asked = dict(parse_qsl(urlsplit(answer.link("next")).query))
    return {name: asked[name] for name in _PLACES if name in asked}
