"""Feedback as a number: what was marked in the window, by theme, and how many were told what became of it."""

from __future__ import annotations

from cm_console.model.metrics import Table
from cm_console.store.metrics_scope import Light, Raw, Scope

_MARKED = "FROM feedback f JOIN thread t ON t.id = f.thread_id WHERE f.removed = 0 AND f.at >= ? AND f.at < ?"


def _marked(scope: Scope) -> list[tuple[int, str, str, int, int | None]]:
    """When, which, about what, whether its person was told, who that is."""
    query = (
        "SELECT f.at, f.id, f.theme, f.answered_at IS NOT NULL, (SELECT coalesce(person_id, id) FROM member"
        f" WHERE id = f.member_id) {_MARKED} AND {scope.facts.chosen('t.source_id')}"
    )
    return scope.facts.conn.execute(query, (scope.since, scope.until)).fetchall()


def feedback(scope: Scope) -> Raw:
    """See the table of metrics."""
    found = _marked(scope)
    told = sum(told for *_, told, _ in found)
    return Raw(len(found), len(found), f"{told} of {len(found)} answered back" if found else "")


def feedback_rows(scope: Scope) -> list[Light]:
    """What was marked, those not told first, newest first."""
    return [Light(told * 1e15 - at, id, 1) for at, id, _, told, _ in _marked(scope)]


def feedback_table(scope: Scope) -> Table:
    """The same by theme, the most frequent first."""
    themes: dict[str, list[tuple[int, object]]] = {}
    for _, id, theme, told, person in _marked(scope):
        themes.setdefault(theme, []).append((told, person or id))
    rows = sorted(
        (
            (theme, len(found), len({who for _, who in found}), sum(told for told, _ in found))
            for theme, found in themes.items()
        ),
        key=lambda row: (-row[1], row[0]),
    )
    return Table(("theme", "items", "people", "answered"), tuple(rows))
