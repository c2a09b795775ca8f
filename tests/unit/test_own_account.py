"""The account a source is logged in with is the team's: who waits and when the team answered follow from it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from cm_console.model.inbox import View
from cm_console.model.records import Member, Post, Record, Thread, ThreadKind
from cm_console.model.source import Identity
from cm_console.model.text import Untrusted
from cm_console.model.time import DAY, HOUR, Instant
from cm_console.store import ingest, schema, sources
from cm_console.store.batch import Community
from cm_console.store.sqlite import Connection, connect
from cm_console.testing import START
from tests.worlds import Lab, dump, make_lab

COMMUNITY = Community(ZoneInfo("UTC"))
AT = START - DAY
US = Identity("us@mail.test", "us")
WORLD: tuple[Record, ...] = (
    Member("ann", Untrusted("ann")),
    Member(US.member, Untrusted("Support")),
    Thread("t1", Untrusted("How?"), "ann", Instant(AT), kind=ThreadKind.DIRECT),
    Post("p1", "t1", "ann", Instant(AT), Untrusted("How?")),
    Post("p2", "t1", US.member, Instant(AT + HOUR), Untrusted("Like this.")),
)
FACTS = "SELECT waiting_since, first_team_response_at, answered_by_team, view FROM thread"
ANSWERED = (None, AT + HOUR, 1, 0)
WAITING = (AT, None, 0, 1)


@pytest.fixture
def conn() -> Iterator[Connection]:
    opened = connect(Path(":memory:"))
    schema.migrate(opened)
    sources.ensure(opened, "mail", "email")
    ingest.settle_config(opened, COMMUNITY, START)
    yield opened
    opened.close()


def identify(conn: Connection, identity: Identity = US) -> ingest.Saved:
    return ingest.identify(conn, 1, COMMUNITY, identity, START)


def save(conn: Connection, *records: Record, community: Community = COMMUNITY) -> None:
    ingest.save(conn, 1, community, START, records)


def facts(conn: Connection) -> tuple[object, ...]:
    found: tuple[object, ...] = conn.execute(FACTS).fetchone()
    return found


def held(conn: Connection) -> dict[str, list[tuple[object, ...]]]:
    """Every row but when the tables were made; counts of nothing left out."""
    found = dump(conn, without=("_sqlite_migrations", "meta"))
    return {**found, "badge": [row for row in found["badge"] if row[1]]}


def roles(conn: Connection) -> dict[str, int]:
    return dict(conn.execute("SELECT remote, role FROM member").fetchall())


def test_what_we_wrote_is_the_teams_answer(conn: Connection) -> None:
    save(conn, *WORLD)
    assert facts(conn) == WAITING
    identify(conn)
    assert (facts(conn), roles(conn)) == (ANSWERED, {"ann": 0, US.member: 1})


def test_learned_before_or_after_the_pages_is_the_same(conn: Connection) -> None:
    identify(conn)
    save(conn, *WORLD)
    early = held(conn)
    other = connect(Path(":memory:"))
    schema.migrate(other)
    sources.ensure(other, "mail", "email")
    ingest.settle_config(other, COMMUNITY, START)
    save(other, *WORLD)
    assert identify(other).topics == {"inbox", "metrics"}
    late = held(other)
    other.close()
    assert facts(conn) == ANSWERED
    assert late == early


def test_a_post_whose_author_is_told_later_counts_too(conn: Connection) -> None:
    identify(conn)
    save(conn, *(record for record in WORLD if not isinstance(record, Member)))
    assert facts(conn) == ANSWERED
    save(conn, *WORLD)
    assert facts(conn) == ANSWERED


def test_another_account_changes_sides_both_ways(conn: Connection) -> None:
    identify(conn)
    save(conn, *WORLD)
    assert identify(conn).changed == 0
    identify(conn, Identity("other@mail.test", "other"))
    assert (facts(conn), roles(conn)[US.member]) == (WAITING, 0)
    identify(conn, Identity("", "nobody"))
    save(conn, Member("", Untrusted("nameless")))
    assert roles(conn)[""] == 0
    identify(conn)
    assert facts(conn) == ANSWERED


def test_an_account_the_platform_calls_a_bot_is_ours_but_one_the_config_calls_a_bot_is_not(conn: Connection) -> None:
    identify(conn)
    save(conn, *WORLD, Member(US.member, Untrusted("Support"), bot=True))
    assert facts(conn) == ANSWERED
    community = replace(COMMUNITY, bots=frozenset({"support"}))
    assert ingest.settle_config(conn, community, START)
    assert roles(conn)[US.member] == 2
    save(conn, Member(US.member, Untrusted("Support"), bot=True, url="https://mail.test/us"), community=community)
    assert roles(conn)[US.member] == 2


def test_a_changed_config_leaves_us_with_the_team(conn: Connection) -> None:
    identify(conn)
    save(conn, *WORLD)
    assert ingest.settle_config(conn, replace(COMMUNITY, team=frozenset({"mo"})), START)
    assert facts(conn) == ANSWERED


def test_a_file_from_before_this_rule_is_settled_again_once(conn: Connection) -> None:
    save(conn, *WORLD)
    conn.execute("UPDATE source SET me = ?", (US.member,))
    conn.execute("""UPDATE meta SET value = '["UTC", [], [], []]' WHERE key = 'community'""")
    assert facts(conn) == WAITING
    assert ingest.settle_config(conn, COMMUNITY, START)
    assert facts(conn) == ANSWERED
    assert not ingest.settle_config(conn, COMMUNITY, START)


async def test_a_reply_of_the_console_is_an_answer_without_any_config(tmp_path: Path) -> None:
    lab: Lab = make_lab(tmp_path)
    await lab.bench.add_thread(1)
    console = lab.console()
    try:
        await console.sync()
        (row,) = await console.inbox.page(View.NEEDS_REPLY)
        await console.inbox.reply(row.id, "Like this.")
        lab.clock.advance(60)
        await console.deliver()
        await console.sync()
        assert await console.inbox.page(View.NEEDS_REPLY) == []
        assert await console.store.read(
            lambda c: c.execute("SELECT first_team_response_at FROM thread").fetchone()
        ) != (None,)
    finally:
        await lab.close()
