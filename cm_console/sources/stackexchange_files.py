"""The files of a Stack Exchange dump: where they are, and how their rows become pages with a cursor."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import msgspec

from cm_console.model.errors import Malformed, Unreachable
from cm_console.model.records import Record
from cm_console.model.source import PAGE_LIMIT, Cursor
from cm_console.sources.cursors import cursor_of
from cm_console.sources.row_files import Mark, Row, RowFile, Stamp, stamp_of, unreadable
from cm_console.sources.stackexchange_records import BadRow

POSTS, COMMENTS, VOTES, USERS = "Posts.xml", "Comments.xml", "Votes.xml", "Users.xml"
ABSENT: Stamp = (-1, -1)
BATCH_ROWS, BATCH_BYTES, SLICE_ROWS = 500, 1 << 20, 2_000
"""Most rows and bytes looked at for one page, and most rows gathered in one go: what a cancel leaves running."""

Translate = Callable[[Row], tuple[Record, ...]]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Stage:
    """One reading of one file; `counted` finds what gives records, `per` of them each, for the progress bar."""

    file: str
    counted: re.Pattern[bytes]
    per: int = 1

    @property
    def root(self) -> str:
        """The name of the root element: posts in Posts.xml."""
        return self.file.removesuffix(".xml").lower()


@dataclass(frozen=True, slots=True)
class Batch:
    """What fits on one page, and where its rows end."""

    records: tuple[Record, ...]
    note: str
    mark: Mark


@dataclass(frozen=True, slots=True)
class Folder:
    """The folder of a dump; its methods block and belong in a thread.

    All raise Unreachable, naming the path, if the folder or the file is missing or unreadable.
    """

    path: Path

    def file(self, name: str) -> Path:
        """The path of one of its files."""
        try:
            folder = self.path.expanduser()
            if folder.is_dir():
                return folder / name
        except OSError as error:
            raise unreadable(self.path, error) from error
        except RuntimeError as error:
            raise Unreachable(f"{self.path} cannot be found: {error}") from error
        raise Unreachable(f"{folder} is not a folder: is the path right, is the disk there?")

    def stamp(self, name: str) -> Stamp:
        """The stamp of one of its files."""
        return stamp_of(self.file(name))

    def open(self, stage: Stage, mark: Mark, *, count_from: int = 0) -> RowFile:
        """Go on reading a file; its `left` is a count of records."""
        rows = RowFile(self.file(stage.file), stage.root, mark, stage.counted, count_from)
        rows.left *= stage.per
        return rows


async def batches(rows: RowFile, translate: Translate, per: int = 1) -> AsyncIterator[Batch]:
    """All rows that are left, a page at a time, each read in a thread; at least one, the last with `mark.ended`."""
    while True:
        batch = await asyncio.to_thread(_collect, rows, translate, per)
        yield batch
        if batch.mark.ended:
            return


def _collect(rows: RowFile, translate: Translate, per: int) -> Batch:
    records: list[Record] = []
    bad: list[str] = []
    first = -1
    for _ in range(BATCH_ROWS):
        if len(records) + per > PAGE_LIMIT or (row := rows.next()) is None:
            break
        try:
            records += translate(row)
        except BadRow as error:
            bad.append(f"{rows.path.name} line {row.line}: {error}, row skipped")
        first = row.offset if first < 0 else first
        if row.offset - first > BATCH_BYTES:
            break
    more = f" (and {len(bad) - 1:,} more)" if len(bad) > 1 else ""
    return Batch(tuple(records), bad[0] + more if bad else "", rows.mark())


async def read_all(rows: RowFile, use: Callable[[Row], None]) -> Mark:
    """Look at all rows that are left without making pages; the mark where they end."""
    while not (mark := await asyncio.to_thread(_use_some, rows, use)).ended:
        pass
    return mark


def _use_some(rows: RowFile, use: Callable[[Row], None]) -> Mark:
    for _ in range(SLICE_ROWS):
        if (row := rows.next()) is None:
            break
        use(row)
    return rows.mark()


def raise_faults(*marks: Mark) -> None:
    """Say what could not be read, after everything else was.

    Raises:
        Malformed: a mark has a fault; the words name file, line, and how many rows were read.
    """
    if faults := [mark.fault for mark in marks if mark.fault]:
        raise Malformed("; ".join(faults))


def encode(progress: object) -> Cursor:
    """A dataclass as a cursor."""
    return cursor_of(progress)


def decode(cursor: Cursor | None, beginning: T) -> T:
    """A cursor as the dataclass it was; one of another version of this source means beginning anew, never a gap."""
    try:
        return beginning if cursor is None else msgspec.json.decode(cursor, type=type(beginning))
    except msgspec.DecodeError:
        return beginning
