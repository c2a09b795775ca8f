"""Comments: the newest, with how they look; those that entered or left spam and bin; once, all within the history.

WordPress tells no time of change. So the newest 100 are compared with how they looked last time, and the lists of spam
and bin with what they held: whatever changes its state enters or leaves one of them, or the list of held comments,
which the reports feed reads.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import replace
from functools import partial

from msgspec import Struct, field

from cm_console.model.records import Kind, Record, Ref
from cm_console.model.time import iso
from cm_console.sources.http_bodies import Query
from cm_console.sources.wordpress import records, wire
from cm_console.sources.wordpress.articles import Articles
from cm_console.sources.wordpress.packing import Unit
from cm_console.sources.wordpress.site import Listed, Rights, Site, seen_as
from cm_console.sources.wordpress.walking import Place, walk, whole

NEWEST = 100
ASIDE = ("spam", "trash")
OURS = 300
"""Comments of our own that are remembered: whoever answers one speaks to us."""
WATCHED = 1000
"""Newest comments in spam, and in the bin, that are watched; both are emptied by and by."""


class Heap(Struct):
    """Spam or bin: how many, and the ids of the newest."""

    total: int = 0
    ids: list[int] = field(default_factory=list)


class Known(Struct):
    """Highest id up to which all is in but for what `back` has not reached; how the newest looked; what stood aside.

    `now` is the id taken in last: each page needs a cursor of its own.
    """

    top: int | None = None
    back: Place | None = None
    now: int = 0
    tail: dict[str, str] = field(default_factory=dict)
    aside: dict[str, Heap] = field(default_factory=dict)
    ours: list[int] = field(default_factory=list)
    moderates: bool = False


class Comments:
    """Reads comments for one pull."""

    def __init__(self, site: Site, rights: Rights, articles: Articles, known: Known, oldest: int | None) -> None:
        self._site, self._rights, self._articles, self._known = site, rights, articles, known
        self._oldest = oldest
        site.ours.update(dict.fromkeys(known.ours))
        self._first: Listed[wire.Comment] | None = None
        self._newest_ids: frozenset[int] = frozenset()
        self.total = 0

    async def changes(self) -> AsyncGenerator[Unit, None]:
        """What came or changed since the last time; the first time only where everything stands is noted."""
        known = self._known
        if known.top is None:
            known.aside = await self._aside({}) if self._rights.moderates else {}
            newest = await self._begin()
            known.top, known.back = max(self._newest_ids, default=0), Place(total=newest.total)
            return
        async with aclosing(self._moved()) as units:
            async for unit in units:
                yield unit
        newest = await self._begin()
        for part in (self._fresh(newest), self._compared(newest.items)):
            async with aclosing(part) as units:
                async for unit in units:
                    yield unit

    async def everything(self) -> AsyncGenerator[Unit, None]:
        """All comments within the history, newest first, from where the last pull was stopped."""
        known = self._known
        if known.back is None:
            return
        place = known.back

        async def ask(offset: int) -> Listed[wire.Comment]:
            if offset == 0 and self._first is not None:
                return self._first
            return await self._newest(offset)

        async with aclosing(walk(ask, place, NEWEST)) as parts:
            async for part in parts:
                async with aclosing(self._units(part)) as units:
                    async for comment, unit in units:
                        yield replace(unit, mark=partial(self._reached, place, comment))
        known.back = None

    async def under(self, article: wire.Article) -> AsyncGenerator[Unit, None]:
        """All comments of one article."""

        async def ask(offset: int) -> Listed[wire.Comment]:
            return await self._newest(offset, post=article.id)

        async with aclosing(walk(ask, Place(), NEWEST)) as parts:
            async for part in parts:
                async with aclosing(self._units(part)) as units:
                    async for comment, unit in units:
                        yield replace(unit, mark=partial(self._moves, comment.id), counts=False)

    async def _newest(self, offset: int, *, post: int | None = None) -> Listed[wire.Comment]:
        query: Query = {"orderby": "id", "order": "desc", "per_page": NEWEST, "offset": offset}
        if post is not None:
            query = {**query, "post": post}
        elif self._oldest is not None:
            query = {**query, "after": iso(self._oldest) or ""}
        query = {**query, **seen_as(moderates=self._rights.moderates)}
        return await self._site.listed("/comments", wire.Comment, query)

    async def _begin(self) -> Listed[wire.Comment]:
        self._first = newest = await self._newest(0)
        self._newest_ids, self.total = frozenset(comment.id for comment in newest.items), newest.total
        return newest

    async def _fresh(self, newest: Listed[wire.Comment]) -> AsyncGenerator[Unit, None]:
        """Comments above the highest id known."""
        top = self._known.top or 0
        if max(self._newest_ids, default=0) <= top:
            return

        async def ask(offset: int) -> Listed[wire.Comment]:
            return newest if offset == 0 else await self._newest(offset)

        async with aclosing(walk(ask, Place(total=min(newest.total, NEWEST)), NEWEST)) as parts:
            async for part in parts:
                new = [comment for comment in part if comment.id > top]
                async with aclosing(self._units(new)) as units:
                    async for comment, unit in units:
                        yield replace(unit, mark=partial(self._taken, comment), counts=False)
                if len(new) < len(part):
                    break
        yield Unit(mark=partial(setattr, self._known, "top", max(self._newest_ids)), counts=False)

    async def _compared(self, newest: Sequence[wire.Comment]) -> AsyncGenerator[Unit, None]:
        """Of the newest, those that look otherwise than last time, and those that are no longer there."""
        tail = self._known.tail
        floor = min((comment.id for comment in newest), default=0)
        looks = {str(comment.id): records.version_of(comment) for comment in newest}
        changed = [comment for comment in newest if tail.get(str(comment.id)) != looks[str(comment.id)]]
        async with aclosing(self._units(changed)) as units:
            async for comment, unit in units:
                yield replace(unit, mark=partial(self._taken, comment), counts=False)
        for id in [id for id in tail if id not in looks and int(id) > floor]:
            yield Unit((), (Ref(Kind.POST, id),), partial(self._forget, id), counts=False)
        yield Unit(mark=partial(setattr, self._known, "tail", looks), counts=False)

    async def _moved(self) -> AsyncGenerator[Unit, None]:
        """Comments that entered or left spam and bin since the last time."""
        if not self._rights.moderates:
            return
        known, now = self._known.aside, await self._aside(self._known.aside)
        moved: set[int] = set()
        for status, heap in now.items():
            old, new = set(known.get(status, Heap()).ids), set(heap.ids)
            moved |= {id for id in new - old if id > _floor(old)} | {id for id in old - new if id > _floor(new)}
        async with aclosing(self._looked_up(sorted(moved, reverse=True))) as units:
            async for unit in units:
                yield unit
        yield Unit(mark=partial(setattr, self._known, "aside", now), counts=False)

    async def _looked_up(self, ids: Sequence[int]) -> AsyncGenerator[Unit, None]:
        for start in range(0, len(ids), NEWEST):
            part = ids[start : start + NEWEST]
            found = await self._site.comments(part, moderates=True)
            async with aclosing(self._units(list(found.values()))) as units:
                async for comment, unit in units:
                    yield replace(unit, mark=partial(self._moves, comment.id), counts=False)
            for id in part:
                if id not in found:
                    yield Unit((), (Ref(Kind.POST, str(id)),), partial(self._moves, id), counts=False)

    async def _aside(self, known: Mapping[str, Heap]) -> dict[str, Heap]:
        """Spam and bin; where the newest and the number are as they were, the rest is taken to be as well."""
        found: dict[str, Heap] = {}
        for status in ASIDE:
            query: Query = {"status": status, "orderby": "id", "order": "desc", "per_page": NEWEST, "_fields": "id"}

            async def ask(offset: int, query: Query = query) -> Listed[wire.Row]:
                return await self._site.listed("/comments", wire.Row, {**query, "offset": offset})

            first, before = await ask(0), known.get(status, Heap())
            as_it_was = before.total == first.total and before.ids[:NEWEST] == [row.id for row in first.items]
            rows = [] if as_it_was else await whole(ask, NEWEST, first, most=WATCHED)
            found[status] = before if as_it_was else Heap(first.total, sorted((row.id for row in rows), reverse=True))
        return found

    async def _units(self, comments: Sequence[wire.Comment]) -> AsyncGenerator[tuple[wire.Comment, Unit], None]:
        """Comments as records, each with its thread if that has not come yet, and with its author."""
        articles = await self._articles.of(comments)
        self._site.note_ours(comments)
        self._known.ours = list(self._site.ours)[-OURS:]
        for comment in comments:
            yield comment, Unit(tuple(self._records(comment, articles)))

    def _records(self, comment: wire.Comment, articles: dict[int, wire.Article]) -> Iterable[Record]:
        article = articles.get(comment.post)
        if article is None and comment.post not in self._articles.seen | self._articles.strange:
            return  # what it was said to is not public
        if article is not None and article.id not in self._articles.seen:
            yield from self._articles.records(article)
        if (author := records.writer(comment, self._site)) is not None:
            yield author
        yield records.post(comment, self._site, self._rights.me)

    def _reached(self, place: Place, comment: wire.Comment) -> None:
        place.low = comment.id
        self._taken(comment)

    def _taken(self, comment: wire.Comment) -> None:
        self._moves(comment.id)
        if comment.id in self._newest_ids:
            self._known.tail[str(comment.id)] = records.version_of(comment)

    def _forget(self, id: str) -> None:
        self._known.tail.pop(id, None)

    def _moves(self, id: int) -> None:
        self._known.now = id


def _floor(ids: set[int]) -> int:
    """Above which id these are all there are."""
    return min(ids) if len(ids) >= WATCHED else 0
