"""What is kept of threads: responses, who waits since when and why, which view shows them, when an answer is due."""

from __future__ import annotations

import json
from dataclasses import asdict
from enum import IntEnum

from cm_console.model.inbox import UNTIL_NEWS, UNTIL_REPLY, Status
from cm_console.model.thanks import only_thanks
from cm_console.store import clocks, joined
from cm_console.store.batch import Batch
from cm_console.store.settled import settled
from cm_console.store.sqlite import Connection


class Needs(IntEnum):
    """Why somebody waits for us: the first of the rules that holds, or a clock alone."""

    NOTHING = 0
    DIRECT = 1
    MENTION = 2
    UNANSWERED = 3
    FOLLOW_UP = 4
    CLOCK = 5


def keep(batch: Batch) -> None:
    """Make the kept columns of touched threads true."""
    if batch.touched_threads:
        keep_posts(batch.conn, batch.ids_json(batch.touched_threads), batch.now)


def keep_posts(conn: Connection, ids: str, now: int) -> None:
    """Make all kept columns of threads (a JSON array of ids) true; after posts or rules changed."""
    rules = {name: int(on) for name, on in asdict(settled(conn).triage.rules).items()}
    conn.execute(_KEEP_POSTS, {"ids": ids, **rules})
    conn.execute(_KEEP_WAITING, (ids,))
    keep_views(conn, ids, now)


def keep_views(conn: Connection, ids: str, now: int) -> None:
    """Make clocks, view and due time of threads true; after facts or decisions changed."""
    known = settled(conn)
    groups = joined.any_joined(conn)
    if groups:
        ids = joined.with_groups(conn, ids)
    if known.triage.policies:
        clocks.keep(conn, ids, now, known.triage.policies, known.muted)
    within = {f"within{priority}": time for priority, time in enumerate(known.triage.within)}
    conn.execute(_KEEP_VIEW, {"ids": ids, "muted": known.muted, "now": now, **within})
    _hear_news(conn, known.triage.thanks)
    if groups:
        joined.keep(conn, ids)


def wake(conn: Connection, now: int) -> int:
    """Bring back the snoozed threads whose time has come; returns how many."""
    due = conn.execute("SELECT id FROM thread WHERE view = 3 AND snoozed_until <= ?", (now,)).fetchall()
    conn.executemany("UPDATE thread SET view = 1 WHERE id = ?", due)
    if due and joined.any_joined(conn):
        keep_views(conn, json.dumps([id for (id,) in due]), now)
    return len(due)


def _hear_news(conn: Connection, thanks: tuple[str, ...]) -> None:
    """Threads that sleep until more than thanks is said come back if it was."""
    for (thread,) in conn.execute(_HEARD, (UNTIL_NEWS,)).fetchall():
        if not all(only_thanks(body, thanks) for (body,) in conn.execute(_SINCE, (thread,)).fetchall()):
            conn.execute("UPDATE thread SET view = 1 WHERE id = ?", (thread,))


_HEARD = "SELECT id FROM thread WHERE view = 3 AND snoozed_until = ? AND asked_at > seen_at"
_SINCE = """
SELECT p.body FROM post p JOIN thread t ON t.id = p.thread_id
WHERE t.id = ? AND p.created_at > t.seen_at AND p.state = 0 AND p.role = 0
    AND (t.kind = 'direct' OR p.author_id = t.author_id OR p.mentions_us)
"""

_OTHER = "p.state = 0 AND p.role < 2 AND p.author_id IS NOT t.author_id"

_OF_POSTS = f"""
SELECT t.id AS thread_id, t.kind AS kind, t.deleted OR t.closed OR t.solved_at IS NOT NULL AS shut,
    count(p.id) AS posts, max(p.created_at) AS last_at,
    t.author_id IS NOT NULL AND m.role = 0 AS by_member, m.first_post_at AS first_post_at,
    min(CASE WHEN {_OTHER} THEN p.created_at END) AS response_at,
    max(CASE WHEN {_OTHER} THEN p.created_at END) AS other_at,
    min(CASE WHEN {_OTHER} AND p.role = 1 THEN p.created_at END) AS team_at,
    coalesce(max(CASE WHEN p.state = 0 AND p.role = 1 THEN p.created_at END), -1) AS last_team_at,
    max(CASE WHEN p.state = 0 AND p.role = 0 THEN p.created_at END) AS member_at,
    max(CASE WHEN p.state = 0 AND p.author_id = t.author_id THEN p.created_at END) AS author_at,
    min(CASE WHEN p.author_id = t.author_id THEN p.created_at END) AS opened_at,
    max(CASE WHEN p.state = 0 AND p.role = 0 AND p.mentions_us THEN p.created_at END) AS mention_at
FROM thread t LEFT JOIN post p ON p.thread_id = t.id AND p.state < 3 LEFT JOIN member m ON m.id = t.author_id
WHERE t.id IN (SELECT value FROM json_each(:ids)) GROUP BY t.id
"""

_NEEDS = f"""
CASE WHEN shut THEN 0
    WHEN kind = 'direct' AND :direct THEN CASE WHEN member_at > last_team_at THEN {Needs.DIRECT:d} ELSE 0 END
    WHEN :mention AND mention_at > last_team_at THEN {Needs.MENTION:d}
    WHEN NOT by_member THEN 0
    WHEN response_at IS NULL THEN CASE WHEN :unanswered THEN {Needs.UNANSWERED:d} ELSE 0 END
    WHEN :follow_up AND last_team_at >= 0 AND author_at > other_at THEN {Needs.FOLLOW_UP:d} ELSE 0 END
"""

_KEEP_POSTS = f"""
UPDATE thread SET
    posts = k.posts, last_post_at = max(coalesce(k.last_at, 0), thread.created_at), by_member = k.by_member,
    first_response_at = k.response_at, first_team_response_at = k.team_at, answered_by_team = k.last_team_at >= 0,
    asked_at = max(coalesce(CASE k.kind WHEN 'direct' THEN k.member_at ELSE k.author_at END, 0),
        coalesce(k.mention_at, 0)),
    newcomer = k.by_member AND coalesce(k.opened_at = k.first_post_at, 0),
    mentioned_at = CASE WHEN NOT k.shut AND k.mention_at > k.last_team_at THEN k.mention_at END,
    needs = k.needs,
    waiting_since = CASE k.needs WHEN {Needs.DIRECT:d} THEN k.last_team_at WHEN {Needs.MENTION:d} THEN k.mention_at
        WHEN {Needs.UNANSWERED:d} THEN thread.created_at WHEN {Needs.FOLLOW_UP:d} THEN k.other_at END
FROM (SELECT *, {_NEEDS} AS needs FROM ({_OF_POSTS})) AS k WHERE thread.id = k.thread_id
"""

_KEEP_WAITING = f"""
UPDATE thread SET waiting_since = coalesce((
    SELECT min(created_at) FROM post WHERE thread_id = thread.id AND state = 0 AND created_at > waiting_since
        AND CASE needs WHEN {Needs.DIRECT:d} THEN role = 0 ELSE author_id = thread.author_id END), waiting_since)
WHERE id IN (SELECT value FROM json_each(?)) AND needs IN ({Needs.DIRECT:d}, {Needs.FOLLOW_UP:d})
"""
"""From the last answer to the first unanswered word of the member: that is since when they wait."""

_PROMISED = (
    "coalesce(due_by, coalesce(waiting_since, last_post_at) + CASE priority "
    + " ".join(f"WHEN {priority} THEN :within{priority}" for priority in range(5))
    + " END)"
)
"""By hand or, without that, as promised to everybody."""

_KEEP_VIEW = f"""
UPDATE thread SET
    view = CASE
        WHEN deleted THEN 0
        WHEN status = {Status.SNOOZED:d} AND snoozed_until > :now
            AND NOT (snoozed_until = {UNTIL_REPLY} AND asked_at > seen_at) THEN 3
        WHEN status = {Status.SNOOZED:d} THEN 1
        WHEN needs > 0 AND (status = {Status.OPEN:d} OR asked_at > seen_at)
            THEN place NOT IN (SELECT value FROM json_each(:muted))
        WHEN status > 0 THEN status + 1 ELSE 0 END,
    due_at = CASE WHEN clock_due IS NULL THEN {_PROMISED} ELSE min(clock_due, coalesce(due_by, clock_due)) END
WHERE id IN (SELECT value FROM json_each(:ids))
"""
