"""What the WordPress source does when told something: faults around writes, colleagues, rights, plans, the bin."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

import pytest

from cm_console.model.action import Action, Verb
from cm_console.model.errors import Conflict, Gone, Refused, Throttled, Unauthorized, Unreachable
from cm_console.model.records import Kind, Post, PostState, Ref, Report, Scheduled, Thread
from cm_console.model.time import DAY, MINUTE, SECOND, Instant
from cm_console.sources.wordpress import WordPress
from tests.servers.wordpress_bench import WordPressBench
from tests.servers.wordpress_world import Comment

BENCH = WordPressBench


async def visited(bench: WordPressBench, status: str = "hold") -> Comment:
    """A visitor's comment, with where it came from."""
    thread = await bench.add_thread(1)
    return bench.site.add_comment(int(thread), "Buy followers", name="Eve", email="eve@x.test", status=status)


def about(comment: Comment) -> Ref:
    return Ref(Kind.POST, str(comment.id))


def said(bench: WordPressBench, action: Action) -> int:
    return sum(comment.content == action.text for comment in bench.site.comments.values())


def writes(bench: WordPressBench) -> list[str]:
    return [f"{seen.method} {seen.path.removeprefix('/wp-json/wp/v2')}" for seen in bench.server.seen if seen.write]


@pytest.mark.parametrize("verb", [Verb.APPROVE, Verb.KEEP, Verb.SPAM, Verb.EDIT, Verb.HIDE, Verb.RESTORE])
async def test_where_a_comment_came_from_is_kept(bench: WordPressBench, source: WordPress, verb: Verb) -> None:
    """WordPress writes our own address over it unless it is sent back: who blocks by address would block us."""
    comment = await visited(bench, {Verb.HIDE: "approved", Verb.RESTORE: "spam"}.get(verb, "hold"))
    await source.push(await bench.action(verb, target=about(comment)))
    assert len(writes(bench)) == 1
    assert (comment.ip, comment.agent) == ("203.0.113.9", "Mozilla/5.0")


async def test_a_decision_closes_the_report(bench: WordPressBench, source: WordPress) -> None:
    for verb, state, agreed in (
        (Verb.APPROVE, PostState.VISIBLE, False),
        (Verb.SPAM, PostState.HIDDEN, True),
        (Verb.REMOVE, PostState.DELETED, True),
    ):
        comment = await visited(bench)
        receipt = await source.push(await bench.action(verb, target=about(comment), report=f"held-{comment.id}"))
        post, report = receipt.records
        assert isinstance(post, Post) and post.state is state
        assert isinstance(report, Report) and report.id == f"held-{comment.id}"
        assert (report.agreed, report.closed_at) == (agreed, bench.clock.now())


async def test_hiding_asks_for_approval_again_and_restoring_gives_it(bench: WordPressBench, source: WordPress) -> None:
    comment = await visited(bench, "approved")
    receipt = await source.push(await bench.action(Verb.HIDE, target=about(comment)))
    assert comment.status == "hold"
    assert [r.closed_at for r in receipt.records if isinstance(r, Report)] == [None]
    await source.push(await bench.action(Verb.RESTORE, target=about(comment)))
    assert comment.status == "approved"


@pytest.mark.parametrize("verb", [Verb.SPAM, Verb.REMOVE])
async def test_what_was_never_approved_is_restored_to_waiting(
    bench: WordPressBench, source: WordPress, verb: Verb
) -> None:
    comment = await visited(bench)
    await source.push(await bench.action(verb, target=about(comment)))
    receipt = await source.push(await bench.action(Verb.RESTORE, target=about(comment)))
    assert comment.status == "hold" and "waiting for approval" in receipt.note
    assert [r.closed_at for r in receipt.records if isinstance(r, Report)] == [None]


async def test_a_repeated_restore_approves_nothing(bench: WordPressBench, source: WordPress) -> None:
    """The first try landed, its answer was lost: what waits now is what came back, nobody approved it."""
    comment = await visited(bench, "trash")
    action = await bench.action(Verb.RESTORE, target=about(comment))
    await bench.lose_next_answer()
    with pytest.raises(Unreachable):
        await source.push(action)
    assert comment.status == "hold"
    bench.clock.advance(5)
    with pytest.raises(Conflict) as caught:
        await source.push(action)
    assert comment.status == "hold" and "approve it" in caught.value.current and not caught.value.settled


async def test_a_colleague_was_faster(bench: WordPressBench, source: WordPress) -> None:
    comment = await visited(bench)
    seen = "hold.0"
    for status, verb, settled, current in (
        ("approved", Verb.APPROVE, True, "approved already"),
        ("spam", Verb.APPROVE, False, "marked as spam already"),
        ("trash", Verb.KEEP, False, "in the bin already"),
        ("approved", Verb.SPAM, False, "approved: Buy followers"),
        ("trash", Verb.SPAM, True, "in the bin: Buy followers"),
        ("spam", Verb.REMOVE, True, "marked as spam: Buy followers"),
        ("spam", Verb.HIDE, True, "marked as spam: Buy followers"),
    ):
        comment.status = status
        with pytest.raises(Conflict) as caught:
            await source.push(replace(await bench.action(verb, target=about(comment)), seen=seen))
        assert (caught.value.settled, caught.value.current) == (settled, current), (status, verb)
    assert writes(bench) == []


async def test_binned_by_a_colleague_between_our_look_and_our_write(
    bench: WordPressBench, source: WordPress, monkeypatch: pytest.MonkeyPatch
) -> None:
    comment = await visited(bench)
    plain = bench.server.comment

    def faster(id: str) -> Comment:
        found = plain(id)
        if bench.server.seen[-1].method == "DELETE":
            found.status = "trash"
        return found

    monkeypatch.setattr(bench.server, "comment", faster)
    with pytest.raises(Conflict) as caught:
        await source.push(await bench.action(Verb.REMOVE, target=about(comment)))
    assert caught.value.settled and caught.value.status == 410


async def test_a_site_without_a_bin_says_so_and_nothing_is_deleted_for_good(
    bench: WordPressBench, source: WordPress
) -> None:
    bench.server.trash = False
    comment = await visited(bench)
    with pytest.raises(Refused, match="trash") as caught:
        await source.push(await bench.action(Verb.REMOVE, target=about(comment)))
    assert caught.value.landed is False and comment.id in bench.site.comments


@pytest.mark.parametrize("verb", [Verb.SPAM, Verb.REMOVE, Verb.HIDE, Verb.APPROVE, Verb.RESTORE, Verb.EDIT])
async def test_a_comment_deleted_for_good_is_gone(bench: WordPressBench, source: WordPress, verb: Verb) -> None:
    comment = await visited(bench)
    del bench.site.comments[comment.id]
    with pytest.raises(Gone):
        await source.push(await bench.action(verb, target=about(comment)))


async def test_a_verb_on_the_wrong_thing_is_refused(bench: WordPressBench, source: WordPress) -> None:
    thread = Ref(Kind.THREAD, await bench.add_thread(2))
    for verb, target in (
        (Verb.SPAM, thread),
        (Verb.HIDE, Ref(Kind.POST, f"post-{thread.id}")),
        (Verb.APPROVE, thread),
        (Verb.CLOSE, Ref(Kind.POST, "1")),
        (Verb.REMOVE, Ref(Kind.MEMBER, "1")),
        (Verb.UNSCHEDULE, None),
        (Verb.EDIT, None),
    ):
        with pytest.raises(Refused):
            await source.push(Action("x", verb, target, text="y"))
    assert writes(bench) == []


@pytest.mark.parametrize("kind", ["fail_before", "fail_after", "late"])
@pytest.mark.parametrize("verb", [Verb.REPLY, Verb.PUBLISH, Verb.SCHEDULE])
async def test_what_may_have_landed_is_cleared_up_by_looking(
    bench: WordPressBench, source: WordPress, verb: Verb, kind: str
) -> None:
    action = await bench.action(verb)
    bench.server.plan(kind, lambda seen: seen.write)
    with pytest.raises(Unreachable) as caught:
        await source.push(action)
    assert caught.value.landed is None
    assert bool(await source.find(action)) is (kind == "fail_after")
    await bench.quiet()
    bench.clock.advance(30)
    receipt = await source.find(action)
    assert bool(receipt) is (kind != "fail_before")
    receipt = receipt or await source.push(action)
    titled = [article for article in bench.site.articles.values() if article.title == action.title]
    assert (said(bench, action) if verb is Verb.REPLY else len(titled)) == 1
    assert receipt.remote_id


async def test_a_repeat_that_the_site_refuses_is_what_landed(bench: WordPressBench, source: WordPress) -> None:
    """WordPress takes the same words under the same parent once: 409 on a repeat names the one that is there."""
    action = await bench.action(Verb.REPLY)
    await bench.lose_next_answer()
    with pytest.raises(Unreachable):
        await source.push(action)
    receipt = await source.push(action)
    assert bench.site.comments[int(receipt.remote_id)].content == action.text and said(bench, action) == 1


async def test_the_same_words_for_another_action_are_an_honest_no(bench: WordPressBench, source: WordPress) -> None:
    first = replace(await bench.action(Verb.REPLY), text="Thank you!")
    one = await source.push(first)
    bench.clock.advance(60)
    for second in (
        replace(first, id="other", tried_at=bench.clock.now(), taken=frozenset({one.remote_id})),
        replace(first, id="other", tried_at=bench.clock.now()),
        replace(first, id="other", tried_at=None),
    ):
        with pytest.raises(Refused, match="same words") as caught:
            await source.push(second)
        assert caught.value.landed is False
    assert said(bench, first) == 1


async def test_looking_goes_through_a_busy_post_and_knows_the_parent(bench: WordPressBench, source: WordPress) -> None:
    action = await bench.action(Verb.REPLY)
    thread = action.target.id if action.target else ""
    parent = await bench.add_post(thread, "Answer me")
    for n in range(130):
        await bench.add_post(thread, f"Before {n}")
    await source.push(replace(action, id="top"))
    nested = replace(action, reply_to=parent)
    await bench.lose_next_answer()
    with pytest.raises(Unreachable):
        await source.push(nested)
    receipt = await source.find(nested)
    assert receipt and bench.site.comments[int(receipt.remote_id)].parent == int(parent)
    on_top = await source.find(replace(action, reply_to=f"post-{thread}"))
    assert on_top and bench.site.comments[int(on_top.remote_id)].parent == 0


async def test_the_clocks_may_differ(bench: WordPressBench) -> None:
    """The console's clock is ten minutes ahead: what landed is still not taken for older than the attempt."""
    from cm_console.testing import FakeClock

    ahead = FakeClock(bench.clock.now() + 10 * MINUTE)
    source = bench.source()
    source._clock = ahead
    action = replace(await bench.action(Verb.REPLY), tried_at=ahead.now())
    await bench.lose_next_answer()
    with pytest.raises(Unreachable):
        await source.push(action)
    assert await source.find(action)
    await source.close()
    source = bench.source()
    source._clock = ahead
    near = replace(await bench.action(Verb.SCHEDULE), place="", at=Instant(bench.clock.now() + 2 * MINUTE))
    assert (await source.push(near)).records, "ahead by the site's clock, though past by ours"
    await source.close()


async def test_a_post_with_a_picture_is_not_flattened(bench: WordPressBench, source: WordPress) -> None:
    article = bench.site.articles[int(await bench.add_thread(1))]
    article.content = '<p>Look</p><img src="x.png">'
    action = await bench.action(Verb.EDIT, target=Ref(Kind.POST, f"post-{article.id}"))
    with pytest.raises(Refused, match="would be lost"):
        await source.push(action)
    assert writes(bench) == []


async def test_a_post_carries_our_slug_and_is_found_by_it_even_in_the_bin(
    bench: WordPressBench, source: WordPress
) -> None:
    action = replace(await bench.action(Verb.PUBLISH), title="News <b>&</b> more")
    receipt = await source.push(action)
    article = bench.site.articles[int(receipt.remote_id)]
    assert article.slug.startswith("news-b-b-more-") and article.categories == [2]
    assert article.title == "News &lt;b&gt;&amp;&lt;/b&gt; more"
    thread = receipt.records[0]
    assert isinstance(thread, Thread) and (thread.title, thread.place) == (action.title, "News & more")
    bench.site.trash_article(article)
    found = await source.find(action)
    assert found and found.remote_id == receipt.remote_id and "trash" in found.note
    assert await source.find(replace(action, id="00000000-0000-4000-8000-ffffffffffff")) is None
    assert await source.find(replace(action, tried_at=None)) is None


async def test_an_unknown_category_is_refused_before_anything_is_written(
    bench: WordPressBench, source: WordPress
) -> None:
    with pytest.raises(Refused, match="no category called Nowhere"):
        await source.push(replace(await bench.action(Verb.PUBLISH), place="Nowhere"))
    assert writes(bench) == []


@pytest.mark.parametrize("ahead", [-DAY, 0, 58 * SECOND, 70 * SECOND])
async def test_what_would_be_published_at_once_is_not_planned(
    bench: WordPressBench, source: WordPress, ahead: int
) -> None:
    near = Instant(bench.clock.now() + ahead)
    with pytest.raises(Refused, match="less than a minute ahead"):
        await source.push(replace(await bench.action(Verb.SCHEDULE), at=near))
    plan = await source.push(await bench.action(Verb.SCHEDULE))
    before = writes(bench)
    with pytest.raises(Refused, match="less than a minute ahead"):
        await source.push(
            replace(await bench.action(Verb.RESCHEDULE, target=Ref(Kind.SCHEDULED, plan.remote_id)), at=near)
        )
    assert writes(bench) == before
    assert bench.site.articles[int(plan.remote_id)].status == "future"


async def test_a_plan_moves_and_what_is_published_does_not(bench: WordPressBench, source: WordPress) -> None:
    plan = await source.push(await bench.action(Verb.SCHEDULE))
    ref, later = Ref(Kind.SCHEDULED, plan.remote_id), Instant(bench.clock.now() + 3 * DAY + 123)
    move = replace(await bench.action(Verb.RESCHEDULE, target=ref), at=later)
    await bench.lose_next_answer()
    with pytest.raises(Unreachable):
        await source.push(move)
    before = writes(bench)
    moved = await source.push(move)
    assert isinstance(moved.records[0], Scheduled) and moved.records[0].at == later // SECOND * SECOND
    assert writes(bench) == before, "it stood at its new time already"
    assert bench.site.articles[int(ref.id)].content, "the words stay"
    bench.site.articles[int(ref.id)].status = "draft"
    with pytest.raises(Conflict) as taken:
        await source.push(replace(move, at=Instant(later + DAY)))
    assert taken.value.current == "a draft now, planned no more"
    bench.site.articles[int(ref.id)].status = "future"
    bench.clock.advance(4 * DAY / 1000)
    again = replace(move, at=Instant(bench.clock.now() + DAY))
    for action in (again, await bench.action(Verb.UNSCHEDULE, target=ref)):
        with pytest.raises(Conflict) as caught:
            await source.push(action)
        assert caught.value.current == "published already" and not caught.value.settled


async def test_only_what_can_be_restored_whole_is_restored(bench: WordPressBench, source: WordPress) -> None:
    thread = Ref(Kind.THREAD, await bench.add_thread(3))
    lonely = Ref(Kind.THREAD, await bench.add_thread(1))
    for target in (thread, lonely):
        await source.push(await bench.action(Verb.REMOVE, target=target))
    with pytest.raises(Refused, match="restore it in WordPress"):
        await source.push(await bench.action(Verb.RESTORE, target=thread))
    comment = Ref(Kind.POST, "1")
    with pytest.raises(Refused, match="in the bin with its post"):
        await source.push(await bench.action(Verb.RESTORE, target=comment))
    await source.push(await bench.action(Verb.RESTORE, target=lonely))
    assert [bench.site.articles[int(ref.id)].status for ref in (thread, lonely)] == ["trash", "publish"]


async def test_a_whole_post_that_changed_is_not_removed_unseen(bench: WordPressBench, source: WordPress) -> None:
    article = bench.site.articles[int(await bench.add_thread(1))]
    for target, seen in (
        (Ref(Kind.THREAD, str(article.id)), "0:2026-11-22T09:00:00"),
        (Ref(Kind.POST, f"post-{article.id}"), "2026-11-22T09:00:00"),
    ):
        action = replace(await bench.action(Verb.REMOVE, target=target), seen=seen)
        bench.clock.advance(60)
        bench.site.touch(article)
        with pytest.raises(Conflict):
            await source.push(action)
    assert writes(bench) == []


async def test_an_edit_that_is_there_already_writes_nothing(bench: WordPressBench, source: WordPress) -> None:
    comment = await visited(bench)
    action = await bench.action(Verb.EDIT, target=about(comment))
    comment.content = action.text.replace(", ", ",\n")
    await source.push(replace(action, seen="an old version"))
    assert writes(bench) == []


@pytest.mark.parametrize(
    ("role", "verb", "right"),
    [
        ("subscriber", Verb.APPROVE, "moderate_comments"),
        ("author", Verb.SPAM, "moderate_comments"),
        ("author", Verb.EDIT, "moderate_comments"),
        ("author", Verb.KEEP, "moderate_comments"),
        ("author", Verb.HIDE, "moderate_comments"),
        ("author", Verb.REMOVE, "moderate_comments"),
        ("author", Verb.RESTORE, "moderate_comments"),
        ("author", Verb.REOPEN, "edit_others_posts"),
        ("subscriber", Verb.PUBLISH, "publish_posts"),
        ("subscriber", Verb.SCHEDULE, "publish_posts"),
        ("author", Verb.CLOSE, "edit_others_posts"),
    ],
)
async def test_without_the_right_it_is_named(
    bench: WordPressBench, source: WordPress, role: str, verb: Verb, right: str
) -> None:
    bench.server.me.role = role
    action = await bench.action(verb)
    if verb is Verb.SCHEDULE:
        action = replace(action, place="")
    with pytest.raises(Unauthorized) as caught:
        await source.push(action)
    assert right in caught.value.right and "role" in caught.value.right
    me = await source.check()
    assert verb not in me.verbs and right in me.missing[verb]
    assert Verb.REPLY in me.verbs


async def test_too_fast_for_somebody_who_may_not_moderate(bench: WordPressBench, source: WordPress) -> None:
    """400 is WordPress's answer here; it says nothing of when."""
    bench.server.me.role = "subscriber"
    first, second = await bench.action(Verb.REPLY), await bench.action(Verb.REPLY)
    assert "approval" in (await source.push(first)).note
    with pytest.raises(Throttled) as caught:
        await source.push(second)
    assert caught.value.landed is False and caught.value.until == bench.clock.now() + 15 * SECOND
    bench.clock.advance(15)
    await source.push(second)


async def test_closed_comments_are_no_question_of_rights(bench: WordPressBench, source: WordPress) -> None:
    action = await bench.action(Verb.REPLY)
    bench.site.articles[int(action.target.id if action.target else "")].comment_status = "closed"
    with pytest.raises(Refused, match="closed"):
        await source.push(action)


async def test_a_reply_to_what_is_gone(bench: WordPressBench, source: WordPress) -> None:
    action = await bench.action(Verb.REPLY)
    for target in ("999", "draft:5"):
        with pytest.raises(Gone):
            await source.push(replace(action, target=Ref(Kind.THREAD, target)))


async def test_too_long_a_comment_is_not_sent(bench: WordPressBench, source: WordPress) -> None:
    with pytest.raises(Refused, match=r"70,000 bytes .* 65,525"):
        await source.push(replace(await bench.action(Verb.REPLY), text="x" * 70_000))
    assert bench.requests == 0


async def test_revoked_in_the_middle(bench: WordPressBench, source: WordPress) -> None:
    comment = await visited(bench)
    await source.check()
    await bench.unauthorized()
    for action in (
        await bench.action(Verb.APPROVE, target=about(comment)),
        await bench.action(Verb.REPLY),
        await bench.action(Verb.PUBLISH),
    ):
        with pytest.raises(Unauthorized, match="application password"):
            await source.push(action)


def test_nothing_heavy_is_loaded_before_it_is_used() -> None:
    code = "import sys; from cm_console.sources.wordpress import WordPress; print(*sorted(sys.modules))"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not {"httpx", "msgspec", "selectolax", "asyncio"} & set(loaded)
