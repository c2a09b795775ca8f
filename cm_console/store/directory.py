"""Lists of persons: pages by key over their kept standings, counts, and what the team keeps on those of a page."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from cm_console.model.directory import ALL, DUE, TEAM, Narrow, PersonRow, Sort
from cm_console.model.segments import PeopleRules
from cm_console.model.text import Safe
from cm_console.model.time import Instant
from cm_console.store.persons import alike
from cm_console.store.sqlite import Connection
from cm_console.store.standing import COLUMNS, facts_of

ORDER: Mapping[Sort, tuple[str, str]] = {
    Sort.SEEN: ("seen_day", "DESC"),
    Sort.POSTS: ("posts_90", "DESC"),
    Sort.ANSWERS: ("answers_90", "DESC"),
    Sort.JOINED: ("since_day", "DESC"),
    Sort.NAME: ("fold", "ASC"),
}
"""The column of each order, which stands in an index with all a list is chosen by, and which way it goes."""
_FIELDS = ("person_id", *COLUMNS)
_SELECT = f"SELECT {', '.join(f'st.{column}' for column in _FIELDS)}"
_OPEN = (
    "SELECT coalesce(m.person_id, m.id) AS person, min(f.due_at) AS due FROM follow_up f INDEXED BY follow_up_due"
    " JOIN member m ON m.id = f.member_id WHERE f.done_at IS NULL AND f.removed = 0 GROUP BY person"
)
"""Persons with an open follow-up and when the first is due; only people make them, so there are not many."""

Key = tuple[Any, int]


def page(
    conn: Connection,
    rules: PeopleRules,
    view: str,
    sort: Sort,
    narrow: Narrow,
    today: int,
    *,
    key: Key | None,
    forward: bool,
    limit: int,
) -> list[PersonRow]:
    """Persons of a list after a key, or before it and nearest first.

    Words stand in no index: with them the whole table is read in its order (10 ms for 100,000), not along an index.
    """
    column, way = ("o.due", "ASC") if view == DUE else (f"st.{ORDER[sort][0]}", ORDER[sort][1])
    where, values = _where(rules, view, narrow)
    downwards = (way == "DESC") is forward
    column = f"+{column}" if narrow.words else column
    if key is not None:
        where += f" AND ({column}, st.person_id) {'<' if downwards else '>'} (:at, :id)"
        values |= {"at": key[0], "id": key[1]}
    turn = "DESC" if downwards else "ASC"
    rows = conn.execute(
        f"{_SELECT}, {column} FROM {_from(view)} WHERE {where}"
        f" ORDER BY {column} {turn}, st.person_id {turn} LIMIT :limit",
        {**values, "limit": limit},
    )
    return _rows(conn, rules, today, rows.fetchall())


def find(conn: Connection, rules: PeopleRules, view: str, sort: Sort, person: int, today: int) -> PersonRow | None:
    """One person, if they are in a list."""
    column = "o.due" if view == DUE else f"st.{ORDER[sort][0]}"
    where, values = _where(rules, view, Narrow())
    rows = conn.execute(
        f"{_SELECT}, {column} FROM {_from(view)} WHERE {where} AND st.person_id = :person", {**values, "person": person}
    )
    return next(iter(_rows(conn, rules, today, rows.fetchall())), None)


def count(conn: Connection, rules: PeopleRules, view: str, narrow: Narrow) -> int:
    """How many persons are in a list; only words, a tag and a source are counted person by person."""
    kept = view != DUE and not (narrow.words or narrow.tag or narrow.source)
    where, values = _where(rules, view, narrow)
    what, table = ("coalesce(sum(st.n), 0)", "standing_count st") if kept else ("count(*)", _from(view))
    n: int = conn.execute(f"SELECT {what} FROM {table} WHERE {where}", values).fetchone()[0]
    return n


def counts(conn: Connection, rules: PeopleRules) -> dict[str, int]:
    """How many persons are in each list and each segment."""
    return {view: count(conn, rules, view, Narrow()) for view in (ALL, *rules.names, DUE, TEAM)}


def known(conn: Connection) -> tuple[list[str], list[str]]:
    """The tags on persons, the most frequent first, and the sources."""
    tags = conn.execute("SELECT tag FROM member_tag GROUP BY tag ORDER BY count(*) DESC, tag").fetchall()
    sources = conn.execute("SELECT name FROM source ORDER BY name").fetchall()
    return [tag for (tag,) in tags], [name for (name,) in sources]


def levels(conn: Connection) -> dict[int, int]:
    """How many members have each level."""
    rows = conn.execute("SELECT level, sum(n) FROM standing_count WHERE role = 0 GROUP BY level HAVING sum(n) > 0")
    return dict(rows.fetchall())


def thread_to_answer(conn: Connection, member_id: int) -> int | None:
    """The thread to write to a person in: of theirs one that waits for us, else a direct talk, else the newest."""
    row = conn.execute(
        "SELECT t.id FROM thread t JOIN member a ON a.id = t.author_id JOIN member m ON m.id = ?1"
        " WHERE a.id IN (SELECT id FROM member WHERE person_id = m.person_id UNION SELECT m.id) AND t.deleted = 0"
        " AND t.closed = 0 ORDER BY t.view = 1 DESC, t.kind = 'direct' DESC, t.created_at DESC LIMIT 1",
        (member_id,),
    ).fetchone()
    return row[0] if row else None


def _from(view: str) -> str:
    return f"({_OPEN}) o JOIN standing st ON st.person_id = o.person" if view == DUE else "standing st"


def _where(rules: PeopleRules, view: str, narrow: Narrow) -> tuple[str, dict[str, object]]:
    parts, values = ["1" if view == DUE else "st.role = :role"], dict[str, object]()
    if view != DUE:
        values["role"] = int(view == TEAM)
    if view not in (ALL, DUE, TEAM):
        parts.append("st.segments & :bit")
        values["bit"] = 1 << rules.names[view]
    if narrow.level:
        parts.append("st.level = :level")
        named = {each.name.lower(): n for n, each in enumerate(rules.levels, 1)} | {"none": 0}
        values["level"] = named.get(narrow.level, -1)
    if narrow.tag:
        parts.append(
            "st.person_id IN (SELECT coalesce(m.person_id, m.id) FROM member_tag t JOIN member m ON m.id = t.member_id"
            " WHERE t.tag = :tag)"
        )
        values["tag"] = narrow.tag
    if narrow.source:
        parts.append("instr(st.sources, (SELECT ',' || id || ',' FROM source WHERE lower(name) = :source))")
        values["source"] = narrow.source
    for n, word in enumerate(narrow.words.casefold().split()):
        parts.append(f"instr(st.words, :word{n})")
        values[f"word{n}"] = word
    return " AND ".join(parts), values


def _rows(conn: Connection, rules: PeopleRules, today: int, rows: list[tuple[Any, ...]]) -> list[PersonRow]:
    kept = _Kept(conn, [row[0] for row in rows])
    sources = {str(id): name for id, name in conn.execute("SELECT id, name FROM source")}
    found = [_row(dict(zip((*_FIELDS, "key"), row, strict=True)), rules, today, kept, sources) for row in rows]
    return [row if row.handle.isascii() else replace(row, alike=alike(conn, row.handle)) for row in found]


def _row(row: dict[str, Any], rules: PeopleRules, today: int, kept: _Kept, sources: Mapping[str, str]) -> PersonRow:
    person = row["person_id"]
    names = tuple(sources[id] for id in row["sources"].strip(",").split(",") if id in sources)
    tags, level = kept.tags.get(person, ()), rules.level_name(row["level"])
    texts = {"tag": frozenset(tags), "source": frozenset(names), "level": frozenset({level.lower()} - {""})}
    due_at, due = kept.due.get(person, (None, ""))
    return PersonRow(
        person,
        (row["key"], person),
        Safe(row["handle"]),
        Safe(row["name"]),
        row["role"],
        level,
        tuple(each.name for n, each in enumerate(rules.segments) if row["segments"] >> n & 1),
        names,
        facts_of(row, today, texts),
        tags,
        kept.notes.get(person, 0),
        due_at,
        due,
    )


class _Kept:
    """What the team keeps on some persons, over all their accounts: tags, number of notes, the next follow-up."""

    def __init__(self, conn: Connection, persons: Sequence[int]) -> None:
        asked = json.dumps(list(persons))
        of = dict(conn.execute(_ACCOUNTS, (asked,)).fetchall())
        ids = json.dumps(list(of))
        tags: dict[int, set[str]] = {}
        for id, tag in conn.execute(f"SELECT member_id, tag FROM member_tag WHERE member_id {_AMONG}", (ids,)):
            tags.setdefault(of[id], set()).add(tag)
        self.tags = {person: tuple(sorted(each)) for person, each in tags.items()}
        self.due: dict[int, tuple[Instant, str]] = {}
        open_ones = f"SELECT member_id, due_at, body FROM follow_up WHERE member_id {_AMONG} AND done_at IS NULL"
        for id, at, body in conn.execute(f"{open_ones} AND removed = 0", (ids,)):
            self.due[of[id]] = min(self.due.get(of[id], (Instant(at), body)), (Instant(at), body))
        self.notes: dict[int, int] = {}
        items = json.dumps([f"member:{id}" for id in of])
        query = f"SELECT item, count(*) FROM note WHERE item {_AMONG} AND removed = 0 GROUP BY item"
        for item, n in conn.execute(query, (items,)):
            person = of[int(item.partition(":")[2])]
            self.notes[person] = self.notes.get(person, 0) + n


_AMONG = "IN (SELECT value FROM json_each(?))"
_ACCOUNTS = (
    "WITH p(id) AS (SELECT value FROM json_each(?)) SELECT id, id FROM p"
    " UNION SELECT m.id, m.person_id FROM p JOIN member m ON m.person_id = p.id"
)
