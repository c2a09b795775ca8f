"""Promises kept: clocks that were judged in the window, those never answered among them once their time was up."""

from __future__ import annotations

from cm_console.model.clocks import ClockKind
from cm_console.model.metrics import Table
from cm_console.store.metrics_scope import Light, Raw, Scope, share

_JUDGED = "FROM clock c JOIN thread t ON t.id = c.thread_id WHERE c.judged_at >= ? AND c.judged_at < ?"


def _judged(scope: Scope) -> list[tuple[int, int, str, int]]:
    """When, which clock, of what kind, whether it was a hit."""
    chosen = scope.facts.chosen("t.source_id")
    query = f"SELECT c.judged_at, c.id, c.kind, c.result = 'hit' {_JUDGED} AND t.deleted = 0 AND {chosen}"
    return scope.facts.conn.execute(query, (scope.since, scope.until)).fetchall()


def hit_rate(scope: Scope) -> Raw:
    """See the table of metrics."""
    judged = _judged(scope)
    return Raw(share(sum(hit for *_, hit in judged), len(judged)), len(judged), "" if judged else "no clock ended")


def hit_rate_rows(scope: Scope) -> list[Light]:
    """The clocks, misses first, newest first."""
    return [Light(hit * 1e15 - at, id, 1, bool(hit)) for at, id, _, hit in _judged(scope)]


def hit_rate_table(scope: Scope) -> Table:
    """The same for each kind of clock."""
    rows = []
    for kind in ClockKind:
        hits = [hit for *_, found, hit in _judged(scope) if found == kind]
        if hits:
            rows.append((str(kind), sum(hits), len(hits) - sum(hits), share(sum(hits), len(hits))))
    return Table(("clock", "hit", "missed", "%"), tuple(rows))
