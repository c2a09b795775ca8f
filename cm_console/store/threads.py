"""Threads into the store, and what is kept of their posts: responses, who waits since when, which view shows them."""

from __future__ import annotations

from collections.abc import Sequence

from cm_console.model.inbox import REPLY_WITHIN, UNTIL_REPLY, Status
from cm_console.model.records import Post, Thread
from cm_console.model.text import clean_line
from cm_console.store.batch import Batch
from cm_console.store.sqlite import Connection

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


def keep(batch: Batch) -> None:
    """Make the kept columns of touched threads true."""
    if batch.touched_threads:
        ids = batch.ids_json(batch.touched_threads)
        batch.conn.execute(_KEEP_POSTS, (ids,))
        batch.conn.execute(_KEEP_WAITING, (ids,))
        keep_views(batch.conn, ids, batch.now)


def keep_views(conn: Connection, ids: str, now: int) -> None:
    """Make view and due time of threads (a JSON array of ids) true; after facts or decisions changed."""
    muted = conn.execute("SELECT value FROM meta WHERE key = 'muted'").fetchone()
    conn.execute(_KEEP_VIEW, {"ids": ids, "muted": muted[0] if muted else "[]", "now": now})


def wake(conn: Connection, now: int) -> int:
    """Bring back the snoozed threads whose time has come; returns how many."""
    due = conn.execute("SELECT id FROM thread WHERE view = 3 AND snoozed_until <= ?", (now,)).fetchall()
    conn.executemany("UPDATE thread SET view = 1 WHERE id = ?", due)
    return len(due)


_OTHER = "p.state = 0 AND p.role < 2 AND p.author_id IS NOT t.author_id"

_KEEP_POSTS = f"""
UPDATE thread SET
    posts = k.posts, last_post_at = max(coalesce(k.last_at, 0), thread.created_at), by_member = k.by_member,
    first_response_at = k.response_at, first_team_response_at = k.team_at,
    answered_by_team = k.last_team_at IS NOT NULL,
    asked_at = max(coalesce(CASE kind WHEN 'direct' THEN k.member_at ELSE k.author_at END, 0),
        coalesce(k.mention_at, 0)),
    waiting_since = CASE
        WHEN deleted OR closed OR solved_at IS NOT NULL THEN NULL
        WHEN kind = 'direct' THEN
            CASE WHEN k.member_at > coalesce(k.last_team_at, -1) THEN coalesce(k.last_team_at, -1) END
        WHEN k.mention_at > coalesce(k.last_team_at, -1) THEN k.mention_at
        WHEN NOT k.by_member THEN NULL
        WHEN k.response_at IS NULL THEN thread.created_at
        WHEN k.last_team_at IS NOT NULL AND k.author_at > k.other_at THEN k.other_at
    END
FROM (
    SELECT t.id AS thread_id, count(p.id) AS posts, max(p.created_at) AS last_at,
        t.author_id IS NOT NULL AND (SELECT role FROM member WHERE id = t.author_id) = 0 AS by_member,
        min(CASE WHEN {_OTHER} THEN p.created_at END) AS response_at,
        max(CASE WHEN {_OTHER} THEN p.created_at END) AS other_at,
        min(CASE WHEN {_OTHER} AND p.role = 1 THEN p.created_at END) AS team_at,
        max(CASE WHEN p.state = 0 AND p.role = 1 THEN p.created_at END) AS last_team_at,
        max(CASE WHEN p.state = 0 AND p.role = 0 THEN p.created_at END) AS member_at,
        max(CASE WHEN p.state = 0 AND p.author_id = t.author_id THEN p.created_at END) AS author_at,
        max(CASE WHEN p.state = 0 AND p.role = 0 AND p.mentions_us THEN p.created_at END) AS mention_at
    FROM thread t LEFT JOIN post p ON p.thread_id = t.id AND p.state < 3
    WHERE t.id IN (SELECT value FROM json_each(?)) GROUP BY t.id
) AS k WHERE thread.id = k.thread_id
"""

_KEEP_WAITING = """
UPDATE thread SET waiting_since = coalesce((
    SELECT min(created_at) FROM post WHERE thread_id = thread.id AND state = 0 AND created_at > waiting_since
        AND CASE WHEN kind = 'direct' THEN role = 0 ELSE author_id = thread.author_id END), waiting_since)
WHERE id IN (SELECT value FROM json_each(?)) AND waiting_since IS NOT NULL AND (kind = 'direct' OR answered_by_team)
    AND NOT EXISTS (SELECT 1 FROM post WHERE thread_id = thread.id AND created_at = waiting_since AND mentions_us)
"""
"""From the last answer to the first unanswered word of the member: that is since when they wait."""

_REPLY_WITHIN = "CASE priority " + " ".join(f"WHEN {int(p)} THEN {ms}" for p, ms in REPLY_WITHIN.items()) + " END"

_KEEP_VIEW = f"""
UPDATE thread SET
    view = CASE
        WHEN deleted THEN 0
        WHEN status = {Status.SNOOZED:d} AND snoozed_until > :now
            AND NOT (snoozed_until = {UNTIL_REPLY} AND asked_at > seen_at) THEN 3
        WHEN status = {Status.SNOOZED:d} THEN 1
        WHEN waiting_since IS NOT NULL AND (status = {Status.OPEN:d} OR asked_at > seen_at)
            THEN place NOT IN (SELECT value FROM json_each(:muted))
        WHEN status > 0 THEN status + 1 ELSE 0 END,
    due_at = coalesce(waiting_since, last_post_at) + {_REPLY_WITHIN}
WHERE id IN (SELECT value FROM json_each(:ids))
"""


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
        marks = ",".join("?" * len(rows[0]))
        batch.conn.executemany(f"INSERT INTO thread(source_id, remote, {FACTS}) VALUES({marks})", rows)
        new = {str(r): int(str(id)) for r, id in batch.rows("thread", "remote, id", [str(row[1]) for row in rows])}
        batch.thread_ids.update(new)
        batch.touched_threads.update(new.values())
