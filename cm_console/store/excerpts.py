"""The posts of a thread that a reader shows, without reading the thousands between."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from cm_console.model.excerpt import Excerpt
from cm_console.model.thread import PostRow
from cm_console.store.reading import POST, newest_posts, post_row, posts
from cm_console.store.sqlite import Connection

END = 25
"""Posts shown of each end of a thread that has more than two such ends."""
STEP = 50
"""Posts read at once as one goes on."""


def excerpt(conn: Connection, thread_id: int, old: Excerpt | None = None, at: int | None = None) -> Excerpt:
    """A thread from its first to its newest post: both ends, what is around post `at`, what was shown before.

    `old` is what was shown of the same thread: it is read again, and what is new comes to its end.
    """
    shown = list(old.runs) if old else []
    first = len(shown[0]) if shown else 0
    limit = max(first, END if len(shown) > 1 else 2 * END)
    runs = [posts(conn, thread_id, None, limit)]
    if len(runs[0]) == limit:
        runs[0] = runs[0][: max(first, END)]
        runs += [_from(conn, thread_id, run[0].id, len(run)) for run in shown[1:-1]]
        runs.append(_tail(conn, thread_id, shown[-1] if len(shown) > 1 else ()))
    if at is not None and (here := _post(conn, thread_id, at)) is not None:
        runs += [_before(conn, thread_id, here, END // 2), _from(conn, thread_id, at, END)]
    return _joined(conn, thread_id, runs)


def unfold(conn: Connection, thread_id: int, old: Excerpt, fold: int, *, up: bool) -> Excerpt:
    """The same with the next posts behind a fold, or with the last ones of it (`up`)."""
    found = _before(conn, thread_id, old.behind(fold), STEP) if up else posts(conn, thread_id, fold, STEP)
    return _joined(conn, thread_id, [*old.runs, found])


def _tail(conn: Connection, thread_id: int, old: Sequence[PostRow]) -> list[PostRow]:
    found = newest_posts(conn, thread_id, len(old) + END)
    begin = next((n for n, post in enumerate(found) if old and post.id == old[0].id), max(0, len(found) - END))
    return found[begin:]


def _joined(conn: Connection, thread_id: int, runs: Sequence[Sequence[PostRow]]) -> Excerpt:
    whole = sorted({post.id: post for run in runs for post in run}.values(), key=_place)
    ends = {run[-1].id for run in runs if run}
    between = ((post, after) for post, after in pairwise(whole) if post.id in ends)
    folds = {post.id: left for post, after in between if (left := _between(conn, thread_id, post, after))}
    return Excerpt(tuple(whole), folds)


def _place(post: PostRow) -> tuple[int, int]:
    return post.created_at, post.id


def _post(conn: Connection, thread_id: int, id: int) -> PostRow | None:
    row = conn.execute(f"{POST} WHERE p.id = ? AND p.thread_id = ?", (id, thread_id)).fetchone()
    return post_row(row) if row else None


def _from(conn: Connection, thread_id: int, id: int, limit: int) -> list[PostRow]:
    here = _post(conn, thread_id, id)
    return [here, *posts(conn, thread_id, id, limit - 1)] if here else []


def _before(conn: Connection, thread_id: int, end: PostRow, limit: int) -> list[PostRow]:
    rows = conn.execute(
        f"{POST} WHERE p.thread_id = ? AND p.created_at <= ? AND (p.created_at, p.id) < (?, ?)"
        " ORDER BY p.created_at DESC, p.id DESC LIMIT ?",
        (thread_id, end.created_at, *_place(end), limit),
    )
    return [post_row(row) for row in rows][::-1]


def _between(conn: Connection, thread_id: int, begin: PostRow, end: PostRow) -> int:
    (count,) = conn.execute(
        "SELECT count(*) FROM post WHERE thread_id = ? AND created_at BETWEEN ? AND ?"
        " AND (created_at, id) > (?, ?) AND (created_at, id) < (?, ?)",
        (thread_id, begin.created_at, end.created_at, *_place(begin), *_place(end)),
    ).fetchone()
    return int(count)
