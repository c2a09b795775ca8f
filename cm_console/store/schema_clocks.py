"""Columns and tables of triage: order by urgency, newcomers, mentions, due dates by hand, clocks, saved views."""

from __future__ import annotations

MINUTES = 28
"""Bits of a number of minutes since 1970: until the year 2480."""


def _minutes(column: str) -> str:
    return f"min(max({column}, 0) / 60000, {(1 << MINUTES) - 1})"


URGENCY = (
    f"({_minutes('due_at')} << {MINUTES + 4}) | ((4 - priority) << {MINUTES + 1}) | ((1 - newcomer) << {MINUTES})"
    f" | {_minutes('coalesce(waiting_since, last_post_at)')}"
)
"""What is due first, then priority, then a newcomer, then who has waited longest, in one number: pages stay one
comparison. It is worked out by SQLite from the columns it is made of, so it cannot be wrong."""

_COLUMNS = f"""
ALTER TABLE thread ADD COLUMN due_by INTEGER;               -- decision: due by hand
ALTER TABLE thread ADD COLUMN clock_due INTEGER;            -- kept: the next promise of a running clock
ALTER TABLE thread ADD COLUMN newcomer INTEGER NOT NULL DEFAULT 0; -- kept: holds its author's first post ever
ALTER TABLE thread ADD COLUMN mentioned_at INTEGER;         -- kept: a member mentioned us, the team not written since
ALTER TABLE thread ADD COLUMN needs INTEGER NOT NULL DEFAULT 0;    -- kept: why somebody waits, see threads.Needs
ALTER TABLE thread ADD COLUMN urgency INTEGER GENERATED ALWAYS AS ({URGENCY}) VIRTUAL;
DROP INDEX thread_needs;
DROP INDEX thread_mine;
CREATE INDEX thread_needs ON thread(urgency, id) WHERE view = 1;
CREATE INDEX thread_mine ON thread(assignee, urgency, id) WHERE view = 1 AND assignee IS NOT NULL;
CREATE INDEX thread_mentions ON thread(mentioned_at, id) WHERE mentioned_at IS NOT NULL;
CREATE INDEX thread_newcomers ON thread(created_at, id) WHERE newcomer = 1;
CREATE INDEX thread_unanswered ON thread(created_at, id)
    WHERE first_response_at IS NULL AND by_member = 1 AND deleted = 0;
"""

_TABLES = """
CREATE TABLE clock(                       -- kept for threads under a policy: see clocks.py
    id INTEGER PRIMARY KEY, thread_id INTEGER NOT NULL, kind TEXT NOT NULL, policy TEXT NOT NULL,
    started INTEGER NOT NULL, risk_at INTEGER, due INTEGER, ended INTEGER, result TEXT NOT NULL DEFAULT '',
    judged_at INTEGER);                   -- when it was kept, or else when its time is up; NULL: not judged
CREATE UNIQUE INDEX clock_thread ON clock(thread_id, kind, started);
CREATE INDEX clock_judged ON clock(judged_at) WHERE judged_at IS NOT NULL;
CREATE INDEX clock_running ON clock(due, id) WHERE ended IS NULL AND due IS NOT NULL;
CREATE TABLE mention(                     -- a colleague was named in a private note and has not dealt with it since
    person TEXT NOT NULL, thread_id INTEGER NOT NULL, at INTEGER NOT NULL, PRIMARY KEY(person, thread_id))
    WITHOUT ROWID;
CREATE TABLE saved_view(name TEXT PRIMARY KEY, base TEXT NOT NULL, filter TEXT NOT NULL) WITHOUT ROWID;
"""

OLDER = """
UPDATE thread SET newcomer = 1 WHERE by_member AND EXISTS (
    SELECT 1 FROM member m JOIN post p ON p.author_id = m.id AND p.created_at = m.first_post_at
    WHERE m.id = thread.author_id AND p.thread_id = thread.id AND p.state < 3);
UPDATE thread SET mentioned_at = k.at FROM (
    SELECT thread_id, max(CASE WHEN role = 0 AND mentions_us THEN created_at END) AS at,
        max(CASE WHEN role = 1 THEN created_at END) AS team_at
    FROM post WHERE state = 0 GROUP BY thread_id) AS k
WHERE thread.id = k.thread_id AND k.at > coalesce(k.team_at, -1)
    AND NOT (deleted OR closed OR solved_at IS NOT NULL);
UPDATE thread SET needs = CASE WHEN kind = 'direct' THEN 1 WHEN mentioned_at IS NOT NULL THEN 2
    WHEN first_response_at IS NULL THEN 3 ELSE 4 END WHERE waiting_since IS NOT NULL;
"""
"""What an older database holds, made true once."""

CLOCKS = _COLUMNS + _TABLES + OLDER
