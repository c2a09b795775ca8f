"""Writing to one member on Matrix: one room for it, nobody else in it, every step repeatable, the answer comes back."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from cm_console.config import Config, Home, SourceConfig
from cm_console.console import Console
from cm_console.model.action import Action, Verb
from cm_console.model.errors import Gone, Refused, Throttled, Unreachable
from cm_console.model.inbox import View
from cm_console.model.messaging import subject_of
from cm_console.model.outbox import State
from cm_console.model.records import Kind, Post, Ref, Thread, ThreadKind
from cm_console.model.source import Cursor, Feed
from cm_console.model.time import HOUR, Instant
from cm_console.sources.matrix import Matrix
from tests.servers.matrix import KEY
from tests.servers.matrix_bench import MatrixBench
from tests.worlds import queue

BENCH = MatrixBench


async def to_ann(bench: MatrixBench) -> Action:
    """A message to Ann."""
    return await bench.action(Verb.MESSAGE, target=Ref(Kind.MEMBER, bench.ann))


def rooms(bench: MatrixBench) -> list[str]:
    """Rooms we are in that are not the community's."""
    return [room for room in bench.site.joined(bench.me) if room != bench.room]


def talk(bench: MatrixBench, *others: str, listed: bool = True, **more: Any) -> str:
    """A private talk that another client of ours made."""
    room = bench.site.room(bench.me, more=more)
    for user in others:
        bench.site.join(room, user)
    if listed:
        bench.site.direct.setdefault(others[0], []).append(room)
    return room


def seal(bench: MatrixBench, room: str) -> None:
    bench.site.add(room, "m.room.encryption", bench.me, {"algorithm": "m.megolm.v1.aes-sha2"}, state_key="")


async def threads(source: Matrix, cursor: Cursor | None = None) -> tuple[dict[str, Thread], Cursor | None]:
    found: dict[str, Thread] = {}
    async for page in source.pull(Feed.THREADS, cursor):
        found |= {record.id: record for record in page.records if isinstance(record, Thread)}
        cursor = page.cursor
    return found, cursor


async def test_a_room_is_made_and_used_again(bench: MatrixBench, source: Matrix) -> None:
    bench.site.direct = {bench.bob: ["!elsewhere"]}
    action = await to_ann(bench)
    receipt = await source.push(action)
    [room] = rooms(bench)
    invited = bench.site.state[room]["m.room.member", bench.ann].content
    assert (invited["membership"], invited["is_direct"]) == ("invite", True)
    assert bench.site.direct == {bench.bob: ["!elsewhere"], bench.ann: [room]}
    assert await bench.told(bench.ann) == [f"{action.title}\n\n{action.text}"]
    thread, post = receipt.records
    assert isinstance(thread, Thread) and isinstance(post, Post)
    assert (thread.id, thread.kind, thread.title) == (room, ThreadKind.DIRECT, "ann:cm.test")
    assert (post.id, post.thread, post.author) == (receipt.remote_id, room, bench.me)
    bench.site.join(room, bench.ann)
    anew = bench.source()
    await anew.push(await to_ann(bench))
    await anew.close()
    assert rooms(bench) == [room] and len(await bench.told(bench.ann)) == 2
    assert len(bench.asked("POST", "/createRoom")) == len(bench.asked("PUT", "/account_data/")) == 1


async def test_a_subject_that_only_repeats_the_first_words_is_left_out(bench: MatrixBench, source: Matrix) -> None:
    for text in ("**Hello** Ann,\nhow are you?", "One long line that says more than any subject would hold, " * 3):
        await source.push(replace(await to_ann(bench), text=text, title=subject_of(text)))
        assert (await bench.told(bench.ann))[-1] == text


async def test_a_talk_that_is_there_is_used(bench: MatrixBench, source: Matrix) -> None:
    room = talk(bench, bench.ann)
    receipt = await source.push(await to_ann(bench))
    assert receipt.remote_id.startswith(f"{room}/") and rooms(bench) == [room]
    assert [seen.method for seen in bench.server.seen if seen.write] == ["PUT"], "nothing but the message is written"


async def test_only_where_nobody_else_reads_it(bench: MatrixBench, source: Matrix) -> None:
    crowd, left = talk(bench, bench.ann, bench.bob), talk(bench, bench.ann)
    bench.site.member(left, bench.ann, "leave", bench.ann)
    receipt = await source.push(await to_ann(bench))
    assert not receipt.remote_id.startswith((f"{crowd}/", f"{left}/")) and len(rooms(bench)) == 3
    mine = receipt.remote_id.partition("/")[0]
    bench.site.join(mine, bench.ann)
    bench.site.join(mine, bench.bob)
    second = await source.push(await to_ann(bench))
    assert not second.remote_id.startswith(f"{mine}/"), "somebody else came in meanwhile"


async def test_who_left_the_talk_is_asked_into_it_again(bench: MatrixBench, source: Matrix) -> None:
    first = await source.push(await to_ann(bench))
    room = first.remote_id.partition("/")[0]
    bench.site.member(room, bench.ann, "leave", bench.ann)
    bench.server.blocking.add(bench.ann)
    with pytest.raises(Refused, match="cannot be invited"):
        await source.push(await to_ann(bench))
    assert rooms(bench) == [room], "what was said there stays readable"
    bench.server.blocking.clear()
    bench.site.accounts[bench.ann].deactivated = True
    with pytest.raises(Gone):
        await source.push(await to_ann(bench))
    bench.site.accounts[bench.ann].deactivated = False
    await source.push(await to_ann(bench))
    assert rooms(bench) == [room] and bench.site.stands(room, bench.ann) == "invite"


async def test_nothing_leaves_in_the_clear_into_an_encrypted_talk(bench: MatrixBench, source: Matrix) -> None:
    room = talk(bench, bench.ann)
    seal(bench, room)
    with pytest.raises(Refused, match=r"with @ann:cm\.test is encrypted: write there in a Matrix client") as caught:
        await source.push(await to_ann(bench))
    assert caught.value.landed is False and not any(seen.write for seen in bench.server.seen)


async def test_where_every_talk_is_encrypted_nobody_is_asked_in(bench: MatrixBench, source: Matrix) -> None:
    bench.server.encrypts = True
    with pytest.raises(Refused, match="encrypts every private talk"):
        await source.push(await to_ann(bench))
    assert not bench.asked("PUT") and rooms(bench) == []


async def test_whoever_is_no_administrator_can_write_too(bench: MatrixBench, source: Matrix) -> None:
    bench.site.accounts[bench.me].admin = False
    assert Verb.MESSAGE in (await source.check()).verbs
    assert (await source.push(await to_ann(bench))).remote_id
    bench.server.synapse = False
    bob = await bench.action(Verb.MESSAGE, target=Ref(Kind.MEMBER, bench.bob))
    assert (await source.push(bob)).remote_id and await bench.told(bench.bob)


async def test_who_takes_no_invitation_is_told_of(bench: MatrixBench, source: Matrix) -> None:
    bench.server.blocking.add(bench.ann)
    with pytest.raises(Refused, match=r"@ann:cm\.test cannot be invited to a private talk: .* has blocked invites"):
        await source.push(await to_ann(bench))
    assert rooms(bench) == [] and bench.site.direct == {}, "the room that was made for it is left"


async def test_who_cannot_be_written_to(bench: MatrixBench, source: Matrix) -> None:
    action = await to_ann(bench)
    with pytest.raises(Refused, match="this account itself"):
        await source.push(replace(action, target=Ref(Kind.MEMBER, bench.me)))
    with pytest.raises(Gone, match=r"no account @ghost:cm\.test any more"):
        await source.push(replace(action, target=Ref(Kind.MEMBER, "@ghost:cm.test")))
    bench.site.accounts[bench.ann].deactivated = True
    with pytest.raises(Gone, match="any more"):
        await source.push(action)
    bench.site.accounts[bench.ann].deactivated = False
    for words, text in (("60,000 are allowed", "ä" * 30_000), ("empty", " ")):
        with pytest.raises(Refused, match=words):
            await source.push(replace(action, title="", text=text))
    with pytest.raises(Refused, match="needs a member"):
        await source.push(replace(action, target=None))
    assert not any(seen.write for seen in bench.server.seen)


@pytest.mark.parametrize("kind", ["lose", "fail_before", "fail_after"])
@pytest.mark.parametrize("step", ["/createRoom", "/state/m.room.member/", "/account_data/", "/send/"])
async def test_every_step_can_break_off_and_is_not_done_twice(
    bench: MatrixBench, source: Matrix, step: str, kind: str
) -> None:
    action = await to_ann(bench)
    bench.server.plan(kind, lambda seen: seen.write and step in seen.path)
    with pytest.raises(Unreachable) as caught:
        await source.push(action)
    assert caught.value.landed is None
    anew = bench.source()
    receipt = await anew.push(action)
    found = await anew.find(action)
    await anew.close()
    assert found is not None and found.remote_id == receipt.remote_id
    assert len(await bench.told(bench.ann)) == 1 and len(rooms(bench)) == 1
    invitations = [e for e in bench.site.events if e.state_key == bench.ann and e.content.get("is_direct")]
    assert len(invitations) == 1 and bench.site.direct == {bench.ann: rooms(bench)}


async def test_a_room_that_comes_late_stays_empty_and_nobody_sees_it(bench: MatrixBench, source: Matrix) -> None:
    action = await to_ann(bench)
    bench.server.plan("late", lambda seen: seen.path.endswith("/createRoom"))
    with pytest.raises(Unreachable):
        await source.push(action)
    await source.push(action)
    await bench.quiet()
    asked = [room for room in rooms(bench) if bench.site.stands(room, bench.ann) == "invite"]
    assert len(rooms(bench)) == 2 and len(asked) == 1 and len(await bench.told(bench.ann)) == 1


async def test_too_many_rooms_at_once_wait(bench: MatrixBench, source: Matrix) -> None:
    until = Instant(bench.clock.now() + 60_000)
    bench.server.plan("throttle", lambda seen: seen.path.endswith("/createRoom"), until=until)
    with pytest.raises(Throttled) as caught:
        await source.push(await to_ann(bench))
    assert caught.value.landed is False and rooms(bench) == []


async def test_it_is_found_when_the_server_has_forgotten_the_transaction(bench: MatrixBench, source: Matrix) -> None:
    first, action = await source.push(await to_ann(bench)), await to_ann(bench)
    await bench.lose_next_answer()
    with pytest.raises(Unreachable):
        await source.push(action)
    bench.clock.advance(HOUR / 1000)
    found = await source.find(action)
    assert found is not None and found.remote_id != first.remote_id
    for other in (
        replace(action, target=Ref(Kind.MEMBER, bench.bob)),
        replace(action, id="another"),
        replace(action, taken=frozenset({found.remote_id})),
        replace(action, tried_at=None),
    ):
        assert await source.find(other) is None


async def test_talks_we_made_are_read_though_only_some_rooms_are_wanted(bench: MatrixBench) -> None:
    other = talk(bench, bench.ann)
    forged = bench.site.room(bench.bob, more={"dev.cm_console.with": bench.bob})
    for user in (bench.me, bench.ann):
        bench.site.join(forged, user)
    source = bench.source(rooms=bench.room)
    _, cursor = await threads(source)
    receipt = await source.push(await to_ann(bench))
    room = receipt.remote_id.partition("/")[0]
    assert room not in (other, forged), "a talk that this source does not read"
    found, cursor = await threads(source, cursor)
    assert set(found) == {room}
    await source.close()
    bench.site.join(room, bench.ann)
    for place in (room, other, forged):
        bench.site.say(place, bench.ann, "Thank you!")
    anew = bench.source(rooms=bench.room)
    found, cursor = await threads(anew, cursor)
    assert set(found) == {room}
    await anew.close()
    first = bench.source(rooms=bench.room)
    before = bench.requests
    assert (await threads(first, cursor))[0] == {} and bench.requests - before == 2, "who we are, and nothing new"
    everything, _ = await threads(first)
    await first.close()
    assert {id for id in everything if "/" not in id} == {room}


async def test_who_comes_into_a_room_that_is_not_wanted_is_no_member(bench: MatrixBench) -> None:
    other = bench.site.room(bench.me, "Private matters")
    source, cursor = bench.source(rooms=bench.room), None
    for name, room, seen in (("dora", other, set[str]()), ("emil", bench.room, {"@emil:cm.test"})):
        async for page in source.pull(Feed.MEMBERS, cursor):
            cursor = page.cursor
        bench.site.join(room, bench.site.account(name))
        pages = [page async for page in source.pull(Feed.MEMBERS, cursor)]
        assert {record.id for page in pages for record in page.records} == seen
    await source.close()


async def test_the_members_answer_needs_a_reply(
    bench: MatrixBench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MATRIX_KEY", KEY)
    home = Home(tmp_path)
    settings = {"url": bench.server.url, "token": "env:MATRIX_KEY", "rooms": bench.room}
    sources = (SourceConfig("forum", "matrix", settings),)
    config = Config(home.config, "Bikes", ZoneInfo("UTC"), me="mo", undo_seconds=0, sources=sources)
    console = Console.open(config, home, clock=bench.clock)
    try:
        await console.sync()
        await queue(console, await to_ann(bench))
        await console.deliver()
        assert [row.state for row in await console.outbox.page(limit=10)] == [State.SENT]
        await console.sync()
        assert await console.inbox.page(View.NEEDS_REPLY) == []
        [mine] = await console.inbox.page(View.ALL)
        bench.clock.advance(60)
        [room] = rooms(bench)
        bench.site.join(room, bench.ann)
        bench.site.say(room, bench.ann, "Thank you for writing. How do I change it?")
        await console.sync()
        [waiting] = await console.inbox.page(View.NEEDS_REPLY)
        assert waiting.id == mine.id
    finally:
        await console.stop()
