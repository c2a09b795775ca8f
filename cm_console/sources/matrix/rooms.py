"""The rooms we are in, as one request tells: name, kind, whether it is encrypted, who may do what there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import msgspec

from cm_console.model.time import Instant
from cm_console.sources.matrix.events import at, said
from cm_console.sources.matrix.power import Power, power_of
from cm_console.sources.matrix.wire import Event, JoinedRoom, Sync

MADE_FOR = "dev.cm_console.with"
"""Key in the creation of a room that we made to write to one member: who that is."""
STATE = ("m.room.create", "m.room.name", "m.room.canonical_alias", "m.room.encryption", "m.room.power_levels")
"""What of a room's state is asked for; a change of one of these makes the overview stale."""
_NOTHING = {"not_types": ["*"]}


@dataclass(frozen=True, slots=True)
class Room:
    """A room. `direct`: a private talk with us, its whole timeline is one thread; `with_whom` the other member.

    `people` are in it or asked to come, None if the server does not tell; `made_for` the member for whom we made it.
    """

    id: str
    name: str
    created_at: Instant = Instant(0)  # noqa: RUF009  an int
    direct: bool = False
    with_whom: str | None = None
    encrypted: bool = False
    space: bool = False
    power: Power = field(default_factory=Power)
    people: int | None = None
    made_for: str = ""

    @property
    def private(self) -> bool:
        """Is it known that nobody reads it but one member and us?"""
        return self.direct and self.people is not None and self.people <= 2


@dataclass(frozen=True, slots=True)
class Overview:
    """All rooms at a moment, and the token from which /sync tells what came after it."""

    since: str
    rooms: Mapping[str, Room]

    @property
    def places(self) -> list[Room]:
        """The community's rooms: neither private talks nor spaces."""
        return [room for room in self.rooms.values() if not room.direct and not room.space]


def sync_filter(
    *, timeline: tuple[str, ...], limit: int, state: tuple[str, ...], account: bool = False, mark: str = ""
) -> str:
    """The filter of a /sync: only these types.

    Of all rooms: when a filter names rooms, Synapse 1.163 leaves out `m.room.create` of version 12, which names none.
    Synapse gives an answer again for two minutes to what is asked in the same words: `mark` makes them others.
    """
    part: dict[str, object] = {
        "account_data": _NOTHING,
        "ephemeral": _NOTHING,
        "state": {"types": list(state), "lazy_load_members": True},
        "timeline": {"types": list(timeline), "limit": limit} if timeline else {"not_types": ["*"], "limit": 1},
    }
    told = {"types": ["m.direct"]} if account else _NOTHING
    marked = {"dev.cm_console.mark": mark} if mark else {}
    return msgspec.json.encode({"presence": _NOTHING, "account_data": told, "room": part, **marked}).decode()


def overview(answer: Sync, me: str) -> Overview:
    """What a first /sync tells of our rooms."""
    direct = {
        room: user
        for event in answer.account_data.events
        if event.type == "m.direct"
        for user, rooms in said(event).items()
        if isinstance(rooms, list)
        for room in rooms
        if isinstance(room, str)
    }
    rooms = {id: _room(id, joined, direct.get(id), me) for id, joined in answer.rooms.join.items()}
    return Overview(answer.next_batch, rooms)


def _room(id: str, joined: JoinedRoom, with_whom: str | None, me: str) -> Room:
    state = {event.type: event for event in joined.state.events if not event.state_key}
    create = state.get("m.room.create")
    named = _word(state.get("m.room.name"), "name") or _word(state.get("m.room.canonical_alias"), "alias")
    others = [user for user in joined.summary.heroes if user != me]
    made = made_for(joined, me)
    with_whom = made or with_whom
    if with_whom is None and not named and len(others) == 1:
        with_whom = others[0]
    return Room(
        id,
        named or ", ".join(user.removeprefix("@") for user in others) or id,
        created_at=at(create) if create else Instant(0),
        direct=with_whom is not None,
        with_whom=with_whom,
        encrypted="m.room.encryption" in state,
        space=_word(create, "type") == "m.space",
        power=power_of(create, state.get("m.room.power_levels")),
        people=None if joined.summary.joined is None else joined.summary.joined + (joined.summary.invited or 0),
        made_for=made,
    )


def made_for(joined: JoinedRoom, me: str) -> str:
    """For whom we made this room, "" if we did not, or if its creation is not told here."""
    for event in (*joined.state.events, *joined.timeline.events):
        if event.type == "m.room.create" and event.sender == me:
            return _word(event, MADE_FOR)
    return ""


def _word(event: Event | None, key: str) -> str:
    value = said(event).get(key) if event is not None else None
    return value.strip() if isinstance(value, str) else ""
