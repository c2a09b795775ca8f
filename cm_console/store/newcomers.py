"""Which threads hold the first post ever of the member who began them, also when an older one is learned of later."""

from __future__ import annotations

from cm_console.store.batch import Batch

Firsts = dict[int, "int | None"]
"""When members posted first."""


def firsts(batch: Batch) -> Firsts:
    """When those whose posts come or go posted first, as was known until now."""
    return _read(batch, {*batch.new_posts, *batch.recount_members})


def note(batch: Batch, before: Firsts) -> None:
    """Note the threads of first posts that are first no more, or have become it."""
    if not before:
        return
    now = _read(batch, before)
    moved = [(id, at) for id, was in before.items() if was is not None and was != now[id] for at in (was, now[id])]
    for author, at in moved:
        rows = batch.conn.execute("SELECT thread_id FROM post WHERE author_id = ? AND created_at = ?", (author, at))
        batch.openings.update(thread for (thread,) in rows)


def keep(batch: Batch) -> None:
    """Make the kept column of the noted threads true; touched ones are already."""
    ids = batch.openings - batch.touched_threads
    if ids:
        batch.conn.execute(_KEEP, (batch.ids_json(ids),))


_KEEP = """
UPDATE thread SET newcomer = by_member AND EXISTS (
    SELECT 1 FROM member m JOIN post p ON p.author_id = m.id AND p.created_at = m.first_post_at
    WHERE m.id = thread.author_id AND p.thread_id = thread.id AND p.state < 3)
WHERE id IN (SELECT value FROM json_each(?))
"""


def _read(batch: Batch, ids: set[int] | Firsts) -> Firsts:
    if not ids:
        return {}
    query = "SELECT id, first_post_at FROM member WHERE id IN (SELECT value FROM json_each(?))"
    return dict(batch.conn.execute(query, (batch.ids_json(ids),)).fetchall())
