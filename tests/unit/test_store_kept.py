"""What the store keeps beside the facts - counts, views, cases, rollups, bitmaps, full text - is always the truth."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cm_console.model.inbox import UNTIL_REPLY
from cm_console.model.records import (
    Activity,
    Kind,
    Member,
    Post,
    PostState,
    Record,
    Ref,
    Report,
    Thread,
    ThreadKind,
    ref_of,
)
from cm_console.model.text import Untrusted
from cm_console.model.time import DAY, HOUR, Instant, parse_iso
from cm_console.store import ingest, schema, schema_clocks, sources, spans, threads
from cm_console.store.batch import Community
from cm_console.store.journal import Operation
from cm_console.store.sqlite import Connection, connect, transaction
from tests.unit import kept_naive
from tests.worlds import dump, sequence

ZONE = ZoneInfo("Europe/Berlin")
BORN = parse_iso("2026-10-24T12:00:00Z")
"""The clocks change in the night after."""
NOW = Instant(BORN + 3 * DAY)

MEMBERS = [f"m{n}" for n in range(5)]
THREADS = [f"t{n}" for n in range(3)]
POSTS = [f"p{n}" for n in range(9)]
REPORTS = [f"r{n}" for n in range(5)]
ACTIVITIES = [f"a{n}" for n in range(4)]
IDS = {
    Kind.MEMBER: MEMBERS, Kind.THREAD: THREADS, Kind.POST: POSTS, Kind.REPORT: REPORTS, Kind.ACTIVITY: ACTIVITIES
}  # fmt: skip

times = st.integers(0, 20).map(lambda n: Instant(BORN + n * 3 * HOUR))
words = st.lists(st.sampled_from(kept_naive.WORDS), max_size=3).map(lambda parts: Untrusted(" ".join(parts)))
authors = st.none() | st.sampled_from(MEMBERS)
maybe = st.none() | times

member_records = st.builds(
    Member,
    st.sampled_from(MEMBERS),
    st.sampled_from(["ann", "bob", "mo", "robo"]).map(Untrusted),
    joined_at=maybe,
    staff=st.booleans(),
    bot=st.integers(0, 5).map(lambda n: n == 0),
)
thread_records = st.builds(
    Thread,
    st.sampled_from(THREADS),
    words,
    authors,
    times,
    kind=st.sampled_from([ThreadKind.TOPIC, ThreadKind.TOPIC, ThreadKind.DIRECT]),
    place=st.sampled_from(["", "off-topic"]).map(Untrusted),
    closed=st.integers(0, 7).map(lambda n: n == 0),
    solved_at=st.integers(0, 7).map(lambda n: BORN if n == 0 else None),
)
post_records = st.builds(
    Post,
    st.sampled_from(POSTS),
    st.sampled_from(THREADS),
    authors,
    times,
    words,
    state=st.sampled_from([PostState.VISIBLE] * 4 + [PostState.HELD, PostState.HIDDEN, PostState.DELETED]),
    mentions_us=st.integers(0, 5).map(lambda n: n == 0),
)
report_records = st.builds(
    Report,
    st.sampled_from(REPORTS),
    st.sampled_from([Ref(Kind.POST, "p0"), Ref(Kind.MEMBER, "m1"), Ref(Kind.THREAD, "t0")]),
    authors,
    st.sampled_from(["spam", "rude", "harassment"]),
    times,
    closed_at=maybe,
    agreed=st.none() | st.booleans(),
)
activity_records = st.builds(
    Activity, st.sampled_from(ACTIVITIES), st.sampled_from(["visit", "reaction"]), times, authors
)
records = st.one_of(
    post_records, post_records, post_records, thread_records, member_records, report_records, activity_records
)
refs = st.sampled_from([Ref(kind, id) for kind, ids in IDS.items() for id in ids])


def decide(conn: Connection, number: int, status: int, seen: int, until: int, priority: int) -> None:
    """What a decision on a thread does."""
    held = [id for (id,) in conn.execute("SELECT id FROM thread ORDER BY id")]
    if held:
        id = held[number % len(held)]
        columns = {"status": status, "seen_at": seen, "snoozed_until": until, "priority": priority}
        columns |= {"due_by": NOW + seen % DAY} if priority == 3 else {}
        Operation(conn, "x", NOW, "mo", "try", f"thread:{id}").change("thread", {"id": id}, columns)
        threads.keep_views(conn, f"[{id}]", NOW)


COMMUNITIES = [
    Community(ZONE),
    Community(ZONE, team=frozenset({"ann"}), muted=frozenset({"off-topic"})),
    Community(ZoneInfo("America/New_York"), bots=frozenset({"forum:bob", "m3"})),
]


def community_of(conn: Connection) -> Community:
    """The community as it was last settled."""
    known = conn.execute("SELECT value FROM meta WHERE key = 'test'").fetchone()
    return COMMUNITIES[int(known[0]) if known else 0]


changes = st.one_of(
    *[st.tuples(st.just("save"), st.integers(1, 2), st.lists(records, max_size=8), st.lists(refs, max_size=2))] * 5,
    st.tuples(
        st.just("decide"),
        st.integers(0, 5),
        st.integers(0, 3),
        times,
        st.sampled_from([UNTIL_REPLY, NOW - 1, NOW + DAY]),
        st.integers(0, 4),
    ),
    st.tuples(st.just("config"), st.integers(0, 2)),
    st.tuples(st.just("tidy"), st.integers(1, 3)),
    st.tuples(st.just("tidy"), st.integers(1, 3)),
)


def apply(conn: Connection, change: tuple[object, ...]) -> None:
    """One change in one transaction, as the product does it."""
    match change:
        case ("save", int(source), list(new), list(gone)):
            ingest.save(conn, source, community_of(conn), NOW, new, gone)
        case ("decide", int(number), int(status), int(seen), int(until), int(priority)):
            decide(conn, number, status, seen, until, priority)
        case ("config", int(number)):
            conn.execute("INSERT OR REPLACE INTO meta VALUES('test', ?)", (str(number),))
            ingest.settle_config(conn, COMMUNITIES[number], NOW)
        case ("tidy", int(steps)):
            for _ in range(steps):
                spans.tidy(conn, NOW + 200 * DAY)


@pytest.fixture(scope="module")
def empty() -> Connection:
    """A database in memory with two sources and the first config."""
    conn = connect(Path(":memory:"))
    schema.migrate(conn)
    for name in ("forum", "chat"):
        sources.ensure(conn, name, "memory")
    apply(conn, ("config", 0))
    return conn


@contextmanager
def copy_of(database: Connection) -> Iterator[Connection]:
    """A copy to spoil."""
    conn = connect(Path(":memory:"))
    database.backup(conn)
    try:
        yield conn
    finally:
        conn.close()


@settings(max_examples=200)
@given(history=st.lists(changes, max_size=12))
def test_everything_kept_is_true_after_any_changes(empty: Connection, history: list[tuple[object, ...]]) -> None:
    with copy_of(empty) as conn:
        for change in history:
            with transaction(conn):
                apply(conn, change)
            kept_naive.check(conn, community_of(conn).zone, NOW)
        conn.execute("INSERT INTO post_fts(post_fts) VALUES('integrity-check')")


@settings(max_examples=60)
@given(history=st.lists(changes, max_size=6))
def test_an_older_database_learns_what_is_kept_of_its_threads(
    empty: Connection, history: list[tuple[object, ...]]
) -> None:
    """The migration finds newcomers, mentions and reasons in what is there already."""
    with copy_of(empty) as conn:
        for change in history:
            apply(conn, change)
        conn.execute("UPDATE thread SET newcomer = 0, mentioned_at = NULL, needs = 0")
        for statement in schema_clocks.OLDER.split(";"):
            conn.execute(statement)
        kept_naive.check(conn, community_of(conn).zone, NOW)


@settings(max_examples=100)
@given(before=st.lists(records, max_size=6), new=st.lists(records, max_size=14), gone=st.lists(refs, max_size=3))
def test_a_second_save_of_the_same_changes_nothing(
    empty: Connection, before: list[Record], new: list[Record], gone: list[Ref]
) -> None:
    with copy_of(empty) as conn:
        ingest.save(conn, 1, COMMUNITIES[0], NOW, before)
        ingest.save(conn, 1, COMMUNITIES[0], NOW, new, gone)
        first = dump(conn)
        again = [record for record in new if ref_of(record) not in gone and not (gone and isinstance(record, Post))]
        assert ingest.save(conn, 1, COMMUNITIES[0], NOW, again, gone) == ingest.Saved(frozenset(), 0)
        assert dump(conn) == first


def test_sequence_ids_are_of_one_length() -> None:
    ids = sequence()
    assert [ids(), ids()] == ["00000001", "00000002"]


ASKED = Thread("t0", Untrusted("alpha"), "m1", BORN)
ANSWER = Post("p0", "t0", "m2", Instant(BORN + HOUR), Untrusted("beta"))
LATE = replace(ANSWER, id="p1", author="m3", created_at=Instant(BORN + 9 * DAY))
MISSED: dict[str, list[Record | tuple[object, ...]]] = {
    "start_insert": [replace(ASKED, author=None)],
    "start_update": [ASKED, replace(ASKED, created_at=Instant(BORN + 2 * DAY))],
    "start_answered": [ASKED, ANSWER],
    "start_done": [ASKED, ("decide", 0, 3, NOW, NOW, 0)],
    "start_bot": [Member("m1", Untrusted("bob"), staff=True), ASKED, Member("m1", Untrusted("bob"), bot=True)],
    "join_update": [Member("m2", Untrusted("bob"), joined_at=BORN), ANSWER],
    "day_bitmap_delete, day_bitmap_insert": [ANSWER, replace(ANSWER, id="p2", author="m3")],
    "day_waits_delete, day_waits_insert": [ASKED, LATE],
}


def look(conn: Connection, triggers: str, steps: list[Record | tuple[object, ...]]) -> None:
    """Tidy up after each step, some triggers missing in the last, and check what is read of days and spans."""
    with copy_of(conn) as spoilt:
        for step in steps:
            for trigger in filter(None, triggers.split(", ") if step is steps[-1] else ()):
                spoilt.execute(f"DROP TRIGGER {trigger}")
            for change in (step if isinstance(step, tuple) else ("save", 1, [step], []), ("tidy", 9)):
                with transaction(spoilt):
                    apply(spoilt, change)
        today = kept_naive.day_number(NOW, ZONE)
        kept_naive.check_starts(spoilt, ZONE, NOW)
        kept_naive.check_days(spoilt, ZONE, [(today - 90, today + 90)])


@pytest.mark.parametrize("triggers", MISSED)
def test_a_missed_note_is_seen(empty: Connection, triggers: str) -> None:
    """Without one of the notes of what is out of date, what was written back goes on being believed."""
    look(empty, "", MISSED[triggers])
    with pytest.raises(AssertionError):
        look(empty, triggers, MISSED[triggers])


def test_two_consoles_see_each_others_notes(tmp_path: Path) -> None:
    """What one console writes back, another's pull makes out of date for both."""
    ours, theirs = (connect(tmp_path / "c.db") for _ in range(2))
    schema.migrate(ours)
    sources.ensure(ours, "forum", "memory")
    ingest.settle_config(ours, COMMUNITIES[0], NOW)
    for writer, other, record in ((ours, theirs, ASKED), (theirs, ours, ANSWER), (ours, theirs, LATE)):
        with transaction(writer):
            ingest.save(writer, 1, COMMUNITIES[0], NOW, [record])
        kept_naive.check_starts(other, ZONE, NOW)
        with transaction(other):
            while spans.tidy(other, NOW + 200 * DAY):
                pass
        for conn in (ours, theirs):
            kept_naive.check_starts(conn, ZONE, NOW)
            assert conn.execute("SELECT count(*) FROM stale_thread").fetchone() == (0,)
    ours.close()
    theirs.close()
