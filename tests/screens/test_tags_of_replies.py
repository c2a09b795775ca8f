"""A saved reply puts its tags on the thread it answers, wherever it is chosen, and one undo takes both back."""

from __future__ import annotations

from dataclasses import replace

import pytest

from cm_console.model.time import DAY, HOUR, Instant
from cm_console.services.feedback import FeedbackService
from cm_console.services.writing import WritingService
from tests.screens.cases import case, rules
from tests.screens.stage import Shelf, Stage, press, said
from tests.screens.test_drafts_kept import MACROS, REPLIES
from tests.screens.test_inbox import sql

SAVED = ("ctrl+r", "enter")


@pytest.fixture
def stage(stage: Stage) -> Stage:
    """A saved reply with a tag."""
    shelf = Shelf((replace(REPLIES[0], tags=("Needs-Info", "#two words")),), MACROS)
    stage.services = replace(stage.services, writing=WritingService(stage.services.inbox._desk, shelf, "Bikes Meta"))
    return stage


def tags(stage: Stage) -> list[str]:
    """On any thread."""
    return [str(tag) for (tag,) in sql(stage, "SELECT tag FROM tag ORDER BY tag")]


ALL = ["needs-info", "two", "words"]


async def undone(stage: Stage) -> bool:
    """Whether one undo took back both."""
    assert tags(stage) == ALL and sql(stage, "SELECT state FROM action") == [("queued",)]
    await stage.services.journal.undo()
    return not tags(stage) and sql(stage, "SELECT state FROM action") == [("cancelled",)]


async def test_in_the_inbox(stage: Stage) -> None:
    stage.thread("Brakes squeal")
    async with stage.open() as pilot:
        await press(pilot, "r", *SAVED, "ctrl+s")
    assert await undone(stage)


async def test_in_moderation(stage: Stage) -> None:
    rules(stage)
    case(stage, "buy this", "spam")
    async with stage.open() as pilot:
        await press(pilot, "2", "r", *SAVED, "ctrl+s")
    assert await undone(stage)


async def test_in_the_members_also_for_later(stage: Stage) -> None:
    stage.thread("Brakes squeal")
    assert stage.services.directory is not None
    await stage.services.directory.look_again()
    async with stage.open() as pilot:
        await press(pilot, "5", "r", *SAVED, "ctrl+t", "1")
        assert sql(stage, "SELECT planned_at IS NOT NULL FROM action") == [(1,)]
    assert await undone(stage)


async def test_in_engage_first(stage: Stage) -> None:
    stage.thread("Brakes squeal", hours_ago=30)
    stage.store._run(lambda conn: conn.execute("UPDATE member SET first_post_at = ?", (stage.clock.now() - DAY,)), True)
    async with stage.open() as pilot:
        await press(pilot, "E", "r", *SAVED, "ctrl+s")
    assert await undone(stage)


async def test_in_engage_first_for_later(stage: Stage) -> None:
    stage.thread("Brakes squeal", hours_ago=30)
    async with stage.open(notices=True) as pilot:
        await press(pilot, "E", "r", *SAVED, "ctrl+t", "1")
        assert said(pilot)[-1].startswith("It goes out ")
        assert sql(stage, "SELECT planned_at - ? FROM action".replace("?", str(stage.clock.now()))) == [(HOUR,)]
    assert await undone(stage)


async def test_in_a_planned_reply_that_is_edited(stage: Stage) -> None:
    stage.thread("Brakes squeal")
    assert stage.services.writing is not None
    await stage.services.writing.send(1, "Oil them.", at=Instant(stage.clock.now() + HOUR))
    async with stage.open() as pilot:
        await press(pilot, "O", "e", *SAVED, "ctrl+s")
        assert tags(stage) == ALL
        await press(pilot, "z")
        assert not tags(stage) and sql(stage, "SELECT payload ->> 'text', state FROM action") == [
            ("Oil them.", "queued")
        ]


@pytest.mark.parametrize("keys", [("m", "w"), ("F", "a", *"fixed", "enter", "ctrl+s", "ctrl+s")])
async def test_in_answers_that_are_looked_at_one_by_one(stage: Stage, keys: tuple[str, ...]) -> None:
    stage.thread("Brakes @everyone", "squeal")
    feedback: FeedbackService | None = stage.services.feedback
    assert feedback is not None
    await feedback.mark([1], "brakes")
    bare = (replace(REPLIES[0], tags=(), name="bare", text="On {title}"), *REPLIES)
    shelf = Shelf(bare, (replace(MACROS[0], reply="bare"),))
    stage.services = replace(stage.services, writing=WritingService(stage.services.inbox._desk, shelf, "Bikes Meta"))
    async with stage.open() as pilot:
        await press(pilot, *keys, "ctrl+r", *"needs-info", "enter", "ctrl+s", "s")
        assert tags(stage) == ["needs-info"], "of the reply that was put in by hand"
        await press(pilot, "z")
        assert not tags(stage)
