"""What makes a pull quick changes nothing: rows written many at once, texts cleaned as plain ones, notes made once."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from cm_console.model.records import Post, PostState, Thread
from cm_console.model.text import Untrusted, _table, clean, cleaned
from cm_console.model.time import DAY, Instant
from cm_console.services.collector import SELDOM, seldom_collecting
from cm_console.store import ingest, schema, sources, standings
from cm_console.store.batch import Community
from cm_console.store.sqlite import MOST_ROWS, Connection, connect, execute_rows
from cm_console.testing import HOSTILE_TEXTS, START

AT = Instant(START - DAY)


@pytest.fixture
def conn() -> Iterator[Connection]:
    """A database in memory with one source."""
    opened = connect(Path(":memory:"))
    schema.migrate(opened)
    sources.ensure(opened, "forum", "memory")
    yield opened
    opened.close()


def save(conn: Connection, *records: Post | Thread) -> None:
    ingest.save(conn, 1, Community(ZoneInfo("UTC")), Instant(START), records)


def post(id: str, at: int = AT, author: str | None = "ann", state: PostState = PostState.VISIBLE) -> Post:
    return Post(id, "t1", author, Instant(at), Untrusted("words"), state=state)


@pytest.mark.parametrize("size", [0, 1, 2, 3, MOST_ROWS - 1, MOST_ROWS, MOST_ROWS + 1, 3 * MOST_ROWS + 37])
def test_every_row_is_written_once_in_order(conn: Connection, size: int) -> None:
    told: list[str] = []
    conn.execute("CREATE TABLE t(a, b)")
    conn.set_trace_callback(told.append)
    execute_rows(conn, "INSERT INTO t(a, b) ROWS", [(n, str(n)) for n in range(size)])
    conn.set_trace_callback(None)
    assert conn.execute("SELECT a, b FROM t ORDER BY rowid").fetchall() == [(n, str(n)) for n in range(size)]
    assert len(told) <= size // MOST_ROWS + MOST_ROWS.bit_length()


def test_rows_can_be_joined_to_those_there_are(conn: Connection) -> None:
    conn.execute("CREATE TABLE t(a INTEGER PRIMARY KEY, b)")
    execute_rows(conn, "INSERT INTO t ROWS", [(n, 0) for n in range(100)])
    add = "WITH new(a, b) AS (ROWS) UPDATE t SET b = t.b + new.b FROM new WHERE t.a = new.a"
    execute_rows(conn, add, [(n, n) for n in range(0, 100, 3)])
    wanted = [(n, 0 if n % 3 else n) for n in range(100)]
    assert conn.execute("SELECT a, b FROM t ORDER BY a").fetchall() == wanted


def test_the_plain_form_is_what_the_table_makes_of_it() -> None:
    table = _table()
    for code in range(0x300):
        text = f"a\n{chr(code)}\tb"
        assert cleaned(Untrusted(text)) == clean(text) == text.translate(table)
    assert cleaned("a" + "\u0301" * 9) == clean("a" + "\u0301" * 9) == "a" + "\u0301" * 4


@pytest.mark.parametrize("text", HOSTILE_TEXTS)
def test_hostile_texts_in_the_plain_form(text: str) -> None:
    assert type(cleaned(Untrusted(text))) is str
    assert cleaned(text) == clean(text) == clean(cleaned(text))


def test_whoever_was_looked_up_is_looked_up_again_after_a_post(conn: Connection) -> None:
    save(conn, Thread("t1", Untrusted("A title"), "ann", AT), post("p1"))
    conn.execute("UPDATE stale_standing SET seen = 20000")
    save(conn, post("p2", AT + 1))
    assert conn.execute("SELECT seen FROM stale_standing").fetchall() == [(None,)]


def test_who_is_noted_already_is_not_written_again(conn: Connection) -> None:
    save(conn, Thread("t1", Untrusted("A title"), "ann", AT), post("p1"))
    before = conn.total_changes
    standings.note(conn, [1])
    assert conn.total_changes == before


def test_the_first_post_that_is_not_deleted_bears_the_title(conn: Connection) -> None:
    deleted = post("a", AT, state=PostState.DELETED)
    save(
        conn,
        Thread("t1", Untrusted("A title"), "ann", AT),
        post("d", AT + 2),
        deleted,
        post("b", AT + 1),
        post("c", AT + 1),
    )
    rows = conn.execute("SELECT remote, subject FROM post ORDER BY id").fetchall()
    assert rows == [("a", ""), ("b", "A title"), ("c", ""), ("d", "")]


def test_counts_of_a_page_are_those_of_its_posts(conn: Connection) -> None:
    authors = [None, "ann", *(f"m{n}" for n in range(150))]
    posts = [post(f"{n}", AT + 7 * n, author) for n, author in enumerate([*authors, *authors[1:40], *authors[110:140]])]
    save(conn, Thread("t1", Untrusted("A title"), "ann", AT), *posts[:99])
    save(conn, *posts[50:])
    kept = conn.execute("SELECT id, posts, first_post_at FROM member ORDER BY id").fetchall()
    wanted = "SELECT author_id, count(*), min(created_at) FROM post WHERE author_id NOT NULL GROUP BY 1 ORDER BY 1"
    assert kept == conn.execute(wanted).fetchall()
    assert len(kept) == 151


def test_the_collector_rests_until_the_last_pull_has_ended() -> None:
    was = gc.get_threshold()
    with pytest.raises(ZeroDivisionError), seldom_collecting():
        with seldom_collecting():
            assert gc.get_threshold()[0] == SELDOM
        assert gc.get_threshold()[0] == SELDOM
        raise ZeroDivisionError
    assert gc.get_threshold() == was
    first, second = seldom_collecting(), seldom_collecting()
    first.__enter__()
    second.__enter__()
    first.__exit__(None, None, None)
    assert gc.get_threshold()[0] == SELDOM, "the second goes on"
    second.__exit__(None, None, None)
    assert gc.get_threshold() == was
