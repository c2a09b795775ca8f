"""The threads feed: what was said in our rooms since the last time, gaps filled, and further back on the first pull.

A first /sync gives a place in time. From there each room is read backwards, all rooms side by side, newest first, as
far as `history` goes; what is new comes by /sync. When that leaves out events (`limited`), they are read backwards
until the last time. The cursor holds both ends, so a pull can stop anywhere. Nothing new costs one request.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing

import msgspec
from msgspec import Struct, field

from cm_console.model.errors import Gone
from cm_console.model.source import Cursor, Page
from cm_console.model.text import clean_line
from cm_console.model.time import DAY
from cm_console.sources.abreast import abreast
from cm_console.sources.cursors import cursor_of, state_of
from cm_console.sources.matrix import events, wire
from cm_console.sources.matrix.pages import paged
from cm_console.sources.matrix.reading import Batch, Reader
from cm_console.sources.matrix.rooms import STATE, Room, sync_filter
from cm_console.sources.matrix.server import Server, in_room

READ = (*events.MESSAGES, events.REACTION, events.REDACTION)
NEWEST = 100
"""Events of a room that one /sync brings; more leave a gap to fill."""
CHUNK = 200
"""Events of a room to read backwards at a time."""


class Span(Struct):
    """A stretch of a room still to be read: from a token backwards, to a token or to an instant."""

    room: str
    start: str
    stop: str = ""
    oldest: int = 0


class State(Struct):
    """Everything before `since` is known but for the spans."""

    since: str = ""
    back: list[Span] = field(default_factory=list)
    done: int = 0
    part: int = 0


class ThreadsPull:
    """One pull of the threads feed."""

    def __init__(self, server: Server, cursor: Cursor | None, history: int) -> None:
        self._server, self._reader, self._history = server, Reader(server), history
        self._state = state_of(cursor, State)

    async def pages(self) -> AsyncGenerator[Page, None]:
        """Yield what is new, then what is old; the last page is empty."""
        if not self._state.since:
            yield await self._begin()
        else:
            async with aclosing(self._news()) as pages:
                async for page in pages:
                    yield page
        async with aclosing(self._past()) as pages:
            async for page in pages:
                yield page
        yield Page((), (), _cursor(self._state), more=False, done=self._state.done)

    async def _begin(self) -> Page:
        """A place in time to go on from, and which rooms to read from there backwards."""
        view = await self._server.overview()
        rooms = [room for room in view.rooms.values() if not room.space]
        self._state.since = view.since
        self._state.back = [Span(room.id, view.since, oldest=self._oldest()) for room in rooms]
        sealed = sorted(clean_line(room.name, 40) for room in rooms if room.encrypted)
        note = f"encrypted, so their messages cannot be read here: {', '.join(sealed)}" if sealed else ""
        return Page((), (), _cursor(self._state), more=True, note=note[:400])

    def _oldest(self) -> int:
        return self._server.clock.now() - self._history * DAY if self._history > 0 else 0

    async def _news(self) -> AsyncGenerator[Page, None]:
        """Everything since the last time, in one /sync."""
        only = sync_filter(timeline=(*READ, *STATE), limit=NEWEST, state=STATE, account=True)
        answer = await self._server.sync(only, self._state.since)
        joined = answer.rooms.join
        if answer.account_data.events or answer.rooms.leave or any(map(_is_changed, joined.values())):
            self._server.forget()
        batch, spans = Batch(note=_absences(answer)), [*self._state.back]
        for id, there in joined.items():
            is_new = any(event.type == "m.room.create" for event in (*there.state.events, *there.timeline.events))
            room = await self._room(id) if is_new or _says_something(there) else None
            if room is None or room.space:
                continue
            batch.add(await self._reader.read(room, there.timeline.events))
            if is_new:
                spans.append(Span(id, there.timeline.prev_batch, oldest=self._oldest()))
            elif there.timeline.limited:
                spans.append(Span(id, there.timeline.prev_batch, self._state.since))
        after = State(answer.next_batch, [span for span in spans if span.start])
        if not batch.is_empty or after.back != self._state.back:
            for page in self._told(batch, after):
                yield page
        self._state = after

    async def _room(self, id: str) -> Room | None:
        try:
            return await self._server.room(id)
        except Gone:
            return None

    async def _past(self) -> AsyncGenerator[Page, None]:
        """Each span one chunk further back, again and again, until all are through."""
        while spans := self._state.back:
            async with aclosing(abreast(self._chunk, spans)) as chunks:
                async for span, (found, rest) in chunks:
                    back = [rest if one == span else one for one in self._state.back]
                    after = State(self._state.since, [one for one in back if one is not None])
                    for page in self._told(found, after):
                        yield page

    async def _chunk(self, span: Span) -> tuple[Batch, Span | None]:
        """The next events of a span, and what is left of it."""
        only = msgspec.json.encode({"types": list(READ)}).decode()
        query: dict[str, str | int] = {"from": span.start, "dir": "b", "limit": CHUNK, "filter": only}
        if span.stop:
            query["to"] = span.stop
        room = await self._room(span.room)
        try:
            answer = await self._server.read(f"{in_room(span.room)}/messages", wire.Messages, query)
        except Gone:
            room = None
        if room is None:
            return Batch(), None
        young = [event for event in answer.chunk if events.at(event) >= span.oldest]
        batch = await self._reader.read(room, young, history=not span.stop)
        ends = not answer.end or answer.end == span.start or len(young) < len(answer.chunk)
        return batch, None if ends else Span(span.room, answer.end, span.stop, span.oldest)

    def _told(self, batch: Batch, after: State) -> Iterator[Page]:
        """One part as pages; then this part is behind us."""

        def within(part: int) -> Cursor:
            return _cursor(State(self._state.since, self._state.back, self._state.done, part))

        done = self._state.done
        after.done = done + len(batch.records)
        yield from paged(batch.records, batch.gone, within, _cursor(after), done=done, note=batch.note)
        self._state = after


def _cursor(state: State) -> Cursor:
    return cursor_of(state)


def _is_changed(joined: wire.JoinedRoom) -> bool:
    return any(event.type in STATE for event in (*joined.state.events, *joined.timeline.events))


def _says_something(joined: wire.JoinedRoom) -> bool:
    return joined.timeline.limited or any(event.type in READ for event in joined.timeline.events)


def _absences(answer: wire.Sync) -> str:
    """What we do not see, in one line."""
    words = []
    if left := len(answer.rooms.leave):
        words.append(f"we are no longer in {left} room{'s' if left > 1 else ''}")
    if asked := len(answer.rooms.invite):
        words.append(f"{asked} invitation{'s' if asked > 1 else ''} wait: accept them in a Matrix client")
    return "; ".join(words)
