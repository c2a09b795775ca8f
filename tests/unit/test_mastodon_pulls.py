"""What the Mastodon source's feeds ask for and bring: cost, gaps, edits, deletions, messages, reports, history."""

from __future__ import annotations

import msgspec
import pytest

from cm_console.model.action import Verb
from cm_console.model.errors import Throttled, Unauthorized
from cm_console.model.records import Kind, Member, Post, Record, Ref, Report, Thread, ThreadKind, ref_of
from cm_console.model.source import Cursor, Feed, Page, Source
from cm_console.model.time import DAY, HOUR, MINUTE
from cm_console.sources.mastodon import wire, wire_admin
from cm_console.sources.mastodon.records import post as post_of
from cm_console.sources.mastodon.records import reports as reports_of
from cm_console.sources.mastodon.watch import Watch
from tests.servers.mastodon_bench import GoToSocialBench, MastodonBench, PleromaBench
from tests.servers.mastodon_world import INVITE_USERS, MODERATOR

BENCH = MastodonBench


async def pull(source: Source, feed: Feed = Feed.THREADS, cursor: Cursor | None = None) -> tuple[list[Page], Cursor]:
    pages = [page async for page in source.pull(feed, cursor)]
    return pages, pages[-1].cursor


def records(pages: list[Page]) -> dict[Ref, Record]:
    return {ref_of(record): record for page in pages for record in page.records}


def gone(pages: list[Page]) -> set[Ref]:
    return {ref for page in pages for ref in page.gone}


def post(pages: list[Page], id: str) -> Post:
    found = records(pages)[Ref(Kind.POST, id)]
    assert isinstance(found, Post)
    return found


async def test_questions_nobody_answered_cost_nothing_more(bench: MastodonBench, source: Source) -> None:
    bench.site.seed(200, 0)
    pages, _ = await pull(source)
    assert sum(isinstance(record, Thread) for record in records(pages).values()) == 200
    assert bench.requests == 1 + 6 + 2, "who we are, six pages of mentions, conversations, our own"
    assert pages[-1].done == 200 + 200 + 10


async def test_the_newest_come_first(bench: MastodonBench, source: Source) -> None:
    bench.site.seed(100, 0)
    pages, _ = await pull(source)
    order = [record.id for page in pages for record in page.records if isinstance(record, Post)]
    assert order[0] == max(bench.site.statuses)
    assert order[:40] == sorted(bench.site.statuses, reverse=True)[:40]


async def test_history_ends_the_first_sync(bench: MastodonBench) -> None:
    old = await bench.add_thread(1)
    bench.clock.advance(40 * DAY / 1000)
    for _ in range(100):
        bench.site.add_status(bench.ann, "@team An older question")
        bench.clock.advance(HOUR / 1000)
    source = bench.source(history=2)
    pages, cursor = await pull(source)
    posts = [record for record in records(pages).values() if isinstance(record, Post)]
    assert 47 <= len(posts) <= 49
    assert len(bench.asked("GET /api/v1/notifications")) == 2
    bench.clock.advance(60)
    late = await bench.add_post(old, "An answer to something from long ago")
    pages, _ = await pull(source, cursor=cursor)
    assert {Ref(Kind.POST, late), Ref(Kind.POST, old)} <= set(records(pages)), "its thread comes whole"
    await source.close()


async def test_nothing_new_is_three_requests(bench: MastodonBench, source: Source) -> None:
    bench.site.seed(100, 2)
    _, cursor = await pull(source)
    before = bench.requests
    pages, again = await pull(source, cursor=cursor)
    assert bench.requests - before == 3
    assert len(pages) == 1
    assert (pages[0].records, again) == ((), cursor)


async def test_a_new_answer_costs_two_more(bench: MastodonBench, source: Source) -> None:
    bench.site.seed(3, 5)
    _, cursor = await pull(source)
    before = bench.requests
    bench.clock.advance(1)
    thread = next(iter(bench.site.statuses))
    new = await bench.add_post(thread, "Something new under the sun")
    pages, _ = await pull(source, cursor=cursor)
    assert post(pages, new).thread == thread
    assert bench.requests - before == 5, "three lists, the first post with what stands below it"


async def test_a_gap_is_filled_upwards(bench: MastodonBench, source: Source) -> None:
    """More is new than a page holds: the rest comes along `min_id`, also when stopped in the middle."""
    await bench.add_thread(1)
    _, cursor = await pull(source)
    bench.clock.advance(5)
    new = {bench.site.add_status(bench.ann, f"@team Question {number}").id for number in range(170)}
    pages: list[Page] = []
    for _ in range(20):
        taken = 0
        async for page in source.pull(Feed.THREADS, cursor):
            pages.append(page)
            cursor, taken = page.cursor, taken + 1
            if taken == 2 and page.more:
                break
        else:
            break
    assert {Ref(Kind.POST, id) for id in new} <= set(records(pages))
    assert len(bench.asked("GET /api/v1/notifications", "min_id")) >= 4
    before = bench.requests
    pages, _ = await pull(source, cursor=cursor)
    assert bench.requests - before == 3


async def test_a_tree_of_several_pages_is_resumed(bench: MastodonBench, source: Source) -> None:
    asked = bench.site.add_status(bench.ann, "@team how do I?")
    for number in range(250):
        bench.site.add_status(bench.bob, f"Perhaps {number}", reply_to=asked.id)
    for stop in (1, 2):
        pages: list[Page] = []
        async for page in source.pull(Feed.THREADS, None):
            pages.append(page)
            if len(pages) == stop:
                break
        rest, _ = await pull(source, cursor=pages[-1].cursor)
        posts = {ref for ref in records([*pages, *rest]) if ref.kind is Kind.POST}
        assert posts == {Ref(Kind.POST, id) for id in bench.site.statuses}


async def test_a_direct_message_is_a_direct_thread(bench: MastodonBench, source: Source) -> None:
    first = bench.site.add_status(bench.ann, "@team can you help me?", visibility="direct")
    ours = bench.site.add_status(bench.server.me.id, "@ann sure", reply_to=first.id, visibility="direct")
    hidden = bench.site.add_status(bench.ann, "@bob between us", visibility="direct")
    pages, cursor = await pull(source)
    thread = records(pages)[Ref(Kind.THREAD, first.id)]
    assert isinstance(thread, Thread)
    assert (thread.kind, thread.title, thread.place) == (ThreadKind.DIRECT, "can you help me?", "direct")
    assert post(pages, first.id).mentions_us
    assert post(pages, ours.id).reply_to == first.id
    assert Ref(Kind.POST, hidden.id) not in records(pages)
    bench.clock.advance(1)
    more = bench.site.add_status(bench.ann, "and one without your name", reply_to=ours.id, visibility="direct")
    more.mentions = [bench.server.me.id]
    pages, _ = await pull(source, cursor=cursor)
    assert post(pages, more.id).thread == first.id


async def test_answers_to_us_that_do_not_name_us(bench: MastodonBench, source: Source) -> None:
    ours = bench.site.add_status(bench.server.me.id, "We meet on Thursday")
    _, cursor = await pull(source)
    bench.clock.advance(1)
    answer = bench.site.add_status(bench.ann, "At what time?", reply_to=ours.id)
    pages, cursor = await pull(source, cursor=cursor)
    assert not post(pages, answer.id).mentions_us
    assert post(pages, answer.id).thread == ours.id
    bench.clock.advance(60)
    deep = bench.site.add_status(bench.bob, "At eight, I think", reply_to=answer.id)
    pages, _ = await pull(source, cursor=cursor)
    assert post(pages, deep.id).thread == ours.id, "nothing in any list changed: the thread is read again"


async def test_hashtags_are_watched(bench: MastodonBench) -> None:
    far = bench.site.add_account("zoe", domain="other.example")
    asked = bench.site.add_status(far.id, "Anybody with #Bikes? See https://example.org/bikes")
    bench.site.add_status(far.id, "Nothing of ours")
    source = bench.source(hashtags="#bikes, c++")
    pages, cursor = await pull(source)
    assert post(pages, asked.id).text == "Anybody with #Bikes? See https://example.org/bikes"
    member = records(pages)[Ref(Kind.MEMBER, far.id)]
    assert isinstance(member, Member)
    assert (member.handle, member.staff) == ("zoe@other.example", False)
    assert bench.asked("/api/v1/timelines/tag/c%2B%2B")
    assert len([record for record in records(pages).values() if isinstance(record, Post)]) == 1
    before = bench.requests
    await pull(source, cursor=cursor)
    assert bench.requests - before == 5
    await source.close()


async def test_free_edits_and_deletions_among_the_newest(bench: MastodonBench, source: Source) -> None:
    first, second, third = [await bench.add_thread(1) for _ in range(3)]
    _, cursor = await pull(source)
    bench.clock.advance(1)
    bench.site.edit(first, "@team Quite another question")
    bench.site.delete(second)
    before = bench.requests
    pages, cursor = await pull(source, cursor=cursor)
    assert post(pages, first).text == "@team Quite another question"
    assert post(pages, first).edited_at == bench.clock.now()
    assert gone(pages) == {Ref(Kind.POST, second), Ref(Kind.THREAD, second)}
    assert Ref(Kind.POST, third) not in records(pages)
    assert bench.requests - before <= 6
    pages, _ = await pull(source, cursor=cursor)
    assert not gone(pages)


async def test_a_deletion_in_a_thread_nobody_watches(bench: MastodonBench, source: Source) -> None:
    asked = []
    for number in range(60):
        bench.clock.advance(1)
        asked.append(bench.site.add_status(bench.ann, f"@team Question {number}").id)
    _, cursor = await pull(source)
    for number in range(45):
        bench.site.add_status(bench.server.me.id, f"@ann Answer {number}", reply_to=asked[number])
    bench.clock.advance(3600)
    _, cursor = await pull(source, cursor=cursor)
    bench.site.delete(asked[55])
    pages, _ = await pull(source, cursor=cursor)
    assert {Ref(Kind.POST, asked[55]), Ref(Kind.THREAD, asked[55])} <= gone(pages)


async def test_a_thread_lives_on_without_its_first_post(bench: MastodonBench, source: Source) -> None:
    """Its answers stand alone for Mastodon then; for us they stay in their thread."""
    thread = await bench.add_thread(3)
    answers = sorted(bench.site.statuses)[1:]
    below = bench.site.add_status(bench.bob, "Below an answer", reply_to=answers[0]).id
    _, cursor = await pull(source)
    bench.clock.advance(60)
    bench.site.delete(thread)
    pages, cursor = await pull(source, cursor=cursor)
    assert gone(pages) == {Ref(Kind.POST, thread)}
    bench.clock.advance(600)
    bench.site.edit(below, "Below an answer, edited")
    late = await bench.add_post(answers[1], "A late answer")
    pages, cursor = await pull(source, cursor=cursor)
    assert post(pages, late).thread == thread
    assert post(pages, below).thread == thread
    assert Ref(Kind.THREAD, late) not in records(pages)
    bench.clock.advance(1)
    bench.site.edit(answers[1], "@team It stands alone, and gives no title to the thread")
    pages, _ = await pull(source, cursor=cursor)
    assert post(pages, answers[1]).thread == thread
    assert not [ref for ref in records(pages) if ref.kind is Kind.THREAD]


async def test_what_answers_a_deleted_answer_is_not_lost(bench: MastodonBench, source: Source) -> None:
    thread = await bench.add_thread(1)
    middle = await bench.add_post(thread, "In the middle")
    below = bench.site.add_status(bench.bob, "Below it", reply_to=middle).id
    _, cursor = await pull(source)
    bench.clock.advance(60)
    bench.site.delete(middle)
    new = bench.site.add_status(bench.ann, "Below that, and new", reply_to=below).id
    pages, cursor = await pull(source, cursor=cursor)
    assert gone(pages) == {Ref(Kind.POST, middle)}
    assert post(pages, below).thread == post(pages, new).thread == thread
    bench.clock.advance(600)
    pages, _ = await pull(source, cursor=cursor)
    assert not gone(pages)


async def test_of_a_crowd_only_who_names_us_comes(bench: MastodonBench, source: Source) -> None:
    far = bench.site.add_account("celebrity", domain="other.example")
    crowded = bench.site.add_status(far.id, "Look at this")
    for number in range(450):
        bench.site.add_status(bench.bob, f"Wow {number}", reply_to=crowded.id)
    named = [bench.site.add_status(bench.ann, f"@team see {number}", reply_to=crowded.id).id for number in range(5)]
    pages, cursor = await pull(source)
    posts = {ref.id for ref, record in records(pages).items() if isinstance(record, Post)}
    assert posts == {crowded.id, *named}
    assert {post(pages, id).thread for id in named} == {crowded.id}
    assert bench.requests <= 3 + 4, "one context, one first post: the rest is known"
    bench.clock.advance(1)
    bench.site.delete(named[2])
    pages, _ = await pull(source, cursor=cursor)
    assert gone(pages) == {Ref(Kind.POST, named[2])}


async def test_lone_and_broken_cursors_begin_anew(bench: MastodonBench, source: Source) -> None:
    await bench.add_thread(2)
    for feed in source.feeds:
        pages, _ = await pull(source, feed, Cursor("{broken"))
        assert feed is Feed.SCHEDULED or feed is Feed.REPORTS or records(pages)


def test_the_watch_is_bounded_and_asks_less_and_less() -> None:
    threads: dict[str, object] = {}
    watch = Watch(threads)  # type: ignore[arg-type]  # filled by itself
    for number in range(60):
        watch.note(f"t{number}", [f"p{number}-{n}" for n in range(100)], number * MINUTE, 60 * MINUTE)
    assert len(threads) == 20, "2,000 ids in all"
    assert watch.home(["p59-7"]) == "t59"
    assert Watch(threads).home(["t59"]) == "t59", "also when its first status is no longer kept"  # type: ignore[arg-type]  # as above
    assert "t0" not in threads
    assert watch.due(60 * MINUTE) == []
    assert watch.due(60 * MINUTE + 29_000) == []
    assert watch.due(60 * MINUTE + 31_000) == ["t57", "t58", "t59"], "the liveliest, three at once"
    quiet = Watch({})
    quiet.note("t", ["p"], 0, 8 * HOUR)
    assert quiet.due(9 * HOUR) == []
    assert quiet.due(10 * HOUR) == ["t"]


async def test_reports_are_on_posts_or_accounts(bench: MastodonBench, source: Source) -> None:
    thread = await bench.add_thread(1)
    bad = [bench.site.add_status(bench.ann, f"Buy this {n}", reply_to=thread).id for n in range(2)]
    many = bench.site.report(bench.ann, bench.bob, bad, comment="Spam again", category="violation")
    many.rules = ["No advertising"]
    whole = bench.site.report(bench.ann, bench.bob, [])
    pages, cursor = await pull(source, Feed.REPORTS)
    found = {ref.id: record for ref, record in records(pages).items() if isinstance(record, Report)}
    assert set(found) == {f"{many.id}-{bad[0]}", f"{many.id}-{bad[1]}", whole.id}
    first = found[f"{many.id}-{bad[0]}"]
    assert (first.target, first.reporter, first.kind) == (Ref(Kind.POST, bad[0]), bench.bob, "violation")
    assert first.reason == "Spam again\nRule: No advertising"
    assert found[whole.id].target == Ref(Kind.MEMBER, bench.ann)
    assert post(pages, bad[0]).thread == thread
    stranger = records(pages)[Ref(Kind.THREAD, thread)]
    assert isinstance(stranger, Thread)
    assert stranger.author is None, "a reported post is no question to us"
    before = bench.requests
    pages, cursor = await pull(source, Feed.REPORTS, cursor)
    assert (bench.requests - before, len(pages), records(pages)) == (3, 1, {})
    bench.clock.advance(60)
    bench.site.delete(bad[0])
    bench.site.resolve(whole, bench.bob)
    pages, cursor = await pull(source, Feed.REPORTS, cursor)
    closed = records(pages)[Ref(Kind.REPORT, whole.id)]
    assert isinstance(closed, Report)
    assert closed.closed_at == bench.clock.now()
    assert gone(pages) == {Ref(Kind.REPORT, f"{many.id}-{bad[0]}")}
    bench.clock.advance(60)
    bench.site.reports[many.id].assigned = bench.bob
    bench.site.reports[many.id].updated_at = bench.clock.now()
    pages, _ = await pull(source, Feed.REPORTS, cursor)
    assert Ref(Kind.REPORT, f"{many.id}-{bad[1]}") in records(pages)


async def test_what_was_raised_and_closed_meanwhile_is_seen(bench: MastodonBench, source: Source) -> None:
    thread = await bench.add_thread(1)
    old, slow = bench.site.flag(thread, bench.bob), bench.site.flag(thread, bench.bob)
    bench.site.resolve(old, bench.bob)
    pages, cursor = await pull(source, Feed.REPORTS)
    assert Ref(Kind.REPORT, f"{old.id}-{thread}") in records(pages)
    bench.clock.advance(60)
    quick = bench.site.flag(thread, bench.bob)
    bench.site.resolve(quick, bench.bob)
    pages, cursor = await pull(source, Feed.REPORTS, cursor)
    report = records(pages)[Ref(Kind.REPORT, f"{quick.id}-{thread}")]
    assert isinstance(report, Report)
    assert report.closed_at is not None
    assert bench.asked("resolved=true", "min_id")
    bench.clock.advance(60)
    bench.site.resolve(slow, bench.bob)
    pages, cursor = await pull(source, Feed.REPORTS, cursor)
    ended = records(pages)[Ref(Kind.REPORT, f"{slow.id}-{thread}")]
    assert isinstance(ended, Report)
    assert ended.closed_at == bench.clock.now(), "raised before what was closed last"
    bench.site.reports[old.id].action_taken_at = None
    pages, _ = await pull(source, Feed.REPORTS, cursor)
    again = records(pages)[Ref(Kind.REPORT, f"{old.id}-{thread}")]
    assert isinstance(again, Report)
    assert again.closed_at is None, "a colleague opened it again"


async def test_all_pages_of_open_reports_are_read(bench: MastodonBench, source: Source) -> None:
    thread = await bench.add_thread(1)
    raised = [bench.site.flag(thread, bench.bob).id for _ in range(230)]
    pages: list[Page] = []
    async for page in source.pull(Feed.REPORTS, None):
        pages.append(page)
        if len(pages) == 120:
            break
    rest, cursor = await pull(source, Feed.REPORTS, pages[-1].cursor)
    found = {ref.id for ref in records([*pages, *rest]) if ref.kind is Kind.REPORT}
    assert found == {f"{id}-{thread}" for id in raised}
    bench.clock.advance(60)
    bench.site.resolve(bench.site.reports[raised[0]], bench.bob)
    pages, _ = await pull(source, Feed.REPORTS, cursor)
    assert Ref(Kind.REPORT, f"{raised[0]}-{thread}") in records(pages)


async def test_sign_ups_wait_and_end(bench: MastodonBench, source: Source) -> None:
    zed = bench.site.add_account("zed", approved=False, why="I like bikes")
    bad = bench.site.add_account("bad", approved=False)
    pages, cursor = await pull(source, Feed.REPORTS)
    report = records(pages)[Ref(Kind.REPORT, f"sign-up-{zed.id}")]
    assert isinstance(report, Report)
    assert (report.kind, report.reason, report.target) == ("sign-up", "I like bikes", Ref(Kind.MEMBER, zed.id))
    bench.clock.advance(60)
    zed.approved = True
    del bench.site.accounts[bad.id]
    pages, _ = await pull(source, Feed.REPORTS, cursor)
    report = records(pages)[Ref(Kind.REPORT, f"sign-up-{zed.id}")]
    assert isinstance(report, Report)
    assert (report.closed_at, report.agreed) == (bench.clock.now(), False)
    assert gone(pages) == {Ref(Kind.REPORT, f"sign-up-{bad.id}"), Ref(Kind.MEMBER, bad.id)}


async def test_members_are_listed_once(bench: MastodonBench, source: Source) -> None:
    for number in range(150):
        bench.site.add_account(f"member{number}")
    pages, cursor = await pull(source, Feed.MEMBERS)
    assert len(records(pages)) == 153
    before = bench.requests
    bench.clock.advance(60)
    new = await bench.add_member("newcomer")
    pages, _ = await pull(source, Feed.MEMBERS, cursor)
    assert set(records(pages)) == {Ref(Kind.MEMBER, new)}
    assert len(bench.asked("/api/v2/admin/accounts", "min_id")) == 2, "what is newer, until there is nothing"
    assert bench.requests - before <= 2


@pytest.mark.parametrize("permissions", [INVITE_USERS, MODERATOR])
async def test_who_is_no_moderator_reads_the_rest(bench: MastodonBench, source: Source, permissions: int) -> None:
    """A missing right stops neither the pull nor the feeds after it; lost rights are told."""
    await bench.add_report(await bench.add_thread(1))
    bench.server.me.permissions = permissions
    allowed = permissions == MODERATOR
    for feed in (Feed.MEMBERS, Feed.REPORTS):
        pages = [page async for page in source.pull(feed, None)]
        assert bool(records(pages)) is allowed
        assert not any(page.note for page in pages)
        cursor = pages[-1].cursor
        bench.server.scopes = ["read"]
        pages = [page async for page in source.pull(feed, cursor)]
        assert any("scopes" in page.note for page in pages) is (allowed or feed is Feed.MEMBERS)
        bench.server.scopes = ["read", "admin:read"]
    identity = await source.check()
    assert (Feed.REPORTS in identity.feeds) is allowed


async def test_a_lost_token_is_told(bench: MastodonBench, source: Source) -> None:
    """By who asks for the first time, and by who knew the server before; that is no missing right."""
    other = bench.source()
    await other.check()
    await bench.unauthorized()
    for one in (source, other):
        for feed in source.feeds:
            with pytest.raises(Unauthorized, match="The access token is invalid"):
                await pull(one, feed)
    await other.close()


async def test_plans_come_move_and_go(bench: MastodonBench, source: Source) -> None:
    first, second = [await source.push(await bench.action(Verb.SCHEDULE)) for _ in range(2)]
    pages, cursor = await pull(source, Feed.SCHEDULED)
    assert {ref.id for ref in records(pages)} == {first.remote_id, second.remote_id}
    pages, cursor = await pull(source, Feed.SCHEDULED, cursor)
    assert not records(pages)
    bench.site.plans[first.remote_id].at += HOUR
    del bench.site.plans[second.remote_id]
    pages, cursor = await pull(source, Feed.SCHEDULED, cursor)
    assert {ref.id for ref in records(pages)} == {first.remote_id}
    assert gone(pages) == {Ref(Kind.SCHEDULED, second.remote_id)}
    for _ in range(50):
        await source.push(await bench.action(Verb.SCHEDULE))
    pages, _ = await pull(source, Feed.SCHEDULED, cursor)
    assert len(records(pages)) == 50, "also beyond the first page"


async def test_the_budget_and_the_end_of_a_pause(bench: MastodonBench, source: Source) -> None:
    assert bench.source().budget is None
    await source.check()
    assert source.budget is not None
    assert (source.budget.limit, source.budget.remaining) == (300, 300 - bench.requests)
    assert source.budget.resets_at == bench.clock.now() + 5 * MINUTE
    bench.server.per_window = bench.requests
    with pytest.raises(Throttled) as caught:
        await source.check()
    assert caught.value.until == source.budget.resets_at, "there is no Retry-After"


def test_what_other_servers_leave_out_is_no_fault() -> None:
    """GoToSocial and Pleroma leave fields out, or send null for an empty list."""
    bare = b'{"id":"01JD","created_at":"2026-11-22T09:00:00Z","account":{"id":"01A","acct":"ann","roles":null}}'
    nothing = b',"mentions":null,"media_attachments":null,"poll":{"options":null},"spoiler_text":null,"url":null}'
    for text in (bare, bare[:-1] + nothing):
        made = post_of(msgspec.json.decode(text, type=wire.Status), "01JD", "me")
        assert (made.id, made.author, made.url, made.mentions_us) == ("01JD", "01A", "", False)
    account = b'{"id":"01A","created_at":"2026-11-22T09:00:00Z","account":{"id":"01A"}}'
    report = (
        b'{"id":"01R","created_at":"2026-11-22T09:00:00Z","target_account":%s,"statuses":null,"rules":null}' % account
    )
    assert reports_of(msgspec.json.decode(report, type=wire_admin.AdminReport))[0].target == Ref(Kind.MEMBER, "01A")


async def test_other_servers_are_read_too() -> None:
    for kind in (GoToSocialBench, PleromaBench):
        bench = await kind().start()
        thread = await bench.add_thread(3)
        await bench.add_report(thread)
        source = bench.source()
        pages, cursor = await pull(source)
        assert len([record for record in records(pages).values() if isinstance(record, Post)]) == 3
        bench.clock.advance(60)
        late = await bench.add_post(thread, "More")
        bench.site.edit(thread, "@team Quite another question")
        pages, _ = await pull(source, cursor=cursor)
        assert {Ref(Kind.POST, late), Ref(Kind.POST, thread)} <= set(records(pages))
        reports = [page async for page in source.pull(Feed.REPORTS, None)]
        assert any(page.records for page in reports) is (kind is GoToSocialBench)
        await source.close()
        await bench.close()
