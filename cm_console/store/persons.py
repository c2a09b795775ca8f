"""Which accounts are one person: edges the team drew, and the group of each account, kept in the same transaction."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import replace

from cm_console.model.lookalike import looks_like, reads_as
from cm_console.model.person import Link, LinkState, Named
from cm_console.model.text import Safe
from cm_console.store.members import GONE
from cm_console.store.sqlite import Connection


def accounts(conn: Connection, member_id: int) -> list[int]:
    """The ids of all accounts of the person a member is, its own among them; none if there is no such member."""
    rows = conn.execute(
        "SELECT id FROM member WHERE person_id = (SELECT person_id FROM member WHERE id = ?1)"
        " UNION SELECT id FROM member WHERE id = ?1 ORDER BY id",
        (member_id,),
    )
    return [id for (id,) in rows]


def leader(conn: Connection, member_id: int) -> int | None:
    """The id a person goes by: the smallest of its accounts'."""
    row = conn.execute("SELECT coalesce(person_id, id) FROM member WHERE id = ?", (member_id,)).fetchone()
    return row[0] if row else None


def links(conn: Connection, ids: Sequence[int]) -> list[Link]:
    """What holds these accounts together, oldest first."""
    rows = conn.execute(
        "SELECT id, a, b, reason, at, actor FROM account_link WHERE ended_at IS NULL AND state = 'same'"
        " AND a IN (SELECT value FROM json_each(?)) ORDER BY at, id",
        (json.dumps(list(ids)),),
    )
    return [Link(id, a, b, Safe(reason), at, actor) for id, a, b, reason, at, actor in rows]


def link(conn: Connection, link_id: str) -> tuple[int, int, str] | None:
    """The two accounts of a link that has not ended, and what it says of them."""
    row: tuple[int, int, str] | None = conn.execute(
        "SELECT a, b, state FROM account_link WHERE id = ? AND ended_at IS NULL", (link_id,)
    ).fetchone()
    return row


def between(conn: Connection, ones: Sequence[int], others: Sequence[int]) -> list[tuple[str, str, str]]:
    """The links that still stand between two groups of accounts: id, state, reason."""
    rows = conn.execute(
        "SELECT id, state, reason FROM account_link WHERE ended_at IS NULL AND a IN (SELECT value FROM json_each(?1))"
        " AND b IN (SELECT value FROM json_each(?2)) UNION ALL SELECT id, state, reason FROM account_link"
        " WHERE ended_at IS NULL AND a IN (SELECT value FROM json_each(?2)) AND b IN (SELECT value FROM json_each(?1))",
        (json.dumps(list(ones)), json.dumps(list(others))),
    )
    return rows.fetchall()


def edges_of(conn: Connection, member_id: int) -> list[tuple[str, int]]:
    """The links that hold one account in its person: id, and the account at the other end."""
    rows = conn.execute(
        "SELECT id, b FROM account_link WHERE a = ?1 AND state = 'same' AND ended_at IS NULL"
        " UNION ALL SELECT id, a FROM account_link WHERE b = ?1 AND state = 'same' AND ended_at IS NULL",
        (member_id,),
    )
    return rows.fetchall()


def component(conn: Connection, member_id: int) -> list[int]:
    """All accounts one comes to from an account along links that stand."""
    rows = conn.execute(
        "WITH RECURSIVE near(id) AS (VALUES(?1) UNION SELECT CASE l.a WHEN near.id THEN l.b ELSE l.a END"
        " FROM near JOIN account_link l ON l.id IN ("
        f"SELECT id FROM account_link WHERE a = near.id AND state = '{LinkState.SAME}' AND ended_at IS NULL UNION ALL"
        f" SELECT id FROM account_link WHERE b = near.id AND state = '{LinkState.SAME}' AND ended_at IS NULL))"
        " SELECT id FROM near ORDER BY id",
        (member_id,),
    )
    return [id for (id,) in rows]


def keep(conn: Connection, ends: Iterable[int]) -> None:
    """Make `person_id` true around the ends of links that came or went."""
    done: set[int] = set()
    for end in ends:
        if end not in done:
            group = component(conn, end)
            done.update(group)
            person = group[0] if len(group) > 1 else None
            conn.execute(
                "UPDATE member SET person_id = ?1"
                " WHERE id IN (SELECT value FROM json_each(?2)) AND person_id IS NOT ?1",
                (person, json.dumps(group)),
            )


def keep_restored(conn: Connection, steps: Iterable[dict[str, object]]) -> None:
    """Make `person_id` true after an undo brought links back or took them away."""
    ends: list[int] = []
    for step in steps:
        if step["table"] != "account_link":
            continue
        key, was = step["key"], step["row"]
        assert isinstance(key, dict)
        found = conn.execute("SELECT a, b FROM account_link WHERE id = ?", (key["id"],)).fetchone()
        if found is None and isinstance(was, dict):
            found = was["a"], was["b"]
        ends += found or ()
    keep(conn, ends)


def named(conn: Connection, ids: Sequence[int]) -> dict[int, Named]:
    """Accounts as a suggestion shows them, by id."""
    rows = conn.execute(
        "SELECT m.id, coalesce(m.person_id, m.id), s.name, s.kind, m.handle, m.name, m.posts FROM member m"
        " JOIN source s ON s.id = m.source_id WHERE m.id IN (SELECT value FROM json_each(?))",
        (json.dumps(list(ids)),),
    )
    found = {r[0]: Named(r[0], r[1], r[2], r[3], Safe(r[4]), Safe(r[5]), r[6]) for r in rows.fetchall()}
    return {id: replace(each, alike=alike(conn, each.handle)) for id, each in found.items()}


def alike(conn: Connection, handle: str) -> str:
    """The handle of another account that one reads as, letters of another script taken for Latin ones; "" if none."""
    if handle.isascii():
        return ""
    rows = conn.execute(
        "SELECT handle FROM member WHERE lower(handle) = ? AND length(handle) > 2 LIMIT 1", (reads_as(handle),)
    )
    found = rows.fetchone()
    return found[0] if found and looks_like(handle, found[0]) else ""


def gone(conn: Connection, ids: Sequence[int]) -> bool:
    """Whether nothing is left of the person with these accounts: forgotten here, or deleted by the platform."""
    rows = conn.execute(
        "SELECT count(*) FILTER (WHERE handle <> ?) FROM member WHERE id IN (SELECT value FROM json_each(?))",
        (GONE, json.dumps(list(ids))),
    )
    return not rows.fetchone()[0]


def is_team(conn: Connection, ids: Sequence[int]) -> bool:
    """Whether one of these accounts is of the team."""
    rows = conn.execute(
        "SELECT 1 FROM member WHERE role = 1 AND id IN (SELECT value FROM json_each(?)) LIMIT 1",
        (json.dumps(list(ids)),),
    )
    return rows.fetchone() is not None


def find(conn: Connection, words: str, limit: int = 20) -> list[Named]:
    """Accounts by id, `handle`, `source:handle`, `handle@source` or full name; who is called just so first."""
    source, _, handle = words.rpartition(":")
    if not source and (before := words.rpartition("@"))[0]:
        known_source = conn.execute("SELECT 1 FROM source WHERE lower(name) = lower(?)", (before[2],)).fetchone()
        handle, source = (before[0], before[2]) if known_source else (handle, source)
    rows = conn.execute(
        "SELECT m.id FROM member m JOIN source s ON s.id = m.source_id WHERE lower(m.handle) = lower(?1)"
        " AND length(m.handle) > 2 AND (?2 = '' OR lower(s.name) = lower(?2))"
        " UNION SELECT m.id FROM member m JOIN source s ON s.id = m.source_id WHERE lower(m.handle) = lower(?3)"
        " AND length(m.handle) > 2"
        " UNION SELECT id FROM member WHERE lower(name) = lower(?3) AND instr(name, ' ') > 1",
        (handle, source, words),
    )
    found = [id for (id,) in rows]
    if words.isascii() and words.isdigit() and conn.execute("SELECT 1 FROM member WHERE id = ?", (words,)).fetchone():
        found.insert(0, int(words))
    if not found:
        rows = conn.execute("SELECT id FROM member WHERE handle = ?1 AND length(?1) < 3 LIMIT ?2", (words, limit))
        found = [id for (id,) in rows]
    known = named(conn, found)
    return sorted(
        known.values(), key=lambda each: (str(each.id) != words, each.handle != handle, -each.posts, each.id)
    )[:limit]
