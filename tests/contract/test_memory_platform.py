"""The platform in RAM beyond the contract: time passing, reactions, rights, keys, and where it lives."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from cm_console.model.action import Action, Receipt, Verb
from cm_console.model.errors import Conflict, Gone, Refused, Unauthorized, Unreachable
from cm_console.model.records import Kind, Member, Post, PostState, Ref, Report, Scheduled, Thread
from cm_console.model.source import Cursor, Feed, Source
from cm_console.model.text import Untrusted
from cm_console.model.time import DAY, HOUR, Instant
from cm_console.sources.memory import MemorySettings, MemorySource, Platform
from cm_console.testing import FakeClock, MemoryBench


@pytest.fixture
async def bench() -> AsyncIterator[MemoryBench]:
    """A world."""
    bench = MemoryBench()
    yield bench
    await bench.close()


@pytest.fixture
def source(bench: MemoryBench) -> Source:
    """A source on it."""
    return bench.plain_source()


async def test_a_platform_nobody_made_is_unreachable_and_says_why() -> None:
    """The demo's source, asked for by another program."""
    source = MemorySource(MemorySettings("demo"), FakeClock())
    action = Action("1", Verb.REPLY, Ref(Kind.THREAD, "1"))
    for ask in (source.check(), anext(source.pull(Feed.THREADS, None)), source.push(action), source.find(action)):
        with pytest.raises(Unreachable, match="'demo' lives only while the program that made it runs") as caught:
            await ask
        assert caught.value.landed is False
    assert source.budget is None


async def test_a_repeat_after_the_window_publishes_again(bench: MemoryBench, source: Source) -> None:
    """The platform keeps ids for an hour: that is what the declared window means."""
    action = await bench.action(Verb.PUBLISH)
    first = await source.push(action)
    bench.clock.advance(3600)
    assert (await source.push(action)).remote_id == first.remote_id
    bench.clock.advance(1)
    assert (await source.push(action)).remote_id != first.remote_id


async def test_a_scheduled_entry_goes_out_when_its_time_comes(bench: MemoryBench, source: Source) -> None:
    """It becomes a thread of ours, dated as planned; a late repeat schedules nothing, undoing comes too late."""
    action = await bench.action(Verb.SCHEDULE)
    receipt = await source.push(action)
    assert [r.title for r in receipt.records if isinstance(r, Scheduled)] == [action.title]
    bench.clock.advance(25 * 3600)
    await source.check()
    (thread,) = [t for t in bench.platform.records(Kind.THREAD) if isinstance(t, Thread)]
    assert (thread.title, thread.author, thread.created_at) == (action.title, "team", action.at)
    assert bench.platform.records(Kind.SCHEDULED) == ()
    await source.push(action)
    assert bench.platform.records(Kind.SCHEDULED) == ()
    undo = replace(action, id="2", verb=Verb.UNSCHEDULE, target=Ref(Kind.SCHEDULED, action.id))
    with pytest.raises(Conflict) as caught:
        await source.push(undo)
    assert not caught.value.settled and caught.value.current == "published"


async def test_a_moved_entry_goes_out_at_its_new_time_and_only_then(bench: MemoryBench, source: Source) -> None:
    """Later or earlier, where it was to stand; what is out, or was taken back, cannot be moved any more."""
    late, early = await bench.action(Verb.SCHEDULE), await bench.action(Verb.SCHEDULE)
    for action, days in ((late, 3), (early, 0.5)):
        await source.push(action)
        at = Instant(bench.clock.now() + int(days * DAY))
        target = Ref(Kind.SCHEDULED, action.id)
        await source.push(replace(action, id=f"{action.id}-moved", verb=Verb.RESCHEDULE, target=target, at=at))
    seen = []
    for hours in (13, 24, 36):
        bench.clock.advance(hours * 3600)
        await source.check()
        seen.append([t.title for t in bench.platform.records(Kind.THREAD) if isinstance(t, Thread)])
    assert seen == [[early.title], [early.title], [early.title, late.title]]
    assert {t.place for t in bench.platform.records(Kind.THREAD) if isinstance(t, Thread)} == {late.place}
    with pytest.raises(Conflict) as caught:
        await source.push(replace(late, id="3", verb=Verb.RESCHEDULE, target=Ref(Kind.SCHEDULED, late.id)))
    assert not caught.value.settled and caught.value.current == "published"


async def test_an_unscheduled_entry_never_goes_out(bench: MemoryBench, source: Source) -> None:
    """And taking it back twice is settled."""
    action = await bench.action(Verb.SCHEDULE)
    await source.push(action)
    undo = replace(action, id="2", verb=Verb.UNSCHEDULE, target=Ref(Kind.SCHEDULED, action.id))
    await source.push(undo)
    with pytest.raises(Conflict) as caught:
        await source.push(undo)
    assert caught.value.settled
    bench.clock.advance(2 * DAY / 1000)
    await source.check()
    assert bench.platform.records(Kind.THREAD) == ()


async def test_what_was_planned_happens_in_order_at_the_next_access(bench: MemoryBench, source: Source) -> None:
    """No task runs in the background; a change may plan another."""
    happened: list[str] = []
    now = bench.clock.now()
    bench.platform.at(Instant(now + 2 * HOUR), lambda _: happened.append("second"))

    def first(platform: Platform) -> None:
        happened.append("first")
        platform.at(now, lambda _: happened.append("at once"))

    bench.platform.at(Instant(now + HOUR), first)
    await source.check()
    assert happened == []
    bench.clock.advance(3 * 3600)
    assert happened == []
    await source.check()
    assert happened == ["first", "at once", "second"]


async def test_the_world_reacts_to_what_changed_something(bench: MemoryBench, source: Source) -> None:
    """A reply gets a reaction; a repeat that changes nothing is not pushed twice."""
    reactions: list[str] = []

    def thank(platform: Platform, action: Action, receipt: Receipt) -> None:
        reactions.append(receipt.remote_id)

    bench.platform.on_push.append(thank)
    reply, close = await bench.action(Verb.REPLY), await bench.action(Verb.CLOSE)
    receipt = await source.push(reply)
    await source.push(close)
    await source.push(close)
    assert reactions == [receipt.remote_id, close.target.id if close.target else ""]
    assert bench.platform.pushed == [reply, close]


@pytest.mark.parametrize("verb", [Verb.REPLY, Verb.EDIT])
async def test_what_is_missing_is_unauthorized_and_told_by_check(
    bench: MemoryBench, source: Source, verb: Verb
) -> None:
    """A token with fewer rights: nothing is done, and `check` names the right."""
    action = await bench.action(verb)
    bench.platform.missing = {verb: "write:posts", Feed.MEMBERS: "read:users"}
    before = bench.platform.revision
    with pytest.raises(Unauthorized) as caught:
        await source.push(action)
    assert caught.value.right == "write:posts" and bench.platform.revision == before
    with pytest.raises(Unauthorized):
        await anext(source.pull(Feed.MEMBERS, None))
    me = await source.check()
    assert verb not in me.verbs and Feed.MEMBERS not in me.feeds and me.missing[verb] == "write:posts"


async def test_a_cursor_of_an_earlier_life_starts_anew(bench: MemoryBench, source: Source) -> None:
    """The demo opened again on an old database: everything comes, nothing is skipped."""
    for cursor in ("123-2", "nonsense", f"{bench.platform.born}-x"):
        page = await anext(source.pull(Feed.MEMBERS, Cursor(cursor)))
        assert len(page.records) == 3


async def test_put_counts_versions_and_notes_only_changes(bench: MemoryBench) -> None:
    """A record as it was leaves no trace; a change raises the version by one."""
    platform = bench.platform
    post = platform.put(Post("1", "1", "ann", bench.clock.now(), Untrusted("words")))
    assert post.version == "1"
    revision = platform.revision
    platform.put(replace(post, version=""))
    platform.put(Member("ann", Untrusted("ann")))
    assert platform.revision == revision
    assert platform.put(replace(post, text=Untrusted("other"))).version == "2"
    assert platform.get(Ref(Kind.POST, "1")) == replace(post, text=Untrusted("other"), version="2")
    platform.erase(Ref(Kind.POST, "1"))
    platform.erase(Ref(Kind.POST, "never there"))
    page = platform.page(Feed.THREADS, 0)
    assert page.records == () and page.gone == (Ref(Kind.POST, "1"),)


@pytest.mark.parametrize(
    ("verb", "state", "agreed"),
    [
        (Verb.KEEP, PostState.HELD, False),
        (Verb.IGNORE, PostState.HELD, None),
        (Verb.APPROVE, PostState.VISIBLE, False),
        (Verb.REJECT, PostState.DELETED, True),
        (Verb.REMOVE, PostState.DELETED, True),
        (Verb.SPAM, PostState.DELETED, True),
        (Verb.HIDE, PostState.HIDDEN, True),
    ],
)
async def test_a_decision_closes_all_reports_on_its_target(
    bench: MemoryBench, source: Source, verb: Verb, state: PostState, agreed: bool | None
) -> None:
    """Two flags on one held post: one decision, both closed alike, the post in its state, all in the receipt."""
    post = await bench.add_post(await bench.add_thread(1), "held words")
    held = bench.platform.get(Ref(Kind.POST, post))
    assert isinstance(held, Post)
    bench.platform.put(replace(held, state=PostState.HELD))
    first, second = await bench.add_report(post), await bench.add_report(post)
    receipt = await source.push(await bench.action(verb, target=Ref(Kind.REPORT, first)))
    reports = [bench.platform.get(Ref(Kind.REPORT, id)) for id in (first, second)]
    assert all(isinstance(r, Report) and r.closed_at and r.agreed is agreed for r in reports)
    now = bench.platform.get(Ref(Kind.POST, post))
    assert isinstance(now, Post) and now.state is state
    assert set(receipt.records) == {now, *reports}


async def test_removing_a_thread_takes_its_posts_along(bench: MemoryBench, source: Source) -> None:
    """The opposite of PUBLISH; once gone it is settled, and nothing can be restored."""
    published = await source.push(await bench.action(Verb.PUBLISH))
    thread = Ref(Kind.THREAD, published.remote_id)
    await source.push(await bench.action(Verb.REMOVE, target=thread))
    assert bench.platform.records(Kind.POST) == bench.platform.records(Kind.THREAD) == ()
    with pytest.raises(Conflict) as caught:
        await source.push(await bench.action(Verb.REMOVE, target=thread))
    assert caught.value.settled
    with pytest.raises(Gone):
        await source.push(await bench.action(Verb.RESTORE, target=thread))


async def test_the_platform_declines_what_makes_no_sense(bench: MemoryBench, source: Source) -> None:
    """A closed thread, a staff member, a verb on the wrong thing, a schedule without a time."""
    reply = await bench.action(Verb.REPLY)
    await source.push(await bench.action(Verb.CLOSE, target=reply.target))
    bench.platform.put(Member("mod", Untrusted("mod"), staff=True))
    thread = reply.target
    for action in (
        reply,
        await bench.action(Verb.BAN, target=Ref(Kind.MEMBER, "mod")),
        await bench.action(Verb.HIDE, target=thread),
        await bench.action(Verb.EDIT, target=thread),
        await bench.action(Verb.SOLVE, target=thread),
        await bench.action(Verb.CLOSE, target=Ref(Kind.MEMBER, "ann")),
        replace(await bench.action(Verb.SCHEDULE), at=None),
    ):
        before = bench.platform.revision
        with pytest.raises(Refused):
            await source.push(action)
        assert bench.platform.revision == before


async def test_marks_on_members_have_an_end_and_can_be_taken_back(bench: MemoryBench, source: Source) -> None:
    """SILENCE until a time, BAN for good, each warning counted with its words."""
    until = Instant(bench.clock.now() + DAY)
    silence = replace(await bench.action(Verb.SILENCE), until=until)
    member = silence.target
    assert member is not None
    await source.push(silence)
    await source.push(await bench.action(Verb.BAN, target=member))
    await source.push(await bench.action(Verb.WARN, target=member))
    assert bench.platform.silenced == {member.id: until} and bench.platform.banned == {member.id: None}
    assert bench.platform.warned == [(member.id, "Please read guideline 3.")]
    await source.push(await bench.action(Verb.UNSILENCE, target=member))
    await source.push(await bench.action(Verb.UNBAN, target=member))
    assert bench.platform.silenced == bench.platform.banned == {}
