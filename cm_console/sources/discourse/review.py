"""Decisions in the review queue: Discourse's own choice that does what a verb means, under the version we just read.

A decision with a stale version is answered 409: then a colleague was faster, and the item is read again to say how.
"""

from __future__ import annotations

from cm_console.model.action import DESTRUCTIVE, Action, Receipt, Verb
from cm_console.model.errors import Conflict, Gone, Refused, SourceError
from cm_console.model.records import Kind
from cm_console.sources.discourse import records, wire, wire_review
from cm_console.sources.discourse.records import HELD
from cm_console.sources.discourse.site import Site

PENDING, APPROVED, REJECTED, IGNORED = 0, 1, 2, 3
STATUS = {APPROVED: "approved", REJECTED: "rejected", IGNORED: "ignored", 4: "deleted"}

CHOICES: dict[Verb, tuple[str, ...]] = {
    Verb.KEEP: ("disagree", "disagree_and_restore", "approve_post", "approve_post_closed", "approve_user", "approve"),
    Verb.IGNORE: ("ignore_and_do_nothing", "ignore", "ignore_post"),
    Verb.APPROVE: (
        "approve_post",
        "approve_post_closed",
        "approve_user",
        "approve",
        "disagree",
        "disagree_and_restore",
    ),
    Verb.REJECT: ("reject_post", "reject_user_delete", "reject", "delete_and_agree"),
    Verb.REMOVE: ("delete_and_agree", "reject_post", "delete_and_ignore"),
    Verb.SPAM: ("confirm_spam", "delete_and_agree", "reject_post"),
    Verb.HIDE: ("agree_and_hide", "agree_and_keep_hidden", "reject_post"),
    Verb.WARN: ("agree_and_keep", "agree_and_keep_hidden"),
    Verb.SILENCE: ("agree_and_keep", "agree_and_keep_hidden"),
    Verb.BAN: ("agree_and_keep", "agree_and_keep_hidden"),
}
"""What Discourse calls what a verb means, best first; taken is the first that the item offers."""

_UPHELD = frozenset({Verb.REJECT, Verb.REMOVE, Verb.SPAM, Verb.HIDE, Verb.WARN, Verb.SILENCE, Verb.BAN})


def item_of(action: Action) -> int | None:
    """The review item an action is about: named by its report, or by a post that is still held."""
    id = action.report
    if id is None and action.target is not None:
        if action.target.kind is Kind.REPORT:
            id = action.target.id
        elif action.target.id.startswith(HELD):
            id = action.target.id.removeprefix(HELD)
    number = (id or "").partition("-")[0]
    return int(number) if number.isascii() and number.isdigit() else None


async def decide(site: Site, action: Action, id: int) -> Receipt:
    """Answer a review item."""
    answer = await site.review(id)
    item = answer.reviewable
    if item.status != PENDING:
        raise await _decided(site, action, item)
    await _compare(site, action, item)
    offered = records.choices(item, answer)
    choice = next((choice for choice in CHOICES[action.verb] if choice in offered), None)
    if choice is None:
        raise Refused(f"{action.verb} is not among what Discourse offers here: {', '.join(offered) or 'nothing'}")
    body = {"reject_reason": action.reason} if action.reason and choice.startswith("reject") else {}
    try:
        path = f"/review/{id}/perform/{choice}.json"
        await site.write("PUT", path, body, {"version": item.version})
    except Conflict:
        again = (await site.review(id)).reviewable
        if again.status != PENDING:
            raise await _decided(site, action, again) from None
        raise Conflict("the report changed just now", current="reported again or edited", status=409) from None
    return await _receipt(site, item)


async def also_decide(site: Site, action: Action, receipt: Receipt) -> Receipt:
    """After a penalty: tell the queue that the report was right. The penalty has landed whatever comes of this."""
    id = item_of(action)
    if id is None:
        return receipt
    try:
        decided = await decide(site, action, id)
    except SourceError as error:
        if isinstance(error, Conflict) and error.settled:
            return receipt
        return Receipt(receipt.remote_id, receipt.records, f"done, but the report is still open: {error}")
    return Receipt(receipt.remote_id, (*receipt.records, *decided.records), receipt.note)


async def _receipt(site: Site, item: wire_review.Reviewable) -> Receipt:
    """The item as it is now; that it was decided is proven already, so a failing read does no harm."""
    try:
        now = await site.review(item.id)
    except SourceError:
        return Receipt(str(item.id))
    return Receipt(str(item.id), tuple(records.reports(now.reviewable, now)))


async def _compare(site: Site, action: Action, item: wire_review.Reviewable) -> None:
    if action.seen is None or action.verb not in DESTRUCTIVE or action.target is None:
        return
    if action.target.kind is Kind.REPORT and action.seen != str(item.version):
        raise Conflict("reported again or changed since you saw it", current=f"version {item.version}")
    if action.target.kind is Kind.POST and not action.target.id.startswith(HELD):
        post = await site.post(action.target.id)
        if action.seen != records.version_of(post):
            raise Conflict("edited since you saw it", current=str(records.post(post, await site.place()).text)[:120])


async def _decided(site: Site, action: Action, item: wire_review.Reviewable) -> Conflict:
    """A colleague was faster: say how it ended, and whether that is what was wanted."""
    how = STATUS.get(item.status, "closed")
    settled = item.status == _wanted(action, item) and await _stands(site, action, item)
    return Conflict("a colleague has decided already", current=how, settled=settled, status=409)


def _wanted(action: Action, item: wire_review.Reviewable) -> int:
    if action.verb is Verb.IGNORE:
        return IGNORED
    flagged = item.type not in ("ReviewableQueuedPost", "ReviewableUser")
    return APPROVED if (action.verb in _UPHELD) == flagged else REJECTED


async def _stands(site: Site, action: Action, item: wire_review.Reviewable) -> bool:
    """Is the post where the verb wants it? A colleague may have agreed with the flag and still kept the post."""
    about = records.target(item)
    if about is None or about.kind is not Kind.POST or about.id.startswith(HELD):
        return True
    if action.verb not in (Verb.REMOVE, Verb.SPAM, Verb.REJECT, Verb.HIDE):
        return True
    try:
        post: wire.Post | None = await site.post(about.id)
    except Gone:
        post = None
    removed = post is None or records.is_deleted(post)
    return removed or (action.verb is Verb.HIDE and bool(post and post.hidden))
