"""What the Discourse source's feeds ask for and bring: cost, edits, deletions, messages, held posts, history."""

from __future__ import annotations

import msgspec
import pytest

from cm_console.model.errors import Malformed, Throttled, Unauthorized
from cm_console.model.records import Kind, Member, Post, PostState, Record, Ref, Report, Thread, ThreadKind
from cm_console.model.source import Cursor, Feed, Page, Source
from cm_console.model.time import DAY, HOUR, Instant
from tests.servers.discourse_bench import DiscourseBench

BENCH = DiscourseBench


async def pull(source: Source, feed: Feed, cursor: Cursor | None = None) -> tuple[list[Page], Cursor]:
    pages = [page async for page in source.pull(feed, cursor)]
    return pages, pages[-1].cursor


def records(pages: list[Page]) -> dict[Ref, Record]:
    found: dict[Ref, Record] = {}
    for page in pages:
        for record in page.records:
            found[Ref(Kind(type(record).__name__.lower()), record.id)] = record
    return found


async def test_the_first_sync_walks_windows_side_by_side(bench: DiscourseBench, source: Source) -> None:
    bench.site.seed(2_000)
    bench.server._delay = 0.002
    pages, _ = await pull(source, Feed.THREADS)
    posts = [record for record in records(pages).values() if isinstance(record, Post)]
    assert len(posts) == 2_000
    assert len(bench.asked("GET /posts.json")) <= 2_000 // 49 + 10
    assert len(bench.asked("GET /t/")) == 0
    assert 4 <= bench.server.most_in_flight <= 8
    assert all(isinstance(page.total, int) for page in pages[-10:])
    assert pages[-1].done >= 2_000


async def test_the_newest_come_first_and_parents_are_known(bench: DiscourseBench, source: Source) -> None:
    bench.site.seed(300, per_topic=100)
    pages, _ = await pull(source, Feed.THREADS)
    order = [int(r.id) for page in pages for r in page.records if isinstance(r, Post) and r.reply_to is None]
    assert max(order[:49]) == 300
    found = records(pages)
    numbers: dict[tuple[int, int | None], int] = {(p.topic, p.number): p.id for p in bench.site.posts.values()}
    for post in bench.site.posts.values():
        made = found[Ref(Kind.POST, str(post.id))]
        assert isinstance(made, Post)
        parent = numbers.get((post.topic, post.reply_to))
        assert made.reply_to == (str(parent) if parent else None)


async def test_nothing_new_is_three_requests(bench: DiscourseBench, source: Source) -> None:
    bench.site.seed(300)
    _, cursor = await pull(source, Feed.THREADS)
    before = bench.requests
    pages, again = await pull(source, Feed.THREADS, cursor)
    assert bench.requests - before == 3
    assert len(pages) == 1
    assert pages[0].records == ()
    assert again == cursor


async def test_a_new_answer_costs_one_more(bench: DiscourseBench, source: Source) -> None:
    bench.site.seed(300, per_topic=10)
    _, cursor = await pull(source, Feed.THREADS)
    before = bench.requests
    bench.clock.advance(60)
    post = await bench.add_post("3", "Something new under the sun")
    new = await bench.add_thread(2)
    pages, _ = await pull(source, Feed.THREADS, cursor)
    found = records(pages)
    assert {Ref(Kind.POST, post), Ref(Kind.THREAD, new), Ref(Kind.THREAD, "3")} <= set(found)
    assert bench.requests - before == 4  # lists, and the old topic that moved


async def test_many_new_posts_fill_the_gap(bench: DiscourseBench, source: Source) -> None:
    bench.site.seed(100)
    _, cursor = await pull(source, Feed.THREADS)
    bench.clock.advance(HOUR // 1000)
    new = {await bench.add_post("2", f"Answer number {n} of many") for n in range(170)}
    pages, _ = await pull(source, Feed.THREADS, cursor)
    assert {Ref(Kind.POST, id) for id in new} <= set(records(pages))


async def test_gaps_of_ids_are_crossed(bench: DiscourseBench, source: Source) -> None:
    """Windows of ids may be empty: deleted posts, messages of others."""
    await bench.add_thread(3)
    hidden = bench.site.add_topic(bench.ann, "Not ours", "Between others", allowed=[bench.ann, bench.bob])
    for _ in range(200):
        bench.site.add_post(hidden.id, bench.ann, "Nobody else reads this")
    late = await bench.add_thread(2)
    pages, cursor = await pull(source, Feed.THREADS)
    found = records(pages)
    assert Ref(Kind.THREAD, late) in found
    assert Ref(Kind.POST, "1") in found
    assert Ref(Kind.THREAD, str(hidden.id)) not in found
    for _ in range(60):
        bench.site.add_post(hidden.id, bench.ann, "Nobody else reads this")
    bench.clock.advance(5)
    after = await bench.add_thread(1)
    for _ in range(60):
        bench.site.add_post(hidden.id, bench.ann, "Nobody else reads this")
    pages, _ = await pull(source, Feed.THREADS, cursor)
    assert Ref(Kind.THREAD, after) in records(pages)
    texts = [record.text for record in records(pages).values() if isinstance(record, Post)]
    assert any(text.startswith("Some words") for text in texts)


async def test_free_edits_and_deletions_among_the_newest(bench: DiscourseBench, source: Source) -> None:
    thread = await bench.add_thread(10)
    _, cursor = await pull(source, Feed.THREADS)
    ids = [str(id) for id in bench.site.topics[int(thread)].posts]
    moved = bench.site.topics[int(thread)].bumped_at
    bench.clock.advance(60)
    await bench.edit_post(ids[4], "Quite another thing")
    await bench.delete_post(ids[6])
    bench.site.posts.pop(int(ids[7]))
    bench.site.topics[int(thread)].posts.remove(int(ids[7]))
    bench.site.topics[int(thread)].bumped_at = moved
    before = bench.requests
    pages, _ = await pull(source, Feed.THREADS, cursor)
    found = records(pages)
    edited, deleted = found[Ref(Kind.POST, ids[4])], found[Ref(Kind.POST, ids[6])]
    assert isinstance(edited, Post)
    assert isinstance(deleted, Post)
    assert edited.text == "Quite another thing"
    assert edited.edited_at == bench.clock.now()
    assert deleted.state is PostState.DELETED
    assert Ref(Kind.POST, ids[7]) in [ref for page in pages for ref in page.gone]
    assert bench.requests - before == 5


async def test_a_topic_that_moved_is_read_again_whole(bench: DiscourseBench, source: Source) -> None:
    thread = await bench.add_thread(120)
    bench.site.seed(200)
    _, cursor = await pull(source, Feed.THREADS)
    bench.clock.advance(60)
    await bench.edit_post("5", "An old post, rewritten")
    await bench.delete_post("70")
    await bench.add_post(thread, "This moves it up")
    pages, _ = await pull(source, Feed.THREADS, cursor)
    old, deleted = records(pages)[Ref(Kind.POST, "5")], records(pages)[Ref(Kind.POST, "70")]
    assert isinstance(old, Post)
    assert isinstance(deleted, Post)
    assert old.text == "An old post, rewritten"
    assert deleted.state is PostState.DELETED


async def test_closing_solving_assigning_elsewhere_is_noticed_on_the_first_page(
    bench: DiscourseBench, source: Source
) -> None:
    thread = bench.site.topics[int(await bench.add_thread(3))]
    _, cursor = await pull(source, Feed.THREADS)
    bench.clock.advance(60)
    thread.closed, thread.accepted, thread.assigned = True, thread.posts[1], bench.bob
    thread.title = "Solved: a question"
    pages, cursor = await pull(source, Feed.THREADS, cursor)
    made = records(pages)[Ref(Kind.THREAD, str(thread.id))]
    assert isinstance(made, Thread)
    assert (made.closed, made.solved_by, made.assigned_to) == (True, str(thread.posts[1]), str(bench.bob))
    assert made.solved_at == bench.site.posts[thread.posts[1]].created_at
    assert made.title == "Solved: a question"
    pages, _ = await pull(source, Feed.THREADS, cursor)
    assert pages[0].records == ()


async def test_accepted_answers_come_with_the_first_sync(bench: DiscourseBench, source: Source) -> None:
    thread = bench.site.topics[int(await bench.add_thread(3))]
    thread.accepted = thread.posts[2]
    pages, _ = await pull(source, Feed.THREADS)
    made = records(pages)[Ref(Kind.THREAD, str(thread.id))]
    assert isinstance(made, Thread)
    assert made.solved_by == str(thread.posts[2])


async def test_messages_to_us_come_whole(bench: DiscourseBench, source: Source) -> None:
    us = bench.server.me.id
    message = bench.site.add_topic(bench.ann, "Help", "I cannot log in @team", allowed=[bench.ann, us])
    for n in range(75):
        bench.site.add_post(message.id, bench.ann, f"And another thing {n}")
    pages, cursor = await pull(source, Feed.THREADS)
    found = records(pages)
    thread = found[Ref(Kind.THREAD, str(message.id))]
    assert isinstance(thread, Thread)
    assert thread.kind is ThreadKind.DIRECT
    posts = [found[Ref(Kind.POST, str(id))] for id in message.posts]
    assert [post.mentions_us for post in posts if isinstance(post, Post)] == [True] + [False] * 75
    bench.clock.advance(5)
    last = bench.site.add_post(message.id, bench.ann, "Are you there?")
    pages, _ = await pull(source, Feed.THREADS, cursor)
    assert Ref(Kind.POST, str(last.id)) in records(pages)


async def test_small_actions_and_whispers(bench: DiscourseBench, source: Source) -> None:
    thread = int(await bench.add_thread(1))
    small = bench.site.add_post(thread, bench.bob, "", type=3)
    whisper = bench.site.add_post(thread, bench.bob, "Between us: watch this one", type=4)
    found = records((await pull(source, Feed.THREADS))[0])
    assert Ref(Kind.POST, str(small.id)) not in found
    said = found[Ref(Kind.POST, str(whisper.id))]
    assert isinstance(said, Post)
    assert said.comment


async def test_history_limits_the_first_sync(bench: DiscourseBench) -> None:
    world, now = bench.site, bench.clock.now()
    old = world.add_topic(bench.ann, "Long ago", "First words", at=now - 400 * DAY)
    for day in range(400, 0, -1):
        at = now - day * DAY
        topic = old if day > 100 else world.add_topic(bench.ann, f"Day {day}", "Hello", at=at)
        world.add_post(topic.id, bench.ann, f"Words of day {day}", at=at)
    source = bench.source(history=30)
    pages, _ = await pull(source, Feed.THREADS)
    await source.close()
    posts = [record for record in records(pages).values() if isinstance(record, Post)]
    assert min(post.created_at for post in posts) < now - 29 * DAY
    assert min(post.created_at for post in posts) >= now - 30 * DAY - 60 * DAY
    assert len(posts) < 140
    threads = [record for record in records(pages).values() if isinstance(record, Thread)]
    assert 30 <= len(threads) <= 55


async def test_a_rate_limit_ends_a_pull_that_goes_on_from_there(bench: DiscourseBench, source: Source) -> None:
    """With 60 requests a minute even a long first sync gets to its end, page by page."""
    bench.site.seed(3_000, per_topic=8)
    bench.server.per_minute = 60
    cursor: Cursor | None = None
    found: set[Ref] = set()
    waits = 0
    for _ in range(20):
        try:
            async for page in source.pull(Feed.THREADS, cursor):
                cursor = page.cursor
                found.update(Ref(Kind.POST, record.id) for record in page.records if isinstance(record, Post))
            break
        except Throttled as error:
            assert error.until > bench.clock.now()
            waits += 1
            bench.clock.advance(61)
    assert len(found) == 3_000
    assert waits >= 1
    assert bench.requests < 130


async def test_many_moved_topics_get_through_a_rate_limit(bench: DiscourseBench, source: Source) -> None:
    """After a long absence more topics moved than a minute allows to read: each try gets further."""
    bench.site.seed(750, per_topic=3)
    _, cursor = await pull(source, Feed.THREADS)
    for topic in list(bench.site.topics):
        bench.clock.advance(1)
        await bench.add_post(str(topic), f"A late answer in {topic}")
    bench.clock.advance(60)
    bench.server.per_minute = 40
    waits = 0
    while waits < 12:
        try:
            async for page in source.pull(Feed.THREADS, cursor):
                cursor = page.cursor
            break
        except Throttled:
            waits += 1
            bench.clock.advance(61)
    assert 5 <= waits <= 9
    pages, _ = await pull(source, Feed.THREADS, cursor)
    assert pages[0].records == ()


async def test_a_revoked_key_deletes_nothing(bench: DiscourseBench, source: Source) -> None:
    await bench.add_thread(5)
    _, cursor = await pull(source, Feed.THREADS)
    await bench.delete_post("3")
    real = bench.server.handle

    def revoke(seen: object) -> object:
        if getattr(seen, "path", "").startswith("/posts/"):
            bench.server.key = "another"
        return real(seen)  # type: ignore[arg-type]  # passed on as it came

    bench.server._handler = revoke  # type: ignore[assignment]  # the key is revoked just before the missing post is looked up
    gone: list[Ref] = []
    with pytest.raises(Unauthorized):
        async for page in source.pull(Feed.THREADS, cursor):
            gone += page.gone
    assert gone == []


async def test_a_garbled_page_moves_no_cursor(bench: DiscourseBench, source: Source) -> None:
    bench.site.seed(500)
    bench.server.plan("garble", lambda seen: "before=" in seen.target and "before=40" in seen.target)
    cursor: Cursor | None = None
    found: set[str] = set()
    with pytest.raises(Malformed):
        async for page in source.pull(Feed.THREADS, None):
            cursor = page.cursor
            found |= {record.id for record in page.records if isinstance(record, Post)}
    assert len(found) < 500
    async for page in source.pull(Feed.THREADS, cursor):
        found |= {record.id for record in page.records if isinstance(record, Post)}
    assert len(found) == 500


@pytest.mark.parametrize("cursor", ["", "nonsense", "[]", '{"known": "x"}'])
@pytest.mark.parametrize("feed", [Feed.THREADS, Feed.MEMBERS, Feed.REPORTS, Feed.SCHEDULED])
async def test_a_cursor_nobody_can_read_means_the_beginning(
    bench: DiscourseBench, source: Source, feed: Feed, cursor: str
) -> None:
    thread = await bench.add_thread(2)
    await bench.add_report("2")
    bench.site.topics[int(thread)].category, bench.site.topics[int(thread)].timer = 2, (bench.clock.now() + DAY, 1)
    pages, _ = await pull(source, feed, Cursor(cursor))
    assert records(pages)


async def test_the_cursor_stays_small(bench: DiscourseBench, source: Source) -> None:
    bench.site.seed(4_000, per_topic=4)
    _, cursor = await pull(source, Feed.THREADS)
    assert len(cursor) < 12_000
    assert msgspec.json.decode(cursor)["known"] == 4_000


async def test_members_new_ones_cost_two_requests(bench: DiscourseBench, source: Source) -> None:
    bench.site.seed(10, members=250)
    pages, cursor = await pull(source, Feed.MEMBERS)
    assert len(records(pages)) == len(bench.site.users)
    bench.clock.advance(60)
    new = await bench.add_member("newcomer")
    before = bench.requests
    pages, cursor = await pull(source, Feed.MEMBERS, cursor)
    assert [record.id for page in pages for record in page.records] == [new]
    assert bench.requests - before == 2
    pages, _ = await pull(source, Feed.MEMBERS, cursor)
    assert pages[0].records == ()


async def test_members_who_join_or_leave_the_staff(bench: DiscourseBench, source: Source) -> None:
    _, cursor = await pull(source, Feed.MEMBERS)
    bench.site.users[bench.ann].moderator = True
    bench.site.users[bench.bob].moderator = False
    pages, _ = await pull(source, Feed.MEMBERS, cursor)
    staff = {record.id: record.staff for record in records(pages).values() if isinstance(record, Member)}
    assert staff[str(bench.ann)] is True
    assert staff[str(bench.bob)] is False


async def test_members_renamed_come_once_a_week(bench: DiscourseBench, source: Source) -> None:
    _, cursor = await pull(source, Feed.MEMBERS)
    bench.site.users[bench.ann].username = "annabel"
    pages, cursor = await pull(source, Feed.MEMBERS, cursor)
    assert pages[0].records == ()
    bench.clock.advance(8 * DAY // 1000)
    pages, _ = await pull(source, Feed.MEMBERS, cursor)
    made = records(pages)[Ref(Kind.MEMBER, str(bench.ann))]
    assert isinstance(made, Member)
    assert made.handle == "annabel"


async def test_members_without_rights_come_from_the_directory(bench: DiscourseBench, source: Source) -> None:
    bench.server.me.admin = False
    for n in range(120):
        await bench.add_member(f"member{n}")
    pages, cursor = await pull(source, Feed.MEMBERS)
    assert len(records(pages)) == len(bench.site.users) - 1
    before = bench.requests
    await pull(source, Feed.MEMBERS, cursor)
    assert bench.requests - before == 1


async def test_reports_open_and_decided(bench: DiscourseBench, source: Source) -> None:
    thread = await bench.add_thread(25)
    made = [await bench.add_report(str(id)) for id in bench.site.topics[int(thread)].posts]
    await bench.colleague_acts(made[3], agree=True)
    await bench.colleague_acts(made[4], agree=False)
    pages, cursor = await pull(source, Feed.REPORTS)
    found = records(pages)
    assert len(found) == 25
    upheld, kept, open = (found[Ref(Kind.REPORT, made[n])] for n in (3, 4, 5))
    assert isinstance(upheld, Report)
    assert isinstance(kept, Report)
    assert isinstance(open, Report)
    assert (upheld.agreed, kept.agreed, open.agreed) == (True, False, None)
    assert upheld.closed_at == bench.clock.now()
    assert open.closed_at is None
    assert open.kind == "spam"
    assert "delete_and_agree" in open.choices
    assert not upheld.choices
    before = bench.requests
    pages, again = await pull(source, Feed.REPORTS, cursor)
    assert len(pages) == 1
    assert pages[0].records == ()
    assert bench.requests - before == 4  # the last ten, and three pages of open ones
    await bench.colleague_acts(made[5], agree=False)
    bench.site.flag(bench.site.topics[int(thread)].posts[6], bench.ann)
    pages, _ = await pull(source, Feed.REPORTS, again)
    ids = {ref.id.partition("-")[0] for ref in records(pages)}
    assert ids == {made[5].partition("-")[0], made[6].partition("-")[0]}
    assert len(records(pages)) == 3


async def test_held_posts_come_with_the_queue_and_go_when_decided(bench: DiscourseBench, source: Source) -> None:
    first = bench.site.hold(bench.ann, "My very first words", title="Hello all")
    second = bench.site.hold(bench.ann, "An answer with a link", topic=int(await bench.add_thread(1)))
    pages, cursor = await pull(source, Feed.REPORTS)
    found = records(pages)
    held = found[Ref(Kind.POST, f"review-{first.id}")]
    thread = found[Ref(Kind.THREAD, f"review-{first.id}")]
    assert isinstance(held, Post)
    assert isinstance(thread, Thread)
    assert (held.state, held.text, thread.title) == (PostState.HELD, "My very first words", "Hello all")
    answer = found[Ref(Kind.POST, f"review-{second.id}")]
    assert isinstance(answer, Post)
    assert answer.thread == "1"
    reports = [record for record in found.values() if isinstance(record, Report)]
    assert {report.kind for report in reports} == {"held"}
    bench.site.perform(first, "approve_post", first.version)
    bench.site.perform(second, "reject_post", second.version)
    pages, _ = await pull(source, Feed.REPORTS, cursor)
    gone = {ref for page in pages for ref in page.gone}
    assert {Ref(Kind.POST, f"review-{first.id}"), Ref(Kind.THREAD, f"review-{first.id}")} <= gone
    assert Ref(Kind.POST, f"review-{second.id}") in gone


async def test_reports_need_a_moderator(bench: DiscourseBench, source: Source) -> None:
    bench.server.me.admin = False
    with pytest.raises(Unauthorized) as caught:
        await pull(source, Feed.REPORTS)
    assert "moderator" in caught.value.right


async def test_planned_topics_come_and_go(bench: DiscourseBench, source: Source) -> None:
    topic = bench.site.add_topic(bench.server.me.id, "Weekly thread", "What did you ride?", category=2)
    topic.timer = (Instant(bench.clock.now() + DAY), 1)
    pages, cursor = await pull(source, Feed.SCHEDULED)
    assert [(r.id, getattr(r, "at", 0)) for p in pages for r in p.records] == [(str(topic.id), topic.timer[0])]
    pages, cursor = await pull(source, Feed.SCHEDULED, cursor)
    assert pages[0].records == ()
    bench.clock.advance(2 * DAY // 1000)
    pages, _ = await pull(source, Feed.SCHEDULED, cursor)
    assert pages[0].gone == (Ref(Kind.SCHEDULED, str(topic.id)),)
    assert topic.category == 1


async def test_without_drafts_nothing_is_planned(bench: DiscourseBench) -> None:
    source = bench.source(drafts="")
    assert [page async for page in source.pull(Feed.SCHEDULED, None)] == []
    assert bench.requests == 0
    await source.close()
