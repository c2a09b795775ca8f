"""Feeds - RSS 0.9x, 1.0 and 2.0, Atom, JSON Feed - as threads: mentions elsewhere, a blog, a status page.

Each entry is a thread with one post; an entry that says what it answers (RFC 4685) stands under that entry. A changed
entry is an edit. A feed never tells what was deleted: entries that fall out of it stay here. It shows no reports and no
members beyond the authors of entries, and of a long document only the first 500 entries are read,
of a text its first 200,000 characters. Addresses in private networks are asked only with `private = true`.

Nobody can be answered in a feed, so its authors count as bots do (what names none, the feed itself has written): what
they write is shown and searched, waits for nobody and is in no number of the community.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from cm_console.model.action import Action, Receipt, Replay, Verb
from cm_console.model.errors import Refused
from cm_console.model.settings import setting
from cm_console.model.source import Budget, Cursor, Feed, Identity, Page
from cm_console.model.time import Clock

if TYPE_CHECKING:
    from cm_console.sources.rss.site import Site

__all__ = ["Rss", "RssSettings"]


@dataclass(frozen=True, slots=True)
class RssSettings:
    """What `source add rss` asks for."""

    urls: str = setting(
        "The addresses of the feeds, with spaces between.",
        where="the page's RSS link; the address of the page itself works too if you do as the check then says",
        example="https://blog.example.org/feed.xml",
    )
    history: int = setting(
        "Days to go back when a feed is read for the first time; 0 is all that stands in it.", example="30", default=30
    )
    private: bool = setting("Allow addresses on this machine and in private networks.", example="false", default=False)


class Rss:
    """Feeds: RSS, Atom and JSON Feed, read only."""

    name: ClassVar[str] = "rss"
    settings: ClassVar[type] = RssSettings
    feeds: ClassVar[frozenset[Feed]] = frozenset({Feed.THREADS})
    verbs: ClassVar[Mapping[Verb, Replay]] = {}

    def __init__(self, settings: RssSettings, clock: Clock) -> None:
        self._settings = settings
        self._clock = clock
        self._made: tuple[Site, ...] = ()

    @property
    def budget(self) -> Budget | None:
        """Feeds tell none."""
        return None

    async def check(self) -> Identity:
        """Read every feed once: what is it called, what is wrong with it."""
        from cm_console.sources.rss.identity import identity

        return await identity(self._sites(), self.feeds)

    async def pull(self, feed: Feed, cursor: Cursor | None) -> AsyncIterator[Page]:
        """Yield what is new in all feeds; raises at the end what is wrong with some of them."""
        from cm_console.sources.rss.progress import progress_of
        from cm_console.sources.rss.pulling import Pull

        if feed is not Feed.THREADS:
            raise Refused(f"a feed has no {feed}")
        sites = self._sites()
        progress = progress_of(cursor, tuple(site.url for site in sites))
        pull = Pull(sites, progress, self._settings.history, self._clock)
        async with aclosing(pull.pages()) as pages:
            async for page in pages:
                yield page

    async def push(self, action: Action) -> Receipt:
        """Always Refused: a feed is read only."""
        raise Refused(f"a feed is read only: {action.verb} is not possible")

    async def find(self, action: Action) -> Receipt | None:
        """Nothing is ever pushed, so nothing is ever found."""
        return None

    async def close(self) -> None:
        """Release connections."""
        for site in self._made:
            await site.gate.close()

    def _sites(self) -> tuple[Site, ...]:
        if not self._made:
            from cm_console.sources.rss.site import Site, addresses

            private = self._settings.private
            self._made = tuple(Site(url, self._clock, private=private) for url in addresses(self._settings.urls))
        return self._made
