"""What the GitHub source's feeds ask for and bring: cost, edits, deletions, hidden comments, people, history."""

from __future__ import annotations

from itertools import pairwise

import pytest

from cm_console.model.errors import Refused, Unauthorized
from cm_console.model.records import Kind, Member, Post, PostState, Record, Ref, Thread, ref_of
from cm_console.model.source import Cursor, Feed, Page, Source
from cm_console.model.time import DAY, HOUR, Instant
from tests.servers.github_bench import DiscussionsBench, GitHubBench

Found = dict[Ref, Record]

BENCH = GitHubBench


async def pull(source: Source, feed: Feed = Feed.THREADS, cursor: Cursor | None = None) -> tuple[list[Page], Cursor]:
    try:
        pages = [page async for page in source.pull(feed, cursor)]
    finally:
        await source.close()
    cursors = [cursor, *(page.cursor for page in pages if page.more)]
    assert all(before != after for before, after in pairwise(cursors)), "the engine takes that for standing still"
    return pages, pages[-1].cursor


def found_in(pages: list[Page]) -> Found:
    return {ref_of(record): record for page in pages for record in page.records}


def gone_in(pages: list[Page]) -> set[Ref]:
    return {ref for page in pages for ref in page.gone}


def post_of(pages: list[Page], id: str) -> Post:
    made = found_in(pages)[Ref(Kind.POST, id)]
    assert isinstance(made, Post)
    return made


def thread_of(pages: list[Page], id: str) -> Thread:
    made = found_in(pages)[Ref(Kind.THREAD, id)]
    assert isinstance(made, Thread)
    return made


async def test_no_news_is_free(bench: GitHubBench) -> None:
    """Two answers of 304 and one GraphQL point; with a new source in a new process two more to know who and where."""
    for _ in range(3):
        await bench.add_thread(3)
        bench.clock.advance(60)
    source = bench.source()
    cursor = [page async for page in source.pull(Feed.THREADS, None)][-1].cursor
    before, used = bench.requests, dict(bench.server.used)
    pages = [page async for page in source.pull(Feed.THREADS, cursor)]
    assert [(page.records, page.gone) for page in pages] == [((), ())]
    assert pages[-1].cursor == cursor
    assert bench.requests - before == 3
    assert bench.server.used == {"core": used["core"], "graphql": used["graphql"] + 1}
    assert [len(seen.body) > 0 for seen in bench.server.seen[before:]] == [False, False, True]
    await source.close()


async def test_a_new_comment_costs_what_it_must(bench: GitHubBench) -> None:
    threads = [await bench.add_thread(2) for _ in range(3)]
    source = bench.source()
    cursor = [page async for page in source.pull(Feed.THREADS, None)][-1].cursor
    before = bench.requests
    bench.clock.advance(60)
    post = await bench.add_post(threads[1], "News")
    pages, _ = await pull(source, cursor=cursor)
    assert bench.requests - before == 4  # issues, comments, which are minimised, heads of discussions
    ids = {ref.id for ref in found_in(pages)}
    assert {post, threads[1]} <= ids
    assert not {threads[0], threads[2]} & ids


async def test_the_first_sync_brings_the_newest_first_and_says_how_far_it_is(bench: GitHubBench) -> None:
    for _ in range(150):
        await bench.add_thread(1)
        bench.clock.advance(1)
    pages, _ = await pull(bench.source())
    order = [int(r.id.rpartition("i")[2]) for page in pages for r in page.records if isinstance(r, Thread)]
    assert order[:100] == list(range(150, 50, -1))
    assert pages[0].total == 200
    assert all(page.done <= (page.total or 0) for page in pages)
    assert pages[-1].done >= 300


async def test_history_bounds_what_is_asked_for(bench: GitHubBench) -> None:
    old = await bench.add_thread(3)
    bench.clock.advance(20 * DAY / 1000)
    new = await bench.add_thread(2)
    pages, cursor = await pull(bench.source(history=7))
    threads = {ref.id for ref in found_in(pages) if ref.kind is Kind.THREAD}
    assert threads == {new}
    assert all("since=2026-12-05" in seen.target for seen in bench.asked("GET", "/issues?"))
    bench.clock.advance(HOUR / 1000)
    old_post = next(f"{old}/{said.id}" for said in bench.repo.said_in(1))
    await bench.edit_post(old_post, "An old answer, rewritten today")
    pages, _ = await pull(bench.source(history=7), cursor=cursor)
    assert post_of(pages, old_post).text == "An old answer, rewritten today"
    assert thread_of(pages, old).id == old


async def test_old_discussions_stay_where_they_are(talk: DiscussionsBench) -> None:
    await talk.add_thread(3)
    talk.clock.advance(20 * DAY / 1000)
    new = await talk.add_thread(2)
    pages, _ = await pull(talk.source(history=7))
    assert {ref.id for ref in found_in(pages) if ref.kind is Kind.THREAD} == {new}


@pytest.mark.parametrize("keyset", [False, True])
async def test_lists_are_followed_however_github_counts(bench: GitHubBench, keyset: bool) -> None:
    bench.server.keyset = keyset
    await bench.add_thread(250)
    pages, _ = await pull(bench.source())
    assert sum(isinstance(record, Post) for record in found_in(pages).values()) == 250
    assert len(bench.asked("GET", "/issues/comments?")) == 3


async def test_where_github_lists_no_further_that_is_said(bench: GitHubBench) -> None:
    bench.server.page_limit = 1
    await bench.add_thread(150)
    pages, cursor = await pull(bench.source())
    assert sum(isinstance(record, Post) for record in found_in(pages).values()) >= 101
    assert any("no further back" in page.note and "pagination is limited" in page.note for page in pages)
    assert not [page for page in (await pull(bench.source(), cursor=cursor))[0] if page.records]


async def test_a_deletion_that_moves_nothing_is_found_by_counting(bench: GitHubBench) -> None:
    thread = await bench.add_thread(60)
    bench.clock.advance(600)
    other = await bench.add_thread(50)
    _, cursor = await pull(bench.source())
    lost = [f"{thread}/{said.id}" for said in bench.repo.said_in(1)][3]
    await bench.delete_post(lost)
    pages, cursor = await pull(bench.source(), cursor=cursor)
    assert gone_in(pages) == {Ref(Kind.POST, lost)}
    assert not [ref for ref in found_in(pages) if ref.id.startswith(other)]
    assert not gone_in((await pull(bench.source(), cursor=cursor))[0])


async def test_a_thread_that_wakes_up_is_watched_from_then_on(bench: GitHubBench) -> None:
    """Of threads long asleep no ids are kept; one read of the whole when they move, then deletions are seen."""
    thread = await bench.add_thread(30)
    for _ in range(30):
        await bench.add_thread(80)
        bench.clock.advance(1)
    _, cursor = await pull(bench.source())
    lost = f"{thread}/{bench.repo.said_in(1)[7].id}"
    bench.clock.advance(60)
    await bench.add_post(thread, "Awake")
    pages, cursor = await pull(bench.source(), cursor=cursor)
    assert len(bench.asked("GET", "/issues/1/comments?")) == 1
    bench.clock.advance(60)
    await bench.delete_post(lost)
    pages, cursor = await pull(bench.source(), cursor=cursor)
    assert gone_in(pages) == {Ref(Kind.POST, lost)}


async def test_an_issue_that_is_deleted_or_moved_goes_with_its_posts(bench: GitHubBench) -> None:
    threads = [await bench.add_thread(2) for _ in range(3)]
    _, cursor = await pull(bench.source())
    comment = next(f"{threads[1]}/{said.id}" for said in bench.repo.said_in(2))
    del bench.repo.issues[2]
    bench.repo.comments = {id: said for id, said in bench.repo.comments.items() if said.thread != 2}
    pages, cursor = await pull(bench.source(), cursor=cursor)
    wanted = {Ref(Kind.THREAD, threads[1]), Ref(Kind.POST, threads[1]), Ref(Kind.POST, comment)}
    assert gone_in(pages) == wanted
    assert not gone_in((await pull(bench.source(), cursor=cursor))[0])


async def test_an_issue_that_was_moved_elsewhere_is_gone_from_here(bench: GitHubBench) -> None:
    """GitHub sends who asks for it on to where it stands now, under another number."""
    threads = [await bench.add_thread(1) for _ in range(2)]
    _, cursor = await pull(bench.source())
    bench.repo.issues[2].number = 77
    pages, _ = await pull(bench.source(), cursor=cursor)
    assert Ref(Kind.THREAD, threads[1]) in gone_in(pages)
    assert Ref(Kind.THREAD, threads[0]) not in gone_in(pages)


async def test_a_change_within_the_same_second_is_seen(bench: GitHubBench) -> None:
    thread = await bench.add_thread(2)
    post = next(f"{thread}/{said.id}" for said in bench.repo.said_in(1))
    _, cursor = await pull(bench.source())
    await bench.edit_post(post, "Rewritten at once")
    await bench.edit_post(thread, "This too")
    pages, _ = await pull(bench.source(), cursor=cursor)
    assert (post_of(pages, post).text, post_of(pages, thread).text) == ("Rewritten at once", "This too")


async def test_hidden_comments_arrive_as_hidden(bench: GitHubBench) -> None:
    thread = await bench.add_thread(3)
    first, second = bench.repo.said_in(1)
    first.hidden = True
    pages, _ = await pull(bench.source())
    assert post_of(pages, f"{thread}/{first.id}").state is PostState.HIDDEN
    assert post_of(pages, f"{thread}/{second.id}").state is PostState.VISIBLE


async def test_reactions_assignees_and_closing_arrive(bench: GitHubBench) -> None:
    thread = await bench.add_thread(2)
    _, cursor = await pull(bench.source())
    issue, said = bench.repo.issues[1], bench.repo.said_in(1)[0]
    issue.reactions, said.reactions = 3, 5  # none of this moves anything
    issue.assignees, issue.state = [bench.bob], "closed"
    pages, _ = await pull(bench.source(), cursor=cursor)
    assert thread_of(pages, thread).closed
    assert thread_of(pages, thread).assigned_to == str(bench.bob.id)
    assert post_of(pages, thread).reactions == 3
    assert post_of(pages, f"{thread}/{said.id}").reactions == 5


async def test_pull_requests_come_only_if_wanted(bench: GitHubBench) -> None:
    issue = await bench.add_thread(2)
    pull_request = bench.world.add_issue(bench.repo, bench.ann, "Fix the chain", "See the diff", pull=True)
    said = bench.world.add_comment(bench.repo, pull_request.number, bench.bob, "Looks good")
    id = f"{bench.repo.id}/i{pull_request.number}"
    pages, cursor = await pull(bench.source())
    assert {ref.id for ref in found_in(pages) if ref.kind is Kind.THREAD} == {issue}
    assert f"{id}/{said.id}" not in {ref.id for ref in found_in(pages)}
    del bench.repo.comments[said.id]
    assert not found_in((await pull(bench.source(), cursor=cursor))[0])
    said = bench.world.add_comment(bench.repo, pull_request.number, bench.bob, "Looks good")
    pages, _ = await pull(bench.source(pulls=True))
    assert thread_of(pages, id).place == "bikes: pull requests"
    assert post_of(pages, f"{id}/{said.id}").thread == id


async def test_discussions_have_category_answer_upvotes_and_nesting(talk: DiscussionsBench) -> None:
    thread = await talk.add_thread(1)
    home = talk.repo.discussions[1]
    top = talk.world.add_talk(talk.repo, 1, talk.bob, "Wax it")
    below = [talk.world.add_talk(talk.repo, 1, talk.ann, f"Reply {n}", top.node) for n in range(25)]
    for number in range(35):
        talk.world.add_talk(talk.repo, 1, talk.ann, f"Comment {number}")
    home.answer, home.answered, home.upvotes = top.node, talk.clock.now(), 7
    pages, _ = await pull(talk.source())
    made = thread_of(pages, thread)
    assert (made.place, made.solved_by) == ("bikes: General", f"{thread}/{top.node}")
    assert made.solved_at == talk.clock.now()
    assert post_of(pages, thread).reactions == 6  # one of the seven is the author's own
    assert post_of(pages, f"{thread}/{top.node}").reactions == 0
    assert {post_of(pages, f"{thread}/{said.node}").reply_to for said in below} == {f"{thread}/{top.node}"}
    assert sum(isinstance(record, Post) for record in found_in(pages).values()) == 1 + 1 + 25 + 35


async def test_what_changes_quietly_in_a_fresh_discussion_is_seen(talk: DiscussionsBench) -> None:
    """An edit, a hiding, a deletion and a shell among the newest comments: nothing moves, the head looks different."""
    thread = await talk.add_thread(8)
    other = await talk.add_thread(2)
    _, cursor = await pull(talk.source())
    edited, hidden, lost = [said for said in talk.repo.talk_in(1) if not talk.repo.talk_in(1, said.node)][-3:]
    shell = next(said for said in talk.repo.talk_in(1) if talk.repo.talk_in(1, said.node))
    talk.clock.advance(60)
    talk.world.edit(edited, "Rewritten")
    hidden.hidden = True
    talk.world.delete_talk(talk.repo, lost.node)
    talk.world.delete_talk(talk.repo, shell.node)
    pages, cursor = await pull(talk.source(), cursor=cursor)
    assert post_of(pages, f"{thread}/{edited.node}").text == "Rewritten"
    assert post_of(pages, f"{thread}/{edited.node}").edited_at == talk.clock.now()
    assert post_of(pages, f"{thread}/{hidden.node}").state is PostState.HIDDEN
    assert post_of(pages, f"{thread}/{shell.node}").state is PostState.DELETED
    assert gone_in(pages) == {Ref(Kind.POST, f"{thread}/{lost.node}")}
    assert not [ref for ref in found_in(pages) if ref.id.startswith(other)]
    assert not found_in((await pull(talk.source(), cursor=cursor))[0])


async def test_a_discussion_that_is_deleted_goes(talk: DiscussionsBench) -> None:
    threads = [await talk.add_thread(2) for _ in range(2)]
    _, cursor = await pull(talk.source())
    del talk.repo.discussions[1]
    pages, _ = await pull(talk.source(), cursor=cursor)
    assert {Ref(Kind.THREAD, threads[0]), Ref(Kind.POST, threads[0])} <= gone_in(pages)
    assert not any(ref.id.startswith(threads[1]) for ref in gone_in(pages))


async def test_many_discussions_move_at_once(talk: DiscussionsBench) -> None:
    for _ in range(60):
        await talk.add_thread(1)
        talk.clock.advance(1)
    _, cursor = await pull(talk.source())
    talk.clock.advance(60)
    new = {await talk.add_post(f"{talk.repo.id}/d{number}", f"News {number}") for number in range(5, 50)}
    pages, cursor = await pull(talk.source(), cursor=cursor)
    assert new <= {ref.id for ref in found_in(pages)}
    assert len(talk.asked("query Discussion")) == 45
    before = talk.requests
    assert not found_in((await pull(talk.source(), cursor=cursor))[0])
    assert talk.requests - before == 7  # who, where, team, issues, comments, and two pages of heads


async def test_many_threads_of_one_second_come_once(bench: GitHubBench, talk: DiscussionsBench) -> None:
    """An import, or a robot that touches everything at once: a second is all that GitHub's times tell."""
    for world in (bench, talk):
        for _ in range(130):
            await world.add_thread(2)
        _, cursor = await pull(world.source())
        pages, _ = await pull(world.source(), cursor=cursor)
        assert not found_in(pages)


async def test_staff_is_who_runs_the_repository(bench: GitHubBench) -> None:
    zed = bench.world.add_user("zed")
    robot = bench.world.add_user("dependabot[bot]", "Bot")
    kim = bench.world.add_user("kim")
    bench.repo.tied.append(kim)  # what GitHub says of them where they write; bob hides that he is in the organisation
    for user in (bench.bob, kim, zed, robot):
        bench.world.add_issue(bench.repo, user, "Hello", "World")
    home = bench.world.add_discussion(bench.repo, robot, "Weekly news", "All is well")
    bench.world.add_discussion(bench.repo, zed, "Gone soon", "I delete my account").user = None
    pages, _ = await pull(bench.source())
    people = {record.handle: record for record in found_in(pages).values() if isinstance(record, Member)}
    assert {name: (one.staff, one.bot) for name, one in people.items()} == {
        "bob": (True, False),
        "kim": (True, False),
        "zed": (False, False),
        "dependabot[bot]": (False, True),
    }
    assert thread_of(pages, f"{bench.repo.id}/d{home.number}").author == str(robot.id)
    assert thread_of(pages, f"{bench.repo.id}/d{home.number + 1}").author is None


async def test_who_leaves_the_team_is_no_longer_staff(bench: GitHubBench) -> None:
    pages, cursor = await pull(bench.source(), Feed.MEMBERS)
    people = [record for record in found_in(pages).values() if isinstance(record, Member)]
    assert {one.handle: one.staff for one in people} == {"bikes-team": True, "bob": True}
    bench.repo.team.remove(bench.bob)
    pages, cursor = await pull(bench.source(), Feed.MEMBERS, cursor)
    left = found_in(pages)[Ref(Kind.MEMBER, str(bench.bob.id))]
    assert isinstance(left, Member)
    assert not left.staff
    used = bench.server.used["core"]
    pages, _ = await pull(bench.source(), Feed.MEMBERS, cursor)
    assert not found_in(pages)
    assert bench.server.used["core"] == used + 1  # the repository itself; the list is a 304


async def test_a_large_team_is_read_whole_once_a_day(bench: GitHubBench) -> None:
    for number in range(150):
        await bench.add_member(f"colleague{number}")
    pages, cursor = await pull(bench.source(), Feed.MEMBERS)
    assert len(found_in(pages)) == 152
    late = bench.world.add_user("late")
    bench.repo.team.append(late)  # on the second page: the first, and its ETag, stay as they are
    assert not found_in((await pull(bench.source(), Feed.MEMBERS, cursor))[0])
    bench.clock.advance(DAY / 1000)
    assert Ref(Kind.MEMBER, str(late.id)) in found_in((await pull(bench.source(), Feed.MEMBERS, cursor))[0])


async def test_mentions_of_us_are_noticed_and_read_without_addresses(bench: GitHubBench) -> None:
    for text in ("@bikes-team please help", "the @bikes-teamwork account", "mail bikes-team@x.test", "plain"):
        await bench.add_thread(1, text=text)
    bench.world.add_discussion(bench.repo, bench.ann, "Hello", "@Bikes-Team look")
    pages, _ = await pull(bench.source())
    posts = [record for record in found_in(pages).values() if isinstance(record, Post)]
    assert {str(post.text) for post in posts if post.mentions_us} == {"@bikes-team please help", "@Bikes-Team look"}


async def test_a_new_name_changes_no_id(bench: GitHubBench) -> None:
    thread = await bench.add_thread(2)
    _, cursor = await pull(bench.source())
    bench.repo.name = "velos"
    bench.clock.advance(60)
    post = await bench.add_post(thread, "After the change of name")
    pages, _ = await pull(bench.source(repos="octo/velos"), cursor=cursor)
    assert post_of(pages, post).thread == thread


async def test_a_repository_nobody_may_see_does_not_stop_the_others(bench: GitHubBench) -> None:
    other = bench.world.add_repo(bench.server.org, "helmets")
    bench.world.add_issue(other, bench.ann, "It does not fit", "Too small")
    thread = await bench.add_thread(1)
    pages, _ = await pull(bench.source(repos="octo/bikes, octo/secret octo/helmets"))
    assert {ref.id for ref in found_in(pages) if ref.kind is Kind.THREAD} == {thread, f"{other.id}/i1"}
    assert "octo/secret is not there, or this token may not see it" in pages[-1].note
    with pytest.raises(Unauthorized) as caught:
        await pull(bench.source(repos="octo/secret"))
    assert caught.value.right == "read access to octo/secret"


@pytest.mark.parametrize("repos", ["bikes", "https://github.com/octo", "octo/bikes/issues", "../..", "octo/"])
async def test_what_is_no_repository_is_told(bench: GitHubBench, repos: str) -> None:
    with pytest.raises(Refused, match="write owner/name"):
        await pull(bench.source(repos=repos))
    assert bench.requests == 1  # only who we are


async def test_parts_that_are_switched_off_are_not_asked_for(bench: GitHubBench) -> None:
    await bench.add_thread(1)
    bench.repo.has_issues = False
    bench.world.add_discussion(bench.repo, bench.ann, "Hello", "World")
    pages, _ = await pull(bench.source())
    assert [ref.id for ref in found_in(pages) if ref.kind is Kind.THREAD] == [f"{bench.repo.id}/d2"]
    assert not bench.asked("GET", "/issues")
    bench.repo.has_issues, bench.repo.has_discussions = True, False
    pages, _ = await pull(bench.source())
    assert [ref.id for ref in found_in(pages) if ref.kind is Kind.THREAD] == [f"{bench.repo.id}/i1"]
    assert not bench.asked("query Heads", "octo/bikes")


async def test_a_missing_permission_is_told_after_what_could_be_read(bench: GitHubBench) -> None:
    bench.server.lacks = {"discussions=read"}
    thread = await bench.add_thread(2)
    pages: list[Page] = []
    source = bench.source()

    async def keep() -> None:
        async for page in source.pull(Feed.THREADS, None):
            pages.append(page)  # noqa: PERF401  what came before the error is kept

    with pytest.raises(Unauthorized) as caught:
        await keep()
    await source.close()
    assert thread_of(pages, thread).id == thread
    assert "Discussions: read" in caught.value.right
    assert "octo/bikes, discussions" in str(caught.value)


async def test_a_cursor_nobody_can_read_means_the_beginning(bench: GitHubBench) -> None:
    thread = await bench.add_thread(1)
    for cursor in ("nonsense", '{"repos": 5}', "[]"):
        pages, _ = await pull(bench.source(), cursor=Cursor(cursor))
        assert thread_of(pages, thread).id == thread
        pages, _ = await pull(bench.source(), Feed.MEMBERS, Cursor(cursor))
        assert found_in(pages)


async def test_budgets_are_counted_apart_and_the_tighter_is_told(bench: GitHubBench) -> None:
    bench.server.limits["graphql"] = 200
    source = bench.source()
    unknown = source.budget
    assert unknown is None
    await bench.add_thread(2)
    _ = [page async for page in source.pull(Feed.THREADS, None)]
    assert source.budget is not None
    assert (source.budget.limit, source.budget.remaining) == (200, 200 - bench.server.used["graphql"])
    assert source.budget.resets_at == Instant((bench.clock.now() + HOUR) // 1000 * 1000)
    bench.server.limits = {"core": 50, "graphql": 5000}
    _ = [page async for page in source.pull(Feed.THREADS, None)]  # it ends with GraphQL
    assert source.budget.limit == 50
    await source.close()


async def test_enterprise_has_its_addresses_elsewhere(bench: GitHubBench) -> None:
    bench.server.prefix = "/api/v3"
    thread = await bench.add_thread(2)
    pages, _ = await pull(bench.source(api=f"{bench.server.url}/api/v3/"))
    assert thread_of(pages, thread).id == thread
    assert {seen.path for seen in bench.server.seen if seen.method == "POST"} == {"/api/graphql"}
