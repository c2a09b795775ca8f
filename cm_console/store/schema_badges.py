"""Counts that are kept by triggers, so that no way of changing a row can forget them."""

from __future__ import annotations


def badge_trigger(table: str, key: str, watched: str) -> str:
    """Triggers that keep `badge` true: key(NEW) counts up and key(OLD) down whenever they differ."""

    def count(row: str, by: str) -> str:
        name = key.replace("ROW", row)
        return (
            f"INSERT INTO badge(name, n) SELECT {name}, {by} WHERE {name} IS NOT NULL"
            " ON CONFLICT(name) DO UPDATE SET n = n + excluded.n;"
        )

    add, sub = count("NEW", "1"), count("OLD", "-1")
    differs = f"{key.replace('ROW', 'OLD')} IS NOT {key.replace('ROW', 'NEW')}"
    name = f"{table}_{watched.partition(',')[0]}_badge"
    return f"""
CREATE TRIGGER {name}_insert AFTER INSERT ON {table} BEGIN {add} END;
CREATE TRIGGER {name}_delete AFTER DELETE ON {table} BEGIN {sub} END;
CREATE TRIGGER {name}_update AFTER UPDATE OF {watched} ON {table} WHEN {differs} BEGIN {sub} {add} END;
"""


BADGES = (
    badge_trigger("thread", "CASE WHEN ROW.view > 0 THEN 'view:' || ROW.view END", "view")
    + badge_trigger("thread", "CASE WHEN ROW.deleted = 0 THEN 'threads' END", "deleted")
    + badge_trigger("cases", "CASE WHEN ROW.ended_at IS NULL THEN 'cases' END", "ended_at")
    + badge_trigger(
        "action",
        "'action:' || CASE WHEN ROW.state = 'queued' AND ROW.asks THEN 'asks'"
        " WHEN ROW.state = 'queued' AND ROW.planned_at IS NOT NULL THEN 'planned' ELSE ROW.state END",
        "state, planned_at, asks",
    )
)
