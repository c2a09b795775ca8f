"""Drafts: what was typed and is not sent, by key (`reply:12`)."""

from __future__ import annotations

from cm_console.store.sqlite import Connection


def bring_back(conn: Connection, key: str, text: str, now: int) -> None:
    """Make a draft of words that were on their way again, unless others were typed since."""
    conn.execute("INSERT OR IGNORE INTO draft VALUES(?,?,?)", (key, text, now))


def says(conn: Connection, key: str, text: str) -> bool:
    """Whether a draft says just this, white space around it aside."""
    row = conn.execute("SELECT body FROM draft WHERE key = ?", (key,)).fetchone()
    return row is not None and row[0].strip() == text.strip()


def drop(conn: Connection, key: str, text: str) -> None:
    """Forget a draft that says just this; other words are kept."""
    if says(conn, key, text):
        conn.execute("DELETE FROM draft WHERE key = ?", (key,))
