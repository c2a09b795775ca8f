"""The scheduled feed: posts and pages that WordPress will publish by itself; few, so all of them each time."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from zlib import crc32

from cm_console.model.errors import Unauthorized
from cm_console.model.records import Kind, Ref, Scheduled
from cm_console.model.source import PAGE_LIMIT, Cursor, Page
from cm_console.sources.cursors import cursor_of, state_of
from cm_console.sources.http_bodies import Query
from cm_console.sources.wordpress import records, wire
from cm_console.sources.wordpress.articles import WHOLE
from cm_console.sources.wordpress.refusals import EDIT_POSTS
from cm_console.sources.wordpress.site import Listed, Site
from cm_console.sources.wordpress.walking import whole


async def scheduled_pages(site: Site, cursor: Cursor | None) -> AsyncGenerator[Page, None]:
    """Yield what is planned and new or changed; what is no longer planned is gone."""
    known, rights = state_of(cursor, dict[str, str]), await site.rights()
    if "edit_posts" not in rights.can:
        note = f"plans are not shown to this account: it needs {EDIT_POSTS}"
        yield Page((), (), Cursor("{}"), more=False, note=note)
        return
    found = {entry.id: entry for kind in site.types for entry in await _planned(site, kind)}
    made = [entry for id, entry in found.items() if known.get(id) != _look(entry)]
    gone = [Ref(Kind.SCHEDULED, id) for id in known if id not in found]
    for start in range(0, len(made), PAGE_LIMIT):
        part = made[start : start + PAGE_LIMIT]
        known |= {entry.id: _look(entry) for entry in part}
        yield Page(tuple(part), (), _cursor(known), more=True, done=start + len(part), total=len(made))
    for start in range(0, len(gone), PAGE_LIMIT):
        dropped = gone[start : start + PAGE_LIMIT]
        known = {id: look for id, look in known.items() if Ref(Kind.SCHEDULED, id) not in dropped}
        yield Page((), tuple(dropped), _cursor(known), more=True, done=len(made), total=len(made))
    yield Page((), (), _cursor(known), more=False, done=len(made), total=len(made))


async def _planned(site: Site, kind: str) -> list[Scheduled]:
    query: Query = {"status": "future", "orderby": "id", "order": "desc", "per_page": WHOLE, "_fields": wire.ARTICLE}

    async def ask(offset: int) -> Listed[wire.Article]:
        return await site.listed(f"/{kind}", wire.Article, {**query, "offset": offset})

    try:
        articles = await whole(ask, WHOLE)
    except Unauthorized as error:
        if error.status not in (400, 403) or not error.right:
            raise
        return []
    return [
        records.planned(article)
        for article in sorted(articles, key=lambda article: (article.date_gmt or "", article.id))
    ]


def _cursor(known: dict[str, str]) -> Cursor:
    return cursor_of(known)


def _look(entry: Scheduled) -> str:
    return f"{entry.at}.{crc32((entry.title + chr(0) + entry.text).encode('utf-8', 'surrogatepass')):x}"
