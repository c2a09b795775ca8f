"""Verbs that set a state of a comment or an article. The target is read first: what is as wanted is not written.

WordPress puts the address and browser of whoever changes a comment by the API in place of its author's. So both are
sent back with each change.
"""

from __future__ import annotations

from dataclasses import replace

from cm_console.model.action import DESTRUCTIVE, Action, Receipt, Verb
from cm_console.model.errors import Conflict, Gone, Refused
from cm_console.model.records import Kind, Record
from cm_console.model.text import clean_line
from cm_console.model.time import SECOND, Instant
from cm_console.sources.markup import html_to_text
from cm_console.sources.wordpress import records, wire
from cm_console.sources.wordpress.records import ARTICLE, comment_id
from cm_console.sources.wordpress.site import Site

WANTED = {Verb.HIDE: "hold", Verb.SPAM: "spam", Verb.REMOVE: "trash", Verb.RESTORE: "approved"}
BACK = {"trash": "untrash", "spam": "unspam", "hold": "approved"}
"""How a comment is brought back from a state: out of spam and bin to where it stood before."""
AWAY = frozenset({"spam", "trash", "post-trashed"})
SAID = {
    "approved": "approved",
    "hold": "waiting for approval",
    "spam": "marked as spam",
    "trash": "in the bin",
    "post-trashed": "in the bin with its post",
}
AGAIN = 3 * SECOND
"""An attempt that began longer ago than this was not the present one."""


async def approve(site: Site, action: Action) -> Receipt:
    """Show a comment that waits for approval."""
    comment = await site.comment(needed_comment(action))
    if comment.status == "approved":
        raise Conflict("it was approved already", current="approved already", settled=True)
    if comment.status != "hold":
        how = SAID.get(comment.status, comment.status)
        raise Conflict("a colleague has decided already", current=f"{how} already")
    return await _receipt(site, await set_status(site, comment, "approved"), was_held=True)


async def set_comment(site: Site, action: Action, started: Instant) -> Receipt:
    """Hold back, mark as spam, bin or bring back a comment."""
    if action.verb not in WANTED:
        raise Refused(f"{action.verb} is nothing one does to a comment")
    comment = await site.comment(needed_comment(action))
    if comment.status == WANTED[action.verb]:
        return await _receipt(site, comment, was_held=action.report is not None)
    if action.verb is Verb.RESTORE:
        return await _restore(site, action, comment, started)
    if action.verb is Verb.HIDE and comment.status in AWAY - {"spam"}:
        raise Gone("it was put into the bin meanwhile")
    unseen = action.seen is not None and action.seen != records.version_of(comment)
    if unseen or (action.verb is Verb.HIDE and comment.status == "spam"):
        raise _changed(comment)
    held = comment.status == "hold"
    if action.verb is Verb.REMOVE:
        now = (await site.write("DELETE", f"/comments/{comment.id}")).decode(wire.Comment)
    else:
        now = await set_status(site, comment, WANTED[action.verb])
    return await _receipt(site, now, was_held=held or action.report is not None)


async def set_status(site: Site, comment: wire.Comment, status: str) -> wire.Comment:
    """Write a state, and what WordPress would otherwise lose."""
    answer = await site.write("POST", f"/comments/{comment.id}", {"status": status, **kept(comment)})
    return answer.decode(wire.Comment)


def kept(comment: wire.Comment) -> dict[str, str]:
    """Where a comment came from, to be sent with each change of it."""
    facts = {"author_ip": comment.author_ip, "author_user_agent": comment.author_user_agent}
    return {name: value for name, value in facts.items() if value}


def compare(action: Action, version: str, current: str) -> None:
    """Conflict if a destructive action is about something else than the person saw."""
    if action.seen is not None and action.verb in DESTRUCTIVE and action.seen != version:
        raise Conflict("changed since you saw it", current=current or "changed")


async def set_open(site: Site, action: Action) -> Receipt:
    """Let nobody comment any more, or let them again."""
    kind, article = await site.article(article_id(action))
    wanted = "open" if action.verb is Verb.REOPEN else "closed"
    if article.comment_status != wanted:
        answer = await site.write("POST", f"/{kind}/{article.id}", {"comment_status": wanted})
        article = answer.decode(wire.Article)
    await site.name_categories(article.categories)
    return Receipt(str(article.id), (records.thread(article, site),))


async def set_article(site: Site, action: Action) -> Receipt:
    """Put a post into the bin, or take it out as long as no comments went with it."""
    if action.verb not in (Verb.REMOVE, Verb.RESTORE):
        raise Refused(f"{action.verb} is for comments; a whole post is removed, or unpublished in WordPress")
    kind, article = await site.article(article_id(action))
    binned = article.status == "trash"
    if binned != (action.verb is Verb.REMOVE):
        compare(
            action, article_version(action, article, site), clean_line(html_to_text(article.title.rendered or ""), 120)
        )
        if action.verb is Verb.REMOVE:
            await site.write("DELETE", f"/{kind}/{article.id}")
        else:
            await _refuse_if_commented(site, article)
            await site.write("POST", f"/{kind}/{article.id}", {"status": "publish"})
    return Receipt(str(article.id))


async def _restore(site: Site, action: Action, comment: wire.Comment, started: Instant) -> Receipt:
    """Bring a comment back. An earlier try may have landed: then what waits now waited before, and is not approved."""
    if comment.status not in BACK:
        raise Refused(f"it is {SAID.get(comment.status, comment.status)}: restore it in WordPress")
    again = action.tried_at is not None and started - action.tried_at > AGAIN
    if comment.status == "hold" and again:
        raise Conflict("it is back where it was", current="waiting for approval: approve it to show it")
    now = await set_status(site, comment, BACK[comment.status])
    receipt = await _receipt(site, now, was_held=False)
    if now.status == "approved":
        return receipt
    return replace(receipt, note=f"back to where it was before: {SAID.get(now.status, now.status)}")


async def _refuse_if_commented(site: Site, article: wire.Article) -> None:
    query: dict[str, str | int] = {"post": article.id, "status": "post-trashed", "per_page": 1, "_fields": "id"}
    if (await site.listed("/comments", wire.Row, query)).items:
        words = "its comments went to the bin with it: restore it in WordPress (Posts > Bin), which brings them back"
        raise Refused(words)


async def _receipt(site: Site, comment: wire.Comment, *, was_held: bool) -> Receipt:
    """The comment as it is now, and its report: open while it waits, closed once it no longer does."""
    made: list[Record] = [records.post(comment, site, (await site.rights()).me)]
    if comment.status == "hold":
        made.append(records.report(comment))
    elif was_held:
        made.append(records.report(comment, site.clock.now()))
    return Receipt(str(comment.id), tuple(made))


def _changed(comment: wire.Comment) -> Conflict:
    how = SAID.get(comment.status, comment.status)
    said = clean_line(html_to_text(comment.content.rendered or ""), 120)
    return Conflict(
        "changed since you saw it", current=f"{how}: {said}" if said else how, settled=comment.status in AWAY
    )


def needed_comment(action: Action) -> str:
    """The comment an action is about; Refused if it is about something else."""
    if id := comment_id(action.target):
        return id
    raise Refused(f"{action.verb} needs a comment")


def article_id(action: Action) -> str:
    """The post or page an action is about."""
    target = action.target
    if target is None or target.kind not in (Kind.THREAD, Kind.POST):
        raise Refused(f"{action.verb} needs a post or page")
    if target.kind is Kind.POST and not target.id.startswith(ARTICLE):
        raise Refused(f"{action.verb} needs a whole post or page, not a comment")
    return target.id.removeprefix(ARTICLE)


def article_version(action: Action, article: wire.Article, site: Site) -> str:
    """The version of an article as the person saw it: as a thread or as its first post."""
    is_thread = action.target is not None and action.target.kind is Kind.THREAD
    return records.thread(article, site).version if is_thread else records.first_post(article).version
