"""Discussions with their comments and replies: heads of those that moved, and each that looks different read whole.

A head shows how the newest comments and replies look, so edits, hidings and deletions there are seen in the
discussions that moved last. Further back GitHub shows none of them cheaply.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterable
from contextlib import aclosing

from msgspec import Struct, field

from cm_console.model.errors import Gone
from cm_console.model.records import Kind, Record, Ref
from cm_console.model.time import Instant, instant
from cm_console.sources.github import documents, records
from cm_console.sources.github import wire_graphql as graph
from cm_console.sources.github.ids import DISCUSSION
from cm_console.sources.github.issues import Batch
from cm_console.sources.github.records import View
from cm_console.sources.github.site import Repo, Site
from cm_console.sources.github.texts import digest

HEADS, WHOLE = 25, 10
"""Discussions in one request, as heads and with their comments."""
KEPT_IDS = 1_000
"""Most ids of comments kept in mind for finding deletions."""
RIGHT = "the token's permission Discussions: read (or the scope 'repo'; 'public_repo' for public repositories)"


class DiscussionsState(Struct):
    """How far the discussions are known.

    `since` is when the newest had moved, None before the first pull is through; `looks` is how the last that moved
    looked, `ids` are their comments. `after`, `given` and `top` belong to a first walk under way: the page of the list
    it stands at, and how those looked that were brought of this page.
    """

    since: int | None = None
    looks: dict[str, tuple[int, str]] = field(default_factory=dict)
    ids: dict[str, list[str]] = field(default_factory=dict)
    after: str | None = None
    given: dict[str, str] = field(default_factory=dict)
    top: int = 0


class DiscussionsPull:
    """One pull of the discussions of one repository."""

    def __init__(self, site: Site, view: View, state: DiscussionsState, oldest: Instant | None) -> None:
        self._site, self._view, self._state = site, view, state
        self._oldest = oldest or Instant(0)

    async def batches(self) -> AsyncGenerator[Batch, None]:
        """Bring what is new."""
        state = self._state
        if state.since is not None:
            async with aclosing(self._moved(state.since)) as batches:
                async for batch in batches:
                    yield batch
            return
        if state.after is None:
            await self._begin()
        async with aclosing(self._walk()) as batches:
            async for batch in batches:
                yield batch
        state.since, state.after, state.given = state.top, None, {}

    async def _begin(self) -> None:
        """Note how the last that moved look, before they are read: all of them that moved in the newest second."""
        state, after = self._state, None
        state.looks = {}
        while True:
            listed = await self._heads(after)
            state.looks |= {str(head.number): (_moved_at(head), look(head)) for head in listed.there}
            state.top = max((moved for moved, _ in state.looks.values()), default=0)
            after = listed.pageInfo.endCursor
            if not listed.pageInfo.hasNextPage or any(_moved_at(head) < state.top for head in listed.there):
                return

    async def _walk(self) -> AsyncGenerator[Batch, None]:
        """Everything, what moved last first."""
        state = self._state
        while True:
            listed = await self._list(documents.WALK, WHOLE, state.after)
            for found in listed.there:
                number, mark = str(found.number), f"{_moved_at(found)} {look(found)}"
                if _moved_at(found) >= self._oldest and state.given.get(number) != mark:
                    made = await self._whole(found)
                    state.given[number] = mark
                    yield Batch(made, total=listed.totalCount)
            if not listed.pageInfo.hasNextPage or any(_moved_at(one) < self._oldest for one in listed.there):
                return
            state.after, state.given = listed.pageInfo.endCursor, {}

    async def _moved(self, since: int) -> AsyncGenerator[Batch, None]:
        state, looks = self._state, dict[str, tuple[int, str]]()
        after: str | None = None
        while True:
            listed = await self._heads(after)
            looks |= {str(head.number): (_moved_at(head), look(head)) for head in listed.there}
            for head in listed.there:
                known = state.looks.get(str(head.number))
                if looks[str(head.number)] != known and (known or _moved_at(head) >= since):
                    yield await self._again(head.number)
                    state.looks[str(head.number)] = looks[str(head.number)]
            after = listed.pageInfo.endCursor
            if not listed.pageInfo.hasNextPage or any(_moved_at(head) < since for head in listed.there):
                break
        end = min((moved for moved, _ in looks.values()), default=0) if listed.pageInfo.hasNextPage else -1
        for number in [n for n, (moved, _) in state.looks.items() if n not in looks and moved > end]:
            yield await self._again(int(number))
        state.since = max((moved for moved, _ in looks.values()), default=since)
        newest = sorted(looks.items(), key=lambda item: -item[1][0])
        state.looks = dict(item for place, item in enumerate(newest) if place < HEADS or item[1][0] >= state.since)

    async def _again(self, number: int) -> Batch:
        """A discussion that changed: all of it, and what is no longer in it."""
        known = self._state.ids.get(str(number), [])
        spot = self._view.repo.spot(number, DISCUSSION)
        try:
            made = await self._whole(await read(self._site, self._view.repo, number))
        except Gone:
            self._state.ids.pop(str(number), None)
            refs = [Ref(Kind.POST, str(spot.at(id))) for id in known]
            return Batch(gone=[Ref(Kind.THREAD, str(spot)), Ref(Kind.POST, str(spot)), *refs])
        there = set(self._state.ids.get(str(number), ()))
        return Batch(made, [Ref(Kind.POST, str(spot.at(id))) for id in known if id not in there])

    async def _whole(self, found: graph.Discussion) -> list[Record]:
        await complete(self._site, self._view.repo, found)
        self._keep(str(found.number), [said.id for said in everything_said(found)])
        return records.once([*records.discussion(found, self._view), *records.said(found, self._view)])

    def _keep(self, number: str, ids: list[str]) -> None:
        kept, room = {number: ids}, KEPT_IDS - len(ids)
        for other, known in self._state.ids.items():
            if other != number and room > len(known):
                kept[other] = known
                room -= len(known) + 1
        self._state.ids = kept

    async def _heads(self, after: str | None) -> graph.Connection[graph.Discussion]:
        return await self._list(documents.HEADS, HEADS, after)

    async def _list(self, document: str, first: int, after: str | None) -> graph.Connection[graph.Discussion]:
        kind = graph.InRepository[graph.Discussions]
        asked = self._view.repo.named | {"first": first, "after": after}
        there = (await self._site.ask(document, kind, asked, right=RIGHT)).repository
        return there.discussions if there else graph.Connection()


async def read(site: Site, repo: Repo, number: int, after: str | None = None) -> graph.Discussion:
    """One discussion with its first comments, or those after a place. Gone if it is not there."""
    kind = graph.InRepository[graph.OneDiscussion]
    asked = repo.named | {"number": number, "after": after}
    there = (await site.ask(documents.DISCUSSION, kind, asked, right=RIGHT)).repository
    if there is None or there.discussion is None:
        raise Gone("the discussion is not there, or this token may not see it")
    return there.discussion


async def complete(site: Site, repo: Repo, found: graph.Discussion) -> None:
    """Add the comments and replies that did not come with a discussion."""
    comments = found.comments.there
    info = found.comments.pageInfo
    while info.hasNextPage:
        more = (await read(site, repo, found.number, info.endCursor)).comments
        comments += more.there
        info = more.pageInfo
    for comment in comments:
        replies, info = comment.replies.there, comment.replies.pageInfo
        while info.hasNextPage:
            kind = graph.OneNode[graph.Replies]
            node = (
                await site.ask(documents.REPLIES, kind, {"id": comment.id, "after": info.endCursor}, right=RIGHT)
            ).node
            rest = node.replies if node else graph.Connection[graph.Reply]()
            replies += rest.there
            info = rest.pageInfo
        comment.replies.nodes = [*replies]
    found.comments.nodes = [*comments]


def everything_said(found: graph.Discussion) -> Iterable[graph.Reply]:
    """All comments and replies that came with a discussion."""
    for comment in found.comments.there:
        yield comment
        yield from comment.replies.there


def look(head: graph.Discussion) -> str:
    """A short mark of all that a head shows."""
    comments = [
        (
            said.id,
            said.updatedAt,
            said.isMinimized,
            said.replies.totalCount,
            [(reply.id, reply.updatedAt, reply.isMinimized) for reply in said.replies.there],
        )
        for said in head.comments.there
    ]
    answer = head.answer.id if head.answer else ""
    counts = head.upvoteCount, head.comments.totalCount
    return digest(head.title, head.closed, head.category.name, answer, counts, comments)


def _moved_at(head: graph.Discussion) -> int:
    return instant(head.updatedAt)
