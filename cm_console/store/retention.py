"""Texts that are kept for some days only: blanked in small steps when there is time; the numbers stay.

Posts, titles and addresses (they spell out the title) here; what stands beside them in `retention_said.py`.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping

from cm_console.model.privacy import Retention
from cm_console.model.time import DAY
from cm_console.store import post_ids, retention_said
from cm_console.store.rewording import forget_similar, reword, untitle
from cm_console.store.sqlite import Connection
from cm_console.store.withheld import REMOVED

STEP, AT_ONCE = 10, 100
"""Posts blanked in one step while others write, and where the file is written anew afterwards.

Overwriting a word in a full text of 1,000,000 posts takes some 5 ms a post; without it 0.2 ms.
"""
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
                "INSERT INTO retention(source_id, keep_days) VALUES(?1, ?2) ON CONFLICT DO UPDATE SET keep_days = ?2,"
                " done_id = CASE WHEN keep_days = ?2 THEN done_id ELSE 0 END,"
                " said_until = CASE WHEN keep_days = ?2 THEN said_until ELSE 0 END",
                (source_id, days),
            )


def due(conn: Connection, keep_days: Mapping[str, int], now: int) -> list[Retention]:
    """For each source with a limit how many of its texts are older and still have their words."""
    found = []
    for name, days in sorted(keep_days.items()):
        since, counts = now - days * DAY, Counter[str]()
        row = conn.execute(
            "SELECT r.source_id, r.done_id, r.said_until FROM retention r JOIN source s ON s.id = r.source_id"
            " WHERE s.name = ?",
            (name,),
        ).fetchone()
        if row is not None:
            source, done, until = row
            (counts["post"],) = conn.execute(
                "SELECT count(*) FROM post WHERE id > ? AND id < ? AND body <> '' AND created_at < ? AND source_id = ?",
                (done, post_ids.first_id(since) + post_ids.SLOTS, since, source),
            ).fetchone()
            counts |= retention_said.count(conn, source, until, since)
        found.append(Retention(name, days, +counts))
    return found


_NEXT = """
SELECT r.source_id, r.done_id, r.keep_days FROM retention r WHERE EXISTS (
    SELECT 1 FROM post WHERE id > r.done_id AND id < (:now / 1000 - r.keep_days * 86400) * :slots) LIMIT 1
"""


def is_due(conn: Connection, now: int) -> bool:
    """Whether there are posts beyond those looked at that are old enough."""
    return conn.execute(_NEXT, {"now": now, "slots": post_ids.SLOTS}).fetchone() is not None


def expire(conn: Connection, now: int, step: int = STEP) -> Counter[str]:
    """Blank some posts whose time is over, and the titles of threads nobody wrote in since; how many."""
    counts = Counter[str]()
    row = conn.execute(_NEXT, {"now": now, "slots": post_ids.SLOTS}).fetchone()
    if row is None:
        return counts
    source_id, done, days = row
    seen = conn.execute(
        "SELECT id, thread_id, subject, source_id = ? AND (body <> '' OR url <> '') FROM post WHERE id > ? AND id < ?"
        " ORDER BY id LIMIT ?",
        (source_id, done, post_ids.first_id(now - days * DAY), LOOKED_AT),
    )
    threads, last = dict[int, None](), done
    for last, thread, subject, ours in seen.fetchall():
        if ours:
            reword(conn, last, "", subject)
            conn.execute("UPDATE post SET url = '' WHERE id = ?", (last,))
            threads[thread] = None
            counts["post"] += 1
            if counts["post"] == step:
                break
    counts["thread"] = _let_go(conn, list(threads), now - days * DAY)
    conn.execute("UPDATE retention SET done_id = ? WHERE source_id = ?", (last, source_id))
    return counts


def _let_go(conn: Connection, threads: list[int], since: int) -> int:
    """Titles and addresses of threads nobody wrote in since, and what similar ones are found by; how many titles."""
    asked = json.dumps(threads)
    forget_similar(conn, threads)
    old = conn.execute(
        "SELECT id FROM thread WHERE id IN (SELECT value FROM json_each(?)) AND last_post_at < ? AND title <> ?",
        (asked, since, REMOVED),
    ).fetchall()
    for (thread,) in old:
        untitle(conn, thread)
    return len(old)
