"""Posts that WordPress publishes by itself: plan, move, take back.

WordPress publishes at once what is planned for less than a minute ahead, so that is refused before it is sent.
"""

from __future__ import annotations

from cm_console.model.action import Action, Receipt
from cm_console.model.errors import Conflict, Refused
from cm_console.model.records import Kind
from cm_console.model.time import MINUTE, SECOND, Instant, iso
from cm_console.sources.wordpress import records, wire
from cm_console.sources.wordpress.records import ARTICLE
from cm_console.sources.wordpress.site import Site
from cm_console.sources.wordpress.words import new_article

SOONEST = MINUTE + 15 * SECOND
"""How far ahead a plan must be; some seconds are for the way there."""


async def schedule(site: Site, action: Action) -> Receipt:
    """Let WordPress publish something new at a time."""
    body = await new_article(site, action)
    await site.rights(again=True)  # also tells the site's clock
    return await _write(site, action, f"/{site.types[0]}", body)


async def reschedule(site: Site, action: Action) -> Receipt:
    """Let WordPress publish what it has planned at another time; nothing is written if that is its time."""
    kind, article = await site.article(_planned(action))
    _still_planned(article, ("future",))
    if as_planned(article, action.at):
        return planned(article)
    return await _write(site, action, f"/{kind}/{article.id}", {})


async def unschedule(site: Site, action: Action) -> Receipt:
    """Make a draft of what is planned; nothing is written if it is one."""
    kind, article = await site.article(_planned(action))
    _still_planned(article, ("future", "draft", "pending", "trash"))
    if article.status == "future":
        await site.write("POST", f"/{kind}/{article.id}", {"status": "draft"})
    return Receipt(str(article.id), note="it is a draft now")


async def _write(site: Site, action: Action, path: str, body: dict[str, object]) -> Receipt:
    if action.at is None:
        raise Refused("planning needs a time")
    if action.at - (site.clock.now() + site.skew) < SOONEST:
        words = "WordPress plans no post for less than a minute ahead, it would publish it now: choose a later time"
        raise Refused(f"{words}, or publish it")
    when = {"status": "future", "date_gmt": iso(action.at) or ""}
    return planned((await site.write("POST", path, {**body, **when})).decode(wire.Article))


def planned(article: wire.Article) -> Receipt:
    """The proof that a plan is there."""
    if article.status != "future":
        return Receipt(str(article.id), note="it was published at once")
    return Receipt(str(article.id), (records.planned(article),))


def as_planned(article: wire.Article, at: Instant | None) -> bool:
    """Is it planned for this time? WordPress counts whole seconds."""
    return article.status == "future" and at is not None and records.at(article.date_gmt) == at // SECOND * SECOND


def _planned(action: Action) -> str:
    if action.target is None or action.target.kind not in (Kind.SCHEDULED, Kind.THREAD):
        raise Refused(f"{action.verb} needs something planned")
    return action.target.id.removeprefix(ARTICLE)


def _still_planned(article: wire.Article, states: tuple[str, ...]) -> None:
    if article.status not in states:
        drafts = ("draft", "pending")
        how = "published already" if records.is_public(article) else "in the bin"
        how = "a draft now, planned no more" if article.status in drafts else how
        raise Conflict(f"it is {how}", current=how)
