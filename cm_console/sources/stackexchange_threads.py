"""The threads feed of a Stack Exchange dump: three files that depend on each other, told as one."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, replace

from cm_console.model.errors import Unreachable
from cm_console.model.records import Record
from cm_console.model.source import Cursor, Page
from cm_console.sources.row_files import BEGINNING, Mark, Row, RowFile, Stamp
from cm_console.sources.stackexchange_files import (
    ABSENT,
    COMMENTS,
    POSTS,
    VOTES,
    Batch,
    Folder,
    Stage,
    batches,
    decode,
    encode,
    raise_faults,
    read_all,
)
from cm_console.sources.stackexchange_records import BadRow, Links

FILES = (POSTS, COMMENTS, VOTES)
ANY_ROW = re.compile(rb"<row\s")
STAGES = (
    Stage(POSTS, re.compile(rb'PostTypeId="1"'), per=2),
    Stage(POSTS, re.compile(rb'PostTypeId="2"')),
    Stage(COMMENTS, ANY_ROW),
)
"""Questions, answers, comments: a thread always comes before the posts in it, whatever the order in the file."""
DONE = len(STAGES)


@dataclass(frozen=True, slots=True)
class Progress:
    """The cursor of this feed.

    `base` is how far the FILES had been read when a pull last came to its end. `stage` and `at` are where the present
    one stands, valid while the files still have these `stamps`; `stage` is DONE when it came to its end.
    """

    stamps: tuple[Stamp, Stamp, Stamp] = (ABSENT, ABSENT, ABSENT)
    base: tuple[Mark, Mark, Mark] = (BEGINNING, BEGINNING, BEGINNING)
    stage: int = 0
    at: Mark = BEGINNING

    def known(self, file: str) -> int:
        """Rows of a file that begin before this byte were delivered by an earlier pull."""
        return self.base[FILES.index(file)].offset

    def after(self, stage: int, mark: Mark) -> Progress:
        """The progress when a stage has come to a mark."""
        return replace(self, stage=stage + 1, at=BEGINNING) if mark.ended else replace(self, stage=stage, at=mark)


@dataclass(frozen=True, slots=True)
class _Gathered:
    """What a first look at Posts and Votes gave: the links, and where the two files end."""

    links: Links
    posts: Mark
    votes: Mark
    note: str


async def pull_threads(folder: Folder, cursor: Cursor | None) -> AsyncIterator[Page]:
    """Yield threads and posts; see StackExchangeDump.pull for what it raises.

    A broken Posts.xml does not keep comments from coming, nor a missing or broken Votes.xml the threads: then
    reactions are missing and accepted answers count from when they were written, which a note says.
    """
    progress = decode(cursor, Progress())
    stamps = await asyncio.to_thread(_stamps, folder)
    if stamps != progress.stamps:
        progress = Progress(stamps, progress.base)
    elif progress.stage == DONE:
        raise_faults(*progress.base[:2])
        return
    if not await asyncio.to_thread(_continues, folder, progress):
        progress = Progress(stamps)
    gathered = await _gather(folder, progress)
    faults = [gathered.posts]
    async for batch, page in _deliver(folder, progress, gathered):
        yield page
        faults[1:] = [batch.mark]
    raise_faults(*faults)
    if stamps[1] == ABSENT:
        await asyncio.to_thread(folder.stamp, COMMENTS)


def _stamps(folder: Folder) -> tuple[Stamp, Stamp, Stamp]:
    """Without Posts.xml there is nothing to read; the other two may come later."""

    def stamp(file: str) -> Stamp:
        try:
            return folder.stamp(file)
        except Unreachable:
            return ABSENT

    return folder.stamp(POSTS), stamp(COMMENTS), stamp(VOTES)


def _continues(folder: Folder, progress: Progress) -> bool:
    """Do all files still begin with what was read of them? If not, they are a new export."""
    for file, stamp, mark in zip(FILES, progress.stamps, progress.base, strict=True):
        if mark.offset and (stamp == ABSENT or not folder.open(Stage(file, ANY_ROW), mark).continued):
            return False
    return True


async def _gather(folder: Folder, progress: Progress) -> _Gathered:
    links = Links(first=not any(mark.offset for mark in progress.base))
    rows = await asyncio.to_thread(folder.open, Stage(POSTS, ANY_ROW), BEGINNING)
    posts = await read_all(rows, lambda row: links.add_post(row, new=row.offset >= progress.known(POSTS)))
    await asyncio.to_thread(links.seal)
    votes, trouble = BEGINNING, f"{VOTES} is missing"
    if progress.stamps[2] != ABSENT:
        rows = await asyncio.to_thread(folder.open, Stage(VOTES, ANY_ROW), BEGINNING)
        votes = await read_all(rows, lambda row: links.add_vote(row, new=row.offset >= progress.known(VOTES)))
        trouble = votes.fault
    told = f"{trouble}: reactions and times of acceptance are incomplete" if trouble else ""
    return _Gathered(links, posts, votes, "; ".join(filter(None, (links.skipped_words(), told))))


async def _deliver(folder: Folder, progress: Progress, gathered: _Gathered) -> AsyncIterator[tuple[Batch, Page]]:
    readers: list[tuple[int, RowFile]] = []
    for number in range(progress.stage, DONE):
        file, mark = STAGES[number].file, progress.at if number == progress.stage else BEGINNING
        if progress.stamps[FILES.index(file)] != ABSENT:
            known = progress.known(file)
            readers.append((number, await asyncio.to_thread(folder.open, STAGES[number], mark, count_from=known)))
    done, total = 0, sum(rows.left for _, rows in readers)
    for number, rows in readers:
        translate = _translate(gathered.links, number, progress.known(STAGES[number].file))
        async for batch in batches(rows, translate, STAGES[number].per):
            progress, note, more = progress.after(number, batch.mark), batch.note, True
            if progress.stage == DONE:
                progress = replace(progress, base=(gathered.posts, batch.mark, gathered.votes))
                note = "; ".join(filter(None, (note, gathered.note)))
                more = bool(gathered.posts.fault or batch.mark.fault)
            done += len(batch.records)
            if batch.records or note or progress.stage == DONE:
                yield batch, Page(batch.records, (), encode(progress), more, done, max(done, total), note)


def _translate(links: Links, stage: int, known_before: int) -> Callable[[Row], tuple[Record, ...]]:
    read = (links.question, links.answer, links.comment)[stage]

    def translate(row: Row) -> tuple[Record, ...]:
        if row.offset >= known_before:
            return read(row)
        try:
            return read(row, known=True)
        except BadRow:
            return ()

    return translate
