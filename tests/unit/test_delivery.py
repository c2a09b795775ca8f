"""Delivery: what becomes of an action for every answer a platform can give, and for those it never gives."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pytest

from cm_console.console import Console
from cm_console.model.action import ASK, SAFE, Action, Receipt, Replay, Verb, find, keyed
from cm_console.model.calendar import LATE_AFTER
from cm_console.model.errors import (
    Conflict,
    Gone,
    Malformed,
    Refused,
    SourceError,
    Throttled,
    Unauthorized,
    Unreachable,
)
from cm_console.model.outbox import Answer, OutboxRow, State
from cm_console.model.records import Kind, Ref
from cm_console.model.time import HOUR, SECOND, Instant
from cm_console.services.desk import Impossible
from cm_console.services.journal import TooLate
from cm_console.sources.memory import MemorySource
from cm_console.store import outbox
from cm_console.testing import cut
from tests.worlds import Lab, queue, row_of, states

UNDO = 10.0


@dataclass
class Desk:
    """A console that pulled one thread and sends when told; `sent` is what the platform carried out."""

    lab: Lab
    console: Console
    thread: str
    post: str

    @property
    def sent(self) -> list[Action]:
        return self.lab.bench.platform.pushed

    def action(self, verb: Verb = Verb.REPLY, text: str = "An answer.") -> Action:
        thread = Ref(Kind.THREAD, self.thread)
        targets = {Verb.PUBLISH: None, Verb.WARN: Ref(Kind.MEMBER, "ann"), Verb.REMOVE: Ref(Kind.POST, self.post)}
        return Action("", verb, targets.get(verb, thread), self.thread, text=text, title="A title")

    async def queue(self, verb: Verb = Verb.REPLY, text: str = "An answer.") -> str:
        """Into the outbox, and past the undo window."""
        id = await queue(self.console, self.action(verb, text))
        self.lab.clock.advance(UNDO)
        return id

    async def deliver(self, *, after: float = 0) -> None:
        self.lab.clock.advance(after)
        await self.console.deliver()

    async def row(self, id: str) -> OutboxRow:
        return await row_of(self.console, id)

    async def due_in(self, id: str) -> float:
        return ((await self.row(id)).not_before - self.lab.clock.now()) / SECOND


@pytest.fixture
async def desk(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """The desk of a console that knows the platform and one thread there; what lands there shows after 20 seconds."""
    slow = {Verb.REPLY: find(settle=20.0), Verb.PUBLISH: keyed(3600.0, findable=True, settle=20.0)}
    monkeypatch.setattr(MemorySource, "verbs", {**MemorySource.verbs, **slow})
    thread = await lab.bench.add_thread(2)
    post = await lab.bench.add_post(thread, "Nonsense")
    console = lab.console()
    await console.sync()
    return Desk(lab, console, thread, post)


@dataclass(frozen=True)
class Case:
    """An error, whether it strikes on the way there or on the way back, and what must come of it."""

    error: SourceError
    state: State
    why: str
    back: bool = False
    verb: Verb = Verb.REPLY
    asks: bool = False


LATER = 10**15
TABLE = {
    "nobody there": Case(Unreachable("no route"), State.QUEUED, "no route"),
    "answer lost": Case(Unreachable("cut off", landed=None), State.UNCERTAIN, "cut off", back=True),
    "server error": Case(Unreachable("500", landed=None, status=500), State.UNCERTAIN, "500"),
    "too many": Case(Throttled("slow down", until=LATER), State.QUEUED, "slow down"),
    "too many, maybe done": Case(Throttled("slow", until=LATER, landed=None), State.UNCERTAIN, "slow", back=True),
    "one right missing": Case(Unauthorized("not you", right="moderate"), State.FAILED, "not you (needs moderate)"),
    "declined": Case(Refused("Title is too short"), State.FAILED, "Title is too short"),
    "declined, maybe done": Case(Refused("what?", landed=None), State.UNCERTAIN, "what?", back=True),
    "changed since": Case(Conflict("changed", current="now: hello"), State.FAILED, "now: hello", asks=True),
    "colleague did it": Case(Conflict("x", current="closed by ann", settled=True), State.SUPERSEDED, "closed by ann"),
    "thread gone": Case(Gone("no such thread"), State.FAILED, "no such thread"),
    "gone, as wanted": Case(Gone("no such post"), State.SUPERSEDED, "it was gone already", verb=Verb.REMOVE),
    "answer unreadable": Case(Malformed("no JSON", landed=None), State.UNCERTAIN, "no JSON", back=True),
    "request unreadable": Case(Malformed("no JSON"), State.FAILED, "no JSON"),
    "done, yet an error": Case(Unreachable("201 and a broken body", landed=True), State.UNCERTAIN, "201", back=True),
}


@pytest.mark.parametrize("name", TABLE)
async def test_each_error_has_its_outcome(desk: Desk, name: str) -> None:
    case = TABLE[name]
    faults = desk.lab.bench.faults
    (faults.next_coming if case.back else faults.next_going).append(case.error)
    id = await desk.queue(case.verb)
    await desk.console.engines["forum"].delivery.step()
    row = await desk.row(id)
    assert (row.state, row.asks, case.why in row.why) == (case.state, case.asks, True)
    assert len(desk.sent) == int(case.back)
    attempts = await desk.console.outbox.attempts(id)
    assert [(a.kind, a.outcome, a.ended_at is not None) for a in attempts] == [("send", case.state, True)]


async def test_what_arrives_is_sent_and_what_it_made_is_shown_at_once(desk: Desk) -> None:
    id = await desk.queue()
    await desk.deliver()
    row = await desk.row(id)
    assert (row.state, row.attempts, row.ended_at) == (State.SENT, 1, desk.lab.clock.now())
    posts = await desk.console.inbox.posts(1)
    assert posts[-1].remote == row.remote_id and posts[-1].body == "An answer."


async def test_a_broken_answer_is_in_doubt_and_the_fault_is_shown(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(self: MemorySource, action: Action) -> Receipt:
        raise KeyError("a bug of the source")

    monkeypatch.setattr(MemorySource, "push", broken)
    id = await desk.queue()
    await desk.deliver()
    assert (await desk.row(id)).state == State.UNCERTAIN
    assert (await desk.row(id)).why == "forum stopped while sending (KeyError)"
    status = (await desk.console.status.now()).sources[0]
    assert (status.state, status.words) == ("failed", "stopped by a fault in it: KeyError")


async def test_stopped_in_the_middle_of_sending_is_in_doubt_at_every_step(desk: Desk) -> None:
    delivery = desk.console.engines["forum"].delivery
    seen = set()
    for step in range(1, 40):
        id = await desk.queue(text=f"answer {step}")
        stopped = await cut(delivery.step(), step)
        await desk.console.store.write(lambda conn: None)  # whatever was being written is written
        row = await desk.row(id)
        assert row.state != State.SENDING, "nobody is at it any more"
        there = sum(action.text == f"answer {step}" for action in desk.sent)
        seen.add((row.state, there))
        assert (row.state, there) != (State.QUEUED, 1) and (row.state, there) != (State.SENT, 0)
        for _ in range(4):
            await desk.deliver(after=60)
        assert (await desk.row(id)).state == State.SENT
        assert sum(action.text == f"answer {step}" for action in desk.sent) == 1
        if not stopped:
            break
    assert {(State.UNCERTAIN, 0), (State.UNCERTAIN, 1), (State.SENT, 1)} <= seen


async def test_nothing_leaves_before_the_undo_window_ends(desk: Desk) -> None:
    await queue(desk.console, desk.action())
    await desk.deliver(after=UNDO - 0.001)
    assert desk.sent == []
    await desk.deliver(after=0.001)
    assert len(desk.sent) == 1


async def test_an_undone_action_never_leaves(desk: Desk) -> None:
    await desk.console.inbox.reply(1, "An answer.")
    await desk.deliver(after=UNDO / 2)
    await desk.console.journal.undo()
    await desk.deliver(after=HOUR)
    assert (desk.sent, await states(desk.console)) == ([], ["cancelled"])


async def test_what_could_not_leave_on_a_train_can_still_be_taken_back(desk: Desk) -> None:
    await desk.console.inbox.reply(1, "Written on a train.")
    for _ in range(3):
        await desk.lab.bench.drop_next()
        await desk.deliver(after=HOUR)
    await desk.console.journal.undo()
    await desk.deliver(after=HOUR)
    assert (desk.sent, await states(desk.console)) == ([], ["cancelled"])


async def test_a_reply_that_moves_nothing_is_what_the_next_undo_takes_back(desk: Desk) -> None:
    from cm_console.model.inbox import Then

    await desk.console.inbox.tag([1], "older")
    await desk.console.inbox.reply(1, "An answer.", then=Then.KEEP)
    assert (await desk.console.journal.undo()).op == "reply"
    assert await states(desk.console) == ["cancelled"]


async def test_too_late_offers_the_opposite_and_takes_it_back_there(desk: Desk) -> None:
    await desk.console.inbox.reply(1, "An answer.")
    await desk.deliver(after=UNDO)
    with pytest.raises(TooLate) as caught:
        await desk.console.journal.undo()
    assert caught.value.opposites == (Verb.REMOVE,)
    assert "too late: reply of “A question 1” is sent" in str(caught.value)
    await desk.console.journal.take_back(caught.value.journal_id)
    await desk.deliver(after=UNDO)
    made = desk.sent[0]
    assert [action.verb for action in desk.sent] == [Verb.REPLY, Verb.REMOVE]
    assert desk.sent[1].target == Ref(Kind.POST, (await desk.row(made.id)).remote_id or "")
    assert await states(desk.console) == ["sent", "sent"]


async def test_an_opposite_waits_until_it_is_known_where_the_first_one_landed(desk: Desk) -> None:
    await desk.lab.bench.lose_next_answer()
    await desk.console.inbox.reply(1, "An answer.")
    await desk.deliver(after=UNDO)
    assert await states(desk.console) == ["uncertain"]
    with pytest.raises(TooLate) as caught:
        await desk.console.journal.undo()
    await desk.console.journal.take_back(caught.value.journal_id)
    for _ in range(3):
        await desk.deliver(after=60)
    made = (await desk.row(desk.sent[0].id)).remote_id
    assert [(action.verb, action.target) for action in desk.sent][1:] == [(Verb.REMOVE, Ref(Kind.POST, str(made)))]


async def test_an_opposite_in_another_thread_waits_too(desk: Desk) -> None:
    await desk.lab.bench.lose_next_answer()
    await desk.queue(Verb.PUBLISH)
    await desk.deliver()
    line = (await desk.console.journal.lines())[0]
    await desk.console.journal.take_back(line.id)
    await desk.deliver(after=UNDO)
    assert [action.verb for action in desk.sent] == [Verb.PUBLISH]
    for _ in range(4):
        await desk.deliver(after=60)
    assert [action.verb for action in desk.sent] == [Verb.PUBLISH, Verb.REMOVE]
    assert desk.sent[1].target == Ref(Kind.THREAD, str((await desk.row(desk.sent[0].id)).remote_id))


async def test_what_may_have_left_cannot_be_called_back(desk: Desk) -> None:
    await desk.lab.bench.lose_next_answer()
    id = await desk.queue(Verb.PUBLISH)
    await desk.deliver()
    await desk.deliver(after=25)
    assert ((await desk.row(id)).state, (await desk.row(id)).why) == (State.QUEUED, "sending again is safe")
    with pytest.raises(Impossible, match="it cannot be taken back: it is queued"):
        await desk.console.outbox.cancel(id)


@pytest.mark.parametrize("end", [Answer.FORGET, Answer.THERE])
async def test_an_opposite_does_not_wait_for_ever(desk: Desk, end: Answer) -> None:
    await desk.console.inbox.reply(1, "An answer.")
    desk.lab.bench.faults.next_going.append(Unreachable("500", landed=None))
    await desk.deliver(after=UNDO)
    with pytest.raises(TooLate) as caught:
        await desk.console.journal.undo()
    await desk.console.journal.take_back(caught.value.journal_id)
    first, second = [row.id for row in reversed(await desk.console.outbox.page())]
    await desk.console.outbox.resolve(end, first)
    later = await queue(desk.console, desk.action(text="A later one."))
    for _ in range(3):
        await desk.deliver(after=60)
    row = await desk.row(second)
    if end is Answer.FORGET:
        assert (row.state, row.why) == (State.CANCELLED, "what it takes back was never done")
        assert (await desk.row(later)).state == State.SENT
    else:
        assert (row.state, row.why) == (State.FAILED, "nobody knows where it is: take it back on the platform")


async def test_a_thread_keeps_its_order_and_a_stuck_head_blocks_only_its_thread(desk: Desk) -> None:
    other = await desk.lab.bench.add_thread()
    await desk.console.sync()
    first, second = await desk.queue(text="first"), await desk.queue(text="second")
    elsewhere = await queue(desk.console, Action("", Verb.REPLY, Ref(Kind.THREAD, other), other, text="elsewhere"))
    desk.lab.bench.faults.next_going.append(Refused("no"))
    await desk.deliver(after=UNDO)
    assert [action.text for action in desk.sent] == ["elsewhere"]
    assert (await desk.row(second)).blocked_by == first
    assert (await desk.row(elsewhere)).blocked_by is None
    await desk.console.outbox.resolve(Answer.AGAIN, first)
    await desk.deliver()
    assert [action.text for action in desk.sent] == ["elsewhere", "first", "second"]


async def test_a_blocked_action_wakes_nobody(desk: Desk) -> None:
    first, _ = await desk.queue(text="first"), await desk.queue(text="second")
    desk.lab.bench.faults.next_going.append(Refused("no"))
    await desk.deliver()
    delivery = desk.console.engines["forum"].delivery
    assert await delivery.wait_time() == 60
    await desk.console.outbox.resolve(Answer.FORGET, first)
    assert await delivery.wait_time() == 0.05


async def test_throttling_pauses_the_source_until_it_says(desk: Desk) -> None:
    other = await desk.lab.bench.add_thread()
    await desk.console.sync()
    first = await desk.queue()
    await queue(desk.console, Action("", Verb.REPLY, Ref(Kind.THREAD, other), other, text="elsewhere"))
    await desk.lab.bench.throttle_next(Instant(desk.lab.clock.now() + 40 * SECOND))
    await desk.deliver(after=UNDO)
    assert desk.sent == [] and await desk.due_in(first) == 30
    await desk.deliver(after=29)
    assert desk.sent == []
    await desk.deliver(after=1)
    assert len(desk.sent) == 2


async def test_unauthorized_keeps_the_outbox_until_the_token_is_right_again(desk: Desk) -> None:
    await desk.queue()
    desk.lab.bench.faults.revoked = True
    for _ in range(5):
        await desk.deliver(after=11 * 60)
    assert await states(desk.console) == ["queued"]
    desk.lab.bench.faults.revoked = False
    await desk.deliver(after=11 * 60)
    assert await states(desk.console) == ["sent"]


async def test_one_right_that_is_missing_does_not_stop_the_others(desk: Desk) -> None:
    await desk.lab.bench.add_thread(2)
    await desk.console.sync()
    desk.lab.bench.faults.next_going.append(Unauthorized("not you", right="moderate"))
    first, second = await desk.queue(Verb.REMOVE), await desk.console.inbox.reply(2, "An answer elsewhere.")
    await desk.deliver(after=11)
    assert [(await desk.row(id)).state for id in (first, second)] == [State.FAILED, State.SENT]


async def test_an_expired_token_while_looking_asks_nobody(desk: Desk) -> None:
    await desk.lab.bench.lose_next_answer()
    id = await desk.queue()
    await desk.deliver()
    desk.lab.bench.faults.revoked = True
    for _ in range(6):
        await desk.deliver(after=11 * 60)
    assert ((await desk.row(id)).state, (await desk.row(id)).asks) == (State.UNCERTAIN, False)
    desk.lab.bench.faults.revoked = False
    await desk.deliver(after=11 * 60)
    assert ((await desk.row(id)).state, len(desk.sent)) == (State.SENT, 1)


async def test_the_back_off_grows_with_jitter_to_a_quarter_of_an_hour_and_ends_with_success(desk: Desk) -> None:
    id = await desk.queue()
    waits = []
    for _ in range(10):
        await desk.lab.bench.drop_next()
        await desk.deliver(after=max(await desk.due_in(id), 0))
        waits.append(await desk.due_in(id))
    assert waits[:4] == [7.5, 12.5, 22.5, 42.5] and waits[-1] == (5 + 900) / 2
    await desk.deliver(after=waits[-1])
    assert await states(desk.console) == ["sent"]
    assert desk.console.engines["forum"].delivery.failures == 0


async def test_two_consoles_do_not_come_back_at_once(desk: Desk) -> None:
    delivery = desk.console.engines["forum"].delivery
    waits = []
    for share in (0.0, 0.25, 1.0):
        delivery.jitter = lambda share=share: share  # type: ignore[misc]  # a constant in place of chance
        waits.append(delivery._back_off(4))
    assert waits == [5 * SECOND, 23_750, 80 * SECOND]


async def test_planned_too_long_ago_asks_instead_of_going_out(desk: Desk) -> None:
    at = desk.lab.clock.now() + HOUR
    id = await queue(desk.console, desk.action(Verb.PUBLISH), planned_at=at)
    await desk.deliver(after=3599)
    assert desk.sent == []
    await desk.deliver(after=1 + LATE_AFTER / SECOND + 1)
    row = await desk.row(id)
    assert (row.state, row.asks, desk.sent) == (State.QUEUED, True, [])
    assert row.why == "planned 15m ago: send it now, or forget it"
    await desk.deliver(after=HOUR)
    assert desk.sent == []
    await desk.console.outbox.resolve(Answer.AGAIN, id)
    await desk.deliver()
    assert len(desk.sent) == 1


async def test_planned_just_now_goes_out(desk: Desk) -> None:
    await queue(desk.console, desk.action(Verb.PUBLISH), planned_at=desk.lab.clock.now() + HOUR)
    await desk.deliver(after=3600 + LATE_AFTER / SECOND)
    assert len(desk.sent) == 1


async def test_a_planned_one_in_doubt_is_looked_up_and_not_asked_about_as_late(desk: Desk) -> None:
    await desk.lab.bench.lose_next_answer()
    id = await queue(desk.console, desk.action(Verb.PUBLISH), planned_at=desk.lab.clock.now() + HOUR)
    await desk.deliver(after=3600)
    assert (await desk.row(id)).state == State.UNCERTAIN
    for _ in range(3):
        await desk.deliver(after=LATE_AFTER / SECOND)
    row = await desk.row(id)
    assert (row.state, row.asks, len(desk.sent)) == (State.SENT, False, 1)


async def test_a_repeat_that_finds_its_wish_fulfilled_was_our_own_doing(desk: Desk) -> None:
    faults = desk.lab.bench.faults
    faults.next_coming.append(Unreachable("cut", landed=None))
    id = await desk.queue(Verb.REMOVE)
    await desk.deliver()
    faults.next_going.append(Conflict("gone", current="removed", settled=True))
    await desk.deliver(after=60)
    await desk.deliver(after=60)
    assert ((await desk.row(id)).state, (await desk.row(id)).why) == (State.SENT, "an earlier try had done it")


def declaring(monkeypatch: pytest.MonkeyPatch, verb: Verb, replay: Replay) -> None:
    """The platform's promise for a verb, for this test."""
    changed: Mapping[Verb, Replay] = {**MemorySource.verbs, verb: replay}
    monkeypatch.setattr(MemorySource, "verbs", changed)


Effect = Callable[[], list[Action]]


@pytest.mark.parametrize("landed", [True, False], ids=["landed", "not landed"])
@pytest.mark.parametrize("verb", [Verb.CLOSE, Verb.PUBLISH, Verb.REPLY], ids=["safe", "keyed", "find"])
async def test_doubt_is_resolved_without_asking_and_done_once(desk: Desk, verb: Verb, landed: bool) -> None:
    faults = desk.lab.bench.faults
    (faults.next_coming if landed else faults.next_going).append(Unreachable("cut", landed=None))
    id = await desk.queue(verb)
    await desk.deliver()
    assert (await desk.row(id)).state == State.UNCERTAIN
    for _ in range(4):
        await desk.deliver(after=60)
    assert ((await desk.row(id)).state, len(desk.sent)) == (State.SENT, 1)
    kinds = [attempt.kind for attempt in await desk.console.outbox.attempts(id)]
    expected = ["send", "look"] if verb is Verb.REPLY and landed else ["send", "look", "send"]
    assert kinds == expected


@pytest.mark.parametrize("landed", [True, False], ids=["landed", "not landed"])
async def test_nobody_can_know_asks_at_once_and_never_repeats(desk: Desk, landed: bool) -> None:
    faults = desk.lab.bench.faults
    (faults.next_coming if landed else faults.next_going).append(Unreachable("cut", landed=None))
    id = await desk.queue(Verb.WARN)
    for _ in range(5):
        await desk.deliver(after=HOUR)
    row = await desk.row(id)
    assert (row.state, row.asks, row.why) == (State.UNCERTAIN, True, "nobody can know whether it arrived")
    assert len(desk.lab.bench.platform.warned) == int(landed)


async def test_a_verb_the_source_no_longer_declares_asks(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    await desk.lab.bench.lose_next_answer()
    id = await desk.queue(Verb.CLOSE)
    monkeypatch.setattr(MemorySource, "verbs", {Verb.REPLY: SAFE})
    await desk.deliver()
    await desk.deliver(after=60)
    assert ((await desk.row(id)).state, (await desk.row(id)).asks) == (State.UNCERTAIN, True)


@pytest.mark.parametrize("findable", [True, False])
async def test_a_key_the_platform_has_forgotten_is_not_trusted(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, findable: bool
) -> None:
    declaring(monkeypatch, Verb.PUBLISH, keyed(3600.0, findable=findable, settle=20.0))
    await desk.lab.bench.lose_next_answer()
    id = await desk.queue(Verb.PUBLISH)
    await desk.deliver()
    await desk.deliver(after=3600)
    row = await desk.row(id)
    assert (row.state, row.asks) == ((State.SENT, False) if findable else (State.UNCERTAIN, True))
    assert len(desk.sent) == 1


async def test_a_repeat_that_had_to_wait_past_the_window_is_looked_up(desk: Desk) -> None:
    await desk.lab.bench.lose_next_answer()
    id = await desk.queue(Verb.PUBLISH)
    await desk.deliver()
    await desk.deliver(after=3500)
    assert ((await desk.row(id)).state, (await desk.row(id)).why) == (State.QUEUED, "sending again is safe")
    await desk.deliver(after=7200)  # the machine slept
    assert ((await desk.row(id)).state, len(desk.sent)) == (State.SENT, 1)


async def test_a_repeat_past_the_window_that_never_arrived_is_sent_once(desk: Desk) -> None:
    desk.lab.bench.faults.next_going.append(Unreachable("500", landed=None))
    id = await desk.queue(Verb.PUBLISH)
    await desk.deliver()
    for _ in range(5):
        await desk.deliver(after=2 * 3600)
    assert ((await desk.row(id)).state, len(desk.sent)) == (State.SENT, 1)


async def test_a_late_commit_is_waited_for(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """The request is still under way there when we look for the first time: repeating at once would double it."""
    declaring(monkeypatch, Verb.REPLY, find(settle=60.0))
    platform, push = desk.lab.bench.platform, MemorySource.push

    async def late(self: MemorySource, action: Action) -> Receipt:
        if not action.text.startswith("late"):
            return await push(self, action)
        platform.at(Instant(self._clock.now() + 45 * SECOND), lambda _: _land(self, action))
        monkeypatch.setattr(MemorySource, "push", push)
        raise Unreachable("timed out", landed=None)

    monkeypatch.setattr(MemorySource, "push", late)
    id = await desk.queue(text="late one")
    await desk.deliver()
    await desk.deliver(after=31)
    assert ((await desk.row(id)).why, len(desk.sent)) == ("not there yet; looking again once it must have shown", 0)
    await desk.deliver(after=30)
    assert ((await desk.row(id)).state, len(desk.sent)) == (State.SENT, 1)


def _land(source: MemorySource, action: Action) -> None:
    from cm_console.sources.memory import PLATFORMS
    from cm_console.sources.memory_verbs import carry_out

    platform = PLATFORMS[source._name]
    carry_out(platform, action)
    platform.pushed.append(action)


async def test_two_same_replies_are_told_apart(desk: Desk) -> None:
    await desk.lab.bench.lose_next_answer()
    first = await desk.queue(text="Thanks!")
    second = await desk.queue(text="Thanks!")
    for _ in range(4):
        await desk.deliver(after=60)
    desk.lab.bench.faults.next_going.append(Unreachable("500", landed=None))
    third = await desk.queue(text="Thanks!")
    for _ in range(4):
        await desk.deliver(after=60)
    found = [await desk.row(id) for id in (first, second, third)]
    assert [row.state for row in found] == [State.SENT] * 3
    assert len({row.remote_id for row in found}) == 3 == len(desk.sent)


async def test_three_unclear_looks_ask_a_person(desk: Desk) -> None:
    await desk.lab.bench.lose_next_answer()
    id = await desk.queue()
    await desk.deliver()
    for look in range(1, 4):
        assert not (await desk.row(id)).asks, look
        desk.lab.bench.faults.next_going.append(Refused("no search for you"))
        await desk.deliver(after=1000)
    row = await desk.row(id)
    assert (row.state, row.asks) == (State.UNCERTAIN, True)
    assert row.why == "cannot find out whether it arrived: no search for you"


async def test_looking_waits_for_the_network_as_long_as_it_takes(desk: Desk) -> None:
    await desk.lab.bench.lose_next_answer()
    id = await desk.queue()
    await desk.deliver()
    for _ in range(12):
        await desk.lab.bench.drop_next()
        await desk.deliver(after=1000)
    assert not (await desk.row(id)).asks
    await desk.deliver(after=1000)
    assert ((await desk.row(id)).state, len(desk.sent)) == (State.SENT, 1)


async def test_a_fault_in_looking_is_shown_and_ends_in_a_question(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(self: MemorySource, action: Action) -> Receipt | None:
        raise TypeError("a bug of the source")

    monkeypatch.setattr(MemorySource, "find", broken)
    await desk.lab.bench.lose_next_answer()
    id = await desk.queue()
    for _ in range(4):
        await desk.deliver(after=1000)
    assert ((await desk.row(id)).asks, len(desk.sent)) == (True, 1)
    assert (await desk.console.status.now()).sources[0].state == "failed"


@pytest.mark.parametrize(
    ("answer", "state", "done"), [(Answer.THERE, "sent", 1), (Answer.AGAIN, "sent", 2), (Answer.FORGET, "cancelled", 1)]
)
async def test_the_three_answers(desk: Desk, answer: Answer, state: str, done: int) -> None:
    await desk.lab.bench.lose_next_answer()
    id = await desk.queue(Verb.WARN)
    await desk.deliver()
    await desk.deliver(after=5)
    await desk.console.outbox.resolve(answer, id)
    await desk.deliver()
    assert (await states(desk.console), len(desk.lab.bench.platform.warned)) == ([state], done)
    assert not (await desk.row(id)).asks


async def test_what_is_still_being_looked_up_is_not_sent_again_by_hand(desk: Desk) -> None:
    await desk.lab.bench.lose_next_answer()
    id = await desk.queue(Verb.WARN)
    await desk.deliver()
    assert await states(desk.console) == ["uncertain"]
    with pytest.raises(Impossible, match="it does not ask for an answer: it is uncertain"):
        await desk.console.outbox.resolve(Answer.AGAIN, id)


async def test_an_answer_nobody_asked_for_is_impossible(desk: Desk) -> None:
    id = await desk.queue()
    with pytest.raises(Impossible, match="it does not ask for an answer: it is queued"):
        await desk.console.outbox.resolve(Answer.AGAIN, id)
    await desk.deliver()
    with pytest.raises(Impossible, match="it cannot be taken back: it is sent"):
        await desk.console.outbox.cancel(id)
    with pytest.raises(Impossible, match="there is no action nope"):
        await desk.console.outbox.cancel("nope")


async def test_sending_now_ends_the_undo_window_but_not_a_plan(desk: Desk) -> None:
    soon = await queue(desk.console, desk.action())
    planned = await queue(desk.console, desk.action(Verb.PUBLISH), planned_at=desk.lab.clock.now() + HOUR)
    assert await desk.console.outbox.send() == 1
    await desk.deliver()
    assert [(await desk.row(id)).state for id in (soon, planned)] == [State.SENT, State.QUEUED]


async def test_who_only_found_it_gives_it_up_to_whoever_has_the_receipt(lab: Lab) -> None:
    """Two consoles publish the same words; one looks while the other's answer is still on its way."""
    one, two = lab.console(), lab.console()
    for console in (one, two):
        await console.sync()
        await console.prepare()
    first = await queue(one, Action("", Verb.PUBLISH, None, text="Same words", title="Same title"))
    second = await queue(two, Action("", Verb.PUBLISH, None, text="Same words", title="Same title"))
    lab.clock.advance(UNDO)
    now = lab.clock.now()

    def claim(console: Console, state: State, token: str) -> Any:
        owner = console.engines["forum"].delivery.owner
        return console.store.write(
            lambda conn: outbox.claim(conn, "forum", state, owner=owner, token=token, now=now + HOUR)
        )

    def settle(console: Console, claimed: Any, state: State, remote: str | None) -> Any:
        return console.store.write(
            lambda conn: outbox.settle(conn, claimed, state, now=now, why="", not_before=now, remote_id=remote)
        )

    mine = await claim(one, State.QUEUED, "a")
    theirs = await claim(two, State.QUEUED, "b")
    await settle(one, mine, State.UNCERTAIN, None)
    looking = await claim(one, State.UNCERTAIN, "c")
    assert (mine.action.id, theirs.action.id, looking.action.id) == (first, second, first)
    assert await settle(one, looking, State.SENT, "thread-9")
    assert await settle(two, theirs, State.SENT, "thread-9")
    assert [(await row_of(one, id)).state for id in (first, second)] == [State.UNCERTAIN, State.SENT]
    again = await claim(one, State.UNCERTAIN, "d")
    assert again.action.taken == {"thread-9"}
    assert not await settle(one, again, State.SENT, "thread-9")
    assert (await row_of(one, first)).state == State.UNCERTAIN


async def test_a_lost_claim_changes_nothing(desk: Desk) -> None:
    id = await desk.queue()
    now = desk.lab.clock.now()
    store = desk.console.store
    claimed = await store.write(
        lambda conn: outbox.claim(conn, "forum", State.QUEUED, owner="dead", token="a", now=now)
    )
    assert claimed is not None
    await store.write(lambda conn: outbox.take_over(conn, ["dead"], now))
    other = await store.write(lambda conn: outbox.claim(conn, "forum", State.UNCERTAIN, owner="me", token="b", now=now))
    assert other is not None
    late = await store.write(lambda conn: outbox.settle(conn, claimed, State.SENT, now=now, remote_id="post-99"))
    assert late is False and (await desk.row(id)).state == State.UNCERTAIN
    open_ones = [attempt for attempt in await desk.console.outbox.attempts(id) if attempt.ended_at is None]
    assert [attempt.kind for attempt in open_ones] == ["look"]


async def test_who_died_while_looking_blocks_no_answer(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    declaring(monkeypatch, Verb.REPLY, ASK)
    await desk.lab.bench.lose_next_answer()
    id = await desk.queue()
    await desk.deliver()
    now = desk.lab.clock.now() + HOUR
    store = desk.console.store
    await store.write(lambda conn: outbox.claim(conn, "forum", State.UNCERTAIN, owner="dead", token="a", now=now))
    with pytest.raises(Impossible):
        await desk.console.outbox.resolve(Answer.THERE, id)
    assert await store.write(lambda conn: outbox.take_over(conn, ["dead"], now)) == 1
    await desk.console.outbox.resolve(Answer.THERE, id)
    assert (await desk.row(id)).state == State.SENT


async def test_a_result_that_could_not_be_written_down_is_in_doubt_and_not_stuck(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    from cm_console.store import StoreError

    id = await desk.queue()
    settle, failing = outbox.settle, [True]

    def full(*args: Any, **named: Any) -> bool:
        if failing:
            raise StoreError("the disk is full")
        return settle(*args, **named)

    monkeypatch.setattr(outbox, "settle", full)
    await desk.deliver()
    assert ((await desk.row(id)).state, len(desk.sent)) == (State.SENDING, 1)
    failing.clear()
    await desk.deliver(after=60)
    assert ((await desk.row(id)).state, len(desk.sent)) == (State.SENT, 1)


async def test_a_source_that_may_not_do_it_is_told_at_the_keypress(desk: Desk) -> None:
    desk.lab.bench.platform.missing["reply"] = "write"
    await desk.console.engines["forum"].sync.identify()
    with pytest.raises(Impossible, match="forum may not reply: write"):
        await desk.console.inbox.reply(1, "An answer.")
    assert await states(desk.console) == []
