"""The words of answered threads, kept when there is time: what the similar ones are found by."""

from __future__ import annotations

from cm_console.model import similar
from cm_console.store.sqlite import Connection

STEP = 24
"""Threads read in one step: some 10 ms."""
QUESTION, ANSWERS = 2_000, 4_000
"""Characters of a question, and of all answers together, whose words are kept."""
TITLE_MARK = "ǂ"
"""Stands before a word once more if the title has it: a letter no title begins a word with, so it stays one word."""
_POSTS_READ = 60

_NOTED = "SELECT thread_id FROM stale_answered ORDER BY thread_id DESC LIMIT ?"
_THREAD = "SELECT title FROM thread WHERE id = ? AND deleted = 0 AND first_response_at IS NOT NULL"
_POSTS = f"""
SELECT author_id IS (SELECT author_id FROM thread WHERE id = ?1), body FROM post
WHERE thread_id = ?1 AND state = 0 ORDER BY created_at, id LIMIT {_POSTS_READ}
"""


def unread(conn: Connection) -> int:
    """How many threads are to be read again."""
    (n,) = conn.execute("SELECT count(*) FROM stale_answered").fetchone()
    return int(n)


def untidy(conn: Connection) -> bool:
    """Whether any thread is to be read again."""
    return conn.execute("SELECT 1 FROM stale_answered LIMIT 1").fetchone() is not None


def tidy(conn: Connection, step: int = STEP) -> bool:
    """Read some of the noted threads, the newest first; tells whether there may be more."""
    noted = [thread for (thread,) in conn.execute(_NOTED, (step,))]
    conn.executemany("DELETE FROM answered_fts WHERE rowid = ?", [(thread,) for thread in noted])
    rows = [(thread, text) for thread in noted if (text := words_of(conn, thread))]
    conn.executemany("INSERT INTO answered_fts(rowid, words) VALUES(?, ?)", rows)
    conn.executemany("DELETE FROM stale_answered WHERE thread_id = ?", [(thread,) for thread in noted])
    return len(noted) == step


def words_of(conn: Connection, thread: int) -> str:
    """Every word once; those of the title once more with their mark. Empty if the thread is not answered (any more)."""
    found, posts = conn.execute(_THREAD, (thread,)).fetchone(), conn.execute(_POSTS, (thread,)).fetchall()
    if found is None:
        return ""
    title = similar.words(found[0])
    question = posts[0][1][:QUESTION] if posts else ""
    answers = "\n".join(body for own, body in posts[1:] if not own)[:ANSWERS]
    return " ".join({*title, *(TITLE_MARK + word for word in title), *similar.words(question), *similar.words(answers)})
