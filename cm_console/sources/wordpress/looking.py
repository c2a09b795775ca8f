"""Did it land? Looking on the site for what an action whose answer was lost would have made."""

from __future__ import annotations

from cm_console.model.action import Action, Receipt, Verb
from cm_console.model.time import HOUR, SECOND, Instant, iso
from cm_console.sources.http_bodies import Query
from cm_console.sources.wordpress import records, wire
from cm_console.sources.wordpress.plans import planned
from cm_console.sources.wordpress.site import Site, seen_as
from cm_console.sources.wordpress.words import commented, published, slug_of, thread_of
from cm_console.sources.wordpress.writing import comment_html, normal

SLACK = 5 * SECOND
"""WordPress counts whole seconds."""
EVERY = "publish,private,future,draft,pending,trash"


async def find(site: Site, action: Action) -> Receipt | None:
    """What landed of a reply, a post or a plan; None if it is not there."""
    if action.tried_at is None:
        return None
    if action.verb is Verb.REPLY:
        return await _reply(site, action, action.tried_at)
    if action.verb not in (Verb.PUBLISH, Verb.SCHEDULE):
        return None
    article = await _by_slug(site, slug_of(action))
    if article is None or str(article.id) in action.taken:
        return None
    return planned(article) if article.status == "future" else await published(site, article)


async def _reply(site: Site, action: Action, tried_at: Instant) -> Receipt | None:
    """Our own comments under the article since the first attempt; the oldest with these words is ours."""
    rights = await site.rights()
    earliest = tried_at + site.skew - SLACK
    query: Query = {"post": thread_of(action), "after": iso(earliest - HOUR) or "", "orderby": "id", "order": "asc"}
    query = {**query, "per_page": 100, **seen_as(moderates=rights.moderates)}
    parent = action.reply_to if action.reply_to and not action.reply_to.startswith(records.ARTICLE) else "0"
    words = normal(comment_html(action.text))
    offset = 0
    while True:
        listed = await site.listed("/comments", wire.Comment, {**query, "offset": offset})
        for comment in listed.items:
            ours = comment.author == rights.me.id and str(comment.parent) == parent
            late = records.at(comment.date_gmt) >= earliest
            if ours and late and str(comment.id) not in action.taken and _says(comment) == words:
                return await commented(site, comment)
        offset += 100
        if offset >= listed.total:
            return None


def _says(comment: wire.Comment) -> str:
    raw = comment.content.raw
    return normal(raw if raw is not None else comment.content.rendered or "")


async def _by_slug(site: Site, slug: str) -> wire.Article | None:
    """A post by its slug, also if a colleague put it into the bin meanwhile: WordPress renames it there."""
    query: Query = {"slug": f"{slug},{slug}__trashed", "status": EVERY, "_fields": wire.ARTICLE}
    found = await site.listed(f"/{site.types[0]}", wire.Article, query)
    return min(found.items, key=lambda article: article.id, default=None)
