"""The reports feed: reports for the moderators, open and closed, and sign-ups that wait for a yes.

The open ones are read each time, those that have gone from them once more for how they ended; closed ones that were
never seen open come by `min_id`. When nothing is new that is three requests. Reported statuses come with the reports;
their thread has no author as far as this feed tells, so that a stranger's spam is no question to us.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import replace

from msgspec import Struct, field

from cm_console.model.errors import Gone, Unauthorized
from cm_console.model.records import Kind, Record, Ref
from cm_console.model.source import Cursor, Page
from cm_console.model.time import DAY, Instant, instant
from cm_console.sources.cursors import cursor_of, state_of
from cm_console.sources.mastodon import records, wire, wire_admin
from cm_console.sources.mastodon.flavours import lacks
from cm_console.sources.mastodon.lists import Line, Listing, Look
from cm_console.sources.mastodon.paging import paged
from cm_console.sources.mastodon.server import Server

FEED = "reports"
LIMIT = 100
PAGES = 50
"""Most pages of open reports that are read in one pull."""


class State(Struct):
    """The closed reports as a list; the open ones with how they looked, the sign-ups; what of it ever worked."""

    closed: Line = field(default_factory=Line)
    open: dict[str, str] = field(default_factory=dict)
    waiting: list[str] = field(default_factory=list)
    worked: list[str] = field(default_factory=list)


class ReportsPull:
    """One pull of the reports feed."""

    def __init__(self, server: Server, cursor: Cursor | None, history: int) -> None:
        self._server = server
        self._state = state_of(cursor, State)
        self._oldest = Instant(server.clock.now() - history * DAY if history else -DAY)
        self._notes: list[str] = []
        self._done = 0

    async def pages(self) -> AsyncGenerator[Page, None]:
        """Yield what is new or changed; without the right nothing, so that other feeds are not stopped."""
        state = self._state
        parts = {"open": self._open, "closed": self._closed, "sign-ups": self._sign_ups}
        for name, part in parts.items() if await self._offered() else ():
            try:
                async with aclosing(part()) as pages:
                    async for page in pages:
                        yield page
                state.worked = sorted({*state.worked, name})
            except (Gone, Unauthorized) as error:
                if error.status == 401:
                    raise
                if name in state.worked:
                    self._notes.append(str(error))
        note = f"not all reports are seen: {'; '.join(dict.fromkeys(self._notes))}" if self._notes else ""
        yield Page((), (), self._place(), more=False, done=self._done, note=note)

    async def _offered(self) -> bool:
        return not lacks((await self._server.facts()).flavour, FEED)

    async def _open(self) -> AsyncGenerator[Page, None]:
        """The open ones, newest first, and the end of those that are no longer open."""
        state, now = self._state, dict[str, str]()
        bounds: dict[str, str] = {}
        for _ in range(PAGES):
            query: dict[str, str | int] = {"resolved": "false", "limit": LIMIT, **bounds}
            found = await self._server.read("/api/v1/admin/reports", list[wire_admin.AdminReport], query)
            fresh = [report for report in found if state.open.get(report.id) != _look(report)]
            now |= {report.id: _look(report) for report in found if not report.action_taken}
            for report in fresh:
                for page in await self._brought(report):
                    yield page
            if len(found) < LIMIT:
                break
            bounds = {"max_id": found[-1].id}
        for id in [id for id in state.open if id not in now]:
            try:
                ended = await self._server.report(id)
            except Gone:
                before = self._place()
                for page in self._paged([], [Ref(Kind.REPORT, one) for one in _ids(id, state.open.pop(id))], before):
                    yield page
                continue
            for page in await self._brought(ended):
                yield page

    async def _closed(self) -> AsyncGenerator[Page, None]:
        """Closed ones: the past once, later those that were raised and closed between two pulls."""
        line = self._state.closed
        listing = Listing(
            self._server,
            line,
            "/api/v1/admin/reports",
            wire_admin.AdminReport,
            lambda report: Look(report.id, "", instant(report.created_at)),
            query={"resolved": "true"},
            limit=LIMIT,
            oldest=self._oldest,
            climbs=True,
        )
        async with aclosing(listing.news()) as batches:
            async for found in batches:
                for report in found:
                    for page in await self._brought(report):
                        yield page

    async def _sign_ups(self) -> AsyncGenerator[Page, None]:
        """Accounts that wait; of one that does not any more, how it ended."""
        state = self._state
        query: dict[str, str | int] = {"origin": "local", "status": "pending", "limit": LIMIT}
        accounts = await self._server.read("/api/v2/admin/accounts", list[wire_admin.AdminAccount], query)
        pending = [account for account in accounts if account.approved is False]
        now, before = [account.id for account in pending], self._place()
        found: list[Record] = []
        for account in pending:
            if account.id not in state.waiting:
                found += [records.member(account.account), records.sign_up(account)]
        gone: list[Ref] = []
        for id in [id for id in state.waiting if id not in now] if len(accounts) < LIMIT else ():
            try:
                found.append(records.sign_up(await self._server.account(id), closed_at=self._server.clock.now()))
            except Gone:
                gone += [Ref(Kind.REPORT, f"{records.SIGN_UP}{id}"), Ref(Kind.MEMBER, id)]
        state.waiting = now if len(accounts) < LIMIT else [*dict.fromkeys([*now, *state.waiting])]
        for page in self._paged(found, gone, before):
            yield page

    async def _brought(self, report: wire_admin.AdminReport) -> list[Page]:
        """A report with who and what it is about; the state is moved on with its last page."""
        state, before = self._state, self._place()
        made = records.reports(report)
        accounts = [report.target_account, *([report.account] if report.account else [])]
        found: list[Record] = [records.member(account.account) for account in accounts]
        me = (await self._server.me()).id
        for status in report.statuses or ():
            found += await self._reported(status, me)
        known = _ids(report.id, state.open.get(report.id, ""))
        gone = [Ref(Kind.REPORT, id) for id in known if id not in {one.id for one in made}]
        if report.action_taken:
            state.open.pop(report.id, None)
        else:
            state.open[report.id] = _look(report)
        return self._paged([*found, *made], gone, before)

    async def _reported(self, status: wire.Status, me: str) -> list[Record]:
        """A reported status, and what it answers."""
        above: list[wire.Status] = []
        if status.in_reply_to_id is not None:
            try:
                above = (await self._server.context(status.id)).ancestors
            except (Gone, Unauthorized):
                above = []
        branch = [*above, status]
        thread = replace(records.thread(branch[0], branch[0].id), author=None)
        posts = [records.post(one, thread.id, me) for one in branch]
        return [*(records.member(one.account) for one in branch), thread, *posts]

    def _paged(self, found: Sequence[Record], gone: Sequence[Ref], before: Cursor) -> list[Page]:
        pages = list(paged(found, gone, before, self._place(), done=self._done))
        self._done += len(found)
        return pages

    def _place(self) -> Cursor:
        return cursor_of(self._state)


def _look(report: wire_admin.AdminReport) -> str:
    """When it last changed, and which statuses it is about: a deleted one is dropped by the server."""
    return " ".join([records.report_version(report), *(status.id for status in report.statuses or ())])


def _ids(report: str, look: str) -> list[str]:
    """The ids of the records made of a report, from how it looked; none if it was never seen."""
    _, *statuses = look.split(" ")
    return ([f"{report}-{status}" for status in statuses] or [report]) if look else []
