"""What threads are filtered by as one types: title, author and place as an index of three letters each.

It is kept when there is time, never within a pull: threads newer than what was read last, and those whose words
changed (noted by triggers, which take the old ones out at once), are read by housekeeping; until then they are looked
at one by one. The index only says which threads may fit; whether one does is seen from its row.
"""

from __future__ import annotations

from collections.abc import Sequence

from cm_console.store.sqlite import Connection

STEP = 400
"""Threads read in one step: some 10 ms."""
UPTO = "words upto"
"""The row of `meta` that says up to which thread the index goes."""
LETTERS = 3
MOST_SLICES = 6
"""Pieces of a word that are looked up: more of them leave little out."""

_UPTO = f"(SELECT CAST(value AS INTEGER) FROM meta WHERE key = '{UPTO}')"
_NEW = f"SELECT id FROM thread WHERE id > {_UPTO} ORDER BY id LIMIT ?"
_WORDS = """
SELECT t.id, t.title || char(31) || coalesce(m.handle, '') || char(31) || t.place
FROM thread t LEFT JOIN member m ON m.id = t.author_id WHERE t.id IN (SELECT value FROM json_each(?))
"""
_FITTING = f"""
SELECT rowid FROM thread_words WHERE thread_words MATCH :slices UNION ALL SELECT thread_id FROM stale_words
UNION ALL SELECT id FROM thread WHERE id > {_UPTO} LIMIT :most
"""


def untidy(conn: Connection) -> bool:
    """Whether the words of any thread are to be read."""
    return bool(_noted(conn, 1))


def tidy(conn: Connection, step: int = STEP) -> bool:
    """Read the words of some threads; tells whether there may be more."""
    ids = _noted(conn, step)
    asked = f"[{','.join(map(str, ids))}]"
    conn.executemany("DELETE FROM thread_words WHERE rowid = ?", [(id,) for id in ids])
    conn.executemany("INSERT INTO thread_words(rowid, words) VALUES(?, ?)", conn.execute(_WORDS, (asked,)).fetchall())
    conn.executemany("DELETE FROM stale_words WHERE thread_id = ?", [(id,) for id in ids])
    if ids:
        conn.execute(f"UPDATE meta SET value = max(CAST(value AS INTEGER), ?) WHERE key = '{UPTO}'", (max(ids),))
    return len(ids) == step


def fitting(conn: Connection, words: Sequence[str], most: int) -> list[int] | None:
    """Threads among which are all that hold every word; None if that would be more than `most` or is not known."""
    slices = sorted({part for word in words for part in _slices(word)})
    if not slices:
        return None
    match = " AND ".join('"' + part.replace('"', '""') + '"' for part in slices)
    found = conn.execute(_FITTING, {"slices": match, "most": most + 1}).fetchall()
    return None if len(found) > most else [id for (id,) in found]


def _slices(word: str) -> list[str]:
    places = range(len(word) - LETTERS + 1)
    stride = max(1, -(-len(places) // MOST_SLICES))
    return [word[at : at + LETTERS] for at in places[::stride]]


def _noted(conn: Connection, most: int) -> list[int]:
    """Of what is to be read: what changed before what is new; a thread that is both is new."""
    changed = f"SELECT thread_id FROM stale_words WHERE thread_id <= {_UPTO} LIMIT ?"
    return [id for (id,) in conn.execute(changed, (most,)).fetchall() or conn.execute(_NEW, (most,))]
