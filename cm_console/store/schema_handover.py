"""What was handed over to teams outside: from the thread to the action that told them, and what came back."""

from __future__ import annotations

HANDOVER = """
CREATE TABLE handover(                    -- a decision; back_at, closed: kept from what is pulled
    id TEXT PRIMARY KEY, thread_id INTEGER NOT NULL, team TEXT NOT NULL, action_id TEXT NOT NULL, at INTEGER NOT NULL,
    by TEXT NOT NULL, back_at INTEGER, closed INTEGER NOT NULL DEFAULT 0) WITHOUT ROWID;
CREATE INDEX handover_thread ON handover(thread_id, at);
CREATE UNIQUE INDEX handover_action ON handover(action_id);
CREATE INDEX handover_open ON handover(at) WHERE closed = 0;
"""
"""The migration; back_at is the time of the last word of theirs that brought the inquiry back."""
