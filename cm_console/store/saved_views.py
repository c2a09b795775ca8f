"""Views with a filter under a name; the team shares them."""

from __future__ import annotations

from cm_console.model.inbox import SavedView, View
from cm_console.model.narrowing import parse_filter
from cm_console.store.sqlite import Connection


def all_saved(conn: Connection) -> list[SavedView]:
    """In the team's order, those without a place last, by name."""
    rows = conn.execute(
        "SELECT v.name, v.base, v.filter FROM saved_view v LEFT JOIN view_place p ON p.name = v.name"
        " ORDER BY p.place IS NULL, p.place, v.name"
    ).fetchall()
    return [SavedView(name, View(base), parse_filter(narrow)) for name, base, narrow in rows]


def place(conn: Connection, name: str) -> int | None:
    """The place the team gave a view, if it did."""
    row = conn.execute("SELECT place FROM view_place WHERE name = ?", (name,)).fetchone()
    return int(row[0]) if row else None
