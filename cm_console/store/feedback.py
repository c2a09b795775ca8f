"""Feedback in the store: posts by theme, and who asked."""

from __future__ import annotations

from typing import Any

from cm_console.model.feedback import WEEKS, Item, Theme
from cm_console.model.text import Safe, clean
from cm_console.model.time import DAY
from cm_console.store.sqlite import Connection

QUOTE = 600
"""Characters of a post that are kept as its quote."""
ALL = -1
"""As a limit: none."""
_ITEM = """
SELECT f.id, f.thread_id, t.title, f.theme, f.area, f.quote, coalesce(m.handle, 'unknown'),
    coalesce(m.person_id, m.id), s.name, f.said_at, f.at, f.actor, f.answered_at, f.answer,
    coalesce(nullif(p.url, ''), t.url), coalesce(p.remote, '')
FROM feedback f JOIN thread t ON t.id = f.thread_id JOIN source s ON s.id = t.source_id
    LEFT JOIN member m ON m.id = f.member_id LEFT JOIN post p ON p.id = f.post_id
"""
_THEMES = f"""
SELECT f.theme, max(f.area), count(*), count(DISTINCT coalesce(m.person_id, m.id, f.id)),
    sum(f.answered_at IS NULL), max(f.said_at), max(f.answered_at),
    coalesce((SELECT answer FROM feedback a WHERE a.theme = f.theme AND a.removed = 0 AND a.answered_at IS NOT NULL
        ORDER BY a.answered_at DESC LIMIT 1), ''),
    {
    ", ".join(
        f"sum(f.said_at >= :now - {7 * DAY * (n + 1)} AND f.said_at < :now - {7 * DAY * n})"
        for n in reversed(range(1, WEEKS))
    )
},
    sum(f.said_at >= :now - {7 * DAY})
FROM feedback f LEFT JOIN member m ON m.id = f.member_id WHERE f.removed = 0 GROUP BY f.theme
ORDER BY count(*) DESC, f.theme
"""


def items(
    conn: Connection,
    theme: str | None = None,
    *,
    thread_id: int | None = None,
    unanswered: bool = False,
    limit: int = ALL,
) -> list[Item]:
    """What is marked, the newest words first: all, of a theme, of a thread; at most `limit`."""
    where, values = "f.removed = 0", list[object]()
    for clause, value in (("f.theme = ?", theme), ("f.thread_id = ?", thread_id)):
        if value is not None:
            where, values = f"{where} AND {clause}", [*values, value]
    where += " AND f.answered_at IS NULL" if unanswered else ""
    rows = conn.execute(f"{_ITEM} WHERE {where} ORDER BY f.said_at DESC, f.id LIMIT ?", (*values, limit))
    return [_item(row) for row in rows]


def item(conn: Connection, id: str) -> Item | None:
    """One by its id, or by the beginning of it if only one begins so."""
    rows = conn.execute(f"{_ITEM} WHERE f.removed = 0 AND f.id BETWEEN ?1 AND ?1 || 'zzzz' LIMIT 2", (id,)).fetchall()
    return _item(rows[0]) if len(rows) == 1 else None


def themes(conn: Connection, now: int) -> list[Theme]:
    """All themes, the most frequent first."""
    return [
        Theme(Safe(name), Safe(area), n, people, waits, last, answered, Safe(answer), tuple(weeks))
        for name, area, n, people, waits, last, answered, answer, *weeks in conn.execute(_THEMES, {"now": now})
    ]


def known_as(conn: Connection, theme: str) -> tuple[str, str] | None:
    """How a theme is written already, whatever the case, and its area."""
    row: tuple[str, str] | None = conn.execute(
        "SELECT theme, max(area) FROM feedback WHERE removed = 0 AND lower(theme) = lower(?) GROUP BY theme", (theme,)
    ).fetchone()
    return row


def post(conn: Connection, thread_id: int, remote: str | None) -> tuple[int, int | None, str, int] | None:
    """A post of a thread - by the platform's id, else its first - with its member, quote and time."""
    row = conn.execute(
        "SELECT id, author_id, body, created_at FROM post WHERE thread_id = ?1 AND state < 3"
        " AND (?2 IS NULL OR remote = ?2) ORDER BY created_at, id LIMIT 1",
        (thread_id, remote),
    ).fetchone()
    return (row[0], row[1], clean(row[2].strip()[:QUOTE]), row[3]) if row else None


def marked(conn: Connection, thread_id: int, post_id: int, theme: str) -> bool:
    """Whether a post is feedback of this theme already."""
    return bool(
        conn.execute(
            "SELECT 1 FROM feedback WHERE thread_id = ? AND post_id = ? AND theme = ? AND removed = 0",
            (thread_id, post_id, theme),
        ).fetchone()
    )


def _item(row: tuple[Any, ...]) -> Item:
    id, thread, title, theme, area, quote, author, person, source, said, at, actor, answered, answer, url, remote = row
    words = (Safe(title), Safe(theme), Safe(area), Safe(quote), Safe(author))
    return Item(id, thread, *words, person, source, said, at, actor, answered, Safe(answer), url, remote)
