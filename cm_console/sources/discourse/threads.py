"""The threads feed: topics, messages to us, and posts with their edits.

Posts come from `/posts.json`, 50 ids a request, newest first, up to the highest id known; topics from `/latest.json`
by activity; messages from our inbox, each read whole. When nothing is new that is three requests.

What Discourse shows nobody cheaply, and this feed therefore cannot see: an edit or deletion further back than the
newest 50 posts, in a topic that neither moved nor stands among the 100 latest; and messages to a group we are in.
"""

from __future__ import annotations

from collections import ChainMap
from collections.abc import AsyncGenerator, Iterable
from contextlib import aclosing
from dataclasses import replace

from msgspec import Struct, field

from cm_console.model.errors import Gone, Unauthorized
from cm_console.model.records import Kind, Post, Record, Ref
from cm_console.model.source import PAGE_LIMIT, Cursor, Page
from cm_console.model.time import DAY, Instant, instant
from cm_console.sources.abreast import abreast
from cm_console.sources.cursors import cursor_of, state_of
from cm_console.sources.discourse import records, wire
from cm_console.sources.discourse.site import Site
from cm_console.sources.discourse.topics import Batch, TopicWalk, Walk

WINDOW = 49
"""Ids a request covers for sure, whether the server takes `before` as including that id or not."""
ORPHANS = 2000
"""Most replies kept in mind whose parent may still come."""


class State(Struct):
    """What is known: all posts up to `known`, and those in (low, high]; how the newest posts looked."""

    topics: Walk = field(default_factory=Walk)
    direct: Walk = field(default_factory=Walk)
    known: int | None = None
    low: int = 0
    high: int = 0
    tail: dict[str, str] = field(default_factory=dict)


class ThreadsPull:
    """One pull of the threads feed."""

    def __init__(self, site: Site, cursor: Cursor | None, history: int) -> None:
        self._site = site
        self._state = state_of(cursor, State)
        self._before = self._place()
        self._oldest = Instant(site.clock.now() - history * DAY) if history else None
        self._orphans: dict[tuple[int, int], list[Post]] = {}
        self._numbers: dict[tuple[int, int], int] = {}
        self._public: TopicWalk | None = None
        self._done = 0
        self._total: int | None = None

    async def pages(self) -> AsyncGenerator[Page, None]:
        """Yield what is new until caught up; the last page may be empty."""
        state = self._state
        newest = (await self._site.read("/posts.json", wire.LatestPosts)).latest_posts
        top = max((post.id for post in newest), default=state.known or 0)
        if state.known is None:
            state.known = state.low = state.high = await self._start(top)
        async with aclosing(self._topics(read_new=not newest)) as batches:
            async for batch in batches:
                for page in self._paged(batch):
                    yield page
        for page in self._paged(await self._changed(newest)):
            yield page
        if newest and min(post.id for post in newest) <= state.known + 1 and state.low == state.known:
            recent = await self._posts([post for post in newest if post.id > (state.known or 0)])
            state.known = state.low = state.high = max(top, state.known)
            for page in self._paged(recent):
                yield page
        async with aclosing(self._fill(top)) as batches:
            async for batch in batches:
                for page in self._paged(batch):
                    yield page
        yield self._page([], [], more=False)

    def _paged(self, batch: Batch) -> Iterable[Page]:
        """A batch as pages; only the last carries the place behind it."""
        before = self._before
        count = max(len(batch.records), len(batch.gone), bool(batch.note))
        for start in range(0, count, PAGE_LIMIT):
            last = start + PAGE_LIMIT >= count
            self._done += len(batch.records[start : start + PAGE_LIMIT])
            page = self._page(batch.records[start : start + PAGE_LIMIT], batch.gone[start : start + PAGE_LIMIT])
            yield replace(page, note=batch.note) if last else replace(page, cursor=before)
        self._before = self._place()

    def _place(self) -> Cursor:
        return cursor_of(self._state)

    def _page(self, found: list[Record], gone: list[Ref], *, more: bool = True) -> Page:
        return Page(tuple(found), tuple(gone), self._place(), more, self._done, self._total)

    async def _topics(self, *, read_new: bool) -> AsyncGenerator[Batch, None]:
        site, state = self._site, self._state
        inbox = f"/topics/private-messages/{site.escaped}.json"
        public = TopicWalk(site, state.topics, "/latest.json", whole=False, oldest=self._oldest)
        direct = TopicWalk(site, state.direct, inbox, whole=True, oldest=self._oldest)
        self._public = public
        for walk in (public, direct):
            async with aclosing(walk.run(read_new=read_new)) as batches:
                async for batch in batches:
                    self._numbers |= {(post.topic_id, post.post_number): post.id for post in batch.posts}
                    yield batch

    async def _changed(self, newest: list[wire.Post]) -> Batch:
        """Compare the newest posts with how they looked last time: free edits, and missing ones are looked up."""
        state, site, batch = self._state, self._site, Batch()
        place = await site.place()
        looks = {str(post.id): records.version_of(post) for post in newest}
        floor = min((post.id for post in newest), default=0)
        for post in newest:
            if str(post.id) in state.tail and state.tail[str(post.id)] != looks[str(post.id)]:
                batch.records.append(records.post(post, place, self._numbers))
        missing = [id for id in state.tail if id not in looks and int(id) > floor]
        async with aclosing(abreast(self._look_up, missing)) as answers:
            async for _, found in answers:
                if isinstance(found, wire.Post):
                    batch.records.append(records.post(found, place, self._numbers))
                elif found is not None:
                    batch.gone.append(found)
        state.tail = looks
        return batch

    async def _look_up(self, id: str) -> wire.Post | Ref | None:
        """A missing post as it is now, its Ref if it is gone, None if we may no longer see it."""
        try:
            return await self._site.post(id)
        except Gone:
            return Ref(Kind.POST, id)
        except Unauthorized as error:
            await self._site.trusted(error)
            return None

    async def _fill(self, top: int) -> AsyncGenerator[Batch, None]:
        """Bring the posts of (known, low], then those of (high, top], newest first."""
        state = self._state
        assert state.known is not None
        if state.low == state.known:
            state.low = state.high = top = max(top, state.known)
        self._total = self._done + (state.low - state.known)
        while state.low > state.known:
            async with aclosing(abreast(self._window, range(state.low, state.known, -WINDOW))) as windows:
                async for high, posts in windows:
                    batch = await self._posts([post for post in posts if state.known < post.id <= high])
                    state.low = max(high - WINDOW, state.known)
                    yield batch
            state.known, state.low, state.high = state.high, max(top, state.high), max(top, state.high)

    async def _window(self, high: int) -> list[wire.Post]:
        posts = (await self._site.read("/posts.json", wire.LatestPosts, {"before": high + 1})).latest_posts
        return [post for post in posts if high - WINDOW < post.id <= high]

    async def _posts(self, posts: list[wire.Post]) -> Batch:
        """A window as records, with the threads that are still unknown, and replies whose parent has now come."""
        place, public = await self._site.place(), self._public
        numbers = ChainMap({_place_of(post): post.id for post in posts}, self._numbers)
        batch = Batch()
        for post in filter(records.is_post, posts):
            made = records.post(post, place, numbers)
            batch.records.append(made)
            batch.records += [replace(c, reply_to=made.id) for c in self._orphans.pop(_place_of(post), [])]
            if made.reply_to is None and post.reply_to_post_number and len(self._orphans) < ORPHANS:
                self._orphans.setdefault((post.topic_id, post.reply_to_post_number), []).append(made)
            thread = public.threads.get(post.topic_id) if public else None
            if thread and post.accepted_answer:
                batch.records.append(replace(thread, solved_at=made.created_at, solved_by=made.id))
        if public and public.complete:
            unknown = sorted({str(post.topic_id) for post in posts if post.topic_id not in public.threads})
            async with aclosing(abreast(self._site.topic_if_there, unknown)) as answers:
                async for _, topic in answers:
                    if topic is not None:
                        public.threads[topic.id] = records.thread(topic, place)
                        batch.records.append(public.threads[topic.id])
        return batch

    async def _start(self, top: int) -> int:
        """The id of the last post before the history we were asked to bring; 0 for all."""
        low, high = 0, top
        while self._oldest is not None and high - low > WINDOW:
            middle = (low + high) // 2
            posts = await self._window(middle)
            if posts and instant(max(posts, key=lambda post: post.id).created_at) < self._oldest:
                low = middle
            else:
                high = middle
        return low


def _place_of(post: wire.Post) -> tuple[int, int]:
    return post.topic_id, post.post_number
