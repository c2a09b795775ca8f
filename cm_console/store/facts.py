"""Facts read back as the records they came as: what the console knows of a source, without what is gone there."""

from __future__ import annotations

import json
from collections.abc import Iterator

from cm_console.model.records import (
    Activity,
    Kind,
    Member,
    Post,
    PostState,
    Record,
    Ref,
    Report,
    Scheduled,
    Thread,
    ThreadKind,
)
from cm_console.model.text import Untrusted
from cm_console.store.posts import STATES
from cm_console.store.sqlite import Connection

_STATES = {number: state for state, number in STATES.items()}
_AUTHOR = "(SELECT remote FROM member WHERE id = {})"


def records(conn: Connection, source: str) -> Iterator[Record]:
    """All records of a source, in the order in which they refer to each other."""
    found = conn.execute("SELECT id FROM source WHERE name = ?", (source,)).fetchone()
    for read in (_members, _threads, _posts, _reports, _activity, _scheduled) if found else ():
        yield from read(conn, found[0])


def note(conn: Connection, key: str, value: str) -> None:
    """Keep a value beside the facts, by its key."""
    conn.execute("INSERT OR REPLACE INTO meta VALUES(?,?)", (key, value))


def noted(conn: Connection, key: str) -> str | None:
    """What was kept under a key."""
    row = conn.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
    return row[0] if row else None


def _members(conn: Connection, source: int) -> Iterator[Record]:
    rows = conn.execute(
        "SELECT remote, handle, name, joined_at, staff, bot, url FROM member WHERE source_id = ? AND known = 1"
        " ORDER BY id",
        (source,),
    )
    for id, handle, name, joined_at, staff, bot, url in rows:
        yield Member(id, Untrusted(handle), Untrusted(name), joined_at, bool(staff), bool(bot), url)


def _threads(conn: Connection, source: int) -> Iterator[Record]:
    rows = conn.execute(
        f"SELECT remote, title, {_AUTHOR.format('author_id')}, created_at, kind, place, url, closed, solved_at,"
        " solved_by, assigned_to, version FROM thread WHERE source_id = ? AND deleted = 0 ORDER BY created_at, id",
        (source,),
    )
    for id, title, author, at, kind, place, url, closed, *rest in rows:
        words = (ThreadKind(kind), Untrusted(place), url, bool(closed))
        yield Thread(id, Untrusted(title), author, at, *words, *rest)


def _posts(conn: Connection, source: int) -> Iterator[Record]:
    rows = conn.execute(
        f"SELECT p.remote, t.remote, {_AUTHOR.format('p.author_id')}, p.created_at, p.body, p.edited_at, p.reply_to,"
        " p.state, p.comment, p.mentions_us, p.reactions, p.url, p.version"
        " FROM post p JOIN thread t ON t.id = p.thread_id AND t.deleted = 0"
        " WHERE p.source_id = ? AND NOT (p.state = ? AND p.body = '') ORDER BY p.created_at, p.id",
        (source, STATES[PostState.DELETED]),
    )
    for id, thread, author, at, body, edited_at, reply_to, state, comment, ours, *rest in rows:
        facts = (edited_at, reply_to, _STATES[state], bool(comment), bool(ours))
        yield Post(id, thread, author, at, Untrusted(body), *facts, *rest)


def _reports(conn: Connection, source: int) -> Iterator[Record]:
    rows = conn.execute(
        f"SELECT r.remote, c.target_kind, c.target, {_AUTHOR.format('r.reporter_id')}, r.kind, r.created_at, r.reason,"
        " r.closed_at, r.agreed, r.choices, r.version FROM report r JOIN cases c ON c.id = r.case_id"
        " WHERE r.source_id = ? AND r.remote NOT LIKE 'cm:%' ORDER BY r.created_at, r.id",
        (source,),
    )
    for id, what, target, reporter, kind, at, reason, closed_at, agreed, choices, version in rows:
        judged = None if agreed is None else bool(agreed)
        outcome = (closed_at, judged, tuple(json.loads(choices)), version)
        yield Report(id, Ref(Kind(what), target), reporter, kind, at, Untrusted(reason), *outcome)


def _activity(conn: Connection, source: int) -> Iterator[Record]:
    rows = conn.execute(
        f"SELECT remote, kind, at, {_AUTHOR.format('member_id')}, post FROM activity WHERE source_id = ?"
        " ORDER BY at, id",
        (source,),
    )
    for row in rows:
        yield Activity(*row)


def _scheduled(conn: Connection, source: int) -> Iterator[Record]:
    rows = conn.execute("SELECT remote, title, body, at, url FROM scheduled WHERE source_id = ? ORDER BY id", (source,))
    for id, title, body, at, url in rows:
        yield Scheduled(id, Untrusted(title), Untrusted(body), at, url)
