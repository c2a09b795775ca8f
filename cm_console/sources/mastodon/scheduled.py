"""The scheduled feed: what Mastodon itself will publish at a time. Few, so all of them each time."""

from __future__ import annotations

from collections.abc import AsyncGenerator

from cm_console.model.errors import Gone, Refused
from cm_console.model.records import Kind, Ref, Scheduled
from cm_console.model.source import Cursor, Page
from cm_console.sources.cursors import cursor_of, state_of
from cm_console.sources.mastodon import records, wire
from cm_console.sources.mastodon.paging import paged
from cm_console.sources.mastodon.server import Server

PATH = "/api/v1/scheduled_statuses"
PAGES = 25
"""Most pages of 40 that are read: Mastodon itself keeps at most 300."""


async def planned(server: Server) -> list[wire.ScheduledStatus]:
    """All that is planned; nothing on servers that know no such thing."""
    found: dict[str, wire.ScheduledStatus] = {}
    bounds: dict[str, str] = {}
    for _ in range(PAGES):
        try:
            entries = await server.read(PATH, list[wire.ScheduledStatus], {"limit": 40, **bounds})
        except Gone:
            break
        except Refused as refusal:
            if refusal.status != 501:
                raise
            break
        new = [entry for entry in entries if entry.id not in found]
        found.update((entry.id, entry) for entry in new)
        if len(entries) < 40 or not new:
            break
        bounds = {"max_id": entries[-1].id}
    return list(found.values())


async def scheduled_pages(server: Server, cursor: Cursor | None) -> AsyncGenerator[Page, None]:
    """Read all, give what is new or changed; what is no longer planned is gone."""
    known = state_of(cursor, dict[str, str])
    found = {entry.id: records.scheduled(entry) for entry in await planned(server)}
    made = [entry for id, entry in found.items() if known.get(id) != _look(entry)]
    gone = tuple(Ref(Kind.SCHEDULED, id) for id in known if id not in found)
    behind = cursor_of({id: _look(entry) for id, entry in found.items()})
    for page in paged(made, gone, cursor or Cursor("{}"), behind):
        yield page
    yield Page((), (), behind, more=False, done=len(made), total=len(made))


def _look(entry: Scheduled) -> str:
    from zlib import crc32

    return f"{entry.at}.{crc32((entry.title + chr(0) + entry.text).encode('utf-8', 'surrogatepass')):x}"
