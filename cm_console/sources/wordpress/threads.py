"""The threads feed: articles and their comments. When nothing is new that is three requests and one for each type."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing

from msgspec import Struct, field

from cm_console.model.source import Cursor, Page
from cm_console.model.time import DAY
from cm_console.sources.cursors import cursor_of, state_of
from cm_console.sources.wordpress import articles, comments
from cm_console.sources.wordpress.articles import Articles
from cm_console.sources.wordpress.comments import Comments
from cm_console.sources.wordpress.packing import Packer, Unit
from cm_console.sources.wordpress.site import Site
from cm_console.sources.wordpress.walking import Place


class State(Struct):
    """What is known of the comments and of each type of article; how far back we were asked to go at the first sync."""

    comments: comments.Known = field(default_factory=comments.Known)
    types: dict[str, articles.Known] = field(default_factory=dict)
    oldest: int | None = None
    begun: bool = False


class ThreadsPull:
    """One pull of the threads feed."""

    def __init__(self, site: Site, cursor: Cursor | None, history: int) -> None:
        self._site = site
        self._state = state_of(cursor, State)
        if not self._state.begun:
            self._state.begun = True
            self._state.oldest = site.clock.now() - history * DAY if history else None
        self._packer = Packer(lambda: cursor_of(self._state))

    async def pages(self) -> AsyncGenerator[Page, None]:
        """Yield what is new until caught up; the last page may be empty."""
        async with aclosing(self._units()) as units:
            async for unit in units:
                for page in self._packer.add(unit):
                    yield page
        yield self._packer.last()

    async def _units(self) -> AsyncGenerator[Unit, None]:
        state, rights = self._state, await self._site.know_authors()
        if rights.moderates != state.comments.moderates:
            state.comments = comments.Known(moderates=rights.moderates)
        read = Articles(self._site, rights, state.oldest)
        said = Comments(self._site, rights, read, state.comments, state.oldest)
        async with aclosing(said.changes()) as units:
            async for unit in units:
                yield unit
        for kind in self._site.types:
            known = state.types.setdefault(kind, articles.Known(back=Place()))
            async with aclosing(read.changes(kind, known, said.under)) as units:
                async for unit in units:
                    yield unit
        async with aclosing(self._history(read, said)) as units:
            async for unit in units:
                yield unit

    async def _history(self, read: Articles, said: Comments) -> AsyncGenerator[Unit, None]:
        """What the first sync has not reached yet: comments with what they are about, then what nobody commented."""
        sizes = {kind: 0 for kind, known in self._state.types.items() if known.back}
        first = self._state.comments.back is not None or bool(sizes)
        expected = said.total if self._state.comments.back is not None else 0
        self._packer.total = expected if first else None
        async with aclosing(said.everything()) as units:
            async for unit in units:
                yield unit
        for kind in self._site.types:
            async with aclosing(read.everything(kind, self._state.types[kind], sizes)) as units:
                async for unit in units:
                    self._packer.total = expected + sum(sizes.values())
                    yield unit
