"""In which order the team's saved views stand; those without a place come last, by name."""

from __future__ import annotations

PLACES = """
CREATE TABLE view_place(name TEXT PRIMARY KEY, place INTEGER NOT NULL) WITHOUT ROWID; -- decisions
"""
