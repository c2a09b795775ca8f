"""The reports feed: messages that are held, and those who wait for a moderator's word to join or to leave a list.

Mailman shows only what waits, so what waits no longer is told as withdrawn: how it ended nobody can know. The queue is
read whole when its size or its ends changed; a colleague's decision on one page moves the next, so each one that seems
to have gone is asked for by its number first.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from itertools import count

from msgspec import Struct, field

from cm_console.model.errors import Refused, SourceError
from cm_console.model.records import Kind, Record, Ref
from cm_console.model.source import Cursor, Page
from cm_console.sources.abreast import abreast
from cm_console.sources.cursors import cursor_of, state_of
from cm_console.sources.mail.headers import head_of
from cm_console.sources.mailman import ids, records, wire
from cm_console.sources.mailman.archive import Archive
from cm_console.sources.mailman.core import HELD_PER_PAGE, Core
from cm_console.sources.mailman.ids import Pending, pending
from cm_console.sources.mailman.paging import paged
from cm_console.sources.mailman.wire_archive import Mail, last_part

ANCESTORS = 3
"""How many of the mails that a held one answers are looked for in the archive."""


class State(Struct):
    """The ids of what waits."""

    waiting: list[str] = field(default_factory=list)


class ReportsPull:
    """One pull of the reports feed."""

    def __init__(self, core: Core, archive: Archive | None, cursor: Cursor | None) -> None:
        self._core, self._archive = core, archive
        self._waiting = dict.fromkeys(state_of(cursor, State).waiting)
        self._done = self._unread = 0

    async def pages(self) -> AsyncGenerator[Page, None]:
        """Yield what is new and what waits no longer; the last page is empty."""
        seen: set[str] = set()
        for one in await self._core.lists():
            for part in (self._held, self._requests):
                async with aclosing(part(one, seen)) as pages:
                    async for page in pages:
                        yield page
        ended: list[Ref] = []
        before = self._cursor()
        for id in [id for id in self._waiting if id not in seen]:
            waiting = pending(id)
            if waiting is None or not await self._core.still_waits(waiting):
                del self._waiting[id]
                ended += [Ref(kind, id) for kind in (Kind.REPORT, Kind.POST, Kind.THREAD)]
        for page in paged((), ended, before, self._cursor(), done=self._done) if ended else ():
            yield page
        note = f"{self._unread} held messages are too big to be read here: see Mailman's own pages"
        yield Page((), (), self._cursor(), more=False, done=self._done, note=note if self._unread else "")

    async def _held(self, one: wire.MailingList, seen: set[str]) -> AsyncGenerator[Page, None]:
        known = [id for id in self._waiting if id.startswith(f"{ids.HELD}:{one.list_id}/")]
        place = one.list_id
        for number in count(1):
            total, held, unread = await self._core.held(place, number)
            self._unread += unread
            seen |= {str(records.held_id(place, message)) for message in held}
            new = [message for message in held if str(records.held_id(place, message)) not in self._waiting]
            for page in await self._brought(one, new) if new else ():
                yield page
            if number * HELD_PER_PAGE >= total:
                return
            if number == 1 and total == len(known) and not new:
                _, tail, _ = await self._core.held(place, -(-total // HELD_PER_PAGE))
                if {str(records.held_id(place, message)) for message in tail} <= set(known):
                    seen |= set(known)
                    return

    async def _brought(self, one: wire.MailingList, new: Sequence[wire.Held]) -> list[Page]:
        """Held messages that are new, with their authors and threads."""
        found: list[Record] = []
        before = self._cursor()
        async with aclosing(abreast(lambda held: self._records(one, held), new)) as answers:
            async for held, made in answers:
                found += made
                self._waiting[str(records.held_id(one.list_id, held))] = None
        self._done += len(found)
        return list(paged(found, (), before, self._cursor(), done=self._done))

    async def _records(self, one: wire.MailingList, held: wire.Held) -> list[Record]:
        head = head_of(records.data_of(held))
        author = records.author_of(held, head)
        made: list[Record] = [await self._core.person(author, head.author.name)] if author else []
        answered = await self._answered(one, head.parents)
        if answered is None:
            thread = records.held_thread(one, held)
            made += [thread, records.held_post(one.list_id, held, thread.id)]
        else:
            made.append(records.held_post(one.list_id, held, answered[0], reply_to=answered[1]))
        return [*made, records.held_report(one.list_id, held)]

    async def _answered(self, one: wire.MailingList, parents: Sequence[str]) -> tuple[str, str] | None:
        """Thread and mail in the archive that a held message answers."""
        for parent in parents[::-1][:ANCESTORS] if self._archive else ():
            mail = await self._archived(one.fqdn_listname, ids.hash_of(parent))
            if mail is not None:
                return ids.mail(one.list_id, last_part(mail.thread)), ids.mail(one.list_id, mail.message_id_hash)
        return None

    async def _archived(self, place: str, hash: str) -> Mail | None:
        """A mail in the archive; what is held is more urgent than an archive that does not answer."""
        try:
            return await self._archive.mail_if_there(place, hash) if self._archive else None
        except SourceError:
            return None

    async def _requests(self, one: wire.MailingList, seen: set[str]) -> AsyncGenerator[Page, None]:
        for kind in (ids.JOINING, ids.LEAVING):
            before, found, now = self._cursor(), list[Record](), self._core.clock.now()
            try:
                async with aclosing(self._core.requests(one.list_id, kind)) as requests:
                    async for request in requests:
                        waiting = Pending(kind, one.list_id, request.token)
                        seen.add(str(waiting))
                        if str(waiting) not in self._waiting:
                            found.append(await self._core.person(request.email, request.display_name or ""))
                            found.append(records.request_report(waiting, request, now))
                            self._waiting[str(waiting)] = None
            except Refused:
                if kind == ids.JOINING:
                    raise  # older servers know nobody who waits to leave
            self._done += len(found)
            for page in paged(found, (), before, self._cursor(), done=self._done) if found else ():
                yield page

    def _cursor(self) -> Cursor:
        return cursor_of(State(list(self._waiting)))
