"""The Matrix source against a real Synapse: pulls, each verb and its effect read back, lost answers, the round trip."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote
from uuid import uuid4
from zoneinfo import ZoneInfo

import httpx
import pytest

from cm_console.config import Config, Home, SourceConfig
from cm_console.console import Console
from cm_console.model.action import Action, Verb
from cm_console.model.errors import Conflict, Gone, Refused, Throttled, Unauthorized, Unreachable
from cm_console.model.inbox import View
from cm_console.model.moderation import CaseView
from cm_console.model.outbox import State
from cm_console.model.records import Activity, Kind, Member, Post, Record, Ref, Report, Scheduled, Thread, ThreadKind
from cm_console.model.settings import Secret
from cm_console.model.source import Cursor, Feed
from cm_console.model.time import HOUR, MINUTE, Instant, SystemClock
from cm_console.sources.matrix import Matrix, MatrixSettings
from tests.live.clock import Ahead, settled
from tests.live.conftest import Live
from tests.live.fault_proxy import FaultProxy
from tests.live.synapse import CLIENT, Synapse, in_room

ANN, BOB, CLEO = "@ann:cm.test", "@bob:cm.test", "@cleo:cm.test"
DELAYED = "/_matrix/client/unstable/org.matrix.msc4140/delayed_events"


@pytest.fixture(scope="session")
def synapse(live: Live) -> Synapse:
    return live.get("synapse", Synapse)


@dataclass
class Place:
    """A fresh room with everybody in it, and the source that sees it."""

    server: Synapse
    room: str
    source: Matrix
    proxy: FaultProxy

    def action(self, verb: Verb, target: Ref | None = None, **more: object) -> Action:
        return Action(uuid4().hex, verb, target, tried_at=SystemClock().now(), **more)  # type: ignore[arg-type]  # kwargs

    def post(self, event: str) -> Ref:
        return Ref(Kind.POST, f"{self.room}/{event}")

    def thread(self, event: str) -> Ref:
        return Ref(Kind.THREAD, f"{self.room}/{event}")


@asynccontextmanager
async def opened(synapse: Synapse, room: str, *, user: str = "mod") -> AsyncIterator[Place]:
    async with FaultProxy(synapse.port) as proxy:
        settings = MatrixSettings(proxy.url, Secret(synapse.tokens[user]), room, 0)
        source = Matrix(settings, SystemClock())
        yield Place(synapse, room, source, proxy)
        await source.close()


@pytest.fixture
async def place(synapse: Synapse) -> AsyncIterator[Place]:
    async with opened(synapse, synapse.room(f"Room {uuid4().hex[:8]}", "ann", "bob", "cleo")) as made:
        yield made


@dataclass
class Pulled:
    """What a pull brought."""

    records: dict[Ref, Record]
    gone: set[Ref]
    cursor: Cursor
    notes: list[str]

    def texts(self) -> set[str]:
        return {str(record.text) for record in self.records.values() if isinstance(record, Post)}

    def titles(self) -> set[str]:
        return {str(record.title) for record in self.records.values() if isinstance(record, Thread)}


async def pull(source: Matrix, feed: Feed, cursor: Cursor | None = None) -> Pulled:
    from cm_console.model.records import ref_of

    made = Pulled({}, set(), cursor or Cursor(""), [])
    async for page in source.pull(feed, cursor):
        made.records |= {ref_of(record): record for record in page.records}
        made.gone |= set(page.gone)
        made.cursor = page.cursor
        made.notes += [page.note] if page.note else []
    return made


async def test_check_tells_what_an_administrator_may(place: Place) -> None:
    me = await place.source.check()
    assert (me.member, me.version) == ("@mod:cm.test", "Synapse 1.163.2")
    assert me.feeds == Matrix.feeds and me.verbs == set(Matrix.verbs) and not me.missing
    assert me.server_time is not None and abs(me.server_time - SystemClock().now()) < MINUTE


async def test_check_tells_what_a_member_may_not(synapse: Synapse, place: Place) -> None:
    async with opened(synapse, place.room, user="ann") as ann:
        me = await ann.source.check()
        assert me.verbs == {Verb.REPLY, Verb.PUBLISH, Verb.MESSAGE, Verb.EDIT, Verb.SCHEDULE, Verb.UNSCHEDULE}
        assert "moderator" in me.missing[Verb.REMOVE] and "administrator" in me.missing[Feed.REPORTS]
        assert not (await pull(ann.source, Feed.REPORTS)).records


async def test_a_worthless_token(synapse: Synapse) -> None:
    source = Matrix(MatrixSettings(synapse.url, Secret("syt_nothing"), "", 0), SystemClock())
    with pytest.raises(Unauthorized):
        await source.check()
    await source.close()


async def test_a_full_pull_and_what_is_new_since(place: Place) -> None:
    server, room = place.server, place.room
    asked = server.say("ann", room, "How do I reset?")
    answer = server.say("bob", room, "Press the button", to=asked)
    server.say("ann", room, "Which one?", to=answer)
    server.say("cleo", room, "The red one", thread=asked)
    server.say("ann", room, "How do I reset 2FA?", edits=asked)
    react = {"m.relates_to": {"rel_type": "m.annotation", "event_id": answer, "key": "+1"}}
    server.call("ann", "PUT", f"{in_room(room)}/send/m.reaction/{uuid4().hex}", react)
    spam = server.say("bob", room, "Buy followers")
    server.redact("mod", room, spam)
    for number in range(205):
        server.say("cleo", room, f"Line {number}", thread=asked)
    first = await pull(place.source, Feed.THREADS)
    posts = [record for record in first.records.values() if isinstance(record, Post)]
    assert {post.thread for post in posts} == {f"{room}/{asked}"} and len(posts) == 209
    assert first.titles() == {"How do I reset 2FA?"}
    assert [a.post for a in first.records.values() if isinstance(a, Activity)] == [f"{room}/{answer}"]
    assert "Buy followers" not in first.texts()

    late = server.say("ann", room, "One more thing", to=answer)
    server.say("bob", room, "Press the red button", edits=answer)
    server.redact("mod", room, server.say("bob", room, "More spam"))
    server.redact("ann", room, late)
    new = server.say("cleo", room, "Something else")
    second = await pull(place.source, Feed.THREADS, first.cursor)
    assert second.texts() - first.texts() == {"Press the red button", "Something else"}
    assert Ref(Kind.POST, f"{room}/{late}") in second.gone
    assert second.titles() - first.titles() == {"Something else"} and place.thread(new) in second.records
    third = await pull(place.source, Feed.THREADS, second.cursor)
    assert not third.records and not third.gone


async def test_a_gap_is_filled(place: Place) -> None:
    server, room = place.server, place.room
    old = server.say("ann", room, "Before")
    first = await pull(place.source, Feed.THREADS)
    for number in range(130):
        server.say("cleo", room, f"Line {number}", to=old if number % 2 else "")
    server.redact("mod", room, old)
    second = await pull(place.source, Feed.THREADS, first.cursor)
    assert {f"Line {number}" for number in range(130)} <= second.texts() and "Before" not in second.texts()
    assert place.post(old) in second.gone
    thread = second.records[place.thread(old)]
    assert isinstance(thread, Thread) and thread.closed, "answered, so it stays without its beginning"


async def test_a_room_joined_later_comes_with_its_past(synapse: Synapse) -> None:
    async with opened(synapse, "") as here:
        first = await pull(here.source, Feed.THREADS)
        room = synapse.room(f"Later {uuid4().hex[:8]}", "bob", creator="ann")
        synapse.say("ann", room, f"Said before you came to {room}")
        synapse.call("mod", "POST", f"{in_room(room)}/join", {})
        second = await pull(here.source, Feed.THREADS, first.cursor)
        assert f"Said before you came to {room}" in second.texts()


async def test_a_private_talk_is_one_thread_and_makes_nobody_staff(synapse: Synapse) -> None:
    body = {"preset": "trusted_private_chat", "is_direct": True, "invite": ["@mod:cm.test"]}
    room = str(synapse.call("cleo", "POST", f"{CLIENT}/createRoom", body)["room_id"])
    synapse.call("mod", "POST", f"{in_room(room)}/join", {})
    synapse.say("cleo", room, "Hello")
    synapse.say("cleo", room, "I cannot log in")
    async with opened(synapse, room) as here:
        found = await pull(here.source, Feed.THREADS)
        talk = found.records[Ref(Kind.THREAD, room)]
        assert isinstance(talk, Thread) and talk.kind is ThreadKind.DIRECT and talk.author == CLEO
        assert found.texts() == {"Hello", "I cannot log in"}
        await here.source.push(here.action(Verb.REPLY, Ref(Kind.THREAD, room), text="Let me look"))
        assert synapse.said(room)[-1] == "Let me look"
        members = await pull(here.source, Feed.MEMBERS)
        assert {m.id: m.staff for m in members.records.values() if isinstance(m, Member)}[CLEO] is False


async def test_an_encrypted_room_is_unreadable_and_nothing_leaks_into_it(synapse: Synapse) -> None:
    room = synapse.room(f"Sealed {uuid4().hex[:8]}", "ann")
    sealed = {"algorithm": "m.megolm.v1.aes-sha2"}
    synapse.call("mod", "PUT", f"{in_room(room)}/state/m.room.encryption/", sealed)
    body = {**sealed, "ciphertext": "AwgA", "device_id": "X", "sender_key": "k", "session_id": "s"}
    event = synapse.call("ann", "PUT", f"{in_room(room)}/send/m.room.encrypted/{uuid4().hex}", body)["event_id"]
    async with opened(synapse, room) as here:
        found = await pull(here.source, Feed.THREADS)
        assert found.texts() == {"(an encrypted message: read it in a Matrix client)"}
        assert any("encrypted" in note for note in found.notes)
        with pytest.raises(Refused, match="encrypted"):
            await here.source.push(here.action(Verb.REPLY, here.thread(event), text="in the clear"))
    assert synapse.said(room) == []


async def test_members_with_the_creator_as_staff_and_who_comes_later(place: Place) -> None:
    """Version 12: the creator stands in no list of power."""
    first = await pull(place.source, Feed.MEMBERS)
    staff = {m.id: m.staff for m in first.records.values() if isinstance(m, Member)}
    assert staff == {"@mod:cm.test": True, ANN: False, BOB: False, CLEO: False}
    name = f"dora{uuid4().hex[:6]}"
    place.server.register(name)
    place.server.call(name, "POST", f"{in_room(place.room)}/join", {})
    body = {"membership": "join", "displayname": "Annie"}
    place.server.call("ann", "PUT", f"{in_room(place.room)}/state/m.room.member/{quote(ANN, safe='')}", body)
    second = await pull(place.source, Feed.MEMBERS, first.cursor)
    found = {m.id: m for m in second.records.values() if isinstance(m, Member)}
    assert set(found) == {f"@{name}:cm.test", ANN} and found[ANN].name == "Annie"
    was = first.records[Ref(Kind.MEMBER, ANN)]
    assert isinstance(was, Member) and found[ANN].joined_at == was.joined_at, "a new name is no joining"
    joined_at = found[f"@{name}:cm.test"].joined_at
    assert joined_at is not None and abs(joined_at - SystemClock().now()) < MINUTE
    assert not (await pull(place.source, Feed.MEMBERS, second.cursor)).records


async def test_who_has_another_name_since_came_when_they_came(place: Place) -> None:
    before = (await pull(place.source, Feed.MEMBERS)).records[Ref(Kind.MEMBER, BOB)]
    for name in ("Bobby", "Robert"):
        body = {"membership": "join", "displayname": name}
        place.server.call("bob", "PUT", f"{in_room(place.room)}/state/m.room.member/{quote(BOB, safe='')}", body)
    after = (await pull(place.source, Feed.MEMBERS)).records[Ref(Kind.MEMBER, BOB)]
    assert isinstance(before, Member) and isinstance(after, Member)
    assert after.name == "Robert" and after.joined_at == before.joined_at is not None


async def test_reply_publish_and_edit(place: Place) -> None:
    server, room = place.server, place.room
    asked = server.say("ann", room, "How?")
    receipt = await place.source.push(place.action(Verb.REPLY, place.thread(asked), text="Like this, @bob:cm.test."))
    assert server.said(room) == ["How?", "Like this, @bob:cm.test."]
    event = server.call("ann", "GET", f"{in_room(room)}/event/{quote(receipt.remote_id.partition('/')[2], safe='')}")
    assert event["content"]["m.relates_to"] == {"m.in_reply_to": {"event_id": asked}}
    assert event["content"]["m.mentions"] == {"user_ids": [ANN, BOB]}
    reply = {record.id: record for record in receipt.records if isinstance(record, Post)}[receipt.remote_id]
    assert (reply.thread, reply.created_at) == (f"{room}/{asked}", event["origin_server_ts"])

    inside = server.say("cleo", room, "In a thread", thread=asked)
    receipt = await place.source.push(place.action(Verb.REPLY, place.thread(asked), text="Then here too"))
    event = server.call("ann", "GET", f"{in_room(room)}/event/{quote(receipt.remote_id.partition('/')[2], safe='')}")
    assert event["content"]["m.relates_to"]["rel_type"] == "m.thread", inside

    title = f"News {uuid4().hex[:6]}"
    receipt = await place.source.push(place.action(Verb.PUBLISH, title=title, text="We meet.", place=room))
    assert server.said(room)[-1] == f"{title}\n\nWe meet."
    [thread] = [record for record in receipt.records if isinstance(record, Thread)]
    assert thread.title == title

    edit = place.action(Verb.EDIT, Ref(Kind.POST, receipt.remote_id), text="We meet at eight.")
    receipt = await place.source.push(edit)
    assert [r.text for r in receipt.records if isinstance(r, Post)] == ["We meet at eight."]
    again = await place.source.push(edit)
    assert again.remote_id == receipt.remote_id
    shown = server.call("ann", "GET", f"{in_room(room)}/event/{quote(receipt.remote_id.partition('/')[2], safe='')}")
    assert shown["unsigned"]["m.relations"]["m.replace"]["content"]["m.new_content"]["body"] == "We meet at eight."


async def test_a_lost_answer_is_found_and_a_repeat_dropped(place: Place) -> None:
    server, room = place.server, place.room
    asked = server.say("ann", room, "How?")
    action = place.action(Verb.REPLY, place.thread(asked), text="Once and only once")
    order = place.proxy.lose_answer(rb"PUT \S*/send/m\.room\.message/")
    with pytest.raises(Unreachable) as caught:
        await place.source.push(action)
    assert order.done and caught.value.landed is None
    found = await place.source.find(action)
    assert found is not None
    repeat = await place.source.push(action)
    assert repeat.remote_id == found.remote_id
    assert server.said(room).count("Once and only once") == 1

    cut = place.proxy.cut_before(rb"Never arrived")
    action = place.action(Verb.REPLY, place.thread(asked), text="Never arrived at first")
    with pytest.raises(Unreachable):
        await place.source.push(action)
    assert cut.done and await place.source.find(action) is None
    await place.source.push(action)
    assert server.said(room).count("Never arrived at first") == 1


async def test_remove(place: Place) -> None:
    spam = place.server.say("bob", place.room, "Buy followers")
    await place.source.push(place.action(Verb.REMOVE, place.post(spam), seen=spam, reason="spam"))
    event = place.server.call("ann", "GET", f"{in_room(place.room)}/event/{quote(spam, safe='')}")
    assert event["content"] == {} and event["unsigned"]["redacted_because"]["content"]["reason"] == "spam"
    await place.source.push(place.action(Verb.REMOVE, place.post(spam), seen=spam))

    fine = place.server.say("bob", place.room, "Buy followers")
    place.server.say("bob", place.room, "Sorry, wrong room", edits=fine)
    with pytest.raises(Conflict) as caught:
        await place.source.push(place.action(Verb.REMOVE, place.post(fine), seen=fine))
    assert caught.value.current == "Sorry, wrong room" and "Buy followers" in place.server.said(place.room)


async def test_without_power_it_is_refused_in_words(synapse: Synapse, place: Place) -> None:
    said = synapse.say("bob", place.room, "Something")
    async with opened(synapse, place.room, user="ann") as ann:
        with pytest.raises(Refused, match="power level 50"):
            await ann.source.push(ann.action(Verb.REMOVE, ann.post(said)))
        with pytest.raises(Refused, match="power level 50"):
            await ann.source.push(ann.action(Verb.BAN, Ref(Kind.MEMBER, BOB)))
        with pytest.raises(Unauthorized):
            await ann.source.push(ann.action(Verb.SILENCE, Ref(Kind.MEMBER, BOB)))
    assert synapse.stands(place.room, BOB) == "join"


async def test_kick_ban_and_unban(place: Place) -> None:
    member = Ref(Kind.MEMBER, BOB)
    for verb, stands in ((Verb.KICK, "leave"), (Verb.BAN, "ban"), (Verb.UNBAN, "leave")):
        for _ in range(2):
            await place.source.push(place.action(verb, member, reason="rule 3", thread=f"{place.room}/$x"))
            assert place.server.stands(place.room, BOB) == stands
    order = place.proxy.lose_answer(rb"POST \S*/ban")
    action = place.action(Verb.BAN, member)
    with pytest.raises(Unreachable) as caught:
        await place.source.push(action)
    assert order.done and caught.value.landed is None
    await place.source.push(action)
    assert place.server.stands(place.room, BOB) == "ban"


async def test_suspend_and_back(place: Place) -> None:
    name = f"eve{uuid4().hex[:6]}"
    user = Ref(Kind.MEMBER, place.server.register(name))
    place.server.call(name, "POST", f"{in_room(place.room)}/join", {})
    for _ in range(2):
        await place.source.push(place.action(Verb.SILENCE, user))
        with pytest.raises(httpx.HTTPStatusError, match="403"):
            place.server.say(name, place.room, "May I?")
    await place.source.push(place.action(Verb.UNSILENCE, user))
    place.server.say(name, place.room, "I may again")


async def test_a_warning_is_a_server_notice_sent_once(place: Place) -> None:
    name = f"finn{uuid4().hex[:6]}"
    user = Ref(Kind.MEMBER, place.server.register(name))
    action = place.action(Verb.WARN, user, reason="Please read rule 3")
    order = place.proxy.lose_answer(rb"PUT \S*/send_server_notice/")
    with pytest.raises(Unreachable):
        await place.source.push(action)
    await place.source.push(action)
    invited = place.server.call(name, "GET", f"{CLIENT}/sync")["rooms"]["invite"]
    [room] = invited
    place.server.call(name, "POST", f"{in_room(room)}/join", {})
    assert order.done and place.server.said(room, name) == ["Please read rule 3"]


async def test_a_message_to_a_member_and_their_answer(place: Place) -> None:
    """One room, though the answer to each step is lost once; the member sees a private talk, and writes back."""
    server, name = place.server, f"gwen{uuid4().hex[:6]}"
    user = Ref(Kind.MEMBER, server.register(name))
    before = await pull(place.source, Feed.THREADS)
    action = place.action(Verb.MESSAGE, user, title="Your question", text="We found out: turn it off and on.")
    steps = (rb"POST \S*/createRoom", rb"PUT \S*/state/m\.room\.member", rb"PUT \S*/account_data/", rb"PUT \S*/send/")
    for step in steps:
        order = place.proxy.lose_answer(step)
        with pytest.raises(Unreachable) as caught:
            await place.source.push(action)
        assert order.done and caught.value.landed is None
    receipt = await place.source.push(action)
    found = await place.source.find(action)
    assert found is not None and found.remote_id == receipt.remote_id
    thread = next(record for record in receipt.records if isinstance(record, Thread))
    assert (thread.kind, thread.author) == (ThreadKind.DIRECT, user.id)

    [room] = server.call(name, "GET", f"{CLIENT}/sync")["rooms"]["invite"]
    server.call(name, "POST", f"{in_room(room)}/join", {})
    told = "Your question\n\nWe found out: turn it off and on."
    assert room == thread.id and server.said(room, name) == [told]
    came = server.call(name, "GET", f"{in_room(room)}/state/m.room.member/{quote(user.id, safe='')}", format="event")
    asked = server.call(name, "GET", f"{in_room(room)}/event/{quote(came['unsigned']['replaces_state'], safe='')}")
    assert asked["content"]["is_direct"] is True
    mine = server.call("mod", "GET", f"{CLIENT}/user/@mod:cm.test/account_data/m.direct")
    assert mine[user.id] == [room]

    server.say(name, room, "Thank you! How do I see that it worked?")
    async with opened(server, place.room) as anew:
        after = await pull(anew.source, Feed.THREADS, before.cursor)
        assert after.texts() == {told, "Thank you! How do I see that it worked?"}
        talk = after.records[Ref(Kind.THREAD, room)]
        assert isinstance(talk, Thread) and talk.kind is ThreadKind.DIRECT
        await anew.source.push(anew.action(Verb.MESSAGE, user, text="The lamp is green then."))
        assert server.said(room, name)[-1] == "The lamp is green then."
        for wrong, words in (
            (Ref(Kind.MEMBER, "@mod:cm.test"), "itself"),
            (Ref(Kind.MEMBER, "@ghost:cm.test"), "no account"),
        ):
            with pytest.raises((Refused, Gone), match=words):
                await anew.source.push(anew.action(Verb.MESSAGE, wrong, text="Hello?"))


@pytest.mark.parametrize("erase", [True, False])
async def test_a_deactivated_account_is_gone(place: Place, erase: bool) -> None:
    user = place.server.register(f"ida{uuid4().hex[:6]}")
    await place.source.push(place.action(Verb.MESSAGE, Ref(Kind.MEMBER, user), text="Hello"))
    place.server.call("mod", "POST", f"/_synapse/admin/v1/deactivate/{quote(user, safe='')}", {"erase": erase})
    with pytest.raises(Gone, match="any more"):
        await place.source.push(place.action(Verb.MESSAGE, Ref(Kind.MEMBER, user), text="Are you there?"))


async def test_nothing_is_written_into_an_encrypted_talk(synapse: Synapse) -> None:
    name = f"hal{uuid4().hex[:6]}"
    user = synapse.register(name)
    sealed = {"type": "m.room.encryption", "state_key": "", "content": {"algorithm": "m.megolm.v1.aes-sha2"}}
    body = {"preset": "trusted_private_chat", "is_direct": True, "invite": [user], "initial_state": [sealed]}
    room = str(synapse.call("mod", "POST", f"{CLIENT}/createRoom", body)["room_id"])
    path = f"{CLIENT}/user/@mod:cm.test/account_data/m.direct"
    synapse.call("mod", "PUT", path, {user: [room]})
    async with opened(synapse, "") as here:
        with pytest.raises(Refused, match="is encrypted: write there in a Matrix client"):
            await here.source.push(here.action(Verb.MESSAGE, Ref(Kind.MEMBER, user), text="in the clear"))
    assert synapse.said(room) == []


async def test_planned_messages(place: Place) -> None:
    at = Instant(SystemClock().now() + HOUR)
    action = place.action(Verb.SCHEDULE, title="Weekly thread", text="What did you do?", place=place.room, at=at)
    order = place.proxy.lose_answer(rb"PUT \S*msc4140\.delay=")
    with pytest.raises(Unreachable):
        await place.source.push(action)
    found = await place.source.find(action)
    assert order.done and found is not None
    pulled = await pull(place.source, Feed.SCHEDULED)
    entry = pulled.records[Ref(Kind.SCHEDULED, found.remote_id)]
    assert isinstance(entry, Scheduled) and entry.title == "Weekly thread" and abs(entry.at - at) < MINUTE
    assert not (await pull(place.source, Feed.SCHEDULED, pulled.cursor)).records
    back = place.action(Verb.UNSCHEDULE, Ref(Kind.SCHEDULED, found.remote_id))
    await place.source.push(back)
    waiting = place.server.call("mod", "GET", DELAYED)["delayed_events"]
    assert not [one for one in waiting if one["room_id"] == place.room]
    with pytest.raises(Conflict) as caught:
        await place.source.push(back)
    assert caught.value.settled
    assert (await pull(place.source, Feed.SCHEDULED, pulled.cursor)).gone == {Ref(Kind.SCHEDULED, found.remote_id)}

    soon = place.action(Verb.SCHEDULE, text="Now!", place=place.room, at=Instant(SystemClock().now() + HOUR))
    planned = await place.source.push(soon)
    delay = planned.remote_id.partition("/")[0]
    place.server.call("mod", "POST", f"{DELAYED}/{delay}", {"action": "send"})
    with pytest.raises(Refused, match="too late"):
        await place.source.push(place.action(Verb.UNSCHEDULE, Ref(Kind.SCHEDULED, planned.remote_id)))
    far = place.action(Verb.SCHEDULE, text="Next week", place=place.room, at=Instant(at + 168 * HOUR))
    with pytest.raises(Refused, match="exceeds the allowed maximum"):
        await place.source.push(far)


async def test_reports_come_with_what_they_are_about_and_go(place: Place) -> None:
    server, room = place.server, place.room
    first = await pull(place.source, Feed.REPORTS)
    spam = server.say("bob", room, "Buy followers")
    for user in ("ann", "cleo"):
        server.call(user, "POST", f"{in_room(room)}/report/{quote(spam, safe='')}", {"reason": "spam"})
    server.call("ann", "POST", f"{CLIENT}/users/{quote(BOB, safe='')}/report", {"reason": "a spammer"})
    second = await pull(place.source, Feed.REPORTS, first.cursor)
    reports = [record for record in second.records.values() if isinstance(record, Report)]
    assert {(str(report.reporter), report.target) for report in reports} == {
        (ANN, place.post(spam)),
        (CLEO, place.post(spam)),
        (ANN, Ref(Kind.MEMBER, BOB)),
    }
    assert second.texts() == {"Buy followers"}
    assert not (await pull(place.source, Feed.REPORTS, second.cursor)).records

    about = {report.target.kind: report.id for report in reports}
    keep = place.action(Verb.KEEP, place.post(spam), report=about[Kind.POST])
    receipt = await place.source.push(keep)
    assert len(receipt.records) == 2, "both reports on the message are closed"
    await place.source.push(place.action(Verb.IGNORE, Ref(Kind.MEMBER, BOB), report=about[Kind.MEMBER]))
    listed = server.call("mod", "GET", "/_synapse/admin/v1/event_reports", room_id=room)
    assert listed["total"] == 0 and "Buy followers" in server.said(room)
    third = await pull(place.source, Feed.REPORTS, second.cursor)
    assert third.gone == {Ref(Kind.REPORT, report.id) for report in reports}
    with pytest.raises(Conflict) as caught:
        await place.source.push(keep)
    assert caught.value.settled


async def test_a_report_from_a_room_we_are_not_in_is_readable(synapse: Synapse) -> None:
    room = synapse.room(f"Elsewhere {uuid4().hex[:8]}", "bob", creator="ann")
    asked = synapse.say("ann", room, "A question")
    rude = synapse.say("bob", room, "Only an idiot would ask", to=asked)
    async with opened(synapse, "") as here:
        synapse.call("ann", "POST", f"{in_room(room)}/report/{quote(rude, safe='')}", {"reason": "rude"})
        found = await pull(here.source, Feed.REPORTS)
        post = found.records[Ref(Kind.POST, f"{room}/{rude}")]
        assert isinstance(post, Post) and post.thread == f"{room}/{asked}" and post.text == "Only an idiot would ask"
        assert "A question" in found.titles()


async def test_throttled(synapse: Synapse, place: Place) -> None:
    name = f"gus{uuid4().hex[:6]}"
    user = synapse.register(name)
    synapse.call(name, "POST", f"{in_room(place.room)}/join", {})
    limit = {"messages_per_second": 1, "burst_count": 1}
    synapse.call("mod", "POST", f"/_synapse/admin/v1/users/{quote(user, safe='')}/override_ratelimit", limit)
    asked = synapse.say("ann", place.room, "How?")
    async with opened(synapse, place.room, user=name) as gus:
        with pytest.raises(Throttled) as caught:
            for number in range(5):
                await gus.source.push(gus.action(Verb.REPLY, gus.thread(asked), text=f"Answer {number}"))
        assert 0 < caught.value.until - SystemClock().now() <= 3_000


async def test_the_round_trip(synapse: Synapse, place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A member reports, the case appears, the decision goes out through the outbox, the case is closed everywhere."""
    monkeypatch.setenv("LIVE_TOKEN", synapse.tokens["mod"])
    settings = {"url": place.proxy.url, "token": "env:LIVE_TOKEN", "rooms": place.room, "history": 0}
    home = Home(tmp_path / "home")
    config = Config(
        home.config,
        "Live",
        ZoneInfo("UTC"),
        me="mo",
        undo_seconds=0,
        sources=(SourceConfig("chat", "matrix", settings),),
    )
    synapse.say("ann", place.room, "How do I reset?")
    spam = synapse.say("bob", place.room, "Buy followers")
    for user in ("ann", "cleo"):
        synapse.call(user, "POST", f"{in_room(place.room)}/report/{quote(spam, safe='')}", {"reason": "spam"})
    clock = Ahead()
    console = Console.open(config, home, clock=clock)
    try:
        assert {outcome.state for outcome in await console.sync()} == {"ok"}
        mine = [row for row in await console.moderation.page(CaseView.OPEN) if "Buy followers" in row.excerpt]
        assert [row.reports for row in mine] == [2] and mine[0].accused == "bob:cm.test"
        [waiting] = [row for row in await console.inbox.page(View.NEEDS_REPLY) if "How do I" in row.title]
        await console.moderation.decide(mine[0].id, Verb.REMOVE, message="spam")
        lost = place.proxy.lose_answer(rb"PUT \S*/send/m\.room\.message/")
        await console.inbox.reply(waiting.id, "Press the button for ten seconds")
        await settled(console, clock)
        assert lost.done and synapse.said(place.room) == ["How do I reset?", "Press the button for ten seconds"]
        assert synapse.call("mod", "GET", "/_synapse/admin/v1/event_reports", room_id=place.room)["total"] == 0
        assert {outcome.state for outcome in await console.sync()} == {"ok"}
        assert not [row for row in await console.moderation.page(CaseView.OPEN) if "Buy followers" in row.excerpt]
        assert await console.inbox.page(View.NEEDS_REPLY) == []
        assert {row.state for row in await console.outbox.page(limit=10)} == {State.SENT}
    finally:
        await console.stop()
