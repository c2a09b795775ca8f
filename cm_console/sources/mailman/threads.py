"""The threads feed: the public archives of our lists in HyperKitty, in the order in which mails came in.

That order is HyperKitty's own, so that a mail that was held for a week is not missed for its old date. The first pull
goes from the newest back to the date in the settings; later ones read what came in since. An archive never tells of a
deletion: it is noticed among the newest mails only.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from dataclasses import field as plain

from msgspec import Struct, field

from cm_console.model.records import Kind, Record, Ref
from cm_console.model.source import Cursor, Page
from cm_console.model.time import DAY, Instant, instant
from cm_console.sources.abreast import abreast
from cm_console.sources.cursors import cursor_of, state_of
from cm_console.sources.mailman import ids, records, wire
from cm_console.sources.mailman.archive import PER_PAGE, Archive
from cm_console.sources.mailman.core import Core
from cm_console.sources.mailman.paging import paged
from cm_console.sources.mailman.wire_archive import Mail, ShortMail, last_part

STEP = 45
"""Mails read in one go: with a few authors and threads they fit a page."""
WINDOW = 50
"""Newest mails remembered, to know where news end, and what of them is gone."""
OVERLAP = 3
TOLD = 50_000
"""Most threads remembered as told."""


class Line(Struct):
    """One archive: its newest mails as known, and how many of the oldest were not read yet; None before the first."""

    window: list[str] = field(default_factory=list)
    below: int | None = None


class State(Struct):
    """All archives."""

    lists: dict[str, Line] = field(default_factory=dict)


class ThreadsPull:
    """One pull of the threads feed."""

    def __init__(self, core: Core, archive: Archive, cursor: Cursor | None, history: int) -> None:
        self._core, self._archive = core, archive
        self._oldest = Instant(core.clock.now() - history * DAY) if history else None
        self._state = state_of(cursor, State)
        self._done = self._total = self._size = 0

    async def pages(self) -> AsyncGenerator[Page, None]:
        """Yield what is new; the last page is empty, and says which lists have no public archive."""
        public, without = await self._archive.lists(), list[str]()
        for one in await self._core.lists():
            if one.fqdn_listname.lower() not in public:
                without.append(one.fqdn_listname)
                continue
            line = self._state.lists.setdefault(one.list_id, Line())
            await self._begin(one, line)
            async with aclosing(self._news(one, line)) as pages:
                async for page in pages:
                    yield page
            async with aclosing(self._past(one, line)) as pages:
                async for page in pages:
                    yield page
        note = f"no public archive (yet) of {', '.join(without[:5])}" if without else ""
        yield Page((), (), self._cursor(), more=False, done=self._done, total=self._total or None, note=note)

    async def _begin(self, one: wire.MailingList, line: Line) -> None:
        if line.below is None:
            newest = await self._archive.mails(one.fqdn_listname, 0)
            line.window, line.below = [mail.message_id_hash for mail in newest.results][:WINDOW], newest.count

    async def _news(self, one: wire.MailingList, line: Line) -> AsyncGenerator[Page, None]:
        """What came in since, the oldest of it first, so that the window never closes over a gap."""
        news, gone = await self._since(one, line)
        if gone:
            before, line.window = self._cursor(), [hash for hash in line.window if hash not in gone]
            lost = [Ref(Kind.POST, ids.mail(one.list_id, hash)) for hash in gone]
            lost += [Ref(Kind.THREAD, ref.id) for ref in lost if ref.id in await self._emptied(one, gone)]
            for page in paged((), lost, before, self._cursor(), done=self._done):
                yield page
        self._total += len(news)
        for start in range(0, len(news), STEP):
            step, before = news[start : start + STEP], self._cursor()
            found = await self._records(one, step)
            line.window = [*(mail.message_id_hash for mail in reversed(step)), *line.window][:WINDOW]
            self._done += len(step)
            for page in paged(found, (), before, self._cursor(), done=self._done, total=self._total):
                yield page

    async def _since(self, one: wire.MailingList, line: Line) -> tuple[list[ShortMail], list[str]]:
        """Mails above the newest known one, the oldest first; and of the known ones those that are gone."""
        news: dict[str, ShortMail] = {}
        known, offset = set(line.window), 0
        while True:
            answer = await self._archive.mails(one.fqdn_listname, offset)
            found, self._size = answer.results, answer.count
            hits = [number for number, mail in enumerate(found) if mail.message_id_hash in known]
            above = found[: hits[-1]] if hits else found
            news |= {mail.message_id_hash: mail for mail in above if mail.message_id_hash not in known}
            offset += len(found)
            if hits or len(found) < PER_PAGE or all(map(self._too_old, found)):
                break
        there = {mail.message_id_hash for mail in found}
        last = max((number for number, hash in enumerate(line.window) if hash in there), default=0)
        missing = [hash for hash in line.window[:last] if hash not in there]
        gone = [hash for hash in missing if await self._archive.mail_if_there(one.fqdn_listname, hash) is None]
        return [*news.values()][::-1], gone

    async def _emptied(self, one: wire.MailingList, gone: Sequence[str]) -> set[str]:
        """Of deleted mails those whose thread went with them."""
        opened = [hash for hash in gone if await self._archive.last_of(one.fqdn_listname, hash) is None]
        return {ids.mail(one.list_id, hash) for hash in opened}

    async def _past(self, one: wire.MailingList, line: Line) -> AsyncGenerator[Page, None]:
        """Back to the oldest, by the place counted from the oldest: it stays the same while new ones come in."""
        size = self._size
        self._total += line.below or 0
        while line.below:
            offset = max(size - line.below - OVERLAP, 0)
            found = await self._archive.mails(one.fqdn_listname, offset, STEP)
            if found.count < size:
                size = found.count
                continue
            before, size = self._cursor(), found.count
            records = await self._records(one, [mail for mail in found.results if not self._too_old(mail)])
            left = max(size - offset - len(found.results), 0) if found.results else 0
            ended = all(map(self._too_old, found.results))
            self._done += line.below - left if not ended else line.below
            line.below = 0 if ended else left
            for page in paged(records, (), before, self._cursor(), done=self._done, total=self._total):
                yield page

    def _too_old(self, mail: ShortMail) -> bool:
        return self._oldest is not None and instant(mail.date) < self._oldest

    async def _records(self, one: wire.MailingList, step: Sequence[ShortMail]) -> list[Record]:
        """Mails with their authors; and once for each thread, the thread and what opened it."""
        batch = _Batch(one)
        hashes = [mail.message_id_hash for mail in step]
        wanted = abreast(lambda hash: self._archive.mail_if_there(one.fqdn_listname, hash), hashes)
        async with aclosing(wanted) as answers:
            mails = {hash: mail async for hash, mail in answers if mail is not None}
        for thread in dict.fromkeys(last_part(mail.thread) for mail in mails.values()):
            if thread in mails or f"{one.list_id}/{thread}" not in self._archive.told:
                opening = mails.get(thread) or await self._archive.opening(one.fqdn_listname, thread)
                if opening is not None:
                    batch.openings[thread] = opening
        for mail in {**mails, **{mail.message_id_hash: mail for mail in batch.openings.values()}}.values():
            await self._add(batch, mail)
        self._remember(batch)
        return batch.records

    async def _add(self, batch: _Batch, mail: Mail) -> None:
        place, now = batch.place, self._core.clock.now()
        name = place.fqdn_listname
        if mail.sender.plain and mail.sender.plain not in batch.people:
            batch.people.add(mail.sender.plain)
            batch.records.append(await self._core.person(mail.sender.plain, mail.sender_name or ""))
        batch.records.append(
            records.mail_post(place.list_id, mail, self._archive.mail_url(name, mail.message_id_hash), now)
        )
        for thread, opening in batch.openings.items():
            if opening is mail:
                url = self._archive.thread_url(name, thread)
                batch.records.append(records.mail_thread(place, thread, mail, url, now))

    def _remember(self, batch: _Batch) -> None:
        if len(self._archive.told) > TOLD:
            self._archive.told.clear()
        self._archive.told |= {f"{batch.place.list_id}/{thread}" for thread in batch.openings}

    def _cursor(self) -> Cursor:
        return cursor_of(self._state)


@dataclass
class _Batch:
    """Records being gathered of one list."""

    place: wire.MailingList
    records: list[Record] = plain(default_factory=list)
    people: set[str] = plain(default_factory=set)
    openings: dict[str, Mail] = plain(default_factory=dict)


async def nothing(cursor: Cursor | None) -> AsyncGenerator[Page, None]:
    """Without an archive there are no threads."""
    yield Page((), (), cursor or Cursor("{}"), more=False)
