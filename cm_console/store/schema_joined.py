"""Threads that are one inquiry: under which thread each of them stands, and counts that know of it."""

from __future__ import annotations

from cm_console.store.schema_badges import badge_trigger

_NAMES = [
    f"thread_{column}_badge_{event}" for column in ("view", "deleted") for event in ("insert", "delete", "update")
]
_LEADS = "ROW.lead_id IS NULL"

JOINED = f"""
ALTER TABLE thread ADD COLUMN lead_id INTEGER;              -- decision: it is one inquiry with this thread, which leads
ALTER TABLE thread ADD COLUMN joined INTEGER NOT NULL DEFAULT 0; -- kept: how many threads it leads
CREATE INDEX thread_lead ON thread(lead_id) WHERE lead_id IS NOT NULL;
CREATE INDEX thread_leading ON thread(joined) WHERE joined > 0;
CREATE TRIGGER thread_lead_gone AFTER DELETE ON thread WHEN OLD.joined > 0 BEGIN
    UPDATE thread SET lead_id = NULL WHERE lead_id = OLD.id;
END;
CREATE TRIGGER thread_led_gone AFTER DELETE ON thread WHEN OLD.lead_id IS NOT NULL BEGIN
    UPDATE thread SET joined = joined - 1 WHERE id = OLD.lead_id;
END;
{"".join(f"DROP TRIGGER {name};" for name in _NAMES)}
{badge_trigger("thread", f"CASE WHEN ROW.view > 0 AND {_LEADS} THEN 'view:' || ROW.view END", "view, lead_id")}
{badge_trigger("thread", f"CASE WHEN ROW.deleted = 0 AND {_LEADS} THEN 'threads' END", "deleted, lead_id")}
"""
"""`view` and `due_at` of a thread that leads are those of the most urgent of its group; all other facts are its own."""
