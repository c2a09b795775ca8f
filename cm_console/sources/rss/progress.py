"""What is remembered of each feed between two pulls: validators, and every entry's digest and date."""

from __future__ import annotations

import msgspec

from cm_console.model.source import Cursor
from cm_console.model.time import Instant
from cm_console.sources.cursors import cursor_of

KEPT = 1_000
"""Entries remembered per feed, the latest seen: twice what is read of one document."""
SKIPPED = ""
"""The digest of an entry that was too old at the first sync: it never comes."""


class Seen(msgspec.Struct, array_like=True, frozen=True):
    """One entry as it was delivered; `reply` if it went under another entry."""

    digest: str
    at: Instant
    reply: bool = False


class Feed(msgspec.Struct, array_like=True):
    """One feed: the validators of the document whose entries were all delivered, and the entries."""

    etag: str = ""
    modified: str = ""
    seen: dict[str, Seen] = {}


class Progress(msgspec.Struct):
    """All feeds of a source, by address."""

    feeds: dict[str, Feed] = {}

    def copy(self) -> Progress:
        """As it is now: equal to it until something else is remembered; the order of entries does not count."""
        return msgspec.json.decode(self.encode(), type=Progress)

    def encode(self) -> Cursor:
        """As a cursor."""
        return cursor_of(self)


def progress_of(cursor: Cursor | None, urls: tuple[str, ...]) -> Progress:
    """What a cursor says about the feeds that are still wanted; one nobody can read means beginning anew."""
    try:
        found = Progress() if cursor is None else msgspec.json.decode(cursor, type=Progress)
    except msgspec.DecodeError:
        found = Progress()
    return Progress({url: found.feeds.get(url, Feed()) for url in urls})
