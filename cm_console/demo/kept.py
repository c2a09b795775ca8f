"""What the demo's team keeps on members because of where they stand: who is to be welcomed, won back, asked."""

from __future__ import annotations

from cm_console.model.directory import Narrow, Sort
from cm_console.model.segments import PeopleRules
from cm_console.model.time import DAY, Instant
from cm_console.store import directory
from cm_console.store.sqlite import Connection

TAGS = (("helpers", 6, "mentor"), ("new", 2, "welcome"), ("quiet", 1, "win-back"))
"""A list, how many of its first, and the tag they bear."""
NOTE = ("quiet", "Moved house in summer, said so in the chat. No reason to worry, but do ask.")


def keep(conn: Connection, rules: PeopleRules, me: str, now: Instant, today: int) -> None:
    """Put it on whoever stands where, the same for the same seed."""
    for name, many, tag in TAGS:
        for person in _first(conn, rules, name, many, today):
            conn.execute("INSERT OR IGNORE INTO member_tag VALUES(?,?,?,?)", (person, tag, now - 9 * DAY, me))
    for person in _first(conn, rules, NOTE[0], 1, today):
        row = ("demo-person-quiet", f"member:{person}", me, NOTE[1], now - 5 * DAY)
        conn.execute("INSERT INTO note(id, item, author, body, at) VALUES(?,?,?,?,?)", row)


def _first(conn: Connection, rules: PeopleRules, name: str, many: int, today: int) -> list[int]:
    rows = directory.page(
        conn, rules, name, Sort.ANSWERS, Narrow(), today, key=None, forward=True, limit=many
    )  # fmt: skip
    return [row.id for row in rows]
