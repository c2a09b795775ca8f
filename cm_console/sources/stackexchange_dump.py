"""A Stack Exchange data dump (a folder of XML files) as a source: years of a real community, read only, no network."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from cm_console.model.action import Action, Receipt, Replay, Verb
from cm_console.model.errors import Refused, Unreachable
from cm_console.model.settings import setting
from cm_console.model.source import Budget, Cursor, Feed, Identity, Page
from cm_console.model.time import Clock
from cm_console.sources.row_files import BEGINNING, count_rows
from cm_console.sources.stackexchange_files import (
    COMMENTS,
    POSTS,
    USERS,
    VOTES,
    Folder,
    Stage,
    Translate,
    batches,
    decode,
    encode,
    raise_faults,
)
from cm_console.sources.stackexchange_records import member, reaction, report
from cm_console.sources.stackexchange_threads import pull_threads

NEEDS = {
    Feed.MEMBERS: (USERS,),
    Feed.THREADS: (POSTS, COMMENTS),
    Feed.REPORTS: (VOTES,),
    Feed.ACTIVITY: (VOTES,),
}
ONE_FILE: dict[Feed, tuple[Stage, Translate]] = {
    Feed.MEMBERS: (Stage(USERS, re.compile(rb"<row\s")), member),
    Feed.REPORTS: (Stage(VOTES, re.compile(rb'VoteTypeId="(?:4|12|15)"')), report),
    Feed.ACTIVITY: (Stage(VOTES, re.compile(rb'VoteTypeId="[23]"')), reaction),
}


@dataclass(frozen=True, slots=True)
class DumpSettings:
    """Where the dump is."""

    path: str = setting(
        "Folder with the unpacked files of a dump: Posts.xml, Comments.xml, Users.xml and Votes.xml",
        where="The Internet Archive's item stackexchange has one archive per site: unpack it with 7z.",
        example="~/dumps/bicycles.meta.stackexchange.com",
    )


class StackExchangeDump:
    """The files of a Stack Exchange data dump: read only, no account, no network.

    A file that only grew is continued: its new rows are delivered, and the older ones that depend on them. A file
    whose already read part differs is a new export: everything of the feed is delivered again. What is absent from a
    newer export is not reported as gone: a dump says what is there, never what was deleted.
    """

    name: ClassVar[str] = "stackexchange-dump"
    settings: ClassVar[type] = DumpSettings
    feeds: ClassVar[frozenset[Feed]] = frozenset(NEEDS)
    verbs: ClassVar[Mapping[Verb, Replay]] = {}

    def __init__(self, settings: DumpSettings, clock: Clock) -> None:
        self._folder = Folder(Path(settings.path))

    @property
    def budget(self) -> Budget | None:
        """A folder has no rate limit."""
        return None

    async def check(self) -> Identity:
        """How many rows the files have, and which are missing.

        Raises:
            Unreachable: there is no such folder, or none of the files is in it.
        """
        return await asyncio.to_thread(self._look)

    def pull(self, feed: Feed, cursor: Cursor | None) -> AsyncIterator[Page]:
        """Yield the pages of a feed; see Source.

        Raises:
            Unreachable: the folder or a file is missing, or a file changed while it was being read.
            Malformed: a file is broken; what stands before (and in other files) was yielded first.
            Refused: a dump has no such feed.
        """
        return pull_threads(self._folder, cursor) if feed is Feed.THREADS else self._pull_file(feed, cursor)

    async def push(self, action: Action) -> Receipt:
        """Always Refused: a dump cannot be changed."""
        raise Refused(f"a dump is read only: {action.verb} is not possible")

    async def find(self, action: Action) -> Receipt | None:
        """Nothing is ever pushed, so nothing is ever found."""
        return None

    async def close(self) -> None:
        """Nothing to release: files are open only while a batch is read."""

    def _look(self) -> Identity:
        counts: dict[str, int] = {}
        troubles: dict[str, str] = {}
        for file in (POSTS, COMMENTS, USERS, VOTES):
            try:
                counts[file] = count_rows(self._folder.file(file))
            except Unreachable as error:
                troubles[file] = str(error)
        if not counts:
            raise Unreachable(f"no Stack Exchange dump: {troubles[POSTS]}")
        words = ", ".join(f"{count:,} {file.removesuffix('.xml').lower()}" for file, count in counts.items())
        missing: dict[str, str] = {
            feed: troubles[file] for feed, files in NEEDS.items() for file in files if file in troubles
        }
        feeds = self.feeds - missing.keys()
        return Identity("", f"Stack Exchange dump: {words}", feeds=feeds, missing=missing)

    async def _pull_file(self, feed: Feed, cursor: Cursor | None) -> AsyncIterator[Page]:
        if feed not in ONE_FILE:
            raise Refused(f"a dump has no {feed}")
        stage, translate = ONE_FILE[feed]
        mark = decode(cursor, BEGINNING)
        if mark.ended and await asyncio.to_thread(self._folder.stamp, stage.file) == mark.stamp:
            raise_faults(mark)
            return
        rows, done = await asyncio.to_thread(self._folder.open, stage, mark), 0
        async for batch in batches(rows, translate):
            done, mark = done + len(batch.records), batch.mark
            if batch.records or batch.note or mark.ended:
                more = not mark.ended or bool(mark.fault)
                yield Page(batch.records, (), encode(mark), more, done, max(done, rows.left), batch.note)
        raise_faults(mark)
