"""Engage first: what the team decided about its lists; everything else in them is read from the facts."""

from __future__ import annotations

ENGAGING = """
CREATE TABLE engaged(                     -- decisions, see model/engaging.py
    view TEXT NOT NULL, subject TEXT NOT NULL, occasion INTEGER NOT NULL, -- subject: member:12, thread:5, starter:name
    at INTEGER NOT NULL, until INTEGER, how TEXT NOT NULL, -- until: put away until then; NULL: for good
    PRIMARY KEY(view, subject, occasion)) WITHOUT ROWID;
"""
"""The migration: how is `passed`, `snoozed`, `sent` or `used`."""
