"""Content: what the calendar published, whether on time, and the days nothing came."""

from __future__ import annotations

from typing import NamedTuple

from cm_console.model.metrics import Table
from cm_console.model.time import MINUTE, day_of
from cm_console.store.calendar import PUBLISHED_AT
from cm_console.store.metrics_scope import Light, Raw, Scope, share
from cm_console.store.rollups import number_of

ON_TIME = 5 * MINUTE


class _Entry(NamedTuple):
    id: str
    at: int | None
    published: int | None
    uncertain: int


def _entries(scope: Scope, column: str, *, events: bool = False) -> list[_Entry]:
    """Entries of the window that go to one of the sources, or are events; drafts and removed ones left out."""
    marks = ",".join("?" * len(scope.facts.names))
    return [
        _Entry._make(row)
        for row in scope.facts.conn.execute(
            f"SELECT e.id, e.at, {PUBLISHED_AT}, EXISTS(SELECT 1 FROM variant v JOIN action a ON a.id = v.action_id"
            " WHERE v.entry_id = e.id AND a.state = 'uncertain') FROM entry e"
            f" WHERE removed = 0 AND state != 'draft' AND {column} >= ? AND {column} < ? AND ((? AND kind = 'event')"
            f" OR EXISTS(SELECT 1 FROM variant v WHERE v.entry_id = e.id AND v.source IN ({marks})))",
            (scope.since, scope.to, events, *scope.facts.names),
        )
    ]


def entries_published(scope: Scope) -> list[tuple[str, int]]:
    """The entries that went out in the window, and when each first did."""
    return [(entry.id, entry.published) for entry in _entries(scope, PUBLISHED_AT) if entry.published is not None]


def published(scope: Scope) -> Raw:
    """See the table of metrics."""
    n = len(_entries(scope, PUBLISHED_AT))
    return Raw(n, n)


def published_rows(scope: Scope) -> list[Light]:
    """The entries, the last published first."""
    return [Light(-(entry.published or 0), entry.id) for entry in _entries(scope, PUBLISHED_AT)]


def _due(scope: Scope) -> list[tuple[_Entry, str]]:
    """Entries whose time has come, each with how it went: on time, late, missed, unknown."""
    entries = [entry for entry in _entries(scope, "e.at") if entry.at is not None and entry.at < scope.until]
    return [(entry, _outcome(entry)) for entry in entries]


def _outcome(entry: _Entry) -> str:
    if entry.published is not None:
        return "on time" if abs(entry.published - (entry.at or 0)) <= ON_TIME else "late"
    return "unknown" if entry.uncertain else "missed"


def on_time(scope: Scope) -> Raw:
    """See the table of metrics."""
    due = _due(scope)
    return Raw(share(sum(1 for _, outcome in due if outcome == "on time"), len(due)), len(due))


def on_time_rows(scope: Scope) -> list[Light]:
    """The entries that were due, those on time last."""
    rows = ((entry, outcome == "on time") for entry, outcome in _due(scope))
    return [Light(good * 1e15 - (entry.at or 0), entry.id, 1, good) for entry, good in rows]


def on_time_table(scope: Scope) -> Table:
    """How the entries that were due went."""
    outcomes = [outcome for _, outcome in _due(scope)]
    words = ("on time", "late", "missed", "unknown")
    return Table(("outcome", "n"), tuple((word, outcomes.count(word)) for word in words))


def _empty_days(scope: Scope) -> list[int]:
    times = [entry.at for entry in _entries(scope, "e.at", events=True)]
    times += [entry.published for entry in _entries(scope, PUBLISHED_AT)]
    busy = {number_of(day_of(at, scope.facts.zone)) for at in times if at is not None}
    return [day for day in range(scope.first, scope.end) if day not in busy]


def gaps(scope: Scope) -> Raw:
    """See the table of metrics."""
    return Raw(len(_empty_days(scope)), scope.window.days)


def gaps_rows(scope: Scope) -> list[Light]:
    """The days without anything."""
    return [Light(day, day) for day in _empty_days(scope)]
