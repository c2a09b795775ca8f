"""The reports feed: what members reported to the homeserver, as a Synapse administrator sees it.

A report has no state there: it is on the list until somebody deletes it. So the known ones are kept in the cursor: what
is new is told of with the message it is about, what is no longer listed was decided there. Nothing new costs two
requests.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from functools import partial
from typing import TypeAlias

from msgspec import Struct, field

from cm_console.model.errors import Gone, Unauthorized
from cm_console.model.records import Kind, Record, Ref, Report
from cm_console.model.source import Cursor, Page
from cm_console.model.text import Untrusted
from cm_console.model.time import Instant
from cm_console.sources.abreast import abreast
from cm_console.sources.cursors import cursor_of, state_of
from cm_console.sources.matrix import records, wire
from cm_console.sources.matrix.pages import paged
from cm_console.sources.matrix.reading import Reader
from cm_console.sources.matrix.rooms import Room
from cm_console.sources.matrix.server import ADMIN, Server

ON_EVENTS, ON_USERS = "event", "user"
AT_ONCE = 50
"""Reports that are read with their messages before a page is told."""
LIST = 100

Listed: TypeAlias = wire.EventReport | wire.UserReport


class State(Struct):
    """The ids of the reports that are known and open."""

    known: list[str] = field(default_factory=list)
    part: int = 0


class ReportsPull:
    """One pull of the reports feed."""

    def __init__(self, server: Server, cursor: Cursor | None) -> None:
        self._server, self._reader = server, Reader(server)
        self._known = state_of(cursor, State).known

    async def pages(self) -> AsyncGenerator[Page, None]:
        """Yield new reports, oldest first, then what is gone; nothing to those who are no administrators."""
        try:
            new, vanished = await self._listed(ON_EVENTS)
        except (Gone, Unauthorized) as error:
            if error.status == 401:
                raise
            note = f"reports are not seen any more: {error}" if self._known else ""
            yield Page((), (), _cursor(self._known), more=False, note=note)
            return
        try:
            more, less = await self._listed(ON_USERS)
        except Unauthorized:
            more, less = {}, []  # Synapse before 1.123 keeps no list of them
        new, vanished = new | more, vanished + less
        order = sorted(new, key=lambda id: (new[id].received_ts, id))
        for start in range(0, len(order), AT_ONCE):
            ids = order[start : start + AT_ONCE]
            made: list[Record] = []
            async with aclosing(abreast(lambda id: self._told(id, new[id]), ids)) as answers:
                async for _, found in answers:
                    made += found
            before, self._known = self._known, self._known + ids
            for page in paged(made, (), partial(_cursor, before), _cursor(self._known), done=start, total=len(order)):
                yield page
        before, self._known = self._known, [id for id in self._known if id not in set(vanished)]
        gone = [Ref(Kind.REPORT, id) for id in vanished]
        if gone:
            for page in paged(
                (), gone, partial(_cursor, before), _cursor(self._known), done=len(order), total=len(order)
            ):
                yield page
        yield Page((), (), _cursor(self._known), more=False, done=len(order), total=len(order))

    async def _listed(self, what: str) -> tuple[dict[str, Listed], list[str]]:
        """The new ones of a list and what is no longer on it; the whole list is read only if something is missing."""
        known = {id for id in self._known if id.startswith(what)}
        found: dict[str, Listed] = {}
        start: int | None = 0
        while start is not None:
            reports, total, start = await self._page(what, start)
            found |= {f"{what}-{report.id}": report for report in reports}
            fresh = found.keys() - known
            if fresh != found.keys() and len(known) + len(fresh) == total:
                return {id: found[id] for id in fresh}, []
        return {id: found[id] for id in found.keys() - known}, sorted(known - found.keys())

    async def _page(self, what: str, start: int) -> tuple[Sequence[Listed], int, int | None]:
        query: dict[str, str | int] = {"dir": "b", "from": start, "limit": LIST}
        if what == ON_EVENTS:
            events = await self._server.read(f"{ADMIN}/event_reports", wire.EventReports, query)
            return events.event_reports, events.total, events.next_token
        users = await self._server.read(f"{ADMIN}/user_reports", wire.UserReports, query)
        return users.user_reports, users.total, users.next_token

    async def _told(self, id: str, listed: Listed) -> list[Record]:
        """A report with the message it is about, which may be old or stand in a room we are not in."""
        if isinstance(listed, wire.UserReport):
            return [report(id, listed)]
        try:
            full = await self._server.read(f"{ADMIN}/event_reports/{listed.id}", wire.EventReport)
        except Gone:
            return []
        about: list[Record] = []
        event = full.event_json
        if event is not None:
            event.event_id, event.room_id = full.event_id, full.room_id
            there = await self._server.event_if_there(full.room_id, full.event_id)
            about = await self._reader.one(await self._room(full), there or event)
        return [*about, report(id, full)]

    async def _room(self, full: wire.EventReport) -> Room:
        known = (await self._server.overview()).rooms.get(full.room_id)
        return known or Room(full.room_id, full.name or full.canonical_alias or full.room_id)


def report(id: str, told: Listed, closed_at: Instant | None = None, *, agreed: bool | None = None) -> Report:
    """A report as a record; Matrix knows no kinds of them, only words."""
    if isinstance(told, wire.UserReport):
        target = Ref(Kind.MEMBER, told.target_user_id)
    else:
        target = Ref(Kind.POST, records.id_of(told.room_id, told.event_id))
    at, reason = Instant(max(told.received_ts, 0)), Untrusted(told.reason or "")
    return Report(id, target, told.user_id, "reported", at, reason, closed_at=closed_at, agreed=agreed)


def _cursor(known: list[str], part: int = 0) -> Cursor:
    return cursor_of(State(known, part))
