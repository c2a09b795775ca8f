"""Posts whose words change here and not on the platform: body, title for the search and full text in one breath."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from cm_console.store.posts import INDEX, UNINDEX
from cm_console.store.sqlite import VERSION, Connection
from cm_console.store.withheld import REMOVED

INDEXES = ("post_fts", "answered_fts", "thread_words")
"""The full texts that hold words of posts, titles and names."""
ERASES = VERSION >= (3, 42)
"""Since then FTS5 takes deleted words out at once if told to: https://sqlite.org/fts5.html#the_secure_delete_configuration_option"""


def reword(conn: Connection, post_id: int, body: str, subject: str) -> None:
    """Give a post other words, in the full text too."""
    was, title, state = conn.execute("SELECT body, subject, state FROM post WHERE id = ?", (post_id,)).fetchone()
    if (was, title) == (body, subject):
        return
    if state < 3:
        conn.execute(UNINDEX, (post_id, was, title))
    conn.execute("UPDATE post SET body = ?, subject = ? WHERE id = ?", (body, subject, post_id))
    if state < 3:
        conn.execute(INDEX, (post_id, body, subject))


def untitle(conn: Connection, thread: int) -> None:
    """Take away a thread's title and address - it spells out the title - also where the search finds it."""
    conn.execute("UPDATE thread SET title = ?, url = '' WHERE id = ?", (REMOVED, thread))
    bearers = conn.execute("SELECT id, body FROM post WHERE thread_id = ? AND subject <> ''", (thread,))
    for id, body in bearers.fetchall():
        reword(conn, id, body, REMOVED)


def forget_similar(conn: Connection, threads: Sequence[int]) -> None:
    """Take the words of threads out of what similar ones are found by; they are read anew when there is time."""
    asked = json.dumps(list(threads))
    conn.execute("DELETE FROM answered_fts WHERE rowid IN (SELECT value FROM json_each(?))", (asked,))
    conn.execute(
        "INSERT OR IGNORE INTO stale_answered SELECT id FROM thread WHERE first_response_at IS NOT NULL"
        " AND id IN (SELECT value FROM json_each(?))",
        (asked,),
    )


@contextmanager
def erasing(conn: Connection, *, on: bool = True) -> Iterator[None]:
    """What is deleted or overwritten meanwhile is overwritten in the file as well, not only no longer found.

    Not `on`: it is not, as the file is written anew afterwards, which takes care of all of it.
    """
    was = bool(conn.execute("PRAGMA secure_delete").fetchone()[0])
    overwrite(conn, on=on)
    try:
        yield
    finally:
        overwrite(conn, on=was)


def overwrite(conn: Connection, *, on: bool) -> None:
    """Whether what this connection deletes is overwritten in the file from now on; costs a little with every change."""
    conn.execute(f"PRAGMA secure_delete = {'ON' if on else 'OFF'}")
    known = conn.execute("SELECT v FROM post_fts_config WHERE k = 'secure-delete'").fetchone()
    if ERASES and bool(known and known[0]) is not on:
        conn.execute("INSERT INTO post_fts(post_fts, rank) VALUES('secure-delete', ?)", (int(on),))


def sweep(conn: Connection) -> bool:
    """Write the file anew without what older versions left in it; outside any transaction.

    Returns whether the log beside it is empty too: another console that reads may keep it a little longer.
    """
    for index in INDEXES:
        conn.execute(f"INSERT INTO {index}({index}) VALUES('optimize')")
    conn.execute("VACUUM")
    return empty_log(conn)


def forget_words(conn: Connection) -> None:
    """Write the indexes without texts anew: of threads that are gone they keep single words and letters until then."""
    for index in INDEXES[1:]:
        conn.execute(f"INSERT INTO {index}({index}) VALUES('optimize')")


def empty_log(conn: Connection) -> bool:
    """Take the log beside the file into it and leave none of it behind; returns whether that went.

    Another console that reads may keep it a little longer.
    """
    busy: int = conn.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
    return not busy
