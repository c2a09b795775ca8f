"""What published entries brought: replies and reactions in three days, by hour of the week."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from cm_console.model.metric_table import BY_ID
from cm_console.model.metrics import Figures, Window
from cm_console.model.records import Activity, Member, Post, PostState, Record, Thread
from cm_console.model.text import Untrusted
from cm_console.model.time import DAY, HOUR, MINUTE, Instant, instant
from cm_console.store import ingest, schema, sources
from cm_console.store.batch import Community
from cm_console.store.metrics import Ask, measure
from cm_console.store.metrics_rows import listing
from cm_console.store.sqlite import Connection, connect, transaction

ZONE = ZoneInfo("Europe/Berlin")
NOW = instant(datetime(2026, 11, 22, 9, tzinfo=UTC))
WINDOW = Window.last(date(2026, 11, 22), 28)
SENT = instant(datetime(2026, 11, 10, 17, 30, tzinfo=UTC))
"""A Tuesday, half past six in the evening in Berlin."""
COMMUNITY = Community(ZONE, team=frozenset({"ann"}))
TEXT = Untrusted("words")


@pytest.fixture
def conn() -> Iterator[Connection]:
    """Two sources, their people, nothing published."""
    conn = connect(Path(":memory:"))
    schema.migrate(conn)
    people: list[Record] = [Member("ann", Untrusted("ann")), Member("mia", Untrusted("mia"))]
    people.append(Member("robo", Untrusted("robo"), bot=True))
    for name in ("forum", "chat"):
        save(conn, name, people)
    yield conn
    conn.close()


def save(conn: Connection, source: str, records: list[Record]) -> None:
    """Pull some records."""
    with transaction(conn):
        ingest.save(conn, sources.ensure(conn, source, "memory"), COMMUNITY, NOW, records)


def publish(conn: Connection, entry: str, source: str, at: int, *, pulled: bool = True) -> None:
    """An entry goes out on a source, and its thread is pulled."""
    conn.execute(
        "INSERT OR IGNORE INTO entry(id, kind, title, body, at, zone, state)"
        " VALUES(?,'post','T','B',?,'UTC','scheduled')",
        (entry, at),
    )
    action = f"{entry}-{source}"
    conn.execute("INSERT INTO variant(entry_id, source, action_id) VALUES(?, ?, ?)", (entry, source, action))
    conn.execute(
        "INSERT INTO action(id, source, lane, verb, payload, journal_id, state, created_at, created_by, not_before,"
        " remote_id, ended_at) VALUES(?,?,'','publish','{}','','sent',0,'me',0,?,?)",
        (action, source, entry, at),
    )
    if pulled:
        post = Post(f"{entry}-0", entry, "ann", Instant(at), TEXT)
        save(conn, source, [Thread(entry, Untrusted("T"), "ann", Instant(at)), post])


def reply(entry: str, number: int, after: int, author: str | None = "mia", state: str = "visible") -> Post:
    """A post under an entry."""
    return Post(f"{entry}-{number}", entry, author, Instant(SENT + after), TEXT, state=PostState(state))


def react(entry: str, number: int, after: int, kind: str = "reaction", to: int = 0) -> Activity:
    """A reaction to one of its posts."""
    return Activity(f"{entry}-r{number}", kind, Instant(SENT + after), "mia", f"{entry}-{to}")


def figures(conn: Connection, names: tuple[str, ...] | None = None, now: int = NOW) -> Figures:
    """Both numbers; the rows behind them add up to them."""
    ids = ("content.engagement", "content.best_slots")
    ask = Ask(WINDOW, ZONE, now, names)
    found = measure(conn, ask, [BY_ID[id] for id in ids])
    brought, slots = (listing(conn, ask, id).after(conn, None, 99) for id in ids)
    mean = sum(row.value for row in brought) / len(brought) if brought else None
    assert [one.value for one in found.metrics] == [mean, len(slots)]
    return found


def test_replies_and_reactions_of_three_days_count(conn: Connection) -> None:
    publish(conn, "e1", "forum", SENT)
    save(conn, "forum", [
        reply("e1", 1, HOUR), reply("e1", 2, 3 * DAY - 1), reply("e1", 3, HOUR, None),
        react("e1", 1, MINUTE), react("e1", 2, 3 * DAY - 1),
    ])  # fmt: skip
    assert figures(conn).metrics[0].value == 5
    save(conn, "forum", [
        reply("e1", 4, 3 * DAY), reply("e1", 5, HOUR, "ann"), reply("e1", 6, HOUR, "robo"),
        reply("e1", 7, HOUR, state="deleted"),
        react("e1", 3, 3 * DAY), react("e1", 4, HOUR, "visit"), react("e1", 5, HOUR, to=1),
    ])  # fmt: skip
    assert figures(conn).metrics[0].value == 5, "too late, by its author, by a bot, deleted, a visit, to a reply"


def test_an_entry_counts_once_with_all_its_sources(conn: Connection) -> None:
    publish(conn, "e1", "forum", SENT)
    publish(conn, "e1", "chat", SENT)
    publish(conn, "e2", "chat", SENT + DAY)
    save(conn, "forum", [reply("e1", 1, HOUR)])
    save(conn, "chat", [reply("e1", 1, HOUR), reply("e1", 2, HOUR), reply("e2", 1, 2 * DAY)])
    assert (figures(conn).metrics[0].value, figures(conn).metrics[0].n) == (2, 2)
    assert figures(conn, ("forum",)).metrics[0].value == 1


def test_what_is_too_young_or_unknown_is_left_out(conn: Connection) -> None:
    publish(conn, "e1", "forum", SENT)
    publish(conn, "e2", "forum", SENT, pulled=False)
    save(conn, "forum", [reply("e1", 1, HOUR)])
    assert figures(conn, now=SENT + 3 * DAY - 1).metrics[0].value is None
    assert (figures(conn, now=SENT + 3 * DAY).metrics[0].value, figures(conn).metrics[0].n) == (1, 1)


def test_best_hours_need_two_entries_and_come_in_order(conn: Connection) -> None:
    """On Tuesdays: two at 18, two at 19 - one of them before the clocks changed -, one at 20 and one too long ago."""
    for weeks, hours, replies in ((0, 0, 1), (1, 0, 2), (2, 1, 3), (3, 0, 5), (4, 1, 9), (9, 1, 9)):
        after = hours * HOUR - weeks * 7 * DAY
        publish(conn, f"e{weeks}", "forum", SENT + after)
        save(conn, "forum", [reply(f"e{weeks}", 1 + n, after + HOUR) for n in range(replies)])
    found = figures(conn)
    assert list(found.tables["content.best_slots"].rows) == [("Tue 19:00", 2, 4.0), ("Tue 18:00", 2, 1.5)]
    assert (found.metrics[0].value, found.metrics[0].n) == (2, 3), "of the window alone"
