"""What the WordPress source's feeds ask for and bring: cost, edits, states, visitors, plans, roles, odd sites."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from cm_console.model.action import Verb
from cm_console.model.errors import Malformed, Refused, Unauthorized
from cm_console.model.records import Kind, Member, Post, PostState, Record, Ref, Report, Scheduled, Thread, ref_of
from cm_console.model.settings import Secret
from cm_console.model.source import Cursor, Feed, Page
from cm_console.model.time import DAY, HOUR, MINUTE, Instant
from cm_console.sources.wordpress import WordPress, WordPressSettings
from tests.servers.loopback import Reply, Seen
from tests.servers.wordpress import PASSWORD
from tests.servers.wordpress_bench import WordPressBench

BENCH = WordPressBench


async def pull(source: WordPress, feed: Feed, cursor: Cursor | None = None) -> tuple[list[Page], Cursor]:
    pages = [page async for page in source.pull(feed, cursor)]
    return pages, pages[-1].cursor


def records(pages: list[Page]) -> dict[Ref, Record]:
    return {ref_of(record): record for page in pages for record in page.records}


def gone(pages: list[Page]) -> set[Ref]:
    return {ref for page in pages for ref in page.gone}


def post_of(pages: list[Page], id: object) -> Post:
    found = records(pages)[Ref(Kind.POST, str(id))]
    assert isinstance(found, Post)
    return found


async def test_the_first_sync_brings_the_newest_first_side_by_side_with_progress(
    bench: WordPressBench, source: WordPress
) -> None:
    bench.site.seed(50, 1_000, members=5)
    bench.server._delay = 0.002
    pages, cursor = await pull(source, Feed.THREADS)
    assert len(cursor) < 6_000, "the cursor keeps the newest only"
    posts = [r for page in pages for r in page.records if isinstance(r, Post) and not r.id.startswith("post-")]
    assert len({post.id for post in posts}) == 1_000
    assert [int(post.id) for post in posts] == sorted((int(post.id) for post in posts), reverse=True)
    assert 2 <= bench.server.most_in_flight <= 4
    assert len(bench.asked("GET", "/comments?")) <= 14 and len(bench.asked("GET", "/posts?")) <= 8
    assert pages[-1].done == pages[-1].total == 1_050
    assert [page.done for page in pages] == sorted(page.done for page in pages)
    assert all(page.total in (1_000, 1_050) for page in pages)


async def test_each_comment_comes_after_or_with_its_thread(bench: WordPressBench, source: WordPress) -> None:
    bench.site.seed(40, 300, members=5)
    known: set[str] = set()
    threads: list[str] = []
    for page in (await pull(source, Feed.THREADS))[0]:
        known |= {record.id for record in page.records if isinstance(record, Thread)}
        threads += [record.id for record in page.records if isinstance(record, Thread)]
        assert {record.thread for record in page.records if isinstance(record, Post)} <= known
    assert len(threads) == len(set(threads)) == 40


async def test_nothing_new_costs_little(bench: WordPressBench, source: WordPress) -> None:
    bench.site.seed(30, 250, members=130)
    costs = {}
    for feed in (Feed.MEMBERS, Feed.THREADS, Feed.REPORTS, Feed.SCHEDULED):
        _, cursor = await pull(source, feed)
        before = bench.requests
        pages, again = await pull(source, feed, cursor)
        costs[feed] = bench.requests - before
        assert len(pages) == 1 and not pages[0].records and not pages[0].gone
        assert feed is Feed.THREADS or again == cursor
    assert costs == {Feed.MEMBERS: 1, Feed.THREADS: 5, Feed.REPORTS: 1, Feed.SCHEDULED: 2}


async def test_one_new_comment_costs_one_request_more(bench: WordPressBench, source: WordPress) -> None:
    bench.site.seed(30, 250, members=5)
    _, cursor = await pull(source, Feed.THREADS)
    bench.clock.advance(600)
    await bench.add_post("3", "Something new")
    before = bench.requests
    pages, _ = await pull(source, Feed.THREADS, cursor)
    assert bench.requests - before == 6
    assert {type(record) for record in records(pages).values()} == {Thread, Post}
    assert len(records(pages)) == 3


async def test_many_new_comments_are_all_brought(bench: WordPressBench, source: WordPress) -> None:
    bench.site.seed(3, 120, members=5)
    _, cursor = await pull(source, Feed.THREADS)
    new = {await bench.add_post("1", f"New {n}") for n in range(350)}
    pages, cursor = await pull(source, Feed.THREADS, cursor)
    assert new <= {ref.id for ref in records(pages) if ref.kind is Kind.POST}
    assert len({page.cursor for page in pages}) == len(pages)
    assert len(cursor) < 8_000, "the cursor keeps the newest only"
    pages, _ = await pull(source, Feed.THREADS, cursor)
    assert not records(pages)


async def test_the_history_is_bounded_and_stays_so(bench: WordPressBench) -> None:
    old = await bench.add_thread(30)
    bench.clock.advance(100 * DAY / 1000)
    lately = await bench.add_post(old, "Lately")
    thread = await bench.add_thread(2)
    source = bench.source(history=30)
    pages, cursor = await pull(source, Feed.THREADS)
    found = records(pages)
    assert {ref.id for ref in found if ref.kind is Kind.THREAD} == {old, thread}
    assert len([r for r in found.values() if isinstance(r, Post)]) == 4 and Ref(Kind.POST, lately) in found
    bench.clock.advance(20 * DAY / 1000)
    await bench.add_post(thread, "Later")
    pages, _ = await pull(source, Feed.THREADS, cursor)
    assert len([r for r in records(pages).values() if isinstance(r, Post)]) == 2
    asked = {seen.one("after") for seen in bench.asked("GET", "/comments?") if seen.one("status") == "any"}
    assert len(asked - {""}) == 1, "the bound is that of the first sync"
    await source.close()


async def test_an_old_comment_that_changes_its_state_is_noticed(bench: WordPressBench, source: WordPress) -> None:
    thread = await bench.add_thread(400)
    _, cursor = await pull(source, Feed.THREADS)
    for step, (status, state) in enumerate(
        (
            ("spam", PostState.HIDDEN),
            ("approved", PostState.VISIBLE),
            ("trash", PostState.DELETED),
            ("spam", PostState.HIDDEN),
        )
    ):
        bench.site.set_status(bench.site.comments[7], status)
        pages, cursor = await pull(source, Feed.THREADS, cursor)
        assert post_of(pages, 7).state is state, step
        assert post_of(pages, 7).thread == thread
    del bench.site.comments[7]
    pages, cursor = await pull(source, Feed.THREADS, cursor)
    assert gone(pages) == {Ref(Kind.POST, "7")}
    pages, _ = await pull(source, Feed.THREADS, cursor)
    assert not records(pages) and not gone(pages)


async def test_among_the_newest_an_edit_and_a_deletion_are_noticed(bench: WordPressBench, source: WordPress) -> None:
    await bench.add_thread(250)
    _, cursor = await pull(source, Feed.THREADS)
    await bench.edit_post("200", "Rewritten")
    await bench.edit_post("20", "Rewritten as well, too far back")
    bench.site.set_status(bench.site.comments[230], "hold")
    del bench.site.comments[210]
    pages, _ = await pull(source, Feed.THREADS, cursor)
    assert post_of(pages, 200).text == "Rewritten"
    assert post_of(pages, 230).state is PostState.HELD
    assert gone(pages) == {Ref(Kind.POST, "210")}
    assert Ref(Kind.POST, "20") not in records(pages), "documented: WordPress shows it nobody"


async def test_a_huge_heap_of_spam_is_read_once(bench: WordPressBench, source: WordPress) -> None:
    thread = await bench.add_thread(1)
    for n in range(1_300):
        bench.site.add_comment(int(thread), f"spam {n}", name="x", status="spam")
    _, cursor = await pull(source, Feed.THREADS)
    before = bench.requests
    pages, cursor = await pull(source, Feed.THREADS, cursor)
    assert bench.requests - before == 5 and not records(pages)
    bench.site.set_status(bench.site.comments[900], "approved")
    pages, cursor = await pull(source, Feed.THREADS, cursor)
    assert [r for r in records(pages).values() if isinstance(r, Post)] == [
        post_of(pages, f"post-{thread}"),
        post_of(pages, 900),
    ], "older spam that takes its place among those watched did not change"
    assert post_of(pages, 900).state is PostState.VISIBLE
    del bench.site.comments[1_200]
    bench.site.add_comment(int(thread), "new spam", name="x", status="spam")
    pages, cursor = await pull(source, Feed.THREADS, cursor)
    assert gone(pages) == {Ref(Kind.POST, "1200")}
    assert len(cursor) < 20_000


async def test_visitors_are_members_by_name_and_address_that_is_not_kept(
    bench: WordPressBench, source: WordPress
) -> None:
    thread = int(await bench.add_thread(1))
    for name, mail in (("Ann", "ann@x.test"), ("ann ", "Ann@X.test"), ("Ann", "other@x.test"), ("", "")):
        bench.site.add_comment(thread, f"{name} {mail} says", name=name, email=mail)
    pages, cursor = await pull(source, Feed.THREADS)
    first, second, third, nobody = (post_of(pages, id).author for id in (1, 2, 3, 4))
    assert first == second != third and nobody is None
    people = {r.id: r for r in records(pages).values() if isinstance(r, Member)}
    assert set(people) == {first, third} and {str(p.handle).strip().lower() for p in people.values()} == {"ann"}
    said = json.dumps([str(record) for record in people.values()]) + cursor
    assert "x.test" not in said
    elsewhere = bench.source(url=bench.server.url.replace("127.0.0.1", "localhost"))
    pages, _ = await pull(elsewhere, Feed.THREADS)
    assert post_of(pages, 1).author not in (None, first), "the key differs from site to site"
    await elsewhere.close()


async def test_what_was_planned_is_found_though_its_time_of_change_is_old(
    bench: WordPressBench, source: WordPress
) -> None:
    """WordPress's own publishing touches no time of change."""
    plan = bench.site.add_article(bench.ann, "Planned", "x", status="future", at=bench.clock.now() + 3 * DAY)
    plan.modified = bench.clock.now() - DAY
    _, cursor = await pull(source, Feed.THREADS)
    bench.clock.advance(DAY / 1000)
    pages, cursor = await pull(source, Feed.THREADS, cursor)
    assert not records(pages)
    bench.clock.advance(2.5 * DAY / 1000)
    pages, cursor = await pull(source, Feed.THREADS, cursor)
    assert Ref(Kind.THREAD, str(plan.id)) in records(pages)
    before = bench.requests
    pages, _ = await pull(source, Feed.THREADS, cursor)
    assert not records(pages) and bench.requests - before == 5


async def test_nobody_visits_so_what_is_due_stays_planned_and_is_looked_at_again(
    bench: WordPressBench, source: WordPress
) -> None:
    plan = bench.site.add_article(bench.ann, "Planned", "x", status="future", at=bench.clock.now() + HOUR)
    plan.modified -= DAY
    _, cursor = await pull(source, Feed.THREADS)
    bench.server.cron = False
    bench.clock.advance(2 * HOUR / 1000)
    pages, cursor = await pull(source, Feed.THREADS, cursor)
    assert not records(pages)
    bench.server.cron = True
    pages, _ = await pull(source, Feed.THREADS, cursor)
    assert Ref(Kind.THREAD, str(plan.id)) in records(pages)


async def test_a_plan_for_next_year_hides_no_edit_until_then(bench: WordPressBench, source: WordPress) -> None:
    """A new plan's time of change is the time it is planned for: the highest one seen is no place to go on from."""
    thread = await bench.add_thread(1)
    bench.site.add_article(bench.ann, "Next year", "x", status="future", at=bench.clock.now() + 365 * DAY)
    _, cursor = await pull(source, Feed.THREADS)
    bench.clock.advance(DAY / 1000)
    _, cursor = await pull(source, Feed.THREADS, cursor)
    bench.clock.advance(DAY / 1000)
    await bench.edit_post(f"post-{thread}", "Rewritten")
    pages, _ = await pull(source, Feed.THREADS, cursor)
    assert post_of(pages, f"post-{thread}").text == "Rewritten"
    assert post_of(pages, f"post-{thread}").edited_at == bench.clock.now()


async def test_a_post_that_goes_and_comes_back_brings_all_its_comments_again(
    bench: WordPressBench, source: WordPress
) -> None:
    thread = await bench.add_thread(150)
    await bench.add_thread(150)
    _, cursor = await pull(source, Feed.THREADS)
    article = bench.site.articles[int(thread)]
    bench.clock.advance(60)
    bench.site.trash_article(article)
    pages, cursor = await pull(source, Feed.THREADS, cursor)
    assert Ref(Kind.THREAD, thread) in gone(pages)
    assert not [r for r in records(pages).values() if isinstance(r, Post) and r.thread == thread]
    bench.clock.advance(7 * DAY / 1000)
    article.status = "publish"
    bench.site.touch(article)
    for comment in bench.site.comments.values():
        comment.status = "approved"
    pages, cursor = await pull(source, Feed.THREADS, cursor)
    assert len([r for r in records(pages).values() if isinstance(r, Post) and r.thread == thread]) == 150
    assert not gone(pages)
    assert len({page.cursor for page in pages}) == len(pages)
    bench.clock.advance(60)
    bench.site.touch(article)
    pages, cursor = await pull(source, Feed.THREADS, cursor)
    assert len(records(pages)) == 2, "only the post itself changed now"
    pages, _ = await pull(source, Feed.THREADS, cursor)
    assert not records(pages)


async def test_the_hour_that_comes_twice_in_autumn_hides_no_edit(bench: WordPressBench, source: WordPress) -> None:
    thread = await bench.add_thread(1)
    bench.clock.advance(DAY / 1000)
    bench.server.turned_back_at = bench.clock.now() + 10 * MINUTE
    _, cursor = await pull(source, Feed.THREADS)
    bench.clock.advance(15 * MINUTE / 1000)
    await bench.edit_post(f"post-{thread}", "Rewritten")
    action = await bench.action(Verb.REPLY)
    receipt = await source.push(action)
    pages, _ = await pull(source, Feed.THREADS, cursor)
    assert post_of(pages, f"post-{thread}").text == "Rewritten"
    found = await source.find(replace(action, tried_at=Instant(bench.server.turned_back_at - MINUTE)))
    assert found == receipt


async def test_comments_under_drafts_are_left_alone(bench: WordPressBench, source: WordPress) -> None:
    draft = bench.site.add_article(bench.ann, "Draft", "x", status="draft")
    bench.site.add_comment(draft.id, "An editor's remark", user=bench.bob)
    pages, _ = await pull(source, Feed.THREADS)
    assert not records(pages)


async def test_comments_under_a_type_we_cannot_read_still_come(bench: WordPressBench, source: WordPress) -> None:
    """A plugin's type is asked for by the address its comments name; where that is refused, the comment is enough."""
    lesson = bench.site.add_article(bench.ann, "Lesson", "x", type="lessons")
    bench.site.add_comment(lesson.id, "I do not get it", user=bench.ann)
    pages, _ = await pull(source, Feed.THREADS)
    assert post_of(pages, 1).thread == str(lesson.id)
    assert bench.asked("GET", "/lessons?include")


async def test_pages_are_threads_too(bench: WordPressBench, source: WordPress) -> None:
    page = bench.site.add_article(bench.ann, "About <b>us</b> &amp; you", "<p>x</p>", type="pages")
    page.comment_status = "closed"
    pages, cursor = await pull(source, Feed.THREADS)
    thread = records(pages)[Ref(Kind.THREAD, str(page.id))]
    assert isinstance(thread, Thread)
    assert (thread.title, thread.closed, thread.place) == ("About us & you", True, "")
    bench.clock.advance(2 * HOUR / 1000)
    page.comment_status = "open"
    bench.site.touch(page)
    pages, _ = await pull(source, Feed.THREADS, cursor)
    thread = records(pages)[Ref(Kind.THREAD, str(page.id))]
    assert isinstance(thread, Thread) and not thread.closed


async def test_held_comments_and_how_they_ended(bench: WordPressBench, source: WordPress) -> None:
    thread = await bench.add_thread(5)
    for id in (1, 2, 3, 4):
        bench.site.set_status(bench.site.comments[id], "hold")
    pages, cursor = await pull(source, Feed.REPORTS)
    found = records(pages)
    reports = {r.id: r for r in found.values() if isinstance(r, Report)}
    assert set(reports) == {"held-1", "held-2", "held-3", "held-4"} and Ref(Kind.THREAD, thread) in found
    assert post_of(pages, 1).state is PostState.HELD and reports["held-1"].target == Ref(Kind.POST, "1")
    assert reports["held-1"].choices == ("approve", "spam", "trash")
    for id, status in ((1, "approved"), (2, "spam"), (3, "trash")):
        bench.site.set_status(bench.site.comments[id], status)
    del bench.site.comments[4]
    pages, cursor = await pull(source, Feed.REPORTS, cursor)
    ended = {r.id: (r.agreed, r.closed_at) for r in records(pages).values() if isinstance(r, Report)}
    now = bench.clock.now()
    assert ended == {"held-1": (False, now), "held-2": (True, now), "held-3": (True, now)}
    assert post_of(pages, 1).state is PostState.VISIBLE
    assert gone(pages) == {Ref(Kind.REPORT, "held-4"), Ref(Kind.POST, "4")}
    bench.site.set_status(bench.site.comments[1], "hold")
    pages, _ = await pull(source, Feed.REPORTS, cursor)
    again = records(pages)[Ref(Kind.REPORT, "held-1")]
    assert isinstance(again, Report) and again.closed_at is None


async def test_a_long_queue_is_read_whole_when_it_changes_and_once_an_hour(
    bench: WordPressBench, source: WordPress
) -> None:
    await bench.add_thread(351)
    for comment in bench.site.comments.values():
        comment.status = "hold"
    pages, cursor = await pull(source, Feed.REPORTS)
    assert len([r for r in records(pages).values() if isinstance(r, Report)]) == 350
    before = bench.requests
    await bench.edit_post("3", "Rewritten, far back in the queue")
    pages, cursor = await pull(source, Feed.REPORTS, cursor)
    assert bench.requests - before == 1 and not records(pages)
    bench.clock.advance(HOUR / 1000)
    pages, cursor = await pull(source, Feed.REPORTS, cursor)
    assert post_of(pages, 3).text == "Rewritten, far back in the queue"
    bench.site.set_status(bench.site.comments[5], "spam")
    pages, _ = await pull(source, Feed.REPORTS, cursor)
    assert post_of(pages, 5).state is PostState.HIDDEN


async def test_plans_come_move_and_go(bench: WordPressBench, source: WordPress) -> None:
    plans = [
        bench.site.add_article(bench.ann, f"Plan {n}", "x", status="future", at=bench.clock.now() + (n + 1) * HOUR)
        for n in range(25)
    ]
    pages, cursor = await pull(source, Feed.SCHEDULED)
    assert len(records(pages)) == 25
    bench.clock.advance(90 * MINUTE / 1000)
    plans[5].date += DAY
    pages, cursor = await pull(source, Feed.SCHEDULED, cursor)
    [moved] = records(pages).values()
    assert isinstance(moved, Scheduled) and moved.at == plans[5].date
    assert gone(pages) == {Ref(Kind.SCHEDULED, str(plans[0].id))}


async def test_members_once_a_week_all_and_in_between_who_joined(bench: WordPressBench, source: WordPress) -> None:
    for n in range(250):
        bench.site.add_user(f"member{n}")
    pages, cursor = await pull(source, Feed.MEMBERS)
    people = [r for page in pages for r in page.records if isinstance(r, Member)]
    assert [int(member.id) for member in people] == list(range(253, 0, -1))
    assert {m.id for m in people if m.staff} == {str(bench.server.me.id), str(bench.ann), str(bench.bob)}
    assert pages[-1].total == 253
    bench.site.users[9].name = "renamed"
    joined = {await bench.add_member(f"new{n}") for n in range(120)}
    pages, cursor = await pull(source, Feed.MEMBERS, cursor)
    assert {ref.id for ref in records(pages)} == joined
    pages, cursor = await pull(source, Feed.MEMBERS, cursor)
    assert not records(pages)
    bench.clock.advance(7 * DAY / 1000)
    pages, _ = await pull(source, Feed.MEMBERS, cursor)
    renamed = records(pages)[Ref(Kind.MEMBER, "9")]
    assert isinstance(renamed, Member) and renamed.handle == "renamed"


@pytest.mark.parametrize("role", ["editor", "author", "subscriber"])
async def test_a_lesser_role_sees_what_it_may(bench: WordPressBench, role: str) -> None:
    bench.server.me.role = role
    thread = await bench.add_thread(3)
    sue = bench.site.add_user("sue")
    bench.site.add_comment(int(thread), "Sue says", user=sue.id)
    bench.site.add_comment(int(thread), "Guest says", name="Guest", email="g@x.test")
    bench.site.add_comment(int(thread), "Held", user=sue.id, status="hold")
    bench.site.add_article(bench.ann, "Planned", "x", status="future", at=bench.clock.now() + DAY)
    source = bench.source()
    me = await source.check()
    notes = {}
    found: dict[Ref, Record] = {}
    for feed in Feed:
        if feed in source.feeds:
            pages, cursor = await pull(source, feed)
            found |= records(pages)
            notes[feed] = pages[-1].note
            assert not records((await pull(source, feed, cursor))[0])
    await source.close()
    people = {r.id: (str(r.handle), r.staff) for r in found.values() if isinstance(r, Member)}
    assert people[str(bench.ann)] == ("ann", True) and people[str(sue.id)] == ("sue", False)
    assert "Guest" in {handle for handle, _ in people.values()}
    held = [r for r in found.values() if isinstance(r, Report)]
    plans = [r for r in found.values() if isinstance(r, Scheduled)]
    assert (len(held), len(plans)) == {"editor": (1, 1), "author": (0, 1), "subscriber": (0, 0)}[role]
    assert bool(notes[Feed.REPORTS]) is (role != "editor") and bool(notes[Feed.SCHEDULED]) is (role == "subscriber")
    assert Feed.MEMBERS not in me.feeds and (Feed.REPORTS in me.feeds) is (role == "editor")


async def test_a_better_role_brings_what_was_hidden(bench: WordPressBench, source: WordPress) -> None:
    bench.server.me.role = "author"
    await bench.add_thread(150)
    bench.site.comments[3].status = "hold"
    pages, cursor = await pull(source, Feed.THREADS)
    assert len([r for r in records(pages).values() if isinstance(r, Post)]) == 149
    bench.server.me.role = "editor"
    pages, cursor = await pull(source, Feed.THREADS, cursor)
    assert not records(pages), "asked an hour ago at most"
    bench.clock.advance(HOUR / 1000)
    pages, _ = await pull(source, Feed.THREADS, cursor)
    assert post_of(pages, 3).state is PostState.HELD


async def test_who_may_not_moderate_gets_what_is_approved_later(bench: WordPressBench) -> None:
    bench.server.me.role = "author"
    source = bench.source()
    thread = await bench.add_thread(3)
    bench.site.add_comment(int(thread), "Held", user=bench.ann, status="hold")
    await bench.add_post(thread, "After it")
    _, cursor = await pull(source, Feed.THREADS)
    bench.site.set_status(bench.site.comments[3], "approved")
    pages, _ = await pull(source, Feed.THREADS, cursor)
    assert post_of(pages, 3).text == "Held"
    await source.close()


async def test_our_name_in_a_comment_is_a_mention(bench: WordPressBench, source: WordPress) -> None:
    thread = await bench.add_thread(1)
    top = int(await bench.add_post(thread, "A question"))
    made = [
        bench.site.add_comment(int(thread), text, user=bench.ann, parent=top)
        for text in ("Hey @Team, look", "A team", "@teamwork?")
    ]
    pages, _ = await pull(source, Feed.THREADS)
    assert [post_of(pages, comment.id).mentions_us for comment in made] == [True, False, False]


async def test_what_answers_the_post_or_us_waits_for_us(bench: WordPressBench, source: WordPress) -> None:
    thread = int(await bench.add_thread(1))
    top = bench.site.add_comment(thread, "A question", user=bench.ann)
    ours = bench.site.add_comment(thread, "An answer", user=bench.server.me.id, parent=top.id)
    to_bob = bench.site.add_comment(thread, "Bob says", user=bench.bob, parent=top.id)
    pages, cursor = await pull(source, Feed.THREADS)
    assert post_of(pages, top.id).mentions_us and not post_of(pages, to_bob.id).mentions_us
    for n in range(120):
        bench.site.add_comment(thread, f"Chat {n}", user=bench.ann, parent=to_bob.id)
    _, cursor = await pull(source, Feed.THREADS, cursor)
    back = bench.site.add_comment(thread, "Thank you", user=bench.ann, parent=ours.id)
    later = bench.source()
    pages, _ = await pull(later, Feed.THREADS, cursor)
    await later.close()
    assert post_of(pages, back.id).mentions_us


async def test_a_site_whose_addresses_are_not_readable(bench: WordPressBench, source: WordPress) -> None:
    bench.server.readable = False
    thread = await bench.add_thread(3)
    pages, _ = await pull(source, Feed.THREADS)
    assert Ref(Kind.THREAD, thread) in records(pages)
    assert len([seen for seen in bench.server.seen if seen.path != "/"]) == 1, "it is found out once"


@pytest.mark.parametrize("answer", ["404 page", "200 page"])
async def test_a_site_without_the_api_is_told_in_words(
    bench: WordPressBench, source: WordPress, monkeypatch: pytest.MonkeyPatch, answer: str
) -> None:
    page = Reply(b"<html>Hello</html>", 404 if answer == "404 page" else 200, {"Content-Type": "text/html"})
    monkeypatch.setattr(bench.server, "_handler", lambda seen: page)
    with pytest.raises(Refused, match=r"no REST API of WordPress: is this the address"):
        await source.check()


async def test_a_type_that_the_site_has_not_is_named(bench: WordPressBench) -> None:
    settings = WordPressSettings(bench.server.url, bench.server.me.name, Secret(PASSWORD), types="posts recipes")
    source = WordPress(settings, bench.clock)
    with pytest.raises(Refused, match=r"`types` names 'recipes'.*rest_base in http://.*/wp-json/wp/v2/types"):
        await source.check()
    await source.close()


async def test_a_firewall_in_front_is_told_in_words(
    bench: WordPressBench, source: WordPress, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = Reply(b"<html>Blocked</html>", 403, {"Content-Type": "text/html"})
    monkeypatch.setattr(bench.server, "_handler", lambda seen: page)
    with pytest.raises(Unauthorized, match="firewall"):
        await source.check()


async def test_a_wrong_password_makes_nobody_of_us_and_is_told(bench: WordPressBench) -> None:
    """WordPress goes on answering what is public: that must not look like a site where everything was deleted."""
    source = bench.source()
    await bench.add_thread(3)
    cursors = {feed: (await pull(source, feed))[1] for feed in source.feeds}
    await bench.unauthorized()
    for feed, cursor in cursors.items():
        with pytest.raises(Unauthorized, match="application password") as caught:
            await pull(source, feed, cursor)
        assert PASSWORD not in str(caught.value)
    await source.close()


async def test_an_odd_site_drops_and_nulls_fields(
    bench: WordPressBench, source: WordPress, monkeypatch: pytest.MonkeyPatch
) -> None:
    thread = await bench.add_thread(2)
    plain = bench.server.handle

    def odd(seen: Seen) -> Reply:
        reply = plain(seen)
        for item in reply.data if isinstance(reply.data, list) else []:
            for name in ("author_email", "author_url", "link", "author_name", "comment_status", "slug", "date_gmt"):
                if name in item:
                    item[name] = None
            for name in ("_links", "categories", "author_ip"):
                item.pop(name, None)
        return Reply(reply.data, reply.status, {})

    monkeypatch.setattr(bench.server, "_handler", odd)
    pages, _ = await pull(source, Feed.THREADS)
    assert Ref(Kind.THREAD, thread) in records(pages) and post_of(pages, 1).author == str(bench.ann)
    await pull(source, Feed.MEMBERS)


async def test_what_nobody_can_read_is_named(bench: WordPressBench, source: WordPress) -> None:
    await bench.add_thread(2)
    bench.server.plan("garble", lambda seen: seen.path.endswith("/comments") and seen.one("status") == "any")
    with pytest.raises(Malformed, match=r"GET /wp-json/wp/v2/comments"):
        await pull(source, Feed.THREADS)


@pytest.mark.parametrize("cursor", ["", "nonsense", "[]", '{"comments": 5}'])
async def test_a_cursor_of_another_version_means_the_beginning(
    bench: WordPressBench, source: WordPress, cursor: str
) -> None:
    thread = await bench.add_thread(2)
    bench.site.set_status(bench.site.comments[1], "hold")
    bench.site.add_article(bench.ann, "Plan", "x", status="future", at=Instant(bench.clock.now() + DAY))
    for feed, ref in (
        (Feed.THREADS, Ref(Kind.THREAD, thread)),
        (Feed.REPORTS, Ref(Kind.REPORT, "held-1")),
        (Feed.MEMBERS, Ref(Kind.MEMBER, "1")),
        (Feed.SCHEDULED, Ref(Kind.SCHEDULED, "2")),
    ):
        assert ref in records((await pull(source, feed, Cursor(cursor)))[0])
