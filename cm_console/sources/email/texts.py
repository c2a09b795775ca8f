"""Reading messages: as much of each as holds its text."""

from __future__ import annotations

from collections.abc import Iterable

from cm_console.sources.email.imap import Imap
from cm_console.sources.email.imap_parse import body_of
from cm_console.sources.email.imap_words import uid_set

READ = 1 << 18
"""Bytes of a message that are read: text stands first, what is cut are attachments."""


async def read(imap: Imap, uids: Iterable[int], *, most: int = READ) -> dict[int, bytes]:
    """The beginnings of messages in the folder one is in, without marking them as read; what vanished is left out."""
    wanted = set(uids)
    if not wanted:
        return {}
    found = await imap.fetch(uid_set(wanted), f"BODY.PEEK[]<0.{most}>".encode(), literal=most + 1_000)
    return {uid: data for uid in wanted & set(found) if (data := body_of(found[uid])) is not None}
