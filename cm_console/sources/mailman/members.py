"""The members feed: who is on our lists, from the rosters; owners and moderators are staff.

Rosters tell neither changes nor when somebody joined. So a roster is read when its number of members changed, else
once a day, and "joined" is when the server first heard of the address, which may have been with a mail. Whoever leaves
stays known here: Mailman shows nobody who left.
"""

from __future__ import annotations

from base64 import b32encode
from collections.abc import AsyncGenerator
from contextlib import aclosing
from hashlib import blake2b

from msgspec import Struct, field

from cm_console.model.records import Member
from cm_console.model.source import Cursor, Page
from cm_console.model.time import DAY
from cm_console.sources.abreast import abreast
from cm_console.sources.cursors import cursor_of, state_of
from cm_console.sources.mailman import wire
from cm_console.sources.mailman.core import PER_PAGE, Core
from cm_console.sources.mailman.paging import paged

MARK = 8
"""Letters that stand for one person and how they looked; a million people differ."""


class Line(Struct):
    """One list: members and time of the last whole reading; the page to go on with, and how many there were then."""

    count: int = -1
    read_at: int = 0
    page: int = 0
    total: int = 0


class State(Struct):
    """All lists, and the marks of those who were told, one after the other."""

    lists: dict[str, Line] = field(default_factory=dict)
    told: str = ""


class MembersPull:
    """One pull of the members feed."""

    def __init__(self, core: Core, cursor: Cursor | None) -> None:
        self._core = core
        self._state = state_of(cursor, State)
        told = self._state.told
        self._told = {told[start : start + MARK] for start in range(0, len(told), MARK)}
        self._done = 0
        self._total: int | None = None

    async def pages(self) -> AsyncGenerator[Page, None]:
        """Yield who is new or looks different; the last page is empty."""
        self._core.forget_people()
        lists, now = await self._core.lists(), self._core.clock.now()
        self._total = sum(one.member_count for one in lists)
        for one in lists:
            line = self._state.lists.setdefault(one.list_id, Line())
            if not line.page and line.count == one.member_count and now - line.read_at < DAY:
                self._done += one.member_count
                continue
            async with aclosing(self._roster(one, line)) as pages:
                async for page in pages:
                    yield page
        yield Page((), (), self._cursor(), more=False, done=self._done, total=self._total)

    async def _roster(self, one: wire.MailingList, line: Line) -> AsyncGenerator[Page, None]:
        """A roster page by page, by address. If its size changes meanwhile, somebody may have slipped through."""
        if not line.page:
            line.page, line.total = 1, one.member_count
        while line.page:
            before = self._cursor()
            found = await self._core.roster(one.list_id, "member", line.page)
            addresses = [entry.email.lower() for entry in found.entries]
            names = {entry.email.lower(): entry.display_name for entry in found.entries}
            if line.page == 1:
                addresses += sorted(await self._core.staff() - set(addresses))
            new = await self._new(addresses, names)
            self._done += len(found.entries)
            if line.page * PER_PAGE >= found.total_size:
                line.count, line.read_at, line.page = line.total, self._core.clock.now(), 0
            else:
                line.page, line.total = line.page + 1, line.total if found.total_size == line.total else -1
            for page in paged(new, (), before, self._cursor(), done=self._done, total=self._total):
                yield page

    async def _new(self, addresses: list[str], names: dict[str, str]) -> list[Member]:
        """Those who were not told yet, or not as they look now."""
        staff = await self._core.staff()
        marks = {address: _mark(address, names.get(address, ""), address in staff) for address in addresses}
        wanted = [address for address in addresses if marks[address] not in self._told]
        found: list[Member] = []
        async with aclosing(abreast(lambda one: self._core.person(one, names.get(one, "")), wanted)) as people:
            async for address, member in people:
                found.append(member)
                self._told.add(marks[address])
        return found

    def _cursor(self) -> Cursor:
        self._state.told = "".join(sorted(self._told))
        return cursor_of(self._state)


def _mark(address: str, name: str, staff: bool) -> str:
    look = f"{address}\0{name}\0{staff}".encode("utf-8", "replace")
    return b32encode(blake2b(look, digest_size=MARK * 5 // 8).digest()).decode("ascii")
