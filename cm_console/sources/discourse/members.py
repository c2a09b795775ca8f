"""The members feed: staff reads the user list, everybody else the public directory.

Newly joined members come with each sync; names, roles and the like of all others once a week (the directory, which
does not say when somebody joined, once a day). Who joins or leaves the staff is noticed at once.

With the setting `profiles` the lists are asked for mail addresses, which the site writes down as it does for whoever
looks at them, and one request for every fifty members brings their websites.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from itertools import count

from msgspec import Struct, field

from cm_console.model.errors import Gone, Unauthorized
from cm_console.model.source import PAGE_LIMIT, Cursor, Page
from cm_console.model.time import DAY, instant
from cm_console.sources.abreast import abreast
from cm_console.sources.cursors import cursor_of, state_of
from cm_console.sources.discourse import records, wire
from cm_console.sources.discourse.site import CHUNK, Site

ALL_AGAIN = 7 * DAY
DIRECTORY_AGAIN = DAY


class State(Struct):
    """When everybody was last read, the page of a walk under way, the newest member, and who is staff."""

    read_at: int | None = None
    page: int = 0
    newest: int = 0
    newest_ids: list[int] = field(default_factory=list)
    staff: list[int] = field(default_factory=list)


class MembersPull:
    """One pull of the members feed."""

    def __init__(self, site: Site, cursor: Cursor | None, *, profiles: bool = False) -> None:
        self._site, self._profiles = site, profiles
        self._state = state_of(cursor, State)
        self._done = 0

    async def pages(self) -> AsyncGenerator[Page, None]:
        """Yield who is new or changed; the last page may be empty."""
        try:
            staff = await self._site.read("/admin/users/list/staff.json", list[wire.User])
        except (Gone, Unauthorized):
            staff = None
        pages = self._directory() if staff is None else self._users()
        async with aclosing(pages):
            async for users in pages:
                for start in range(0, len(users), PAGE_LIMIT):
                    part = users[start : start + PAGE_LIMIT]
                    yield await self._page(part, await self._websites(part))
        moved = [] if staff is None else await self._moved(staff)
        for start in range(0, len(moved), PAGE_LIMIT):
            yield await self._page(moved[start : start + PAGE_LIMIT])
        yield await self._page([], more=False)

    async def _users(self) -> AsyncGenerator[Sequence[wire.User], None]:
        state, now = self._state, self._site.clock.now()
        if state.read_at is None or state.page or now - state.read_at >= ALL_AGAIN:
            async with aclosing(self._everybody()) as pages:
                async for users in pages:
                    yield users
            state.read_at, state.page = now, 0
        else:
            async with aclosing(self._joined()) as pages:
                async for users in pages:
                    yield users

    async def _moved(self, staff: Sequence[wire.User]) -> list[wire.User]:
        """The staff, and who no longer is of it, if that changed; nothing that would replace what else is known."""
        state, ids = self._state, sorted(user.id for user in staff)
        if ids == state.staff:
            return []
        left, state.staff = [id for id in state.staff if id not in ids], ids
        return [*staff, *[user for id in left if (user := await self._user(id)) is not None]]

    async def _everybody(self) -> AsyncGenerator[list[wire.User], None]:
        """Everyone, in the order of joining, so that who joins meanwhile comes at the end."""
        state = self._state

        async def ask(page: int) -> list[wire.User]:
            return await self._listed({"order": "created", "asc": "true", "page": page}, emails=self._profiles)

        async with aclosing(abreast(ask, count(max(state.page - 1, 0)))) as pages:
            async for page, users in pages:
                if not users:
                    return
                self._note_newest(users)
                state.page = page + 1
                yield users

    async def _joined(self) -> AsyncGenerator[list[wire.User], None]:
        """Who joined since, the newest first."""
        state = self._state
        since, known = state.newest, set(state.newest_ids)
        found: list[wire.User] = []
        for page in count():
            users = await self._listed({"order": "created", "page": page})
            new = [user for user in users if _joined_at(user) >= since and user.id not in known]
            if new and self._profiles:
                again = await self._listed({"order": "created", "page": page}, emails=True)
                told = {user.id: user for user in again}
                new = [told.get(user.id, user) for user in new]
            found += new
            if len(new) < len(users) or not users:
                break
        self._note_newest(found)
        if found:
            yield found

    def _note_newest(self, users: Sequence[wire.User]) -> None:
        state = self._state
        newest = max((_joined_at(user) for user in users), default=0)
        if newest > state.newest:
            state.newest, state.newest_ids = newest, []
        at_it = {user.id for user in users if _joined_at(user) == state.newest}
        state.newest_ids = sorted(at_it | set(state.newest_ids))

    async def _directory(self) -> AsyncGenerator[Sequence[wire.User], None]:
        state, now = self._state, self._site.clock.now()
        if state.read_at is not None and now - state.read_at < DIRECTORY_AGAIN:
            return

        async def ask(page: int) -> wire.Directory:
            query: dict[str, str | int] = {"period": "all", "order": "days_visited", "page": page}
            return await self._site.read("/directory_items.json", wire.Directory, query)

        seen: set[int] = set()
        async with aclosing(abreast(ask, count())) as pages:
            async for _, answer in pages:
                users = [item.user for item in answer.directory_items if item.user.id not in seen]
                if not users:
                    break
                seen.update(user.id for user in users)
                yield users
        state.read_at = now

    async def _listed(self, query: dict[str, str | int], *, emails: bool = False) -> list[wire.User]:
        asked = query | ({"show_emails": "true"} if emails else {})
        return await self._site.read("/admin/users/list/new.json", list[wire.User], asked)

    async def _user(self, id: int) -> wire.User | None:
        try:
            return await self._site.user(str(id))
        except Gone:
            return None

    async def _websites(self, users: Sequence[wire.User]) -> dict[int, str] | None:
        """What members name as theirs in their profiles, by their ids; None if nobody asked for it."""
        if not self._profiles:
            return None
        ids = [str(user.id) for user in users]
        found: dict[int, str] = {}
        async with aclosing(
            abreast(self._site.cards, [ids[n : n + CHUNK] for n in range(0, len(ids), CHUNK)])
        ) as answers:
            async for _, cards in answers:
                found |= {card.id: card.website for card in cards if card.website}
        return found

    async def _page(
        self, users: Sequence[wire.User], websites: Mapping[int, str] | None = None, *, more: bool = True
    ) -> Page:
        place = await self._site.place()
        self._done += len(users)
        made = tuple(records.member(user, place, websites) for user in users)
        return Page(made, (), cursor_of(self._state), more, self._done)


def _joined_at(user: wire.User) -> int:
    return instant(user.created_at) if user.created_at else 0
