"""What is read of a person: their accounts, what the team keeps on them, what hangs over them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from cm_console.model.inbox import Status
from cm_console.model.outbox import State
from cm_console.model.person import Account, Begun, Contact, FollowUp, Inquiries, Named, Person
from cm_console.model.text import Safe, clean
from cm_console.model.thread import Note, PersonCard
from cm_console.model.time import Instant
from cm_console.store import moderation, persons, suggestions
from cm_console.store.planned_reply import CONTACT_AT, CONTACT_SAYS
from cm_console.store.reading import ROLES
from cm_console.store.sqlite import Connection
from cm_console.store.timeline import timeline as timeline

IDS = "IN (SELECT value FROM json_each(?1))"
SENT = 30
"""Of what the console sent them, so many are listed in the contact log."""
NEWEST = 6
"""Of the threads they began, so many are named: those that wait first."""
POSTERS = 30
"""Of those who wrote in a thread, so many can be chosen."""


def person(conn: Connection, member_id: int, now: int) -> Person | None:
    """Everything kept of the person an account belongs to; None if there is no such account."""
    ids = persons.accounts(conn, member_id)
    if not ids:
        return None
    strikes, _ = judged(conn, ids, now)
    return Person(
        persons.leader(conn, member_id) or member_id,
        accounts(conn, ids),
        tuple(persons.links(conn, ids)),
        tags(conn, ids),
        notes(conn, ids),
        follow_ups(conn, ids),
        inquiries(conn, ids),
        strikes,
        moderation.decisions(conn, member_ids=ids),
        contacts(conn, ids),
        _attended(conn, ids),
        tuple(suggestions.of(conn, ids)),
    )


def card(conn: Connection, member_id: int, now: int) -> PersonCard | None:
    """Who wrote, in a few facts over all their accounts; thanks are reactions, strikes those not yet expired."""
    ids = persons.accounts(conn, member_id)
    asked = json.dumps(ids)
    found = conn.execute(
        "SELECT m.id, m.handle, m.name, s.name, m.role, m.joined_at, m.posts FROM member m"
        f" JOIN source s ON s.id = m.source_id WHERE m.id {IDS} ORDER BY m.id = ?2 DESC, m.posts DESC",
        (asked, member_id),
    ).fetchall()
    if not found:
        return None
    id, handle, name, source, *_ = found[0]
    joined = min((row[5] for row in found if row[5] is not None), default=None)
    roles = {row[4] for row in found}
    role = ROLES[1] if 1 in roles else ROLES[found[0][4]]
    strikes, decisions = judged(conn, ids, now)
    also = tuple(Safe(f"{row[1]} on {row[3]}") for row in found[1:])
    perhaps = tuple(
        Safe(f"{each.other.at if each.one.id in ids else each.one.at}") for each in suggestions.of(conn, ids)
    )
    who = (id, Safe(handle), Safe(name), source, role, joined, sum(row[6] for row in found))
    return PersonCard(*who, _thanks(conn, asked), strikes, decisions, also, perhaps)


def judged(conn: Connection, ids: Sequence[int], now: int) -> tuple[int, int]:
    """The strikes that have not expired and the number of decisions, over these accounts."""
    row: tuple[int, int] = conn.execute(
        "SELECT coalesce(sum(CASE WHEN expires_at IS NULL OR expires_at > ?2 THEN strikes END), 0), count(*)"
        f" FROM decision WHERE member_id {IDS} AND undone = 0",
        (json.dumps(list(ids)), now),
    ).fetchone()
    return row


def accounts(conn: Connection, ids: Sequence[int]) -> tuple[Account, ...]:
    """The accounts, the busiest first."""
    rows = conn.execute(
        "SELECT m.id, s.name, s.kind, m.remote, m.handle, m.name, m.role, m.joined_at, m.posts,"
        " m.posts - (SELECT count(*) FROM thread t CROSS JOIN post p ON p.thread_id = t.id"
        "  WHERE t.author_id = m.id AND +p.author_id = m.id AND p.state < 3),"
        " (SELECT coalesce(sum(reactions), 0) FROM post WHERE author_id = m.id AND state < 3 AND reactions <> 0),"
        " m.first_post_at,"
        " (SELECT max(created_at) FROM post WHERE author_id = m.id), m.url"
        f" FROM member m JOIN source s ON s.id = m.source_id WHERE m.id {IDS} ORDER BY m.posts DESC, m.id",
        (json.dumps(list(ids)),),
    )
    return tuple(replace(each, alike=persons.alike(conn, each.handle)) for each in map(_account, rows.fetchall()))


def _account(row: tuple[Any, ...]) -> Account:
    id, source, kind, remote, handle, name, role, *facts, url = row
    joined, posts, answers, thanks, first, last = facts
    who = (remote, Safe(handle), Safe(name), ROLES[role])
    return Account(id, source, kind, *who, joined, posts, answers, thanks, first, last, url)


_BEGUN = f"""
WITH begun AS MATERIALIZED (SELECT id, view, created_at FROM thread WHERE author_id {IDS} AND deleted = 0)
SELECT c.*, t.id, s.name, t.title, t.status, t.view = 1, t.last_post_at
FROM (SELECT count(*), coalesce(sum(view = 1), 0), coalesce(sum(view = 4), 0) FROM begun) c
    LEFT JOIN (SELECT id FROM begun ORDER BY view = 1 DESC, created_at DESC LIMIT ?2) newest
    LEFT JOIN thread t ON t.id = newest.id LEFT JOIN source s ON s.id = t.source_id
ORDER BY t.view = 1 DESC, t.created_at DESC
"""


def inquiries(conn: Connection, ids: Sequence[int]) -> Inquiries:
    """The threads they began: all, those that need a reply, those that are done; the newest of them."""
    rows = conn.execute(_BEGUN, (json.dumps(list(ids)), NEWEST)).fetchall()
    every, waiting, done = rows[0][:3]
    begun = (
        Begun(id, source, Safe(title), Status(status), bool(waits), Instant(at))
        for *_, id, source, title, status, waits, at in rows
        if id is not None
    )
    return Inquiries(every, waiting, done, tuple(begun))


def tags(conn: Connection, ids: Sequence[int]) -> tuple[str, ...]:
    """The tags on a person."""
    rows = conn.execute(f"SELECT DISTINCT tag FROM member_tag WHERE member_id {IDS} ORDER BY tag", (json.dumps(ids),))
    return tuple(tag for (tag,) in rows)


def tagged(conn: Connection, ids: Sequence[int], tag: str) -> list[int]:
    """Which of these accounts bear a tag."""
    rows = conn.execute(f"SELECT member_id FROM member_tag WHERE member_id {IDS} AND tag = ?2", (json.dumps(ids), tag))
    return [id for (id,) in rows]


def notes(conn: Connection, ids: Sequence[int]) -> tuple[Note, ...]:
    """The colleagues' notes on a person, the newest first."""
    rows = conn.execute(
        f"SELECT id, author, body, at FROM note WHERE item {IDS} AND removed = 0 ORDER BY at DESC, id",
        (json.dumps([f"member:{id}" for id in ids]),),
    )
    return tuple(Note(id, author, Safe(body), at) for id, author, body, at in rows)


_FOLLOW_UP = (
    "SELECT f.id, f.member_id, m.handle, s.name, f.due_at, f.body, f.author, f.at, f.done_at FROM follow_up f"
    " JOIN member m ON m.id = f.member_id JOIN source s ON s.id = m.source_id"
)


def follow_ups(conn: Connection, ids: Sequence[int]) -> tuple[FollowUp, ...]:
    """The follow-ups on a person, what is open first."""
    rows = conn.execute(
        f"{_FOLLOW_UP} WHERE f.member_id {IDS} AND f.removed = 0"
        " ORDER BY f.done_at IS NOT NULL, f.due_at, f.id LIMIT 50",
        (json.dumps(list(ids)),),
    )
    return tuple(_follow_up(row) for row in rows)


def follow_up(conn: Connection, id: str) -> FollowUp | None:
    """One follow-up."""
    row = conn.execute(f"{_FOLLOW_UP} WHERE f.id = ?", (id,)).fetchone()
    return _follow_up(row) if row else None


def due(conn: Connection, until: int, limit: int) -> list[FollowUp]:
    """Open follow-ups that are due by then, the soonest first."""
    rows = conn.execute(
        f"{_FOLLOW_UP} WHERE f.done_at IS NULL AND f.removed = 0 AND f.due_at <= ? ORDER BY f.due_at, f.id LIMIT ?",
        (until, limit),
    )
    return [_follow_up(row) for row in rows]


def _follow_up(row: tuple[str, int, str, str, int, str, str, int, int | None]) -> FollowUp:
    id, member, who, source, due_at, body, author, at, done_at = row
    done = None if done_at is None else Instant(done_at)
    return FollowUp(id, member, Safe(who), source, Instant(due_at), Safe(body), author, Instant(at), done)


def contacts(conn: Connection, ids: Sequence[int]) -> tuple[Contact, ...]:
    """How the team was in touch, newest first: noted by hand, and what the console sent them or their threads."""
    asked = json.dumps(list(ids))
    by_hand = conn.execute(
        f"SELECT c.id, coalesce(a.ended_at, {CONTACT_AT}), c.way, {CONTACT_SAYS}, c.author, a.state FROM contact c"
        f" LEFT JOIN action a ON a.id = c.id WHERE c.member_id {IDS} AND c.removed = 0 ORDER BY c.at DESC LIMIT 50",
        (asked,),
    )
    found = [Contact(id, at, _way(way, state), clean(body), author) for id, at, way, body, author, state in by_hand]
    words = "coalesce(nullif(a.payload ->> 'text', ''), a.payload ->> 'reason', '')"
    said = f"SELECT a.seq, a.id, a.ended_at, a.verb, {words}, a.created_by"
    rows = conn.execute(
        f"{said} FROM thread t JOIN action a ON a.thread_id = t.id"
        f" WHERE t.author_id {IDS} AND a.state = 'sent' AND a.verb IN ('reply', 'warn')"
        f" UNION {said} FROM decision d JOIN action a ON a.case_id = d.case_id"
        f" WHERE d.member_id {IDS} AND a.state = 'sent' AND a.verb = 'warn' ORDER BY 1 DESC LIMIT ?2",
        (asked, SENT),
    )
    found += [Contact(id, at or Instant(0), verb, clean(text), by) for _, id, at, verb, text, by in rows]
    return tuple(sorted(found, key=lambda each: (-each.at, each.id)))


def _way(way: str, state: str | None) -> str:
    """A message the console sends is no contact before it has landed."""
    if state is None or state == State.SENT:
        return way
    return f"{way}, {'on its way' if state in (State.QUEUED, State.SENDING) else state}"


def posters(conn: Connection, thread_id: int) -> list[Named]:
    """Who wrote in a thread: its author first, then in the order of their first post."""
    rows = conn.execute(
        "SELECT author_id FROM (SELECT author_id, -1 AS at FROM thread WHERE id = ?1 UNION ALL"
        " SELECT author_id, min(created_at) FROM post WHERE thread_id = ?1 AND state < 3 GROUP BY author_id)"
        " WHERE author_id IS NOT NULL GROUP BY author_id ORDER BY min(at), author_id LIMIT ?2",
        (thread_id, POSTERS),
    )
    ids = [id for (id,) in rows]
    known = persons.named(conn, ids)
    return [known[id] for id in ids if id in known]


def _thanks(conn: Connection, asked: str) -> int:
    total: int = conn.execute(
        f"SELECT coalesce(sum(reactions), 0) FROM post WHERE author_id {IDS} AND state < 3 AND reactions <> 0", (asked,)
    ).fetchone()[0]
    return total


def _attended(conn: Connection, ids: Sequence[int]) -> int:
    n: int = conn.execute(
        "SELECT count(*) FROM activity a JOIN source s ON s.id = a.source_id"
        f" WHERE a.member_id {IDS} AND a.kind <> 'reaction' AND (s.kind = 'table' OR a.kind <> 'visit')",
        (json.dumps(list(ids)),),
    ).fetchone()[0]
    return n
