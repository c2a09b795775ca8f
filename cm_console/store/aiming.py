"""Whom a reply in a thread is for: the post it answers, where a platform keeps who answered whom."""

from __future__ import annotations

from cm_console.model.thread import PostRow
from cm_console.store import reading
from cm_console.store.sqlite import Connection


def answered(conn: Connection, thread_id: int) -> PostRow | None:
    """The newest post of whoever waits for us, else the newest that was meant for us; None where nobody ever asked.

    Meant for us is what stands in a message to us, what names us, and what the member says who opened the thread.
    Held, hidden and deleted posts are no aim: the others do not see them, and most platforms take no answer to them.
    """
    found = conn.execute(_MEANT_FOR_US, (thread_id,)).fetchone()
    return reading.post_row(found) if found else None


_MEANT_FOR_US = f"""
{reading.POST} JOIN thread t ON t.id = p.thread_id
WHERE p.thread_id = ?1 AND p.state = 0 AND p.role = 0
    AND (t.kind = 'direct' OR p.mentions_us OR p.author_id = t.author_id)
ORDER BY p.created_at DESC, p.id DESC LIMIT 1
"""
"""The newest of these waits if any does: whoever waits wrote after our last word."""
