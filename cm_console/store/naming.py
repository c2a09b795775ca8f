"""What things are called where one line tells of them: by the items the journal names (`thread:12`, `member:3`)."""

from __future__ import annotations

from cm_console.model.text import Safe, clean_line
from cm_console.store.sqlite import Connection

LENGTH = 40
_NAMES = {
    "thread": "SELECT title FROM thread WHERE id = ?",
    "case": """SELECT coalesce((SELECT t.title FROM thread t WHERE t.source_id = c.source_id AND (t.remote = c.target
        OR t.id = (SELECT thread_id FROM post WHERE source_id = c.source_id AND remote = c.target))),
        (SELECT handle FROM member WHERE source_id = c.source_id AND remote = c.target)) FROM cases c WHERE c.id = ?""",
    "member": "SELECT coalesce(nullif(handle, ''), name) FROM member WHERE id = ?",
    "entry": "SELECT title FROM entry WHERE id = ?",
    "action": "SELECT t.title FROM action a JOIN thread t ON t.id = a.thread_id WHERE a.id = ?",
    "view": "SELECT ?",
}
_WORDS = {
    "status": "status", "assignee": "assignee", "priority": "priority", "due_by": "due date", "snoozed_until": "status",
}  # fmt: skip
_ROWS = {
    "tag": "tags",
    "note": "note",
    "feedback": "feedback mark",
    "cases": "case",
    "engaged": "place in engage first",
}


def name_of(conn: Connection, item: str) -> Safe:
    """Title or name of an item; "" if it has none, or is gone."""
    kind, _, id = item.partition(":")
    row = conn.execute(_NAMES[kind], (id,)).fetchone() if kind in _NAMES else None
    return clean_line(row[0] or "", LENGTH) if row else Safe("")


def changed(columns: set[tuple[str, str]]) -> set[str]:
    """What a decision changed beside its actions (see `journal.columns`), in a person's words."""
    of_threads = {_WORDS[name] for table, name in columns if table == "thread" and name in _WORDS}
    return of_threads | {_ROWS[table] for table, _ in columns if table in _ROWS}
