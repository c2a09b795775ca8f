"""The full text's segments: each transaction adds one; they are merged afterwards, in small steps."""

from __future__ import annotations

from cm_console.store.sqlite import Connection

SET_UP = (("automerge", 0), ("crisismerge", 64), ("hashsize", 1 << 22))
"""Options of FTS5, kept in the database: merging within each pulled page's transaction costs a third of a pull."""

STEP = 64
"""Pages (of 4 kB) one step of merging writes: some 10 ms."""


def set_up(conn: Connection) -> None:
    """Set the options of a new full text."""
    conn.executemany("INSERT INTO post_fts(post_fts, rank) VALUES(?, ?)", SET_UP)


def merge(conn: Connection) -> bool:
    """One step of merging segments; False when there is nothing worth merging.

    How to tell: https://sqlite.org/fts5.html#the_merge_command
    """
    before = conn.total_changes
    conn.execute("INSERT INTO post_fts(post_fts, rank) VALUES('merge', ?)", (STEP,))
    return conn.total_changes - before >= 2
