"""The private talk with one member: found among our rooms, or made.

What is made is used again, so a message whose first attempt broke off comes into the same room: the room says in its
own creation for whom it was made. The member is asked into it once we know that what is written there can be read.
"""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from cm_console.model.errors import Gone, Refused, SourceError, Unauthorized, Unreachable
from cm_console.model.text import clean_line
from cm_console.sources.matrix import wire
from cm_console.sources.matrix.rooms import MADE_FOR, Room
from cm_console.sources.matrix.server import CLIENT, Server, escaped, in_room

IN_IT = ("join", "invite")


async def talk_with(server: Server, user: str) -> Room:
    """The room in which only this member reads what we say.

    Raises:
        Refused: it is encrypted, or the member takes no invitation.
        Gone: there is no such account.
    """
    name, sealed = clean_line(user, 80), False
    for room in await rooms_with(server, user):
        stands = await server.membership(room.id, user)
        left = room.made_for == user and stands != "ban"
        if not room.private or not (stands in IN_IT or left):
            continue
        if not room.encrypted:
            if stands not in IN_IT:
                await _look_for(server, user)
            return await _ready(server, room, user, stands)
        sealed = True
    if sealed:
        raise Refused(f"the private talk with {name} is encrypted: write there in a Matrix client")
    await _look_for(server, user)
    room = await _make(server, user)
    if room.encrypted:
        await _leave(server, room)
        raise Refused("this homeserver encrypts every private talk: write there in a Matrix client")
    return await _ready(server, room, user, "")


async def rooms_with(server: Server, user: str) -> list[Room]:
    """The talks with a member that we are in, as they are now, the newest first."""
    server.forget()
    found = [room for room in (await server.overview()).rooms.values() if room.direct and room.with_whom == user]
    return sorted(found, key=lambda room: -room.created_at)


async def _make(server: Server, user: str) -> Room:
    body = {"preset": "private_chat", "is_direct": True, "creation_content": {MADE_FOR: user}}
    made = (await server.gate.write("POST", f"{CLIENT}/createRoom", body)).decode(wire.Alias)
    server.forget()
    try:
        return await server.room(made.room_id)
    except Gone:
        raise Unreachable("the room for the private talk does not show yet") from None


async def _ready(server: Server, room: Room, user: str, stands: str) -> Room:
    """The member is in it or asked to come, and our other clients know it as a private talk."""
    if stands not in IN_IT:
        path = f"{in_room(room.id)}/state/m.room.member/{escaped(user)}"
        server.forget()
        try:
            await server.gate.write("PUT", path, {"membership": "invite", "is_direct": True})
        except Refused as error:
            if not stands:
                await _leave(server, room)
            words = f"{clean_line(user, 80)} cannot be invited to a private talk: {error}"
            raise Refused(words, status=error.status) from None
    await _list(server, room, user)
    return await server.room(room.id)


async def _list(server: Server, room: Room, user: str) -> None:
    path = f"{CLIENT}/user/{escaped(await server.me())}/account_data/m.direct"
    try:
        known = await server.read(path, dict[str, Any])
    except Gone:
        known = {}
    listed = known.get(user)
    rooms = listed if isinstance(listed, list) else []
    if room.id not in rooms:
        with suppress(Refused):  # it is for other clients only: this one knows the room by its creation
            await server.gate.write("PUT", path, known | {user: [*rooms, room.id]})
        server.forget()


async def _leave(server: Server, room: Room) -> None:
    with suppress(SourceError):  # an empty room of our own harms nobody
        await server.gate.write("POST", f"{in_room(room.id)}/leave", {})
    server.forget()


async def _look_for(server: Server, user: str) -> None:
    """Gone if there is no such account; nothing if its server does not say. Only Synapse tells its administrators who
    is deactivated: others may be asked into a talk that nobody will ever read.
    """
    gone = Gone(f"there is no account {clean_line(user, 80)} any more")
    with suppress(Unauthorized):
        try:
            await server.gate.get(f"{CLIENT}/profile/{escaped(user)}")
        except Gone:
            raise gone from None
    if user.partition(":")[2] != (await server.me()).partition(":")[2]:
        return
    with suppress(Unauthorized):
        if (await server.read(f"/_synapse/admin/v2/users/{escaped(user)}", wire.Account)).deactivated:
            raise gone
