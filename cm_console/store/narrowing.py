"""A filter over the inbox as SQL, and the few threads that may fit it where they are few."""

from __future__ import annotations

from cm_console.model.inbox import Filter
from cm_console.model.narrowing import terms
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


_OWNER = {"none": "t.assignee IS NULL", "me": "lower(t.assignee) = lower(:me)"}
"""Whose a thread is, beside colleagues' names."""


def clauses(narrow: Filter, now: int) -> tuple[str, dict[str, str | int]]:
    """Conditions on thread t, its author m, each with AND before it; and their values."""
    values: dict[str, str | int] = {}
    found = [_holds("word", word, values) for word in _words(narrow)]
    if narrow.source:
        found.append("+t.source_id = (SELECT id FROM source WHERE name = :source)")
        values["source"] = narrow.source
    found += [_holds("tag", tag, values) for tag in narrow.tag.split()[:MOST_WORDS]]
    found += [_holds("assignee", narrow.assignee, values)] if narrow.assignee else []
    found += [f"NOT coalesce({_holds(*term, values)}, 0)" for term in terms(narrow)[:MOST_WORDS]]
    for age, than in ((narrow.older, "<="), (narrow.newer, ">=")):
        if age:
            found.append(f"coalesce(t.waiting_since, t.last_post_at) {than} {int(now - age)}")
    return "".join(f" AND {clause}" for clause in found), values


def _holds(name: str, value: str, values: dict[str, str | int]) -> str:
    """The condition of one part of a filter, its value bound; `:me` is who looks."""
    if name == "assignee" and value.lower() in _OWNER:
        return _OWNER[value.lower()]
    bound = f"filter{len(values)}"
    if name == "word":
        values[bound] = like(value)
        fits = f"LIKE :{bound} ESCAPE '\\'"
        return f"(t.title {fits} OR m.handle {fits} OR t.place {fits})"
    values[bound] = value
    if name == "tag":
        return f"EXISTS (SELECT 1 FROM tag WHERE thread_id = t.id AND tag = :{bound})"
    source = f"(SELECT id FROM source WHERE name = :{bound})"
    return f"+t.source_id = {source}" if name == "source" else f"+t.assignee = :{bound}"


def few(conn: Connection, narrow: Filter, now: int) -> list[int] | None:
    """The ids of some threads among which are all that fit, at most FEW and the fewest that are known; else None."""
    best = thread_words.fitting(conn, _words(narrow), FEW) if narrow.words else None
    assignee = "" if narrow.assignee.lower() in _OWNER else narrow.assignee
    given = {"tag": narrow.tag.partition(" ")[0], "assignee": assignee, "source": narrow.source}
    values: dict[str, str | int] = {**given, "since": now - narrow.newer}
    for name, query in _ONE_BY_ONE:
        if given.get(name) or (name == "newer" and narrow.newer):
            most = FEW if best is None else len(best)
            ids = conn.execute(query, {**values, "most": most + 1}).fetchall()
            best = [id for (id,) in ids] if len(ids) <= most else best
    return best


def _words(narrow: Filter) -> list[str]:
    return narrow.words.split()[:MOST_WORDS]
