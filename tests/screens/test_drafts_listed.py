"""The list of drafts has all that was begun, wherever: in engage first, in a hand-over, in a question to a helper."""

from __future__ import annotations

from asyncio import sleep, timeout

import pytest
from textual.widgets import Input, TextArea

from cm_console.model.engaging import Engage
from cm_console.screens.compose import ComposeScreen
from cm_console.screens.kept_words import AskKept
from cm_console.screens.messaging import MessageScreen
from cm_console.services.handover import HandoverService
from cm_console.services.privacy import PrivacyService
from tests.screens.stage import Stage, press, said, text_of
from tests.screens.test_drafts_kept import drafts
from tests.screens.test_engage import engaging
from tests.screens.test_engage_privately import able, jubilee, only
from tests.screens.test_inbox import sql
from tests.screens.test_messaging import actions

both = pytest.mark.parametrize("size", ["80x24", "120x40"])


def typed(pilot: object) -> str:
    """What stands in the composer."""
    return str(pilot.app.screen.query_one(TextArea).text)  # type: ignore[attr-defined]  # a pilot


# Hand-overs


async def test_a_hand_over_note_is_on_disk_while_it_is_typed(stage: Stage) -> None:
    stage.thread("Help")
    async with stage.open() as pilot:
        await press(pilot, "h", "1", *"They called twi")
        async with timeout(5):
            while drafts(stage) != [("handover:1", "They called twi")]:  # noqa: ASYNC110 - a timer sets no event
                await sleep(0.001)
        assert isinstance(pilot.app.screen, AskKept), "the question is still open"


@both
async def test_a_hand_over_is_gone_on_with_after_a_restart(stage: Stage, size: str) -> None:
    stage.thread("Help")
    await stage.services.inbox.save_draft("handover:1", "They called")
    async with stage.open(size) as pilot:
        await press(pilot, "D")
        assert "hand-over of Help: They called" in text_of(pilot)
        await press(pilot, "1", "1")
        assert pilot.app.screen.query_one(Input).value == "They called"
        await press(pilot, *" twice", "enter")
        assert sql(stage, "SELECT body FROM note") == [("@bob They called twice",)] and not drafts(stage)


async def test_a_note_is_forgotten_when_it_left_and_by_nothing_else(stage: Stage) -> None:
    stage.thread("Help")
    service: HandoverService | None = stage.services.handover
    assert service is not None
    async with stage.open() as pilot:
        await press(pilot, "h", "a", *"Look", "enter", "escape")
        assert drafts(stage) == [("handover:1", "Look")]
        await service.to_colleague([1], "bob", "something else")
        assert drafts(stage) == [("handover:1", "Look")]
        await press(pilot, "h", "a", "enter", "y")
        assert not drafts(stage) and len(sql(stage, "SELECT 1 FROM action")) == 1
        await press(pilot, "h", "a", *"x", "backspace", "escape")
        assert not drafts(stage), "nothing stands there"


async def test_who_is_forgotten_is_forgotten_in_a_note_that_was_begun(stage: Stage) -> None:
    stage.thread("Help", author="mia")
    stage.thread("Other", author="leo")
    for key in ("handover:1", "handover:2", "ask:2:member:1", "engage:greet:member:1"):
        await stage.services.inbox.save_draft(key, "mia lives in Nutley Lane")
    privacy: PrivacyService | None = stage.services.privacy
    assert privacy is not None
    await privacy.forget(1)
    assert [key for key, _ in drafts(stage)] == ["handover:2"]


# Engage first


@both
async def test_a_greeting_that_was_begun_is_gone_on_with_in_its_thread(stage: Stage, size: str) -> None:
    stage.thread("Help", author="mia", hours_ago=30)
    row = await only(stage, Engage.UNANSWERED)
    async with stage.open(size, notices=True) as pilot:
        await stage.services.inbox.save_draft(f"engage:{row.id}", "Is it still open")
        await press(pilot, "D")
        assert "answer to Help: Is it still open" in text_of(pilot)
        await press(pilot, "1")
        assert isinstance(pilot.app.screen, ComposeScreen) and typed(pilot) == "Is it still open"
        await press(pilot, "?", "escape")
        assert drafts(stage) == [("engage:unanswered:thread:1", "Is it still open?")]
        await press(pilot, "D", "1", "ctrl+s")
        assert [text for (text,) in sql(stage, "SELECT payload ->> 'text' FROM action")] == ["Is it still open?"]
        assert not drafts(stage) and not await engaging(stage).rows(Engage.UNANSWERED), "it is the decision on the row"
        await press(pilot, "z")
        assert drafts(stage) == [("engage:unanswered:thread:1", "Is it still open?")]


@both
async def test_a_congratulation_that_was_begun_is_gone_on_with_privately(stage: Stage, size: str) -> None:
    jubilee(stage)
    row = await only(stage, Engage.ANNIVERSARY)
    async with stage.open(size) as pilot:
        await press(pilot, "E", "r", *" Yes", "escape", "escape", "D")
        assert "congratulation to leo: " in text_of(pilot)
        await press(pilot, "1")
        assert isinstance(pilot.app.screen, MessageScreen) and typed(pilot).endswith(" Yes")
        await press(pilot, "ctrl+s")
        assert [verb for verb, *_ in actions(stage)] == ["message"] and not drafts(stage)
        assert row.id not in [each.id for each in await engaging(stage).rows(Engage.ANNIVERSARY)]


async def test_a_draft_of_engage_is_thrown_away_after_a_question(stage: Stage) -> None:
    jubilee(stage)
    row = await only(stage, Engage.ANNIVERSARY)
    await stage.services.inbox.save_draft(f"engage:{row.id}", "A year!")
    async with stage.open() as pilot:
        await press(pilot, "D", "x", "enter")
        assert len(drafts(stage)) == 1
        await press(pilot, "x", "y")
        assert not drafts(stage)


async def test_once_its_row_is_gone_the_words_are_a_reply_or_a_message_of_their_own(stage: Stage) -> None:
    jubilee(stage)
    stage.thread("Help", author="mia", hours_ago=30)
    for view in (Engage.UNANSWERED, Engage.ANNIVERSARY):
        row = next(
            each for each in await engaging(stage).rows(view) if each.number in ("2", "1") or each.member == "leo"
        )
        await stage.services.inbox.save_draft(f"engage:{row.id}", f"Words for {view}")
        await engaging(stage).pass_over([row])
        stage.clock.advance(60)
    async with stage.open(notices=True) as pilot:
        await press(pilot, "D", "1")
        assert type(pilot.app.screen) is MessageScreen and typed(pilot) == "Words for anniversary"
        assert "your words are a draft of their own now" in said(pilot)[-1]
        await press(pilot, "escape", "D", "2")
        assert type(pilot.app.screen) is ComposeScreen and typed(pilot) == "Words for unanswered"
        await press(pilot, "escape")
        assert [key.partition(":")[0] for key, _ in drafts(stage)] == ["message", "reply"]


async def test_where_nothing_can_be_written_the_draft_stays(stage: Stage) -> None:
    jubilee(stage)
    row = await only(stage, Engage.ANNIVERSARY)
    await stage.services.inbox.save_draft(f"engage:{row.id}", "A year!")
    able(stage, "forum")
    async with stage.open(notices=True) as pilot:
        await press(pilot, "D", "1")
        assert "cannot be written to" in said(pilot)[-1] and len(drafts(stage)) == 1
        await engaging(stage).pass_over([row])
        await press(pilot, "D", "1")
        assert "cannot write to members privately" in said(pilot)[-1] and len(drafts(stage)) == 1


# Questions to helpers


async def test_a_question_to_a_helper_is_gone_on_with_and_says_so_in_the_thread(stage: Stage) -> None:
    stage.thread("Help", author="mia")
    stage.thread("Other", author="leo")
    await stage.services.inbox.save_draft("ask:1:member:2", "Hi leo, could")
    async with stage.open() as pilot:
        await press(pilot, "D")
        assert "to leo, about Help: Hi leo, could" in text_of(pilot)
        await press(pilot, "1", *" you?", "ctrl+s")
        assert actions(stage) == [("message", "m-leo", "Hi leo, could you?")] and not drafts(stage)
        assert "was asked privately" in str(sql(stage, "SELECT body FROM note WHERE item = 'thread:1'"))
