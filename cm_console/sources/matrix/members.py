"""The members feed: everybody who is in one of our rooms, then who joins or takes another name.

Matrix has no list of a community's people, only of rooms. `joined_at` is the first time somebody came to one of our
rooms, None where the server no longer shows it. Leaving a room is no deletion.
Whoever may ban in a room of the community is staff; a private talk makes nobody staff, though both have power there.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterable, Sequence
from contextlib import aclosing
from dataclasses import dataclass

from msgspec import Struct

from cm_console.model.errors import Gone, Malformed
from cm_console.model.records import Member
from cm_console.model.source import Cursor, Page
from cm_console.model.text import Untrusted
from cm_console.model.time import Instant
from cm_console.sources.abreast import abreast
from cm_console.sources.cursors import cursor_of, state_of
from cm_console.sources.matrix import events, wire
from cm_console.sources.matrix.pages import paged
from cm_console.sources.matrix.rooms import Room, sync_filter
from cm_console.sources.matrix.server import Server, escaped, in_room
from cm_console.sources.matrix.wire import Event

TYPES = ("m.room.member", "m.room.create", "m.room.power_levels")
LOOKED = 50
"""Most rooms in which is looked whether a newcomer of one room is an old member of another."""
STEPS, LOOKS = 8, 1_000
"""Most names back for one member, and most requests for such in one pull; who came is then not known."""


class State(Struct):
    """Everything before `since` is known."""

    since: str = ""
    part: int = 0


@dataclass(frozen=True, slots=True)
class Known:
    """What rooms tell of a member: the name they use, and when they came, None if it no longer shows."""

    name: str
    joined_at: Instant | None


class MembersPull:
    """One pull of the members feed."""

    def __init__(self, server: Server, cursor: Cursor | None) -> None:
        self._server = server
        self._state = state_of(cursor, State)
        self._found: dict[str, Known] = {}
        self._looks = 0

    async def pages(self) -> AsyncGenerator[Page, None]:
        """Yield members, then an empty page."""
        before = self._state
        self._state = await self._everybody() if not before.since else await self._newcomers()
        made = await self._records()

        def within(part: int) -> Cursor:
            return _cursor(State(before.since, part))

        if made:
            for page in paged(made, (), within, _cursor(self._state), total=len(made)):
                yield page
        yield Page((), (), _cursor(self._state), more=False, done=len(made), total=len(made))

    async def _everybody(self) -> State:
        self._server.forget()
        view = await self._server.overview()
        async with aclosing(abreast(self._members_of, view.rooms)) as answers:
            async for room, found in answers:
                self._note(await self._dated(room, found))
        return State(view.since)

    async def _newcomers(self) -> State:
        only = sync_filter(timeline=TYPES, limit=100, state=TYPES)
        answer = await self._server.sync(only, self._state.since)
        came: list[tuple[str, Event]] = []
        for id, joined in answer.rooms.join.items():
            told = [*joined.state.events, *joined.timeline.events]
            if any(event.type != "m.room.member" for event in told):
                self._server.forget()
                self._note(await self._dated(id, await self._members_of(id)))
            came += [(id, event) for event in told if event.type == "m.room.member"]
        for room, event in came:
            self._note(await self._dated(room, [event]))
            await self._look_elsewhere(room, event)
        return State(answer.next_batch)

    async def _members_of(self, room: str) -> list[Event]:
        """Who is in a room; of one with too many, names without times."""
        try:
            query = {"membership": "join"}
            return (await self._server.read(f"{in_room(room)}/members", wire.Members, query)).chunk
        except Gone:
            return []
        except Malformed:
            joined = (await self._server.read(f"{in_room(room)}/joined_members", wire.JoinedMembers)).joined
            return [_joined(user, profile.display_name) for user, profile in joined.items()]

    def _note(self, found: Iterable[tuple[Event, Instant | None]]) -> None:
        for event, at in found:
            user, content = event.state_key or "", events.said(event)
            if content.get("membership") != "join" or not user.startswith("@"):
                continue
            name = content.get("displayname")
            known = self._found.get(user)
            if known is not None and known.joined_at is not None:
                at = known.joined_at if at is None else min(at, known.joined_at)
            self._found[user] = Known(name if isinstance(name, str) else "", at)

    async def _dated(self, room: str, found: Sequence[Event]) -> list[tuple[Event, Instant | None]]:
        """Each with the time of its joining: before a new name or picture there was an older event."""
        made = []
        async with aclosing(abreast(lambda event: self._came(room, event), found)) as answers:
            async for event, at in answers:
                made.append((event, at))
        return made

    async def _came(self, room: str, event: Event) -> Instant | None:
        """When a member came: back from event to event while they were there; None if that is too far or not shown."""
        if not event.event_id:
            return None
        at: Instant | None = events.at(event)
        for _ in range(STEPS):
            told = events.unsigned(event)
            before, id = told.get("prev_content"), told.get("replaces_state")
            if isinstance(before, dict) and before.get("membership") != "join":
                return at
            if not isinstance(id, str):
                return at if before is None else None
            if self._looks >= LOOKS:
                return None
            self._looks += 1
            older = await self._server.event_if_there(room, id)
            if older is None:
                return None
            if events.said(older).get("membership") != "join":
                return at
            event, at = older, events.at(older)
        return None

    async def _look_elsewhere(self, room: str, event: Event) -> None:
        """Who comes to one room may have been in another for years: then they did not join now."""
        rooms = [id for id in (await self._server.overview()).rooms if id != room]
        user = event.state_key or ""
        if user not in self._found or len(rooms) > LOOKED:
            return
        async with aclosing(abreast(lambda id: self._there(id, user), rooms)) as answers:
            async for other, found in answers:
                self._note(await self._dated(other, found))

    async def _there(self, room: str, user: str) -> list[Event]:
        try:
            path = f"{in_room(room)}/state/m.room.member/{escaped(user)}"
            return [await self._server.read(path, wire.Event, {"format": "event"})]
        except Gone:
            return []

    async def _records(self) -> list[Member]:
        if not self._found:
            return []
        places = (await self._server.overview()).places
        return [_member(user, known, places) for user, known in sorted(self._found.items())]


def _member(user: str, known: Known, places: Iterable[Room]) -> Member:
    staff = any(room.power.may(user, "ban") for room in places)
    handle, url = Untrusted(user[1:]), f"https://matrix.to/#/{escaped(user)}"
    return Member(user, handle, Untrusted(known.name), known.joined_at, staff=staff, url=url)


def _joined(user: str, name: str | None) -> Event:
    return Event("m.room.member", state_key=user, content={"membership": "join", "displayname": name})


def _cursor(state: State) -> Cursor:
    return cursor_of(state)
