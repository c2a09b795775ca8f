"""Verbs that set a state: remove a message; kick, ban, suspend and back; decide reports.

What is as wanted is not written. A ban is for all rooms of the community in which we may ban: who is banned from one
and goes on in the next is not banned. Matrix knows no end of a ban or suspension, so one that is to end is refused.
"""

from __future__ import annotations

from contextlib import aclosing
from dataclasses import dataclass, replace

from cm_console.model.action import Action, Receipt, Verb
from cm_console.model.errors import Conflict, Gone, Refused
from cm_console.model.records import Kind, Post, PostState, Record, Thread
from cm_console.model.text import clean_line
from cm_console.sources.abreast import abreast
from cm_console.sources.matrix import events, records, wire
from cm_console.sources.matrix.closing import also_close, close_reports
from cm_console.sources.matrix.reading import Reader
from cm_console.sources.matrix.rooms import Room
from cm_console.sources.matrix.server import Server, escaped, in_room


async def remove(server: Server, action: Action) -> Receipt:
    """Redact a message: for good, nothing brings it back. The reports on it are closed too."""
    if action.target is None or action.target.kind not in (Kind.POST, Kind.THREAD):
        raise Refused("what is to be removed?")
    room_id, id = records.parts(action.target.id)
    if not id:
        raise Refused("a private talk cannot be removed as a whole")
    room = (await server.overview()).rooms.get(room_id) or Room(room_id, room_id)
    event = await server.event(room_id, id)
    made: list[Record] = []
    if not events.is_redacted(event):
        last = events.last_edit(event)
        if action.seen is not None and action.seen != records.version_of(event, last):
            raise Conflict("rewritten since you saw it", current=clean_line(events.text_of(event, last), 120))
        made = [_removed(record) for record in await Reader(server).one(room, event) if record.id == action.target.id]
        await _redact(server, room, id, action)
    return await also_close(server, action, Receipt(action.target.id, tuple(made)))


async def decide(server: Server, action: Action) -> Receipt:
    """Keep, or leave open: the reports go, what was reported stays."""
    if action.report is None:
        raise Refused(f"{action.verb} needs a report")
    try:
        closed = await close_reports(server, action)
    except Gone:
        raise await _decided_before(server, action) from None
    return Receipt(action.report, tuple(closed))


async def bar(server: Server, action: Action) -> Receipt:
    """Kick, ban or unban a member, in each room where that changes anything and we may."""
    user = _member(action)
    me = await server.me()
    if user == me:
        raise Refused("that is this account itself")
    act = _ACTS[action.verb]
    rooms = [room for room, stands in await _standings(server, action, user) if stands in act.changes]
    able = [room for room in rooms if room.power.may(me, act.right, "" if action.verb is Verb.UNBAN else user)]
    if rooms and not able:
        raise Refused(_needs(rooms, act))
    refused: list[Room] = [room for room in rooms if room not in able]
    for room in able:
        body = {"user_id": user} if action.verb is Verb.UNBAN else {"user_id": user, "reason": action.reason}
        try:
            await server.gate.write("POST", f"{in_room(room.id)}/{act.path}", body)
        except Refused as error:
            if error.status != 403:
                raise
            refused.append(room)
    if rooms and len(refused) == len(rooms):
        raise Refused(_needs(rooms, act))
    note = f"not in {_names(refused)}: no right there" if refused else "" if rooms else "it was so already"
    return await also_close(server, action, Receipt(user, note=note))


async def suspend(server: Server, action: Action) -> Receipt:
    """Let an account of our own server read but not write, or lift that (Synapse)."""
    user = _member(action)
    home = (await server.me()).partition(":")[2]
    if user.partition(":")[2] != home:
        raise Refused(f"only accounts of {clean_line(home, 60)} can be suspended: ban this one from the rooms instead")
    wanted = action.verb is Verb.SILENCE
    account = await server.read(f"/_synapse/admin/v2/users/{escaped(user)}", wire.Account)
    if account.suspended is not wanted:
        await server.gate.write("PUT", f"/_synapse/admin/v1/suspend/{escaped(user)}", {"suspend": wanted})
    return await also_close(server, action, Receipt(user))


@dataclass(frozen=True, slots=True)
class _Act:
    """How a verb is called there, the right it needs, and the memberships that it changes."""

    path: str
    right: str
    changes: frozenset[str]


_ACTS = {
    Verb.KICK: _Act("kick", "kick", frozenset({"join", "invite", "knock"})),
    Verb.BAN: _Act("ban", "ban", frozenset({"join", "invite", "knock", "leave", ""})),
    Verb.UNBAN: _Act("unban", "ban", frozenset({"ban"})),
}


async def _redact(server: Server, room: Room, id: str, action: Action) -> None:
    path = f"{in_room(room.id)}/redact/{escaped(id)}/{escaped(action.id)}"
    try:
        await server.gate.write("PUT", path, {"reason": action.reason} if action.reason else {})
    except Refused as error:
        if error.status != 403:
            raise
        words = f"we may not remove messages in {clean_line(room.name, 60)}: needs power level"
        raise Refused(f"{words} {room.power.need('redact'):g} there (usually a moderator)", status=403) from None


def _removed(record: Record) -> Record:
    """A message that is no more; the thread it began, if others answered, is at its end."""
    if isinstance(record, Post):
        return replace(record, state=PostState.DELETED)
    return replace(record, closed=True, title=records.REMOVED) if isinstance(record, Thread) else record


async def _decided_before(server: Server, action: Action) -> Conflict:
    """A report that is no longer there was decided by a colleague: how, the message itself tells."""
    if action.target is not None and action.target.kind in (Kind.POST, Kind.THREAD):
        event = await server.event_if_there(*records.parts(action.target.id))
        if event is None or events.is_redacted(event):
            return Conflict("a colleague removed it", current="removed by a colleague")
    return Conflict("a colleague closed the report", current="kept by a colleague", settled=True)


async def _standings(server: Server, action: Action, user: str) -> list[tuple[Room, str]]:
    """How a member stands in each room that is meant: the one at hand for a kick, all for a ban."""
    places = (await server.overview()).places
    if action.verb is Verb.KICK and action.thread is not None:
        here = records.parts(action.thread)[0]
        places = [room for room in places if room.id == here] or places
    found = []
    async with aclosing(abreast(lambda room: server.membership(room.id, user), places)) as answers:
        async for room, stands in answers:
            found.append((room, stands))
    return found


def _member(action: Action) -> str:
    if action.target is None or action.target.kind is not Kind.MEMBER:
        raise Refused(f"{action.verb} needs a member")
    if action.until is not None and action.verb in (Verb.BAN, Verb.SILENCE):
        raise Refused(f"Matrix has no {action.verb} that ends by itself: decide for good, and lift it when it is time")
    return action.target.id


def _needs(rooms: list[Room], act: _Act) -> str:
    level = max(room.power.need(act.right) for room in rooms)
    return f"we may not {act.path} in {_names(rooms)}: needs power level {level:g} and more than that member has"


def _names(rooms: list[Room]) -> str:
    names = [clean_line(room.name, 40) for room in rooms]
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
