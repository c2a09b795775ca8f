"""Worlds in which a team has worked for a year: beside what waits there is all that people leave behind.

A world of `worlds.home` and, in proportion to its threads: tags, assignees, due dates, snoozed and waiting threads,
joined ones, notes that name somebody, drafts, feedback, answers sent and not yet sent, notes, tags and follow-ups on
members, people known on two accounts - and one thread as long, and one member who wrote as much, as a fiftieth of all
threads. The inbox begins with that thread; what the second asks was asked and answered before. Everything kept is kept
by the store's own code.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks import worlds
from benchmarks.words import Texts
from benchmarks.worlds import END
from cm_console.config import Home
from cm_console.model.action import Verb
from cm_console.model.records import Post, Record, Thread
from cm_console.model.segments import DEFAULT
from cm_console.model.source import Identity
from cm_console.model.text import Untrusted
from cm_console.model.time import DAY, HOUR, Instant
from cm_console.model.verb import TIMED
from cm_console.store import answered, ingest, keeping, post_ids, sources, standings, thread_words, threads
from cm_console.store import members as kept_members
from cm_console.store.batch import Batch, Community
from cm_console.store.rollups import Rollups
from cm_console.store.sqlite import Connection, connect, transaction

LONG, SHORTEST = 50, 60
"""The long thread has a fiftieth as many posts as there are threads, and no fewer than a reader shows at once."""
ALIKE = 6
"""How often the second question was answered before."""
CHUNK = 5_000
WRITER = 3
"""The member who wrote most."""

_DECIDED = """
UPDATE thread SET assignee = CASE id % 10 WHEN 0 THEN 'ann' WHEN 1 THEN 'leo' END WHERE view = 1;
UPDATE thread SET priority = id % 5 WHERE view = 1 AND id % 7 = 0;
UPDATE thread SET due_by = :end + (id % 100 - 50) * 3600000 WHERE view = 1 AND id % 97 = 0;
UPDATE thread SET status = 2, snoozed_until = :end + (1 + id % 90) * 86400000 WHERE view = 4 AND id % 50 = 1;
UPDATE thread SET status = 1 WHERE view = 4 AND id % 50 = 2;
UPDATE post SET mentions_us = 1 WHERE thread_id % 500 = 3 AND role = 0;
UPDATE thread SET lead_id = id - 1 WHERE id % 1000 = 8;
INSERT INTO tag SELECT id, 'topic' || (id % 20), :end FROM thread WHERE id % 5 = 0;
INSERT INTO tag SELECT id, 'bug', :end FROM thread WHERE id % 11 = 0;
INSERT INTO draft SELECT 'reply:' || id, 'as far as I know', :end FROM thread WHERE view = 1 AND id % 100 = 9;
INSERT INTO mention SELECT 'ann', id, :end - (id % 90) * 86400000 FROM thread WHERE id % 1000 = 11;
INSERT INTO note(id, item, author, body, at) SELECT 'n' || id, 'thread:' || id, 'leo', 'please look, @ann', :end
    FROM thread WHERE id % 100 = 11;
INSERT INTO note(id, item, author, body, at) SELECT 'm' || id, 'member:' || id, 'leo', 'met at the fair', :end
    FROM member WHERE id % 20 = 5;
INSERT INTO member_tag SELECT id, 'regular' || (id % 5), :end, 'leo' FROM member WHERE id % 20 = 6;
INSERT INTO follow_up SELECT 'f' || id, id, :end + (id % 60 - 30) * 86400000, 'ask again', 'ann', :end - 86400000,
    NULL, 0 FROM member WHERE id % 100 = 7;
INSERT INTO feedback SELECT 'b' || p.id, p.thread_id, p.id, p.author_id, 'theme ' || (p.thread_id % 40),
    'area ' || (p.thread_id % 4), substr(p.body, 1, 200), p.created_at, :end, 'ann', NULL, '', 0
    FROM post p WHERE p.thread_id % 100 = 13 AND p.subject != '';
INSERT INTO saved_view VALUES('bugs of mine', 'needs-reply', 'tag:bug assignee:ann'),
    ('old', 'needs-reply', 'older:30d'), ('odd words', 'all', 'source:forum');
"""
"""What the team decided, each kind on the threads or members whose number says so."""

_SENT = """
INSERT INTO action(id, source, lane, verb, payload, thread_id, journal_id, state, created_at, created_by, not_before,
    remote_id, ended_at)
SELECT 's' || id, 'forum', 'thread:' || remote, 'reply', :payload, id, 'js' || id, 'sent', created_at, 'ann',
    created_at, 'r' || id, created_at FROM thread WHERE id % 50 = 4
"""
_WAITING = """
INSERT INTO action(id, source, lane, verb, payload, thread_id, journal_id, state, created_at, created_by, not_before,
    planned_at, why)
SELECT 'q' || id, 'forum', 'thread:' || remote, 'reply', :payload, id, 'jq' || id,
    CASE id % 3 WHEN 0 THEN 'failed' ELSE 'queued' END, :end, 'leo', :end + 864000000,
    :end + 864000000, CASE id % 3 WHEN 0 THEN 'refused' ELSE '' END
FROM thread WHERE id % 5000 = 17 OR id BETWEEN 40 AND 49
"""
_JOURNAL = """
INSERT INTO journal(id, at, actor, op, item, before) SELECT 'j' || id, status_at, CASE id % 2 WHEN 0 THEN 'ann'
    ELSE 'leo' END, 'done', 'thread:' || id, '[]' FROM thread WHERE view = 4 AND id % 4 = 2
"""
_PAYLOAD = {
    "target": None, "thread": None, "text": "thank you", "place": "", "title": "", "reply_to": None, "member": None,
    "report": None,
}  # fmt: skip


def home(size: int) -> Home:
    """The home of such a world, made now if it is not in the cache; to write into it copy it first."""
    bare = worlds.home(size)
    place = Home(bare.root.with_name(f"{bare.root.name}-lived-{_edition()}"))
    if not place.config.exists():
        shutil.rmtree(place.root, ignore_errors=True)
        shutil.copytree(bare.root, place.root, ignore=shutil.ignore_patterns("config.toml"))
        make(place.database, size)
        shutil.copyfile(bare.config, place.config)
    return place


def make(path: Path, size: int) -> None:
    """Let a team work for a year in a bare world."""
    conn = connect(path)
    conn.execute("PRAGMA synchronous=OFF")
    conn.execute("PRAGMA cache_size=-400000")
    with transaction(conn):
        identity = Identity("0", "ann", verbs=frozenset(Verb), timed=TIMED)
        sources.save_identity(conn, 1, identity)
        _long_thread(conn, max(SHORTEST, size // LONG))
        for statement in filter(str.strip, _DECIDED.split(";")):
            conn.execute(statement, {"end": END})
        payload = json.dumps(_PAYLOAD)
        for statement in (_SENT, _WAITING, _JOURNAL):
            conn.execute(statement, {"payload": payload, "end": END})
    for ids in _chunks(conn):
        with transaction(conn):
            keeping.keep_posts(conn, json.dumps(ids), END)
    with transaction(conn):
        _answered_before(conn)
    people, more = standings.Standings(DEFAULT, worlds.UTC, END), True
    while more:
        with transaction(conn):
            more = people.tidy(conn) or thread_words.tidy(conn) or answered.tidy(conn)
    conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    conn.close()


def _answered_before(conn: Connection) -> None:
    """Threads of the same words as the second of the inbox, each answered by another member and done."""
    (title, body) = conn.execute(
        "SELECT t.title, p.body FROM thread t JOIN post p ON p.thread_id = t.id AND p.subject != ''"
        " WHERE t.view = 1 AND t.under IS NULL ORDER BY t.urgency LIMIT 1 OFFSET 1"
    ).fetchone()
    records: list[Record] = []
    for n in range(ALIKE):
        at, id, words = Instant(END - (100 + n) * DAY), f"alike{n}", Untrusted(f"{title} again")
        records.append(Thread(id, words, "10", at, place=Untrusted("support"), solved_at=Instant(at + HOUR)))
        records += [
            Post(f"{id}-0", id, "10", at, Untrusted(body)),
            Post(f"{id}-1", id, str(20 + n), Instant(at + HOUR), Untrusted("that is how I do it"), reactions=2),
        ]
    ingest.save(conn, 1, Community(worlds.UTC, team=frozenset({"forum:ann", "forum:leo"})), Instant(END), records)


def _edition() -> str:
    return hashlib.sha256(Path(__file__).read_bytes()).hexdigest()[:8]


def _chunks(conn: Connection) -> Iterator[list[int]]:
    """The threads somebody decided on or that are mentioned."""
    ids = [
        id
        for (id,) in conn.execute(
            "SELECT id FROM thread WHERE view = 1 OR status IN (1, 2) OR id % 500 = 3 OR id % 1000 IN (7, 8)"
            " OR id = (SELECT max(id) FROM thread)"
        )
    ]
    for first in range(0, len(ids), CHUNK):
        yield ids[first : first + CHUNK]


def _long_posts(conn: Connection, number: int, members: int, posts: int) -> list[tuple[Any, ...]]:
    begin, texts = END - 100 * DAY, Texts(2)
    times = [begin + (100 * DAY - HOUR) * n // posts for n in range(posts)]
    authors = [
        WRITER if n % 2 == 0 or n == posts - 1 else 2 if n % 31 == 1 else 4 + n % (members - 4) for n in range(posts)
    ]
    return [
        (
            id,
            f"long-{n}",
            number,
            by,
            int(by == 2),
            at,
            f"{worlds.MARK}0000000 a long thread" if n == 0 else "",
            texts.body(),
        )
        for n, (id, by, at) in enumerate(zip(post_ids.assign(conn, times), authors, times, strict=True))
    ]


def _long_thread(conn: Connection, posts: int) -> None:
    """A thread of so many posts, each of them of the member who wrote most or of others, the last a question."""
    (last, members) = conn.execute("SELECT (SELECT max(id) FROM thread), (SELECT count(*) FROM member)").fetchone()
    number = last + 1
    conn.execute(
        "INSERT INTO thread(id, source_id, remote, title, author_id, created_at, place, priority, due_by)"
        " VALUES(?,1,'long',?,?,?,'support',4,?)",
        (number, f"{worlds.MARK}0000000 a long thread", WRITER, END - 100 * DAY, END - 1000 * DAY),
    )
    rows = _long_posts(conn, number, members, posts)
    conn.executemany(
        "INSERT INTO post(id, source_id, remote, thread_id, author_id, role, created_at, subject, body)"
        " VALUES(?,1,?,?,?,?,?,?,?)",
        rows,
    )
    conn.executemany("INSERT INTO post_fts(rowid, body, subject) VALUES(?,?,?)", [(r[0], r[7], r[6]) for r in rows])
    community = Community(worlds.UTC, team=frozenset({"forum:ann", "forum:leo"}))
    batch = Batch(conn, 1, "forum", community, Rollups(1, lambda at: at // DAY), END)
    for row in rows:
        batch.rollups.post(row[5], row[3], number, 1, bot=False)
    batch.recount_members.update(row[3] for row in rows)
    batch.touched_threads.add(number)

    kept_members.keep(batch)
    threads.keep(batch)
    batch.rollups.apply(conn)
