"""Whatever text a source delivers, in whatever field, it is kept: repaired where SQLite could not hold it."""

from __future__ import annotations

import asyncio
from dataclasses import fields, replace
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cm_console.model.action import Action, Verb
from cm_console.model.outbox import State
from cm_console.model.records import (
    Activity,
    Kind,
    Member,
    Post,
    Record,
    Ref,
    Report,
    Scheduled,
    Thread,
    ref_of,
)
from cm_console.model.source import Feed, Identity
from cm_console.model.text import Untrusted
from cm_console.model.time import Instant
from cm_console.sources.memory import PLATFORMS, MemorySettings, MemorySource, Platform
from cm_console.store import ingest, outbox, schema, sources
from cm_console.store.batch import Community
from cm_console.store.sound import sound, sound_records
from cm_console.store.sqlite import Connection, connect
from cm_console.testing import START, FakeClock

COMMUNITY = Community(ZoneInfo("UTC"), muted=frozenset({"off-topic"}))
NOW = Instant(START)
ANY = st.text(st.characters(codec=None), max_size=6) | st.sampled_from(
    ["\ud800", "a\udfffb", "\x00", "a\x00b", "ü\udc80"]
)


def world(texts: tuple[str, ...]) -> list[Record]:
    """One record of each kind whose every text is one of these."""
    a, b, c, d, e, f = texts
    return [
        Member(a, Untrusted(b), Untrusted(c), NOW, url=d),
        Member(f"{a}2", Untrusted(c), Untrusted(b), NOW, url=e),
        Thread(b, Untrusted(c), a, NOW, place=Untrusted(d), url=e, solved_by=f, assigned_to=a, version=b),
        Post(c, b, a, NOW, Untrusted(d), reply_to=e, url=f, version=a),
        Post(f"{c}2", b, f"{f}3", NOW, Untrusted(e), reply_to=c, url=f, version=a),
        Report(d, Ref(Kind.POST, c), f"{a}2", e, NOW, Untrusted(f), choices=(a, b), version=c),
        Report(f"{d}2", Ref(Kind.MEMBER, a), e, f, NOW, Untrusted(f), version=c),
        Activity(e, "reaction", NOW, a, c),
        Scheduled(f, Untrusted(a), Untrusted(b), Instant(NOW + 1), url=c),
    ]


def opened() -> Connection:
    conn = connect(Path(":memory:"))
    schema.migrate(conn)
    sources.ensure(conn, "forum", "memory")
    ingest.settle_config(conn, COMMUNITY, NOW)
    return conn


async def pull(conn: Connection) -> int:
    """Everything the platform has, through the source, into the store; how many records were new or different."""
    source, changed = MemorySource(MemorySettings("texts"), FakeClock()), 0
    for feed in Feed:
        pages = [page async for page in source.pull(feed, None)]
        if pages:
            changed += ingest.save_pages(conn, 1, feed, COMMUNITY, pages, NOW).changed
    return changed


def counts(conn: Connection) -> list[int]:
    tables = ("thread", "post", "report", "activity", "scheduled")
    return [conn.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in tables]


@settings(max_examples=150)
@given(texts=st.tuples(*[ANY] * 6))
def test_every_text_of_every_record_is_kept(texts: tuple[str, ...]) -> None:
    platform = PLATFORMS["texts"] = Platform("texts", clock=FakeClock())
    for record in world(texts):
        platform.restore(record)
    conn = opened()
    asyncio.run(pull(conn))
    assert counts(conn) == [1, 2, 2, 1, 1]
    members = {remote for (remote,) in conn.execute("SELECT remote FROM member")}
    assert len(members) == len({texts[0], f"{texts[0]}2", f"{texts[5]}3", texts[4]})
    assert conn.execute("SELECT count(*) FROM post JOIN member m ON m.id = author_id").fetchone() == (2,)
    assert conn.execute("SELECT count(*) FROM report JOIN member m ON m.id = reporter_id").fetchone() == (2,)
    assert asyncio.run(pull(conn)) == 0, "what is there already is recognised"
    for ref in [ref_of(record) for record in world(texts)]:
        platform.erase(ref)
    asyncio.run(pull(conn))
    assert conn.execute("SELECT count(*) FROM thread WHERE deleted = 0").fetchone() == (0,)
    assert conn.execute("SELECT count(*) FROM post WHERE state < 3").fetchone() == (0,)
    conn.close()


@given(text=ANY)
def test_sound_text_is_stored_as_it_is(text: str) -> None:
    kept = sound(text)
    assert kept.encode().decode() == kept and sound(kept) == kept
    assert kept == text or any("\ud800" <= char <= "\udfff" for char in text)


@pytest.mark.parametrize("record", world(("a", "b", "c", "d", "e", "f")), ids=lambda record: type(record).__name__)
def test_sound_records_are_not_made_anew(record: Record) -> None:
    kind: Any = type(record)
    assert sound_records(kind, {record.id: record})[record.id] is record
    names = [field.name for field in fields(record) if type(getattr(record, field.name)) is str]
    plain: Any = record
    for name in names:
        strange: Any = replace(plain, **{name: "ü\udc80"})
        if strange in sound_records(kind, {strange.id: strange}).values():
            assert name in ("url", "kind"), "these are cleaned on their way"


def test_who_we_are_and_what_came_of_an_action_are_kept() -> None:
    conn = opened()
    sources.save_identity(conn, 1, Identity("me\udc80", "forum\udc80", missing={"reply": "\udc80"}))
    assert conn.execute("SELECT me FROM source").fetchone() == ("me\\udc80",)
    assert "may not reply" in sources.why_not(conn, "forum", "reply")
    outbox.enqueue(conn, outbox.Queued(Action("a", Verb.REPLY, text="\udc80"), "forum", "mo", "j", 0), NOW)
    claimed = outbox.claim(conn, "forum", State.QUEUED, owner="o", token="t", now=NOW)
    assert claimed is not None
    outbox.settle(conn, claimed, State.SENT, now=NOW, remote_id="p\udc80")
    assert [row.remote_id for row in outbox.page(conn, live=False, limit=9)] == ["p\\udc80"]
    conn.close()
