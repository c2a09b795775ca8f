"""How many persons there are of each role, level and set of segments: kept by triggers, so that no list is counted."""

from __future__ import annotations


def _by(row: str, number: str) -> str:
    return (
        f"INSERT INTO standing_count VALUES({row}.role, {row}.level, {row}.segments, {number})"
        " ON CONFLICT(role, level, segments) DO UPDATE SET n = n + excluded.n;"
    )


COUNTED = f"""
CREATE TABLE standing_count(
    role INTEGER NOT NULL, level INTEGER NOT NULL, segments INTEGER NOT NULL, n INTEGER NOT NULL,
    PRIMARY KEY(role, level, segments)) WITHOUT ROWID;
INSERT INTO standing_count SELECT role, level, segments, count(*) FROM standing GROUP BY 1, 2, 3;
CREATE TRIGGER standing_counted_insert AFTER INSERT ON standing BEGIN {_by("NEW", "1")} END;
CREATE TRIGGER standing_counted_delete AFTER DELETE ON standing BEGIN {_by("OLD", "-1")} END;
CREATE TRIGGER standing_counted_update AFTER UPDATE OF role, level, segments ON standing
    WHEN OLD.role <> NEW.role OR OLD.level <> NEW.level OR OLD.segments <> NEW.segments
    BEGIN {_by("OLD", "-1")} {_by("NEW", "1")} END;
"""
"""The migration. A REPLACE fires no trigger for the row it takes away: rows of `standing` are updated instead."""
