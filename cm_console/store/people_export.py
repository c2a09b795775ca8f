"""What is kept of persons, whole, for a file; and who a row of a file is about."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field

from cm_console.store.account_facts import keyed
from cm_console.store.sqlite import Connection


@dataclass
class Kept:
    """Of one person: accounts as handle@source, their main one first; notes; open follow-ups as instant and words."""

    accounts: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    follow_ups: list[tuple[int, str]] = field(default_factory=list)


def kept(conn: Connection, persons: Sequence[int]) -> dict[int, Kept]:
    """Everything of some persons."""
    found = {person: Kept() for person in persons}
    of: dict[int, int] = {}
    rows = conn.execute(
        "WITH p(id) AS (SELECT value FROM json_each(?)), a(id, person) AS (SELECT id, id FROM p"
        " UNION SELECT m.id, m.person_id FROM p JOIN member m ON m.person_id = p.id)"
        " SELECT m.id, a.person, m.handle, s.name FROM a JOIN member m ON m.id = a.id"
        " JOIN source s ON s.id = m.source_id ORDER BY m.posts DESC, m.id",
        (json.dumps(list(persons)),),
    )
    for id, person, handle, source in rows:
        of[id] = person
        found[person].accounts.append(f"{handle}@{source}")
    among = "IN (SELECT value FROM json_each(?))"
    items = json.dumps([f"member:{id}" for id in of])
    for item, body in conn.execute(
        f"SELECT item, body FROM note WHERE item {among} AND removed = 0 ORDER BY at, id", (items,)
    ):
        found[of[int(item.partition(":")[2])]].notes.append(body)
    open_ones = f"SELECT member_id, due_at, body FROM follow_up WHERE member_id {among} AND done_at IS NULL"
    for id, at, body in conn.execute(f"{open_ones} AND removed = 0 ORDER BY due_at, id", (json.dumps(list(of)),)):
        found[of[id]].follow_ups.append((at, body))
    return found


def by_handle(conn: Connection, handle: str, source: str) -> list[int]:
    """Accounts of a source with a handle; where none bears it, the one with that id on the platform."""
    rows = conn.execute(
        "SELECT m.id FROM member m JOIN source s ON s.id = m.source_id"
        " WHERE lower(m.handle) = lower(?1) AND length(m.handle) > 2 AND lower(s.name) = lower(?2)"
        " UNION SELECT m.id FROM member m JOIN source s ON s.id = m.source_id"
        " WHERE length(?1) < 3 AND m.handle = ?1 AND lower(s.name) = lower(?2)",
        (handle, source),
    ).fetchall()
    if not rows:
        query = "SELECT id FROM member WHERE remote = ? AND source_id = (SELECT id FROM source WHERE lower(name) = ?)"
        rows = conn.execute(query, (handle, source.lower())).fetchall()
    return [id for (id,) in rows]


def by_mail(conn: Connection, mail: str) -> list[int]:
    """Accounts a platform vouched a mail address for."""
    value = keyed(conn, mail.strip().lower()).hex()
    rows = conn.execute("SELECT member_id FROM account_fact WHERE kind = 'mail' AND value = ? ORDER BY 1", (value,))
    return [id for (id,) in rows]


def bodies(conn: Connection, accounts: Sequence[int]) -> tuple[set[str], set[tuple[int, str]], set[str]]:
    """The notes, the follow-ups with their instants (done ones too) and the tags there are on some accounts."""
    ids, among = json.dumps(list(accounts)), "IN (SELECT value FROM json_each(?))"
    items = json.dumps([f"member:{id}" for id in accounts])
    notes = conn.execute(f"SELECT body FROM note WHERE item {among} AND removed = 0", (items,))
    due = conn.execute(f"SELECT due_at, body FROM follow_up WHERE member_id {among} AND removed = 0", (ids,))
    tags = conn.execute(f"SELECT tag FROM member_tag WHERE member_id {among}", (ids,))
    return {body for (body,) in notes}, {(at, body) for at, body in due}, {tag for (tag,) in tags}
