"""An archive into pages: files that grew are read on, rewritten ones are read again, the rest costs nothing."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass, field, replace
from hashlib import blake2b
from pathlib import Path

from cm_console.model.errors import Malformed
from cm_console.model.source import Cursor, Page
from cm_console.model.text import clean_line
from cm_console.model.time import Clock
from cm_console.sources.mail.mbox_files import count_messages
from cm_console.sources.mail.threads import Threads
from cm_console.sources.mbox.files import File, files_of
from cm_console.sources.mbox.marks import BEGINNING, Mark, Marks, marks_of
from cm_console.sources.mbox.streams import Stream, grown


@dataclass
class Archive:
    """The files at a path. It remembers in memory which threads there are; only a restart reads all headers again."""

    path: Path
    clock: Clock
    _threads: Threads = field(default_factory=Threads)
    _numbers: dict[str, int] = field(default_factory=dict)
    _placed: dict[str, Mark] = field(default_factory=dict)
    _whole: bool = True

    async def pages(self, cursor: Cursor | None) -> AsyncGenerator[Page, None]:
        """Yield what is new; raises Malformed at the end for what cannot be read."""
        before = marks_of(cursor)
        files, wrong = await asyncio.to_thread(files_of, self.path, before.files)
        marks = Marks({file.name: before.files.get(file.name, BEGINNING) for file in files})
        held: Page | None = None
        if any(changed(file, marks) for file in files):
            async for page in self._read(files, marks):
                if held is not None:
                    yield held
                held = page
        if held is not None:
            yield replace(held, more=False)
        elif marks != before:
            yield Page((), (), marks.encode(), False)
        raise_wrong(wrong | {name: mark.fault for name, mark in marks.files.items() if mark.fault})

    async def _read(self, files: list[File], marks: Marks) -> AsyncGenerator[Page, None]:
        plan = await asyncio.to_thread(self._prepare, files, marks)
        self._whole, done, note = False, 0, plan.note
        for file in files:
            placed, known = self._placed.get(file.name), not changed(file, marks)
            if placed is not None and known:
                continue
            number = self._numbers.setdefault(file.name, len(self._numbers))
            stream = Stream(file, number, self._threads, marks.files[file.name], self.clock.now(), known)
            await asyncio.to_thread(stream.open, plan.hashes.get(file.name) if placed else None)
            while True:
                batch = await asyncio.to_thread(stream.collect)
                marks.files[file.name], done = batch.mark, done + batch.read
                if batch.records or batch.note:
                    words = "; ".join(filter(None, (note, batch.note)))
                    yield Page(batch.records, (), marks.encode(), True, done, max(done, plan.total), words)
                    note = ""
                if stream.finished:
                    break
            self._placed[file.name] = batch.mark
        self._whole = True

    def _prepare(self, files: list[File], marks: Marks) -> Plan:
        """Look which files only grew; those that were rewritten begin anew, and so does what we know of threads."""
        plan = Plan()
        fresh = not (self._whole and self._placed.keys() <= {file.name for file in files})
        for file in files:
            mark, placed = marks.files[file.name], self._placed.get(file.name)
            hashed = grown(file, mark) if changed(file, marks) and mark != BEGINNING else None
            if hashed is not None:
                plan.hashes[file.name] = hashed
            elif changed(file, marks) and mark != BEGINNING:
                marks.files[file.name], plan.note = BEGINNING, f"{file.name} was rewritten: all of it is read again"
            if placed is not None and placed.stamp != file.stamp:
                fresh = fresh or (hashed if placed == mark else grown(file, placed)) is None
        if fresh:
            self._threads, self._placed = Threads(), {}
        plan.total = sum(count_messages(f.path, marks.files[f.name].offset) for f in files if changed(f, marks))
        return plan


@dataclass
class Plan:
    """What a pull has before it: messages in all, and the hashes of files that are read on."""

    total: int = 0
    note: str = ""
    hashes: dict[str, blake2b] = field(default_factory=dict)


def changed(file: File, marks: Marks) -> bool:
    """Is there something in a file that was not read?"""
    mark = marks.files[file.name]
    return not mark.ended or mark.stamp != file.stamp


def raise_wrong(wrong: Mapping[str, str]) -> None:
    """Say what could not be read, after everything else was.

    Raises:
        Malformed: something could not; the words name file and line.
    """
    if wrong:
        raise Malformed(clean_line("; ".join(wrong.values()), 480))
