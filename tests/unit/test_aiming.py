"""A reply answers the post of whoever waits, never ours, a bot's, or what nobody sees."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from cm_console.model.inbox import View
from cm_console.model.records import Member, Post, PostState, Thread, ThreadKind
from cm_console.model.source import Identity
from cm_console.model.text import Untrusted
from cm_console.model.time import HOUR, Instant
from cm_console.store import aiming, ingest, schema, sources
from cm_console.store.batch import Community
from cm_console.store.sqlite import Connection, connect
from cm_console.testing import START
from tests.worlds import make_lab

COMMUNITY = Community(ZoneInfo("UTC"))


@pytest.fixture
def conn() -> Iterator[Connection]:
    opened = connect(Path(":memory:"))
    schema.migrate(opened)
    source = sources.ensure(opened, "forum", "memory")
    ingest.identify(opened, source, COMMUNITY, Identity("us", "us"), START)
    yield opened
    opened.close()


def talk(conn: Connection, *said: tuple[str, str], kind: str = "topic", author: str | None = "ann") -> str | None:
    """Posts of a thread as (author, flags), an hour apart; gives the id of the post that a reply answers."""
    posts = [
        Post(
            str(number),
            "t",
            who or None,
            Instant(START + number * HOUR),
            Untrusted("words"),
            mentions_us="@" in flags,
            state=PostState.HELD if "held" in flags else PostState.HIDDEN if "hidden" in flags else PostState.VISIBLE,
        )
        for number, (who, flags) in enumerate(said)
    ]
    thread = Thread("t", Untrusted("A title"), author, Instant(START), ThreadKind(kind))
    members = [Member("us", Untrusted("Support")), Member("robot", Untrusted("robot"), bot=True)]
    ingest.save(conn, 1, COMMUNITY, START, [*members, thread, *posts])
    found = aiming.answered(conn, 1)
    assert found is None or found.author == said[int(found.remote)][0]
    return found.remote if found else None


@pytest.mark.parametrize(
    ("said", "kind", "aim"),
    [
        ([("ann", "")], "topic", "0"),
        ([("ann", ""), ("bob", "")], "topic", "0"),
        ([("ann", ""), ("bob", ""), ("ann", "")], "topic", "2"),
        ([("ann", ""), ("us", ""), ("bob", "@")], "topic", "2"),
        ([("ann", ""), ("us", ""), ("bob", "@"), ("us", "")], "topic", "2"),
        ([("ann", ""), ("bob", "")], "direct", "1"),
        ([("ann", ""), ("us", "")], "direct", "0"),
        ([("ann", ""), ("robot", "@")], "direct", "0"),
        ([("ann", ""), ("ann", "held"), ("ann", "hidden")], "direct", "0"),
        ([("ann", "held")], "direct", None),
        ([("bob", "")], "topic", None),
        ([("us", ""), ("bob", "")], "topic", None),
    ],
)
def test_whom_a_reply_is_for(conn: Connection, said: list[tuple[str, str]], kind: str, aim: str | None) -> None:
    assert talk(conn, *said, kind=kind) == aim


def test_of_two_at_once_the_later_saved_is_answered_and_nobody_without_a_thread(conn: Connection) -> None:
    talk(conn, ("ann", ""))
    ingest.save(conn, 1, COMMUNITY, START, [Post("1", "t", "ann", Instant(START), Untrusted("and this"))])
    newest = conn.execute("SELECT remote FROM post ORDER BY created_at DESC, id DESC LIMIT 1").fetchone()[0]
    found = aiming.answered(conn, 1)
    assert found is not None and found.remote == newest
    assert aiming.answered(conn, 99) is None


async def test_the_platform_is_told_which_post_is_answered(tmp_path: Path) -> None:
    lab = make_lab(tmp_path)
    thread = await lab.bench.add_thread(2)
    last = await lab.bench.add_post(thread, "the newest words")
    console = lab.console()
    try:
        await console.sync()
        (row,) = await console.inbox.page(View.NEEDS_REPLY)
        card = await console.inbox.thread(row.id)
        assert card is not None and card.to is not None and (card.to.author, card.reply_to) == ("ann", last)
        await console.inbox.reply(row.id, "To the newest.")
        await console.inbox.reply(row.id, "To the first.", reply_to="p1")
        lab.clock.advance(60)
        await console.deliver()
        ours = [post for post in (await lab.bench.truth()).values() if isinstance(post, Post) and post.author == "team"]
        assert {(str(post.text), post.reply_to) for post in ours} == {("To the newest.", last), ("To the first.", "p1")}
    finally:
        await lab.close()
