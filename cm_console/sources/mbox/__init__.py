"""An mbox archive - one file or a folder of them, also packed with gzip - as threads; read only, no network.

Threads come from References and In-Reply-To; an answer that names nothing joins the thread of its subject if that was
alive within 60 days. A file that only grew is read on from where it ended; a file whose already read part differs was
rewritten, and all of it is read again: changed messages are edits. What vanishes from a file is not taken as deleted:
an archive says what was written. The same Message-ID twice is one message. Members are told apart by address, and shown
by the part before the @. Attachments are listed by name and never opened; of quotes longer than 8 lines the first 3
stay. What cannot be read is named with file and line, and the rest is kept.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from cm_console.model.action import Action, Receipt, Replay, Verb
from cm_console.model.errors import Refused
from cm_console.model.settings import setting
from cm_console.model.source import Budget, Cursor, Feed, Identity, Page
from cm_console.model.time import Clock

if TYPE_CHECKING:
    from cm_console.sources.mbox.pulling import Archive

__all__ = ["Mbox", "MboxSettings"]


@dataclass(frozen=True, slots=True)
class MboxSettings:
    """Where the archive is."""

    path: str = setting(
        "An mbox file, or a folder of them; .gz too.",
        where="a mail program's export, a list's archive download (Mailman: Download mbox), /var/mail",
        example="~/archives/users.mbox",
    )


class Mbox:
    """An mbox archive, read only."""

    name: ClassVar[str] = "mbox"
    settings: ClassVar[type] = MboxSettings
    feeds: ClassVar[frozenset[Feed]] = frozenset({Feed.THREADS})
    verbs: ClassVar[Mapping[Verb, Replay]] = {}

    def __init__(self, settings: MboxSettings, clock: Clock) -> None:
        self._path = Path(settings.path)
        self._clock = clock
        self._made: Archive | None = None

    @property
    def budget(self) -> Budget | None:
        """A file has no rate limit."""
        return None

    async def check(self) -> Identity:
        """How many files and messages there are, and what is wrong with some files."""
        from cm_console.sources.mbox.files import identity

        return await asyncio.to_thread(identity, self._path, self.feeds)

    async def pull(self, feed: Feed, cursor: Cursor | None) -> AsyncIterator[Page]:
        """Yield what is new; raises at the end what is wrong with some files."""
        if feed is not Feed.THREADS:
            raise Refused(f"an mbox has no {feed}")
        if self._made is None:
            from cm_console.sources.mbox.pulling import Archive

            self._made = Archive(self._path, self._clock)
        async with aclosing(self._made.pages(cursor)) as pages:
            async for page in pages:
                yield page

    async def push(self, action: Action) -> Receipt:
        """Always Refused: an archive cannot be changed."""
        raise Refused(f"an mbox is read only: {action.verb} is not possible")

    async def find(self, action: Action) -> Receipt | None:
        """Nothing is ever pushed, so nothing is ever found."""
        return None

    async def close(self) -> None:
        """Nothing to release: a file is open only while it is read."""
        self._made = None
