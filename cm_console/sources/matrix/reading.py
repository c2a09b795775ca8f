"""Events of a room into records: posts with their threads, reactions, edits of older messages, removals."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import dataclass, field

from cm_console.model.errors import Gone
from cm_console.model.records import Kind, Post, Record, Ref
from cm_console.sources.abreast import abreast
from cm_console.sources.matrix import events, records, wire
from cm_console.sources.matrix.rooms import Room
from cm_console.sources.matrix.roots import Roots
from cm_console.sources.matrix.server import Server, escaped, in_room
from cm_console.sources.matrix.wire import Event

AROUND = 100
"""Events looked at after a removed message, for answers that keep its thread alive."""


@dataclass
class Batch:
    """What some events say: records and what is gone."""

    records: list[Record] = field(default_factory=list)
    gone: list[Ref] = field(default_factory=list)
    note: str = ""

    def add(self, more: Batch) -> None:
        """Take in what further events say."""
        self.records += more.records
        self.gone += more.gone

    @property
    def is_empty(self) -> bool:
        """Is there nothing to tell?"""
        return not (self.records or self.gone or self.note)


class Reader:
    """Turns events into records; one for each pull, what it learned of answers and edits it keeps."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._roots = Roots(server)
        self._edits: dict[str, Event] = {}

    async def read(self, room: Room, found: Sequence[Event], *, history: bool = False) -> Batch:
        """Records of these events. In history an original comes after its edit and a removed message as removed."""
        batch = Batch()
        here = {event.event_id: event for event in found if events.is_message(event)}
        for event in found:
            self._remember(event)
        await self._messages(room, list(here.values()), batch)
        batch.records += [made for event in found if (made := records.reaction(room, event))]
        if not history:
            edited = {target for event in found if (target := _edited(event))}
            await self._rewritten(room, sorted(edited - here.keys()), batch)
            removed = {events.redacted_id(event) for event in found if event.type == events.REDACTION}
            await self._removed(room, sorted(removed - here.keys() - {""}), batch)
        return batch

    async def one(self, room: Room, event: Event) -> list[Record]:
        """A message with its thread, and the thread's beginning if nobody told of it yet."""
        batch = Batch()
        if events.is_message(event):
            await self._messages(room, [event], batch)
        return batch.records

    def _remember(self, event: Event) -> None:
        if target := _edited(event):
            known = self._edits.get(target)
            if known is None or (events.at(known), known.event_id) < (events.at(event), event.event_id):
                self._edits[target] = event

    async def _messages(self, room: Room, messages: list[Event], batch: Batch) -> None:
        if not messages:
            return
        if room.direct:
            roots = {event.event_id: event.event_id for event in messages}
            batch.records.append(records.talk(room))
        else:
            roots = await self._roots.of(room.id, messages)
        here = {event.event_id: event for event in messages}
        for event in messages:
            root = roots[event.event_id]
            made = records.post(room, event, root, await self._server.me(), self._edits.get(event.event_id))
            if not room.direct and root not in here:
                batch.records += await self._beginning(room, root, made)
            if root == event.event_id and not room.direct:
                batch.records.append(records.thread(room, event, self._edits.get(root)))
            batch.records.append(made)

    async def _beginning(self, room: Room, root: str, answer: Post) -> list[Record]:
        made: list[Record] = []
        for event in self._roots.untold(root):
            seen = self._edits.get(root)
            made.append(records.thread(room, event, seen) if event else records.unseen(room, root, answer))
            if event and events.is_message(event):
                made.append(records.post(room, event, root, await self._server.me(), seen))
        return made

    async def _rewritten(self, room: Room, ids: Sequence[str], batch: Batch) -> None:
        """Messages that were edited after they were told of: read again."""
        async with aclosing(abreast(lambda id: self._server.event_if_there(room.id, id), ids)) as answers:
            async for _, event in answers:
                if event is not None and events.is_message(event):
                    await self._messages(room, [event], batch)

    async def _removed(self, room: Room, ids: Sequence[str], batch: Batch) -> None:
        """What a redaction removed may be a message, the beginning of a thread or a reaction: nothing tells which."""
        for id in ids:
            batch.gone += [Ref(kind, records.id_of(room.id, id)) for kind in (Kind.POST, Kind.ACTIVITY)]
        if room.direct:
            return
        async with aclosing(abreast(lambda id: self._after(room, id), ids)) as answers:
            async for id, around in answers:
                if around is not None and any(_answers(event, id) for event in around.events_after):
                    batch.records.append(records.thread(room, around.event))
                else:
                    batch.gone.append(Ref(Kind.THREAD, records.id_of(room.id, id)))

    async def _after(self, room: Room, id: str) -> wire.Context | None:
        import msgspec

        only = msgspec.json.encode({"types": list(events.MESSAGES)}).decode()
        try:
            path = f"{in_room(room.id)}/context/{escaped(id)}"
            return await self._server.read(path, wire.Context, {"limit": AROUND, "filter": only})
        except Gone:
            return None


def _edited(event: Event) -> str:
    """The message that this event rewrites, "" if it is no edit."""
    kind, target = events.relation(event)
    return target if kind == events.EDIT and event.type in events.MESSAGES and not events.is_redacted(event) else ""


def _answers(event: Event, root: str) -> bool:
    kind, target = events.relation(event)
    return kind in (events.THREAD, events.REPLY) and target == root and events.is_message(event)
