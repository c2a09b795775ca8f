"""Posts, pages and what else can be commented: those that are new or changed, all of them once, some by id.

WordPress publishes what was planned without touching its time of change, and gives what is planned a time of change
in the future. So what is planned is remembered, and looked at again when its time has come.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import AsyncGenerator, Callable, Iterable
from contextlib import aclosing
from functools import partial
from typing import TypeAlias

from msgspec import Struct, field

from cm_console.model.errors import Gone, Refused, Unauthorized
from cm_console.model.records import Kind, Record, Ref
from cm_console.model.time import HOUR, MINUTE, Instant, iso
from cm_console.sources.http_bodies import Query
from cm_console.sources.wordpress import records, wire
from cm_console.sources.wordpress.packing import Unit
from cm_console.sources.wordpress.site import Listed, Rights, Site
from cm_console.sources.wordpress.walking import Place, walk, whole

WHOLE = 20
"""Articles asked for at a time with their text, which may be long."""
LOOKS = 100
MARGIN = HOUR + 5 * MINUTE
"""WordPress compares local times: in autumn an hour comes twice."""
MOST_AWAY = 1000
"""Articles that went, of which we remember that all their comments must be read when they come back."""
EVERY = "publish,private,future,draft,pending,trash"

_UP = re.compile(r"/wp/v2/([\w-]{1,60})/\d+$", re.ASCII)


class Known(Struct):
    """What is known of one type: read up to when; how what changed lately looked; planned; hidden; the first walk."""

    since: int | None = None
    looks: dict[str, str] = field(default_factory=dict)
    waiting: dict[str, int] = field(default_factory=dict)
    away: list[int] = field(default_factory=list)
    back: Place | None = None


CommentsOf: TypeAlias = Callable[[wire.Article], AsyncGenerator[Unit, None]]


class Articles:
    """Reads articles for one pull; `seen` are those it has given so far, `strange` those of types we may not read."""

    def __init__(self, site: Site, rights: Rights, oldest: int | None) -> None:
        self._site, self._rights, self._oldest = site, rights, oldest
        self.seen: set[int] = set()
        self.strange: set[int] = set()

    def records(self, article: wire.Article) -> tuple[Record, ...]:
        """A thread and its first post."""
        self.seen.add(article.id)
        return records.thread(article, self._site), records.first_post(article)

    async def of(self, comments: Iterable[wire.Comment]) -> dict[int, wire.Article]:
        """The articles under which these comments stand, but for those already given."""
        wanted: dict[str, set[int]] = defaultdict(set)
        for comment in comments:
            if comment.post and comment.post not in self.seen:
                wanted[self._type(comment)].add(comment.post)
        found: dict[int, wire.Article] = {}
        for kind, ids in wanted.items():
            found |= {article.id: article for article in await self.some(kind, sorted(ids, reverse=True))}
        return found

    async def some(self, kind: str, ids: list[int]) -> list[wire.Article]:
        """The public ones among these."""
        made: list[wire.Article] = []
        for start in range(0, len(ids), WHOLE):
            part = ids[start : start + WHOLE]
            query: Query = {"include": ",".join(map(str, part)), "per_page": WHOLE, **self._public(kind)}
            try:
                made += (await self._site.listed(f"/{kind}", wire.Article, query)).items
            except (Gone, Refused, Unauthorized) as error:
                if kind in self._site.types or (isinstance(error, Unauthorized) and error.status != 403):
                    raise
                self.strange.update(part)
        await self._site.name_categories(id for article in made for id in article.categories)
        return made

    async def changes(self, kind: str, known: Known, comments_of: CommentsOf) -> AsyncGenerator[Unit, None]:
        """What came, changed or went since the last time, with all comments of what came back."""
        looks, at = await self._looks(kind, known.since)
        fresh = {look.id: look for look in looks if known.looks.get(str(look.id)) != _look(look)}
        if known.since is None:
            fresh = {}
        due = {int(id) for id, when in known.waiting.items() if when <= at and int(id) not in fresh}
        public = {id for id, look in fresh.items() if records.is_public(look)} | due
        for id in sorted(fresh.keys() - public):
            yield Unit((), (Ref(Kind.THREAD, str(id)),), partial(_went, known, fresh[id]), counts=False)
        for article in await self.some(kind, sorted(public, reverse=True)):
            if article.id in known.away:
                yield Unit(self.records(article), counts=False)
                async with aclosing(comments_of(article)) as units:
                    async for unit in units:
                        yield unit
            yield Unit(self.records(article), (), partial(_came, known, article), counts=False)
        yield Unit(mark=partial(_caught_up, known, looks, at), counts=False)

    async def everything(self, kind: str, known: Known, sizes: dict[str, int]) -> AsyncGenerator[Unit, None]:
        """All articles within the history, newest first, from where the last pull was stopped."""
        if known.back is None:
            return
        place = known.back

        async def ask(offset: int) -> Listed[wire.Article]:
            query: Query = {"orderby": "id", "order": "desc", "per_page": WHOLE, "offset": offset, **self._public(kind)}
            if self._oldest is not None:
                query = {**query, "modified_after": iso(self._oldest) or ""}
            listed = await self._site.listed(f"/{kind}", wire.Article, query)
            sizes[kind] = listed.total
            return listed

        async with aclosing(walk(ask, place, WHOLE)) as parts:
            async for part in parts:
                await self._site.name_categories(id for article in part for id in article.categories)
                for article in part:
                    made = () if article.id in self.seen else self.records(article)
                    yield Unit(made, (), partial(_reached, known, place, article))
        known.back = None

    async def _looks(self, kind: str, since: int | None) -> tuple[list[wire.Article], Instant]:
        """What was touched since a time, and what time it is there; the first time, what is planned."""
        query: Query = {"orderby": "id", "order": "desc", "per_page": LOOKS, "_fields": wire.LOOK}
        if since is not None:
            query = {**query, "modified_after": iso(since - MARGIN) or ""}
        plans = self._may(kind, "edit_posts")
        if plans:
            query = {**query, "status": "future" if since is None else EVERY}

        async def ask(offset: int) -> Listed[wire.Article]:
            return await self._site.listed(f"/{kind}", wire.Article, {**query, "offset": offset})

        first = await ask(0)
        if since is None and not plans:
            return [], first.at
        return await whole(ask, LOOKS, first), first.at

    def _public(self, kind: str) -> dict[str, str]:
        status = "publish,private" if self._may(kind, "read_private_posts") else "publish"
        return {"status": status, "_fields": wire.ARTICLE}

    def _may(self, kind: str, capability: str) -> bool:
        """Pages have capabilities of their own; types of plugins mostly those of posts."""
        return (capability.replace("posts", "pages") if kind == "pages" else capability) in self._rights.can

    def _type(self, comment: wire.Comment) -> str:
        for link in comment.links.up:
            if found := _UP.search(link.href):
                return found[1]
        return self._site.types[0]


def _reached(known: Known, place: Place, article: wire.Article) -> None:
    place.low = article.id
    if known.since is not None and records.at(article.modified_gmt) >= known.since - MARGIN:
        known.looks[str(article.id)] = _look(article)


def _went(known: Known, look: wire.Article) -> None:
    known.looks[str(look.id)] = _look(look)
    known.away = [*(id for id in known.away if id != look.id), look.id][-MOST_AWAY:]


def _came(known: Known, article: wire.Article) -> None:
    known.looks[str(article.id)] = _look(article)
    known.away = [id for id in known.away if id != article.id]
    known.waiting.pop(str(article.id), None)


def _caught_up(known: Known, looks: list[wire.Article], at: Instant) -> None:
    known.since, known.looks = at, {str(look.id): _look(look) for look in looks}
    for look in looks:
        known.waiting.pop(str(look.id), None)
        if look.status == "future":
            known.waiting[str(look.id)] = records.at(look.date_gmt)


def _look(article: wire.Article) -> str:
    return f"{article.modified_gmt}.{article.status}"
