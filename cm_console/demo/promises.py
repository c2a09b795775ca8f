"""What the team of the demo has promised and arranged in its inbox: clocks, a saved view, a note that asks for help."""

from __future__ import annotations

import json

from cm_console.config import Home
from cm_console.demo.shape import Demo
from cm_console.model.inbox import Filter, View
from cm_console.model.narrowing import shown_filter
from cm_console.model.time import DAY, HOUR, Instant
from cm_console.store import facts, settled
from cm_console.store.sqlite import Connection

POLICY = "Forum"
SEEN_BEFORE = 3 * DAY
"""How long before the demo begins the team made its promise: what is older is not judged."""
CLOCKS = f"""
[[clocks]]
name = "{POLICY}"
source = "forum"
first_reply = 24
next_reply = 24
resolution = 168
"""
NOTE = "@{me} you know this part best, can you have a look?"


def write_clocks(home: Home) -> None:
    """The promises, at the end of the config."""
    with home.config.open("a", encoding="utf-8") as config:
        config.write(CLOCKS)


def note_promise(conn: Connection, now: Instant) -> None:
    """The promises were made some days ago; to be said before anything is pulled."""
    facts.note(conn, settled.SEEN, json.dumps({POLICY: now - SEEN_BEFORE}))


def arrange(conn: Connection, demo: Demo, now: Instant) -> None:
    """A view for what lies long, and a colleague's note on the newest follow-up."""
    old = shown_filter(Filter(older=DAY))
    conn.execute("INSERT INTO saved_view VALUES(?, ?, ?)", ("Lies long", View.UNASSIGNED.value, old))
    colleague = next(name for name in demo.team if name != demo.me)
    row = conn.execute("SELECT id FROM thread WHERE view = 1 AND needs = 4 ORDER BY urgency DESC LIMIT 1").fetchone()
    if row:
        at, words = now - 2 * HOUR, NOTE.format(me=demo.me)
        conn.execute(
            "INSERT INTO note(id, item, author, body, at) VALUES('demo-note', ?, ?, ?, ?)",
            (f"thread:{row[0]}", colleague, words, at),
        )
        conn.execute("INSERT INTO mention VALUES(?, ?, ?)", (demo.me.casefold(), row[0], at))
