"""What the Mastodon source does when told something: keys and looking, colleagues, rights, lengths, what is refused."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

import pytest

from cm_console.model.action import Action, Verb
from cm_console.model.errors import Conflict, Gone, Refused, Throttled, Unauthorized, Unreachable
from cm_console.model.records import Kind, Post, Ref, Report, Scheduled, Thread
from cm_console.model.settings import Secret
from cm_console.model.source import Feed
from cm_console.model.time import HOUR, MINUTE, Instant
from cm_console.model.verb import ON_PLANS
from cm_console.sources.mastodon import Mastodon, MastodonSettings
from cm_console.testing import FakeClock
from tests.servers.mastodon import TOKEN
from tests.servers.mastodon_bench import GoToSocialBench, MastodonBench, PleromaBench
from tests.servers.mastodon_world import INVITE_USERS, MODERATOR, Status

BENCH = MastodonBench


everywhere = pytest.mark.parametrize("bench", [MastodonBench, GoToSocialBench, PleromaBench], indirect=True)
no_keys = pytest.mark.parametrize("bench", [GoToSocialBench, PleromaBench], indirect=True)
gotosocial = pytest.mark.parametrize("bench", [GoToSocialBench], indirect=True)
pleroma = pytest.mark.parametrize("bench", [PleromaBench], indirect=True)


def written(bench: MastodonBench, text: str) -> list[Status]:
    """Our statuses that say this."""
    return [one for one in bench.site.statuses.values() if one.account == bench.server.me.id and text in one.text]


async def on_report(bench: MastodonBench, verb: Verb) -> Action:
    """An action on ann that answers a report on a post of hers."""
    post = await bench.add_post(await bench.add_thread(1), "Buy followers here")
    return await bench.action(verb, target=Ref(Kind.MEMBER, bench.ann), report=await bench.add_report(post))


async def test_a_reply_names_and_is_seen_by_whom_it_answers(bench: MastodonBench, source: Mastodon) -> None:
    far = bench.site.add_account("zoe", domain="other.example")
    for visibility in ("public", "unlisted", "private", "direct"):
        asked = bench.site.add_status(far.id, "@team @bob can you help?", visibility=visibility)
        action = await bench.action(Verb.REPLY, target=Ref(Kind.THREAD, asked.id))
        receipt = await source.push(replace(action, reply_to=asked.id))
        made = bench.site.statuses[receipt.remote_id]
        assert (made.visibility, made.reply_to) == (visibility, asked.id)
        assert made.text == f"@zoe@other.example @bob {action.text}"
        assert isinstance(receipt.records[-1], Post)
        assert receipt.records[-1].thread == asked.id


async def test_without_a_post_the_newest_that_names_us_is_answered(bench: MastodonBench, source: Mastodon) -> None:
    """Also when it is private within a public thread: never more people hear of it than did."""
    thread = await bench.add_thread(1)
    bench.clock.advance(1)
    private = bench.site.add_status(bench.bob, "@team between us", reply_to=thread, visibility="direct")
    bench.clock.advance(1)
    bench.site.add_status(bench.server.me.id, "@bob ours", reply_to=private.id, visibility="direct")
    receipt = await source.push(await bench.action(Verb.REPLY, target=Ref(Kind.THREAD, thread)))
    made = bench.site.statuses[receipt.remote_id]
    assert (made.reply_to, made.visibility, made.text[:5]) == (private.id, "direct", "@bob ")


async def test_who_asks_us_is_answered(bench: MastodonBench, source: Mastodon) -> None:
    asked = bench.site.add_status(bench.ann, "@team how do I?")
    bench.clock.advance(1)
    bench.site.add_status(bench.bob, "@ann like this", reply_to=asked.id)
    ours = bench.site.add_status(bench.server.me.id, "We meet on Thursday")
    bench.clock.advance(1)
    answer = bench.site.add_status(bench.bob, "When?", reply_to=ours.id)
    tagged = bench.site.add_status(bench.ann, "Anybody with #bikes?")
    bench.site.add_status(bench.bob, "Me", reply_to=tagged.id)
    for thread, answered in ((asked, asked), (ours, answer), (tagged, tagged)):
        receipt = await source.push(await bench.action(Verb.REPLY, target=Ref(Kind.THREAD, thread.id)))
        assert bench.site.statuses[receipt.remote_id].reply_to == answered.id


async def test_a_warning_stays_on_the_answer(bench: MastodonBench, source: Mastodon) -> None:
    asked = bench.site.add_status(bench.ann, "@team how does it end?", spoiler="The last chapter")
    receipt = await source.push(await bench.action(Verb.REPLY, target=Ref(Kind.THREAD, asked.id)))
    assert bench.site.statuses[receipt.remote_id].spoiler == "The last chapter"


async def test_new_posts_are_seen_as_set_or_as_planned(bench: MastodonBench) -> None:
    source = bench.source(visibility="unlisted")
    action = await bench.action(Verb.PUBLISH)
    receipt = await source.push(action)
    assert bench.site.statuses[receipt.remote_id].visibility == "unlisted"
    assert isinstance(receipt.records[0], Thread)
    other = replace(await bench.action(Verb.PUBLISH), place="followers")
    assert bench.site.statuses[(await source.push(other)).remote_id].visibility == "private"
    with pytest.raises(Refused, match="no place Announcements"):
        await source.push(replace(other, place="Announcements"))
    await source.close()


async def test_what_is_too_long_is_not_sent(bench: MastodonBench, source: Mastodon) -> None:
    fits = "x" * 470 + " https://example.org/" + "y" * 200
    action = replace(await bench.action(Verb.PUBLISH), text=fits)
    await source.push(action)
    writes = len(bench.asked("POST"))
    too_long = replace(await bench.action(Verb.PUBLISH), text=f"{fits} and more")
    with pytest.raises(Refused, match=r"503 characters as Mastodon counts .* 500 are allowed: shorten it by 3"):
        await source.push(too_long)
    reply = replace(await bench.action(Verb.REPLY), text="x" * 496)
    with pytest.raises(Refused, match="501 characters"):
        await source.push(reply)
    with pytest.raises(Refused, match="nothing to say"):
        await source.push(replace(too_long, text="", title=""))
    own = await bench.action(Verb.EDIT)
    with pytest.raises(Refused, match="shorten it by 100"):
        await source.push(replace(own, text="x" * 600))
    assert len(bench.asked("POST")) == writes
    assert not bench.asked("PUT")


@gotosocial
async def test_the_server_says_how_long_it_may_be(bench: MastodonBench, source: Mastodon) -> None:
    await source.push(replace(await bench.action(Verb.PUBLISH), text="x" * 4_000))


@everywhere
async def test_a_lost_answer_makes_no_second_post(bench: MastodonBench, source: Mastodon) -> None:
    """Sent again within the hour as the outbox does it; where the key is not known, we look first."""
    for verb in (Verb.REPLY, Verb.PUBLISH):
        action = await bench.action(verb)
        await bench.lose_next_answer()
        with pytest.raises(Unreachable) as caught:
            await source.push(action)
        assert caught.value.landed is None
        bench.clock.advance(70)
        receipt = await source.push(action)
        assert [one.id for one in written(bench, action.text)] == [receipt.remote_id]
        found = await source.find(action)
        assert found is not None
        assert found.remote_id == receipt.remote_id


@no_keys
async def test_looking_first_lets_other_equal_words_be_said(bench: MastodonBench, source: Mastodon) -> None:
    first = await bench.action(Verb.PUBLISH)
    receipt = await source.push(first)
    bench.clock.advance(1)
    second = replace(await bench.action(Verb.PUBLISH), text=first.text, taken=frozenset({receipt.remote_id}))
    assert (await source.push(second)).remote_id != receipt.remote_id


async def test_after_an_hour_the_key_is_forgotten_but_we_look(bench: MastodonBench, source: Mastodon) -> None:
    action = await bench.action(Verb.PUBLISH)
    receipt = await source.push(action)
    for number in range(90):
        bench.site.add_status(bench.server.me.id, f"Something else {number}")
    bench.clock.advance(2 * HOUR / 1000)
    found = await source.find(action)
    assert found is not None
    assert found.remote_id == receipt.remote_id


async def test_find_takes_only_the_right_thread_and_the_right_post(bench: MastodonBench, source: Mastodon) -> None:
    thread, other = await bench.add_thread(3), await bench.add_thread(1)
    answer = sorted(bench.site.statuses)[1]
    action = await bench.action(Verb.REPLY, target=Ref(Kind.THREAD, thread))
    bench.site.add_status(bench.server.me.id, f"@ann {action.text}", reply_to=other)
    alone = bench.site.add_status(bench.server.me.id, action.text)
    assert await source.find(action) is None
    deep = bench.site.add_status(bench.server.me.id, f"@ann {action.text}", reply_to=answer)
    found = await source.find(action)
    assert found is not None
    assert found.remote_id == deep.id, "to an answer within the thread"
    assert await source.find(replace(action, reply_to=thread)) is None
    published = await source.find(replace(action, verb=Verb.PUBLISH))
    assert published is not None
    assert published.remote_id == alone.id, "what answers nobody"
    assert await source.find(replace(action, tried_at=None)) is None


async def test_a_plan_is_made_moved_found_and_taken_back(bench: MastodonBench, source: Mastodon) -> None:
    action = await bench.action(Verb.SCHEDULE)
    await bench.lose_next_answer()
    with pytest.raises(Unreachable):
        await source.push(action)
    found = await source.find(action)
    assert found is not None
    assert await source.find(replace(action, at=Instant((action.at or 0) + HOUR))) is None
    assert await source.find(replace(action, text="Other words for the same time")) is None
    later = Instant((action.at or 0) + HOUR)
    target = Ref(Kind.SCHEDULED, found.remote_id)
    move = replace(await bench.action(Verb.RESCHEDULE, target=target), at=later)
    moved = await source.push(move)
    assert isinstance(moved.records[0], Scheduled)
    assert (moved.remote_id, moved.records[0].at, bench.site.plans[found.remote_id].at) == (
        found.remote_id,
        later,
        later,
    )
    assert (await source.push(move)).remote_id == found.remote_id
    with pytest.raises(Refused, match="five minutes"):
        await source.push(replace(move, at=Instant(bench.clock.now() + 4 * MINUTE)))
    await source.push(await bench.action(Verb.UNSCHEDULE, target=target))
    assert not bench.site.plans
    with pytest.raises(Conflict) as caught:
        await source.push(await bench.action(Verb.UNSCHEDULE, target=target))
    assert caught.value.settled
    with pytest.raises(Conflict, match="not planned any more") as caught:
        await source.push(replace(move, at=Instant(later + HOUR)))
    assert not caught.value.settled
    with pytest.raises(Refused, match="five minutes"):
        await source.push(replace(action, at=Instant(bench.clock.now() + 4 * MINUTE)))


async def test_a_plan_that_went_out_is_found_among_our_posts(bench: MastodonBench, source: Mastodon) -> None:
    action = await bench.action(Verb.SCHEDULE)
    await source.push(action)
    bench.clock.advance(25 * HOUR / 1000)
    found = await source.find(action)
    assert found is not None
    assert bench.site.statuses[found.remote_id].text == action.text


@gotosocial
async def test_a_server_without_plans_says_so(bench: MastodonBench, source: Mastodon) -> None:
    """501 is a refusal: nothing was done, and the words say what is missing."""
    with pytest.raises(Refused, match="not yet supported") as caught:
        await source.push(await bench.action(Verb.SCHEDULE))
    assert caught.value.landed is False


async def test_an_edit_keeps_what_it_does_not_change(bench: MastodonBench, source: Mastodon) -> None:
    """Mastodon takes away what an edit leaves out: pictures, the warning, the language."""
    far = bench.site.add_account("zoe", domain="other.example")
    own = bench.site.add_status(bench.server.me.id, "@zoe@other.example look", spoiler="Bikes")
    own.media, own.sensitive = (
        [{"id": "7", "type": "image", "url": "https://x.test/7.png", "description": "A bike"}],
        True,
    )
    action = replace(await bench.action(Verb.EDIT, target=Ref(Kind.POST, own.id)), text="@zoe look closely")
    receipt = await source.push(action)
    sent = bench.asked("PUT")[0].json()
    assert sent["language"] == "en"
    assert (own.text, own.spoiler, own.sensitive) == ("@zoe@other.example look closely", "Bikes", True)
    assert own.mentions == [far.id]
    assert own.media
    assert isinstance(receipt.records[0], Post)
    assert receipt.records[0].text.endswith("[image: A bike] <https://x.test/7.png>")
    assert receipt.records[0].text.startswith("Content warning: Bikes")
    await source.push(action)
    assert len(bench.asked("PUT")) == 1, "the words stand there already"


async def test_what_cannot_be_edited_says_why(bench: MastodonBench, source: Mastodon) -> None:
    theirs = await bench.action(Verb.EDIT, target=Ref(Kind.POST, await bench.add_thread(1)))
    with pytest.raises(Refused, match="only who wrote it"):
        await source.push(theirs)
    own = bench.site.add_status(bench.server.me.id, "Which day?")
    own.poll = ["Monday", "Tuesday"]
    with pytest.raises(Refused, match="poll"):
        await source.push(await bench.action(Verb.EDIT, target=Ref(Kind.POST, own.id)))
    assert not bench.asked("PUT")


async def test_a_new_post_is_taken_back_by_its_thread(bench: MastodonBench, source: Mastodon) -> None:
    """As undo does it: the opposite of publishing names the thread."""
    receipt = await source.push(await bench.action(Verb.PUBLISH))
    await source.push(await bench.action(Verb.REMOVE, target=Ref(Kind.THREAD, receipt.remote_id)))
    assert receipt.remote_id not in bench.site.statuses


async def test_other_peoples_posts_cannot_be_removed(bench: MastodonBench, source: Mastodon) -> None:
    post = await bench.add_post(await bench.add_thread(1), "Buy followers here")
    report = await bench.add_report(post)
    action = await bench.action(Verb.REMOVE, target=Ref(Kind.POST, post), report=report)
    with pytest.raises(Refused, match=rf"/admin/reports/{report.partition('-')[0]}; .*warn, silence or ban"):
        await source.push(action)
    assert not bench.asked("DELETE")


@pleroma
async def test_pleroma_lets_moderators_remove(bench: MastodonBench, source: Mastodon) -> None:
    post = await bench.add_thread(1)
    await source.push(await bench.action(Verb.REMOVE, target=Ref(Kind.POST, post)))
    assert post not in bench.site.statuses


async def test_a_report_is_taken_given_back_closed_and_opened(bench: MastodonBench, source: Mastodon) -> None:
    target = Ref(Kind.REPORT, await bench.add_report(await bench.add_thread(1)))
    report = bench.site.reports[target.id.partition("-")[0]]
    for verb, assigned, closed in (
        (Verb.ASSIGN, bench.server.me.id, False),
        (Verb.UNASSIGN, None, False),
        (Verb.KEEP, None, True),
        (Verb.REOPEN, None, False),
        (Verb.IGNORE, None, True),
    ):
        for _ in range(2 if verb in (Verb.ASSIGN, Verb.UNASSIGN, Verb.REOPEN) else 1):
            receipt = await source.push(replace(await bench.action(verb, target=target), member=None))
        assert (report.assigned, report.action_taken_at is not None) == (assigned, closed)
        assert isinstance(receipt.records[0], Report)
        assert (receipt.records[0].id, receipt.records[0].closed_at is not None) == (target.id, closed)
    for word in ("assign_to_self", "unassign", "reopen"):
        assert len(bench.asked(f"/{word}")) == 1, "a repeat is not sent"
    with pytest.raises(Refused, match="only for oneself"):
        await source.push(await bench.action(Verb.ASSIGN, target=target))
    report.assigned = bench.bob
    with pytest.raises(Conflict) as caught:
        await source.push(replace(await bench.action(Verb.ASSIGN, target=target), member=bench.server.me.id))
    assert "@bob" in caught.value.current
    with pytest.raises(Refused, match="needs a report"):
        await source.push(await bench.action(Verb.REOPEN))


@pytest.mark.parametrize(("verb", "kind"), [(Verb.WARN, "none"), (Verb.SILENCE, "silence"), (Verb.BAN, "suspend")])
async def test_a_decision_closes_its_report(bench: MastodonBench, source: Mastodon, verb: Verb, kind: str) -> None:
    action = await on_report(bench, verb)
    other = await bench.add_report(await bench.add_thread(1))
    receipt = await source.push(action)
    assert bench.site.strikes == [(bench.ann, kind, "Please read guideline 3.")]
    sent = bench.asked("/action")[0].json()
    assert (sent["report_id"], sent["send_email_notification"]) == ((action.report or "").partition("-")[0], True)
    assert all(isinstance(record, Report) and record.closed_at for record in receipt.records)
    assert receipt.records
    assert (bench.site.reports[other.partition("-")[0]].action_taken_at is None) is (verb is Verb.WARN)


async def test_a_warning_is_not_sent_twice_once_its_report_is_closed(bench: MastodonBench, source: Mastodon) -> None:
    action = await on_report(bench, Verb.WARN)
    await bench.lose_next_answer()
    with pytest.raises(Unreachable):
        await source.push(action)
    with pytest.raises(Conflict) as caught:
        await source.push(action)
    assert caught.value.settled
    assert len(bench.site.strikes) == 1
    again = await on_report(bench, Verb.WARN)
    bench.site.resolve(bench.site.reports[(again.report or "").partition("-")[0]], bench.bob)
    with pytest.raises(Conflict) as caught:
        await source.push(again)
    assert not caught.value.settled, "a colleague closed it: nobody knows whether they warned"
    assert "@bob has closed the report" in caught.value.current


async def test_what_stands_already_is_not_done_again_but_the_report_closes(
    bench: MastodonBench, source: Mastodon
) -> None:
    bench.site.accounts[bench.ann].suspended = True
    action = await on_report(bench, Verb.SILENCE)
    receipt = await source.push(action)
    assert not bench.site.strikes
    assert isinstance(receipt.records[0], Report)
    assert receipt.records[0].closed_at


async def test_what_mastodon_cannot_do_is_said(bench: MastodonBench, source: Mastodon) -> None:
    far = bench.site.add_account("zoe", domain="other.example")
    with pytest.raises(Refused, match=r"not of other\.example"):
        await source.push(await bench.action(Verb.WARN, target=Ref(Kind.MEMBER, far.id)))
    silence = await bench.action(Verb.SILENCE)
    with pytest.raises(Refused, match="ends nothing by itself"):
        await source.push(replace(silence, until=Instant(bench.clock.now() + HOUR)))
    assert not bench.asked("POST")
    await source.push(await bench.action(Verb.BAN, target=Ref(Kind.MEMBER, far.id)))
    assert far.suspended
    assert bench.asked("/action")[0].json()["send_email_notification"] is False


async def test_sign_ups_are_decided_once(bench: MastodonBench, source: Mastodon) -> None:
    let_in = await bench.action(Verb.APPROVE)
    account = bench.site.accounts[(let_in.report or "").removeprefix("sign-up-")]
    receipt = await source.push(let_in)
    assert account.approved
    assert isinstance(receipt.records[0], Report)
    assert receipt.records[0].agreed is False
    for verb, settled in ((Verb.APPROVE, True), (Verb.KEEP, True), (Verb.REJECT, False), (Verb.BAN, False)):
        about = Ref(Kind.MEMBER, account.id) if verb is Verb.BAN else let_in.target
        with pytest.raises(Conflict) as caught:
            await source.push(await bench.action(verb, target=about, report=let_in.report))
        assert caught.value.settled is settled
    banned = await bench.action(Verb.REJECT)
    id = (banned.report or "").removeprefix("sign-up-")
    await source.push(await bench.action(Verb.BAN, target=Ref(Kind.MEMBER, id), report=banned.report))
    assert id not in bench.site.accounts, "who waits to be let in and is banned is rejected"
    with pytest.raises(Conflict) as caught:
        await source.push(replace(banned, verb=Verb.APPROVE))
    assert not caught.value.settled
    with pytest.raises(Refused, match="cannot be ignored"):
        await source.push(replace(await bench.action(Verb.APPROVE), verb=Verb.IGNORE))
    report = await bench.add_report(await bench.add_thread(1))
    with pytest.raises(Refused, match="needs a sign-up"):
        await source.push(await bench.action(Verb.REJECT, target=Ref(Kind.REPORT, report)))
    await source.push(await bench.action(Verb.APPROVE, target=Ref(Kind.REPORT, report)))
    assert bench.site.reports[report.partition("-")[0]].action_taken_at


@gotosocial
async def test_gotosocial_does_what_it_offers_and_says_what_not(bench: MastodonBench, source: Mastodon) -> None:
    await source.push(await bench.action(Verb.BAN))
    await source.push(await bench.action(Verb.KEEP))
    await source.push(await bench.action(Verb.APPROVE))
    writes = len(bench.asked("POST"))
    identity = await source.check()
    for verb in (Verb.WARN, Verb.SILENCE, Verb.UNSILENCE, Verb.UNBAN, Verb.ASSIGN, Verb.UNASSIGN, Verb.REOPEN):
        with pytest.raises(Refused, match="GoToSocial does not offer this to apps"):
            await source.push(await bench.action(verb))
        assert verb not in identity.verbs
        assert "settings panel" in identity.missing[verb]
    assert len(bench.asked("POST")) == writes
    assert {Verb.BAN, Verb.KEEP, Verb.APPROVE, Verb.REPLY} <= identity.verbs
    assert (identity.text.most, identity.text.link_counts_as) == (5000, 23), "as the server says of itself"
    assert identity.feeds == source.feeds


@pleroma
async def test_pleroma_has_an_admin_api_of_its_own(bench: MastodonBench, source: Mastodon) -> None:
    identity = await source.check()
    assert identity.version == "2.7.2 (compatible; Pleroma 2.6.0)"
    assert identity.feeds == {Feed.THREADS, Feed.SCHEDULED}
    writing = {Verb.REPLY, Verb.PUBLISH, Verb.MESSAGE, Verb.EDIT, Verb.REMOVE}
    assert identity.verbs == {*writing, Verb.SCHEDULE, *ON_PLANS}
    assert "admin page" in identity.missing[Verb.BAN]


async def test_an_unknown_server_that_lacks_something_says_so(bench: MastodonBench, source: Mastodon) -> None:
    """Mastodon by its version, but a request is not known: that is no missing report."""
    target = Ref(Kind.REPORT, await bench.add_report(await bench.add_thread(1)))
    await source.check()
    bench.server.flavour = "gotosocial"
    with pytest.raises(Refused, match=r"does not offer this to apps \(assign_to_self\)"):
        await source.push(replace(await bench.action(Verb.ASSIGN, target=target), member=None))


async def test_scopes_and_roles_are_told_apart(bench: MastodonBench, source: Mastodon) -> None:
    identity = await source.check()
    assert (identity.verbs, identity.feeds) == (frozenset(source.verbs), source.feeds)
    assert not identity.missing
    assert (identity.member, identity.name, identity.server_time) == (bench.server.me.id, "team", bench.clock.now())
    action, ban = await bench.action(Verb.REPLY), await on_report(bench, Verb.BAN)
    bench.server.scopes = ["read", "admin:read"]
    for told in (True, False):
        bench.server.tells_scopes = told
        identity = await source.check()
        assert (Verb.REPLY in identity.verbs) is not told
    assert Feed.REPORTS in identity.feeds
    with pytest.raises(Unauthorized) as caught:
        await source.push(action)
    assert caught.value.right == "write:statuses"
    with pytest.raises(Unauthorized) as caught:
        await source.push(ban)
    assert caught.value.right == "admin:write:accounts"
    bench.server.scopes, bench.server.tells_scopes = ["read", "write:statuses"], True
    identity = await source.check()
    assert identity.feeds == {Feed.THREADS, Feed.SCHEDULED}
    assert identity.missing[Feed.REPORTS] == "scope admin:read:reports"
    assert identity.missing[Verb.SILENCE] == "scope admin:write:accounts"
    assert Verb.REPLY in identity.verbs
    bench.server.tells_scopes = False
    identity = await source.check()
    assert identity.feeds == {Feed.THREADS, Feed.SCHEDULED}, "a small read tells where nobody else does"
    assert identity.missing[Verb.KEEP] == "admin:read:reports"
    assert identity.missing[Feed.MEMBERS] == "admin:read:accounts"


async def test_a_role_that_lacks_a_right_is_named(bench: MastodonBench) -> None:
    bench.server.me.permissions = INVITE_USERS | 1 << 4
    source = bench.source()
    identity = await source.check()
    assert {Verb.KEEP, Verb.REOPEN} <= identity.verbs
    assert identity.missing[Verb.BAN] == identity.missing[Feed.MEMBERS] == "a role with 'Manage Users'"
    with pytest.raises(Unauthorized) as caught:
        await source.push(await on_report(bench, Verb.BAN))
    assert "'Manage Users'" in caught.value.right
    await source.push(await bench.action(Verb.KEEP))
    bench.server.me.permissions = INVITE_USERS
    identity = await source.check()
    assert identity.missing[Verb.BAN] == "a role with 'Manage Users' and 'Manage Reports'"
    assert identity.missing[Verb.KEEP] == "a role with 'Manage Reports'"
    await source.close()


async def test_who_ranks_above_us_is_refused_and_nothing_stops(bench: MastodonBench) -> None:
    """The same 403 as for a missing role: but ours has it, so it is this one thing that is not allowed."""
    bench.server.me.permissions = MODERATOR
    bench.site.accounts[bench.ann].permissions = 1
    source = bench.source()
    with pytest.raises(Refused, match="not allowed"):
        await source.push(await on_report(bench, Verb.BAN))
    await source.close()


async def test_what_is_gone_is_gone(bench: MastodonBench, source: Mastodon) -> None:
    for verb, kind in ((Verb.REPLY, Kind.THREAD), (Verb.EDIT, Kind.POST), (Verb.BAN, Kind.MEMBER)):
        with pytest.raises(Gone):
            await source.push(await bench.action(verb, target=Ref(kind, "424242")))
    for verb in (Verb.KEEP, Verb.REOPEN):
        with pytest.raises(Gone):
            await source.push(await bench.action(verb, target=Ref(Kind.REPORT, "424242-1")))
    reply = replace(await bench.action(Verb.REPLY), reply_to="424242")
    with pytest.raises(Gone):
        await source.push(reply)
    assert not bench.asked("POST")


async def test_too_many_requests_end_when_the_server_says(bench: MastodonBench, source: Mastodon) -> None:
    action = await bench.action(Verb.REPLY)
    bench.server.plan("throttle", lambda seen: seen.write, until=Instant(bench.clock.now() + 90_000))
    with pytest.raises(Throttled) as caught:
        await source.push(action)
    assert (caught.value.until - bench.clock.now(), caught.value.landed) == (90_000, False)
    assert not written(bench, action.text)


@pytest.mark.parametrize("verb", [verb for verb in Verb if verb is not Verb.PUBLISH])
async def test_no_verb_without_a_target_breaks(bench: MastodonBench, source: Mastodon, verb: Verb) -> None:
    with pytest.raises(Refused):
        await source.push(Action("00000000-0000-4000-8000-000000000001", verb))
    assert not any(seen.write for seen in bench.server.seen)


def test_listing_it_loads_no_client() -> None:
    """The first frame is painted before httpx and msgspec are loaded."""
    code = "import sys, cm_console.sources.mastodon; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert "cm_console.sources.mastodon" in loaded
    assert not {"httpx", "msgspec", "selectolax"} & set(loaded)


def test_an_address_without_a_scheme_is_https() -> None:
    server = Mastodon(MastodonSettings("social.test/", Secret("x")), FakeClock())._server
    assert server.url == "https://social.test"


async def test_no_secret_leaves(bench: MastodonBench, source: Mastodon) -> None:
    """Neither with `Bearer` before it nor alone, as a server may echo it."""
    await source.check()
    assert TOKEN not in f"{source._settings} {vars(source)} {source._server.gate}"
    assert source._server.gate.redact(f"token {TOKEN} / Bearer {TOKEN}") == "token *** / ***"


async def test_nobody_can_take_a_sign_up_and_claiming_one_harms_nothing(bench: MastodonBench, source: Mastodon) -> None:
    bench.site.add_account("newcomer", approved=False)
    bench.server.seen.clear()
    receipt = await source.push(Action("c1", Verb.ASSIGN, Ref(Kind.REPORT, "sign-up-1"), report="sign-up-1"))
    assert "only here" in receipt.note and not any(seen.write for seen in bench.server.seen)


async def test_what_is_told_of_reports_only_and_ends_nothing_is_known_beforehand(source: Mastodon) -> None:
    identity = await source.check()
    assert {Verb.ASSIGN, Verb.UNASSIGN, Verb.REOPEN} <= identity.on_reports
    assert identity.timed == frozenset() and Verb.BAN in identity.verbs
