"""Verbs that send words: reply, publish, write to a member, edit, warn, schedule.

Each carries its action's id twice: as the transaction id, by which the server drops a repeat from this device whatever
it says, and inside the message, by which it is found again when the server has forgotten the transaction.
"""

from __future__ import annotations

import re

import msgspec

from cm_console.model.action import Action, Receipt
from cm_console.model.errors import Conflict, Gone, Refused, SourceError
from cm_console.model.messaging import subject_of
from cm_console.model.records import Kind, Record
from cm_console.model.text import clean_line
from cm_console.sources.http_answers import Answer
from cm_console.sources.matrix import events, records, wire
from cm_console.sources.matrix.looking import ours
from cm_console.sources.matrix.reading import Reader
from cm_console.sources.matrix.rooms import Room
from cm_console.sources.matrix.scheduled import entry_of
from cm_console.sources.matrix.server import ADMIN, DELAYED, Server, escaped, in_room
from cm_console.sources.matrix.talks import talk_with
from cm_console.sources.matrix.wire import Event

LONGEST = 60_000
"""Most bytes of a message with all that goes with it: the whole event may have 65,536."""
AROUND = 2_000
"""Bytes of it that are kept for what goes with the words."""
DELAY = "org.matrix.msc4140.delay"
_USER = re.compile(r"(?<![\w/@])@[a-z0-9._=/+-]{1,200}:[A-Za-z0-9.-]{1,200}(?::[0-9]{1,5})?(?<![.])")


async def reply(server: Server, action: Action) -> Receipt:
    """Answer in a thread where the talk is one, else as an answer to its first message or to the one chosen."""
    room, root = await _where(server, action)
    anchor_id = records.parts(action.reply_to)[1] if action.reply_to else root
    anchor = await server.event(room.id, anchor_id) if anchor_id else None
    if anchor is not None and events.is_redacted(anchor):
        raise Gone("the message to answer was removed")
    content = message(action.text, action.id, to=anchor.sender if anchor else "", me=await server.me())
    if anchor is not None:
        content["m.relates_to"] = _relation(anchor, chosen=bool(action.reply_to))
    return await _send(server, room, action, content)


async def publish(server: Server, action: Action) -> Receipt:
    """Say something in a room."""
    room = _open(await server.place(action.place))
    content = message(titled(action.title, action.text), action.id, me=await server.me())
    return await _send(server, room, action, content)


async def write_to(server: Server, action: Action) -> Receipt:
    """Say something to one member, in the private talk with them; the subject goes on top, unless it only repeats."""
    if action.target is None or action.target.kind is not Kind.MEMBER:
        raise Refused("a message needs a member")
    me = await server.me()
    if action.target.id == me:
        raise Refused("that is this account itself: choose another member")
    title = "" if action.title == subject_of(action.text) else action.title
    content = message(titled(title, action.text), action.id, me=me)
    check_length(content)
    return await _send(server, await talk_with(server, action.target.id), action, content)


async def edit(server: Server, action: Action) -> Receipt:
    """Rewrite a message of our own."""
    room, id = await _where(server, action)
    event = await server.event(room.id, id)
    if events.is_redacted(event):
        raise Gone("the message was removed")
    if event.sender != await server.me():
        raise Refused("only what this account wrote itself can be rewritten")
    last = events.last_edit(event)
    now = events.text_of(event, last)
    if now != action.text:
        if action.seen is not None and action.seen != records.version_of(event, last):
            raise Conflict("rewritten since you saw it", current=clean_line(now, 120))
        new = message(action.text, action.id, me=event.sender)
        content = new | {"body": f"* {action.text}", "m.new_content": new}
        content["m.relates_to"] = {"rel_type": events.EDIT, "event_id": id}
        check_length(content)
        await put(server, room, action, content)
        event = await server.event(room.id, id)
    return Receipt(records.id_of(room.id, id), tuple(await Reader(server).one(room, event)))


async def schedule(server: Server, action: Action) -> Receipt:
    """Let the server send it at a time (MSC4140)."""
    if action.at is None:
        raise Refused("scheduling needs a time")
    room = _open(await server.place(action.place))
    content = message(titled(action.title, action.text), action.id, me=await server.me())
    check_length(content)
    now = server.clock.now()
    if action.at <= now:
        raise Refused("that time has passed")
    answer = await put(server, room, action, content, delay=action.at - now)
    made = wire.DelayedEvent(
        answer.decode(wire.Delayed).delay_id, room.id, "m.room.message", content, action.at - now, now
    )
    entry = entry_of(made)
    return Receipt(entry.id, (entry,))


async def warn(server: Server, action: Action) -> Receipt:
    """A notice from the server itself, into a room that only the member and the server share (Synapse)."""
    if action.target is None or action.target.kind is not Kind.MEMBER:
        raise Refused("a warning needs a member")
    words = action.reason or action.text
    if not words.strip():
        raise Refused("a warning needs words")
    content: dict[str, object] = {"msgtype": "m.text", "body": words}
    check_length(content)
    body = {"user_id": action.target.id, "content": content}
    answer = await server.gate.write("PUT", f"{ADMIN}/send_server_notice/{escaped(action.id)}", body)
    return Receipt(answer.decode(wire.Sent).event_id)


async def unschedule(server: Server, action: Action) -> Receipt:
    """Take a planned message back; Refused once it is out."""
    if action.target is None or action.target.id.count("/") < 2:
        raise Gone("it is not planned on the server")
    delay, key, room = action.target.id.split("/", 2)
    try:
        await server.gate.write("POST", f"{DELAYED}/{escaped(delay)}", {"action": "cancel"})
    except Gone:
        if key and (out := await ours(server, room, key, 0)) is not None:
            raise Refused(f"too late: it went out as {clean_line(out.event_id, 60)}, remove it there") from None
        raise Conflict("it was taken back before", settled=True) from None
    return Receipt(action.target.id)


def message(text: str, id: str, *, to: str = "", me: str) -> dict[str, object]:
    """The content of a message: plain text, whom it addresses, and the id of its action."""
    if not text.strip():
        raise Refused("an empty message cannot be sent")
    named = dict.fromkeys([to, *_USER.findall(text)])
    users = [user for user in named if user and user != me]
    content: dict[str, object] = {"msgtype": "m.text", "body": text, "m.mentions": {"user_ids": users} if users else {}}
    return content | {events.OUR_KEY: id}


def titled(title: str, text: str) -> str:
    """A chat has no titles: it goes on top."""
    return f"{title}\n\n{text}" if title.strip() and text.strip() else title if title.strip() else text


def check_length(content: dict[str, object]) -> None:
    """Refused if the server would not take so much; counted as it counts, in bytes of JSON."""
    size = len(msgspec.json.encode(content))
    if size > LONGEST:
        raise Refused(f"too long for one Matrix message: {size:,} bytes, {LONGEST:,} are allowed")


async def put(server: Server, room: Room, action: Action, content: dict[str, object], *, delay: int = 0) -> Answer:
    """Send a message under our transaction id; a repeat is answered with what the first made."""
    path = f"{in_room(room.id)}/send/m.room.message/{escaped(action.id)}"
    try:
        return await server.gate.write("PUT", path, content, {DELAY: delay} if delay else None)
    except Refused as error:
        if error.status == 400 and delay:
            raise Refused(f"the server does not take it for later: {error}", status=400) from None
        raise


async def _send(server: Server, room: Room, action: Action, content: dict[str, object]) -> Receipt:
    check_length(content)
    sent = (await put(server, room, action, content)).decode(wire.Sent).event_id
    try:
        made: list[Record] = await Reader(server).one(room, await server.event(room.id, sent))
    except SourceError:
        made = []
    return Receipt(records.id_of(room.id, sent), tuple(made))


async def _where(server: Server, action: Action) -> tuple[Room, str]:
    """The room of what an action is about, and the event; "" for a private talk as a whole."""
    if action.target is None or action.target.kind not in (Kind.THREAD, Kind.POST):
        raise Refused(f"{action.verb} needs a thread or a message")
    room, event = records.parts(action.target.id)
    return _open(await server.room(room)), event


def _open(room: Room) -> Room:
    """A room in which what we say can be read: nothing leaves unencrypted into an encrypted one."""
    if room.encrypted:
        raise Refused(f"{clean_line(room.name, 60)} is encrypted: write there in a Matrix client")
    return room


def _relation(anchor: Event, *, chosen: bool) -> dict[str, object]:
    """Stay in the thread if the talk is one; clients without threads show an answer to the message at hand."""
    answer: dict[str, object] = {"m.in_reply_to": {"event_id": anchor.event_id}}
    kind, target = events.relation(anchor)
    root = target if kind == events.THREAD else anchor.event_id if events.bundled(anchor, events.THREAD) else ""
    return answer if not root else {"rel_type": events.THREAD, "event_id": root, "is_falling_back": not chosen} | answer
