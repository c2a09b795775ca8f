"""What the demo's members ask for, as its team has marked it: feedback in three themes, one of them answered before."""

from __future__ import annotations

from cm_console.demo.shape import Demo
from cm_console.model.time import DAY, HOUR, Instant
from cm_console.store import feedback
from cm_console.store.sqlite import Connection

THEMES = (
    ("Export of long periods", "web interface", ("%export of a year%", "%csv export%"), ""),
    ("Dark mode", "web interface", ("%dark mode%",), ""),
    ("More radio range", "hardware", ("%80 m %",), "the long antenna is in the shop"),
)
"""Theme, area, titles of threads that ask for it, and what became of it for those who asked long ago."""
LONG_AGO = 30 * DAY


def arrange(conn: Connection, demo: Demo, now: Instant) -> None:
    """Mark the first posts of members' threads with these titles, some hours after they were written."""
    for theme, area, titles, answer in THEMES:
        for title in titles:
            rows = conn.execute(
                "SELECT t.id FROM thread t JOIN member m ON m.id = t.author_id WHERE m.role = 0 AND t.title LIKE ?"
                " AND t.deleted = 0 ORDER BY t.created_at, t.id",
                (title,),
            ).fetchall()
            for (thread,) in rows:
                _mark(conn, demo.me, now, thread, (theme, area, answer))


def _mark(conn: Connection, me: str, now: Instant, thread: int, about: tuple[str, str, str]) -> None:
    found = feedback.post(conn, thread, None)
    if found is None:
        return
    theme, area, answer = about
    post, member, quote, said_at = found
    told = said_at + LONG_AGO if answer and said_at < now - LONG_AGO else None
    at = min(said_at + 5 * HOUR, now - HOUR)
    (known,) = conn.execute("SELECT count(*) FROM feedback").fetchone()
    row = (
        f"wish{known + 1:04}",
        thread,
        post,
        member,
        theme,
        area,
        quote,
        said_at,
        at,
        me,
        told,
        answer if told else "",
    )
    conn.execute(
        "INSERT INTO feedback(id, thread_id, post_id, member_id, theme, area, quote, said_at, at, actor, answered_at,"
        " answer) VALUES(?,?,?,?,?,?,?,?,?,?,?,?)",
        row,
    )
