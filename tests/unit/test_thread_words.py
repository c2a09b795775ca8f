"""What the inbox is filtered by: the index of letters, and lists that are narrowed by it as they are without it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cm_console.model.inbox import Filter, View
from cm_console.model.records import Member, Post, Record, Thread
from cm_console.model.text import Untrusted
from cm_console.model.time import DAY, Instant
from cm_console.store import inbox, ingest, narrowing, schema, sources, thread_words
from cm_console.store.batch import Community
from cm_console.store.sqlite import Connection, connect

NOW = Instant(1_700_000_000_000)
WORDS = ("oil", "chain", "Öl", "ab", "x", 'say "hi"', "50%", "a_b", "自転車", "mia", "o'")


@pytest.fixture
def conn(tmp_path: Path) -> Iterator[Connection]:
    made = connect(tmp_path / "c.db")
    schema.migrate(made)
    sources.ensure(made, "forum", "memory")
    yield made
    made.close()


def save(conn: Connection, *records: Record) -> None:
    ingest.save(conn, 1, Community(ZoneInfo("UTC")), NOW, records)


def thread(conn: Connection, number: int, title: str, author: str = "mia", place: str = "support") -> None:
    at = Instant(NOW - DAY + number)
    save(
        conn,
        Member(f"m-{author}", Untrusted(author)),
        Thread(f"t{number}", Untrusted(title), f"m-{author}", at, place=Untrusted(place)),
        Post(f"p{number}", f"t{number}", f"m-{author}", at, Untrusted("?")),
    )


def found(conn: Connection, words: str, view: View = View.ALL, limit: int = 50) -> list[str]:
    narrow = Filter(words)
    rows = inbox.page(conn, view, narrow, me="ann", key=None, forward=True, limit=limit)
    assert inbox.count(conn, view, narrow, me="ann") == len(rows) or len(rows) == limit
    return [row.title for row in rows]


def read(conn: Connection) -> None:
    while thread_words.tidy(conn, 3):
        pass
    assert not thread_words.untidy(conn)


def test_words_are_found_before_and_after_they_are_read(conn: Connection) -> None:
    for number, title in enumerate(("Oil on a chain", "Brakes", "A chain breaks")):
        thread(conn, number, title)
    assert thread_words.untidy(conn) and found(conn, "chain") == ["A chain breaks", "Oil on a chain"]
    read(conn)
    assert found(conn, "HAIN") == ["A chain breaks", "Oil on a chain"] and found(conn, "chain oil") == [
        "Oil on a chain"
    ]
    assert narrowing.few(conn, Filter("chain"), NOW) == [1, 3], "the index is what finds them"
    thread(conn, 4, "New chain")
    assert found(conn, "chain")[0] == "New chain"


def test_a_title_a_place_a_name_that_changes_is_gone_at_once(conn: Connection) -> None:
    thread(conn, 1, "Oil on a chain", place="garage")
    read(conn)
    thread(conn, 1, "[removed]", place="hall")
    assert found(conn, "chain") == found(conn, "garage") == [] and found(conn, "removed hall") == ["[removed]"]
    assert conn.execute("SELECT count(*) FROM thread_words WHERE thread_words MATCH 'cha'").fetchone() == (0,)
    read(conn)
    save(conn, Member("m-mia", Untrusted("zoe")))
    assert conn.execute("SELECT count(*) FROM thread_words WHERE thread_words MATCH 'mia'").fetchone() == (0,)
    assert found(conn, "mia") == [] and found(conn, "zoe") == ["[removed]"]
    read(conn)
    assert found(conn, "zoe") == ["[removed]"]
    conn.execute("DELETE FROM thread")
    read(conn)
    assert conn.execute("SELECT count(*) FROM thread_words").fetchone() == (0,)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.lists(st.sampled_from(WORDS), min_size=1, max_size=3).map(" ".join), min_size=1, max_size=12),
    st.lists(st.sampled_from([word[:n] for word in WORDS for n in range(1, len(word) + 1)]), min_size=1, max_size=2),
    st.integers(0, 12),
)
def test_every_row_that_fits_is_found_and_no_other(titles: list[str], typed: list[str], upto: int) -> None:
    """Read or not, however rare, near the top or not: as if every row were looked at."""
    conn = connect(Path(":memory:"))
    schema.migrate(conn)
    sources.ensure(conn, "forum", "memory")
    for number, title in enumerate(titles):
        thread(conn, number, title)
        if number == upto:
            read(conn)
    words = " ".join(typed)
    fits = [t for t in reversed(titles) if all(w.lower() in f"{t}\n mia\nsupport".lower() for w in words.split())]
    assert found(conn, words) == fits
    conn.close()


def test_what_is_not_near_is_found_by_the_index_or_by_a_walk(conn: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(narrowing, "NEAR", 3)
    for number in range(20):
        thread(conn, number, f"Question {number:02} {'rare' if number in (1, 2, 5) else 'often'} xy")
    read(conn)
    assert found(conn, "often", limit=2) == ["Question 19 often xy", "Question 18 often xy"]
    assert found(conn, "rare") == [f"Question {n:02} rare xy" for n in (5, 2, 1)], "three: looked at one by one"
    assert len(found(conn, "often")) == 17 and len(found(conn, "xy")) == 20, "two letters stand in no index"
    monkeypatch.setattr(narrowing, "FEW", 2)
    assert narrowing.few(conn, Filter("rare"), NOW) is None
    assert found(conn, "rare") == [f"Question {n:02} rare xy" for n in (5, 2, 1)]


def test_pages_of_a_narrowed_list_follow_each_other(conn: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(narrowing, "NEAR", 4)
    for number in range(30):
        thread(conn, number, f"{'chain' if number % 3 else 'brake'} {number:02}")
    read(conn)
    for forward in (True, False):
        seen: list[str] = []
        key = None
        while rows := inbox.page(conn, View.ALL, Filter("chain"), me="ann", key=key, forward=forward, limit=6):
            seen += [row.title for row in rows]
            key = rows[-1].key
        assert seen == sorted((f"chain {n:02}" for n in range(30) if n % 3), reverse=forward)


@pytest.mark.parametrize(
    ("narrow", "numbers"),
    [
        (Filter(tag="bug"), [7]),
        (Filter(assignee="leo"), [7, 3]),
        (Filter(source="forum"), list(range(9, -1, -1))),
        (Filter(source="mail"), []),
        (Filter(newer=DAY - 8), [9, 8]),
        (Filter(words="question", tag="bug", assignee="leo", newer=DAY), [7]),
    ],
)
def test_other_parts_of_a_filter_find_what_is_rare(conn: Connection, narrow: Filter, numbers: list[int]) -> None:
    for number in range(10):
        thread(conn, number, f"Question {number}")
    conn.execute("INSERT INTO tag VALUES(8, 'bug', 0)")
    conn.execute("UPDATE thread SET assignee = 'leo' WHERE id IN (4, 8)")
    read(conn)
    rows = inbox.page(conn, View.ALL, narrow, me="ann", key=None, forward=True, limit=50, now=NOW)
    assert [int(row.title.split()[1]) for row in rows] == numbers
    assert inbox.count(conn, View.ALL, narrow, me="ann", now=NOW) == len(numbers)
    assert len(narrowing.few(conn, narrow, NOW) or []) == len(numbers)
