"""Clocks in a community: pulled, decided, undone, read, counted; and what the rules of the config do to the inbox."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from cm_console.console import Console
from cm_console.model.clocks import ClockKind, Policy, Result
from cm_console.model.inbox import Filter, Priority, View
from cm_console.model.metrics import Window
from cm_console.model.records import Kind, Post, PostState, Ref, Thread, ThreadKind, ref_of
from cm_console.model.text import Untrusted
from cm_console.model.time import DAY, HOUR, MINUTE, Instant
from cm_console.model.triage import Rules, Triage, from_json, to_json
from cm_console.services.desk import Impossible
from tests.worlds import Lab, make_lab

POLICY = Policy("Support", first=4 * HOUR, next=2 * HOUR, resolution=48 * HOUR)
FIRST, NEXT, RESOLUTION = ClockKind


async def opened(lab: Lab, *policies: Policy, **more: object) -> Console:
    """A console whose policies are known from now on."""
    lab.more = {"clocks": policies, **more}
    console = lab.console()
    await console.sync()
    return console


async def ask(lab: Lab, console: Console, text: str = "How do I do that?") -> int:
    """Ann asks something; returns the thread's id here."""
    lab.clock.advance(1)
    remote = await lab.bench.add_thread(text=text)
    await console.sync()
    return await id_of(console, remote)


async def id_of(console: Console, remote: str) -> int:
    return await console.store.read(
        lambda conn: conn.execute("SELECT id FROM thread WHERE remote = ?", (remote,)).fetchone()[0]
    )


async def remote_of(console: Console, thread: int) -> str:
    return await console.store.read(
        lambda conn: conn.execute("SELECT remote FROM thread WHERE id = ?", (thread,)).fetchone()[0]
    )


async def says(lab: Lab, console: Console, thread: int, who: str, text: str = "words", mentions: bool = False) -> None:
    """Somebody writes in a thread, and it is pulled."""
    lab.clock.advance(1)
    id, at = lab.bench.platform.new_id(Kind.POST), lab.clock.now()
    remote = await remote_of(console, thread)
    lab.bench.platform.put(Post(id, remote, who, at, Untrusted(text), mentions_us=mentions))
    await console.sync()


async def results(console: Console, thread: int) -> list[tuple[ClockKind, Result]]:
    return [(clock.kind, clock.result) for clock in await console.clocks.of_thread(thread)]


async def rows_in(console: Console, table: str) -> int:
    return await console.store.read(lambda conn: conn.execute(f"SELECT count(*) FROM {table}").fetchone()[0])


async def listed(console: Console, view: View = View.NEEDS_REPLY, **narrow: object) -> list[int]:
    return [row.id for row in await console.inbox.page(view, Filter(**narrow))]  # type: ignore[arg-type]  # its parts


async def test_without_a_policy_there_is_no_clock(lab: Lab) -> None:
    console = await opened(lab)
    thread = await ask(lab, console)
    await console.inbox.done([thread])
    assert await rows_in(console, "clock") == 0
    assert await console.clocks.running() == []


async def test_a_policy_judges_nothing_that_began_before_it_was_seen(lab: Lab) -> None:
    console = await opened(lab)
    old = await ask(lab, console)
    lab.clock.advance(60)
    later = await opened(lab, POLICY)
    new = await ask(lab, later)
    await says(lab, later, old, "ann")
    assert await results(later, old) == []
    assert await results(later, new) == [(FIRST, Result.RUNNING), (RESOLUTION, Result.RUNNING)]
    lab.clock.advance(60)
    again = await opened(lab, POLICY)
    assert await results(again, new) == [(FIRST, Result.RUNNING), (RESOLUTION, Result.RUNNING)], "seen once for all"


async def test_from_first_reply_to_reopening(lab: Lab) -> None:
    console = await opened(lab, POLICY)
    thread = await ask(lab, console)
    lab.clock.advance(3600)
    await console.inbox.note(thread, "I look at it")
    assert (await results(console, thread))[0] == (FIRST, Result.RUNNING), "a private note stops no clock"
    await says(lab, console, thread, "bob")
    assert (await results(console, thread))[0] == (FIRST, Result.HIT)
    await says(lab, console, thread, "ann", "and then?")
    lab.clock.advance(3 * 3600)
    await says(lab, console, thread, "bob")
    assert await results(console, thread) == [(FIRST, Result.HIT), (RESOLUTION, Result.RUNNING), (NEXT, Result.MISS)]
    await console.inbox.done([thread])
    assert (await results(console, thread))[1] == (RESOLUTION, Result.HIT)
    await console.journal.undo()
    assert (await results(console, thread))[1] == (RESOLUTION, Result.RUNNING), "an undone end is none"
    await console.inbox.done([thread])
    lab.clock.advance(60)
    await says(lab, console, thread, "ann", "it is back")
    assert await results(console, thread) == [
        (FIRST, Result.HIT),
        (RESOLUTION, Result.HIT),
        (NEXT, Result.MISS),
        (NEXT, Result.RUNNING),
        (RESOLUTION, Result.RUNNING),
    ]


async def test_our_own_reply_stops_the_clock_when_it_is_there(lab: Lab) -> None:
    console = await opened(lab, POLICY)
    thread = await ask(lab, console)
    await console.inbox.reply(thread, "like this")
    assert (await results(console, thread))[0] == (FIRST, Result.VOID), "done, and no reply seen yet"
    lab.clock.advance(11)
    await console.deliver()
    await console.sync()
    assert await results(console, thread) == [(FIRST, Result.HIT), (RESOLUTION, Result.HIT)]


async def test_narrowed_by_tag_and_by_priority(lab: Lab) -> None:
    console = await opened(
        lab, replace(POLICY, tag="account"), Policy("Hot", first=HOUR, priorities=frozenset({Priority.URGENT}))
    )
    thread = await ask(lab, console)
    assert await results(console, thread) == []
    await console.inbox.tag([thread], "account")
    assert [clock.policy for clock in await console.clocks.of_thread(thread)] == ["Support", "Support"]
    await console.journal.undo()
    assert await results(console, thread) == [], "no tag, no policy"
    await console.inbox.prioritise([thread], Priority.URGENT)
    (only,) = await console.clocks.of_thread(thread)
    assert (only.policy, only.due) == ("Hot", only.started + HOUR)


async def test_a_source_of_its_own(tmp_path: Path) -> None:
    lab = make_lab(tmp_path / "home", "forum", "chat")
    console = await opened(lab, replace(POLICY, source="chat"))
    await lab.benches["forum"].add_thread()
    remote = await lab.benches["chat"].add_thread()
    await console.sync()
    assert [one.source for one in await console.clocks.running()] == ["chat", "chat"], remote
    await lab.close()


async def test_order_is_what_is_due_first_then_priority_then_newcomer_then_waiting(lab: Lab) -> None:
    console = await opened(lab, Policy("Hot", first=HOUR, tag="hot"))
    first = await ask(lab, console)
    second = await ask(lab, console)
    assert await listed(console) == [first, second], "due in the same minute: the newcomer first"
    assert [row.newcomer for row in await console.inbox.page(View.NEEDS_REPLY)] == [True, False]
    lab.clock.advance(600)
    third = await ask(lab, console)
    assert await listed(console) == [first, second, third]
    await console.inbox.tag([third], "hot")
    assert await listed(console) == [third, first, second], "its clock is due before the promise to all"
    row = (await console.inbox.page(View.NEEDS_REPLY))[0]
    assert (row.clock, row.due_at, row.risk_at) == (
        "first reply",
        lab.clock.now() + HOUR,
        lab.clock.now() + 45 * MINUTE,
    )
    card = await console.inbox.thread(third)
    assert card is not None and card.why == "nobody has answered yet; the clock “first reply” runs"
    await console.clocks.set_due([second], Instant(lab.clock.now() + 30 * MINUTE))
    assert await listed(console) == [second, third, first], "a due date by hand wins over the promise to all"
    await console.clocks.set_due([third], Instant(lab.clock.now() + 20 * MINUTE))
    assert await listed(console) == [third, second, first], "and over a clock, where it is earlier"
    await console.clocks.set_due([third], Instant(lab.clock.now() + 5 * DAY))
    assert await listed(console) == [second, third, first], "but puts off no clock"
    with pytest.raises(Impossible, match="has passed"):
        await console.clocks.set_due([first], lab.clock.now())
    await console.clocks.set_due([second], None)
    assert await listed(console) == [third, first, second]
    await console.journal.undo()
    assert await listed(console) == [second, third, first]


async def test_priority_before_newcomer_where_both_are_due_in_the_same_minute(lab: Lab) -> None:
    console = await opened(lab, first_reply_hours=8.0)
    newcomer = await ask(lab, console)
    other = await ask(lab, console)
    await console.inbox.prioritise([other], Priority.HIGH)
    rows = await console.inbox.page(View.NEEDS_REPLY)
    assert [row.id for row in rows] == [other, newcomer]
    assert rows[0].due_at // MINUTE == rows[1].due_at // MINUTE and rows[0].due_at > rows[1].due_at


async def test_a_newcomer_before_who_has_waited_longer(lab: Lab) -> None:
    eve = await lab.bench.add_member("eve")
    console = await opened(lab)
    await ask(lab, console)
    lab.clock.advance(60)
    known = await ask(lab, console)
    remote = await lab.bench.add_thread(posts=0)
    thread = next(each for each in lab.bench.platform.records(Kind.THREAD) if ref_of(each).id == remote)
    assert isinstance(thread, Thread)
    lab.bench.platform.put(replace(thread, author=eve))
    await console.sync()
    hers = await id_of(console, remote)
    await says(lab, console, hers, eve)
    assert (await listed(console))[1:] == [hers, known]


async def test_a_policy_that_comes_back_judges_from_when_it_was_first_seen(lab: Lab) -> None:
    await opened(lab, POLICY)
    console = await opened(lab)
    thread = await ask(lab, console)
    lab.clock.advance(60)
    again = await opened(lab, POLICY)
    assert await results(again, thread) == [(FIRST, Result.RUNNING), (RESOLUTION, Result.RUNNING)]


async def test_held_answers_stop_nothing_and_deleted_threads_owe_nothing(lab: Lab) -> None:
    console = await opened(lab, POLICY)
    thread = await ask(lab, console)
    remote = await remote_of(console, thread)
    held = Post("held", remote, "bob", lab.clock.now(), Untrusted("like this"), state=PostState.HELD)
    lab.bench.platform.put(held)
    await console.sync()
    assert (await results(console, thread))[0] == (FIRST, Result.RUNNING)
    lab.bench.platform.erase(Ref(Kind.THREAD, remote))
    await console.sync()
    assert await results(console, thread) == []


async def test_nothing_is_promised_in_muted_places(lab: Lab) -> None:
    console = await opened(lab, POLICY)
    thread = await ask(lab, console)
    muted = await opened(lab, POLICY, muted_places=(lab.bench.place,))
    assert await results(muted, thread) == []
    again = await opened(lab, POLICY)
    assert await results(again, thread) == [(FIRST, Result.RUNNING), (RESOLUTION, Result.RUNNING)]


async def test_promises_of_the_config_hold_after_a_restart(lab: Lab) -> None:
    console = await opened(lab, first_reply_hours=5.0)
    thread = await ask(lab, console)
    row = await console.inbox.row(thread)
    assert row is not None and row.due_at == lab.clock.now() + 5 * HOUR
    again = await opened(lab, reply_within_hours={"none": 2.0})
    row = await again.inbox.row(thread)
    assert row is not None and row.due_at == lab.clock.now() + 2 * HOUR


async def test_a_policy_taken_away_ends_what_runs(lab: Lab) -> None:
    console = await opened(lab, POLICY)
    thread = await ask(lab, console)
    lab.clock.advance(60)
    await says(lab, console, thread, "bob")
    again = await opened(lab)
    assert await results(again, thread) == [(FIRST, Result.HIT)]
    assert await again.store.read(lambda conn: conn.execute("SELECT clock_due FROM thread").fetchone()) == (None,)


async def test_what_only_the_team_may_answer_stays_in_the_list(lab: Lab) -> None:
    lab.bench.platform.put(replace(lab.bench.platform.records(Kind.MEMBER)[1], id="eve", handle=Untrusted("eve")))  # type: ignore[arg-type]  # a member
    console = await opened(lab, replace(POLICY, by_team=True))
    thread = await ask(lab, console)
    await says(lab, console, thread, "eve")
    assert await listed(console) == [thread]
    card = await console.inbox.thread(thread)
    assert card is not None and card.why == "the team owes a reply; the clock “first reply” runs"
    await says(lab, console, thread, "bob")
    assert await listed(console) == []


@pytest.mark.parametrize(
    ("rule", "kind", "words"),
    [
        ("direct", ThreadKind.DIRECT, ["ann"]),
        ("mention", ThreadKind.TOPIC, ["ann", "bob", "ann!"]),
        ("unanswered", ThreadKind.TOPIC, ["ann"]),
        ("follow_up", ThreadKind.TOPIC, ["ann", "bob", "ann"]),
    ],
)
async def test_a_rule_switched_off_leaves_its_threads_out(
    lab: Lab, rule: str, kind: ThreadKind, words: list[str]
) -> None:
    console = await opened(lab)
    remote = await lab.bench.add_thread(posts=0)
    thread = lab.bench.platform.records(Kind.THREAD)[0]
    lab.bench.platform.put(replace(thread, kind=kind))  # type: ignore[arg-type]  # a thread
    await console.sync()
    id = await id_of(console, remote)
    for word in words:
        lab.clock.advance(60)
        await says(lab, console, id, word.rstrip("!"), mentions=word.endswith("!"))
    assert await listed(console) == [id]
    off = {"direct": False, "mention": False, "unanswered": False, "follow_up": False, rule: True}
    assert await listed(await opened(lab, needs_reply=Rules(**off))) == [id], "this rule alone puts it in"
    others = {name: not on for name, on in off.items()}
    if rule == "mention":
        others["follow_up"] = False
    if rule == "direct":
        others["unanswered"] = False
    assert await listed(await opened(lab, needs_reply=Rules(**others))) == []


async def test_hit_rate_and_the_clocks_behind_it(lab: Lab) -> None:
    console = await opened(lab, Policy("Support", first=4 * HOUR))
    hit, late, never = [await ask(lab, console) for _ in range(3)]
    await says(lab, console, hit, "bob")
    lab.clock.advance(5 * 3600)
    await says(lab, console, late, "bob")
    fresh = await ask(lab, console)
    day = date(2026, 11, 1)
    window = Window(day, date(2027, 1, 1))
    figures = await console.metrics.measure(window, ["sla.hit_rate"])
    assert (round(figures.metrics[0].value or 0), figures.metrics[0].n) == (33, 3)
    (row,) = figures.tables["sla.hit_rate"].rows
    assert row[:3] == ("first reply", 1, 2)
    behind = await (await console.metrics.rows("sla.hit_rate", window)).after(None, 10)
    assert [(row.note, row.counted, row.opens) for row in behind] == [
        ("first reply: late (Support)", False, ("thread", never)),
        ("first reply: miss (Support)", False, ("thread", late)),
        ("first reply: hit (Support)", True, ("thread", hit)),
    ]
    running = await console.clocks.running()
    assert [one.thread_id for one in running] == [never, fresh]


def test_rules_survive_the_database() -> None:
    triage = Triage(
        (1, 2, 3, 4, 5), Rules(mention=False), (replace(POLICY, priorities=frozenset({Priority.LOW})),), ("thx",)
    )
    assert from_json(to_json(triage)) == triage
