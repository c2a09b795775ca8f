"""Topics by activity: the first time every list page, later only what moved since, each read again.

A list page costs one request whether anything moved or not, so its first page is compared as a whole: a topic closed,
retitled, solved or assigned there is noticed although none of that moves it up. Further down only movement is seen.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from itertools import chain, count

from msgspec import Struct, field

from cm_console.model.errors import Gone, Unauthorized
from cm_console.model.records import Kind, Record, Ref, Thread
from cm_console.model.time import DAY, Instant, instant
from cm_console.sources.abreast import abreast
from cm_console.sources.discourse import records, wire
from cm_console.sources.discourse.site import CHUNK, Site

PER_PAGE = 100
READ_WHOLE = 5 * CHUNK
"""A topic that moved is read whole if no more posts than this lack after its first ones; else its end."""


class Walk(Struct):
    """How far a list is known: everything that moved before `since`, and how its first page looked.

    `page` and `top` belong to a first walk that is under way: the next page, and the newest movement at its start.
    """

    since: int | None = None
    page: int = 0
    top: int = 0
    seen: dict[str, str] = field(default_factory=dict)


class Batch(Struct):
    """What one step brought."""

    records: list[Record] = field(default_factory=list)
    gone: list[Ref] = field(default_factory=list)
    posts: list[wire.Post] = field(default_factory=list)
    note: str = ""


class TopicWalk:
    """One list: the public topics, or the messages to us (`whole`: their posts come with them).

    Attributes:
        threads: what was listed in this pull, by id.
        complete: the list was read from end to end in this pull.
    """

    def __init__(self, site: Site, walk: Walk, path: str, *, whole: bool, oldest: Instant | None) -> None:
        self._site, self._walk, self._path, self._whole = site, walk, path, whole
        self._oldest = oldest or Instant(-DAY)
        self.threads: dict[int, Thread] = {}
        self.complete = False

    async def run(self, *, read_new: bool) -> AsyncGenerator[Batch, None]:
        """Bring what is new; the walk is moved on after each batch was taken."""
        if self._walk.since is None and not self._whole:
            async with aclosing(self._first()) as batches:
                async for batch in batches:
                    yield batch
            return
        async with aclosing(self._moved(read_new=read_new)) as batches:
            async for batch in batches:
                yield batch

    async def _first(self) -> AsyncGenerator[Batch, None]:
        walk, place = self._walk, await self._site.place()
        self.complete = walk.page == 0
        async with aclosing(self._pages(max(walk.page - 1, 0))) as pages:
            async for page, topics in pages:
                ends = self._ends(topics, self._oldest)
                if page == 0:
                    walk.top = max((_moved_at(topic) for topic in topics), default=0)
                    walk.seen = {str(topic.id): _look(topic) for topic in topics}
                topics = [topic for topic in topics if _moved_at(topic) >= self._oldest]
                listed = [records.listed_thread(topic, place) for topic in topics]
                self.threads.update(zip((topic.id for topic in topics), listed, strict=True))
                walk.page = page + 1
                yield Batch(list(listed))
                if ends:
                    break
        self._finish(walk.top, walk.seen)

    def _finish(self, since: int, seen: dict[str, str]) -> None:
        self._walk.since, self._walk.seen, self._walk.page, self._walk.top = since, seen, 0, 0

    async def _moved(self, *, read_new: bool) -> AsyncGenerator[Batch, None]:
        walk = self._walk
        since = walk.since if walk.since is not None else self._oldest
        first: list[wire.ListedTopic] = []
        moved: dict[int, wire.ListedTopic] = {}
        async with aclosing(self._pages(0, ahead=walk.since is None)) as pages:
            async for page, topics in pages:
                first = topics if page == 0 else first
                moved.update((topic.id, topic) for topic in topics if self._is_news(topic, since))
                if self._ends(topics, since):
                    break
        async with aclosing(self._read(moved, since, read_new=read_new)) as batches:
            async for batch in batches:
                yield batch
        self._finish(max(chain([since], map(_moved_at, first))), {str(topic.id): _look(topic) for topic in first})

    def _is_news(self, topic: wire.ListedTopic, since: int) -> bool:
        seen = self._walk.seen.get(str(topic.id))
        return seen != _look(topic) if seen is not None else _moved_at(topic) >= since

    def _ends(self, topics: Sequence[wire.ListedTopic], since: int) -> bool:
        """Is everything further down older? Pinned topics stand on top whatever their age."""
        loose = [topic for topic in topics if not (topic.pinned or topic.pinned_globally)]
        return bool(loose) and all(_moved_at(topic) < since for topic in loose)

    async def _pages(
        self, start: int, *, ahead: bool = True
    ) -> AsyncGenerator[tuple[int, list[wire.ListedTopic]], None]:
        """List pages until there is no further one; several at a time only if most of them will be wanted."""

        async def ask(page: int) -> wire.TopicList:
            query: dict[str, str | int] = {"order": "activity", "per_page": PER_PAGE, "page": page}
            return (await self._site.read(self._path, wire.Topics, query)).topic_list

        head = await ask(start)
        yield start, head.topics
        if not head.more_topics_url:
            return
        if not ahead:
            for page in count(start + 1):
                answer = await ask(page)
                yield page, answer.topics
                if not answer.more_topics_url or not answer.topics:
                    return
        async with aclosing(abreast(ask, count(start + 1))) as answers:
            async for page, answer in answers:
                yield page, answer.topics
                if not answer.more_topics_url or not answer.topics:
                    return

    async def _read(
        self, moved: dict[int, wire.ListedTopic], since: int, *, read_new: bool
    ) -> AsyncGenerator[Batch, None]:
        """Read what moved, oldest movement first: so each step can be kept, and what is left is newer."""
        order = sorted(moved.values(), key=_moved_at)
        needs: Callable[[wire.ListedTopic], bool] = lambda topic: (  # noqa: E731
            self._whole or read_new or instant(topic.created_at) <= since or bool(topic.has_accepted_answer)
        )
        place = await self._site.place()
        async with aclosing(abreast(self._topic, filter(needs, order))) as answers:
            for topic in order:
                if needs(topic):
                    _, batch = await anext(answers)
                else:
                    batch = Batch([records.listed_thread(topic, place)])
                if str(topic.id) in self._walk.seen:
                    self._walk.seen[str(topic.id)] = _look(topic)
                self._walk.since = max(since, _moved_at(topic))
                yield batch

    async def _topic(self, listed: wire.ListedTopic) -> Batch:
        """One topic with its first and last posts, or all of them."""
        id = str(listed.id)
        try:
            topic = await self._site.topic(id)
            posts = await self._rest(topic)
        except Gone:
            return Batch(gone=[Ref(Kind.THREAD, id)])
        except Unauthorized as error:
            await self._site.trusted(error)
            return Batch(note=f"topic {id} may no longer be read")
        if topic.deleted_at is not None:
            return Batch(gone=[Ref(Kind.THREAD, id)])
        place = await self._site.place()
        for post in posts:
            post.topic_id = post.topic_id or topic.id
        numbers = {(post.topic_id, post.post_number): post.id for post in posts}
        said = [records.post(post, place, numbers) for post in posts if records.is_post(post)]
        return Batch([records.thread(topic, place, posts), *said], posts=posts)

    async def _rest(self, topic: wire.Topic) -> list[wire.Post]:
        posts = list(topic.post_stream.posts)
        have = {post.id for post in posts}
        missing = [id for id in topic.post_stream.stream if id not in have]
        wanted = missing if self._whole or len(missing) <= READ_WHOLE else missing[-CHUNK:]
        for start in range(0, len(wanted), CHUNK):
            posts += await self._site.posts(str(topic.id), wanted[start : start + CHUNK])
        return posts


def _moved_at(topic: wire.ListedTopic) -> int:
    return instant(topic.bumped_at or topic.last_posted_at or topic.created_at)


def _look(topic: wire.ListedTopic) -> str:
    """Everything a list shows of a topic that we keep, in short."""
    assigned = topic.assigned_to_user.id if topic.assigned_to_user else ""
    flags = f"{int(bool(topic.closed))}{int(bool(topic.has_accepted_answer))}"
    return f"{_moved_at(topic)}.{flags}.{assigned}.{topic.category_id or ''}.{hash_of(topic.title)}"


def hash_of(text: str) -> str:
    """A short stable mark of a text, the same in every process."""
    from zlib import crc32

    return f"{crc32(text.encode('utf-8', 'surrogatepass')):x}"
