"""What the rows behind a number say: titles, names and what they lead to, fetched for one page at a time."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

from cm_console.model.text import Safe, clean_line
from cm_console.model.time import Instant
from cm_console.store.calendar import PUBLISHED_AT
from cm_console.store.rollups import date_of
from cm_console.store.sqlite import Connection

Words: TypeAlias = tuple[Safe, Safe, str, "Instant | None", Safe, "tuple[str, int | str]"]
"""Title, who, source, when, what else, and what it leads to."""
EXCERPT = 160

_QUERIES = {
    "thread": "SELECT t.id, t.title, m.handle, s.name, t.created_at, t.place, 'thread', t.id FROM thread t"
    " JOIN source s ON s.id = t.source_id LEFT JOIN member m ON m.id = t.author_id WHERE t.id",
    "member": "SELECT m.id, m.handle, m.name, s.name, m.joined_at, '', 'member', m.id FROM member m"
    " JOIN source s ON s.id = m.source_id WHERE m.id",
    "post": "SELECT p.id, t.title, m.handle, s.name, p.created_at, substr(p.body, 1, 640), 'thread', t.id FROM post p"
    " JOIN thread t ON t.id = p.thread_id JOIN source s ON s.id = p.source_id LEFT JOIN member m ON m.id = p.author_id"
    " WHERE p.id",
    "clock": "SELECT c.id, t.title, m.handle, s.name, c.started, c.kind || ': ' || CASE c.result WHEN '' THEN 'late'"
    " ELSE c.result END || ' (' || c.policy || ')', 'thread', t.id FROM clock c JOIN thread t ON t.id = c.thread_id"
    " JOIN source s ON s.id = t.source_id LEFT JOIN member m ON m.id = t.author_id WHERE c.id",
    "feedback": "SELECT f.id, t.title, m.handle, s.name, f.said_at, f.theme || ': ' || substr(f.quote, 1, 300),"
    " 'thread', t.id FROM feedback f JOIN thread t ON t.id = f.thread_id JOIN source s ON s.id = t.source_id"
    " LEFT JOIN member m ON m.id = f.member_id WHERE f.id",
    "report": "SELECT r.id, r.kind, m.handle, s.name, r.created_at, r.reason, 'case', r.case_id FROM report r"
    " JOIN source s ON s.id = r.source_id LEFT JOIN member m ON m.id = r.reporter_id WHERE r.id",
    "case": "SELECT c.id, (SELECT group_concat(DISTINCT kind) FROM report WHERE case_id = c.id), '', s.name,"
    " c.opened_at, c.target_kind, 'case', c.id FROM cases c JOIN source s ON s.id = c.source_id WHERE c.id",
    "decision": "SELECT d.id, d.verb, d.actor, '', d.at, CASE WHEN d.guideline IS NULL THEN d.note"
    " ELSE 'guideline ' || d.guideline || ' ' || d.note END, 'case', d.case_id FROM decision d WHERE d.id",
    "entry": f"SELECT e.id, e.title, '', '', coalesce({PUBLISHED_AT}, e.at), e.state, 'entry', e.id FROM entry e"
    " WHERE e.id",
}


def _queried(kind: str) -> Callable[[Connection, Sequence[int | str]], Mapping[int | str, Words]]:
    def words(conn: Connection, items: Sequence[int | str]) -> Mapping[int | str, Words]:
        query = f"{_QUERIES[kind]} IN (SELECT value FROM json_each(?))"
        return {
            id: (
                clean_line(title or ""),
                clean_line(who or ""),
                source,
                at,
                clean_line(note or "", EXCERPT),
                (leads, to),
            )
            for id, title, who, source, at, note, leads, to in conn.execute(query, (json.dumps(list(items)),))
        }

    return words


def _days(conn: Connection, items: Sequence[int | str]) -> Mapping[int | str, Words]:
    nothing = Safe("")
    return {day: (Safe(f"{date_of(int(day)):%a %Y-%m-%d}"), nothing, "", None, nothing, ("day", day)) for day in items}


WORDS: Mapping[str, Callable[[Connection, Sequence[int | str]], Mapping[int | str, Words]]] = {
    **{kind: _queried(kind) for kind in _QUERIES},
    "day": _days,
}
