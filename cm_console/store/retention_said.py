"""What stands beside posts and goes with them: reports, what we sent, notes, drafts, quotes, what the journal pictures.

Each text by the time it was written, wherever it hangs on a thread, a post or a case of the source. What the team keeps
on persons, and its calendar, are no texts of a source: they stay until they are removed, or the person is forgotten.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence

from cm_console.model.outbox import LIVE
from cm_console.model.time import DAY, HOUR
from cm_console.store.rewording import untitle
from cm_console.store.sqlite import Connection
from cm_console.store.withheld import REMOVED

EVERY = HOUR
"""How often what has come of age since is looked for."""
STEP = 100
"""Rows in one step."""
KEPT_OF_A_LINE = ("group", "from", "actions", "again", "draft")
"""What of a journal line's payload says nothing of anybody."""
WORDS = ("body", "quote", "note", "reason")
"""Columns that hold words, in the journal's pictures of rows."""

Found = list[tuple[str, str | int]]
"""Rows by table and key."""

_LIVE = ",".join(f"'{state}'" for state in LIVE)
_SIMPLE: Mapping[str, str] = {
    "thread": "SELECT id FROM thread WHERE source_id = :source AND created_at < :until AND last_post_at < :until"
    f" AND title <> '{REMOVED}' AND NOT EXISTS (SELECT 1 FROM post p WHERE p.thread_id = thread.id)",
    "report": "SELECT id FROM report WHERE source_id = :source AND reason <> '' AND created_at < :until"
    " AND created_at >= :since",
    "decision": "SELECT d.id FROM decision d JOIN cases c ON c.id = d.case_id WHERE c.source_id = :source"
    " AND d.note <> '' AND d.at < :until AND d.at >= :since",
    "feedback": "SELECT f.id FROM feedback f JOIN thread t ON t.id = f.thread_id WHERE t.source_id = :source"
    " AND f.quote <> '' AND f.said_at < :until",
    "action": "SELECT a.seq FROM action a WHERE a.ended_at < :until AND a.ended_at >= :since"
    f" AND a.state NOT IN ({_LIVE}) AND (a.payload ->> 'text' <> '' OR a.payload ->> 'title' <> ''"
    " OR a.payload ->> 'reason' <> '') AND :source IN ((SELECT id FROM source WHERE name = a.source),"
    " (SELECT source_id FROM thread WHERE id = a.thread_id), (SELECT source_id FROM cases WHERE id = a.case_id))",
}
"""Rows with words from `since` to `until`, by their keys."""
_ABOUT: Mapping[str, str] = {
    "note": "SELECT id, item FROM note WHERE at < :until AND at >= :since",
    "draft": "SELECT key, key FROM draft WHERE at < :until AND at >= :since",
    "journal": "SELECT seq, item FROM journal WHERE at < :until AND at >= :since AND op <> 'forget'"
    " AND (before <> '[]' OR EXISTS (SELECT 1 FROM json_each(payload)"
    " WHERE key NOT IN ('group', 'from', 'actions', 'again', 'draft')))",
}
"""The same, with what says which source they are about."""
_PICTURES = "SELECT seq, item, before FROM journal WHERE undoes IS NOT NULL AND at >= :until AND instr(before, '{')"
_OWNERS: Mapping[str, str] = {
    "thread": "SELECT source_id FROM thread WHERE id = ?",
    "case": "SELECT source_id FROM cases WHERE id = ?",
    "post": "SELECT source_id FROM post WHERE id = ?",
    "member": "SELECT source_id FROM member WHERE id = ?",
    "action": "SELECT s.id FROM action a JOIN source s ON s.name = a.source WHERE a.id = ?",
}
_KINDS = {"reply": "thread", "note": "thread", "handover": "thread", "edit": "post", "message": "member"}
"""What a draft's key begins with, and what it is about."""


def find(conn: Connection, source: int, since: int, until: int) -> Found:
    """All rows with words about a source that were written from one instant to another."""
    bound = {"source": source, "since": since, "until": until}
    found: Found = []
    for table, query in _SIMPLE.items():
        found += [(table, id) for (id,) in conn.execute(query, bound)]
    owners = dict[str, int | None]()
    for table, query in _ABOUT.items():
        for id, item in conn.execute(query, bound).fetchall():
            if (table == "draft" or not item.startswith("member:")) and _owner(conn, item, owners) == source:
                found.append((table, id))
    return found


def pictures(conn: Connection, source: int, until: int) -> Found:
    """Younger lines of the journal that took something back and picture a row with older words."""
    owners = dict[str, int | None]()
    return [
        ("picture", seq)
        for seq, item, before in conn.execute(_PICTURES, {"until": until}).fetchall()
        if _calmed(before, until) is not None and _owner(conn, item, owners) == source
    ]


def count(conn: Connection, source: int, since: int, until: int) -> Counter[str]:
    """How many texts of which kind there are to let go."""
    return Counter(table for table, _ in find(conn, source, since, until))


def next_due(conn: Connection, now: int) -> tuple[int, Found, int] | None:
    """A source that is to be looked through: what of it is to go, and until when; None while there is none."""
    row = conn.execute(
        "SELECT source_id, said_until, ?1 - keep_days * ?2 FROM retention WHERE ?1 - keep_days * ?2 - said_until >= ?3",
        (now, DAY, EVERY),
    ).fetchone()
    if row is None:
        return None
    source, since, until = row
    return source, find(conn, source, since, until) + pictures(conn, source, until), until


def let_go(conn: Connection, some: Sequence[tuple[str, str | int]], until: int) -> Counter[str]:
    """Take the words out of these rows; how many of which kind."""
    for table, id in some:
        _LET_GO[table](conn, id, until)
    return Counter(table for table, _ in some if table != "picture")


def done(conn: Connection, source: int, until: int) -> None:
    """Nothing said before then has words any more."""
    conn.execute("UPDATE retention SET said_until = ? WHERE source_id = ?", (until, source))


def _owner(conn: Connection, item: str, known: dict[str, int | None]) -> int | None:
    """The source of what something is about: `thread:5`, `case:3`, `reply:5`, `engage:greet:member:7`."""
    if item not in known:
        *_, kind, id = ["", *item.split(":")]
        query = _OWNERS.get(_KINDS.get(kind, kind))
        row = conn.execute(query, (id,)).fetchone() if query else None
        known[item] = row[0] if row else None
    return known[item]


def _emptied(table: str, column: str, key: str = "id") -> Callable[[Connection, str | int, int], None]:
    def change(conn: Connection, id: str | int, until: int) -> None:
        conn.execute(f"UPDATE {table} SET {column} = '' WHERE {key} = ?", (id,))

    return change


def _deleted(table: str, key: str) -> Callable[[Connection, str | int, int], None]:
    def change(conn: Connection, id: str | int, until: int) -> None:
        conn.execute(f"DELETE FROM {table} WHERE {key} = ?", (id,))

    return change


def _thread(conn: Connection, id: str | int, until: int) -> None:
    untitle(conn, int(id))


def _action(conn: Connection, seq: str | int, until: int) -> None:
    (payload,) = conn.execute("SELECT payload FROM action WHERE seq = ?", (seq,)).fetchone()
    blank = json.dumps({**json.loads(payload), "text": "", "title": "", "reason": ""})
    conn.execute("UPDATE action SET payload = ?, why = '' WHERE seq = ?", (blank, seq))
    conn.execute("UPDATE attempt SET words = '' WHERE action_id = (SELECT id FROM action WHERE seq = ?)", (seq,))


def _line(conn: Connection, seq: str | int, until: int) -> None:
    (payload,) = conn.execute("SELECT payload FROM journal WHERE seq = ?", (seq,)).fetchone()
    kept = {name: value for name, value in json.loads(payload).items() if name in KEPT_OF_A_LINE}
    conn.execute("UPDATE journal SET payload = ?, before = '[]' WHERE seq = ?", (json.dumps(kept), seq))


def _picture(conn: Connection, seq: str | int, until: int) -> None:
    (before,) = conn.execute("SELECT before FROM journal WHERE seq = ?", (seq,)).fetchone()
    calmed = _calmed(before, until)
    if calmed is not None:
        conn.execute("UPDATE journal SET before = ? WHERE seq = ?", (calmed, seq))


def _calmed(before: str, until: int) -> str | None:
    """The pictures of a line without words from before an instant; None if there are none."""
    steps, changed = json.loads(before), False
    for row in _rows(steps):
        said = row.get("said_at", row.get("at"))
        if isinstance(said, int) and said < until:
            for column in WORDS:
                changed = changed or bool(row.get(column))
                row.update({column: ""} if column in row else {})
    return json.dumps(steps) if changed else None


def _rows(steps: Sequence[Mapping[str, object]]) -> Iterator[dict[str, object]]:
    for step in steps:
        row = step["row"]
        if isinstance(row, dict) and step["table"] in ("note", "feedback", "decision", "report"):
            yield row


_LET_GO: Mapping[str, Callable[[Connection, str | int, int], None]] = {
    "thread": _thread,
    "report": _emptied("report", "reason"),
    "decision": _emptied("decision", "note"),
    "feedback": _emptied("feedback", "quote"),
    "action": _action,
    "note": _deleted("note", "id"),
    "draft": _deleted("draft", "key"),
    "journal": _line,
    "picture": _picture,
}
