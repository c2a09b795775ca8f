"""What the GitHub source's verbs do there, and what stops them: lengths, colleagues, locks, kinds and places."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from cm_console.model.action import Action, Receipt, Verb
from cm_console.model.errors import Conflict, Gone, Refused, SourceError, Unauthorized, Unreachable
from cm_console.model.records import Kind, Post, PostState, Ref, Thread
from cm_console.model.source import Feed
from cm_console.model.time import DAY, Instant
from cm_console.sources.github.texts import BODY_LIMIT
from tests.servers.github_bench import DiscussionsBench, GitHubBench

BENCH = GitHubBench


async def push(bench: GitHubBench, action: Action, **settings: Any) -> Receipt:
    source = bench.source(**settings)
    try:
        return await source.push(action)
    finally:
        await source.close()


async def find(bench: GitHubBench, action: Action) -> Receipt | None:
    source = bench.source()
    try:
        return await source.find(action)
    finally:
        await source.close()


async def refused(bench: GitHubBench, action: Action, kind: type[SourceError] = Refused) -> SourceError:
    """The error, and the certainty that nothing was written."""
    before = await bench.truth()
    with pytest.raises(kind) as caught:
        await push(bench, action)
    assert await bench.truth() == before
    assert caught.value.landed is False
    return caught.value


def first(receipt: Receipt, kind: type[Post] | type[Thread]) -> Any:
    return next(record for record in receipt.records if isinstance(record, kind))


async def test_our_words_are_marked_and_nobody_sees_it(bench: GitHubBench) -> None:
    action = replace(await bench.action(Verb.REPLY), text="Have you tried **wax**?\r\n\n")
    receipt = await push(bench, action)
    body = bench.thing(receipt.remote_id).body
    assert body.startswith("Have you tried **wax**?\n\n<!-- cm:" + action.id)
    assert first(receipt, Post).text == "Have you tried **wax**?"
    found = await find(bench, action)
    assert found is not None
    assert found.remote_id == receipt.remote_id


async def test_what_we_rewrite_keeps_its_mark_and_what_others_wrote_gets_none(bench: GitHubBench) -> None:
    action = await bench.action(Verb.REPLY)
    receipt = await push(bench, action)
    ours, theirs = Ref(Kind.POST, receipt.remote_id), Ref(Kind.POST, await bench.add_post(action.thread or "", "Mine"))
    await push(bench, replace(await bench.action(Verb.EDIT, target=ours), text="Better words"))
    await push(bench, replace(await bench.action(Verb.EDIT, target=theirs), text="Their words, mended"))
    bodies = [bench.thing(ref.id).body for ref in (ours, theirs)]
    assert bodies[0].startswith("Better words\n\n<!-- cm:" + action.id)
    assert bodies[1] == "Their words, mended"
    assert await find(bench, action)  # rewritten by a colleague meanwhile or not: it is there


async def test_a_copied_mark_is_not_ours(bench: GitHubBench) -> None:
    action = await bench.action(Verb.REPLY)
    receipt = await push(bench, action)
    stolen = bench.thing(receipt.remote_id).body
    del bench.repo.comments[int(receipt.remote_id.rpartition("/")[2])]
    await bench.add_post(action.thread or "", stolen)
    assert await find(bench, action) is None


@pytest.mark.parametrize("skew", [-2 * 3600, 2 * 3600])
async def test_a_wrong_clock_of_ours_does_no_harm(bench: GitHubBench, skew: int) -> None:
    """We look from our first attempt on, by GitHub's clock."""
    action = await bench.action(Verb.REPLY)
    receipt = await push(bench, action)
    source = bench.source()
    mine = type(bench.clock)(bench.clock.now() + skew * 1000)
    source._clock = mine
    found = await source.find(replace(action, tried_at=mine.now()))
    assert found is not None
    assert found.remote_id == receipt.remote_id
    await source.close()


async def test_a_reply_stands_under_the_comment_it_answers(talk: DiscussionsBench) -> None:
    thread = await talk.add_thread(1)
    top = talk.world.add_talk(talk.repo, 1, talk.ann, "Which oil?")
    below = talk.world.add_talk(talk.repo, 1, talk.ann, "Or wax?", top.node)
    for node in (top.node, below.node):
        action = replace(await talk.action(Verb.REPLY, target=Ref(Kind.THREAD, thread)), reply_to=f"{thread}/{node}")
        receipt = await push(talk, action)
        assert first(receipt, Post).reply_to == f"{thread}/{top.node}"
        found = await find(talk, action)
        assert found is not None
        assert found.remote_id == receipt.remote_id
        assert first(found, Post).reply_to == f"{thread}/{top.node}"
    action = replace(await talk.action(Verb.REPLY, target=Ref(Kind.THREAD, thread)), reply_to=thread)
    assert first(await push(talk, action), Post).reply_to is None


async def test_lengths_are_told_before_anything_is_sent(bench: GitHubBench) -> None:
    action = await bench.action(Verb.REPLY)
    before = bench.requests
    error = await refused(bench, replace(action, text="ü" * BODY_LIMIT))
    assert str(error) == "the text is 65,536 characters long, GitHub takes 65,473: shorten or split it"
    assert bench.requests == before
    assert (await push(bench, replace(action, text="ü" * 65_473))).remote_id
    await refused(bench, replace(action, text=" \n "))
    publish = await bench.action(Verb.PUBLISH)
    assert "256" in str(await refused(bench, replace(publish, title="t" * 257)))
    await refused(bench, replace(publish, title=" "))


async def test_places_are_issues_and_categories(bench: GitHubBench) -> None:
    other = bench.world.add_repo(bench.server.org, "helmets")
    repos = "octo/bikes,octo/helmets"
    publish = await bench.action(Verb.PUBLISH)
    where: dict[str, str] = {}
    for place in ("helmets: issues", "octo/bikes: general", "helmets: Announcements"):
        action = replace(await bench.action(Verb.PUBLISH), place=place)
        where[place] = (await push(bench, action, repos=repos)).remote_id
        source = bench.source(repos=repos)
        found = await source.find(action)
        assert found is not None
        assert found.remote_id == where[place]
        await source.close()
    assert where == {
        "helmets: issues": f"{other.id}/i1",
        "octo/bikes: general": f"{bench.repo.id}/d1",
        "helmets: Announcements": f"{other.id}/d2",
    }
    with pytest.raises(Refused, match="says not in which repository; there are: bikes: issues; bikes: General"):
        await push(bench, replace(publish, place="General"), repos=repos)
    with pytest.raises(Refused, match="'Nowhere' is not there"):
        await push(bench, replace(publish, place="Nowhere"))


async def test_a_lost_discussion_is_found_among_many(talk: DiscussionsBench) -> None:
    action = await talk.action(Verb.PUBLISH)
    await talk.lose_next_answer()
    with pytest.raises(Unreachable) as caught:
        await push(talk, action)
    assert caught.value.landed is None
    for _ in range(60):
        talk.clock.advance(1)
        await talk.add_thread(1)
    found = await find(talk, action)
    assert found is not None
    assert found.remote_id == f"{talk.repo.id}/d1"
    assert await find(talk, replace(action, id="another")) is None


@pytest.mark.parametrize(
    ("verb", "reason", "kind"),
    [
        (Verb.HIDE, "", "OFF_TOPIC"),
        (Verb.HIDE, "This is abusive", "ABUSE"),
        (Verb.HIDE, "outdated answer", "OUTDATED"),
        (Verb.SPAM, "", "SPAM"),
    ],
)
async def test_hiding_says_as_what(bench: GitHubBench, verb: Verb, reason: str, kind: str) -> None:
    action = replace(await bench.action(verb), reason=reason)
    receipt = await push(bench, action)
    assert list(bench.server.hidden_as.values()) == [kind]
    assert first(receipt, Post).state is PostState.HIDDEN
    await push(bench, replace(action, verb=Verb.RESTORE))
    assert action.target is not None
    post = (await bench.truth())[action.target]
    assert isinstance(post, Post)
    assert post.state is PostState.VISIBLE


async def test_an_opening_post_cannot_be_hidden(bench: GitHubBench) -> None:
    thread = await bench.add_thread(2)
    error = await refused(bench, await bench.action(Verb.HIDE, target=Ref(Kind.POST, thread)))
    assert "hides comments only" in str(error)


async def test_removing_the_opening_post_removes_the_thread(bench: GitHubBench, talk: DiscussionsBench) -> None:
    for world in (bench, talk):
        thread = await world.add_thread(3)
        receipt = await push(world, await world.action(Verb.REMOVE, target=Ref(Kind.POST, thread)))
        assert first(receipt, Post).state is PostState.DELETED
        assert Ref(Kind.THREAD, thread) not in await world.truth()
        error = await refused(world, await world.action(Verb.REMOVE, target=Ref(Kind.POST, thread)), Conflict)
        assert isinstance(error, Conflict)
        assert error.settled


async def test_only_admins_remove_whole_issues(bench: GitHubBench) -> None:
    thread = await bench.add_thread(2)
    bench.repo.role = "write"
    error = await refused(bench, await bench.action(Verb.REMOVE, target=Ref(Kind.THREAD, thread)), Unauthorized)
    assert isinstance(error, Unauthorized)
    assert error.right.startswith("the Admin role in octo/bikes")


async def test_what_vanished_with_our_access_is_not_called_deleted(bench: GitHubBench) -> None:
    action = await bench.action(Verb.REMOVE)
    source = bench.source()
    await source.check()
    bench.repo.role = "none"
    with pytest.raises(Gone):
        await source.push(action)
    await source.close()


@pytest.mark.parametrize("reason", ["", "too heated", "off topic", "spam", "resolved"])
async def test_locking_says_why(bench: GitHubBench, talk: DiscussionsBench, reason: str) -> None:
    for world in (bench, talk):
        action = replace(await world.action(Verb.LOCK), reason=reason)
        assert first(await push(world, action), Thread).id == action.thread
        there = world.thing(action.thread or "").locked  # type: ignore[union-attr]  # a thread
        assert there.lower().replace("_", " ").replace("off topic", "off-topic") == (
            reason.replace(" t", "-t") if reason == "off topic" else reason or "yes"
        )
        before = len([seen for seen in world.server.seen if seen.method in ("PUT", "DELETE")])
        await push(world, action)
        assert len([seen for seen in world.server.seen if seen.method in ("PUT", "DELETE")]) == before
        await push(world, replace(action, verb=Verb.UNLOCK))
        assert not world.thing(action.thread or "").locked  # type: ignore[union-attr]  # a thread


@pytest.mark.parametrize(("reason", "kind"), [("", "completed"), ("Not planned, sorry", "not_planned")])
async def test_closing_says_why(bench: GitHubBench, reason: str, kind: str) -> None:
    action = replace(await bench.action(Verb.CLOSE), reason=reason)
    assert first(await push(bench, action), Thread).closed
    assert bench.repo.issues[1].reason == kind


async def test_locked_and_archived_are_refusals_not_missing_rights(bench: GitHubBench, talk: DiscussionsBench) -> None:
    for world in (bench, talk):
        action = await world.action(Verb.REPLY)
        world.thing(action.thread or "").locked = "yes"  # type: ignore[union-attr]  # a thread
        world.repo.role = "triage"
        assert "locked" in str(await refused(world, action))
    action = await bench.action(Verb.CLOSE)
    bench.repo.role, bench.repo.archived = "admin", True
    assert "archived" in str(await refused(bench, action))


async def test_one_colleague_takes_over_from_others(bench: GitHubBench) -> None:
    action = await bench.action(Verb.ASSIGN)
    bench.repo.issues[1].assignees = [bench.server.me]
    receipt = await push(bench, action)
    assert receipt.note == "taken from bikes-team"
    assert bench.repo.issues[1].assignees == [bench.bob]
    assert first(await push(bench, replace(action, verb=Verb.UNASSIGN, member=None)), Thread).assigned_to is None


async def test_github_assigns_nothing_without_a_word(bench: GitHubBench) -> None:
    action = replace(await bench.action(Verb.ASSIGN), member=str(bench.ann.id))
    assert "ann: no access to octo/bikes" in str(await refused(bench, action))
    await refused(bench, replace(action, member=None))
    await refused(bench, replace(action, member="nobody"), Gone)


async def test_a_discussion_cannot_be_assigned_nor_an_issue_answered(
    bench: GitHubBench, talk: DiscussionsBench
) -> None:
    assert "cannot be assigned" in str(await refused(talk, await talk.action(Verb.ASSIGN)))
    assert "no chosen answer" in str(await refused(bench, await bench.action(Verb.SOLVE)))


async def test_answers_are_chosen_where_the_category_has_them(talk: DiscussionsBench) -> None:
    action = await talk.action(Verb.SOLVE)
    assert action.target is not None
    receipt = await push(talk, action)
    assert first(receipt, Thread).solved_by == action.target.id
    other = replace(action, target=Ref(Kind.POST, await talk.add_post(action.thread or "", "A better one")))
    assert first(await push(talk, other), Thread).solved_by == other.target.id  # type: ignore[union-attr]  # it has one
    of_thread = Ref(Kind.THREAD, action.thread or "")
    await refused(talk, replace(action, target=of_thread))
    receipt = await push(talk, replace(action, verb=Verb.UNSOLVE, target=of_thread))
    assert first(receipt, Thread).solved_by is None
    talk.repo.discussions[1].category = "Announcements"
    assert "takes no answers" in str(await refused(talk, action))
    gone = replace(action, target=Ref(Kind.POST, f"{action.thread}/DC_gone"))
    talk.repo.discussions[1].category = "General"
    await refused(talk, gone, Gone)


async def test_a_colleague_who_rewrote_it_is_a_conflict_with_their_words(talk: DiscussionsBench) -> None:
    action = replace(await talk.action(Verb.REMOVE), seen="an older version")
    assert action.target is not None
    await talk.edit_post(action.target.id, "Quite harmless by now")
    error = await refused(talk, action, Conflict)
    assert isinstance(error, Conflict)
    assert (error.current, error.settled) == ("Quite harmless by now", False)


async def test_reactions_and_labels_are_no_conflict(bench: GitHubBench) -> None:
    """What was judged are the words; GitHub's `updated_at` moves with much else."""
    thread = await bench.add_thread(2)
    source = bench.source()
    pages = [page async for page in source.pull(Feed.THREADS, None)]
    await source.close()
    seen = next(r.version for page in pages for r in page.records if isinstance(r, Post) and r.id == thread)
    bench.clock.advance(60)
    await bench.add_post(thread, "Me too")  # the issue moves
    action = replace(await bench.action(Verb.EDIT, target=Ref(Kind.POST, thread)), seen=seen)
    assert (await push(bench, action)).remote_id == thread


async def test_blocking_is_for_good_and_asks_first(bench: GitHubBench) -> None:
    action = await bench.action(Verb.BAN)
    error = await refused(bench, replace(action, until=Instant(bench.clock.now() + DAY)))
    assert "for good only" in str(error)
    for _ in range(2):
        await push(bench, action)
    assert len(bench.asked("PUT", "/blocks/")) == 1
    assert action.target is not None
    assert await bench.standing(action.target.id) == "banned"
    await push(bench, replace(action, verb=Verb.UNBAN))
    assert await bench.standing(action.target.id) == "ok"


async def test_blocking_counts_where_the_thread_stands(bench: GitHubBench) -> None:
    """Several owners: all of them, or the one of the thread at hand; nobody blocks in another person's repository."""
    me, zed = bench.server.me, bench.world.add_user("zed")
    mine, theirs = bench.world.add_repo(me, "tools"), bench.world.add_repo(zed, "toys")
    action = replace(await bench.action(Verb.BAN), target=Ref(Kind.MEMBER, str(bench.ann.id)))
    await push(bench, action, repos="octo/bikes bikes-team/tools")
    assert bench.world.blocks == {"octo": {bench.ann.id}, "bikes-team": {bench.ann.id}}
    bench.world.blocks.clear()
    await push(bench, replace(action, thread=f"{mine.id}/i1"), repos="octo/bikes bikes-team/tools")
    assert bench.world.blocks == {"bikes-team": {bench.ann.id}}
    with pytest.raises(Unauthorized, match="only zed can block people in zed/toys"):
        await push(bench, replace(action, thread=f"{theirs.id}/i1"), repos="octo/bikes zed/toys")


@pytest.mark.parametrize("id", ["", "5", "12/x1", "12/i1/DC_word", "99/i1", "1/i٣"])
async def test_what_is_nothing_there_is_gone(bench: GitHubBench, id: str) -> None:
    action = await bench.action(Verb.CLOSE, target=Ref(Kind.THREAD, id))
    await refused(bench, action, Gone)


async def test_an_issue_that_was_moved_is_gone(bench: GitHubBench) -> None:
    """GitHub sends us on to where it stands now: that is another repository, not ours to act in."""
    action = await bench.action(Verb.CLOSE)
    bench.repo.issues[1].number = 77
    with pytest.raises(Gone, match="moved"):
        await push(bench, action)
    assert bench.repo.issues[1].state == "open"
