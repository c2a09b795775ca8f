"""Which threads hold the first post ever of the member who began them, also when an older one is learned of later."""

from __future__ import annotations

from collections.abc import Iterator

from cm_console.store.batch import Batch


def note(batch: Batch) -> None:
    """Note the threads of first posts that are first no more; before the kept columns of members are made anew."""
    for author, (_, first) in batch.new_posts.items():
        was = batch.firsts.get(author)
        if was is not None and first < was:
            batch.openings.update(_threads(batch, author, was))
    _note_counted_anew(batch)


def keep(batch: Batch) -> None:
    """Make the kept column of the noted threads true, and of those that became first; touched ones are already."""
    _note_counted_anew(batch)
    ids = batch.openings - batch.touched_threads
    if ids:
        batch.conn.execute(_KEEP, (batch.ids_json(ids),))


_KEEP = """
UPDATE thread SET newcomer = by_member AND EXISTS (
    SELECT 1 FROM member m JOIN post p ON p.author_id = m.id AND p.created_at = m.first_post_at
    WHERE m.id = thread.author_id AND p.thread_id = thread.id AND p.state < 3)
WHERE id IN (SELECT value FROM json_each(?))
"""


def _note_counted_anew(batch: Batch) -> None:
    for author in batch.recount_members:
        row = batch.conn.execute("SELECT first_post_at FROM member WHERE id = ?", (author,)).fetchone()
        batch.openings.update(_threads(batch, author, row[0]))


def _threads(batch: Batch, author: int, at: int | None) -> Iterator[int]:
    rows = batch.conn.execute("SELECT thread_id FROM post WHERE author_id = ? AND created_at = ?", (author, at))
    return (thread for (thread,) in rows)
