"""Texts that are kept for some days only: blanked in small steps when there is time; the numbers stay."""

from __future__ import annotations

import json
from collections.abc import Mapping

from cm_console.model.privacy import Retention
from cm_console.model.time import DAY
from cm_console.store import post_ids
from cm_console.store.rewording import forget_similar, reword
from cm_console.store.sqlite import Connection
from cm_console.store.withheld import REMOVED

STEP = 100
"""Posts blanked in one step: some 10 ms."""
LOOKED_AT = 5_000
"""Posts looked at in one step."""


def settle(conn: Connection, keep_days: Mapping[str, int]) -> None:
    """Note how long sources keep texts; whoever keeps them shorter now is looked through again."""
    for source_id, name in conn.execute("SELECT id, name FROM source").fetchall():
        days = keep_days.get(name)
        if days is None:
            conn.execute("DELETE FROM retention WHERE source_id = ?", (source_id,))
        else:
            conn.execute(
                "INSERT INTO retention(source_id, keep_days) VALUES(?1, ?2) ON CONFLICT DO UPDATE SET"
                " keep_days = ?2, done_id = CASE WHEN keep_days = ?2 THEN done_id ELSE 0 END",
                (source_id, days),
            )


def due(conn: Connection, keep_days: Mapping[str, int], now: int) -> list[Retention]:
    """For each source with a limit how many of its posts are older and still have their words."""
    found = []
    for name, days in sorted(keep_days.items()):
        (n,) = conn.execute(
            "SELECT count(*) FROM post WHERE id < ? AND body <> '' AND created_at < ?"
            " AND source_id = (SELECT id FROM source WHERE name = ?)",
            (post_ids.first_id(now - days * DAY) + post_ids.SLOTS, now - days * DAY, name),
        ).fetchone()
        found.append(Retention(name, days, n))
    return found


_NEXT = """
SELECT r.source_id, r.done_id, r.keep_days FROM retention r WHERE EXISTS (
    SELECT 1 FROM post WHERE id > r.done_id AND id < (:now / 1000 - r.keep_days * 86400) * :slots) LIMIT 1
"""


def is_due(conn: Connection, now: int) -> bool:
    """Whether there are posts beyond those looked at that are old enough."""
    return conn.execute(_NEXT, {"now": now, "slots": post_ids.SLOTS}).fetchone() is not None


def expire(conn: Connection, now: int) -> tuple[int, bool]:
    """Blank some texts whose time is over; how many, and whether there may be more."""
    row = conn.execute(_NEXT, {"now": now, "slots": post_ids.SLOTS}).fetchone()
    if row is None:
        return 0, False
    source_id, done, days = row
    end = post_ids.first_id(now - days * DAY)
    seen = conn.execute(
        "SELECT id, thread_id, subject, source_id = ? AND body <> '' FROM post WHERE id > ? AND id < ?"
        " ORDER BY id LIMIT ?",
        (source_id, done, end, LOOKED_AT),
    )
    blanked, threads, last = 0, dict[int, None](), done
    for last, thread, subject, ours in seen.fetchall():
        if ours:
            reword(conn, last, "", subject)
            threads[thread] = None
            blanked += 1
            if blanked == STEP:
                break
    _let_go(conn, list(threads), now - days * DAY)
    conn.execute("UPDATE retention SET done_id = ? WHERE source_id = ?", (last, source_id))
    return blanked, is_due(conn, now)


def _let_go(conn: Connection, threads: list[int], since: int) -> None:
    """Titles of threads nobody wrote in since, reasons of reports on them, and what similar ones are found by."""
    asked = json.dumps(threads)
    forget_similar(conn, threads)
    old = conn.execute(
        "SELECT id FROM thread WHERE id IN (SELECT value FROM json_each(?)) AND last_post_at < ? AND title <> ?",
        (asked, since, REMOVED),
    ).fetchall()
    for (thread,) in old:
        conn.execute("UPDATE thread SET title = ? WHERE id = ?", (REMOVED, thread))
        bearers = conn.execute("SELECT id, body FROM post WHERE thread_id = ? AND subject <> ''", (thread,))
        for id, body in bearers.fetchall():
            reword(conn, id, body, REMOVED)
    conn.execute(
        "UPDATE report SET reason = '' WHERE reason <> '' AND created_at < ?2 AND case_id IN (SELECT c.id FROM post p"
        " JOIN cases c ON c.source_id = p.source_id AND c.target_kind = 'post' AND c.target = p.remote"
        " WHERE p.thread_id IN (SELECT value FROM json_each(?1)))",
        (asked, since),
    )
