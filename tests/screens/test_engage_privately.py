"""Engage first with words that go privately: which way each row says, one greeting per person, at both sizes."""

from __future__ import annotations

import pytest

from cm_console.model.action import Verb
from cm_console.model.engaging import Engage, EngageRow, Route
from cm_console.model.records import Member, Post, Thread
from cm_console.model.source import Identity
from cm_console.model.text import Untrusted
from cm_console.model.time import DAY, HOUR, MINUTE, Instant
from cm_console.screens.messaging import MessageScreen
from cm_console.services.desk import Impossible
from cm_console.store import ingest, sources
from cm_console.store.batch import Community
from cm_console.store.sqlite import Connection
from tests.screens.stage import ZONE, Stage, press, said, text_of
from tests.screens.test_engage import ago, engaging, names, say
from tests.screens.test_messaging import actions

both = pytest.mark.parametrize("size", ["80x24", "120x40"])


def able(stage: Stage, source: str, *verbs: Verb) -> None:
    """What a source's token may do."""

    def change(conn: Connection) -> None:
        sources.save_identity(
            conn, sources.ensure(conn, source, "discourse"), Identity("1", "ann", verbs=frozenset(verbs))
        )

    stage.store._run(change, True)


def on_chat(stage: Stage, who: str, hours_ago: float) -> int:
    """An account in the chat that wrote then; its id."""

    def change(conn: Connection) -> int:
        id, at = sources.ensure(conn, "chat", "matrix"), Instant(stage.clock.now() - int(hours_ago * HOUR))
        sources.save_identity(conn, id, Identity("1", "us", verbs=frozenset({Verb.REPLY, Verb.MESSAGE})))
        member = Member(f"c-{who}", Untrusted(f"{who}_c"))
        thread = Thread(f"r-{who}", Untrusted("Lobby"), member.id, at)
        post = Post(f"cp-{who}", thread.id, member.id, at, Untrusted("hello"))
        ingest.save(conn, id, Community(ZONE), stage.clock.now(), [member, thread, post])
        found: int = conn.execute("SELECT id FROM member WHERE remote = ?", (member.id,)).fetchone()[0]
        return found

    return int(stage.store._run(change, True))


async def merge(stage: Stage, one: int, other: int) -> None:
    assert stage.services.persons is not None
    await stage.services.persons.merge(one, other, sure=True)


def account(stage: Stage, remote: str) -> int:
    found: int = stage.store.read_now(
        lambda conn: conn.execute("SELECT id FROM member WHERE remote = ?", (remote,)).fetchone()[0]
    )
    return found


def close(stage: Stage, thread: str) -> None:
    stage.store._run(lambda conn: conn.execute("UPDATE thread SET closed = 1 WHERE remote = ?", (thread,)), True)


def jubilee(stage: Stage) -> None:
    """Leo is here for a year; the only thread he wrote in is closed."""
    stage.thread("Talk", author="kim", hours_ago=24 * 30)
    say(stage, "t1", "leo", ago(stage, 25 * DAY))
    say(stage, "t1", "leo", ago(stage, DAY), joined=ago(stage, 365 * DAY))
    close(stage, "t1")


async def only(stage: Stage, view: Engage) -> EngageRow:
    (row,) = await engaging(stage).rows(view)
    return row


async def test_which_way_words_go_or_why_they_cannot(stage: Stage) -> None:
    jubilee(stage)
    row = await only(stage, Engage.ANNIVERSARY)
    assert (row.route, row.to_id, row.thread_id) == (Route.PRIVATELY, row.member_id, None)
    able(stage, "forum", Verb.REPLY)
    row = await only(stage, Engage.ANNIVERSARY)
    assert row.route is Route.NOWHERE
    assert row.why_not == "no thread of theirs is open; a discourse source cannot write to members privately"
    with pytest.raises(Impossible, match="leo cannot be written to: no thread of theirs is open"):
        await engaging(stage).send(row, "Thank you")
    chat = on_chat(stage, "leo", 40)
    await merge(stage, account(stage, "m-leo"), chat)
    row = await only(stage, Engage.ANNIVERSARY)
    assert (row.route, row.to_id, row.to) == (Route.PRIVATELY, chat, "chat")
    stage.store._run(lambda conn: conn.execute("UPDATE thread SET closed = 0"), True)
    assert (await only(stage, Engage.ANNIVERSARY)).route is Route.THREAD


async def test_a_message_is_the_decision_on_the_row_and_undone_with_it(stage: Stage) -> None:
    jubilee(stage)
    row = await only(stage, Engage.ANNIVERSARY)
    await engaging(stage).send(row, "A year, leo!")
    assert actions(stage) == [("message", "m-leo", "A year, leo!")]
    assert await names(stage, Engage.ANNIVERSARY) == []
    with pytest.raises(Impossible, match="a colleague was faster"):
        await engaging(stage).send(row, "A year, leo!")
    await stage.services.journal.undo()
    assert not actions(stage) and await names(stage, Engage.ANNIVERSARY) == ["leo"]
    with pytest.raises(Impossible, match=r"fill in \{years\} first"):
        await engaging(stage).send(row, "{years}, leo!")


async def test_an_unanswered_thread_is_never_answered_privately(stage: Stage) -> None:
    stage.thread("Long ago", author="mia", hours_ago=30)
    able(stage, "forum", Verb.MESSAGE)
    row = await only(stage, Engage.UNANSWERED)
    assert (row.route, row.why_not) == (Route.NOWHERE, "a discourse source cannot reply")
    with pytest.raises(Impossible, match="wants an answer in it"):
        await engaging(stage).send_privately(row, row.member_id or 0, "Is it still open?")


async def test_a_newcomer_whose_thread_was_closed_is_greeted_privately_or_not_at_all(stage: Stage) -> None:
    stage.thread("How do I start?", author="mia", hours_ago=5)
    close(stage, "t1")
    assert (await only(stage, Engage.GREET)).route is Route.PRIVATELY
    able(stage, "forum", Verb.REPLY)
    assert await names(stage, Engage.GREET) == []


async def test_helpers_of_a_closed_thread_are_thanked_privately_else_there(stage: Stage) -> None:
    for n in range(4):
        stage.thread(f"Question {n}", author=f"asker{n}", hours_ago=60)
        say(stage, f"t{n + 1}", "noor", ago(stage, 50 * HOUR - n))
        close(stage, f"t{n + 1}")
    assert (await only(stage, Engage.THANK)).route is Route.PRIVATELY
    able(stage, "forum", Verb.REPLY)
    assert (await only(stage, Engage.THANK)).route is Route.THREAD


# One greeting per person


async def test_who_is_no_newcomer_elsewhere_is_not_greeted(stage: Stage) -> None:
    stage.thread("How do I start?", author="mia", hours_ago=5)
    old = on_chat(stage, "mia", 24 * 300)
    assert await names(stage, Engage.GREET) == ["mia"]
    await merge(stage, account(stage, "m-mia"), old)
    assert await names(stage, Engage.GREET) == []
    await stage.services.journal.undo()
    assert await names(stage, Engage.GREET) == ["mia"]


async def test_a_newcomer_with_two_accounts_is_listed_once_by_the_first(stage: Stage) -> None:
    stage.thread("How do I start?", author="mia", hours_ago=5)
    chat = on_chat(stage, "mia", 2)
    assert await names(stage, Engage.GREET) == ["mia_c", "mia"]
    await merge(stage, account(stage, "m-mia"), chat)
    assert await names(stage, Engage.GREET) == ["mia"]


async def test_who_was_greeted_under_another_name_is_not_greeted_again(stage: Stage) -> None:
    stage.thread("How do I start?", author="mia", hours_ago=5)
    chat = on_chat(stage, "mia", 2)
    later = next(row for row in await engaging(stage).rows(Engage.GREET) if row.member_id == chat)
    await engaging(stage).send(later, "Welcome!")
    assert await names(stage, Engage.GREET) == ["mia"]
    await merge(stage, account(stage, "m-mia"), chat)
    assert await names(stage, Engage.GREET) == []


async def test_who_was_passed_over_under_another_name_is_not_listed_again(stage: Stage) -> None:
    stage.thread("How do I start?", author="mia", hours_ago=5)
    chat = on_chat(stage, "mia", 2)
    later = next(row for row in await engaging(stage).rows(Engage.GREET) if row.member_id == chat)
    await engaging(stage).pass_over([later])
    await merge(stage, account(stage, "m-mia"), chat)
    assert await names(stage, Engage.GREET) == []


async def test_who_was_written_to_privately_needs_no_greeting(stage: Stage) -> None:
    stage.thread("How do I start?", author="mia", hours_ago=5)
    assert stage.services.messaging is not None
    await stage.services.messaging.send(account(stage, "m-mia"), "Hello mia")
    assert await names(stage, Engage.GREET) == []
    await stage.services.journal.undo()
    assert await names(stage, Engage.GREET) == ["mia"]


async def test_whom_the_team_answered_under_another_name_is_not_greeted(stage: Stage) -> None:
    stage.thread("How do I start?", author="mia", hours_ago=5)
    chat = on_chat(stage, "mia", 2)

    def answer(conn: Connection) -> None:
        id, at = sources.ensure(conn, "chat", "matrix"), Instant(stage.clock.now() - HOUR)
        team = Member("boss", Untrusted("boss"), staff=True)
        ingest.save(conn, id, Community(ZONE), at, [team, Post("cp-2", "r-mia", "boss", at, Untrusted("Hi!"))])

    stage.store._run(answer, True)
    assert await names(stage, Engage.GREET) == ["mia"]
    await merge(stage, account(stage, "m-mia"), chat)
    assert await names(stage, Engage.GREET) == []


async def test_a_colleague_with_a_private_account_is_no_newcomer(stage: Stage) -> None:
    stage.thread("How do I start?", author="mia", hours_ago=5)
    stage.save(Member("boss", Untrusted("boss"), staff=True))  # who has not written yet
    await merge(stage, account(stage, "m-mia"), account(stage, "boss"))
    assert await names(stage, Engage.GREET) == []


async def test_helpers_are_thanked_once_for_all_their_accounts(stage: Stage) -> None:
    for n in range(4):
        stage.thread(f"Question {n}", author=f"asker{n}", hours_ago=60)
        for who in ("noor", "noor2"):
            say(stage, f"t{n + 1}", who, ago(stage, 50 * HOUR - n))
    assert sorted(await names(stage, Engage.THANK)) == ["noor", "noor2"]
    await merge(stage, account(stage, "m-noor"), account(stage, "m-noor2"))
    row = await only(stage, Engage.THANK)
    await engaging(stage).send(row, "Thank you!")
    assert await names(stage, Engage.THANK) == []
    stage.clock.advance(MINUTE / 1000)
    await stage.services.journal.undo()
    await engaging(stage).snooze([row], Instant(stage.clock.now() + DAY))
    assert await names(stage, Engage.THANK) == []
    stage.clock.advance(25 * 3600)
    assert len(await names(stage, Engage.THANK)) == 1


# By keys


async def test_an_anniversary_is_of_the_person_and_of_the_account_that_joined_first(stage: Stage) -> None:
    jubilee(stage)
    say(stage, "t1", "leo2", ago(stage, DAY), joined=ago(stage, 365 * DAY - HOUR))
    assert sorted(await names(stage, Engage.ANNIVERSARY)) == ["leo", "leo2"]
    await merge(stage, account(stage, "m-leo"), account(stage, "m-leo2"))
    assert await names(stage, Engage.ANNIVERSARY) == ["leo"]


@both
async def test_an_anniversary_goes_privately_seen_first_and_z_brings_it_back(stage: Stage, size: str) -> None:
    jubilee(stage)
    async with stage.open(size, notices=True) as pilot:
        await press(pilot, "E")
        assert "✉" in text_of(pilot)
        if size == "120x40":
            assert "privately" in text_of(pilot) and "r shows the words before they go" in text_of(pilot)
        await press(pilot, "r")
        assert isinstance(pilot.app.screen, MessageScreen)
        assert pilot.app.screen.field.text.startswith("leo, you have been with us for 1 year")
        await press(pilot, *" Cake!", "escape")
        assert not actions(stage)
        await press(pilot, "enter", "ctrl+s")
        ((verb, to, text),) = actions(stage)
        assert (verb, to, str(text).endswith(" Cake!")) == ("message", "m-leo", True)
        assert "privately" in said(pilot)[-1] and "No anniversary" in text_of(pilot)
        await press(pilot, "z")
        assert not actions(stage) and "1 year here" in text_of(pilot)


@both
async def test_m_writes_privately_to_somebody_with_an_open_thread(stage: Stage, size: str) -> None:
    stage.thread("How do I start?", author="mia", hours_ago=5)
    async with stage.open(size, notices=True) as pilot:
        await press(pilot, "E")
        assert "✉" not in text_of(pilot)
        await press(pilot, "m", "ctrl+s")
        assert [action[0] for action in actions(stage)] == ["message"]
        assert "Every newcomer was greeted" in text_of(pilot)


async def test_where_words_can_go_nowhere_the_row_says_why(stage: Stage) -> None:
    jubilee(stage)
    able(stage, "forum", Verb.REPLY)
    async with stage.open("120x40", notices=True) as pilot:
        await press(pilot, "E")
        assert "∅" in text_of(pilot) and "no thread of theirs is open" in text_of(pilot)
        await press(pilot, "r")
        assert said(pilot)[-1].startswith("leo cannot be written to: no thread of theirs is open")
        await press(pilot, "m")
        assert said(pilot)[-1] == "a discourse source cannot write to members privately"
