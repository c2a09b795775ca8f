"""A person's timeline across platforms, newest first, read in pages: each kind by its own index, then merged."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from cm_console.model.person import Happening, Moment
from cm_console.model.text import Safe, clean, clean_line
from cm_console.model.time import Instant
from cm_console.store.outbox_rows import MADE
from cm_console.store.planned_reply import CONTACT_AT, CONTACT_SAYS
from cm_console.store.sqlite import Connection, like

EXCERPT = 200
"""Characters of a text in the list."""

Key = tuple[int, int, "int | str"]


class _Kind(NamedTuple):
    """One kind of lines: source, title, text, the rest (thread, case, url), from where, when and which one."""

    source: str
    title: str
    text: str
    rest: str
    tables: str
    at: str
    id: str


_ON = "JOIN source s ON s.id = {}.source_id"
_WHOSE = " JOIN member m ON m.id = {}.member_id " + _ON.format("m")
_SAID = "coalesce(nullif(a.payload ->> 'text', ''), a.payload ->> 'reason', '')"
_EVENT = "substr(a.remote, 1, instr(a.remote, '/') - 1)"
_NOWHERE = "NULL, NULL, ''"
_KINDS = {
    Happening.POST: _Kind(
        "s.name",
        "t.title",
        "p.body",
        "p.thread_id, NULL, p.url",
        f"post p JOIN thread t ON t.id = p.thread_id {_ON.format('p')} WHERE p.author_id = :who AND p.state < 3",
        "p.created_at",
        "p.id",
    ),
    Happening.CAME: _Kind(
        "s.name",
        f"coalesce((SELECT title FROM scheduled WHERE source_id = a.source_id AND remote = {_EVENT}), {_EVENT})",
        "''",
        _NOWHERE,
        f"activity a {_ON.format('a')} WHERE a.member_id = :who AND a.kind <> 'reaction'"
        " AND (s.kind = 'table' OR a.kind <> 'visit')",
        "a.at",
        "a.id",
    ),
    Happening.DECISION: _Kind(
        "s.name",
        "d.verb || ' by ' || d.actor",
        "d.note",
        "NULL, d.case_id, ''",
        f"decision d {_WHOSE.format('d')} WHERE d.member_id = :who AND d.undone = 0",
        "d.at",
        "d.id",
    ),
    Happening.REPORT: _Kind(
        "s.name",
        "r.kind",
        "r.reason",
        "NULL, r.case_id, ''",
        f"report r {_ON.format('r')} WHERE r.reporter_id = :who",
        "r.created_at",
        "r.id",
    ),
    Happening.SENT: _Kind(
        "a.source",
        "a.verb || ' by ' || a.created_by",
        _SAID,
        "a.thread_id, a.case_id, ''",
        "thread t JOIN action a ON a.thread_id = t.id WHERE t.author_id = :who AND a.state = 'sent'",
        "a.created_at",
        "a.seq",
    ),
    Happening.CONTACT: _Kind(
        "s.name",
        "c.way || ' by ' || c.author",
        CONTACT_SAYS,
        f"(SELECT {MADE} FROM action a WHERE a.id = c.id), NULL, ''",
        f"contact c {_WHOSE.format('c')} WHERE c.member_id = :who AND c.removed = 0",
        CONTACT_AT,
        "c.id",
    ),
    Happening.NOTE: _Kind(
        "s.name",
        "'note by ' || n.author",
        "n.body",
        _NOWHERE,
        f"note n JOIN member m ON m.id = :who {_ON.format('m')} WHERE n.item = :item AND n.removed = 0",
        "n.at",
        "n.id",
    ),
    Happening.FOLLOW_UP: _Kind(
        "s.name",
        "CASE WHEN f.done_at IS NULL THEN 'follow-up' ELSE 'follow-up done' END",
        "f.body",
        _NOWHERE,
        f"follow_up f {_WHOSE.format('f')} WHERE f.member_id = :who AND f.removed = 0",
        "f.at",
        "f.id",
    ),
}


def timeline(
    conn: Connection,
    ids: Sequence[int],
    *,
    only: Sequence[Happening] = (),
    key: Key | None = None,
    forward: bool = True,
    limit: int = 50,
    words: str = "",
) -> list[Moment]:
    """Lines of these accounts after a key (or before it, nearest first), all or only of some kinds, with some words."""
    where = (key, forward, limit, words)
    found = [row for what in only or Happening for id in ids for row in _page(conn, what, id, *where)]
    return sorted(found, key=lambda each: each.key, reverse=forward)[:limit]


def _page(
    conn: Connection, what: Happening, who: int, key: Key | None, forward: bool, limit: int, words: str
) -> list[Moment]:
    kind = _KINDS[what]
    order = "DESC" if forward else "ASC"
    rows = conn.execute(
        f"SELECT {kind.at}, {kind.id}, {kind.source}, {kind.title}, {kind.text}, {kind.rest}"
        f" FROM {kind.tables} {_beyond(kind, what, key, forward)}"
        f" {_holds(kind) if words else ''} ORDER BY {kind.at} {order}, {kind.id} {order} LIMIT :limit",
        {
            "who": who,
            "item": f"member:{who}",
            "at": key and key[0],
            "id": key and key[2],
            "limit": limit,
            "like": like(words),
        },
    )
    return [_moment(what, row) for row in rows]


def _holds(kind: _Kind) -> str:
    return " AND (" + " OR ".join(f"{text} LIKE :like ESCAPE '\\'" for text in (kind.title, kind.text)) + ")"


def _beyond(kind: _Kind, what: Happening, key: Key | None, forward: bool) -> str:
    """Only what comes behind the key; the kinds of one moment stand in the order of their numbers."""
    if key is None:
        return ""
    than = "<" if forward else ">"
    if what == key[1]:
        return f"AND {kind.at} {than}= :at AND ({kind.at}, {kind.id}) {than} (:at, :id)"
    return f"AND {kind.at} {than}{'=' if (what < key[1]) is forward else ''} :at"


def _moment(what: Happening, row: tuple[Any, ...]) -> Moment:
    at, id, source, title, text, thread, case, url = row
    words = clean_line(clean(text or ""), EXCERPT)
    return Moment((at, int(what), id), what, Instant(at), source, Safe(title or ""), words, thread, case, url)


def all_of(conn: Connection, ids: Sequence[int]) -> list[Moment]:
    """The whole timeline, for an export."""
    found, key = list[Moment](), None
    while page := timeline(conn, ids, key=key, limit=1000):
        found += page
        key = page[-1].key
    return found
