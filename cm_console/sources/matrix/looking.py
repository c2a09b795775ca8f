"""Did it land? Looking in a room, or among what is planned, for the message that carries an action's id."""

from __future__ import annotations

import msgspec

from cm_console.model.action import Action, Receipt, Verb
from cm_console.model.errors import Gone
from cm_console.model.time import MINUTE
from cm_console.sources.matrix import events, records, wire
from cm_console.sources.matrix.reading import Reader
from cm_console.sources.matrix.rooms import Room
from cm_console.sources.matrix.scheduled import entry_of, waiting
from cm_console.sources.matrix.server import Server, in_room
from cm_console.sources.matrix.talks import rooms_with
from cm_console.sources.matrix.wire import Event

CHUNK = 200
SKEW = MINUTE
"""How much earlier than our clock says the server may have written it down; the id decides, not the time."""


async def find(server: Server, action: Action) -> Receipt | None:
    """What landed of a reply, a publication, a message or a planned one; None if it is not there."""
    if action.tried_at is None or action.verb not in (Verb.REPLY, Verb.PUBLISH, Verb.MESSAGE, Verb.SCHEDULE):
        return None
    if action.verb is Verb.SCHEDULE:
        for delayed in await waiting(server):
            entry = entry_of(delayed)
            if events.key_of(delayed.content) == action.id and entry.id not in action.taken:
                return Receipt(entry.id, (entry,))
    for room in await _rooms(server, action):
        event = await ours(server, room.id, action.id, action.tried_at - SKEW)
        if event is None or not _says(event, action) or records.id_of(room.id, event.event_id) in action.taken:
            continue
        return Receipt(records.id_of(room.id, event.event_id), tuple(await Reader(server).one(room, event)))
    return None


async def ours(server: Server, room: str, key: str, since: int) -> Event | None:
    """Our own message that carries this id, among those since an instant."""
    me = await server.me()
    only = msgspec.json.encode({"types": ["m.room.message"], "senders": [me]}).decode()
    query: dict[str, str | int] = {"dir": "b", "limit": CHUNK, "filter": only}
    while True:
        answer = await server.read(f"{in_room(room)}/messages", wire.Messages, query)
        for event in answer.chunk:
            if events.at(event) < since:
                return None
            if events.key_of(event.content) == key and event.sender == me and events.is_message(event):
                return event
        if not answer.end or answer.end == query.get("from"):
            return None
        query["from"] = answer.end


async def _rooms(server: Server, action: Action) -> list[Room]:
    """Where it can have come to."""
    if action.verb is Verb.MESSAGE:
        return await rooms_with(server, action.target.id if action.target else "")
    if action.verb is not Verb.REPLY:
        return [await server.place(action.place)]
    id = action.target.id if action.target else action.thread
    try:
        return [await server.room(records.parts(id or "")[0])]
    except Gone:
        return []


def _says(event: Event, action: Action) -> bool:
    body = events.said(event).get("body")
    return isinstance(body, str) and action.text in body
