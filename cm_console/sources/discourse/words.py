"""Verbs that write words: reply, publish, edit, schedule. The ones where "never twice" is at stake.

Discourse skips its own check for equal posts when the author is staff. So a reply is found again by its author, topic,
words and time; whatever opens a topic carries the action's id as `external_id`, which is unique on the site.
"""

from __future__ import annotations

from cm_console.model.action import Action, Receipt
from cm_console.model.errors import Conflict, Gone, Refused
from cm_console.model.records import Kind, Post, Record, Ref
from cm_console.model.text import clean_line
from cm_console.model.time import Instant, iso
from cm_console.sources.discourse import records, wire
from cm_console.sources.discourse.scheduled import PUBLISH, planned
from cm_console.sources.discourse.site import Site


def external_id(action: Action) -> str:
    """The action's id in the form Discourse takes."""
    return action.id.replace("-", "")


async def reply(site: Site, action: Action) -> Receipt:
    """Answer in a topic, to a post if one is named."""
    topic = action.target.id if action.target and action.target.kind is Kind.THREAD else action.thread
    if topic is None:
        raise Refused("a reply needs a topic")
    body: dict[str, object] = {"topic_id": _id(topic), "raw": action.text}
    if action.reply_to is not None:
        body["reply_to_post_number"] = (await site.post(action.reply_to)).post_number
    return await _post(site, action, body)


async def publish(site: Site, action: Action) -> Receipt:
    """Open a topic. If our id is taken there, our first attempt has landed."""
    body: dict[str, object] = {"title": action.title, "raw": action.text, "external_id": external_id(action)}
    if action.place:
        body["category"] = await site.category(action.place)
    return await open_topic(site, action, body)


async def edit(site: Site, action: Action) -> Receipt:
    """Replace a post's words, or a topic's title; nothing is written if they stand there already."""
    target = target_of(action, Kind.POST, Kind.THREAD)
    if target.kind is Kind.THREAD:
        return await _retitle(site, action, target)
    post = await site.post(target.id)
    if records.is_deleted(post):
        raise Gone("it was deleted meanwhile")
    if normal(post.raw if isinstance(post.raw, str) else "") != normal(action.text):
        if action.seen is not None and action.seen != records.version_of(post):
            raise Conflict("edited since you saw it", current=_excerpt(post))
        body = {"post": {"raw": action.text, "edit_reason": clean_line(action.reason, 200)}}
        answer = await site.write("PUT", f"/posts/{post.id}.json", body)
        post = answer.decode(wire.Edited).post
    return Receipt(str(post.id), (records.post(post, await site.place()),))


async def schedule(site: Site, action: Action, drafts: str) -> Receipt:
    """Let Discourse publish at a time: a topic in the drafts category, moved to its place by a timer."""
    if action.at is None or not action.place:
        raise Refused("scheduling needs a time and a category")
    if action.target is not None:
        id = _id(target_of(action, Kind.THREAD, Kind.SCHEDULED).id)
    elif not drafts:
        raise Refused("scheduling needs the setting 'drafts': a category only staff can read")
    else:
        category = await site.category(drafts)
        body = {"title": action.title, "raw": action.text, "category": category, "external_id": external_id(action)}
        id = _id((await open_topic(site, action, body)).remote_id)
    return await _time(site, id, action.at, await site.category(action.place))


async def reschedule(site: Site, action: Action) -> Receipt:
    """Set the timer of a draft to another time; it still goes where it was to go."""
    if action.at is None:
        raise Refused("scheduling needs a time")
    if action.at <= site.clock.now():
        raise Refused("that time has passed: choose a later one")
    id = _id(target_of(action, Kind.SCHEDULED).id)
    timer = (await site.topic(str(id))).topic_timer
    if timer is None or timer.status_type != PUBLISH or timer.category_id is None:
        words = "it is not planned any more: published, or taken back"
        raise Conflict(words, current=words)
    return await _time(site, id, action.at, timer.category_id)


async def unschedule(site: Site, action: Action) -> Receipt:
    """Take the timer away; the draft stays where it is."""
    id = _id(target_of(action, Kind.SCHEDULED, Kind.THREAD).id)
    await site.write("POST", f"/t/{id}/timer.json", {"time": "", "status_type": PUBLISH})
    return Receipt(str(id))


async def _time(site: Site, id: int, at: Instant, category: int) -> Receipt:
    await site.write("POST", f"/t/{id}/timer.json", {"time": iso(at), "status_type": PUBLISH, "category_id": category})
    topic = await site.topic(str(id))
    made: tuple[Record, ...] = (planned(topic, site.url),) if topic.topic_timer else ()
    return Receipt(str(id), made)


async def by_external_id(site: Site, action: Action) -> wire.Topic | None:
    """The topic that carries this action's id, if there is one."""
    try:
        return await site.read(f"/t/external_id/{external_id(action)}.json", wire.Topic)
    except Gone:
        return None


def opened(topic: wire.Topic, place: records.Place) -> Receipt:
    """The proof that a topic is there: its id, the thread, its first post."""
    first = [post for post in topic.post_stream.posts if post.post_number == 1]
    for post in first:
        post.topic_id = topic.id
    return Receipt(str(topic.id), (records.thread(topic, place), *(records.post(post, place) for post in first)))


def normal(raw: str) -> str:
    """A post's words without what Discourse changes about them on the way in."""
    import unicodedata

    lines = unicodedata.normalize("NFC", raw.replace("\r\n", "\n").replace("\r", "\n")).split("\n")
    return "\n".join(line.rstrip() for line in lines).strip()


async def open_topic(site: Site, action: Action, body: dict[str, object]) -> Receipt:
    """Create a topic or message under our id."""
    try:
        receipt = await _post(site, action, body)
    except Refused as refusal:
        there = await by_external_id(site, action) if refusal.status == 422 else None
        if there is None:
            raise
        return opened(there, await site.place())
    topic = next((record.thread for record in receipt.records if isinstance(record, Post)), None)
    return Receipt(topic, receipt.records, receipt.note) if topic else receipt


async def _post(site: Site, action: Action, body: dict[str, object]) -> Receipt:
    answer = await site.write("POST", "/posts.json", body)
    made = answer.decode(wire.Created)
    if made.id is None:
        return Receipt(f"held-{action.id}", note="it waits for approval there")
    if str(made.id) in action.taken:
        words = "the site takes the same words within two minutes for a repeat: nothing was posted"
        raise Refused(words, status=answer.status)
    return Receipt(str(made.id), (records.post(answer.decode(wire.Post), await site.place()),))


async def _retitle(site: Site, action: Action, target: Ref) -> Receipt:
    topic = await site.topic(target.id)
    place = await site.place()
    if action.title and topic.title != action.title:
        if action.seen is not None and action.seen != records.thread(topic, place).version:
            raise Conflict("changed since you saw it", current=clean_line(topic.title, 120))
        body = {"title": action.title, "topic": {"title": action.title}}  # as Discourse reads it, as it is documented
        await site.write("PUT", f"/t/-/{topic.id}.json", body)
        topic.title = action.title
    return Receipt(str(topic.id), (records.thread(topic, place),))


def target_of(action: Action, *kinds: Kind) -> Ref:
    """What an action is about, if it is of one of these kinds; Refused if not."""
    if action.target is None or action.target.kind not in kinds:
        raise Refused(f"{action.verb} needs a {' or '.join(kinds)}")
    return action.target


def _id(text: str) -> int:
    if not (text.isascii() and text.isdigit()):
        raise Refused(f"{clean_line(text, 40)} is not on the site (yet)")
    return int(text)


def _excerpt(post: wire.Post) -> str:
    return clean_line(post.raw if isinstance(post.raw, str) else "", 120)


def since(action: Action, skew: int) -> Instant | None:
    """From when on, by the platform's clock, the effect of this action can be; its clock tells whole seconds only."""
    return None if action.tried_at is None else Instant(action.tried_at + skew - 5_000)
