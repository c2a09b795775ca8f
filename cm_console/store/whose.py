"""From something that names a member to that member: whose post, case, report, decision, quote or message it is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from cm_console.store import persons
from cm_console.store.sqlite import Connection

QUERIES: Mapping[str, str] = {
    "member": "SELECT id FROM member WHERE id = ?",
    "thread": "SELECT author_id FROM thread WHERE id = ?",
    "post": "SELECT author_id FROM post WHERE id = ?",
    "report": "SELECT reporter_id FROM report WHERE id = ?",
    "case": "SELECT CASE c.target_kind WHEN 'member' THEN (SELECT id FROM member WHERE source_id = c.source_id"
    " AND remote = c.target) WHEN 'thread' THEN (SELECT author_id FROM thread WHERE source_id = c.source_id"
    " AND remote = c.target) ELSE (SELECT author_id FROM post WHERE source_id = c.source_id AND remote = c.target) END"
    " FROM cases c WHERE c.id = ?",
    "decision": "SELECT member_id FROM decision WHERE id = ?",
    "feedback": "SELECT member_id FROM feedback WHERE id = ?",
    "action": "SELECT coalesce((SELECT m.id FROM member m JOIN source s ON s.id = m.source_id WHERE s.name = a.source"
    " AND a.payload ->> '$.target.kind' = 'member' AND m.remote = a.payload ->> '$.target.id'),"
    " (SELECT p.author_id FROM post p JOIN source s ON s.id = p.source_id WHERE s.name = a.source AND p.remote ="
    " coalesce(a.payload ->> 'reply_to', CASE a.payload ->> '$.target.kind' WHEN 'post' THEN"
    " a.payload ->> '$.target.id' END)), (SELECT author_id FROM thread WHERE id = a.thread_id)) FROM action a"
    " WHERE a.id = ?",
}
"""For each kind of thing, its member; an action's is whom it is for, or about."""


def whose(conn: Connection, things: Iterable[tuple[str, int | str]]) -> list[int]:
    """The members these are of, one for each person, in order; those that are nobody's are left out."""
    found: dict[int, int] = {}
    for kind, id in things:
        rows = conn.execute(QUERIES[kind], (id,)).fetchall() if kind in QUERIES else []
        for (member,) in rows:
            person = persons.leader(conn, member)
            if person is not None:
                found.setdefault(person, member)
    return list(found.values())
