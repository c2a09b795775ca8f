"""Who waits for us, since when, in which list, and when their answer is due: each rule with its case."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from cm_console.console import Console
from cm_console.model.inbox import REPLY_WITHIN, UNTIL_REPLY, Priority, Status, View
from cm_console.model.records import Kind, Member, Post, PostState, Ref, Thread, ThreadKind, ref_of
from cm_console.model.text import Untrusted
from cm_console.model.time import DAY, HOUR, MINUTE, Instant
from cm_console.services.desk import Impossible
from cm_console.store import ingest, schema, sources, threads
from cm_console.store.batch import Community
from cm_console.store.sqlite import Connection, connect
from cm_console.testing import START
from tests.worlds import Lab

MUTED = Community(ZoneInfo("UTC"), muted=frozenset({"off-topic"}))
NOW = Instant(START)
ASKED = Instant(START - 10 * HOUR)
"""When ann opened the thread; posts are so many hours later."""

PEOPLE = [
    Member("ann", Untrusted("ann")),
    Member("bob", Untrusted("bob")),
    Member("team", Untrusted("team"), staff=True),
    Member("robo", Untrusted("robo"), bot=True),
]


@pytest.fixture
def conn() -> Iterator[Connection]:
    opened = connect(Path(":memory:"))
    schema.migrate(opened)
    sources.ensure(opened, "forum", "memory")
    ingest.settle_config(opened, MUTED, NOW)
    yield opened
    opened.close()


@dataclass(frozen=True)
class Talk:
    """Who said something how many hours after the thread was opened, and who then waits since when (None: nobody).

    A word is "author@hours" with marks behind it: ! addresses us, ~ held back, x deleted.
    """

    words: str
    since: float | None
    kind: ThreadKind = ThreadKind.TOPIC
    author: str | None = "ann"
    closed: bool = False
    solved: bool = False
    place: str = "help"
    view: int | None = None


DIRECT = ThreadKind.DIRECT
TALKS = {
    "nobody has answered": Talk("ann@0", 0),
    "asked again, nobody has answered": Talk("ann@0 ann@2", 0),
    "another member has answered": Talk("ann@0 bob@1", None),
    "the team has answered": Talk("ann@0 team@1", None),
    "only a bot has answered": Talk("ann@0 robo@1", 0),
    "an unknown account has answered": Talk("ann@0 ?@1", None),
    "a held answer is none": Talk("ann@0 bob@1~", 0),
    "a deleted answer is none": Talk("ann@0 team@1x", 0),
    "the member wrote again after the team": Talk("ann@0 team@1 ann@3", 3),
    "and once more: they wait since the first time": Talk("ann@0 team@1 ann@3 ann@5", 3),
    "the team has answered again": Talk("ann@0 team@1 ann@3 team@4", None),
    "another member has answered in between": Talk("ann@0 team@1 ann@3 bob@4", None),
    "they wrote again after that": Talk("ann@0 team@1 ann@3 bob@4 ann@6", 6),
    "they wrote again, but only members have answered": Talk("ann@0 bob@1 ann@3", None),
    "a bot after them changes nothing": Talk("ann@0 team@1 ann@3 robo@4", 3),
    "somebody else's thread, we are mentioned": Talk("ann@0 bob@1 bob@2!", 2),
    "mentioned twice: since the last time": Talk("ann@0 bob@1! ann@2!", 2),
    "mentioned, then the team has answered": Talk("ann@0 bob@2! team@3", None),
    "a bot's mention is none": Talk("ann@0 bob@1 robo@2!", None),
    "a direct message": Talk("ann@0", 0, kind=DIRECT),
    "a direct message, answered": Talk("ann@0 team@1", None, kind=DIRECT),
    "a direct message, they wrote again twice": Talk("ann@0 team@1 ann@2 ann@3", 2, kind=DIRECT),
    "a direct message in which another member wrote last": Talk("ann@0 team@1 bob@2", 2, kind=DIRECT),
    "we wrote first, nobody has answered": Talk("team@0", None, kind=DIRECT, author="team"),
    "we wrote first, they have answered": Talk("team@0 ann@1", 1, kind=DIRECT, author="team"),
    "the team's own topic": Talk("team@0 ann@1", None, author="team"),
    "the team's own topic, mentioned": Talk("team@0 ann@1!", 1, author="team"),
    "a bot's topic": Talk("robo@0", None, author="robo"),
    "a topic of an unknown account": Talk("?@0", None, author=None),
    "closed": Talk("ann@0", None, closed=True),
    "solved": Talk("ann@0 bob@1 bob@2!", None, solved=True),
    "closed direct message": Talk("ann@0", None, kind=DIRECT, closed=True),
    "muted: waits, but is shown nowhere": Talk("ann@0", 0, place="off-topic", view=0),
}


def posts(words: str) -> list[Post]:
    made = []
    for number, word in enumerate(words.split()):
        author, _, rest = word.rstrip("!~x").partition("@")
        state = PostState.HELD if "~" in word else PostState.DELETED if word.endswith("x") else PostState.VISIBLE
        at = Instant(ASKED + int(float(rest) * HOUR))
        who = None if author == "?" else author
        made.append(Post(f"p{number}", "t1", who, at, Untrusted(word), state=state, mentions_us="!" in word))
    return made


def load(conn: Connection, talk: Talk) -> None:
    solved = Instant(ASKED + HOUR) if talk.solved else None
    where = (talk.kind, Untrusted(talk.place))
    thread = Thread("t1", Untrusted("Question"), talk.author, ASKED, *where, closed=talk.closed, solved_at=solved)
    ingest.save(conn, 1, MUTED, NOW, [*PEOPLE, thread, *posts(talk.words)])


def row(conn: Connection, columns: str) -> tuple[object, ...]:
    found: tuple[object, ...] = conn.execute(f"SELECT {columns} FROM thread").fetchone()
    return found


@pytest.mark.parametrize("name", TALKS)
def test_who_waits_since_when(conn: Connection, name: str) -> None:
    talk = TALKS[name]
    load(conn, talk)
    since = None if talk.since is None else ASKED + int(talk.since * HOUR)
    view = talk.view if talk.view is not None else int(talk.since is not None)
    assert row(conn, "waiting_since, view") == (since, view)


@pytest.mark.parametrize("name", TALKS)
def test_it_does_not_matter_in_which_order_it_was_learned(conn: Connection, name: str) -> None:
    talk = TALKS[name]
    load(conn, talk)
    wanted = row(conn, "waiting_since, view, due_at, asked_at, first_response_at, answered_by_team, last_post_at")
    other = connect(Path(":memory:"))
    schema.migrate(other)
    sources.ensure(other, "forum", "memory")
    ingest.settle_config(other, MUTED, NOW)
    for post in reversed(posts(talk.words)):
        ingest.save(other, 1, MUTED, NOW, [post])
    load(other, talk)
    ingest.save(other, 1, MUTED, NOW, PEOPLE)
    found = row(other, "waiting_since, view, due_at, asked_at, first_response_at, answered_by_team, last_post_at")
    other.close()
    assert found == wanted


@pytest.mark.parametrize("priority", Priority)
def test_an_answer_is_due_by_priority(conn: Connection, priority: Priority) -> None:
    load(conn, TALKS["nobody has answered"])
    conn.execute("UPDATE thread SET priority = ?", (priority,))
    threads.keep_views(conn, "[1]", NOW)
    assert row(conn, "due_at") == (ASKED + REPLY_WITHIN[priority],)


@pytest.mark.parametrize("status", [Status.WAITING, Status.DONE])
@pytest.mark.parametrize(
    ("later", "back"),
    [
        ("ann@5", True),
        ("bob@5", False),
        ("bob@5!", True),
        ("team@5", False),
        ("robo@5!", False),
        ("ann@5~", False),
        ("ann@5x", False),
    ],
)
def test_what_was_put_away_comes_back_with_a_new_word_to_us(
    conn: Connection, status: Status, later: str, back: bool
) -> None:
    load(conn, Talk("ann@0 team@1 ann@3", 3))
    decide(conn, status)
    assert row(conn, "view") == (status + 1,)
    ingest.save(conn, 1, MUTED, NOW, posts(f"ann@0 team@1 ann@3 {later}")[3:])
    assert row(conn, "view") == (1 if back else status + 1,)


def decide(conn: Connection, status: Status, until: int | None = None) -> None:
    conn.execute("UPDATE thread SET status = ?, seen_at = last_post_at, snoozed_until = ?", (status, until))
    threads.keep_views(conn, "[1]", NOW)


@pytest.mark.parametrize("later", ["ann@5", "bob@5!"])
def test_an_open_question_put_away_comes_back_with_a_new_word(conn: Connection, later: str) -> None:
    """Nobody ever answered: the question itself must not bring it back, a new word must."""
    load(conn, Talk("ann@0", 0))
    decide(conn, Status.DONE)
    ingest.save(conn, 1, MUTED, NOW, posts("ann@0"))
    assert row(conn, "view") == (4,)
    ingest.save(conn, 1, MUTED, NOW, posts(f"ann@0 {later}")[1:])
    assert row(conn, "view") == (1,)


def test_a_snooze_ends_with_its_time(conn: Connection) -> None:
    load(conn, Talk("ann@0", 0))
    decide(conn, Status.SNOOZED, NOW + HOUR)
    assert row(conn, "view") == (3,)
    ingest.save(conn, 1, MUTED, NOW, posts("ann@0 ann@5")[1:])
    assert row(conn, "view") == (3,), "a snooze until a time is not ended by a new word"
    assert threads.wake(conn, NOW + HOUR - 1) == 0
    assert threads.wake(conn, NOW + HOUR) == 1
    assert row(conn, "view") == (1,)
    assert threads.wake(conn, NOW + HOUR) == 0


def test_a_snooze_until_they_write_again_ends_when_they_do(conn: Connection) -> None:
    load(conn, Talk("ann@0 team@1", None))
    decide(conn, Status.SNOOZED, UNTIL_REPLY)
    assert threads.wake(conn, NOW + 9_000 * DAY) == 0
    ingest.save(conn, 1, MUTED, NOW, posts("ann@0 team@1 bob@4")[2:])
    assert row(conn, "view") == (3,)
    ingest.save(conn, 1, MUTED, NOW, posts("ann@0 team@1 bob@4 ann@5")[3:])
    assert row(conn, "view") == (1,)


def test_a_thread_deleted_there_is_in_no_list(conn: Connection) -> None:
    for status in Status:
        load(conn, Talk("ann@0", 0))
        decide(conn, status, NOW + HOUR)
        ingest.save(conn, 1, MUTED, NOW, [], [Ref(Kind.THREAD, "t1")])
        assert row(conn, "view, deleted") == (0, 1), status


def test_a_place_muted_later_leaves_the_list_and_comes_back(conn: Connection) -> None:
    load(conn, Talk("ann@0", 0))
    ingest.settle_config(conn, Community(ZoneInfo("UTC"), muted=frozenset({"help"})), NOW)
    assert row(conn, "view") == (0,)
    ingest.settle_config(conn, Community(ZoneInfo("UTC")), NOW)
    assert row(conn, "view") == (1,)


def test_somebody_named_as_team_later_has_answered_before(conn: Connection) -> None:
    load(conn, Talk("ann@0 bob@1 ann@3", None))
    ingest.settle_config(conn, Community(ZoneInfo("UTC"), team=frozenset({"bob"})), NOW)
    assert row(conn, "waiting_since, answered_by_team") == (ASKED + 3 * HOUR, 1)


@pytest.fixture
async def inbox(lab: Lab) -> Console:
    """A console that knows five questions, an hour apart, the oldest first."""
    for number in range(5):
        await lab.bench.add_thread(text=f"question {number}")
        lab.clock.advance(3600)
    console = lab.console()
    await console.sync()
    return console


async def ids(console: Console, view: View) -> list[int]:
    return [row.id for row in await console.inbox.page(view)]


async def test_each_decision_moves_an_inquiry_to_its_list(lab: Lab, inbox: Console) -> None:
    first, second, third, fourth, fifth = await ids(inbox, View.NEEDS_REPLY)
    await inbox.inbox.done([first])
    await inbox.inbox.wait([second])
    await inbox.inbox.snooze([third], Instant(lab.clock.now() + HOUR))
    await inbox.inbox.assign([fourth], "mo")
    lists = {view: await ids(inbox, view) for view in View}
    assert lists[View.DONE] == [first] and lists[View.WAITING] == [second] and lists[View.SNOOZED] == [third]
    assert lists[View.NEEDS_REPLY] == [fourth, fifth]
    assert lists[View.MINE] == [fourth] and lists[View.UNASSIGNED] == [fifth]
    assert lists[View.ALL] == [fifth, fourth, third, second, first]
    for view, held in lists.items():
        assert await inbox.inbox.count(view) == len(held), view
    await inbox.inbox.reopen([first, second, third])
    assert await ids(inbox, View.NEEDS_REPLY) == [first, second, third, fourth, fifth]


async def test_a_thread_deleted_there_counts_no_more(lab: Lab, inbox: Console) -> None:
    lab.bench.platform.erase(ref_of(lab.bench.platform.records(Kind.THREAD)[0]))
    await inbox.sync()
    assert (len(await ids(inbox, View.ALL)), await inbox.inbox.count(View.ALL)) == (4, 4)


async def test_the_most_urgent_is_first(inbox: Console) -> None:
    await inbox.inbox.prioritise([5], Priority.URGENT)
    await inbox.inbox.prioritise([1], Priority.LOW)
    assert await ids(inbox, View.NEEDS_REPLY) == [5, 2, 3, 4, 1]


async def test_pages_follow_each_other_both_ways(inbox: Console) -> None:
    first = await inbox.inbox.page(View.NEEDS_REPLY, limit=2)
    second = await inbox.inbox.page(View.NEEDS_REPLY, key=first[-1].key, limit=2)
    third = await inbox.inbox.page(View.NEEDS_REPLY, key=second[-1].key, limit=2)
    assert [[row.id for row in page] for page in (first, second, third)] == [[1, 2], [3, 4], [5]]
    back = await inbox.inbox.page(View.NEEDS_REPLY, key=third[0].key, forward=False, limit=2)
    assert [row.id for row in back] == [4, 3]
    assert await inbox.inbox.key_of(View.NEEDS_REPLY, 3) == second[0].key
    assert await inbox.inbox.key_of(View.DONE, 3) is None


async def test_a_time_that_has_passed_is_no_snooze(lab: Lab, inbox: Console) -> None:
    with pytest.raises(Impossible, match="that time has passed"):
        await inbox.inbox.snooze([1], Instant(lab.clock.now() - MINUTE))
    assert await ids(inbox, View.SNOOZED) == []
