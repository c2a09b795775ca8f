"""Duplicates are one inquiry: listed, decided and due as one, answered in each place, and exactly apart again."""

from __future__ import annotations

from collections.abc import Coroutine, Sequence
from datetime import timedelta
from typing import Any

import pytest

from cm_console.model.duplicates import alike, reason
from cm_console.model.inbox import Filter, Priority, Status, View
from cm_console.model.metrics import Window
from cm_console.model.records import Kind, Member, Post, Ref, Thread
from cm_console.model.text import Untrusted
from cm_console.model.time import DAY, HOUR, MINUTE, Instant, moment
from cm_console.services.desk import Desk, Impossible
from cm_console.services.joined import JoinedService
from cm_console.services.metrics import MetricsService
from cm_console.store import ingest, sources, threads
from cm_console.store.batch import Community
from cm_console.store.sqlite import Connection
from tests.screens.stage import ZONE, Stage


class Joined:
    """A stage with threads on two sources, and what is asked of them."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.desk: Desk = stage.services.inbox._desk
        self.service = JoinedService(self.desk)

    def add(self, source: str, title: str, hours_ago: float, author: str = "mia", text: str = "") -> int:
        number = next(self.stage.numbers)
        at = Instant(self.stage.clock.now() - int(hours_ago * HOUR))
        member = Member(f"m-{author}", Untrusted(author), joined_at=Instant(at - 900 * DAY))
        thread = Thread(f"t{number}", Untrusted(title), member.id, at, place=Untrusted("support"))
        self.save(source, member, thread, Post(f"p{number}", thread.id, member.id, at, Untrusted(text or title)))
        return int(self.sql("SELECT max(id) FROM thread")[0][0])

    def save(self, source: str, *records: Any, gone: Sequence[Ref] = ()) -> None:
        def change(conn: Connection) -> None:
            id = sources.ensure(conn, source, "discourse" if source == "forum" else "github")
            ingest.save(conn, id, Community(ZONE), self.stage.clock.now(), records, gone)

        self.stage.store._run(change, True)

    def more(self, source: str, thread_id: int, text: str, author: str = "mia") -> None:
        ((remote,),) = self.sql("SELECT remote FROM thread WHERE id = ?", thread_id)
        self.save(
            source, Post(f"x{next(self.stage.numbers)}", remote, f"m-{author}", self.stage.clock.now(), Untrusted(text))
        )

    def gone(self, source: str, thread_id: int) -> None:
        """The platform deleted a thread."""
        ((remote,),) = self.sql("SELECT remote FROM thread WHERE id = ?", thread_id)
        self.save(source, gone=[Ref(Kind.THREAD, remote)])

    def back(self, source: str, thread_id: int) -> None:
        """The platform brought it back, as it was."""
        rows = self.sql(
            "SELECT t.remote, t.title, m.remote, t.created_at FROM thread t"
            " JOIN member m ON m.id = t.author_id WHERE t.id = ?",
            thread_id,
        )
        ((remote, title, author, at),) = rows
        ((post, text),) = self.sql("SELECT remote, body FROM post WHERE thread_id = ?", thread_id)
        thread = Thread(remote, Untrusted(title), author, at, place=Untrusted("support"))
        self.save(source, thread, Post(post, remote, author, at, Untrusted(text)))

    def sql(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        found: list[tuple[Any, ...]] = self.stage.store.read_now(lambda conn: conn.execute(query, values).fetchall())
        return found

    def threads(self) -> list[tuple[Any, ...]]:
        return self.sql("SELECT * FROM thread ORDER BY id") + self.sql("SELECT * FROM badge WHERE n <> 0 ORDER BY name")

    async def ids(self, view: View = View.NEEDS_REPLY) -> list[int]:
        return [row.id for row in await self.stage.services.inbox.page(view)]

    def badge(self, name: str = "view:1") -> int:
        return int((self.sql("SELECT n FROM badge WHERE name = ?", name) or [(0,)])[0][0])


@pytest.fixture
def joined(stage: Stage) -> Joined:
    """See Joined; three threads: a young one leads, the oldest is on another platform."""
    made = Joined(stage)
    made.add("forum", "Brakes squeak", 2)
    made.add("tracker", "Brakes squeak", 20)
    made.add("forum", "Other", 5, author="leo")
    return made


async def test_a_group_is_one_row_as_urgent_as_its_most_urgent(joined: Joined) -> None:
    alone = {row.id: row for row in await joined.stage.services.inbox.page(View.NEEDS_REPLY)}
    assert await joined.service.merge(1, [2]) == 2
    (first, other) = await joined.stage.services.inbox.page(View.NEEDS_REPLY)
    assert (first.id, first.joined, other.id, other.joined) == (1, 1, 3, 0)
    assert (first.due_at, first.waiting_since) == (alone[2].due_at, alone[2].waiting_since)
    assert joined.badge() == 2 == len(await joined.ids()) and joined.badge("threads") == 2
    assert await joined.ids(View.UNANSWERED) == [2, 3, 1], "facts stay facts"
    assert [row.id for row in await joined.service.group(2)] == [1, 2]


async def test_merging_and_splitting_restores_every_row_and_badge(joined: Joined) -> None:
    before = joined.threads()
    await joined.service.merge(1, [2, 3])
    assert joined.threads() != before
    assert await joined.service.split(1) == 2
    assert joined.threads() == before
    await joined.service.merge(1, [2, 3])
    assert await joined.service.split(2) == 1
    assert [row.id for row in await joined.service.group(1)] == [1, 3]
    for _ in range(2):
        await joined.stage.services.journal.undo()
    assert joined.threads() == before


async def test_a_group_comes_whole_under_another(joined: Joined) -> None:
    await joined.service.merge(1, [2])
    assert await joined.service.merge(3, [2]) == 3
    assert [row.id for row in await joined.service.group(1)] == [3, 2, 1]
    assert joined.sql("SELECT id, joined, lead_id FROM thread") == [(1, 0, 3), (2, 0, 3), (3, 2, None)]
    await joined.stage.services.journal.undo()
    assert joined.sql("SELECT id, joined, lead_id FROM thread") == [(1, 1, None), (2, 0, 1), (3, 0, None)]
    with pytest.raises(Impossible, match="at least two"):
        await joined.service.merge(1, [2])
    with pytest.raises(Impossible, match="one thread already"):
        await joined.service.split(3)


async def test_decisions_act_on_all_of_a_group_and_undo_on_all(joined: Joined) -> None:
    await joined.service.merge(1, [2])
    inbox, whole = joined.stage.services.inbox, joined.threads()
    query = "SELECT status, assignee, priority, seen_at = last_post_at FROM thread WHERE id < 3"
    await inbox.assign([1], "bob")
    await inbox.prioritise([2], Priority.HIGH)
    await inbox.tag([1], "brakes")
    await inbox.done([1])
    assert joined.sql(query) == [(Status.DONE, "bob", Priority.HIGH, 1)] * 2
    assert joined.sql("SELECT thread_id FROM tag") == [(1,), (2,)]
    assert (await joined.ids(), joined.badge(), joined.badge("view:4")) == ([3], 1, 1)
    for _ in range(4):
        await joined.stage.services.journal.undo()
    assert joined.threads() == whole


async def test_a_word_of_the_member_in_any_of_them_reopens_the_inquiry(joined: Joined) -> None:
    await joined.service.merge(1, [2])
    await joined.stage.services.inbox.done([1])
    joined.stage.clock.advance(3600)
    assert await joined.ids() == [3]
    joined.more("tracker", 2, "It still squeaks")
    assert sorted(await joined.ids()) == [1, 3] and joined.badge() == 2


async def test_what_came_late_from_a_slower_platform_is_not_taken_as_seen(joined: Joined) -> None:
    await joined.service.merge(1, [2])
    ((last,),) = joined.sql("SELECT last_post_at FROM thread WHERE id = 1")
    await joined.stage.services.inbox.done([1])
    ((remote,),) = joined.sql("SELECT remote FROM thread WHERE id = 2")
    joined.save(
        "tracker", Post("late", remote, "m-mia", Instant(last - MINUTE), Untrusted("said before, pulled later"))
    )
    assert 1 in await joined.ids()


async def test_a_snoozed_group_wakes_as_one(joined: Joined) -> None:
    await joined.service.merge(1, [2])
    until = Instant(joined.stage.clock.now() + HOUR)
    await joined.stage.services.inbox.snooze([1], until)
    assert await joined.ids(View.SNOOZED) == [1]
    joined.stage.store._run(lambda conn: threads.wake(conn, until), True)
    assert sorted(await joined.ids()) == [1, 3] and await joined.ids(View.SNOOZED) == []


async def test_what_wakes_under_another_shows_there(joined: Joined) -> None:
    until = Instant(joined.stage.clock.now() + HOUR)
    await joined.stage.services.inbox.snooze([2], until)
    await joined.stage.services.inbox.wait([1])
    await joined.service.merge(1, [2])
    assert await joined.ids() == [3]
    joined.stage.clock.advance(3601)
    joined.stage.store._run(lambda conn: threads.wake(conn, joined.stage.clock.now()), True)
    assert sorted(await joined.ids()) == [1, 3] and joined.badge() == 2


async def test_metrics_do_not_change_by_merging(joined: Joined) -> None:
    today = moment(joined.stage.clock.now(), ZONE).date()
    window = Window(today - timedelta(days=20), today + timedelta(days=1))
    metrics = MetricsService(joined.desk, ZONE)

    async def values() -> list[tuple[str, float | None]]:
        measured = await metrics.measure(window)
        return [(each.metric.id, each.value) for each in measured.metrics]

    before = await values()
    await joined.service.merge(1, [2, 3])
    assert await values() == before


async def test_a_lead_that_is_gone_leaves_nobody_hidden(joined: Joined) -> None:
    await joined.service.merge(1, [2])
    joined.stage.store._run(lambda conn: conn.execute("DELETE FROM thread WHERE id = 1"), True)
    assert sorted(await joined.ids()) == [2, 3] and joined.badge() == 2


async def test_duplicates_are_suggested_with_a_reason(joined: Joined) -> None:
    assert [(each.other, each.why) for each in await joined.service.suggested(1)] == [
        (2, "same name, 18h apart, same title")
    ]
    joined.add("forum", "Brakes squeak loudly", 3)
    joined.add("tracker", "Brakes squeak", 40)
    joined.add("tracker", "Brakes squeak", 2, author="leo")
    assert [each.other for each in await joined.service.suggested(1)] == [2, 4]
    await joined.service.merge(1, [2])
    assert [each.other for each in await joined.service.suggested(1)] == [4]
    assert [(each.lead, each.other) for each in await joined.service.all_suggested()] == [(4, 2), (5, 2)]


@pytest.mark.parametrize(
    ("one", "other", "why"),
    [
        (("Help", ""), ("help!", ""), "same title"),
        (("Help", "my chain fell off again"), ("Chain", "My chain fell off again."), "same text"),
        (("Which oil for the chain", ""), ("Which oil for my chain", ""), "nearly the same title"),
        (("Oil", ""), ("Chain", ""), ""),
        (("Help me", "yes"), ("Hello", "yes"), ""),
        (("", ""), ("", ""), ""),
    ],
)
def test_alike(one: tuple[str, str], other: tuple[str, str], why: str) -> None:
    assert alike(one, other) == why


def test_a_reason_says_whether_the_accounts_are_linked() -> None:
    assert reason("same title", linked=True, apart=2 * HOUR) == "same person, 2h apart, same title"
    assert reason("same title", linked=False, apart=2 * HOUR).startswith("same name")


async def test_a_filter_counts_groups_once(joined: Joined) -> None:
    await joined.service.merge(1, [2])
    assert await joined.stage.services.inbox.count(View.ALL, Filter(words="squeak")) == 1


async def test_a_deleted_lead_leaves_its_place_to_the_next_until_it_is_back(joined: Joined) -> None:
    await joined.service.merge(1, [2, 3])
    whole = joined.threads()
    joined.gone("forum", 1)
    for view in (View.NEEDS_REPLY, View.ALL):
        (row,) = await joined.stage.services.inbox.page(view)
        assert (row.id, row.joined, row.lead_id) == (2, 1, None), "the oldest of the rest"
    assert joined.badge() == 1 == joined.badge("threads")
    assert [row.id for row in await joined.service.group(3)] == [2, 3]
    joined.back("forum", 1)
    assert joined.threads() == whole, "exactly as before"
    joined.gone("forum", 1)
    await joined.stage.services.journal.undo()
    assert sorted(await joined.ids(View.ALL)) == [2, 3] and joined.badge("threads") == 2


async def test_what_stands_in_for_a_deleted_lead_can_be_split_and_merged(joined: Joined) -> None:
    joined.add("forum", "Fourth", 1, author="zoe")
    await joined.service.merge(1, [2, 3])
    joined.gone("forum", 1)
    before = joined.threads()
    assert await joined.service.merge(2, [4]) == 3, "those one sees"
    assert joined.sql("SELECT id, lead_id, under FROM thread") == [(1, 2, 2), (2, None, None), (3, 2, 2), (4, 2, 2)]
    await joined.stage.services.journal.undo()
    assert joined.threads() == before
    with pytest.raises(Impossible, match="at least two"):
        await joined.service.merge(2, [3])
    assert await joined.service.split(2) == 2, "whole, as it would be by the one that was deleted"
    assert joined.sql("SELECT id FROM thread WHERE lead_id IS NOT NULL OR under IS NOT NULL") == []
    await joined.stage.services.journal.undo()
    assert joined.threads() == before


async def test_a_removed_source_takes_nothing_of_other_sources_with_it(joined: Joined) -> None:
    await joined.service.merge(1, [2, 3])
    other = joined.add("tracker", "Fourth", 30, author="zoe")
    await joined.service.merge(other, [1])
    joined.stage.store._run(lambda conn: sources.remove(conn, ["tracker"], joined.stage.clock.now()), True)
    assert [(row.id, row.joined) for row in await joined.stage.services.inbox.page(View.ALL)] == [(3, 1)]
    (row,) = await joined.stage.services.inbox.page(View.NEEDS_REPLY)
    assert next((each.id, each.waiting_since) for each in await joined.service.group(3)) == (3, row.waiting_since)
    for _ in range(2):
        await joined.stage.services.journal.undo()
    assert sorted(await joined.ids(View.ALL)) == [1, 3], "undo passes over what is gone for good"


async def test_the_row_counts_the_replies_on_their_way_of_the_whole_inquiry(joined: Joined) -> None:
    await joined.service.merge(1, [3])
    await joined.stage.services.inbox.reply(3, "Here you are")
    (row,) = [row for row in await joined.stage.services.inbox.page(View.ALL) if row.id == 1]
    assert row.pending == 1
    await joined.stage.services.inbox.reply(1, "And here")
    assert [row.pending for row in await joined.stage.services.inbox.page(View.ALL) if row.id == 1] == [2]


async def test_why_and_since_when_are_those_of_who_waits_longest(joined: Joined) -> None:
    await joined.service.merge(1, [2])
    card = await joined.stage.services.inbox.thread(1)
    assert card is not None
    assert card.why == "nobody has answered yet (on tracker, the one that waits longest)"
    await joined.service.split(1)
    card = await joined.stage.services.inbox.thread(1)
    assert card is not None and card.why == "nobody has answered yet"


async def test_the_clock_is_that_of_who_is_due_first(joined: Joined) -> None:
    await joined.service.merge(1, [2])
    due = joined.sql("SELECT due_at FROM thread WHERE id = 2")[0][0]
    joined.stage.store._run(
        lambda conn: conn.execute(
            "INSERT INTO clock(thread_id, kind, policy, started, due, risk_at) VALUES(2, 'first reply', '', 1, ?, 5)",
            (due,),
        ),
        True,
    )
    (row,) = [row for row in await joined.stage.services.inbox.page(View.NEEDS_REPLY) if row.id == 1]
    assert (row.due_at, row.clock, row.risk_at) == (due, "first reply", 5)


async def test_many_are_merged_decided_and_parted_in_one_go(joined: Joined) -> None:
    ids = [1, 2, 3, *(joined.add("forum", f"More {n}", 3) for n in range(30))]
    asked: list[str] = []

    async def times(deed: Coroutine[Any, Any, object]) -> int:
        asked.clear()
        await deed
        return sum(each.lstrip().startswith("UPDATE thread SET lead_id = NULL") for each in asked)

    await joined.stage.store.write(lambda conn: conn.set_trace_callback(asked.append))
    journal = joined.stage.services.journal
    assert await times(joined.service.merge(1, ids[1:])) == 1, "not once for each of them"
    assert await times(joined.stage.services.inbox.done([1])) == 1
    assert await times(joined.stage.services.inbox.tag([1], "bug")) == 1
    assert [await times(journal.undo()) for _ in range(3)] == [1, 1, 1]
    await joined.service.merge(1, ids[1:])
    assert await times(joined.service.split(1)) == 1
