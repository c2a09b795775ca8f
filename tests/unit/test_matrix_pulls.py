"""What the Matrix source reads: chains, private talks, gaps, history, removals, members, reports, planned messages."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest

from cm_console.model.errors import Malformed, Unauthorized
from cm_console.model.records import Activity, Kind, Member, Post, Record, Ref, Report, Thread, ThreadKind, ref_of
from cm_console.model.source import Cursor, Feed
from cm_console.model.text import Untrusted
from cm_console.model.time import DAY
from cm_console.sources.matrix import Matrix
from cm_console.sources.matrix.events import ENCRYPTED
from cm_console.sources.matrix.pages import paged
from tests.servers.matrix_bench import MatrixBench

BENCH = MatrixBench


@dataclass
class Pulled:
    """What a pull brought, and how many requests it took."""

    cursor: Cursor | None = None
    records: dict[Ref, Record] = field(default_factory=dict)
    order: list[Record] = field(default_factory=list)
    gone: list[Ref] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    requests: int = 0

    def posts(self) -> dict[str, str]:
        return {record.id: str(record.text) for record in self.records.values() if isinstance(record, Post)}

    def threads(self) -> dict[str, Thread]:
        return {record.id: record for record in self.records.values() if isinstance(record, Thread)}


async def pull(bench: MatrixBench, source: Matrix, feed: Feed, before: Pulled | None = None) -> Pulled:
    made, start = Pulled(before.cursor if before else None), bench.requests
    async for page in source.pull(feed, made.cursor):
        made.cursor = page.cursor
        made.order += page.records
        made.records |= {ref_of(record): record for record in page.records}
        made.gone += page.gone
        made.notes += [page.note] if page.note else []
    made.requests = bench.requests - start
    return made


async def test_a_chain_of_answers_is_one_thread_however_it_is_read(bench: MatrixBench, source: Matrix) -> None:
    say, room, thread = bench.site.say, bench.room, bench.id
    asked = say(room, bench.ann, "How?")
    one = say(room, bench.bob, "Like this", to=asked)
    two = say(room, bench.ann, "Really?", to=one)
    say(room, bench.bob, "Yes", thread=two)
    found = await pull(bench, source, Feed.THREADS)
    assert set(found.threads()) == {thread(asked)} and len(found.posts()) == 4
    late = say(room, bench.ann, "Thanks", to=two)
    fresh = bench.source()
    second = await pull(bench, fresh, Feed.THREADS, found)
    await fresh.close()
    post = second.records[Ref(Kind.POST, thread(late))]
    assert isinstance(post, Post) and post.thread == thread(asked) and post.reply_to == thread(two)


async def test_a_circle_of_answers_ends(bench: MatrixBench, source: Matrix) -> None:
    """A server of somebody else may tell anything."""
    first = bench.site.say(bench.room, bench.ann, "Egg", to="$e999")
    second = bench.site.say(bench.room, bench.ann, "Hen", to=first)
    bench.site.event(first).content["m.relates_to"] = {"m.in_reply_to": {"event_id": second}}
    assert set((await pull(bench, source, Feed.THREADS)).posts().values()) == {"Egg", "Hen"}


async def test_an_answer_to_what_nobody_shows_us_has_a_thread_with_words(bench: MatrixBench, source: Matrix) -> None:
    bench.site.say(bench.room, bench.ann, "I agree", to="$e999")
    [thread] = (await pull(bench, source, Feed.THREADS)).threads().values()
    assert thread.id == f"{bench.room}/$e999" and "cannot be read" in thread.title


async def test_history_goes_back_newest_first_and_no_further_than_wanted(bench: MatrixBench) -> None:
    old = bench.site.say(bench.room, bench.ann, "Long ago")
    for number in range(300):
        bench.site.say(bench.room, bench.ann, f"Older {number}")
    bench.clock.advance(40 * DAY / 1000)
    for number in range(450):
        bench.site.say(bench.room, bench.ann, f"Line {number}")
    bench.site.say(bench.room, bench.bob, "A late answer", to=old)
    source = bench.source(history=30)
    found = await pull(bench, source, Feed.THREADS)
    await source.close()
    lines = [int(r.text[5:]) for r in found.order if isinstance(r, Post) and r.text.startswith("Line")]
    pages = [max(lines[start : start + 50]) for start in range(0, len(lines), 50)]
    assert len(lines) == 450 and pages == sorted(pages, reverse=True)
    asked = [seen.target for seen in bench.asked("GET", "/messages")]
    assert len(asked) == 3, "200 at a time, and no more once it is older"
    assert not [text for text in found.posts().values() if text.startswith("Older")]
    thread = found.threads()[bench.id(old)]
    assert thread.title == "Long ago", "the beginning of what is still answered comes with the answer"


async def test_nothing_new_costs_one_request_and_news_as_many_as_there_are(bench: MatrixBench) -> None:
    await bench.add_thread(30)
    source = bench.source()
    first = await pull(bench, source, Feed.THREADS)
    assert (await pull(bench, source, Feed.THREADS, first)).requests == 1
    await bench.add_thread(3)
    second = await pull(bench, source, Feed.THREADS, first)
    assert second.requests == 1 and len(second.posts()) == 3
    members = await pull(bench, source, Feed.MEMBERS)
    assert (await pull(bench, source, Feed.MEMBERS, members)).requests == 1
    await source.close()


async def test_a_gap_is_filled_with_what_happened_in_it(bench: MatrixBench, source: Matrix) -> None:
    kept, gone = await bench.add_thread(1), await bench.add_thread(1)
    first = await pull(bench, source, Feed.THREADS)
    await bench.edit_post(kept, "Rewritten in the gap")
    await bench.delete_post(gone)
    bench.site.add(bench.room, "m.reaction", bench.bob, {"m.relates_to": _annotates(kept)})
    for number in range(250):
        await bench.add_post(kept, f"Line {number}")
    second = await pull(bench, source, Feed.THREADS, first)
    assert {f"Line {number}" for number in range(250)} <= set(second.posts().values())
    assert second.posts()[kept] == "Rewritten in the gap" and second.threads()[kept].title == "Rewritten in the gap"
    assert Ref(Kind.POST, gone) in second.gone and Ref(Kind.THREAD, gone) in second.gone
    assert any(isinstance(record, Activity) and record.post == kept for record in second.records.values())


async def test_a_removed_beginning_closes_what_was_answered_and_takes_what_was_not(
    bench: MatrixBench, source: Matrix
) -> None:
    answered, alone = await bench.add_thread(2), await bench.add_thread(1)
    first = await pull(bench, source, Feed.THREADS)
    for thread in (answered, alone):
        await bench.delete_post(thread)
    second = await pull(bench, source, Feed.THREADS, first)
    assert second.threads()[answered].closed and Ref(Kind.THREAD, answered) not in second.gone
    assert Ref(Kind.THREAD, alone) in second.gone
    whole = await pull(bench, source, Feed.THREADS)
    assert whole.threads()[answered].closed and alone not in whole.threads()


async def test_reactions_come_and_go(bench: MatrixBench, source: Matrix) -> None:
    post = await bench.add_thread(1)
    reaction = bench.site.add(bench.room, "m.reaction", bench.bob, {"m.relates_to": _annotates(post)})
    first = await pull(bench, source, Feed.THREADS)
    [activity] = [record for record in first.records.values() if isinstance(record, Activity)]
    assert (activity.post, activity.member) == (post, bench.bob)
    bench.site.redact(reaction.id, bench.bob)
    assert Ref(Kind.ACTIVITY, bench.id(reaction.id)) in (await pull(bench, source, Feed.THREADS, first)).gone


async def test_a_private_talk_is_one_thread(bench: MatrixBench, source: Matrix) -> None:
    site = bench.site
    named, unnamed, group = site.room(bench.ann, "Ann & team"), site.room(bench.bob), site.room(bench.bob)
    for user in (bench.me, bench.ann):
        site.join(group, user)
    for room in (named, unnamed):
        site.join(room, bench.me)
        for words in ("Hello", "Are you there?"):
            site.say(room, bench.ann if room == named else bench.bob, words)
    site.direct[bench.ann] = [named]
    found = await pull(bench, source, Feed.THREADS)
    talks = {id: (thread.kind, thread.author) for id, thread in found.threads().items()}
    assert talks == {named: (ThreadKind.DIRECT, bench.ann), unnamed: (ThreadKind.DIRECT, bench.bob)}
    assert len(found.posts()) == 4
    members = await pull(bench, source, Feed.MEMBERS)
    staff = {record.id: record.staff for record in members.records.values() if isinstance(record, Member)}
    assert staff == {bench.me: True, bench.ann: False, bench.bob: True}, "power in a private talk makes nobody staff"


async def test_an_encrypted_room_is_told_and_its_messages_stand_as_unreadable(
    bench: MatrixBench, source: Matrix
) -> None:
    bench.site.add(bench.room, "m.room.encryption", bench.me, {"algorithm": "m.megolm.v1.aes-sha2"}, state_key="")
    related = {"m.relates_to": {"rel_type": "m.thread", "event_id": "$e0"}}
    event = bench.site.add(bench.room, "m.room.encrypted", bench.ann, {"ciphertext": "x"})
    related["m.relates_to"]["event_id"] = event.id
    bench.site.add(bench.room, "m.room.encrypted", bench.bob, {"ciphertext": "y", **related})
    found = await pull(bench, source, Feed.THREADS)
    assert set(found.posts().values()) == {ENCRYPTED} and len(found.threads()) == 1
    assert found.notes == ["encrypted, so their messages cannot be read here: General"]


async def test_a_room_joined_later_comes_with_its_past_and_one_left_is_told(bench: MatrixBench, source: Matrix) -> None:
    first = await pull(bench, source, Feed.THREADS)
    room = bench.site.room(bench.ann, "Garden")
    for number in range(150):
        bench.site.say(room, bench.ann, f"Line {number}")
    bench.site.member(room, bench.me, "invite", bench.ann)
    invited = await pull(bench, source, Feed.THREADS, first)
    assert not invited.posts() and "1 invitation wait" in invited.notes[0]
    bench.site.join(room, bench.me)
    second = await pull(bench, source, Feed.THREADS, invited)
    assert len(second.posts()) == 150 and {str(t.place) for t in second.threads().values()} == {"Garden"}
    bench.site.member(room, bench.me, "ban", bench.ann)
    assert "no longer in 1 room" in (await pull(bench, source, Feed.THREADS, second)).notes[0]


async def test_only_the_rooms_of_the_setting(bench: MatrixBench) -> None:
    other = bench.site.room(bench.me, "Elsewhere")
    bench.site.say(other, bench.me, "Not for here")
    mine = await bench.add_thread(1)
    source = bench.source(rooms=bench.room)
    found = await pull(bench, source, Feed.THREADS)
    assert set(found.posts()) == {mine}
    bench.site.say(other, bench.me, "Nor this")
    assert not (await pull(bench, source, Feed.THREADS, found)).posts()
    await source.close()


async def test_a_server_that_tells_no_edits_with_messages(bench: MatrixBench) -> None:
    bench.server.bundles = False
    post = await bench.add_thread(1)
    await bench.edit_post(post, "Second thoughts")
    source = bench.source()
    first = await pull(bench, source, Feed.THREADS)
    assert first.posts() == {post: "Second thoughts"}
    await bench.edit_post(post, "Third thoughts")
    assert (await pull(bench, source, Feed.THREADS, first)).posts() == {post: "Third thoughts"}
    await source.close()


async def test_nobody_rewrites_the_words_of_another(bench: MatrixBench, source: Matrix) -> None:
    post = await bench.add_thread(1, text="My own words")
    first = await pull(bench, source, Feed.THREADS)
    forged = {"rel_type": "m.replace", "event_id": post.partition("/")[2]}
    new = {"msgtype": "m.text", "body": "Forged"}
    bench.site.add(bench.room, "m.room.message", bench.bob, {**new, "m.new_content": new, "m.relates_to": forged})
    second = await pull(bench, source, Feed.THREADS, first)
    assert second.posts().get(post, "My own words") == "My own words" and "Forged" not in second.posts().values()


async def test_a_room_that_changed_is_seen_as_it_is_now(bench: MatrixBench, source: Matrix) -> None:
    first = await pull(bench, source, Feed.THREADS)
    bench.site.add(bench.room, "m.room.name", bench.me, {"name": "Lobby"}, state_key="")
    new = await bench.add_thread(1)
    second = await pull(bench, source, Feed.THREADS, first)
    assert second.threads()[new].place == "Lobby"


async def test_what_addresses_us(bench: MatrixBench, source: Matrix) -> None:
    to_us: dict[str, Any] = {"m.mentions": {"user_ids": [bench.me]}}
    said = [bench.site.say(bench.room, user, f"Hello {bench.me}", **to_us) for user in (bench.ann, bench.me)]
    found = (await pull(bench, source, Feed.THREADS)).records
    posts = [found[Ref(Kind.POST, bench.id(event))] for event in said]
    assert [isinstance(post, Post) and post.mentions_us for post in posts] == [True, False]


async def test_what_is_no_longer_planned_goes(bench: MatrixBench, source: Matrix) -> None:
    ids = [bench.site.later(bench.room, bench.me, {"body": f"Line {n}", "msgtype": "m.text"}, 60_000) for n in (1, 2)]
    first = await pull(bench, source, Feed.SCHEDULED)
    assert len(first.records) == 2
    del bench.site.delayed[ids[0]]
    second = await pull(bench, source, Feed.SCHEDULED, first)
    assert [ref.id for ref in second.gone] == [f"{ids[0]}//{bench.room}"] and not second.records


def test_a_part_becomes_bounded_pages_each_with_a_way_on() -> None:
    members = [Member(f"@{number}:x", Untrusted("old")) for number in range(120)]
    members += [Member("@0:x", Untrusted("new"))]
    gone = [Ref(Kind.POST, str(number)) for number in range(130)]
    pages = list(paged(members, gone, lambda part: Cursor(f"within {part}"), Cursor("after")))
    assert [len(page.records) + len(page.gone) for page in pages] == [100, 100, 50]
    assert [page.cursor for page in pages] == ["within 1", "within 2", "after"]
    assert pages[0].records[0] == members[-1] and sum(len(page.records) for page in pages) == 120


async def test_what_a_machine_says_waits_for_nobody(bench: MatrixBench, source: Matrix) -> None:
    notice = bench.site.say(bench.room, bench.ann, "Build 5 failed", msgtype="m.notice")
    assert (await pull(bench, source, Feed.THREADS)).threads()[bench.id(notice)].closed


async def test_a_member_of_two_rooms_came_when_they_first_came(bench: MatrixBench, source: Matrix) -> None:
    came = bench.clock.now()
    user = bench.site.account("dora")
    bench.site.join(bench.room, user)
    first = await pull(bench, source, Feed.MEMBERS)
    bench.clock.advance(10 * DAY / 1000)
    other = bench.site.room(bench.me, "Garden")
    bench.site.join(other, user)
    bench.site.member(bench.room, bench.ann, "join", bench.ann, displayname="Annie")
    for pulled in (await pull(bench, source, Feed.MEMBERS, first), await pull(bench, source, Feed.MEMBERS)):
        found = {record.id: record for record in pulled.records.values() if isinstance(record, Member)}
        assert found[user].joined_at == came
        assert (found[bench.ann].name, found[bench.ann].joined_at) == ("Annie", came)


async def test_who_becomes_a_moderator_is_staff(bench: MatrixBench, source: Matrix) -> None:
    first = await pull(bench, source, Feed.MEMBERS)
    bench.site.promote(bench.room, bench.ann, 50, bench.me)
    second = await pull(bench, source, Feed.MEMBERS, first)
    ann = second.records[Ref(Kind.MEMBER, bench.ann)]
    assert isinstance(ann, Member) and ann.staff


async def test_reports_are_asked_for_again_only_where_something_is_new(bench: MatrixBench, source: Matrix) -> None:
    post = await bench.add_thread(1)
    ids = [await bench.add_report(post) for _ in range(230)]
    first = await pull(bench, source, Feed.REPORTS)
    assert len([record for record in first.records.values() if isinstance(record, Report)]) == 230
    assert (await pull(bench, source, Feed.REPORTS, first)).requests == 2
    new = await bench.add_report(post)
    second = await pull(bench, source, Feed.REPORTS, first)
    assert [record.id for record in second.records.values() if isinstance(record, Report)] == [new]
    assert second.requests <= 6
    await bench.colleague_acts(ids[0], agree=False)
    newest = await bench.add_report(post)
    third = await pull(bench, source, Feed.REPORTS, second)
    assert third.gone == [Ref(Kind.REPORT, ids[0])]
    assert [record.id for record in third.records.values() if isinstance(record, Report)] == [newest]


async def test_a_member_that_was_reported(bench: MatrixBench, source: Matrix) -> None:
    bench.site.flag_user(bench.ann, bench.bob, "a spammer")
    [report] = (await pull(bench, source, Feed.REPORTS)).records.values()
    assert isinstance(report, Report)
    assert (report.target, report.reporter, report.reason) == (Ref(Kind.MEMBER, bench.ann), bench.bob, "a spammer")


async def test_without_an_administrator_there_are_no_reports_and_check_names_the_right(bench: MatrixBench) -> None:
    await bench.add_report(await bench.add_thread(1))
    for synapse, admin in ((True, False), (False, True)):
        bench.server.synapse, bench.site.accounts[bench.me].admin = synapse, admin
        source = bench.source()
        found = await pull(bench, source, Feed.REPORTS)
        assert not found.records and not found.notes
        me = await source.check()
        assert Feed.REPORTS not in me.feeds and "administrator" in me.missing[Feed.REPORTS]
        assert (me.version == "Synapse 1.163.2") is synapse
        await source.close()


async def test_reports_that_are_seen_no_more_are_told(bench: MatrixBench, source: Matrix) -> None:
    await bench.add_report(await bench.add_thread(1))
    first = await pull(bench, source, Feed.REPORTS)
    bench.site.accounts[bench.me].admin = False
    second = await pull(bench, source, Feed.REPORTS, first)
    assert second.notes == ["reports are not seen any more: You are not a server admin"] and not second.gone
    bench.site.accounts[bench.me].admin = True
    assert not (await pull(bench, source, Feed.REPORTS, second)).records, "the known ones are still known"
    bench.server.key = "revoked"
    with pytest.raises(Unauthorized):
        await pull(bench, source, Feed.REPORTS, second)


async def test_a_server_without_delayed_events(bench: MatrixBench, source: Matrix) -> None:
    bench.server.later = False
    me = await source.check()
    assert Feed.SCHEDULED not in me.feeds and "MSC4140" in me.missing["schedule"]
    assert not (await pull(bench, source, Feed.SCHEDULED)).records


async def test_a_worn_cursor_starts_over(bench: MatrixBench, source: Matrix) -> None:
    post = await bench.add_thread(1)
    for feed in Feed:
        if feed in source.feeds:
            found = await pull(bench, source, feed, Pulled(Cursor("{not json")))
            assert feed is not Feed.THREADS or set(found.posts()) == {post}


async def test_an_answer_of_another_shape_is_malformed(bench: MatrixBench, source: Matrix) -> None:
    bench.server.plan("garble", lambda seen: "/sync" in seen.path)
    with pytest.raises(Malformed):
        await pull(bench, source, Feed.THREADS)


def _annotates(post: str) -> dict[str, str]:
    return {"rel_type": "m.annotation", "event_id": post.partition("/")[2], "key": "+1"}
