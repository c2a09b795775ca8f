"""The members feed: who runs each repository, that is to whom issues may be assigned; everyone else comes with threads.

GitHub has no list of a repository's community and no date of joining: people appear once they write something. The
list is compared by its ETag (free when nothing changed), and read whole at most once a day where it has several pages.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator

import msgspec
from msgspec import Struct, field

from cm_console.model.errors import Gone, Unauthorized
from cm_console.model.records import Member
from cm_console.model.source import PAGE_LIMIT, Cursor, Page
from cm_console.model.time import DAY
from cm_console.sources.cursors import cursor_of, state_of
from cm_console.sources.github import records, wire
from cm_console.sources.github.lists import following
from cm_console.sources.github.site import PER_PAGE, Repo, Site


class TeamState(Struct):
    """A repository's team: their ids, how the list was marked, when it was read, and in how many pages."""

    etag: str = ""
    ids: list[int] = field(default_factory=list)
    read_at: int = 0
    pages: int = 1


class State(Struct):
    """What is known of each team, by repository; `part` only makes each page's cursor differ from the one before."""

    teams: dict[str, TeamState] = field(default_factory=dict)
    part: int = 0


class MembersPull:
    """One pull of the members feed."""

    def __init__(self, site: Site, cursor: Cursor | None) -> None:
        self._site = site
        state = state_of(cursor, State)
        self._teams, self._part = state.teams, state.part
        self._done = 0

    async def pages(self) -> AsyncGenerator[Page, None]:
        """Yield who joined or left a team; the last page may be empty."""
        before = self._place()
        for repo in await self._site.repos():
            found = await self._changed(repo)
            for start in range(0, len(found), PAGE_LIMIT):
                part = tuple(found[start : start + PAGE_LIMIT])
                self._done += len(part)
                self._part += 1
                place = self._place() if start + PAGE_LIMIT >= len(found) else before
                yield Page(part, (), _cursor(place, self._part), True, self._done)
            before = self._place()
        yield Page((), (), _cursor(before, 0), False, self._done)

    async def _changed(self, repo: Repo) -> list[Member]:
        state = self._teams.setdefault(str(repo.id), TeamState())
        users = await self._team(repo, state)
        if users is None:
            repo.team = frozenset(state.ids)
            return []
        repo.team = frozenset(user.id for user in users)
        left = [id for id in state.ids if id not in repo.team]
        state.ids = sorted(repo.team)
        made = [records.member(user, "", repo) for user in users]
        made += [records.member(await self._user(id), "", repo) for id in left if not await self._elsewhere(id)]
        return [member for member in made if member is not None]

    async def _team(self, repo: Repo, state: TeamState) -> list[wire.User] | None:
        """Everyone in the team; None if that is as it was, or may not be known."""
        path, now = f"{repo.path}/assignees", self._site.clock.now()
        fresh = state.etag if state.pages == 1 or now - state.read_at < DAY else ""
        try:
            answer = await self._site.get(path, {"per_page": PER_PAGE}, etag=fresh)
            if answer.status == 304:
                return None
            users, etag, pages = answer.decode(list[wire.User]), answer.headers.get("etag", ""), 1
            while place := following(answer):
                answer = await self._site.get(path, {"per_page": PER_PAGE, **place})
                users += answer.decode(list[wire.User])
                pages += 1
        except (Gone, Unauthorized) as error:
            if error.status == 401:
                raise
            return None
        state.etag, state.pages, state.read_at = etag, pages, now
        return users

    async def _elsewhere(self, id: int) -> bool:
        """In the team of another of our repositories?"""
        return any(id in (repo.team or ()) for repo in await self._site.repos())

    async def _user(self, id: int) -> wire.User | None:
        try:
            return await self._site.read(f"/user/{id}", wire.User)
        except Gone:
            return None

    def _place(self) -> msgspec.Raw:
        return msgspec.Raw(msgspec.json.encode(self._teams))


def _cursor(teams: msgspec.Raw, part: int) -> Cursor:
    return cursor_of({"teams": teams, "part": part})
