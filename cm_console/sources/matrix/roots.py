"""Which thread a message belongs to: up its chain of answers to the message that answers nothing."""

from __future__ import annotations

from collections.abc import Iterable

from cm_console.sources.abreast import abreast
from cm_console.sources.matrix import events
from cm_console.sources.matrix.server import Server
from cm_console.sources.matrix.wire import Event

DEEPEST = 64
"""Steps up a chain; a longer one is cut there."""
MOST = 50_000
"""Events whose parent is remembered."""


class Roots:
    """Remembers what answers what; asks the server for what it has not seen."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._parents: dict[str, str] = {}
        self._fetched: dict[str, Event | None] = {}

    async def of(self, room: str, messages: Iterable[Event]) -> dict[str, str]:
        """The id of the root for each of these messages of a room."""
        if len(self._parents) > MOST:
            self._parents.clear()
            self._fetched.clear()
        wanted = list(messages)
        for event in wanted:
            self._note(event)
        for _ in range(DEEPEST):
            tops = {event.event_id: self._top(event.event_id) for event in wanted}
            missing = {top for top in tops.values() if top not in self._parents}
            if not missing:
                break
            async for id, fetched in abreast(lambda id: self._server.event_if_there(room, id), sorted(missing)):
                self._parents.setdefault(id, "")
                if fetched is not None:
                    self._note(fetched)
                self._fetched[id] = fetched
        return tops

    def untold(self, root: str) -> list[Event | None]:
        """A root that had to be asked for, given once, None if it cannot be read; [] for one that came by itself."""
        return [self._fetched.pop(root)] if root in self._fetched else []

    def _note(self, event: Event) -> None:
        kind, target = events.relation(event)
        self._parents[event.event_id] = target if kind in (events.THREAD, events.REPLY) else ""

    def _top(self, id: str) -> str:
        """As far up as is known; round in circles ends somewhere."""
        for _ in range(DEEPEST):
            parent = self._parents.get(id, "")
            if not parent:
                return id
            id = parent
        return id
