"""Tables into pages: a file that grew is read on, a changed one read again, what left a complete one is gone."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import dataclass, replace

from cm_console.model.errors import Malformed, SourceError
from cm_console.model.source import PAGE_LIMIT, Cursor, Feed, Page
from cm_console.model.text import clean_line
from cm_console.sources.row_files import stamp_of
from cm_console.sources.table.kinds import FEED_OF
from cm_console.sources.table.mapping import Spec, Tables
from cm_console.sources.table.marks import BEGINNING, Marks, marks_of
from cm_console.sources.table.reading import Batch, Reading, grown, known_of, learn_opened
from cm_console.sources.table.records import Known


@dataclass
class Pull:
    """One pull of one feed's tables."""

    tables: Tables
    feed: Feed
    done: int = 0

    async def pages(self, cursor: Cursor | None) -> AsyncGenerator[Page, None]:
        """Yield what is new; raises at the end what is wrong with some files."""
        specs = {f"{n}:{s.file}": s for n, s in enumerate(self.tables.specs, 1) if FEED_OF[s.rows] is self.feed}
        if not specs:
            return
        marks = marks_of(cursor, await asyncio.to_thread(config_of, self.tables, specs))
        before, held, errors = marks.encode(), None, list[SourceError]()
        known: Known | None = None
        skipped: list[Spec] = []
        for key, spec in specs.items():
            try:
                if not await asyncio.to_thread(changed, self.tables, spec, marks, key):
                    skipped.append(spec)
                    continue
                if known is None:
                    known = await asyncio.to_thread(known_of, self.tables, [spec.rows for spec in specs.values()])
                await asyncio.to_thread(learn_opened, self.tables, skipped, known)
                skipped.clear()
                async for page in self._table(key, spec, marks, known):
                    if held is not None:
                        yield held
                    held = page
            except SourceError as error:
                errors.append(error)
        if held is not None:
            yield replace(held, more=False)
        elif (after := marks.encode()) != before:
            yield Page((), (), after, False)
        errors += [Malformed(mark.fault) for key, mark in marks.tables.items() if mark.fault and key in specs]
        if errors:
            errors[0].args = (clean_line("; ".join(map(str, errors)), 480),)
            raise errors[0]

    async def _table(self, key: str, spec: Spec, marks: Marks, known: Known) -> AsyncGenerator[Page, None]:
        mark, note = marks.tables.get(key, BEGINNING), ""
        if not await asyncio.to_thread(grown, self.tables, spec, mark):
            mark, note = BEGINNING, f"{spec.file} has changed: all of it is read again"
        reading = Reading(self.tables, spec, mark, known)
        await asyncio.to_thread(reading.open)
        while True:
            batch = await asyncio.to_thread(reading.collect)
            self.done += batch.read
            if reading.finished:
                break
            marks.tables[key] = batch.mark
            if batch.records or batch.bad:
                yield Page(batch.records, (), marks.encode(), True, self.done, None, words(note, batch))
                note = ""
        gone = reading.gone(marks, key)
        first = PAGE_LIMIT - len(batch.records)
        while len(gone) > first:
            told, gone = gone[:PAGE_LIMIT], gone[PAGE_LIMIT:]
            marks.told(key, told)
            yield Page((), tuple(told), marks.encode(), True, self.done)
        marks.tables[key] = batch.mark
        reading.remember(marks, key)
        if batch.records or batch.bad or gone:
            yield Page(batch.records, tuple(gone), marks.encode(), True, self.done, None, words(note, batch))


def words(note: str, batch: Batch) -> str:
    """The note of a page: a few of the rows that were left aside, by name."""
    more = f" (and {len(batch.bad) - 3:,} more)" if len(batch.bad) > 3 else ""
    aside = "; ".join(batch.bad[:3]) + more
    return "; ".join(filter(None, (note, f"left aside: {aside}" if aside else "")))


def config_of(tables: Tables, specs: dict[str, Spec]) -> str:
    """What decides how rows are read: the mapping, and for attendance when the events are.

    Raises:
        Unreachable: a file of events is missing.
    """
    kinds = {spec.rows for spec in specs.values()}
    stamps = [stamp_of(tables.path(spec)) for spec in tables.of("events")] if "attendance" in kinds else []
    return f"{tables.digest} {stamps}"


def changed(tables: Tables, spec: Spec, marks: Marks, key: str) -> bool:
    """Is there something in a file that was not read?

    Raises:
        Unreachable: it is missing or cannot be read.
    """
    mark = marks.tables.get(key, BEGINNING)
    return not mark.ended or mark.stamp != stamp_of(tables.path(spec))
