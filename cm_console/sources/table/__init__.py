"""CSV, TSV and JSONL files with a mapping: members, events, who came, threads, posts and reports; no network.

For communities that meet, and for exports of platforms that have no source here. Give the path of a file: a mapping is
begun beside it (`FILE.toml`), with a guess for every column and everything explained; look through it once. Or give the
path of a mapping that names several files. Rows are told apart by an id column, or by their content.

A row that cannot be read is left aside and named with file, line and column; the rest goes in. A file that only grew is
read on; changed rows are edits; rows that vanish stay, unless the mapping says `complete = true`. Attendance counts as
activity (a visit): a changed row of it is a new visit, and the old one goes only with `complete = true`. Events are
shown in the calendar as planned there.

A mapping of several files that belong together looks like this; more settings stand in one that was begun:

    timezone = "Europe/Berlin"
    [[table]]
    file = "members.csv"
    rows = "members"
    columns = { id = "E-Mail", name = "Name", joined_at = "Since" }
    [[table]]
    file = "events.csv"
    rows = "events"
    columns = { title = "Event", at = "Start" }
    [[table]]
    file = "sign-ins.csv"
    rows = "attendance"
    columns = { member = "E-Mail", event = "Event", came = "Came" }

A date without a time is midnight in the mapping's `timezone` (UTC without one). Lists, metrics and exports count days
by `timezone` of the config: where the two differ it can be the day before, so give both the same.

What rows can say (* is needed):

- members: id*, handle, name, joined_at, staff, bot, url
- events: title*, at*, id, text, url
- attendance: member*, at, event, name, came, id (at or event is needed)
- threads: title*, at*, id, author, author_name, text, place, url, closed
- posts: text*, at*, id, thread, title, author, author_name, place, reply_to, edited_at, url
- reports: target*, at*, id, target_kind, kind, reason, reporter, closed_at, agreed
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from cm_console.model.action import Action, Receipt, Replay, Verb
from cm_console.model.errors import Refused
from cm_console.model.settings import setting
from cm_console.model.source import Budget, Cursor, Feed, Identity, Page
from cm_console.model.time import Clock

__all__ = ["Table", "TableSettings"]


@dataclass(frozen=True, slots=True)
class TableSettings:
    """Where the table is."""

    path: str = setting(
        "A CSV, TSV or JSONL file (.gz too), or a mapping (.toml) that names several.",
        where="your sign-in sheet or member list, saved as CSV; the mapping is begun beside it by the first check",
        example="~/meetups/sign-ins.csv",
    )


class Table:
    """Files of rows, read only."""

    name: ClassVar[str] = "table"
    settings: ClassVar[type] = TableSettings
    feeds: ClassVar[frozenset[Feed]] = frozenset(Feed)
    verbs: ClassVar[Mapping[Verb, Replay]] = {}

    def __init__(self, settings: TableSettings, clock: Clock) -> None:
        self._path = Path(settings.path)

    @property
    def budget(self) -> Budget | None:
        """A file has no rate limit."""
        return None

    async def check(self) -> Identity:
        """Read everything once: how many rows of which kind, which cannot be read; begins a mapping if none is there.

        Raises:
            Refused: a mapping was begun; the words say where.
        """
        from cm_console.sources.table.identity import identity

        return await asyncio.to_thread(identity, self._path, self.feeds)

    async def pull(self, feed: Feed, cursor: Cursor | None) -> AsyncIterator[Page]:
        """Yield what is new in the tables of a feed; raises at the end what is wrong with some files."""
        from cm_console.sources.table.mapping import read_mapping
        from cm_console.sources.table.pulling import Pull
        from cm_console.sources.table.starting import mapping_of

        path = mapping_of(self._path.expanduser())
        if not await asyncio.to_thread(path.exists) and path != self._path.expanduser():
            raise Refused(f"{self._path.name} has no mapping: cm-console source check begins one")
        tables = await asyncio.to_thread(read_mapping, path)
        async with aclosing(Pull(tables, feed).pages(cursor)) as pages:
            async for page in pages:
                yield page

    async def push(self, action: Action) -> Receipt:
        """Always Refused: a table is read only."""
        raise Refused(f"a table is read only: {action.verb} is not possible")

    async def find(self, action: Action) -> Receipt | None:
        """Nothing is ever pushed, so nothing is ever found."""
        return None

    async def close(self) -> None:
        """Nothing to release: a file is open only while it is read."""
