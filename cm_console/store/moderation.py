"""What the moderation screen reads: cases worst first, and everything needed to judge one."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from cm_console.model.moderation import CaseRow, CaseView, DecisionRow, ReportRow
from cm_console.model.text import Safe, clean_line
from cm_console.model.thread import PostRow
from cm_console.store import reading
from cm_console.store.sqlite import Connection, like

_VIEWS = {
    CaseView.OPEN: ("c.ended_at IS NULL", "rank", "ASC"),
    CaseView.CLAIMED: ("c.ended_at IS NULL AND c.claimed_by = :me", "rank", "ASC"),
    CaseView.ESCALATED: ("c.ended_at IS NULL AND c.escalated", "rank", "ASC"),
    CaseView.ENDED: ("c.ended_at IS NOT NULL", "ended_at", "DESC"),
}

_COLUMNS = """
c.id, c.{key}, s.name, s.kind, c.target_kind,
(SELECT json_group_array(DISTINCT kind) FROM report WHERE case_id = c.id), c.reports,
coalesce(p.body, t.title, a.handle, c.target), coalesce(a.handle, 'unknown'), c.opened_at, c.ended_at,
coalesce(c.claimed_by, ''), c.escalated,
(SELECT verb FROM decision WHERE case_id = c.id AND undone = 0 ORDER BY at DESC LIMIT 1), c.agreed_there
"""

_JOINS = """
FROM cases c JOIN source s ON s.id = c.source_id
LEFT JOIN post p ON c.target_kind = 'post' AND p.source_id = c.source_id AND p.remote = c.target
LEFT JOIN thread t ON (c.target_kind = 'thread' AND t.source_id = c.source_id AND t.remote = c.target)
    OR t.id = p.thread_id
LEFT JOIN member a ON a.id = CASE c.target_kind WHEN 'post' THEN p.author_id WHEN 'thread' THEN t.author_id
    ELSE (SELECT id FROM member WHERE source_id = c.source_id AND remote = c.target) END
"""


@dataclass(frozen=True, slots=True)
class Target:
    """What a case is about, by our ids and the platform's; `seen` is the version a moderator judged."""

    source: str
    source_id: int
    kind: str
    remote: str
    thread_id: int | None
    thread_remote: str | None
    thread_title: str
    post: PostRow | None
    member_id: int | None
    member_remote: str | None
    member_handle: str
    report: str | None
    url: str
    seen: str


_WORDS = """
AND (coalesce(p.body, t.title, a.handle, c.target) LIKE :like ESCAPE '\\' OR a.handle LIKE :like ESCAPE '\\'
    OR s.name LIKE :like ESCAPE '\\'
    OR EXISTS (SELECT 1 FROM report WHERE case_id = c.id AND kind LIKE :like ESCAPE '\\'))
"""


def page(
    conn: Connection,
    view: CaseView,
    *,
    me: str,
    key: tuple[int, int] | None,
    forward: bool,
    limit: int,
    words: str = "",
) -> list[CaseRow]:
    """Cases of a view after a key (or before it, nearest first); `words` occur in text, author, source or kind."""
    which, column, direction = _VIEWS[view]
    down = (direction == "ASC") == forward
    comparison = f"AND (c.{column}, c.id) {'>' if down else '<'} (:at, :id)" if key else ""
    order = "ASC" if down else "DESC"
    rows = conn.execute(
        f"SELECT {_COLUMNS.format(key=column)} {_JOINS} WHERE {which} {comparison} {_WORDS if words else ''}"
        f" ORDER BY c.{column} {order}, c.id {order} LIMIT :limit",
        {"me": me, "at": key and key[0], "id": key and key[1], "limit": limit, "like": like(words)},
    )
    return [_row(row) for row in rows]


def row(conn: Connection, case_id: int) -> CaseRow | None:
    """One case as a list row."""
    found = conn.execute(f"SELECT {_COLUMNS.format(key='rank')} {_JOINS} WHERE c.id = ?", (case_id,)).fetchone()
    return _row(found) if found else None


def key_of(conn: Connection, view: CaseView, case_id: int, *, me: str) -> tuple[int, int] | None:
    """The key a case has in a view, None if it is not there."""
    which, column, _ = _VIEWS[view]
    found: tuple[int, int] | None = conn.execute(
        f"SELECT c.{column}, c.id FROM cases c WHERE c.id = :id AND {which}", {"id": case_id, "me": me}
    ).fetchone()
    return found


def count(conn: Connection, view: CaseView, *, me: str, words: str = "", most: int = 1000) -> int:
    """How many cases a view has; all but the open ones are counted up to `most`."""
    if view is CaseView.OPEN and not words:
        found = conn.execute("SELECT n FROM badge WHERE name = 'cases'").fetchone()
        return found[0] if found else 0
    which, *_ = _VIEWS[view]
    joins, narrow = (_JOINS, _WORDS) if words else ("FROM cases c", "")
    counted = f"SELECT count(*) FROM (SELECT 1 {joins} WHERE {which} {narrow} LIMIT {most})"
    return int(conn.execute(counted, {"me": me, "like": like(words)}).fetchone()[0])


def open_case(conn: Connection, source_id: int, target_kind: str, target: str) -> int | None:
    """The case on a target that has not ended."""
    row = conn.execute(
        "SELECT id FROM cases WHERE source_id = ? AND target_kind = ? AND target = ? AND ended_at IS NULL",
        (source_id, target_kind, target),
    ).fetchone()
    return row[0] if row else None


def target(conn: Connection, case_id: int) -> Target | None:
    """What a case is about, as far as it is known here."""
    found = conn.execute(
        "SELECT s.name, c.source_id, c.target_kind, c.target, t.id, t.remote, t.title, p.id, a.id, a.remote, a.handle,"
        " (SELECT remote FROM report WHERE case_id = c.id AND closed_at IS NULL AND remote NOT LIKE 'cm:%'"
        "  ORDER BY created_at DESC LIMIT 1), coalesce(nullif(p.url, ''), t.url, a.url, ''), p.version, t.version"
        f" {_JOINS} WHERE c.id = ?",
        (case_id,),
    ).fetchone()
    if found is None:
        return None
    source, source_id, kind, remote, thread, thread_remote, title, post_id, member, *rest = found
    member_remote, handle, report, url, post_version, thread_version = rest
    what = reading.post(conn, source_id, remote) if post_id else None
    seen = post_version if what else thread_version if kind == "thread" else ""
    facts = (source, source_id, kind, remote, thread, thread_remote, title or "", what, member, member_remote)
    return Target(*facts, handle or "unknown", report, url or "", seen or "")


def around(conn: Connection, what: PostRow, thread_id: int) -> tuple[PostRow | None, PostRow | None, int, int]:
    """The posts before and after one in its thread, its position there and how many there are."""
    near: list[PostRow | None] = []
    for comparison, order in (("<", "DESC"), (">", "ASC")):
        found = conn.execute(
            "SELECT source_id, remote FROM post WHERE thread_id = ? AND state < 3"
            f" AND (created_at, id) {comparison} (?, ?) ORDER BY created_at {order}, id {order} LIMIT 1",
            (thread_id, what.created_at, what.id),
        ).fetchone()
        near.append(reading.post(conn, *found) if found else None)
    position, of = conn.execute(
        "SELECT sum((created_at, id) <= (?, ?)), count(*) FROM post WHERE thread_id = ?",
        (what.created_at, what.id, thread_id),
    ).fetchone()
    return near[0], near[1], position or 0, of


def reports(conn: Connection, case_id: int) -> tuple[ReportRow, ...]:
    """The reports of a case, with how often each reporter was right in cases that ended, here or there."""
    rows = conn.execute(
        "SELECT r.id, coalesce(m.handle, CASE WHEN r.remote LIKE 'cm:%' THEN 'the team' ELSE 'the platform' END),"
        " (SELECT coalesce(sum(coalesce(c.upheld, o.agreed) = 1), 0) FROM report o JOIN cases c ON c.id = o.case_id"
        "  WHERE o.reporter_id = r.reporter_id AND coalesce(c.upheld, o.agreed) IS NOT NULL),"
        " (SELECT count(*) FROM report o JOIN cases c ON c.id = o.case_id"
        "  WHERE o.reporter_id = r.reporter_id AND coalesce(c.upheld, o.agreed) IS NOT NULL),"
        " r.kind, r.reason, r.created_at, r.closed_at FROM report r LEFT JOIN member m ON m.id = r.reporter_id"
        " WHERE r.case_id = ? ORDER BY r.created_at",
        (case_id,),
    )
    return tuple(
        ReportRow(id, Safe(who), agreed, judged, kind, Safe(why), created_at, closed_at)
        for id, who, agreed, judged, kind, why, created_at, closed_at in rows
    )


def decisions(
    conn: Connection, *, case_id: int | None = None, member_ids: Sequence[int] = ()
) -> tuple[DecisionRow, ...]:
    """Decisions on a case or on the accounts of a person, newest first, with what became of the action."""
    rows = conn.execute(
        "SELECT d.id, d.at, d.actor, d.verb, d.guideline, d.upheld, d.strikes, d.expires_at, d.note, d.undone,"
        " coalesce(x.state, ''), x.not_before, coalesce(x.why, ''),"
        f" (SELECT coalesce(p.body, t.title, a.handle, c.target) {_JOINS} WHERE c.id = d.case_id)"
        " FROM decision d LEFT JOIN action x ON x.seq = (SELECT max(seq) FROM action WHERE case_id = d.case_id"
        " AND created_at = d.at) WHERE d.case_id = ?1 OR d.member_id IN (SELECT value FROM json_each(?2))"
        " ORDER BY d.at DESC LIMIT 50",
        (case_id, json.dumps(list(member_ids))),
    )
    return tuple(_decision(row) for row in rows)


def _decision(row: tuple[Any, ...]) -> DecisionRow:
    id, at, who, verb, rule, upheld, strikes, end, note, undone, state, leaves_at, why, about = row
    judged = None if upheld is None else bool(upheld)
    words = (Safe(note), bool(undone), state, leaves_at, why, clean_line(about or "", 200))
    return DecisionRow(id, at, who, verb, rule, judged, strikes, end, *words)


def opening(conn: Connection, thread_id: int) -> tuple[PostRow | None, PostRow | None, int]:
    """The first two posts of a thread and how many it has."""
    first, second, *_ = [*reading.posts(conn, thread_id, None, 2), None, None]
    (of,) = conn.execute("SELECT count(*) FROM post WHERE thread_id = ?", (thread_id,)).fetchone()
    return first, second, of


def posts_of(conn: Connection, member_ids: Sequence[int], limit: int) -> tuple[PostRow, ...]:
    """The newest posts of a person's accounts, deleted ones included."""
    newest = "SELECT created_at, id, source_id, remote FROM post WHERE author_id = ? ORDER BY 1 DESC, 2 DESC LIMIT ?"
    rows = [row for id in member_ids for row in conn.execute(newest, (id, limit))]
    found = [reading.post(conn, source, remote) for _, _, source, remote in sorted(rows, reverse=True)[:limit]]
    return tuple(post for post in found if post is not None)


def _row(row: tuple[Any, ...]) -> CaseRow:
    id, key, source, source_kind, target_kind, kinds, n, words, accused, *rest, verb, agreed = row
    opened_at, ended_at, claimed_by, escalated = rest
    there = {None: "", 0: "kept there", 1: "upheld there"}[agreed] if ended_at else ""
    return CaseRow(
        id,
        (key, id),
        source,
        source_kind,
        target_kind,
        tuple(json.loads(kinds)),
        n,
        clean_line(words, 200),
        Safe(accused),
        opened_at,
        ended_at,
        claimed_by,
        bool(escalated),
        verb or there,
    )
