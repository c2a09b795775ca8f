"""The schema of retention: how far what was said beside posts has been let go."""

from __future__ import annotations

RETENTION = """
ALTER TABLE retention ADD COLUMN said_until INTEGER NOT NULL DEFAULT 0;
UPDATE retention SET done_id = 0;
CREATE INDEX journal_at ON journal(at);
CREATE INDEX action_ended ON action(ended_at) WHERE ended_at IS NOT NULL;
"""
"""The migration; said_until: what was said beside posts before this instant has been let go."""
