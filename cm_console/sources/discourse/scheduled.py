"""The scheduled feed: topics in the drafts category that Discourse will move out of it by itself at a time."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing

from cm_console.model.errors import Gone
from cm_console.model.records import EMPTY, Kind, Ref, Scheduled
from cm_console.model.source import PAGE_LIMIT, Cursor, Page
from cm_console.model.text import Untrusted
from cm_console.model.time import instant
from cm_console.sources.abreast import abreast
from cm_console.sources.cursors import cursor_of, state_of
from cm_console.sources.discourse import wire
from cm_console.sources.discourse.site import Site
from cm_console.sources.markup import html_to_text

PUBLISH = "publish_to_category"


async def scheduled_pages(site: Site, cursor: Cursor | None, drafts: str) -> AsyncGenerator[Page, None]:
    """Read all drafts with a publish timer; few, so all of them each time. Those no longer planned are gone."""
    if not drafts:
        return
    known = state_of(cursor, dict[str, str])
    id = await site.category(drafts)
    found: dict[str, Scheduled] = {}
    for page in range(100):
        listed = (await site.read(f"/c/{site.slug(id)}/{id}.json", wire.Topics, {"page": page})).topic_list
        async with aclosing(abreast(site.topic_if_there, [str(topic.id) for topic in listed.topics])) as topics:
            async for topic_id, topic in topics:
                if topic and topic.topic_timer and topic.topic_timer.status_type == PUBLISH:
                    found[topic_id] = planned(topic, site.url)
        if not listed.more_topics_url or not listed.topics:
            break
    made = [entry for id, entry in found.items() if known.get(id) != _look(entry)]
    gone = tuple(Ref(Kind.SCHEDULED, id) for id in known if id not in found)
    behind = cursor_of({id: _look(entry) for id, entry in found.items()})
    for start in range(0, len(made), PAGE_LIMIT):
        part = tuple(made[start : start + PAGE_LIMIT])
        yield Page(part, (), cursor or Cursor("{}"), more=True, done=start + len(part), total=len(made))
    yield Page((), gone, behind, more=False, done=len(made), total=len(made))


def planned(topic: wire.Topic, url: str) -> Scheduled:
    """A topic with a timer as something that will be published."""
    if topic.topic_timer is None:
        raise Gone("this topic has no timer")
    first = next((post for post in topic.post_stream.posts if post.post_number == 1), None)
    text = html_to_text(first.cooked or "") if first else EMPTY
    at = instant(topic.topic_timer.execute_at)
    return Scheduled(str(topic.id), Untrusted(topic.title), text, at, f"{url}/t/{topic.id}")


def _look(entry: Scheduled) -> str:
    from zlib import crc32

    return f"{entry.at}.{crc32((entry.title + chr(0) + entry.text).encode('utf-8', 'surrogatepass')):x}"
