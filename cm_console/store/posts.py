"""Posts into the store, with their full text and their share of the rollups, written in the same breath."""

from __future__ import annotations

from typing import TypeAlias, cast

from cm_console.model.records import Post, PostState
from cm_console.model.text import clean
from cm_console.store import post_ids
from cm_console.store.batch import Batch

STATES = {PostState.VISIBLE: 0, PostState.HELD: 1, PostState.HIDDEN: 2, PostState.DELETED: 3}
LIMIT = 1_000_000
"""Characters of a post that are kept; the rest stays on the platform."""

Facts: TypeAlias = tuple[int, int | None, int | None, int, int, int, str | None, int, str, str, str]
_FACTS = "thread_id, author_id, edited_at, state, comment, mentions_us, reply_to, reactions, url, version, body"
_COLUMNS = f"id, source_id, remote, role, created_at, subject, {_FACTS}"
_INSERT = f"INSERT INTO post({_COLUMNS}) VALUES({','.join('?' * 17)})"
_UPDATE = f"UPDATE post SET role=?, {', '.join(f'{column}=?' for column in _FACTS.split(', '))} WHERE id=?"
INDEX = "INSERT INTO post_fts(rowid, body, subject) VALUES(?,?,?)"
"""Puts a post's words into the full text; UNINDEX takes them out, told what they were."""
_INDEX_ALL = (
    "INSERT INTO post_fts(rowid, body, subject)"
    " SELECT id, body, subject FROM post WHERE id IN (SELECT value FROM json_each(?))"
)
UNINDEX = "INSERT INTO post_fts(post_fts, rowid, body, subject) VALUES('delete',?,?,?)"


def save(batch: Batch, new: dict[str, Post]) -> int:
    """Write posts; returns how many were new or different."""
    if not new:
        return 0
    held = {cast(str, row[0]): row[1:] for row in batch.rows("post", f"remote, id, created_at, subject, {_FACTS}", new)}
    fresh: list[tuple[Post, Facts]] = []
    changed = 0
    for remote, post in new.items():
        facts = _facts(batch, post)
        old = held.get(remote)
        if old is None:
            fresh.append((post, facts))
        elif old[3:] != facts:
            _change(batch, cast("tuple[int, int, str]", old[:3]), old[3:], facts)
            changed += 1
    if fresh:
        _insert(batch, fresh)
    return len(fresh) + changed


def forget(batch: Batch, remotes: list[str]) -> int:
    """Posts the platform deleted: out of the full text and the rollups, their words gone."""
    if not remotes:
        return 0
    columns = f"id, created_at, subject, {_FACTS}"
    held = batch.rows("post", columns, remotes)
    rows = [row for row in held if row[6] != STATES[PostState.DELETED] or row[-1]]
    for row in rows:
        old = row[3:]
        gone = (*old[:3], STATES[PostState.DELETED], *old[4:10], "")
        _change(batch, cast("tuple[int, int, str]", row[:3]), old, gone)
    return len(rows)


def _facts(batch: Batch, post: Post) -> Facts:
    """Texts as plain `str`: binding a subclass of it costs SQLite's driver a search for adapters."""
    author = None if post.author is None else batch.member_ids[post.author]
    return (
        batch.thread_ids[post.thread],
        author,
        post.edited_at,
        0 if post.state is PostState.VISIBLE else STATES[post.state],
        int(post.comment),
        int(post.mentions_us),
        post.reply_to,
        post.reactions,
        post.url,
        post.version,
        str(clean(post.text[:LIMIT])),
    )


def _insert(batch: Batch, fresh: list[tuple[Post, Facts]]) -> None:
    subjects = _subjects(batch, fresh)
    fresh.sort(key=lambda one: one[0].created_at)
    ids = post_ids.assign(batch.conn, [post.created_at for post, _ in fresh])
    rows = []
    count_in, roles, new_posts = batch.rollups.post, batch.roles, batch.new_posts
    for rowid, (post, facts) in zip(ids, fresh, strict=True):
        thread, author, _, state, *_ = facts
        role = 0 if author is None else roles[author]
        at = post.created_at
        rows.append((rowid, batch.source_id, post.id, role, at, subjects.get(post.id, ""), *facts))
        if state != 3:
            count_in(at, author, thread, 1, bot=role == 2)
            if author is not None:
                n, first = new_posts.get(author, (0, at))
                new_posts[author] = (n + 1, first if first < at else at)
        batch.touched_threads.add(thread)
    batch.conn.executemany(_INSERT, rows)
    batch.conn.execute(_INDEX_ALL, (batch.ids_json(row[0] for row in rows if row[9] != 3),))


def _subjects(batch: Batch, fresh: list[tuple[Post, Facts]]) -> dict[str, str]:
    """For each thread that had no post yet: the id of the first one and the thread's title."""
    firsts: dict[int, Post] = {}
    for post, facts in fresh:
        thread = facts[0]
        if facts[3] != 3 and (thread not in firsts or post.created_at < firsts[thread].created_at):
            firsts[thread] = post
    query = "SELECT id, title FROM thread WHERE id IN (SELECT value FROM json_each(?)) AND posts = 0"
    rows = batch.conn.execute(query, (batch.ids_json(firsts),))
    return {firsts[id].id: title for id, title in rows}


def _change(batch: Batch, known: tuple[int, int, str], old: tuple[object, ...], new: tuple[object, ...]) -> None:
    rowid, created_at, subject = known
    was_in, is_in = old[3] != 3, new[3] != 3
    if was_in and (not is_in or old[10] != new[10]):
        batch.conn.execute(UNINDEX, (rowid, old[10], subject))
    batch.conn.execute(_UPDATE, (_role(batch, new[1]), *new, rowid))
    if is_in and (not was_in or old[10] != new[10]):
        batch.conn.execute(INDEX, (rowid, new[10], subject))
    if (was_in, *old[:2]) != (is_in, *new[:2]):
        for facts, counted, by in ((old, was_in, -1), (new, is_in, 1)):
            if counted:
                author, thread = cast("int | None", facts[1]), cast(int, facts[0])
                batch.rollups.post(created_at, author, thread, by, bot=_role(batch, author) == 2)
        if subject or (is_in, new[0]) != (was_in, old[0]):
            batch.retitled.update((cast(int, old[0]), cast(int, new[0])))
    for facts in (old, new):
        batch.touched_threads.add(cast(int, facts[0]))
        if facts[1] is not None:
            batch.recount_members.add(cast(int, facts[1]))


def _role(batch: Batch, author: object) -> int:
    if author is None:
        return 0
    id = cast(int, author)
    if id not in batch.roles:
        (batch.roles[id],) = batch.conn.execute("SELECT role FROM member WHERE id = ?", (id,)).fetchone()
    return batch.roles[id]


_BEARERS = """
SELECT p.id, p.subject, p.body, p.state, t.title FROM post AS p JOIN thread AS t ON t.id = p.thread_id
WHERE p.thread_id = ?1 AND (p.subject != '' OR p.id = (
    SELECT id FROM post WHERE thread_id = ?1 AND state < 3 ORDER BY created_at, id LIMIT 1))
ORDER BY p.state = 3, p.subject = '', p.created_at, p.id
"""


def keep_subjects(batch: Batch) -> None:
    """One post of each retitled thread bears its title to search for, whatever was renamed, moved or deleted."""
    for thread in batch.retitled:
        for place, (id, subject, body, state, title) in enumerate(batch.conn.execute(_BEARERS, (thread,)).fetchall()):
            wanted = title if place == 0 and state < 3 else ""
            if subject == wanted:
                continue
            if state < 3:
                batch.conn.execute(UNINDEX, (id, body, subject))
                batch.conn.execute(INDEX, (id, body, wanted))
            batch.conn.execute("UPDATE post SET subject = ? WHERE id = ?", (wanted, id))
