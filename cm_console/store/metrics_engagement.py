"""What published entries brought: replies and reactions in three days, and the hours of the week that brought most."""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta
from statistics import fmean

from cm_console.model.metrics import Table, Window
from cm_console.model.time import HOUR, moment
from cm_console.store.metrics_content import entries_published
from cm_console.store.metrics_scope import Light, Raw, Scope

WITHIN = 72 * HOUR
SLOT_DAYS = 56
SLOT_ENTRIES = 2
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")

_BROUGHT = f"""
SELECT sum(
    (SELECT count(*) FROM post p WHERE p.thread_id = t.id AND p.author_id IS NOT t.author_id
        AND p.created_at < a.ended_at + {WITHIN} AND p.state < 3 AND p.role < 2)
    + (SELECT count(*) FROM post p CROSS JOIN activity r ON r.source_id = p.source_id AND r.post = p.remote
        WHERE p.thread_id = t.id AND p.author_id IS t.author_id AND p.state < 3
        AND r.kind = 'reaction' AND r.at < a.ended_at + {WITHIN}))
FROM variant v CROSS JOIN action a ON a.id = v.action_id CROSS JOIN source s ON s.name = a.source
    CROSS JOIN thread t ON t.source_id = s.id AND t.remote = a.remote_id
WHERE v.entry_id = ? AND a.verb = 'publish' AND a.state IN ('sent', 'superseded') AND"""
"""On every source an entry went out on: posts by others than bots and its author, and reactions to what the author
wrote there. NULL while none of its threads has been pulled."""


def _brought(scope: Scope) -> list[tuple[str, int, int]]:
    """Entries published in the window and long enough ago: id, when, what they brought."""
    found = []
    for id, at in entries_published(scope):
        if at <= scope.facts.now - WITHIN:
            query = f"{_BROUGHT} {scope.facts.chosen('s.id')}"
            (n,) = scope.facts.conn.execute(query, (id,)).fetchone()
            if n is not None:
                found.append((id, at, n))
    return found


def engagement(scope: Scope) -> Raw:
    """See the table of metrics."""
    brought = [n for _, _, n in _brought(scope)]
    return Raw(fmean(brought) if brought else None, len(brought))


def engagement_rows(scope: Scope) -> list[Light]:
    """The entries, those that brought most first."""
    return [Light(-n, id, n) for id, _, n in _brought(scope)]


def _slots(scope: Scope) -> dict[tuple[int, int], list[tuple[str, int]]]:
    """Of the last weeks: entries by weekday and hour, where there were enough to tell."""
    window = Window(scope.window.end - timedelta(days=SLOT_DAYS), scope.window.end)
    slots: dict[tuple[int, int], list[tuple[str, int]]] = defaultdict(list)
    for id, at, n in _brought(Scope(scope.facts, window)):
        when = moment(at, scope.facts.zone)
        slots[when.weekday(), when.hour].append((id, n))
    return {slot: found for slot, found in slots.items() if len(found) >= SLOT_ENTRIES}


def best_slots(scope: Scope) -> Raw:
    """See the table of metrics."""
    n = sum(map(len, _slots(scope).values()))
    return Raw(n, n, "" if n else f"no hour of the week had {SLOT_ENTRIES} entries in {SLOT_DAYS // 7} weeks")


def best_slots_rows(scope: Scope) -> list[Light]:
    """The entries of all slots, those that brought most first."""
    return [Light(-n, id) for found in _slots(scope).values() for id, n in found]


def best_slots_table(scope: Scope) -> Table:
    """Hours of the week with what an entry brought there, the best first."""
    means = [(fmean(n for _, n in found), len(found), slot) for slot, found in _slots(scope).items()]
    rows = ((f"{_DAYS[day]} {hour:02}:00", n, mean) for mean, n, (day, hour) in sorted(means, key=_best_first))
    return Table(("weekday and hour", "entries", "each brought"), tuple(rows))


def _best_first(slot: tuple[float, int, tuple[int, int]]) -> tuple[float, int, tuple[int, int]]:
    mean, n, when = slot
    return -mean, -n, when
