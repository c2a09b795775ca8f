"""Engage first: who is listed and why, what leaves only after being seen, and how it is taken back, at both sizes."""

from __future__ import annotations

import asyncio
from datetime import date

import pytest
from textual.widgets import TextArea

from cm_console.model.action import Verb
from cm_console.model.engaging import Engage, EngageRow, Starter
from cm_console.model.records import Member, Post
from cm_console.model.text import Untrusted
from cm_console.model.time import DAY, HOUR, MINUTE, Instant, day_of
from cm_console.services.desk import Impossible
from cm_console.services.engaging import EngagingService
from cm_console.store import outbox
from cm_console.store.sqlite import Connection
from tests.screens.stage import ZONE, Stage, idle, press, said, strike, text_of

both = pytest.mark.parametrize("size", ["80x24", "120x40"])


def engaging(stage: Stage) -> EngagingService:
    assert stage.services.engaging is not None
    return stage.services.engaging


def ago(stage: Stage, milliseconds: int) -> Instant:
    return Instant(stage.clock.now() - milliseconds)


def say(stage: Stage, thread: str, who: str, at: int, *, joined: int | None = None, staff: bool = False) -> str:
    """A post in a thread that is there; returns its id."""
    id = f"q-{thread}-{who}-{at}"
    member = Member(f"m-{who}", Untrusted(who), joined_at=None if joined is None else Instant(joined), staff=staff)
    stage.save(member, Post(id, thread, member.id, Instant(at), Untrusted("words")))
    return id


async def names(stage: Stage, view: Engage) -> list[str]:
    return [str(row.member) for row in await engaging(stage).rows(view)]


async def test_newcomers_are_listed_until_a_colleague_wrote_to_them(stage: Stage) -> None:
    stage.thread("How do I start?", author="mia", hours_ago=5)
    stage.thread("Old hand", author="kim", hours_ago=24 * 40)
    stage.thread("Old hand again", author="kim", hours_ago=2)
    say(stage, "t3", "zed", ago(stage, HOUR))  # first words in somebody else's thread
    assert await names(stage, Engage.GREET) == ["zed", "mia"]
    rows = await engaging(stage).rows(Engage.GREET)
    assert [row.why for row in rows] == ["first words", "began a thread"]
    say(stage, "t1", "ann", ago(stage, 4 * HOUR), staff=True)
    assert await names(stage, Engage.GREET) == ["zed"]


async def test_a_first_post_that_is_a_case_is_for_the_moderators(stage: Stage) -> None:
    stage.thread("Buy followers", author="spam", hours_ago=5)
    await stage.services.moderation.flag(1, None, "spam")
    assert await names(stage, Engage.GREET) == []


@pytest.mark.parametrize(("days", "listed"), [(365, True), (366 + 365, True), (4 * 365 + 1, False), (359, False)])
async def test_anniversaries_of_whom_wrote_lately(stage: Stage, days: int, listed: bool) -> None:
    stage.thread("Talk", author="kim", hours_ago=24 * 30)
    joined = ago(stage, days * DAY)
    say(stage, "t1", "leo", ago(stage, DAY), joined=joined)
    say(stage, "t1", "old", ago(stage, 100 * DAY), joined=joined)  # silent for too long
    assert await names(stage, Engage.ANNIVERSARY) == (["leo"] if listed else [])


async def test_anniversary_says_how_many_years(stage: Stage) -> None:
    stage.thread("Talk", author="kim", hours_ago=24 * 30)
    say(stage, "t1", "leo", ago(stage, DAY), joined=ago(stage, (2 * 365 + 1) * DAY))
    (row,) = await engaging(stage).rows(Engage.ANNIVERSARY)
    words, missing = await engaging(stage).words(row)
    assert words.startswith("leo, you have been with us for 2 years")
    assert not missing


async def test_unanswered_after_some_hours(stage: Stage) -> None:
    stage.thread("Long ago", author="mia", hours_ago=30)
    stage.thread("Just now", author="leo", hours_ago=3)
    stage.thread("Heard", author="zed", hours_ago=40)
    say(stage, "t3", "kim", ago(stage, HOUR))
    (row,) = await engaging(stage).rows(Engage.UNANSWERED)
    assert (str(row.title), row.number) == ("Long ago", "1")
    await engaging(stage).send(row, "Is it still open?")
    assert await names(stage, Engage.UNANSWERED) == []  # its reply is on its way


async def test_helpers_are_thanked_once_for_what_they_did(stage: Stage) -> None:
    for n in range(4):
        stage.thread(f"Question {n}", author=f"asker{n}", hours_ago=60)
        say(stage, f"t{n + 1}", "noor", ago(stage, 50 * HOUR - n))
    stage.thread("By the team", author="asker0", hours_ago=60)
    say(stage, "t5", "kim", ago(stage, HOUR))  # one answer is kind, and not yet a list
    (row,) = await engaging(stage).rows(Engage.THANK)
    assert (str(row.member), row.detail) == ("noor", "4 answers")
    await engaging(stage).send(row, "Thank you!")
    assert await names(stage, Engage.THANK) == []
    for n in range(4):
        stage.clock.advance(MINUTE / 1000)
        say(stage, f"t{n + 1}", "noor", stage.clock.now())
    assert await names(stage, Engage.THANK) == ["noor"]  # for what came since


async def test_nobody_is_greeted_twice(stage: Stage) -> None:
    stage.thread("How do I start?", author="mia", hours_ago=5)
    (row,) = await engaging(stage).rows(Engage.GREET)
    await engaging(stage).send(row, "Welcome!")
    with pytest.raises(Impossible, match="a colleague was faster"):
        await engaging(stage).send(row, "Welcome!")


async def test_a_place_nobody_filled_in_is_not_sent(stage: Stage) -> None:
    stage.thread("How do I start?", author="mia", hours_ago=5)
    (row,) = await engaging(stage).rows(Engage.GREET)
    with pytest.raises(Impossible, match=r"fill in \{member\} first"):
        await engaging(stage).send(row, "Welcome, {member}!")


async def test_answers_go_to_the_words_of_who_is_meant(stage: Stage) -> None:
    stage.thread("Introduce yourself", author="kim", hours_ago=24 * 40)
    post = say(stage, "t1", "zed", ago(stage, HOUR))
    (row,) = await engaging(stage).rows(Engage.GREET)
    id = await engaging(stage).send(row, "Welcome!")
    action = stage.store.read_now(lambda conn: outbox.load(conn, id))
    assert (action.verb, action.reply_to) == (Verb.REPLY, post)


async def test_a_greeting_leaves_the_question_open(stage: Stage) -> None:
    stage.thread("How do I start?", author="mia", hours_ago=5)
    (row,) = await engaging(stage).rows(Engage.GREET)
    await engaging(stage).send(row, "Welcome!")
    card = await stage.services.inbox.thread(1)
    assert card is not None
    assert card.row.status.name == "OPEN"


async def test_starters_go_to_the_next_free_day_the_unused_first(stage: Stage) -> None:
    service = EngagingService(stage.services.journal._desk, ZONE, None, (Starter("One", "1?"), Starter("Two", "2?")))
    today = day_of(stage.clock.now(), ZONE)
    _, first = await service.start("one")
    _, second = await service.start("two")
    assert [(first - today).days, (second - today).days] == [1, 2]
    assert [row.number for row in await service.rows(Engage.STARTERS)] == ["one", "two"]
    stage.clock.advance(3 * 86_400)
    await service.start("one")
    assert [row.number for row in await service.rows(Engage.STARTERS)] == ["two", "one"]
    await stage.services.journal.undo()
    assert [row.number for row in await service.rows(Engage.STARTERS)] == ["one", "two"]


def test_a_season_is_a_season() -> None:
    winter = Starter("Frost", "How cold?", months=(12, 1))
    assert winter.fits(date(2026, 12, 5))
    assert not winter.fits(date(2026, 7, 5))


@both
async def test_the_greeting_is_seen_before_it_leaves_and_undone_with_its_mark(stage: Stage, size: str) -> None:
    stage.thread("How do I start?", author="mia", hours_ago=5)
    async with stage.open(size) as pilot:
        assert "E 1 to greet" in text_of(pilot)
        await press(pilot, "E")
        assert "Engage 1/5" in text_of(pilot)
        await press(pilot, "r")
        assert pilot.app.screen.query_one("#editor", TextArea).text.startswith("Welcome, mia!")
        await press(pilot, "escape")
        assert waiting(stage) == []
        await press(pilot, "enter", "ctrl+s")
        assert waiting(stage) == ["reply"]
        assert "Every newcomer was greeted." in text_of(pilot)
        await press(pilot, "z")
        assert waiting(stage) == []
        assert "began a thread" in text_of(pilot)
        await press(pilot, "v")
        assert len(pilot.app.screen_stack) == 1


@both
async def test_pass_over_and_put_off_are_decisions(stage: Stage, size: str) -> None:
    stage.thread("How do I start?", author="mia", hours_ago=5)
    stage.thread("Hello all", author="leo", hours_ago=4)
    async with stage.open(size, notices=True) as pilot:
        await press(pilot, "E", "e")
        assert [str(row.member) for row in await engaging(stage).rows(Engage.GREET)] == ["mia"]
        await press(pilot, "b", "t")
        assert await names(stage, Engage.GREET) == []
        await press(pilot, "z")
        assert await names(stage, Engage.GREET) == ["mia"]
        await press(pilot, "z")
        assert await names(stage, Engage.GREET) == ["leo", "mia"]
        await press(pilot, "b", "1")
        stage.clock.advance(3 * 3600)
        assert await names(stage, Engage.GREET) == ["leo", "mia"]
        assert said(pilot)


@both
async def test_a_starter_becomes_a_draft_of_the_calendar(stage: Stage, size: str) -> None:
    async with stage.open(size, notices=True) as pilot:
        await press(pilot, "E", "[", "c")
        assert "is a draft in the calendar" in said(pilot)[-1]
        assert "used" in text_of(pilot)
    assert stage.store.read_now(lambda conn: conn.execute("SELECT title, state FROM entry").fetchall()) == [
        ("Introduce yourself", "draft")
    ]


def waiting(stage: Stage) -> list[str]:
    def query(conn: Connection) -> list[str]:
        return [verb for (verb,) in conn.execute("SELECT verb FROM action WHERE state = 'queued'")]

    return stage.store.read_now(query)


async def test_the_key_line_shows_what_does_something_in_this_list(stage: Stage) -> None:
    stage.thread("How do I start?", author="mia", hours_ago=5)
    async with stage.open("120x40") as pilot:
        await press(pilot, "E")
        keys = text_of(pilot).splitlines()[-1]
        assert "r write" in keys and "w who" in keys and "v thread" in keys and "into calendar" not in keys
        await press(pilot, "[")
        keys = text_of(pilot).splitlines()[-1]
        assert "c into calendar" in keys and "e not this one" in keys
        assert not {"write", "privately", "who", "thread"} & set(keys.split())


async def test_a_starter_is_planned_once_and_the_cursor_goes_on(stage: Stage) -> None:
    async with stage.open("120x40") as pilot:
        await press(pilot, "E", "[")
        first, second = (await engaging(stage).rows(Engage.STARTERS))[:2]
        strike(pilot, "c")
        await press(pilot, "c")
        assert {said(pilot)[n].partition("”")[0] for n in (-1, -2)} == {f"“{first.title}", f"“{second.title}"}
        with pytest.raises(Impossible, match=f"“{first.title}” is in the calendar already: "):
            await engaging(stage).start(first.number)
        await stage.services.journal.undo()
        await stage.services.journal.undo()
        await engaging(stage).start(first.number)


async def test_a_list_left_while_it_is_read_again_is_no_fault(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    stage.thread("How do I start?", author="mia", hours_ago=5)
    service, reads, left = engaging(stage), asyncio.Event(), asyncio.Event()
    rows = service.rows

    async def slow(view: Engage) -> list[EngageRow]:
        reads.set()
        await left.wait()
        return await rows(view)

    async with stage.open() as pilot:
        await press(pilot, "E")
        monkeypatch.setattr(service, "rows", slow)
        stage.services.changes.add(["inbox"])
        await reads.wait()
        monkeypatch.undo()
        strike(pilot, "escape")
        while len(pilot.app.screen_stack) > 1:  # noqa: ASYNC110 - a screen that goes sets nothing
            await asyncio.sleep(0)
        left.set()
        await idle(pilot)
        assert pilot.app.is_running and len(pilot.app.screen_stack) == 1
