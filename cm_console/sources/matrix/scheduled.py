"""The scheduled feed: our messages the server will send by itself, where it has delayed events (MSC4140).

The list is short and read whole each time: what is no longer on it went out or was cancelled.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from zlib import crc32

from cm_console.model.errors import Gone
from cm_console.model.records import Kind, Ref, Scheduled
from cm_console.model.source import Cursor, Page
from cm_console.model.time import Instant
from cm_console.sources.cursors import cursor_of, state_of
from cm_console.sources.matrix import events, records, wire
from cm_console.sources.matrix.pages import paged
from cm_console.sources.matrix.server import DELAYED, Server


async def scheduled_pages(server: Server, cursor: Cursor | None) -> AsyncGenerator[Page, None]:
    """Yield what is planned and was not known so, and what no longer is."""
    known = state_of(cursor, dict[str, str])
    try:
        found = await waiting(server)
    except Gone:  # a server without delayed events: `check` says so
        yield Page((), (), _cursor({}), more=False)
        return
    planned = {entry.id: entry for entry in map(entry_of, found)}
    made = [entry for id, entry in planned.items() if known.get(id) != _look(entry)]
    gone = [Ref(Kind.SCHEDULED, id) for id in known if id not in planned and id]
    after = _cursor({id: _look(entry) for id, entry in planned.items()})
    if made or gone:
        for page in paged(made, gone, lambda part: _cursor(known | {"": str(part)}), after, total=len(made)):
            yield page
    yield Page((), (), after, more=False, done=len(made), total=len(made))


async def waiting(server: Server) -> list[wire.DelayedEvent]:
    """Our delayed messages."""
    answer = await server.read(DELAYED, wire.DelayedEvents)
    return [event for event in answer.delayed_events if event.type == "m.room.message"]


def entry_of(delayed: wire.DelayedEvent) -> Scheduled:
    """A delayed message as something planned; its id names the action that planned it and the room too."""
    text = events.text_of(wire.Event(delayed.type, content=delayed.content))
    key = events.key_of(delayed.content)
    id = f"{delayed.delay_id}/{key}/{delayed.room_id}"
    return Scheduled(id, events.title_of(text), text, Instant(max(delayed.at, 0)), records.link(delayed.room_id))


def _cursor(looks: dict[str, str]) -> Cursor:
    return cursor_of(looks)


def _look(entry: Scheduled) -> str:
    return f"{entry.at}.{crc32(entry.text.encode('utf-8', 'surrogatepass')):x}"
