"""The reports feed: the review queue, open and decided, each flag one report; held posts come with it.

New items are read in the order in which they were raised; open ones are compared with each sync; one that is no longer
open is read once more for how it ended. When nothing is new that is two requests.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterable
from contextlib import aclosing
from itertools import count
from math import inf

from msgspec import Struct, field

from cm_console.model.errors import Gone, Unauthorized
from cm_console.model.records import Kind, Record, Ref
from cm_console.model.source import PAGE_LIMIT, Cursor, Page
from cm_console.sources.abreast import abreast
from cm_console.sources.cursors import cursor_of, state_of
from cm_console.sources.discourse import records, wire_review
from cm_console.sources.discourse.records import HELD
from cm_console.sources.discourse.site import STAFF, Site

PER_PAGE = 10
"""Items Discourse gives at a time."""


class State(Struct):
    """How many items were read from the beginning, how the last of them and the open ones looked."""

    offset: int = 0
    last: dict[str, str] = field(default_factory=dict)
    open: dict[str, str] = field(default_factory=dict)


class ReportsPull:
    """One pull of the reports feed."""

    def __init__(self, site: Site, cursor: Cursor | None) -> None:
        self._site = site
        self._state = state_of(cursor, State)
        self._done = 0
        self._total: int | None = None

    async def pages(self) -> AsyncGenerator[Page, None]:
        """Yield what is new or changed; the last page may be empty."""
        try:
            async with aclosing(self._raised()) as pages:
                async for page in pages:
                    yield page
            async with aclosing(self._open()) as pages:
                async for page in pages:
                    yield page
        except (Gone, Unauthorized) as error:
            words = f"the review queue needs the key of a moderator: {error}"
            raise Unauthorized(words, right=STAFF, status=error.status) from None
        yield Page((), (), self._cursor(), more=False, done=self._done, total=self._total)

    async def _raised(self) -> AsyncGenerator[Page, None]:
        """Items in the order of their creation, from a page before where we were."""
        state = self._state
        starts = count(max(state.offset - PER_PAGE, 0), PER_PAGE)
        async with aclosing(abreast(self._all, starts) if state.offset == 0 else self._one_by_one(starts)) as queues:
            async for start, queue in queues:
                self._total = queue.meta.total_rows_reviewables or None
                new = [item for item in queue.reviewables if state.last.get(str(item.id)) != _look(item)]
                looks = {str(item.id): _look(item) for item in queue.reviewables}
                state.last = dict([*(state.last | looks).items()][-PER_PAGE:])
                state.offset = max(state.offset, start + len(looks))
                state.open |= {str(item.id): _look(item) for item in new if item.status == 0}
                for page in self._pages(new, queue):
                    yield page
                if len(looks) < PER_PAGE or start + PER_PAGE >= (self._total or inf):
                    return

    async def _one_by_one(self, starts: Iterable[int]) -> AsyncGenerator[tuple[int, wire_review.ReviewQueue], None]:
        for start in starts:
            yield start, await self._all(start)

    async def _all(self, start: int) -> wire_review.ReviewQueue:
        query: dict[str, str | int] = {"status": "all", "sort_order": "created_at_asc", "offset": start}
        return await self._site.read("/review.json", wire_review.ReviewQueue, query)

    async def _open(self) -> AsyncGenerator[Page, None]:
        state, pending = self._state, dict[str, str]()
        for start in count(0, PER_PAGE):
            query: dict[str, str | int] = {"status": "pending", "offset": start}
            queue = await self._site.read("/review.json", wire_review.ReviewQueue, query)
            new = [item for item in queue.reviewables if state.open.get(str(item.id)) != _look(item)]
            pending |= {str(item.id): _look(item) for item in queue.reviewables}
            state.open |= {str(item.id): _look(item) for item in new}
            for page in self._pages(new, queue):
                yield page
            if len(queue.reviewables) < PER_PAGE:
                break
        closed = [id for id in state.open if id not in pending]
        async with aclosing(abreast(self._ended, closed)) as answers:
            async for id, answer in answers:
                del state.open[id]
                gone = [Ref(Kind.POST, f"{HELD}{id}"), Ref(Kind.THREAD, f"{HELD}{id}")]
                if answer is None:
                    yield Page((), tuple(gone), self._cursor(), more=True, done=self._done)
                elif answer.reviewable.status == 0:
                    state.open[id] = _look(answer.reviewable)
                else:
                    for page in self._pages([answer.reviewable], answer):
                        yield page

    async def _ended(self, id: str) -> wire_review.ReviewItem | None:
        try:
            return await self._site.review(int(id))
        except Gone:
            return None

    def _pages(self, items: Iterable[wire_review.Reviewable], side: wire_review.SideLoaded) -> Iterable[Page]:
        made: list[Record] = []
        gone: list[Ref] = []
        for item in items:
            made += [*records.held(item, self._site.url), *records.reports(item, side)]
            if item.type == "ReviewableQueuedPost" and item.status != 0:
                gone.append(Ref(Kind.POST, f"{HELD}{item.id}"))
                gone += [Ref(Kind.THREAD, f"{HELD}{item.id}")] * (item.topic_id is None)
        for start in range(0, max(len(made), bool(gone)), PAGE_LIMIT):
            part = tuple(made[start : start + PAGE_LIMIT])
            self._done += len(part)
            last = start + PAGE_LIMIT >= len(made)
            yield Page(part, tuple(gone) if last else (), self._cursor(), True, self._done, self._total)

    def _cursor(self) -> Cursor:
        return cursor_of(self._state)


def _look(item: wire_review.Reviewable) -> str:
    return f"{item.version}.{item.status}.{len(item.reviewable_score_ids)}"
