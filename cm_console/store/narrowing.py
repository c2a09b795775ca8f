"""A filter over the inbox as SQL, and the few threads that may fit it where they are few."""

from __future__ import annotations

from cm_console.model.inbox import Filter
from cm_console.store import thread_words
from cm_console.store.sqlite import Connection, like

MOST_WORDS = 8
"""Words of a filter that count; each must occur."""
FEW = 20_000
"""Up to so many threads that may fit are looked at one by one, wherever they are; beyond that the list is walked."""
NEAR = 3_000
"""So many rows of a list are walked before anything else: what is not rare is among them."""

_ONE_BY_ONE = (
    ("tag", "SELECT thread_id FROM tag WHERE tag = :tag LIMIT :most"),
    ("assignee", "SELECT id FROM thread WHERE assignee = :assignee LIMIT :most"),
    ("newer", "SELECT id FROM thread WHERE deleted = 0 AND last_post_at >= :since LIMIT :most"),
    ("source", "SELECT id FROM thread WHERE source_id = (SELECT id FROM source WHERE name = :source) LIMIT :most"),
)
"""What stands in an index, with the query that finds it there."""


def clauses(narrow: Filter, now: int) -> tuple[str, dict[str, str | int]]:
    """Conditions on thread t, its author m, each with AND before it; and their values."""
    found: list[str] = []
    values: dict[str, str | int] = {}
    for number, word in enumerate(_words(narrow)):
        fits = f"LIKE :like{number} ESCAPE '\\'"
        found.append(f"(t.title {fits} OR m.handle {fits} OR t.place {fits})")
        values[f"like{number}"] = like(word)
    if narrow.source:
        found.append("+t.source_id = (SELECT id FROM source WHERE name = :source)")
        values["source"] = narrow.source
    if narrow.tag:
        found.append("EXISTS (SELECT 1 FROM tag WHERE thread_id = t.id AND tag = :tag)")
        values["tag"] = narrow.tag
    if narrow.assignee:
        found.append("+t.assignee = :assignee")
        values["assignee"] = narrow.assignee
    for age, than in ((narrow.older, "<="), (narrow.newer, ">=")):
        if age:
            found.append(f"coalesce(t.waiting_since, t.last_post_at) {than} {int(now - age)}")
    return "".join(f" AND {clause}" for clause in found), values


def few(conn: Connection, narrow: Filter, now: int) -> list[int] | None:
    """The ids of some threads among which are all that fit, at most FEW and the fewest that are known; else None."""
    best = thread_words.fitting(conn, _words(narrow), FEW) if narrow.words else None
    values = {"tag": narrow.tag, "assignee": narrow.assignee, "source": narrow.source, "since": now - narrow.newer}
    for name, query in _ONE_BY_ONE:
        if getattr(narrow, name):
            most = FEW if best is None else len(best)
            ids = conn.execute(query, {**values, "most": most + 1}).fetchall()
            best = [id for (id,) in ids] if len(ids) <= most else best
    return best


def _words(narrow: Filter) -> list[str]:
    return narrow.words.split()[:MOST_WORDS]
