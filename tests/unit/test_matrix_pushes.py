"""What the Matrix source does when told something: relations, rights, rooms, reports, repeats, planned messages."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from typing import Any

import pytest

from cm_console.model.action import Action, Verb
from cm_console.model.errors import Gone, Refused, Throttled, Unauthorized, Unreachable
from cm_console.model.records import Kind, Post, PostState, Ref, Report, Scheduled, Thread
from cm_console.model.settings import Secret
from cm_console.model.time import DAY, HOUR, Instant
from cm_console.sources.matrix import Matrix, MatrixSettings
from cm_console.testing.pushes import staged
from tests.servers.loopback import LoopbackServer, Reply, Seen
from tests.servers.matrix_bench import MatrixBench

BENCH = MatrixBench


def content(bench: MatrixBench, id: str) -> dict[str, Any]:
    return bench.site.event(id.partition("/")[2]).content


async def on_report(bench: MatrixBench, verb: Verb) -> tuple[Action, str]:
    """A decision about a post that two members reported."""
    post = await bench.add_post(await bench.add_thread(1), "Buy followers")
    report, _ = await bench.add_report(post), bench.site.flag(post.partition("/")[2], bench.ann, "me too")
    return replace(await bench.action(verb, target=Ref(Kind.POST, post)), report=report, reason="spam"), post


async def test_a_reply_stays_in_a_thread_or_answers_the_message(bench: MatrixBench, source: Matrix) -> None:
    plain = bench.site.say(bench.room, bench.ann, "How?")
    talked = bench.site.say(bench.room, bench.ann, "Why?")
    inside = bench.site.say(bench.room, bench.bob, "Because", thread=talked)
    related = []
    for root, reply_to in ((plain, None), (talked, None), (talked, bench.id(inside))):
        action = await bench.action(Verb.REPLY, target=Ref(Kind.THREAD, bench.id(root)))
        receipt = await source.push(replace(action, reply_to=reply_to))
        related.append(content(bench, receipt.remote_id)["m.relates_to"])
        assert {record.thread for record in receipt.records if isinstance(record, Post)} == {bench.id(root)}
    assert related == [
        {"m.in_reply_to": {"event_id": plain}},
        {"rel_type": "m.thread", "event_id": talked, "is_falling_back": True, "m.in_reply_to": {"event_id": talked}},
        {"rel_type": "m.thread", "event_id": talked, "is_falling_back": False, "m.in_reply_to": {"event_id": inside}},
    ]


async def test_whom_a_message_addresses(bench: MatrixBench, source: Matrix) -> None:
    thread = await bench.add_thread(1)
    action = await bench.action(Verb.REPLY, target=Ref(Kind.THREAD, thread))
    text = f"Ask @bob:cm.test, or {bench.me}. Not a@mail.test:80, nor @nobody."
    receipt = await source.push(replace(action, text=text))
    assert content(bench, receipt.remote_id)["m.mentions"] == {"user_ids": [bench.ann, bench.bob]}
    assert content(bench, receipt.remote_id)["body"] == text


async def test_a_private_talk_is_answered_without_quoting(bench: MatrixBench, source: Matrix) -> None:
    room = bench.site.room(bench.ann)
    bench.site.join(room, bench.me)
    bench.site.say(room, bench.ann, "Hello")
    receipt = await source.push(await bench.action(Verb.REPLY, target=Ref(Kind.THREAD, room)))
    assert "m.relates_to" not in content(bench, receipt.remote_id)
    found = await source.find(replace(await bench.action(Verb.REPLY, target=Ref(Kind.THREAD, room)), id="other"))
    assert found is None


async def test_nothing_leaves_in_the_clear_into_an_encrypted_room(bench: MatrixBench, source: Matrix) -> None:
    thread = await bench.add_thread(1)
    bench.site.add(bench.room, "m.room.encryption", bench.me, {"algorithm": "x"}, state_key="")
    for verb in (Verb.REPLY, Verb.PUBLISH, Verb.SCHEDULE):
        action = await bench.action(verb, target=Ref(Kind.THREAD, thread) if verb is Verb.REPLY else None)
        with pytest.raises(Refused, match="encrypted"):
            await source.push(action)
    assert not bench.asked("PUT")


async def test_what_is_too_long_is_refused_before_it_is_sent(bench: MatrixBench, source: Matrix) -> None:
    action = replace(await bench.action(Verb.REPLY), text="ä" * 30_000)
    with pytest.raises(Refused, match=r"60,\d{3} bytes, 60,000 are allowed"):
        await source.push(action)
    assert not bench.asked("PUT")
    with pytest.raises(Refused, match="empty"):
        await source.push(replace(action, text="  \n "))


async def test_the_message_to_answer_was_removed(bench: MatrixBench, source: Matrix) -> None:
    action = await bench.action(Verb.REPLY)
    assert action.target is not None
    await bench.delete_post(action.target.id)
    with pytest.raises(Gone):
        await source.push(action)


async def test_where_to_publish(bench: MatrixBench, source: Matrix) -> None:
    bench.site.add(bench.room, "m.room.canonical_alias", bench.me, {"alias": "#general:cm.test"}, state_key="")
    for place in ("general ", "#general:cm.test", bench.room):
        receipt = await source.push(replace(await bench.action(Verb.PUBLISH), place=place))
        assert receipt.remote_id.startswith(bench.room)
    bench.site.room(bench.me, "General")
    source_again = bench.source()
    for place, words in (("General", "2 rooms"), ("Nowhere", "known: "), ("", "no room"), ("#x:y.test", "no room")):
        with pytest.raises(Refused, match=words):
            await source_again.push(replace(await bench.action(Verb.PUBLISH), place=place))
    await source_again.close()


async def test_the_same_action_is_one_message_and_another_body_is_not_sent(bench: MatrixBench, source: Matrix) -> None:
    action = await bench.action(Verb.REPLY)
    first = await source.push(action)
    assert (await source.push(replace(action, text="Other words"))).remote_id == first.remote_id
    assert content(bench, first.remote_id)["dev.cm_console.id"] == action.id
    [sent] = {seen.path.rpartition("/")[2] for seen in bench.asked("PUT", "/send/")}
    assert sent == action.id, "the transaction is the action"


async def test_only_our_own_words_are_rewritten(bench: MatrixBench, source: Matrix) -> None:
    with pytest.raises(Refused, match="wrote itself"):
        await source.push(await bench.action(Verb.EDIT, target=Ref(Kind.POST, await bench.add_thread(1))))
    action = await bench.action(Verb.EDIT)
    receipt = await source.push(action)
    posts = {record.id: record for record in receipt.records if isinstance(record, Post)}
    assert posts[receipt.remote_id].text == action.text and posts[receipt.remote_id].edited_at
    before = len(bench.asked("PUT"))
    await source.push(replace(action, id="another"))
    assert len(bench.asked("PUT")) == before, "it says so already"


async def test_removing_closes_every_report_on_it(bench: MatrixBench, source: Matrix) -> None:
    action, post = await on_report(bench, Verb.REMOVE)
    receipt = await source.push(action)
    assert not bench.site.event_flags and content(bench, post) == {}
    states = [record.state for record in receipt.records if isinstance(record, Post)]
    assert states == [PostState.DELETED] and sum(isinstance(record, Report) for record in receipt.records) == 2
    assert all(record.agreed for record in receipt.records if isinstance(record, Report))


async def test_what_was_done_stays_done_when_the_report_cannot_be_closed(bench: MatrixBench, source: Matrix) -> None:
    action, post = await on_report(bench, Verb.REMOVE)
    bench.server.plan("fail_before", lambda seen: seen.method == "DELETE")
    receipt = await source.push(action)
    assert content(bench, post) == {} and "still open" in receipt.note


async def test_keeping_closes_every_report_and_leaves_the_message(bench: MatrixBench, source: Matrix) -> None:
    for verb, agreed in ((Verb.KEEP, False), (Verb.IGNORE, None)):
        action, post = await on_report(bench, verb)
        receipt = await source.push(action)
        assert not bench.site.event_flags and content(bench, post)
        assert [record.agreed for record in receipt.records if isinstance(record, Report)] == [agreed, agreed]


async def test_a_reported_member_is_decided_too(bench: MatrixBench, source: Matrix) -> None:
    number = bench.site.flag_user(bench.ann, bench.bob, "rude")
    action = await bench.action(Verb.BAN, target=Ref(Kind.MEMBER, bench.ann))
    await source.push(replace(action, report=f"user-{number}"))
    assert not bench.site.user_flags and bench.site.stands(bench.room, bench.ann) == "ban"


async def test_a_ban_is_for_all_rooms_where_we_may_and_says_where_not(bench: MatrixBench, source: Matrix) -> None:
    mine, foreign = bench.site.room(bench.me, "Garden"), bench.site.room(bench.bob, "Foreign")
    bench.site.join(foreign, bench.me)
    action = await bench.action(Verb.BAN, target=Ref(Kind.MEMBER, bench.ann))
    receipt = await source.push(action)
    stands = [bench.site.stands(room, bench.ann) for room in (bench.room, mine, foreign)]
    assert stands == ["ban", "ban", ""] and receipt.note == "not in Foreign: no right there"
    await source.push(replace(action, verb=Verb.UNBAN, id="back"))
    assert bench.site.stands(bench.room, bench.ann) == "leave"


async def test_a_kick_is_for_the_room_at_hand(bench: MatrixBench, source: Matrix) -> None:
    other = bench.site.room(bench.me, "Garden")
    bench.site.join(other, bench.ann)
    action = await bench.action(Verb.KICK, target=Ref(Kind.MEMBER, bench.ann))
    await source.push(replace(action, thread=f"{other}/$e1"))
    assert (bench.site.stands(other, bench.ann), bench.site.stands(bench.room, bench.ann)) == ("leave", "join")
    again = await source.push(replace(action, thread=f"{other}/$e1"))
    assert again.note == "it was so already" and len(bench.asked("POST", "/kick")) == 1


async def test_moderators_of_equal_power_and_ourselves_are_safe(bench: MatrixBench, source: Matrix) -> None:
    room = bench.site.room(bench.bob, "Foreign", version="11")
    for user in (bench.me, bench.ann):
        bench.site.join(room, user)
    bench.site.promote(room, bench.me, 50, bench.bob)
    bench.site.promote(room, bench.ann, 50, bench.bob)
    only = bench.source(rooms=room)
    with pytest.raises(Refused, match="more than that member has"):
        await only.push(await bench.action(Verb.KICK, target=Ref(Kind.MEMBER, bench.ann)))
    with pytest.raises(Refused, match="this account itself"):
        await only.push(await bench.action(Verb.BAN, target=Ref(Kind.MEMBER, bench.me)))
    await only.close()


async def test_no_power_to_remove_is_said_in_words(bench: MatrixBench, source: Matrix) -> None:
    room = bench.site.room(bench.bob, "Foreign")
    bench.site.join(room, bench.me)
    said = bench.site.say(room, bench.bob, "Something")
    with pytest.raises(Refused, match="may not remove messages in Foreign: needs power level 50") as caught:
        await source.push(await bench.action(Verb.REMOVE, target=Ref(Kind.POST, bench.id(said))))
    assert caught.value.landed is False


@pytest.mark.parametrize("verb", [Verb.KEEP, Verb.IGNORE, Verb.SILENCE, Verb.UNSILENCE])
async def test_what_only_an_administrator_may_names_that_right(bench: MatrixBench, source: Matrix, verb: Verb) -> None:
    action = await staged(bench, source, verb)
    bench.site.accounts[bench.me].admin = False
    anew = bench.source()
    with pytest.raises(Unauthorized) as caught:
        await anew.push(action)
    assert "server administrator" in caught.value.right and caught.value.landed is False
    me = await anew.check()
    assert verb not in me.verbs and me.missing[verb] == caught.value.right
    assert {Verb.REPLY, Verb.REMOVE, Verb.KICK, Verb.BAN} <= me.verbs
    await anew.close()


async def test_what_ends_by_itself_does_not_exist(bench: MatrixBench, source: Matrix) -> None:
    for verb in (Verb.BAN, Verb.SILENCE):
        action = await bench.action(verb, target=Ref(Kind.MEMBER, bench.ann))
        with pytest.raises(Refused, match="ends by itself"):
            await source.push(replace(action, until=Instant(bench.clock.now() + DAY)))
    assert await bench.standing(bench.ann) == "ok"


async def test_only_our_own_servers_accounts_are_suspended(bench: MatrixBench, source: Matrix) -> None:
    with pytest.raises(Refused, match=r"only accounts of cm\.test"):
        await source.push(await bench.action(Verb.SILENCE, target=Ref(Kind.MEMBER, "@eve:far.test")))
    with pytest.raises(Gone):
        await source.push(await bench.action(Verb.SILENCE, target=Ref(Kind.MEMBER, "@ghost:cm.test")))
    bench.site.accounts[bench.me].admin = False
    with pytest.raises(Unauthorized) as caught:
        await source.push(await bench.action(Verb.SILENCE, target=Ref(Kind.MEMBER, bench.ann)))
    assert "administrator" in caught.value.right


async def test_a_warning_arrives_once(bench: MatrixBench, source: Matrix) -> None:
    action = await bench.action(Verb.WARN, target=Ref(Kind.MEMBER, bench.ann))
    await bench.lose_next_answer()
    with pytest.raises(Unreachable) as caught:
        await source.push(action)
    assert caught.value.landed is None
    await source.push(action)
    assert bench.site.notices == [(bench.ann, action.reason)]
    with pytest.raises(Gone):
        await source.push(replace(action, id="x", target=Ref(Kind.MEMBER, "@ghost:cm.test")))


async def test_a_planned_message_is_found_goes_out_and_is_then_too_late(bench: MatrixBench, source: Matrix) -> None:
    action = await bench.action(Verb.SCHEDULE)
    await bench.lose_next_answer()
    with pytest.raises(Unreachable):
        await source.push(action)
    found = await source.find(action)
    assert found is not None and isinstance(found.records[0], Scheduled) and found.records[0].at == action.at
    assert (await source.push(action)).remote_id == found.remote_id and len(bench.site.delayed) == 1
    assert await source.find(replace(action, taken=frozenset({found.remote_id}))) is None
    bench.clock.advance(2 * HOUR / 1000)
    out = await source.find(action)
    assert out is not None and any(isinstance(record, Thread) for record in out.records), "it went out meanwhile"
    with pytest.raises(Refused, match="too late"):
        await source.push(await bench.action(Verb.UNSCHEDULE, target=Ref(Kind.SCHEDULED, found.remote_id)))


async def test_what_the_server_does_not_take_for_later(bench: MatrixBench, source: Matrix) -> None:
    action = await bench.action(Verb.SCHEDULE)
    with pytest.raises(Refused, match="allowed maximum"):
        await source.push(replace(action, at=Instant(bench.clock.now() + 2 * DAY)))
    with pytest.raises(Refused, match="passed"):
        await source.push(replace(action, at=bench.clock.now()))
    assert not bench.site.delayed


async def test_a_lost_reply_is_found_behind_much_talk(bench: MatrixBench, source: Matrix) -> None:
    action = await bench.action(Verb.REPLY)
    await bench.lose_next_answer()
    with pytest.raises(Unreachable):
        await source.push(action)
    for number in range(250):
        bench.site.say(bench.room, bench.me, f"Line {number}, from another device of ours")
    found = await source.find(action)
    assert found is not None and content(bench, found.remote_id)["body"] == action.text


async def test_the_wait_that_older_servers_tell_in_the_body(bench: MatrixBench) -> None:
    server = LoopbackServer(
        lambda seen: Reply({"errcode": "M_LIMIT_EXCEEDED", "retry_after_ms": 2500}, 429), bench.clock
    )
    await server.start()
    source = Matrix(MatrixSettings(server.url, Secret("t")), bench.clock)
    with pytest.raises(Throttled) as caught:
        await source.check()
    assert caught.value.until == bench.clock.now() + 2500
    await source.close()
    await server.stop()


async def test_a_domain_says_where_its_homeserver_is(bench: MatrixBench) -> None:
    def handler(seen: Seen) -> Reply:
        if seen.path == "/.well-known/matrix/client":
            return Reply({"m.homeserver": {"base_url": "https://matrix.cm.test"}})
        return Reply(b"<html>no such page", 404)

    server = LoopbackServer(handler, bench.clock)
    await server.start()
    source = Matrix(MatrixSettings(server.url, Secret("t")), bench.clock)
    with pytest.raises(Refused, match=r"set url to https://matrix\.cm\.test"):
        await source.check()
    await source.close()
    await server.stop()


def test_nothing_heavy_is_imported_before_it_is_used() -> None:
    heavy = "('httpx', 'msgspec', 'selectolax')"
    code = f"import sys, cm_console.sources.matrix; print([m for m in {heavy} if m in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"
