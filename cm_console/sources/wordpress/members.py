"""The members feed: accounts, newest first; who joined since with each sync, everybody once a week.

Names, roles and the like of those who were there before are noticed once a week. Without the right to list users, the
authors that everybody can see, with each sync.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from functools import partial

import msgspec
from msgspec import Struct

from cm_console.model.source import Cursor, Page
from cm_console.model.time import DAY
from cm_console.sources.cursors import cursor_of, state_of
from cm_console.sources.http_bodies import Query
from cm_console.sources.wordpress import records, wire
from cm_console.sources.wordpress.packing import Packer, Unit
from cm_console.sources.wordpress.site import Listed, Site
from cm_console.sources.wordpress.walking import Place, walk

ALL_AGAIN = 7 * DAY
AT_A_TIME = 100


class State(Struct):
    """The highest id that is in, a walk through everybody under way, when that last ended, who was an author."""

    top: int = 0
    walk: Place | None = None
    walk_top: int = 0
    read_at: int | None = None
    authors: str = ""


class MembersPull:
    """One pull of the members feed."""

    def __init__(self, site: Site, cursor: Cursor | None) -> None:
        self._site = site
        self._state = state_of(cursor, State)
        self._packer = Packer(lambda: cursor_of(self._state))

    async def pages(self) -> AsyncGenerator[Page, None]:
        """Yield who is new or changed; the last page may be empty."""
        rights = await self._site.know_authors()
        async with aclosing(self._users() if rights.lists_users else self._authors()) as units:
            async for unit in units:
                for page in self._packer.add(unit):
                    yield page
        yield self._packer.last()

    async def _users(self) -> AsyncGenerator[Unit, None]:
        state, now = self._state, self._site.clock.now()
        if state.walk is None and (state.read_at is None or now - state.read_at >= ALL_AGAIN):
            state.walk, state.walk_top = Place(), 0
        if state.walk is None:
            async with aclosing(self._joined()) as units:
                async for unit in units:
                    yield unit
            return
        place = state.walk
        async with aclosing(walk(self._ask, place, AT_A_TIME)) as parts:
            async for part in parts:
                self._packer.total = place.total
                state.walk_top = max([state.walk_top, *(user.id for user in part)])
                for user in part:
                    yield Unit((records.member(user, self._site),), mark=partial(setattr, place, "low", user.id))
        state.walk, state.read_at, state.top = None, now, max(state.top, state.walk_top)
        state.walk_top = 0

    async def _joined(self) -> AsyncGenerator[Unit, None]:
        """Those above the highest id known."""
        state = self._state
        top = new_top = state.top
        place = Place(total=1)
        async with aclosing(walk(self._ask, place, AT_A_TIME)) as parts:
            async for part in parts:
                new = [user for user in part if user.id > top]
                for user in new:
                    new_top = max(new_top, user.id)
                    yield Unit((records.member(user, self._site),), mark=partial(setattr, state, "walk_top", user.id))
                if len(new) < len(part):
                    break
        state.top, state.walk_top = new_top, 0

    async def _authors(self) -> AsyncGenerator[Unit, None]:
        found = [records.member(user, self._site, staff=True) for user in (self._site.authors or {}).values()]
        look = msgspec.json.encode([[member.id, str(member.handle), str(member.name)] for member in found]).decode()
        if look != self._state.authors:
            for member in found:
                yield Unit((member,), mark=partial(setattr, self._state, "walk_top", int(member.id)))
        self._state.authors, self._state.read_at = look, None

    async def _ask(self, offset: int) -> Listed[wire.User]:
        query: Query = {"context": "edit", "orderby": "id", "order": "desc", "per_page": AT_A_TIME, "offset": offset}
        return await self._site.listed("/users", wire.User, {**query, "_fields": wire.USER})
