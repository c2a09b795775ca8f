"""Views with a filter under a name; the team shares them."""

from __future__ import annotations

from cm_console.model.inbox import SavedView, View
from cm_console.model.narrowing import parse_filter
from cm_console.store.sqlite import Connection


def all_saved(conn: Connection) -> list[SavedView]:
    """By name."""
    rows = conn.execute("SELECT name, base, filter FROM saved_view ORDER BY name").fetchall()
    return [SavedView(name, View(base), parse_filter(narrow)) for name, base, narrow in rows]
