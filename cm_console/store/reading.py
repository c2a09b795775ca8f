"""What a reader reads: the posts of a thread, the notes on it, the newest hits of a search."""

from __future__ import annotations

from typing import Any

from cm_console.model.text import Safe, clean
from cm_console.model.thread import Found, Note, PostRow
from cm_console.store.sqlite import Connection, OperationalError

SEARCH_LIMIT = 300
"""Characters of a search that count: a page of text pasted into the box must not keep a reader busy for minutes."""

ROLES = ("member", "team", "bot")
STATES = ("visible", "held", "hidden", "deleted")


def posts(conn: Connection, thread_id: int, after: int | None, limit: int) -> list[PostRow]:
    """Posts of a thread in the order of time, after a post id."""
    beyond = "" if after is None else _BEYOND
    rows = conn.execute(
        f"{POST} WHERE p.thread_id = :thread {beyond} ORDER BY p.created_at, p.id LIMIT :limit",
        {"thread": thread_id, "after": after, "limit": limit},
    )
    return [post_row(row) for row in rows]


POST = (
    "SELECT p.id, p.remote, coalesce(m.handle, 'unknown'), p.author_id, p.role, p.created_at, p.edited_at, p.state,"
    " p.comment, p.reactions, p.body, p.url, p.version FROM post p LEFT JOIN member m ON m.id = p.author_id"
)


def newest_posts(conn: Connection, thread_id: int, limit: int) -> list[PostRow]:
    """The last posts of a thread, in the order of time."""
    query = f"{POST} WHERE p.thread_id = ? ORDER BY p.created_at DESC, p.id DESC LIMIT ?"
    return [post_row(row) for row in conn.execute(query, (thread_id, limit)).fetchall()[::-1]]


_BEYOND = (
    "AND p.created_at >= (SELECT created_at FROM post WHERE id = :after)"
    " AND (p.created_at, p.id) > ((SELECT created_at FROM post WHERE id = :after), :after)"
)
"""The first comparison finds the place in the index; the second decides among posts of one moment."""


def post(conn: Connection, source_id: int, remote: str) -> PostRow | None:
    """One post by the platform's id."""
    row = conn.execute(f"{POST} WHERE p.source_id = ? AND p.remote = ?", (source_id, remote)).fetchone()
    return post_row(row) if row else None


def post_row(row: tuple[Any, ...]) -> PostRow:
    """A row of the post query as the model has it."""
    id, remote, author, author_id, role, created, edited, state, comment, reactions, body, url, version = row
    return PostRow(
        id,
        remote,
        Safe(author),
        author_id,
        ROLES[role] if author_id else "unknown",
        created,
        edited,
        STATES[state],
        bool(comment),
        reactions,
        Safe(body),
        url,
        version,
    )


def notes(conn: Connection, item: str) -> list[Note]:
    """The private notes on an item, oldest first."""
    rows = conn.execute("SELECT id, author, body, at FROM note WHERE item = ? AND removed = 0 ORDER BY at, id", (item,))
    return [Note(id, author, Safe(body), at) for id, author, body, at in rows]


def search(conn: Connection, words: str, *, before: int | None, limit: int) -> list[Found]:
    """The newest posts that contain every word (the last one as a beginning), going back from `before` (a key)."""
    query = match_query(clean(words[:SEARCH_LIMIT]))
    if not query:
        return []
    try:
        rows = conn.execute(_SEARCH, (query, before or 2**63 - 1, limit)).fetchall()
    except OperationalError as error:
        if "fts5" not in str(error):
            raise
        return []
    return [Found(key, thread, Safe(t), Safe(a), s, at, Safe(snip), by) for key, thread, t, a, s, at, snip, by in rows]


_SEARCH = """
SELECT f.rowid, p.thread_id, t.title, coalesce(m.handle, 'unknown'), s.name, p.created_at,
    snippet(post_fts, -1, '«', '»', '…', 14), p.author_id
FROM post_fts f JOIN post p ON p.id = f.rowid JOIN thread t ON t.id = p.thread_id JOIN source s ON s.id = p.source_id
    LEFT JOIN member m ON m.id = p.author_id
WHERE post_fts MATCH ? AND f.rowid < ? ORDER BY f.rowid DESC LIMIT ?
"""


def match_query(words: str) -> str:
    """What people type as an FTS5 query: every word quoted, the last one matching as a beginning; "phrases" kept.

    One letter is not a beginning yet: half the words of a community begin with it, and the next letter is on its way.
    """
    parts = words.split('"')
    terms: list[str] = []
    for number, part in enumerate(parts):
        if number % 2 and number < len(parts) - 1:
            terms.extend([part] if part.strip() else [])
        else:
            terms.extend(part.split())
    known = dict.fromkeys(term for term in terms if any(c.isalnum() for c in term))
    quoted = ['"' + term.replace('"', '""') + '"' for term in known]
    if quoted and not words.endswith((" ", '"')):
        if len(quoted[-1]) > len('"x"'):
            quoted[-1] += "*"
        elif len(quoted) > 1:
            quoted.pop()
    return " ".join(quoted)
