"""A homeserver seen through one token: requests, who we are, our rooms, single events; what our answers mean."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import count
from typing import TypeVar
from urllib.parse import quote

from cm_console.model.errors import Gone, Malformed, Refused, SourceError, Unauthorized
from cm_console.model.settings import Secret
from cm_console.model.text import clean_line
from cm_console.model.time import Clock
from cm_console.sources.http import Gateway
from cm_console.sources.http_answers import Answer
from cm_console.sources.http_bodies import Query
from cm_console.sources.matrix import wire
from cm_console.sources.matrix.rooms import STATE, Overview, Room, made_for, overview, sync_filter

T = TypeVar("T")
CLIENT = "/_matrix/client/v3"
ADMIN = "/_synapse/admin/v1"
DELAYED = "/_matrix/client/unstable/org.matrix.msc4140/delayed_events"
ADMIN_RIGHT = "server administrator on Synapse, /_synapse/admin reachable"
DEADLINE = 60.0
"""Seconds for one answer: the first /sync of a large account takes long."""


class Server:
    """Reads and writes as one account on one device; what it learns of rooms it keeps until it hears of a change."""

    def __init__(self, url: str, token: Secret, rooms: str, clock: Clock) -> None:
        self.clock = clock
        named = url.strip().rpartition(":")[2] if url.strip().startswith("@") else url.strip()  # @team:example.org
        address = (named if "://" in named else f"https://{named}").rstrip("/").removesuffix("/_matrix")
        bearer = Secret(f"Bearer {token.reveal().strip()}" if token.reveal().strip() else "")
        self.gate = Gateway(address, clock=clock, headers={"Authorization": bearer}, judge=_judge, deadline=DEADLINE)
        self._wanted = [name.strip() for name in rooms.split(",") if name.strip()]
        self._chosen: frozenset[str] | None = None
        self._me, self._asked = "", count()
        self._overview: Overview | None = None

    async def read(self, path: str, kind: type[T], query: Query | None = None) -> T:
        """GET a path as a typed struct."""
        return (await self.gate.get(path, query)).decode(kind)

    async def me(self) -> str:
        """Our own user id; Unauthorized if the token is worth nothing."""
        if not self._me:
            self._me = (await self.read(f"{CLIENT}/account/whoami", wire.Whoami)).user_id
        return self._me

    async def chosen(self) -> frozenset[str]:
        """The ids of the rooms in the setting; none means all we are in."""
        if self._chosen is None:
            self._chosen = frozenset([await self._room_id(name) for name in self._wanted])
        return self._chosen

    async def overview(self) -> Overview:
        """Our rooms, asked for once and again after `forget`."""
        if self._overview is None:
            me = await self.me()
            mark = f"{self.clock.now()}.{next(self._asked)}"
            only = sync_filter(timeline=(), limit=1, state=STATE, account=True, mark=mark)
            self._overview = overview(await self.sync(only), me)
        return self._overview

    def forget(self) -> None:
        """A room changed: ask anew when next needed."""
        self._overview = None

    async def sync(self, only: str, since: str = "") -> wire.Sync:
        """One /sync of the chosen rooms and the talks we made, that does not wait and does not show us online."""
        query: dict[str, str | int] = {"filter": only, "timeout": 0, "set_presence": "offline"}
        if since:
            query["since"] = since
        answer = await self.read(f"{CLIENT}/sync", wire.Sync, query)
        if chosen := await self.chosen():
            ours = await self._ours(answer.rooms.join, chosen, since)
            answer.rooms.join = {id: room for id, room in answer.rooms.join.items() if id in ours}
            answer.rooms.leave = {id: room for id, room in answer.rooms.leave.items() if id in chosen}
        return answer

    async def _ours(self, joined: Mapping[str, wire.JoinedRoom], chosen: frozenset[str], since: str) -> set[str]:
        """Which of these rooms this source is for; news of a room do not tell who made it."""
        me = await self.me()
        ours = {id for id, room in joined.items() if id in chosen or made_for(room, me)}
        if since and len(ours) < len(joined):
            ours |= joined.keys() & (await self.overview()).rooms.keys()
        return ours

    async def room(self, id: str) -> Room:
        """One of our rooms; asks anew before it says Gone."""
        for fresh in (False, True):
            if fresh:
                self.forget()
            if found := (await self.overview()).rooms.get(id):
                return found
        raise Gone(f"we are not in that room: {clean_line(id, 80)}")

    async def event(self, room: str, id: str) -> wire.Event:
        """One event; of rooms we are not in an administrator sees it too. Gone if it is not there for us."""
        if room in (await self.overview()).rooms:
            return await self.read(f"{in_room(room)}/event/{escaped(id)}", wire.Event)
        try:
            fetched = await self.read(f"{ADMIN}/fetch_event/{escaped(id)}", wire.FetchedEvent)
        except Unauthorized as error:
            raise Gone(f"it stands in a room we are not in ({clean_line(room, 80)})", status=error.status) from None
        return fetched.event

    async def event_if_there(self, room: str, id: str) -> wire.Event | None:
        """One event, None if it is not there for us."""
        try:
            return await self.event(room, id)
        except Gone:
            return None

    async def membership(self, room: str, user: str) -> str:
        """How a member stands in a room: join, ban, leave, invite, knock, or "" for one who never was there."""
        try:
            path = f"{in_room(room)}/state/m.room.member/{escaped(user)}"
            return (await self.read(path, wire.Membership)).membership
        except Gone:
            return ""

    async def place(self, name: str) -> Room:
        """A room by id, address or name; Refused if there is none or several."""
        rooms = (await self.overview()).rooms
        if name.strip()[:1] in "!#" and name.strip():
            return await self.room(await self._room_id(name.strip()))
        found = [room for room in rooms.values() if room.name.casefold() == name.strip().casefold() and not room.space]
        if len(found) == 1:
            return found[0]
        shown = clean_line(name, 60)
        if found:
            raise Refused(f"there are {len(found)} rooms called {shown}: give the address, as in #general:example.org")
        known = clean_line(", ".join(sorted(room.name for room in rooms.values() if not room.direct)), 200)
        raise Refused(f"we are in no room called {shown or '(nothing)'}; known: {known or 'none'}")

    async def _room_id(self, name: str) -> str:
        if name.startswith("!"):
            return name
        try:
            return (await self.read(f"{CLIENT}/directory/room/{escaped(name)}", wire.Alias)).room_id
        except (Gone, Refused) as error:
            raise Refused(f"there is no room with the address {clean_line(name, 80)}", status=error.status) from None


def escaped(part: str) -> str:
    """An id as a part of a path."""
    return quote(part, safe="")


def in_room(room: str) -> str:
    """The path of a room."""
    return f"{CLIENT}/rooms/{escaped(room)}"


def errcode(answer: Answer) -> str:
    """Matrix's own code of a refusal, "" if it tells none."""
    try:
        found = answer.decode(dict[str, object]).get("errcode")
    except Malformed:
        return ""
    return found if isinstance(found, str) else ""


def _judge(answer: Answer, words: str) -> SourceError | None:
    """403 is about one room or one act, unless it is about the server; what nobody serves is no right of ours."""
    admin = answer.request.path.startswith("/_synapse/")
    if admin and (answer.status == 403 or (answer.status == 404 and errcode(answer) != "M_NOT_FOUND")):
        return Unauthorized(words, right=ADMIN_RIGHT, status=answer.status)
    if answer.status == 403 and answer.request.write:
        return Refused(words, status=403)
    if answer.status == 403 and "/rooms/" in answer.request.path:
        return Gone(words, status=403)
    return None
