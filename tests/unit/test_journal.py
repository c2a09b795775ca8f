"""Undo is exact: whatever was decided in whatever order, taking it back leaves every table as it was."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cm_console.model.action import Verb
from cm_console.model.calendar import EntryState
from cm_console.model.inbox import Priority, Then
from cm_console.model.moderation import Guideline
from cm_console.model.outbox import Answer, OutboxRow, State
from cm_console.model.records import Kind, Member, Post, Record, Ref, Report, Thread
from cm_console.model.source import Feed, Identity
from cm_console.model.text import Untrusted
from cm_console.model.time import DAY, HOUR, Instant
from cm_console.services.calendar import CalendarService
from cm_console.services.changes import Changes
from cm_console.services.desk import Desk, Impossible
from cm_console.services.inbox import InboxService
from cm_console.services.journal import Blocked, JournalService, TooLate
from cm_console.services.moderation import ModerationService
from cm_console.services.outbox import OutboxService
from cm_console.store import Store, ingest, journal, outbox, sources
from cm_console.store.batch import Community
from cm_console.store.sqlite import Connection, connect
from cm_console.testing import START, FakeClock
from tests.unit import kept_naive
from tests.worlds import dump, sequence

UTC = ZoneInfo("UTC")
FAST_FOLDER = "/dev/shm" if Path("/dev/shm").is_dir() else None
GUIDELINES = (Guideline(1, "Be kind", strikes=2), Guideline(2, "No advertising"))


def world() -> list[Record]:
    """Three questions, a flagged post, and a flagged member."""
    people = [Member(name, Untrusted(name), staff=name == "team") for name in ("ann", "bob", "team")]
    said: list[Record] = []
    for n in range(3):
        at = Instant(START - (n + 1) * HOUR)
        said += [
            Thread(f"t{n}", Untrusted(f"Question {n}"), "ann", at),
            Post(f"p{n}", f"t{n}", "ann", at, Untrusted("?")),
        ]
    flags: list[Record] = [
        Report("r1", Ref(Kind.POST, "p0"), "bob", "spam", Instant(START - HOUR)),
        Report("r2", Ref(Kind.MEMBER, "ann"), "bob", "rude", Instant(START - HOUR)),
    ]
    return [*people, *said, *flags]


@dataclass
class Office:
    """Two colleagues at one store."""

    store: Store
    clock: FakeClock
    desks: dict[str, Desk]

    def inbox(self, who: str = "mo") -> InboxService:
        return InboxService(self.desks[who])

    def moderation(self, who: str = "mo") -> ModerationService:
        return ModerationService(self.desks[who], GUIDELINES)

    def journal(self, who: str = "mo") -> JournalService:
        return JournalService(self.desks[who])

    def outbox(self, who: str = "mo") -> OutboxService:
        return OutboxService(self.desks[who])

    async def newest(self) -> OutboxRow:
        """The action queued last."""
        (row,) = await self.outbox().page(limit=1)
        return row

    async def take_back(self) -> str:
        """Take the action back that the last standing decision queued; raises Impossible if it queued none."""
        line = await self.store.read(lambda conn: journal.last_undoable(conn, "mo"))
        rows = await self.store.read(lambda conn: outbox.of_journal(conn, line.id)) if line else []
        if not rows:
            raise Impossible("the last decision queued nothing")
        return await self.outbox().cancel(rows[0].id)

    async def settle(self, state: State) -> str:
        """Let delivery come to an end with the newest action; returns its id."""
        row = await self.newest()

        def change(conn: Connection) -> None:
            self.clock.advance(60)
            claimed = outbox.claim(conn, "forum", State.QUEUED, owner="o", token="t", now=self.clock.now())
            assert claimed is not None and claimed.action.id == row.id
            outbox.settle(conn, claimed, state, now=self.clock.now(), why="so it ended", asks=state is State.UNCERTAIN)

        await self.store.write(change)
        return row.id

    async def state(self) -> dict[str, object]:
        """Every table but the records of what was done and tried; of the badges those of the lists."""
        tables = await self.store.read(lambda conn: dump(conn, without=("journal", "action", "attempt", "draft")))
        badges = [row for row in tables.pop("badge") if row[1] and not str(row[0]).startswith("action:")]
        await self.store.read(lambda conn: kept_naive.check(conn, UTC, self.clock.now()))
        return {**tables, "badge": badges}


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database that holds the world."""
    path = tmp_path_factory.mktemp("world") / "world.db"
    Store.open(path).close()
    conn = connect(path)

    def fill(conn: Connection) -> None:
        source = sources.ensure(conn, "forum", "memory")
        sources.save_identity(conn, source, Identity("team", "team", feeds=frozenset(Feed), verbs=frozenset(Verb)))
        ingest.save(conn, source, Community(UTC), START, world())

    fill(conn)
    conn.execute("PRAGMA journal_mode=DELETE")
    conn.close()
    return path


def open_office(path: Path) -> Office:
    store, clock, ids = Store.open(path), FakeClock(), sequence()
    changes = Changes()
    return Office(store, clock, {who: Desk(store, clock, ids, changes, who) for who in ("mo", "kim")})


@pytest.fixture
def office(template: Path, tmp_path: Path) -> Iterator[Office]:
    """A fresh copy of the world."""
    shutil.copy(template, tmp_path / "c.db")
    made = open_office(tmp_path / "c.db")
    yield made
    made.store.close()


threads = st.lists(st.integers(1, 3), min_size=1, max_size=3, unique=True)
one = st.integers(1, 3)
case = st.integers(1, 2)
words = st.sampled_from(["billing", "later", "bug"])
Deed = tuple[str, Any, Any, Any]

deeds: st.SearchStrategy[Deed] = st.one_of(
    st.tuples(st.sampled_from(["tag", "untag"]), threads, words, st.none()),
    st.tuples(st.just("note"), one, words, st.none()),
    st.tuples(st.just("assign"), threads, st.sampled_from(["mo", "kim", None]), st.none()),
    st.tuples(st.just("prioritise"), threads, st.sampled_from(list(Priority)), st.none()),
    st.tuples(st.just("snooze"), threads, st.sampled_from([None, Instant(START + 9 * HOUR)]), st.none()),
    st.tuples(st.sampled_from(["done", "wait", "reopen"]), threads, st.none(), st.none()),
    st.tuples(st.just("reply"), one, words, st.sampled_from(list(Then))),
    st.tuples(st.sampled_from(["claim", "release", "escalate", "case note"]), case, words, st.none()),
    st.tuples(
        st.just("decide"),
        case,
        st.sampled_from([Verb.KEEP, Verb.REMOVE, Verb.BAN, Verb.IGNORE, Verb.WARN]),
        st.sampled_from([None, 1, 2]),
    ),
    st.tuples(st.just("flag"), one, st.sampled_from([None, "p0", "p1"]), words),
    st.tuples(st.sampled_from(["undo", "take back"]), st.none(), st.none(), st.none()),
)


async def do(office: Office, deed: Deed) -> None:
    """One keypress."""
    name, what, how, more = deed
    inbox, moderation = office.inbox(), office.moderation()
    ways: dict[str, Callable[[], Coroutine[Any, Any, object]]] = {
        "tag": lambda: inbox.tag(what, how),
        "untag": lambda: inbox.tag(what, how, remove=True),
        "note": lambda: inbox.note(what, how),
        "assign": lambda: inbox.assign(what, how),
        "prioritise": lambda: inbox.prioritise(what, how),
        "snooze": lambda: inbox.snooze(what, how),
        "done": lambda: inbox.done(what),
        "wait": lambda: inbox.wait(what),
        "reopen": lambda: inbox.reopen(what),
        "reply": lambda: inbox.reply(what, how, then=more),
        "claim": lambda: moderation.claim(what),
        "release": lambda: moderation.claim(what, release=True),
        "escalate": lambda: moderation.escalate(what, how),
        "case note": lambda: moderation.note(what, how),
        "decide": lambda: moderation.decide(what, how, guideline=more),
        "flag": lambda: moderation.flag(what, how, more),
        "undo": lambda: office.journal().undo(),
        "take back": office.take_back,
    }
    await ways[name]()
    office.clock.advance(1)


async def there_and_back(office: Office, history: list[Deed]) -> None:
    """After every undo everything is as before the deed it took back; in the end all is as in the beginning."""
    before = [await office.state()]
    for deed in history:
        try:
            await do(office, deed)
        except Impossible:
            assert await office.state() == before[-1], "what cannot be done leaves no trace"
            assert deed[0] != "undo" or len(before) == 1
            continue
        if deed[0] == "undo":
            before.pop()
            assert await office.state() == before[-1]
        else:
            if deed[0] == "take back":
                assert await office.state() == before[-2]
            before.append(await office.state())
    while len(before) > 1:
        await office.journal().undo()
        before.pop()
        assert await office.state() == before[-1]
    with pytest.raises(Impossible, match="there is nothing to undo"):
        await office.journal().undo()
    left = await office.store.read(
        lambda conn: conn.execute("SELECT count(*) FROM action WHERE state != 'cancelled'").fetchone()
    )
    assert left == (0,)


@settings(max_examples=80)
@given(history=st.lists(deeds, max_size=12))
def test_undo_is_exact(template: Path, history: list[Deed]) -> None:
    with TemporaryDirectory(dir=FAST_FOLDER) as folder:
        shutil.copy(template, Path(folder) / "c.db")
        office = open_office(Path(folder) / "c.db")
        try:
            asyncio.run(there_and_back(office, history))
        finally:
            office.store.close()


async def test_an_undo_takes_back_all_that_one_key_did(office: Office) -> None:
    before = await office.state()
    await office.inbox().done([1, 2, 3])
    undone = await office.journal().undo()
    assert (undone.op, undone.items, await office.state()) == ("done", 3, before)


async def test_a_colleague_who_decided_since_is_not_overwritten(office: Office) -> None:
    await office.inbox("mo").assign([1], "mo")
    await office.inbox("kim").assign([1], "kim")
    with pytest.raises(Impossible, match="kim did “assign” on it since; undo that first"):
        await office.journal("mo").undo()
    await office.journal("kim").undo()
    await office.journal("mo").undo()
    row = await office.inbox().row(1)
    assert row is not None and row.assignee == ""


async def test_another_decision_on_the_same_item_comes_first(office: Office) -> None:
    await office.inbox("mo").done([1])
    await office.inbox("kim").tag([1], "billing")
    with pytest.raises(Impossible, match="kim did “tag” on it since; undo that first"):
        await office.journal("mo").undo()


async def test_each_undoes_their_own(office: Office) -> None:
    await office.inbox("mo").done([1])
    await office.inbox("kim").done([2])
    assert (await office.journal("mo").undo()).op == "done"
    rows = {id: await office.inbox().row(id) for id in (1, 2)}
    assert [row.status.name for row in rows.values() if row] == ["OPEN", "DONE"]


async def test_a_flag_cannot_be_taken_back_once_somebody_decided_its_case(office: Office) -> None:
    found = await office.moderation("mo").flag(2, "p1", "looks like spam")
    await office.moderation("kim").decide(found, Verb.KEEP)
    with pytest.raises(Impossible, match="kim did “keep” on it since"):
        await office.journal("mo").undo()
    row = await office.moderation().row(found)
    assert row is not None and row.ended_at is not None


async def test_our_flag_joins_the_case_that_is_open_and_leaves_it_again(office: Office) -> None:
    before = await office.state()
    assert await office.moderation().flag(1, "p0", "I saw it too") == 1
    row = await office.moderation().row(1)
    assert row is not None and (row.reports, row.kinds) == (2, ("spam", "team"))
    await office.journal().undo()
    assert await office.state() == before


async def test_the_journal_tells_who_did_what_and_what_was_taken_back(office: Office) -> None:
    await office.inbox().tag([1], "billing")
    await office.inbox("kim").note(1, "ask Lee")
    await office.journal("kim").undo()
    lines = await office.journal().lines("thread:1")
    assert [(line.actor, line.op, line.undone) for line in lines] == [
        ("kim", "undo note", False),
        ("kim", "note", True),
        ("mo", "tag", False),
    ]
    assert len({line.id for line in lines}) == 3
    older = await office.journal().lines("thread:1", before=lines[0].seq, limit=1)
    assert [line.op for line in older] == ["note"]


async def test_an_undo_is_not_undone(office: Office) -> None:
    await office.inbox().done([1])
    await office.journal().undo()
    with pytest.raises(Impossible, match="nothing to undo"):
        await office.journal().undo()


async def test_taking_an_action_back_takes_its_decision_back(office: Office) -> None:
    before = await office.state()
    await office.moderation().decide(1, Verb.REMOVE, guideline=1)
    assert await office.outbox("kim").cancel((await office.newest()).id) == "The case is open again."
    assert await office.state() == before
    assert [(line.actor, line.op, line.undone) for line in await office.journal().lines("case:1")] == [
        ("kim", "take-back of remove", False),
        ("mo", "remove", True),
    ]
    assert (await office.newest()).why == "kim took it back: nothing was done on the platform"
    with pytest.raises(Impossible, match="there is nothing to undo"):
        await office.journal().undo()


@pytest.mark.parametrize("which", [1, 2])
async def test_one_of_two_decided_together_is_taken_back_and_undo_takes_the_other(office: Office, which: int) -> None:
    before = await office.state()
    await office.moderation().decide_each([1, 2], Verb.BAN)
    actions = {row.case_id: row.id for row in await office.outbox().page()}
    await office.outbox("kim").cancel(actions[which])
    cases = {id: await office.moderation().row(id) for id in (1, 2)}
    assert [id for id, case in cases.items() if case is not None and case.ended_at is None] == [which]
    assert (await office.journal().undo()).items == 1
    assert await office.state() == before


async def test_a_decision_a_colleague_built_on_stays_and_says_so(office: Office) -> None:
    await office.moderation("mo").decide(1, Verb.REMOVE, guideline=1)
    action = await office.newest()
    await office.moderation("kim").note(1, "right so")
    decided = await office.state()
    words = await office.outbox("mo").cancel(action.id)
    assert words == "The decision stays: kim did “note” on it since; undo that first."
    assert await office.state() == decided and (await office.newest()).state is State.CANCELLED
    card = await office.moderation().case(1)
    assert card is not None and card.decisions[0].why == "mo took it back: nothing was done on the platform"
    await office.journal("kim").undo()
    assert (await office.journal("mo").undo()).op == "take-back of remove"
    assert (await office.journal("mo").undo()).op == "remove"
    row = await office.moderation().row(1)
    assert row is not None and row.ended_at is None


async def test_undo_brings_back_what_was_taken_back(office: Office) -> None:
    await office.inbox().done([2])
    await office.moderation().decide(1, Verb.REMOVE, guideline=1)
    decided = await office.state()
    await office.outbox().cancel((await office.newest()).id)
    assert (await office.journal().undo()).op == "take-back of remove"
    assert await office.state() == decided and (await office.newest()).state is State.QUEUED
    assert (await office.journal().undo()).op == "remove"
    assert (await office.journal().undo()).op == "done"


async def test_undo_brings_back_what_failed_and_was_forgotten(office: Office) -> None:
    await office.inbox().reply(1, "Hello", then=Then.WAIT)
    answered = await office.state()
    id = await office.settle(State.FAILED)
    assert await office.outbox().resolve(Answer.FORGET, id) == "What it said is a draft again."
    await office.journal().undo()
    row = await office.newest()
    assert (row.state, row.why, row.ended_at) == (State.FAILED, "so it ended", None)
    assert await office.state() == answered and await office.inbox().draft("reply:1") == ""


@pytest.mark.parametrize(("state", "open_again"), [(State.FAILED, True), (State.UNCERTAIN, False)])
async def test_what_failed_and_is_forgotten_was_never_decided(office: Office, state: State, open_again: bool) -> None:
    before = await office.state()
    await office.moderation().decide(1, Verb.REMOVE)
    words = await office.outbox().resolve(Answer.FORGET, await office.settle(state))
    assert words == ("The case is open again." if open_again else "")
    assert (await office.state() == before) is open_again
    unknown = "" if open_again else "; nobody knows whether it arrived"
    assert (await office.newest()).why == f"mo: forget it{unknown}"


async def test_what_is_there_or_sent_again_keeps_its_decision(office: Office) -> None:
    await office.moderation().decide(1, Verb.REMOVE)
    decided = await office.state()
    id = await office.settle(State.FAILED)
    assert await office.outbox().resolve(Answer.AGAIN, id) == ""
    assert await office.state() == decided
    assert await office.outbox().resolve(Answer.THERE, await office.settle(State.FAILED)) == ""
    assert await office.state() == decided


async def test_an_opposite_taken_back_lets_the_decision_stand_again(office: Office) -> None:
    await office.moderation().decide(1, Verb.REMOVE, guideline=1)
    decided = await office.state()
    await office.settle(State.SENT)
    for _ in range(2):
        with pytest.raises(TooLate) as late:
            await office.journal().undo()
        await office.journal().take_back(late.value.journal_id)
        assert await office.state() != decided
        assert await office.outbox("kim").cancel((await office.newest()).id) == "“remove” stands again."
        assert await office.state() == decided
    lines = await office.journal().lines("case:1")
    assert [(line.op, line.undone) for line in lines][:3] == [
        ("take-back of restore", False),
        ("undo remove", True),
        ("take-back of restore", False),
    ]
    assert not lines[-1].undone


@pytest.mark.parametrize("how", ["cancel", "undo"])
async def test_a_reply_taken_back_is_a_draft_again(office: Office, how: str) -> None:
    before = await office.state()
    await office.inbox().reply(1, "Have you tried turning it off?", then=Then.WAIT)
    assert await office.inbox().draft("reply:1") == ""
    if how == "cancel":
        assert await office.outbox().cancel((await office.newest()).id) == "What it said is a draft again."
    else:
        await office.journal().undo()
    assert await office.state() == before
    assert await office.inbox().draft("reply:1") == "Have you tried turning it off?"


async def test_a_draft_begun_since_is_kept(office: Office) -> None:
    await office.inbox().reply(1, "first")
    await office.inbox().save_draft("reply:1", "second")
    await office.journal().undo()
    assert await office.inbox().draft("reply:1") == "second"


async def test_what_another_console_sends_already_keeps_its_decision(office: Office, tmp_path: Path) -> None:
    await office.moderation().decide(1, Verb.REMOVE)
    other = Store.open(tmp_path / "c.db")
    now = office.clock.now() + HOUR
    await other.write(lambda conn: outbox.claim(conn, "forum", State.QUEUED, owner="o", token="t", now=now))
    other.close()
    decided = await office.state()
    with pytest.raises(Impossible, match="it cannot be taken back: it is sending"):
        await office.outbox().cancel((await office.newest()).id)
    assert await office.state() == decided


async def test_an_entry_outlives_its_action(office: Office) -> None:
    calendar = CalendarService(office.desks["mo"], UTC)
    at = Instant(office.clock.now() + DAY)
    id = await calendar.save(title="Weekly thread", body="Say hello", at=at, sources=["forum"], schedule=True)
    assert await office.outbox().cancel((await office.newest()).id) == "Its entry stays in the calendar."
    entry = await calendar.entry(id)
    assert entry is not None and (entry.title, entry.at, entry.state) == ("Weekly thread", at, EntryState.DRAFT)
    await office.journal().undo()
    entry = await calendar.entry(id)
    assert entry is not None and entry.state is EntryState.SCHEDULED
    row = await office.newest()
    assert (row.state, row.planned_at) == (State.QUEUED, at)


async def test_what_stands_lets_the_next_undo_go_on_to_what_was_before_it(office: Office) -> None:
    before = await office.state()
    await office.inbox().prioritise([2], Priority.URGENT)
    await office.inbox().prioritise([1], Priority.HIGH)
    raised = await office.state()
    await office.inbox().reply(1, "An answer.")
    await office.settle(State.SENT)
    with pytest.raises(TooLate) as late:
        await office.journal().undo()
    assert (late.value.opposites, late.value.also) == ((Verb.REMOVE,), ("status",))
    await office.journal().let_stand(late.value.journal_id)
    assert [(line.op, line.undone) for line in await office.journal().lines("thread:1")] == [
        ("let stand reply", False),
        ("reply", False),
        ("priority", False),
    ]
    undone = [await office.journal().undo(), await office.journal().undo()]
    assert [(each.op, each.about, each.name) for each in undone] == [
        ("priority", ("thread:1",), "Question 0"),
        ("priority", ("thread:2",), "Question 1"),
    ]
    rows = [await office.inbox().row(id) for id in (1, 2)]
    assert [row.priority for row in rows if row] == [Priority.NONE, Priority.NONE]
    await office.journal().take_back(late.value.journal_id)
    assert await office.state() == before != raised


async def test_what_the_standing_one_changed_again_is_not_brought_back(office: Office) -> None:
    await office.inbox().tag([2], "older")
    await office.inbox().snooze([1], None)
    await office.inbox().reply(1, "An answer.")
    await office.settle(State.SENT)
    with pytest.raises(TooLate) as late:
        await office.journal().undo()
    await office.journal().let_stand(late.value.journal_id)
    before = await office.state()
    with pytest.raises(Blocked, match="mo did “reply” on it since, which stands") as blocked:
        await office.journal().undo()
    assert await office.state() == before
    await office.journal().let_stand(blocked.value.journal_id)
    assert (await office.journal().undo()).op == "tag"


async def test_an_opposite_the_source_cannot_do_is_not_offered(office: Office) -> None:
    able = Identity("team", "team", feeds=frozenset(Feed), verbs=frozenset(Verb) - {Verb.REMOVE})
    await office.store.write(lambda conn: sources.save_identity(conn, 1, able))
    await office.inbox().reply(1, "An answer.")
    await office.settle(State.SENT)
    with pytest.raises(TooLate) as late:
        await office.journal().undo()
    assert late.value.opposites == ()
