"""Communities of any size, made once by direct SQL into the real schema and kept in a cache folder.

What the store derives from facts and decisions is derived by the store's own code, so a world is what a sync and a
team would have left behind. Every thread has its first post; each fourth has an answer of another member, or each as
many as asked for; of the others the oldest, a tenth of all threads, wait for a reply, the rest were put away.
"""

from __future__ import annotations

import hashlib
import os
import random
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from zoneinfo import ZoneInfo

from benchmarks.words import Texts
from cm_console.config import Home
from cm_console.model.inbox import Status
from cm_console.model.segments import DEFAULT
from cm_console.model.time import DAY
from cm_console.store import (
    answered,
    fulltext,
    ingest,
    members,
    post_ids,
    rollups,
    schema,
    schema_directory,
    schema_spans,
    sources,
    spans,
    standing,
    standings,
    thread_words,
    threads,
)
from cm_console.store.batch import Batch, Community
from cm_console.store.rollups import Rollups
from cm_console.store.sqlite import Connection, connect, create_private, transaction

END = 1_767_225_600_000
"""The newest post of every world: 2026-01-01 00:00 UTC."""
SPAN = 365 * DAY
UTC = ZoneInfo("UTC")
OPEN_SHARE, ANSWERED_EACH = 0.1, 4
CHUNK = 20_000
MARK = "#"
"""Begins the title of every thread, with its number."""

CONFIG = """\
community = "Bench"
me = "ann"
team = ["forum:ann", "forum:leo"]

[[guidelines]]
number = 1
title = "Be kind"

[[guidelines]]
number = 2
title = "No advertising"
verb = "spam"

[sources.forum]
kind = "memory"
enabled = false
"""


def home(size: int, answers: int = 0) -> Home:
    """The home of a world of so many threads, made now if it is not in the cache; to write into it copy it first.

    With `answers` each thread has so many; else each fourth has one.
    """
    place = Home(_cache() / f"{_edition()}-{size}-{answers}")
    if not place.config.exists():
        shutil.rmtree(place.root, ignore_errors=True)
        place.prepare()
        _make(place.database, size, answers)
        place.config.write_text(CONFIG)
        place.config.chmod(0o600)
    return place


def copied(original: Home, target: Path) -> Home:
    """A copy to write into."""
    shutil.copytree(original.root, target)
    return Home(target)


def _cache() -> Path:
    """A folder beside other temporary files; `CM_BENCH_CACHE` names another."""
    return Path(os.environ.get("CM_BENCH_CACHE") or Path(tempfile.gettempdir()) / f"cm-console-bench-{os.getuid()}")


def _edition() -> str:
    """Worlds of another schema or another generator are other worlds."""
    parts = (
        Path(schema.__file__),
        Path(schema_spans.__file__),
        Path(spans.__file__),
        Path(answered.__file__),
        Path(schema_directory.__file__),
        Path(standing.__file__),
        Path(__file__),
        Path(__file__).with_name("words.py"),
    )
    return hashlib.sha256(b"".join(Path(part).read_bytes() for part in parts)).hexdigest()[:12]


def _make(path: Path, size: int, answers: int) -> None:
    create_private(path)
    conn = connect(path)
    schema.migrate(conn)
    conn.execute("PRAGMA synchronous=OFF")
    conn.execute("PRAGMA cache_size=-400000")
    community = Community(UTC, team=frozenset({"forum:ann", "forum:leo"}))
    with transaction(conn):
        source = sources.ensure(conn, "forum", "memory")
        conn.executemany(
            "INSERT INTO member(source_id, remote, handle, joined_at, known) VALUES(?,?,?,?,1)", _members(size)
        )
        ingest.settle_config(conn, community, END)
    texts = Texts()
    for first in range(0, size, CHUNK):
        with transaction(conn):
            _chunk(conn, source, community, range(first, min(first + CHUNK, size)), size, answers, texts)
    with transaction(conn):
        batch = Batch(conn, source, "forum", community, Rollups(source, lambda at: at // DAY), END)
        batch.recount_members.update(row[0] for row in conn.execute("SELECT id FROM member"))
        members.keep(batch)
        rollups.rebuild(conn, UTC, [source])
    with transaction(conn):
        conn.execute("INSERT INTO post_fts(post_fts) VALUES('rebuild')")
        for feed in ("members", "threads"):
            conn.execute(
                "INSERT INTO feed(source_id, feed, cursor, state, tried_at, synced_at) VALUES(?,?,'','ok',?,?)",
                (source, feed, END, END),
            )
    _tidy(conn)
    conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    conn.close()


def _tidy(conn: Connection) -> None:
    """What an open console does when there is time."""
    while fulltext.merge(conn):
        pass
    more = True
    while more:
        with transaction(conn):
            more = spans.tidy(conn, END)
    more = True
    while more:
        with transaction(conn):
            more = answered.tidy(conn, CHUNK)
    more = True
    while more:
        with transaction(conn):
            more = thread_words.tidy(conn, CHUNK)
    people, more = standings.Standings(DEFAULT, UTC, END), True
    while more:
        with transaction(conn):
            more = all(people.tidy(conn) for _ in range(CHUNK // standings.STEP))


def _members(size: int) -> Iterator[tuple[object, ...]]:
    count = max(50, size // 10)
    for n in range(count):
        yield 1, str(n), ("ann", "leo")[n] if n < 2 else f"member{n}", END - SPAN - DAY + (SPAN * n) // count


def _chunk(
    conn: Connection, source: int, community: Community, numbers: range, size: int, answers: int, texts: Texts
) -> None:
    """Some threads with their posts and decisions, and everything the store keeps of them."""
    dice = random.Random(numbers.start)
    authors, begin = max(50, size // 10), END - SPAN
    oldest = size * OPEN_SHARE * ANSWERED_EACH / (ANSWERED_EACH - 1)
    topics, posts, put_away = [], [], []
    for n in numbers:
        at, author = begin + SPAN * n // size, _member(dice, authors)
        title = f"{MARK}{n:07} {texts.take(3, 8)}"
        topics.append((n + 1, source, str(n), title, author, at, "support"))
        posts.append((at, source, f"{n}-0", n + 1, author, at, title, texts.body()))
        many = answers or int(n % ANSWERED_EACH == 0)
        for answer in range(1, many + 1):
            later = at + dice.randrange(min(SPAN // size // 2, DAY), 2 * DAY)
            by = dice.choice((1, 2, _member(dice, authors)))
            if later < END:
                posts.append((later, source, f"{n}-{answer}", n + 1, by, later, "", texts.body()))
        if many:
            continue
        if n >= oldest:
            put_away.append((Status.DONE, min(at + DAY, END), END, n + 1))
    conn.executemany(
        "INSERT INTO thread(id, source_id, remote, title, author_id, created_at, place) VALUES(?,?,?,?,?,?,?)", topics
    )
    posts.sort()
    conn.executemany(
        "INSERT INTO post(id, source_id, remote, thread_id, author_id, created_at, subject, body)"
        " VALUES(?,?,?,?,?,?,?,?)",
        [(id, *post[1:]) for id, post in zip(post_ids.assign(conn, [post[0] for post in posts]), posts, strict=True)],
    )
    conn.executemany("UPDATE thread SET status=?, status_at=?, seen_at=? WHERE id=?", put_away)
    conn.execute(
        "UPDATE post SET role = 1 WHERE thread_id BETWEEN ? AND ? AND author_id IN (1, 2)",
        (numbers.start + 1, numbers.stop),
    )
    batch = Batch(conn, source, "forum", community, Rollups(source, lambda at: at // DAY), END)
    batch.touched_threads.update(range(numbers.start + 1, numbers.stop + 1))
    threads.keep(batch)


def _member(dice: random.Random, count: int) -> int:
    """Who writes: few write much, most write little; not the team, which are members 1 and 2."""
    return 3 + int((count - 2) * dice.random() ** 3)
