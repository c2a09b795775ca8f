"""What the Discourse source does when told something: faults around writes, colleagues, plugins, rights, warnings."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

import pytest

from cm_console.model.action import Action, Verb
from cm_console.model.errors import Conflict, Gone, Refused, Throttled, Unauthorized, Unreachable
from cm_console.model.records import Kind, Post, PostState, Ref, Report, Scheduled, Thread
from cm_console.model.settings import Secret
from cm_console.model.source import Feed
from cm_console.model.time import DAY, HOUR, Instant
from cm_console.sources.discourse import Discourse, DiscourseSettings
from cm_console.sources.discourse.words import normal
from cm_console.testing import FakeClock
from tests.servers.discourse_bench import DiscourseBench

BENCH = DiscourseBench


async def on_report(bench: DiscourseBench, verb: Verb) -> Action:
    """An action that answers a report on a post."""
    post = await bench.add_post(await bench.add_thread(1), "Buy followers here")
    return await bench.action(verb, target=Ref(Kind.POST, post), report=await bench.add_report(post))


def said(bench: DiscourseBench, action: Action) -> int:
    return sum(post.raw == action.text for post in bench.site.posts.values())


async def test_a_reply_answers_a_post(bench: DiscourseBench, source: Discourse) -> None:
    thread = await bench.add_thread(3)
    action = await bench.action(Verb.REPLY, target=Ref(Kind.THREAD, thread))
    receipt = await source.push(replace(action, reply_to="2"))
    post = bench.site.posts[int(receipt.remote_id)]
    assert (post.user, post.raw, post.reply_to) == (bench.server.me.id, action.text, 2)
    assert isinstance(receipt.records[0], Post)


async def test_a_late_commit_is_found_after_settling(bench: DiscourseBench, source: Discourse) -> None:
    """The connection ends, nothing is there yet; later it is: a look before the settle time would have lied."""
    action = await bench.action(Verb.REPLY)
    bench.server.plan("late", lambda seen: seen.write)
    with pytest.raises(Unreachable) as caught:
        await source.push(action)
    assert caught.value.landed is None
    assert await source.find(action) is None
    await bench.quiet()
    receipt = await source.find(action)
    assert receipt
    assert bench.site.posts[int(receipt.remote_id)].raw == action.text
    assert said(bench, action) == 1


@pytest.mark.parametrize("kind", ["fail_before", "fail_after"])
@pytest.mark.parametrize("verb", [Verb.REPLY, Verb.PUBLISH, Verb.WARN])
async def test_a_server_error_is_cleared_up_by_looking(
    bench: DiscourseBench, source: Discourse, verb: Verb, kind: str
) -> None:
    action = await bench.action(verb)
    bench.server.plan(kind, lambda seen: seen.method == "POST")
    with pytest.raises(Unreachable) as caught:
        await source.push(action)
    assert caught.value.landed is None
    bench.clock.advance(30)
    receipt = await source.find(action)
    assert bool(receipt) is (kind == "fail_after")
    receipt = receipt or await source.push(action)
    topics = [topic for topic in bench.site.topics.values() if topic.external_id == action.id.replace("-", "")]
    assert said(bench, action) + len(topics) == (1 if verb is not Verb.PUBLISH else 2)


async def test_the_same_words_twice_are_two_posts_or_an_honest_no(bench: DiscourseBench, source: Discourse) -> None:
    """Discourse takes equal API posts within two minutes for a repeat: two replies may not share one post."""
    thread = Ref(Kind.THREAD, await bench.add_thread(1))
    first = replace(await bench.action(Verb.REPLY, target=thread), text="Thank you!")
    second = replace(await bench.action(Verb.REPLY, target=thread), text="Thank you!")
    one = await source.push(first)
    with pytest.raises(Refused, match="two minutes") as caught:
        await source.push(replace(second, taken=frozenset({one.remote_id})))
    assert caught.value.landed is False
    bench.clock.advance(180)
    two = await source.push(replace(second, taken=frozenset({one.remote_id})))
    assert two.remote_id != one.remote_id
    found = await source.find(replace(second, taken=frozenset({one.remote_id})))
    assert found
    assert found.remote_id == two.remote_id


async def test_looking_goes_back_through_a_busy_topic(bench: DiscourseBench, source: Discourse) -> None:
    action = await bench.action(Verb.REPLY)
    thread = action.target.id if action.target else ""
    await bench.lose_next_answer()
    with pytest.raises(Unreachable):
        await source.push(action)
    for n in range(170):
        await bench.add_post(thread, f"Meanwhile {n}")
    receipt = await source.find(action)
    assert receipt
    assert bench.site.posts[int(receipt.remote_id)].raw == action.text


async def test_looking_stops_at_the_time_of_the_attempt(bench: DiscourseBench, source: Discourse) -> None:
    thread = await bench.add_thread(400)
    bench.clock.advance(HOUR // 1000)
    action = await bench.action(Verb.REPLY, target=Ref(Kind.THREAD, thread))
    before = bench.requests
    assert await source.find(action) is None
    assert bench.requests - before == 2


async def test_looking_allows_for_a_clock_that_is_wrong(bench: DiscourseBench, source: Discourse) -> None:
    """Our clock is two hours fast: by the site's clock the post was made before our attempt."""
    action = await bench.action(Verb.REPLY)
    await bench.lose_next_answer()
    with pytest.raises(Unreachable):
        await source.push(action)

    class Fast:
        def now(self) -> Instant:
            return Instant(bench.clock.now() + 2 * HOUR)

        async def sleep(self, seconds: float) -> None:
            raise AssertionError("a source never sleeps")

    fast = Discourse(source._settings, Fast())
    assert await fast.find(replace(action, tried_at=Fast().now()))
    await fast.close()


def test_words_are_compared_as_discourse_keeps_them() -> None:
    assert normal("a  \r\nb\n\n") == normal("a\nb") == "a\nb"
    assert normal("e\u0301") == normal("é")
    assert normal("a b") != normal("a  b")
    assert normal("  a") == "a"


async def test_429_is_not_landed_and_says_until_when(bench: DiscourseBench, source: Discourse) -> None:
    action = await bench.action(Verb.REPLY)
    await bench.throttle_next(Instant(bench.clock.now() + 42_000))
    with pytest.raises(Throttled) as caught:
        await source.push(action)
    assert caught.value.until == bench.clock.now() + 42_000
    assert caught.value.landed is False
    assert said(bench, action) == 0


async def test_no_site_no_write(bench: DiscourseBench, source: Discourse) -> None:
    action = await bench.action(Verb.REPLY)
    port = bench.server.port
    await bench.server.stop()
    with pytest.raises(Unreachable) as caught:
        await source.push(action)
    assert caught.value.landed is False
    await bench.server.start(port)
    assert (await source.push(action)).remote_id


async def test_a_topic_whose_id_is_taken_is_the_one_we_made(bench: DiscourseBench, source: Discourse) -> None:
    action = await bench.action(Verb.PUBLISH)
    await bench.lose_next_answer()
    with pytest.raises(Unreachable):
        await source.push(action)
    bench.clock.advance(DAY // 1000)
    receipt = await source.push(action)
    topic = bench.site.topics[int(receipt.remote_id)]
    assert (topic.title, bench.site.categories[topic.category or 0]) == (action.title, "General")
    assert sum(t.title == action.title for t in bench.site.topics.values()) == 1
    assert {type(record) for record in receipt.records} == {Thread, Post}


async def test_an_unknown_category_is_refused_in_words(bench: DiscourseBench, source: Discourse) -> None:
    with pytest.raises(Refused, match="no category called Nowhere"):
        await source.push(replace(await bench.action(Verb.PUBLISH), place="Nowhere"))
    assert (await source.push(replace(await bench.action(Verb.PUBLISH), place="announcements"))).remote_id
    assert (await source.push(replace(await bench.action(Verb.PUBLISH), place="3"))).remote_id


REVIEWED = [
    (Verb.KEEP, "disagree", False, False),
    (Verb.IGNORE, "ignore_and_do_nothing", False, False),
    (Verb.APPROVE, "disagree", False, False),
    (Verb.REMOVE, "delete_and_agree", True, False),
    (Verb.REJECT, "delete_and_agree", True, False),
    (Verb.SPAM, "delete_and_agree", True, False),
    (Verb.HIDE, "agree_and_hide", False, True),
]


@pytest.mark.parametrize(("verb", "choice", "deleted", "hidden"), REVIEWED)
async def test_a_report_is_answered_by_discourses_own_choice(
    bench: DiscourseBench, source: Discourse, verb: Verb, choice: str, deleted: bool, hidden: bool
) -> None:
    action = await on_report(bench, verb)
    receipt = await source.push(action)
    asked = bench.asked("PUT /review/1/perform/")
    assert [seen.target for seen in asked] == [f"/review/1/perform/{choice}.json?version=0"]
    post = bench.site.posts[int(action.target.id if action.target else 0)]
    assert (post.deleted_at is not None, post.hidden) == (deleted, hidden)
    report = receipt.records[0]
    assert isinstance(report, Report)
    assert report.closed_at == bench.clock.now()
    with pytest.raises(Conflict) as caught:
        await source.push(action)
    assert caught.value.settled
    assert len(bench.asked("PUT /review/")) == 1


@pytest.mark.parametrize("verb", [Verb.REMOVE, Verb.KEEP, Verb.IGNORE])
@pytest.mark.parametrize("agree", [True, False])
async def test_a_faster_colleague(bench: DiscourseBench, source: Discourse, verb: Verb, agree: bool) -> None:
    action = await on_report(bench, verb)
    await bench.colleague_acts(action.report or "", agree=agree)
    with pytest.raises(Conflict) as caught:
        await source.push(action)
    assert caught.value.settled is (verb is (Verb.REMOVE if agree else Verb.KEEP))
    assert caught.value.current == ("approved" if agree else "rejected")
    assert caught.value.landed is False
    assert not bench.asked("PUT /review/")


async def test_a_colleague_in_the_same_second(bench: DiscourseBench, source: Discourse) -> None:
    """The item changes between our look and our write: 409, and the answer says how it is now."""
    action = await on_report(bench, Verb.REMOVE)
    real = bench.server.handle

    def race(seen: object) -> object:
        if getattr(seen, "method", "") == "PUT":
            bench.site.perform(bench.site.reviewables[1], "disagree", 0)
        return real(seen)  # type: ignore[arg-type]  # passed on as it came

    bench.server._handler = race  # type: ignore[assignment]  # a colleague acts just before our write arrives
    with pytest.raises(Conflict) as caught:
        await source.push(action)
    assert caught.value.status == 409
    assert caught.value.current == "rejected"
    assert not caught.value.settled


async def test_agreed_but_kept_is_not_what_remove_wanted(bench: DiscourseBench, source: Discourse) -> None:
    action = await on_report(bench, Verb.REMOVE)
    bench.site.perform(bench.site.reviewables[1], "agree_and_keep", 0)
    with pytest.raises(Conflict) as caught:
        await source.push(action)
    assert not caught.value.settled
    assert caught.value.current == "approved"


async def test_flagged_again_since_it_was_seen(bench: DiscourseBench, source: Discourse) -> None:
    action = await on_report(bench, Verb.REMOVE)
    target = Ref(Kind.REPORT, action.report or "")
    bench.site.flag(int(action.target.id if action.target else 0), bench.ann)
    with pytest.raises(Conflict) as caught:
        await source.push(replace(action, target=target, seen="0"))
    assert caught.value.current == "version 1"
    assert (await source.push(replace(action, target=target, seen="1"))).remote_id


async def test_an_edit_since_it_was_seen_stops_a_decision(bench: DiscourseBench, source: Discourse) -> None:
    action = replace(await on_report(bench, Verb.REMOVE), seen="1")
    post = action.target.id if action.target else ""
    await bench.edit_post(post, "I am sorry, I took the advert out")
    with pytest.raises(Conflict) as caught:
        await source.push(action)
    assert "I am sorry" in caught.value.current
    assert bench.site.posts[int(post)].deleted_at is None


async def test_what_is_not_offered_is_refused_with_what_is(bench: DiscourseBench, source: Discourse) -> None:
    held = bench.site.hold(bench.ann, "Please let me in")
    with pytest.raises(Refused, match="approve_post"):
        await source.push(await bench.action(Verb.IGNORE, target=Ref(Kind.REPORT, str(held.id))))
    with pytest.raises(Refused, match="review queue"):
        await source.push(await bench.action(Verb.KEEP, target=Ref(Kind.POST, "1")))


@pytest.mark.parametrize(("verb", "status", "there"), [(Verb.APPROVE, 1, True), (Verb.REJECT, 2, False)])
async def test_a_held_post(bench: DiscourseBench, source: Discourse, verb: Verb, status: int, there: bool) -> None:
    thread = await bench.add_thread(1)
    held = bench.site.hold(bench.ann, "Please let me in, I have much to say", topic=int(thread))
    action = await bench.action(verb, target=Ref(Kind.POST, f"review-{held.id}"))
    await source.push(action)
    assert held.status == status
    assert any("Please let me in" in text for text in await bench.texts(thread)) is there
    with pytest.raises(Conflict) as caught:
        await source.push(action)
    assert caught.value.settled


@pytest.mark.parametrize("verb", [Verb.BAN, Verb.SILENCE, Verb.WARN])
async def test_a_penalty_closes_the_report_too(bench: DiscourseBench, source: Discourse, verb: Verb) -> None:
    report = (await on_report(bench, Verb.REMOVE)).report
    action = await bench.action(verb, target=Ref(Kind.MEMBER, str(bench.ann)), report=report)
    receipt = await source.push(action)
    assert receipt.note == ""
    assert bench.site.reviewables[1].status == 1
    assert bench.site.posts[2].deleted_at is None


async def test_a_penalty_stands_even_if_the_report_cannot_be_closed(bench: DiscourseBench, source: Discourse) -> None:
    report = (await on_report(bench, Verb.REMOVE)).report
    bench.server.plan("fail_before", lambda seen: "/perform/" in seen.target)
    action = await bench.action(Verb.BAN, target=Ref(Kind.MEMBER, str(bench.ann)), report=report)
    receipt = await source.push(action)
    assert "still open" in receipt.note
    assert await bench.standing(str(bench.ann)) == "banned"


async def test_a_ban_has_an_end_or_none(bench: DiscourseBench, source: Discourse) -> None:
    target = Ref(Kind.MEMBER, str(bench.ann))
    week = Instant(bench.clock.now() + 7 * DAY)
    action = replace(await bench.action(Verb.BAN, target=target), until=week)
    await source.push(action)
    assert bench.site.users[bench.ann].suspended_till == week
    assert bench.asked("PUT /admin/users")[-1].json()["message"] == action.reason
    with pytest.raises(Conflict, match="already suspended") as caught:
        await source.push(replace(action, until=None))
    assert not caught.value.settled
    await source.push(await bench.action(Verb.UNBAN, target=target))
    await source.push(replace(action, until=None))
    assert (bench.site.users[bench.ann].suspended_till or 0) > bench.clock.now() + 900 * 365 * DAY
    before = len(bench.asked("PUT /admin"))
    await source.push(replace(action, until=week))
    assert len(bench.asked("PUT /admin")) == before


async def test_staff_cannot_be_banned(bench: DiscourseBench, source: Discourse) -> None:
    with pytest.raises(Refused, match="not permitted") as caught:
        await source.push(await bench.action(Verb.BAN, target=Ref(Kind.MEMBER, str(bench.bob))))
    assert caught.value.status == 403


async def test_a_warning_is_sent_once_and_found(bench: DiscourseBench, source: Discourse) -> None:
    target = Ref(Kind.MEMBER, str(bench.ann))
    action = await bench.action(Verb.WARN, target=target)
    await bench.lose_next_answer()
    with pytest.raises(Unreachable):
        await source.push(action)
    receipt = await source.find(action)
    assert receipt
    message = bench.site.topics[int(receipt.remote_id)]
    assert message.is_warning
    assert message.allowed == [bench.server.me.id, bench.ann]
    assert bench.site.posts[message.posts[0]].raw == action.reason
    message.external_id = None  # a server that keeps no such id on messages
    again = await source.find(action)
    assert again
    assert again.remote_id == receipt.remote_id
    assert await source.find(replace(action, reason="Something else")) is None
    assert await source.find(replace(action, target=Ref(Kind.MEMBER, str(bench.bob)))) is None
    assert await source.find(replace(action, taken=frozenset({receipt.remote_id}))) is None
    assert await source.find(replace(action, tried_at=Instant(bench.clock.now() + HOUR))) is None
    assert await source.find(replace(action, tried_at=None)) is None


async def test_topics_can_be_hidden_deleted_and_brought_back(bench: DiscourseBench, source: Discourse) -> None:
    target = Ref(Kind.THREAD, await bench.add_thread(2))
    topic = bench.site.topics[int(target.id)]
    await source.push(await bench.action(Verb.HIDE, target=target))
    assert not [topic for topic in bench.site.topics.values() if topic.visible]
    await source.push(await bench.action(Verb.RESTORE, target=target))
    assert topic in [topic for topic in bench.site.topics.values() if topic.visible]
    await source.push(await bench.action(Verb.REMOVE, target=target))
    assert topic.deleted_at
    await source.push(await bench.action(Verb.RESTORE, target=target))
    assert topic.deleted_at is None


async def test_a_topic_retitled_since_it_was_seen(bench: DiscourseBench, source: Discourse) -> None:
    target = Ref(Kind.THREAD, await bench.add_thread(1))
    page = await anext(source.pull(Feed.THREADS, None))
    seen = next(record.version for record in page.records if isinstance(record, Thread))
    bench.site.topics[int(target.id)].title = "Quite another question"
    with pytest.raises(Conflict, match="changed") as caught:
        await source.push(replace(await bench.action(Verb.REMOVE, target=target), seen=seen))
    assert caught.value.current == "Quite another question"


async def test_closing_what_is_closed_writes_nothing(bench: DiscourseBench, source: Discourse) -> None:
    action = await bench.action(Verb.CLOSE)
    await source.push(action)
    await source.push(action)
    assert len(bench.asked("PUT /t/")) == 1


async def test_an_edit_that_stands_there_already_writes_nothing(bench: DiscourseBench, source: Discourse) -> None:
    post = Ref(Kind.POST, await bench.add_post(await bench.add_thread(1), "Old words here"))
    action = replace(await bench.action(Verb.EDIT, target=post), seen="1")
    await bench.lose_next_answer()
    with pytest.raises(Unreachable):
        await source.push(action)
    receipt = await source.push(action)
    assert len(bench.asked("PUT /posts/")) == 1
    assert isinstance(receipt.records[0], Post)
    assert receipt.records[0].text == action.text


async def test_plugins_that_are_not_there(bench: DiscourseBench, source: Discourse) -> None:
    bench.server.plugins.clear()
    for verb, plugin in ((Verb.ASSIGN, "discourse-assign"), (Verb.SOLVE, "discourse-solved")):
        with pytest.raises(Refused, match=plugin):
            await source.push(await bench.action(verb))
    me = await source.check()
    assert not {Verb.ASSIGN, Verb.UNASSIGN, Verb.SOLVE, Verb.UNSOLVE} & me.verbs
    assert me.missing[Verb.SOLVE] == "plugin discourse-solved"


async def test_check_as_admin(bench: DiscourseBench, source: Discourse) -> None:
    me = await source.check()
    assert (me.member, me.name, me.version) == (str(bench.server.me.id), "team", "3.4.0")
    assert me.feeds == source.feeds
    assert me.verbs == frozenset(source.verbs)
    assert me.missing == {}
    assert me.server_time is not None
    assert abs(me.server_time - bench.clock.now()) < 1_000


async def test_check_without_rights_and_drafts(bench: DiscourseBench) -> None:
    bench.server.me.admin = False
    source = bench.source(drafts="")
    me = await source.check()
    assert me.feeds == {Feed.MEMBERS, Feed.THREADS}
    assert Verb.REPLY in me.verbs
    assert not {Verb.BAN, Verb.KEEP, Verb.SCHEDULE, Verb.CLOSE} & me.verbs
    assert me.missing[Feed.REPORTS] == "admin or moderator"
    assert "drafts" in me.missing[Feed.SCHEDULED]
    await source.close()


@pytest.mark.parametrize("token", ["wrong", ""])
async def test_a_wrong_key(bench: DiscourseBench, token: str) -> None:
    source = bench.source(token=token)
    action = await bench.action(Verb.REPLY)
    for work in (source.check(), source.push(action), source.find(action), anext(source.pull(Feed.MEMBERS, None))):
        with pytest.raises(Unauthorized) as caught:
            await work
        assert caught.value.landed is False
    await source.close()


async def test_a_username_that_is_not_there(bench: DiscourseBench) -> None:
    bench.server.me.username = "somebody-else"
    source = bench.source()
    bench.server.me.username = "renamed"
    with pytest.raises(Unauthorized):
        await source.check()
    await source.close()


async def test_scheduling_puts_a_draft_and_a_timer(bench: DiscourseBench, source: Discourse) -> None:
    action = await bench.action(Verb.SCHEDULE)
    bench.server.plan("lose", lambda seen: seen.target.endswith("timer.json"))
    with pytest.raises(Unreachable):
        await source.push(action)
    receipt = await source.push(action)
    topic = bench.site.topics[int(receipt.remote_id)]
    assert bench.site.categories[topic.category or 0] == "Staff"
    assert topic.timer == (action.at, 1)
    assert sum(t.title == action.title for t in bench.site.topics.values()) == 1
    bench.clock.advance(2 * DAY // 1000)
    await source.check()
    assert topic.category == 1


async def test_a_plan_moves_and_still_goes_where_it_was_to_go(bench: DiscourseBench, source: Discourse) -> None:
    plan = await source.push(await bench.action(Verb.SCHEDULE))
    topic, ref = bench.site.topics[int(plan.remote_id)], Ref(Kind.SCHEDULED, plan.remote_id)
    move = replace(await bench.action(Verb.RESCHEDULE, target=ref), place="")
    moved = await source.push(move)
    assert isinstance(moved.records[0], Scheduled) and moved.records[0].at == move.at
    assert topic.timer == (move.at, 1) and (await source.push(move)).remote_id == plan.remote_id
    with pytest.raises(Refused, match="passed"):
        await source.push(replace(move, at=bench.clock.now()))
    await source.push(await bench.action(Verb.UNSCHEDULE, target=ref))
    with pytest.raises(Conflict, match="not planned any more"):
        await source.push(move)
    assert topic.timer is None


async def test_scheduling_without_a_drafts_category(bench: DiscourseBench) -> None:
    source = bench.source(drafts="")
    with pytest.raises(Refused, match="drafts"):
        await source.push(await bench.action(Verb.SCHEDULE))
    thread = Ref(Kind.THREAD, await bench.add_thread(1))
    assert (await source.push(await bench.action(Verb.SCHEDULE, target=thread))).remote_id
    await source.close()


@pytest.mark.parametrize("verb", [Verb.EDIT, Verb.SOLVE, Verb.CLOSE, Verb.BAN, Verb.RESTORE, Verb.ASSIGN])
async def test_what_never_was_is_gone(bench: DiscourseBench, source: Discourse, verb: Verb) -> None:
    kind = Kind.MEMBER if verb is Verb.BAN else Kind.THREAD if verb in (Verb.CLOSE, Verb.ASSIGN) else Kind.POST
    for id in ("4711", "not-a-number"):
        with pytest.raises(Gone):
            await source.push(await bench.action(verb, target=Ref(kind, id)))


@pytest.mark.parametrize("verb", [verb for verb in Verb if verb is not Verb.PUBLISH])
async def test_no_verb_without_a_target_breaks(bench: DiscourseBench, source: Discourse, verb: Verb) -> None:
    action = Action("00000000-0000-4000-8000-000000000001", verb)
    with pytest.raises(Refused):
        await source.push(action)
    assert not any(seen.write for seen in bench.server.seen)


async def test_spam_is_flagged_and_deleted(bench: DiscourseBench, source: Discourse) -> None:
    post = await bench.add_post(await bench.add_thread(1), "Buy followers here")
    receipt = await source.push(await bench.action(Verb.SPAM, target=Ref(Kind.POST, post)))
    flag = bench.asked("POST /post_actions")[0].json()
    assert (flag["post_action_type_id"], flag["id"]) == (8, int(post))
    assert bench.site.posts[int(post)].deleted_at
    assert isinstance(receipt.records[0], Post)
    assert receipt.records[0].state is PostState.DELETED


def test_listing_it_loads_no_client() -> None:
    """The first frame is painted before httpx and msgspec are loaded."""
    code = "import sys, cm_console.sources.discourse, cm_console.sources.http; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert "cm_console.sources.http" in loaded
    assert not {"httpx", "msgspec", "selectolax"} & set(loaded)


def test_an_address_without_a_scheme_is_https() -> None:
    site = Discourse(DiscourseSettings("forum.test/", "sam", Secret("x")), FakeClock())._site
    assert site.url == "https://forum.test"


async def test_no_secret_leaves(bench: DiscourseBench, source: Discourse) -> None:
    assert "k3y" not in repr(source._settings)
    assert "k3y" not in repr(vars(source))
    await source.check()
    assert "k3y" not in repr(source._site.gate)
