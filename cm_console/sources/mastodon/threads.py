"""The threads feed: what names us, direct messages, our own statuses with their answers, and hashtags to watch.

Each of these is a list; a new or changed status in it brings the tree it stands in. When nothing is new that is one
request a list, and up to six for threads that are read again (see watch.py).

What Mastodon shows nobody cheaply, and this feed therefore sees late or never: edits and deletions beyond the newest 40
of a list are seen when their thread is read again; of a thread with more than 400 answers only those that name us.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterable
from contextlib import aclosing
from urllib.parse import quote

from msgspec import Struct, field

from cm_console.model.records import Kind, Member, Record, Ref
from cm_console.model.source import Cursor, Page
from cm_console.model.time import DAY, Instant, instant
from cm_console.sources.cursors import cursor_of, state_of
from cm_console.sources.mastodon import records, wire
from cm_console.sources.mastodon.lists import Line, Listing, Look
from cm_console.sources.mastodon.paging import paged
from cm_console.sources.mastodon.server import Server
from cm_console.sources.mastodon.trees import Tree, Trees, look_of
from cm_console.sources.mastodon.watch import Watch, Watched


class State(Struct):
    """How far each list is known, and the threads that are watched."""

    mentions: Line = field(default_factory=Line)
    talks: Line = field(default_factory=Line)
    own: Line = field(default_factory=Line)
    tags: dict[str, Line] = field(default_factory=dict)
    watch: dict[str, Watched] = field(default_factory=dict)


class ThreadsPull:
    """One pull of the threads feed."""

    def __init__(self, server: Server, cursor: Cursor | None, history: int, hashtags: str) -> None:
        self._server = server
        self._state = state_of(cursor, State)
        self._before = self._place()
        self._oldest = Instant(server.clock.now() - history * DAY if history else -DAY)
        self._tags = [tag.strip().removeprefix("#") for tag in hashtags.split(",") if tag.strip().removeprefix("#")]
        self._watch = Watch(self._state.watch)
        self._trees = Trees(server, self._watch)
        self._met: dict[str, Member] = {}
        self._me = ""
        self._done = 0

    async def pages(self) -> AsyncGenerator[Page, None]:
        """Yield what is new until caught up; the last page may be empty."""
        self._me = (await self._server.me()).id
        async with aclosing(self._lists()) as batches:
            async for found, missing in batches:
                for page in self._paged(await self._brought(found, missing)):
                    yield page
        for id in self._watch.due(self._server.clock.now()):
            for page in self._paged([await self._trees.again(id)]):
                yield page
        yield Page((), (), self._place(), more=False, done=self._done)

    async def _lists(self) -> AsyncGenerator[tuple[list[wire.Status], list[str]], None]:
        """New and changed statuses list by list, and how those looked that are missing."""
        server, state, oldest = self._server, self._state, self._oldest
        mentions = Listing(
            server,
            state.mentions,
            "/api/v1/notifications",
            wire.Notification,
            lambda item: Look(item.id, look_of(item.status) if item.status else "", instant(item.created_at)),
            query={"types[]": ["mention"]},
            oldest=oldest,
        )
        async with aclosing(mentions.news()) as batches:
            async for items in batches:
                yield [item.status for item in items if item.type == "mention" and item.status], mentions.missing
        talks = Listing(
            server, state.talks, "/api/v1/conversations", wire.Conversation, _talk, oldest=oldest, optional=True
        )
        async with aclosing(talks.news()) as conversations:
            async for found in conversations:
                yield [talk.last_status for talk in found if talk.last_status], talks.missing
        state.tags = {tag: state.tags.get(tag, Line()) for tag in self._tags}
        lines = [(f"/api/v1/accounts/{self._me}/statuses", state.own)]
        lines += [(f"/api/v1/timelines/tag/{quote(tag, safe='')}", line) for tag, line in state.tags.items()]
        for path, line in lines:
            query = {"exclude_reblogs": "true"} if line is state.own else {}
            listing = Listing(server, line, path, wire.Status, _status, query=query, oldest=oldest)
            async with aclosing(listing.news()) as pages:
                async for statuses in pages:
                    yield [status for status in statuses if status.reblog is None], listing.missing

    async def _brought(self, found: list[wire.Status], missing: Iterable[str]) -> list[Tree]:
        trees = [tree for status in found if (tree := await self._trees.of(status)) is not None]
        suspects: dict[str, list[str]] = {}
        for look in filter(None, missing):
            id = look.partition(" ")[0]
            if (home := self._watch.home([id])) is not None:
                suspects.setdefault(home, []).append(id)
            elif (tree := await self._trees.lost(look)) is not None:
                trees.append(tree)
        return [*trees, *[await self._trees.again(home, ids) for home, ids in suspects.items()]]

    def _paged(self, trees: list[Tree]) -> Iterable[Page]:
        found, gone = self._records(trees)
        before, self._before = self._before, self._place()
        for page in paged(found, gone, before, self._before, done=self._done):
            self._done = page.done
            yield page

    def _records(self, trees: Iterable[Tree]) -> tuple[list[Record], list[Ref]]:
        found: dict[Ref, Record] = {}
        gone: dict[Ref, None] = {}
        for tree in trees:
            gone |= dict.fromkeys(Ref(Kind.POST, id) for id in tree.gone)
            gone |= {Ref(Kind.THREAD, tree.id): None} if tree.ended else {}
            if tree.root is not None:
                found[Ref(Kind.THREAD, tree.id)] = records.thread(tree.root, tree.id)
            for status in tree.statuses:
                member = records.member(status.account)
                if self._met.get(member.id) != member:
                    found[Ref(Kind.MEMBER, member.id)] = self._met[member.id] = member
                found[Ref(Kind.POST, status.id)] = records.post(status, tree.id, self._me)
        return list(found.values()), list(gone)

    def _place(self) -> Cursor:
        return cursor_of(self._state)


def _talk(item: wire.Conversation) -> Look:
    last = item.last_status
    return Look(item.id, look_of(last) if last else "", instant(last.created_at) if last else Instant(0))


def _status(item: wire.Status) -> Look:
    return Look(item.id, look_of(item), instant(item.created_at))
