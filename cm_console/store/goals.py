"""Goals as rows; setting and removing one is a journal operation, see services."""

from __future__ import annotations

from datetime import date
from zoneinfo import ZoneInfo

from cm_console.model.goals import Goal
from cm_console.model.metric_table import BY_ID
from cm_console.model.text import clean_line
from cm_console.model.time import Instant, day_of
from cm_console.store.sqlite import Connection


def goals(conn: Connection, zone: ZoneInfo) -> list[Goal]:
    """The goals that were not removed, the next due first; one whose metric is unknown here is left out."""
    rows = conn.execute(
        "SELECT id, metric, target, by, purpose, set_at, start FROM goal WHERE removed = 0 ORDER BY by, id"
    )
    return [
        Goal(id, metric, target, date.fromisoformat(by), clean_line(purpose), Instant(at), day_of(at, zone), start)
        for id, metric, target, by, purpose, at, start in rows
        if metric in BY_ID
    ]
