"""A draft is forgotten when it is sent, and by nothing else; taken back, only what was written by hand is one again."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from textual.timer import Timer
from textual.widgets import TextArea

from cm_console.model.engaging import Engage
from cm_console.model.feedback import Answer
from cm_console.model.inbox import Then
from cm_console.model.templates import Macro, SavedReply
from cm_console.model.text import Safe
from cm_console.screens import keeping
from cm_console.services.feedback import FeedbackService
from cm_console.services.joined import JoinedService
from cm_console.services.journal import JournalService
from cm_console.services.outbox import OutboxService
from cm_console.services.writing import WritingService
from tests.screens.stage import Shelf, Stage, press, said, strike, text_of
from tests.screens.test_engage import engaging
from tests.screens.test_engage_privately import jubilee, only
from tests.screens.test_inbox import sql
from tests.screens.test_messaging import actions

REPLIES = (SavedReply("logs", "Logs", "Please add logs.", ("needs-info",)),)
MACROS = (Macro("wait", "w", "Ask for logs", "logs", status="waiting"),)


@pytest.fixture
def two(stage: Stage) -> Stage:
    """Two threads and a macro that answers."""
    service = WritingService(stage.services.inbox._desk, Shelf(REPLIES, MACROS), "Bikes Meta", ("ann", "bob"))
    stage.services = replace(stage.services, writing=service)
    stage.thread("Brakes squeal", "They squeal.", hours_ago=20)
    stage.thread("Brakes squeal too", "They squeal so.", author="leo", hours_ago=10)
    return stage


def drafts(stage: Stage) -> list[tuple[str, str]]:
    """All of them."""
    return sql(stage, "SELECT key, body FROM draft ORDER BY key")


async def test_a_macro_leaves_an_unsent_draft_alone(two: Stage) -> None:
    async with two.open() as pilot:
        await press(pilot, "r", *"Half", "escape", "m", "w")
        assert sql(two, "SELECT thread_id FROM action") == [(1,)]
        assert drafts(two) == [("reply:1", "Half")]
        await press(pilot, "z")
        assert drafts(two) == [("reply:1", "Half")]


async def test_the_words_of_a_macro_are_no_draft_when_they_are_taken_back(two: Stage) -> None:
    async with two.open() as pilot:
        await press(pilot, "*", "m", "w", "z")
        assert sql(two, "SELECT DISTINCT state FROM action") == [("cancelled",)] and not drafts(two)
    await two.services.writing.run_macro(MACROS[0], [1])  # type: ignore[union-attr]  # it is there
    ((id,),) = sql(two, "SELECT id FROM action WHERE state = 'queued'")
    assert await OutboxService(two.services.inbox._desk).cancel(str(id)) == "“macro” is undone with it."
    assert not drafts(two)


async def test_words_of_a_macro_changed_by_hand_are_a_draft_when_they_are_taken_back(two: Stage) -> None:
    two.thread("Gears @everyone", "Hm?", author="zoe", hours_ago=30)
    macro, reply = Macro("say", "s", "Say", "say"), SavedReply("say", "Say", "On {title}")
    shelf = Shelf((reply,), (macro,))
    two.services = replace(two.services, writing=WritingService(two.services.inbox._desk, shelf, "Bikes Meta"))
    async with two.open() as pilot:
        await press(pilot, "m", "s", *"!", "ctrl+s", "s")
        assert sql(two, "SELECT thread_id FROM action") == [(3,)] and not drafts(two)
        await press(pilot, "z")
        assert drafts(two) == [("reply:3", "On Gears @everyone!")]


async def test_a_draft_that_is_sent_one_by_one_is_forgotten(two: Stage) -> None:
    two.thread("Gears @everyone", "Hm?", author="zoe", hours_ago=30)
    macro, reply = Macro("say", "s", "Say", "say"), SavedReply("say", "Say", "On {title}")
    shelf = Shelf((reply,), (macro,))
    two.services = replace(two.services, writing=WritingService(two.services.inbox._desk, shelf, "Bikes Meta"))
    await two.services.inbox.save_draft("reply:3", "Begun")
    async with two.open() as pilot:
        await press(pilot, "m", "s", "ctrl+s")
        assert sql(two, "SELECT payload ->> 'text' FROM action") == [("Begun\n\nOn Gears @everyone",)]
        assert not drafts(two)


async def test_what_another_writes_meanwhile_is_not_forgotten_with_an_answer(two: Stage) -> None:
    inbox, writing = two.services.inbox, two.services.writing
    assert writing is not None
    await inbox.save_draft("reply:1", "Half of something else")
    await inbox.reply(1, "Short answer")
    await writing.send(1, "Another")
    assert drafts(two) == [("reply:1", "Half of something else")]
    await inbox.reply(1, " Half of something else ")
    assert not drafts(two)


async def test_the_other_threads_of_an_inquiry_keep_their_drafts(two: Stage) -> None:
    await two.services.inbox.save_draft("reply:2", "For leo")
    async with two.open() as pilot:
        await press(pilot, "*", "M", "1", "g", "g", "r", *"Oil.", "ctrl+s", "e")
        assert sql(two, "SELECT thread_id FROM action ORDER BY seq") == [(1,), (2,)]
        assert drafts(two) == [("reply:2", "For leo")]
        await press(pilot, "z")
        assert drafts(two) == [("reply:1", "Oil."), ("reply:2", "For leo")]


async def test_what_was_copied_into_other_threads_is_no_draft_there(two: Stage) -> None:
    desk = two.services.inbox._desk
    await two.services.inbox.save_draft("reply:2", "Oil.")
    await JoinedService(desk).reply_each([2, 1], "Oil.", Then.WAIT, written_in=2)
    assert not drafts(two)
    await JournalService(desk).undo()
    assert drafts(two) == [("reply:2", "Oil.")]


async def test_answers_to_feedback_are_no_drafts_when_they_are_taken_back(two: Stage) -> None:
    desk = two.services.inbox._desk
    await two.services.inbox.save_draft("reply:2", "For leo")
    answers = [Answer(id, Safe("t"), "forum", (Safe("mia"),), (), "It is fixed.", "") for id in (1, 2)]
    assert await FeedbackService(desk).answer("fixed", answers) == 2
    await JournalService(desk).undo()
    assert drafts(two) == [("reply:2", "For leo")]


async def test_an_answer_to_feedback_written_by_hand_is_a_draft_when_it_is_taken_back(two: Stage) -> None:
    feedback = two.services.feedback
    assert feedback is not None
    await feedback.mark([1], "brakes")
    await feedback.mark([2], "brakes")
    async with two.open() as pilot:
        await press(pilot, "F", "a", *"fixed", "enter", "ctrl+s", "e", *" Bye.", "ctrl+s", "ctrl+s")
        ((first,), _) = sql(two, "SELECT payload ->> 'text' FROM action ORDER BY seq")
        assert first.endswith(" Bye.") and not drafts(two)
        await press(pilot, "z")
        assert [(key, str(text)[-5:]) for key, text in drafts(two)] == [("reply:2", " Bye.")]
        await press(pilot, "a", *"fixed", "enter", "ctrl+s", "e", "ctrl+s", "ctrl+s", "z")
        assert len(drafts(two)) == 1, "nothing was changed: it is what all others get"


@pytest.mark.parametrize("ends", [("escape",), ("up", "space", "ctrl+s")])
async def test_what_was_written_by_hand_and_is_not_sent_is_a_draft(two: Stage, ends: tuple[str, ...]) -> None:
    feedback = two.services.feedback
    assert feedback is not None
    await feedback.mark([1], "brakes")
    await feedback.mark([2], "brakes")
    await two.services.inbox.save_draft("reply:2", "Begun.")
    async with two.open(notices=True) as pilot:
        await press(pilot, "F", "a", *"fixed", "enter", "ctrl+s", "e", *" Bye.", "ctrl+s", *ends)
        ((key, text),) = drafts(two)
        assert key == "reply:2" and text.startswith("Begun.\n\nHello leo") and text.endswith(" Bye.")
        assert said(pilot)[-1].endswith("What you wrote is a draft: D lists it.")
        assert len(sql(two, "SELECT 1 FROM action")) == len(ends) // 2


async def test_what_was_written_by_hand_and_is_sent_leaves_what_was_begun(two: Stage) -> None:
    feedback = two.services.feedback
    assert feedback is not None
    await feedback.mark([2], "brakes")
    await two.services.inbox.save_draft("reply:2", "Begun.")
    async with two.open() as pilot:
        await press(pilot, "F", "a", *"fixed", "enter", "ctrl+s", "e", *" Bye.", "ctrl+s", "ctrl+s")
        assert len(sql(two, "SELECT 1 FROM action")) == 1 and drafts(two) == [("reply:2", "Begun.")]


async def test_a_text_for_all_is_not_thrown_away_unasked(two: Stage) -> None:
    feedback = two.services.feedback
    assert feedback is not None
    await feedback.mark([1], "brakes")
    async with two.open() as pilot:
        await press(pilot, "F", "a", *"fixed", "enter", *" Bye.", "escape")
        assert "Close without taking it?" in text_of(pilot)
        await press(pilot, "n", *"Yes", "escape", "escape")
        assert pilot.app.screen.query_one(TextArea).text.endswith(" Bye.Yes")
        await press(pilot, "escape", "y")
        assert not pilot.app.screen.is_modal
        await press(pilot, "a", *"fixed", "enter", "escape")
        assert not pilot.app.screen.is_modal, "nothing was written"


async def test_a_doubtful_answer_to_feedback_changed_by_hand_is_a_draft_too(two: Stage) -> None:
    two.thread("Gears @everyone", "Hm?", author="zoe", hours_ago=30)
    feedback = two.services.feedback
    assert feedback is not None
    await feedback.mark([3], "gears")
    async with two.open() as pilot:
        await press(pilot, "F", "a", *"fixed", "enter", "ctrl+s", "ctrl+s", *" Bye.", "ctrl+s", "s")
        assert len(sql(two, "SELECT 1 FROM action")) == 1 and not drafts(two)
        await press(pilot, "z")
        assert [key for key, _ in drafts(two)] == ["reply:3"]


async def test_an_engage_message_leaves_the_draft_to_the_same_member_alone(stage: Stage) -> None:
    jubilee(stage)
    row = await only(stage, Engage.ANNIVERSARY)
    key = f"message:{row.to_id}"
    await stage.services.inbox.save_draft(key, "Hello leo, would you")
    await engaging(stage).send(row, "A year, leo!")
    assert drafts(stage) == [(key, "Hello leo, would you")]
    await stage.services.inbox.save_draft(key, "")
    await stage.services.journal.undo()
    assert actions(stage) == [] and drafts(stage) == [(f"engage:{row.id}", "A year, leo!")]
    await engaging(stage).send(row, " A year, leo!")
    assert not drafts(stage)


async def test_the_words_of_a_template_are_no_draft_when_they_are_taken_back(stage: Stage) -> None:
    jubilee(stage)
    row = await only(stage, Engage.ANNIVERSARY)
    words, _ = await engaging(stage).words(row)
    await engaging(stage).send(row, words)
    await stage.services.journal.undo()
    assert actions(stage) == [] and not drafts(stage)


async def test_a_draft_is_thrown_away_in_the_list_of_drafts_after_a_question(two: Stage) -> None:
    inbox = two.services.inbox
    await inbox.save_draft("reply:1", "One")
    await inbox.save_draft("note:2", "Two")
    async with two.open("80x24", notices=True) as pilot:
        await press(pilot, "D")
        assert "x throws it away" in text_of(pilot) and "note on Brakes squeal too: Two" in text_of(pilot)
        await press(pilot, "down", "x")
        assert "Throw this draft away?" in text_of(pilot)
        await press(pilot, "enter")
        assert len(drafts(two)) == 2
        newest, older = await two.services.writing.drafts()  # type: ignore[union-attr]  # it is there
        await press(pilot, "down", "x", "y")
        assert drafts(two) == [(newest.key, newest.text)] and older.text not in dict(drafts(two)).values()
        await press(pilot, "x", "y")
        assert not drafts(two) and said(pilot)[-1] == "Nothing was begun."


async def test_of_many_drafts_an_older_one_is_thrown_away(two: Stage) -> None:
    for n in range(10):
        two.thread(f"More {n}", "Hm?", author=f"m{n}", hours_ago=5)
        await two.services.inbox.save_draft(f"reply:{n + 3}", f"words {n}")
    listed = await two.services.writing.drafts()  # type: ignore[union-attr]  # it is there
    async with two.open() as pilot:
        await press(pilot, "D", "m", "x", "y")
        assert listed[-1].key not in dict(drafts(two)) and len(drafts(two)) == 9


@pytest.mark.parametrize("key", ["r", "n"])
async def test_ctrl_n_throws_away_what_stands_in_the_composer_after_a_question(two: Stage, key: str) -> None:
    async with two.open(notices=True) as pilot:
        await press(pilot, key, *"Half", "ctrl+n")
        assert "Throw this away?" in text_of(pilot)
        await press(pilot, "n")
        assert pilot.app.screen.query_one(TextArea).text == "Half"
        await press(pilot, "ctrl+n", "y")
        assert not drafts(two) and not isinstance(pilot.app.focused, TextArea)
        await press(pilot, key, "ctrl+n")
        assert not drafts(two) and not isinstance(pilot.app.focused, TextArea)


async def test_whoever_types_on_and_on_loses_at_most_a_second(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """A minute of fluent typing was on no disk, as each key put off the keeping."""
    stage.thread("How to oil a chain?", "How?")
    now = 0.0
    monkeypatch.setattr(keeping, "monotonic", lambda: now)
    async with stage.open() as pilot:
        await press(pilot, "r")
        started: list[float] = []
        set_timer = pilot.app.screen.set_timer

        def counted(delay: float, callback: Any = None, **options: Any) -> Timer:
            started.append(now)
            return set_timer(delay, callback, **options)

        monkeypatch.setattr(pilot.app.screen, "set_timer", counted)
        for letter in "Drip it and w":
            strike(pilot, "space" if letter == " " else letter)
            await pilot.pause()
            now += 0.1
        assert started and max(started) <= keeping.LATEST + 0.1, "later keys put it off no more"


async def test_what_is_dropped_before_sending_is_asked_about_like_all_that_is_thrown_away(stage: Stage) -> None:
    stage.thread("How to oil a chain?", "How?")
    async with stage.open() as pilot:
        await press(pilot, "r", *"hello @everyone", "ctrl+s")
        assert "Before members read it" in text_of(pilot)
        await press(pilot, "d")
        assert "Throw this away?" in text_of(pilot)
        await press(pilot, "escape")
        assert "hello @everyone" in text_of(pilot)
        await press(pilot, "escape", "escape")
    assert await stage.services.inbox.draft("reply:1") == "hello @everyone"
