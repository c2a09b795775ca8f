"""The members feed: who has an account on the server, newest first, where we may see that list.

Everybody else comes with what they write, so a name that changes is seen when they write again. Who joined since costs
one small request. Without the right the feed is empty: that must not stop the other feeds.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing

from cm_console.model.errors import Gone, Unauthorized
from cm_console.model.source import PAGE_LIMIT, Cursor, Page
from cm_console.model.time import Instant, instant
from cm_console.sources.cursors import cursor_of, state_of
from cm_console.sources.mastodon import records, wire_admin
from cm_console.sources.mastodon.flavours import lacks
from cm_console.sources.mastodon.lists import Line, Listing, Look
from cm_console.sources.mastodon.server import Server

FEED = "members"


async def members_pages(server: Server, cursor: Cursor | None) -> AsyncGenerator[Page, None]:
    """Yield who is new; the whole list the first time."""
    line, worked = state_of(cursor, Line), cursor is not None
    if lacks((await server.facts()).flavour, FEED):
        return
    listing = Listing(
        server,
        line,
        "/api/v2/admin/accounts",
        wire_admin.AdminAccount,
        _look,
        query={"origin": "local"},
        limit=PAGE_LIMIT,
        oldest=Instant(-1),
        climbs=True,
    )
    done = 0
    try:
        async with aclosing(listing.news()) as batches:
            async for accounts in batches:
                made = tuple({account.id: records.member(account.account) for account in accounts}.values())
                done += len(made)
                if made:
                    yield Page(made[:PAGE_LIMIT], (), _place(line), more=True, done=done)
    except (Gone, Unauthorized) as error:
        if error.status == 401:
            raise
        note = f"who joined is not seen any more: {error}" if worked else ""
        yield Page((), (), cursor or Cursor(""), more=False, note=note)
        return
    yield Page((), (), _place(line), more=False, done=done)


def _look(account: wire_admin.AdminAccount) -> Look:
    return Look(account.id, "", instant(account.created_at))


def _place(line: Line) -> Cursor:
    return cursor_of(line)
