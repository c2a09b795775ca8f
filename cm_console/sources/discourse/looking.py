"""Did it land? Looking on the site for what an action whose answer was lost would have made."""

from __future__ import annotations

from cm_console.model.action import Action, Receipt, Verb
from cm_console.model.errors import Gone
from cm_console.model.records import Kind
from cm_console.model.time import Instant, instant
from cm_console.sources.discourse import records, wire
from cm_console.sources.discourse.messages import WARNING
from cm_console.sources.discourse.site import CHUNK, Site
from cm_console.sources.discourse.words import by_external_id, normal, opened, since


async def find(site: Site, action: Action) -> Receipt | None:
    """What landed of a reply, a topic, a message or a warning; None if it is not there."""
    if action.tried_at is None:
        return None
    if action.verb is Verb.REPLY:
        return await _reply(site, action)
    if action.verb not in (Verb.PUBLISH, Verb.MESSAGE, Verb.WARN):
        return None
    topic = await by_external_id(site, action)
    if topic is None and action.verb is not Verb.PUBLISH:
        topic = await _sent(site, action)
    if topic is None or str(topic.id) in action.taken:
        return None
    return opened(topic, await site.place())


async def _reply(site: Site, action: Action) -> Receipt | None:
    """Walk a topic from its end to the time of the first attempt; the oldest match is ours."""
    id = action.target.id if action.target and action.target.kind is Kind.THREAD else action.thread
    answer = await site.gate.get(f"/t/{id}.json")
    earliest = since(action, answer.skew)
    if earliest is None:
        return None
    stream = answer.decode(wire.Topic).post_stream.stream
    found: wire.Post | None = None
    for end in range(len(stream), 0, -CHUNK):
        posts = await site.posts(str(id), stream[max(end - CHUNK, 0) : end])
        for post in sorted(posts, key=lambda post: -post.id):
            if await _is_ours(site, action, post, earliest):
                found = post
        if any(instant(post.created_at) < earliest for post in posts):
            break
    if found is None:
        return None
    found.topic_id = found.topic_id or int(str(id))
    return Receipt(str(found.id), (records.post(found, await site.place()),))


async def _is_ours(site: Site, action: Action, post: wire.Post, earliest: Instant) -> bool:
    if (post.username or "").casefold() != site.username.casefold() or str(post.id) in action.taken:
        return False
    if instant(post.created_at) < earliest or not records.is_post(post):
        return False
    raw = post.raw if isinstance(post.raw, str) else (await site.post(str(post.id))).raw
    return isinstance(raw, str) and normal(raw) == normal(action.text)


async def _sent(site: Site, action: Action) -> wire.Topic | None:
    """Among our sent messages, for servers that keep no external id on messages."""
    answer = await site.gate.get(f"/topics/private-messages-sent/{site.escaped}.json")
    earliest = since(action, answer.skew)
    title, said = action.title, action.text
    if action.verb is Verb.WARN:
        title, said = action.title or WARNING, action.reason or action.text
    for listed in answer.decode(wire.Topics).topic_list.topics:
        if earliest is None or instant(listed.created_at) < earliest or _bare(listed.title) != _bare(title):
            continue
        try:
            topic = await site.topic(str(listed.id))
        except Gone:
            continue
        readers = {str(user.id) for user in topic.details.allowed_users}
        first = next((post.raw for post in topic.post_stream.posts if post.post_number == 1), None)
        to_them = action.target is not None and action.target.id in readers and str(topic.id) not in action.taken
        if to_them and isinstance(first, str) and normal(first) == normal(said):
            return topic
    return None


def _bare(title: str) -> str:
    """A title without what Discourse tidies up in it: case, spaces, marks at its end."""
    return "".join(letter for letter in title.casefold() if letter.isalnum())
