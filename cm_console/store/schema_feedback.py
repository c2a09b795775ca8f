"""What members asked for or praised: posts marked as feedback, by theme, and what became of it."""

from __future__ import annotations

FEEDBACK = """
CREATE TABLE feedback(
    id TEXT PRIMARY KEY, thread_id INTEGER NOT NULL, post_id INTEGER, member_id INTEGER, theme TEXT NOT NULL,
    area TEXT NOT NULL DEFAULT '', quote TEXT NOT NULL, said_at INTEGER NOT NULL, at INTEGER NOT NULL,
    actor TEXT NOT NULL, answered_at INTEGER, answer TEXT NOT NULL DEFAULT '', removed INTEGER NOT NULL DEFAULT 0)
    WITHOUT ROWID;                        -- at: when it was marked; answered_at: when its person was told
CREATE INDEX feedback_theme ON feedback(theme, said_at, id) WHERE removed = 0;
CREATE INDEX feedback_thread ON feedback(thread_id) WHERE removed = 0;
CREATE INDEX feedback_at ON feedback(at) WHERE removed = 0;
CREATE INDEX feedback_member ON feedback(member_id);
"""
