"""Threads into the store: what the platforms say of them; `keeping.py` has what is kept of their posts."""

from __future__ import annotations

from collections.abc import Sequence

from cm_console.model.records import Post, Thread
from cm_console.model.text import clean_line
from cm_console.store import ids
from cm_console.store.batch import Batch
from cm_console.store.keeping import keep as keep
from cm_console.store.keeping import keep_views as keep_views
from cm_console.store.keeping import wake as wake
from cm_console.store.sqlite import execute_rows

FACTS = "kind, title, author_id, created_at, place, url, closed, solved_at, solved_by, assigned_to, version, deleted"
_SET = ", ".join(f"{column}=?" for column in FACTS.split(", "))


def save(batch: Batch, new: dict[str, Thread], posts: dict[str, Post]) -> int:
    """Write threads and note the ids of those the posts stand in; returns how many were new or different."""
    remotes = dict.fromkeys((*new, *(post.thread for post in posts.values())))
    if not remotes:
        return 0
    held = {str(row[0]): row[1:] for row in batch.rows("thread", f"remote, id, {FACTS}", remotes)}
    batch.thread_ids.update((remote, int(str(row[0]))) for remote, row in held.items())
    inserts, updates = [], []
    for remote in remotes:
        thread = new.get(remote)
        facts = _facts(batch, thread, held.get(remote)) if thread else None
        if remote not in held:
            inserts.append((batch.source_id, remote, *(facts or _stub(posts, remote))))
        elif facts and held[remote][1:] != facts:
            updates.append((*facts, held[remote][0]))
            if facts[1] != held[remote][2]:
                batch.retitled.add(batch.thread_ids[remote])
    _insert(batch, inserts)
    batch.conn.executemany(f"UPDATE thread SET {_SET} WHERE id=?", updates)
    batch.touched_threads.update(int(str(row[-1])) for row in updates)
    return len(inserts) + len(updates)


def forget(batch: Batch, remotes: list[str]) -> int:
    """Threads the platform deleted: kept for the record, shown nowhere, their posts counted out."""
    ids = [int(str(id)) for id, deleted in batch.rows("thread", "id, deleted", remotes) if not deleted]
    batch.conn.executemany("UPDATE thread SET deleted=1 WHERE id=?", [(id,) for id in ids])
    from cm_console.store import posts

    inside = "SELECT remote FROM post WHERE state < 3 AND thread_id IN (SELECT value FROM json_each(?))"
    posts.forget(batch, [remote for (remote,) in batch.conn.execute(inside, (batch.ids_json(ids),)).fetchall()])
    batch.touched_threads.update(ids)
    return len(ids)


def _facts(batch: Batch, thread: Thread, held: Sequence[object] | None) -> tuple[object, ...]:
    """What a thread says; a feed that does not know the author, as that of the reports, does not unmake a known one."""
    title, place = str(clean_line(thread.title, 300)), str(clean_line(thread.place, 100))
    closed_or_solved = (int(thread.closed), thread.solved_at, thread.solved_by, thread.assigned_to)
    author: object = batch.member(thread.author)
    if author is None and held is not None:
        author = held[3]
    return (
        str(thread.kind),
        title,
        author,
        thread.created_at,
        place,
        str(clean_line(thread.url)),
        *closed_or_solved,
        thread.version,
        0,
    )


def _stub(posts: dict[str, Post], remote: str) -> tuple[object, ...]:
    first = min(post.created_at for post in posts.values() if post.thread == remote)
    return ("topic", "", None, first, "", "", 0, None, None, None, "", 0)


def _insert(batch: Batch, rows: list[tuple[object, ...]]) -> None:
    if rows:
        last = ids.last(batch.conn, "thread")
        numbered = [(id, *row) for id, row in enumerate(rows, start=last + 1)]
        execute_rows(batch.conn, f"INSERT INTO thread(id, source_id, remote, {FACTS}) ROWS", numbered)
        new = {str(row[1]): id for id, row in enumerate(rows, start=last + 1)}
        batch.thread_ids.update(new)
        batch.touched_threads.update(new.values())
