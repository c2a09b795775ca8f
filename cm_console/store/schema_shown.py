"""Which thread of an inquiry stands in the lists: the one that leads, or who takes its place where that is gone."""

from __future__ import annotations

from cm_console.store.schema_badges import badge_trigger

_NAMES = [
    f"thread_{column}_badge_{event}" for column in ("view", "deleted") for event in ("insert", "delete", "update")
]
_LISTED = "ROW.under IS NULL"

SHOWN = f"""
ALTER TABLE thread ADD COLUMN under INTEGER; -- kept: the thread that stands in the lists for it, NULL: it does itself
CREATE INDEX thread_under ON thread(under) WHERE under IS NOT NULL;
UPDATE thread SET under = lead_id WHERE lead_id IS NOT NULL;
DROP TRIGGER thread_lead_gone;
DROP TRIGGER thread_led_gone;
CREATE TRIGGER thread_lead_gone AFTER DELETE ON thread
WHEN OLD.lead_id IS NULL AND EXISTS (SELECT 1 FROM thread WHERE lead_id = OLD.id) BEGIN
    UPDATE thread SET lead_id = nullif(
        (SELECT id FROM thread WHERE lead_id = OLD.id ORDER BY deleted, created_at, id LIMIT 1), id)
    WHERE lead_id = OLD.id;
END;
CREATE TRIGGER thread_shown_gone AFTER DELETE ON thread
WHEN OLD.under IS NULL AND EXISTS (SELECT 1 FROM thread WHERE under = OLD.id) BEGIN
    UPDATE thread SET under = NULL WHERE under = OLD.id;
END;
{"".join(f"DROP TRIGGER {name};" for name in _NAMES)}
{badge_trigger("thread", f"CASE WHEN ROW.view > 0 AND {_LISTED} THEN 'view:' || ROW.view END", "view, under")}
{badge_trigger("thread", f"CASE WHEN ROW.deleted = 0 AND {_LISTED} THEN 'threads' END", "deleted, under")}
"""
"""`lead_id` is the decision who belongs together; `under` follows from it and from what is deleted. Whoever deletes
a row for good makes the rest of its group true afterwards, see `keeping.keep_views`; until then nobody is hidden."""
