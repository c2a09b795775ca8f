"""Posts into the store, with their full text and their share of the rollups, written in the same breath."""

from __future__ import annotations

from collections.abc import Sequence
from operator import attrgetter
from typing import TypeAlias, cast

from cm_console.model.records import Post, PostState
from cm_console.model.text import cleaned
from cm_console.store import post_ids
from cm_console.store.batch import Batch

STATES = {PostState.VISIBLE: 0, PostState.HELD: 1, PostState.HIDDEN: 2, PostState.DELETED: 3}
LIMIT = 1_000_000
"""Characters of a post that are kept; the rest stays on the platform."""

Facts: TypeAlias = tuple[int, int | None, int | None, int, int, int, str | None, int, str, str, str]
_FACTS = "thread_id, author_id, edited_at, state, comment, mentions_us, reply_to, reactions, url, version, body"
_COLUMNS = f"id, source_id, remote, created_at, role, subject, {_FACTS}"
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
    fresh = [post for remote, post in new.items() if remote not in held]
    changed = 0
    for remote, old in held.items():
        facts = _facts(batch, new[remote])
        if old[3:] != facts:
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
    return (
        batch.thread_ids[post.thread],
        None if post.author is None else batch.member_ids[post.author],
        post.edited_at,
        0 if post.state is PostState.VISIBLE else STATES[post.state],
        1 if post.comment else 0,
        1 if post.mentions_us else 0,
        post.reply_to,
        post.reactions,
        post.url,
        post.version,
        cleaned(post.text if len(post.text) <= LIMIT else post.text[:LIMIT]),
    )


def _insert(batch: Batch, fresh: list[Post]) -> None:
    fresh.sort(key=attrgetter("created_at"))
    facts = [_facts(batch, post) for post in fresh]
    untitled = _untitled(batch, {one[0] for one in facts})
    ids = post_ids.assign(batch.conn, [post.created_at for post in fresh])
    roles, rows, indexed, counted = batch.roles, [], [], []
    for id, post, one in zip(ids, fresh, facts, strict=True):
        thread, author, _, state, *_ = one
        at, role, subject = post.created_at, 0 if author is None else roles[author], ""
        if state != 3:
            indexed.append(id)
            counted.append((at, author, thread, role == 2))
            if untitled:
                subject = untitled.pop(thread, "")
        rows.append((id, batch.source_id, post.id, at, role, subject, *one))
    batch.conn.executemany(_INSERT, rows)
    batch.conn.execute(_INDEX_ALL, (batch.ids_json(indexed),))
    batch.touched_threads.update([one[0] for one in facts])
    batch.rollups.posts(counted)
    _note_authors(batch, counted)


def _note_authors(batch: Batch, counted: Sequence[tuple[int, int | None, int, bool]]) -> None:
    """How much each of the authors wrote, and when first; `counted` is in the order of time."""
    noted = batch.new_posts
    for at, author, _, _ in counted:
        if author is not None:
            n, first = noted.get(author) or (0, at)
            noted[author] = (n + 1, first)


def _untitled(batch: Batch, threads: set[int]) -> dict[int, str]:
    """The titles of those threads that had no post yet: the first one bears it, for search."""
    query = "SELECT id, title FROM thread WHERE id IN (SELECT value FROM json_each(?)) AND posts = 0"
    return dict(batch.conn.execute(query, (batch.ids_json(threads),)).fetchall())


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
