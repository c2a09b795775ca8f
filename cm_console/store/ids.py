"""Ids that people's decisions name: never given to anything else, also when a source is removed with all its rows."""

from __future__ import annotations

from cm_console.store.sqlite import Connection

NAMED = ("thread", "member", "cases")
"""Tables whose rows notes, tags, drafts and journal lines name by id. SQLite gives the highest ids again once they are
deleted; AUTOINCREMENT would mean to write these tables anew."""

IDS = """
CREATE TABLE highest_id(of TEXT PRIMARY KEY, id INTEGER NOT NULL) WITHOUT ROWID;
"""
"""The migration: up to where ids were given when rows were deleted."""


def last(conn: Connection, table: str) -> int:
    """The highest id a table ever gave."""
    query = f"SELECT max(coalesce((SELECT max(id) FROM {table}), 0), coalesce(max(id), 0)) FROM highest_id WHERE of = ?"
    (highest,) = conn.execute(query, (table,)).fetchone()
    return int(highest)


def remember(conn: Connection) -> None:
    """Before rows are deleted: their ids stay theirs."""
    for table in NAMED:
        conn.execute("INSERT OR REPLACE INTO highest_id VALUES(?, ?)", (table, last(conn, table)))
