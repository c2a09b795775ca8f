"""A message as records: its author, the thread it opens, and the post it is."""

from __future__ import annotations

from cm_console.model.records import Member, Post, Record, Thread
from cm_console.model.text import Untrusted
from cm_console.model.time import Instant
from cm_console.sources.mail.bodies import text_of
from cm_console.sources.mail.headers import Head
from cm_console.sources.mail.mbox_files import Raw
from cm_console.sources.mail.threads import Placed, title_of


def records_of(raw: Raw, head: Head, placed: Placed, date: Instant, place: str) -> tuple[Record, ...]:
    """The records of one message; its text is read only here, when it is wanted."""
    records: list[Record] = []
    author = head.author.id[:300] or None
    if author:
        records.append(Member(author, Untrusted(head.author.handle[:100]), Untrusted(head.author.name)))
    if placed.opens:
        where = Untrusted(head.place or place)
        records.append(Thread(placed.thread, Untrusted(title_of(head.subject)), author, date, place=where))
    text = text_of(raw.data)
    if len(raw.data) < raw.size // 2:
        text += f"\n\n[the rest of this message, {(raw.size - len(raw.data)) // 1_000_000:,} MB, is not read]"
    records.append(Post(head.id, placed.thread, author, date, Untrusted(text), reply_to=placed.parent))
    return tuple(records)
