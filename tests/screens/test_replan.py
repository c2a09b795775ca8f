"""A reply that waits for its time is edited in its place: nothing is lost, and nothing that has left is changed."""

from __future__ import annotations

from dataclasses import replace

import pytest
from textual.widgets import TextArea

from cm_console.model.time import HOUR, Instant
from cm_console.screens.compose import ComposeScreen
from cm_console.services.desk import Impossible
from cm_console.services.inbox import InboxService
from cm_console.services.writing import WritingService
from tests.screens.stage import Shelf, Stage, press, said, text_of
from tests.screens.test_inbox import sql


@pytest.fixture
def waits(stage: Stage) -> Stage:
    """A thread with a reply planned in four hours."""
    stage.thread("Brakes squeal", "They squeal.", hours_ago=20)
    stage.thread("Other", author="leo", hours_ago=2)
    return stage


def service(stage: Stage) -> WritingService:
    assert stage.services.writing is not None
    return stage.services.writing


async def plan(stage: Stage, text: str = "Oil them.") -> str:
    return await service(stage).send(1, text, at=Instant(stage.clock.now() + 4 * HOUR), tags=["oil"])


def actions(stage: Stage) -> list[tuple[object, ...]]:
    """Text, state, hours until it leaves and until it is planned for."""
    rows = sql(stage, "SELECT payload ->> 'text', state, not_before, planned_at FROM action ORDER BY seq")
    now = stage.clock.now()
    return [(text, state, (held - now) / HOUR, (at - now) / HOUR) for text, state, held, at in rows]


async def test_words_and_time_change_in_place_with_an_undo_of_their_own(waits: Stage) -> None:
    id = await plan(waits)
    before = sql(waits, "SELECT * FROM action")
    await service(waits).replan(id, "Grease them.", Instant(waits.clock.now() + 2 * HOUR))
    assert actions(waits) == [("Grease them.", "queued", 2, 2)]
    assert (await waits.services.journal.undo()).op == "edit of a planned reply"
    assert sql(waits, "SELECT * FROM action") == before
    await waits.services.journal.undo()
    assert actions(waits)[0][:2] == ("Oil them.", "cancelled") and not sql(waits, "SELECT * FROM tag")


async def test_taken_back_after_an_edit_the_new_words_are_the_draft(waits: Stage) -> None:
    id = await plan(waits)
    await service(waits).replan(id, "Grease them.")
    assert await waits.services.outbox.cancel(id) == "What it said is a draft again."
    assert await waits.services.inbox.draft("reply:1") == "Grease them." and not sql(waits, "SELECT * FROM tag")
    await waits.services.journal.undo()
    assert actions(waits) == [("Grease them.", "queued", 4, 4)] and await waits.services.inbox.draft("reply:1") == ""


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ("state = 'sending', owner = 'x'", "has gone out meanwhile: it is sending"),
        ("state = 'sent'", "has gone out meanwhile: it is sent"),
        ("state = 'uncertain'", "has gone out meanwhile: it is uncertain"),
        ("tried_at = 1", "was tried already"),
        ("state = 'cancelled'", "this reply was taken back"),
        ("planned_at = NULL", "only a reply or message that is planned for a time can be edited"),
        ("verb = 'edit'", "only a reply or message that is planned for a time can be edited"),
    ],
)
async def test_what_has_left_stays_as_it_is(waits: Stage, change: str, words: str) -> None:
    id = await plan(waits)
    waits.store._run(lambda conn: conn.execute(f"UPDATE action SET {change}"), True)
    before = sql(waits, "SELECT * FROM action")
    with pytest.raises(Impossible, match=words):
        await service(waits).replan(id, "Grease them.")
    assert sql(waits, "SELECT * FROM action") == before


async def test_what_cannot_be_sent_is_no_edit(waits: Stage) -> None:
    id = await plan(waits)
    for text, at, words in (
        ("  ", None, "an empty reply"),
        ("About {title}", None, "{title} is not filled in"),
        (None, waits.clock.now(), "that time has passed"),
    ):
        with pytest.raises(Impossible, match=words):
            await service(waits).replan(id, text, Instant(at) if at else None)
    assert actions(waits) == [("Oil them.", "queued", 4, 4)]


async def test_an_edit_is_not_undone_once_it_has_left(waits: Stage) -> None:
    id = await plan(waits)
    await service(waits).replan(id, "Grease them.")
    waits.store._run(lambda conn: conn.execute("UPDATE action SET state = 'sent'"), True)
    with pytest.raises(Impossible, match="too late"):
        await waits.services.journal.undo()
    assert actions(waits)[0][:2] == ("Grease them.", "sent")


async def test_r_in_its_thread_edits_it(waits: Stage) -> None:
    await plan(waits)
    async with waits.open(notices=True) as pilot:
        await press(pilot, "right_square_bracket", "right_square_bracket", "right_square_bracket")
        await pilot.app.screen.go_to(1)  # type: ignore[attr-defined]  # the inbox
        await press(pilot, "r")
        assert "An answer waits for its time" in text_of(pilot) and "ann: Oil them." in text_of(pilot)
        await press(pilot, "e")
        assert "A planned reply · it goes out " in text_of(pilot) and "^s replace" in text_of(pilot)
        assert pilot.app.screen.query_one(TextArea).text == "Oil them."
        await press(pilot, *" Well.", "ctrl+s")
        assert actions(waits) == [("Oil them. Well.", "queued", 4, 4)]
        assert "Replaced: it goes out " in said(pilot)[-1]
        await press(pilot, "r", "e", "ctrl+t", "1")
        assert actions(waits) == [("Oil them. Well.", "queued", 1, 1)]
        await press(pilot, "z", "z")
        assert actions(waits) == [("Oil them.", "queued", 4, 4)]
        await press(pilot, "r", "w", *"More", "ctrl+s")
        assert [text for text, *_ in sql(waits, "SELECT payload ->> 'text' FROM action")] == ["Oil them.", "More"]


async def test_closing_midway_loses_neither(waits: Stage) -> None:
    await plan(waits)
    async with waits.open(notices=True) as pilot:
        await press(pilot, "O", "e", *" Well.", "escape")
        assert said(pilot)[-1] == "It goes out as it was." and actions(waits) == [("Oil them.", "queued", 4, 4)]
        await press(pilot, "e")
        assert pilot.app.screen.query_one(TextArea).text == "Oil them. Well."
        await press(pilot, "escape", "escape", "D")
        assert "planned for Brakes squeal: Oil them. Well." in text_of(pilot)
        await press(pilot, "1", "ctrl+s")
        assert actions(waits) == [("Oil them. Well.", "queued", 4, 4)] and not sql(waits, "SELECT * FROM draft")


async def test_gone_out_while_it_was_edited_the_words_are_a_draft(waits: Stage) -> None:
    await plan(waits)
    async with waits.open(notices=True) as pilot:
        await press(pilot, "O", "e", *" Well.")
        waits.store._run(lambda conn: conn.execute("UPDATE action SET state = 'sent'"), True)
        await press(pilot, "ctrl+s")
        assert said(pilot)[-1] == (
            "this reply has gone out meanwhile: it is sent; what you wrote is a draft in its thread"
        )
        assert sql(waits, "SELECT key, body FROM draft") == [("reply:1", "Oil them. Well.")]
        assert actions(waits)[0][0] == "Oil them."


async def test_a_draft_of_one_that_has_gone_out_is_gone_on_with_in_its_thread(waits: Stage) -> None:
    await plan(waits)
    async with waits.open() as pilot:
        await press(pilot, "O", "e", *" Well.", "escape", "escape")
        waits.store._run(lambda conn: conn.execute("UPDATE action SET state = 'sent'"), True)
        await press(pilot, "D", "1")
        assert isinstance(pilot.app.screen, ComposeScreen) and pilot.app.screen.kind == "reply"
        assert pilot.app.screen.query_one(TextArea).text == "Oil them. Well."


async def test_the_outbox_says_what_cannot_be_edited(waits: Stage) -> None:
    await waits.services.inbox.reply(1, "At once")
    async with waits.open(notices=True) as pilot:
        await press(pilot, "O", "e")
        assert said(pilot)[-1] == "only a planned reply or message can be edited" and "  e edit" not in text_of(pilot)
        await plan(waits)
        await press(pilot, "g", "g")
        assert "d take back  e edit" in text_of(pilot)


async def test_a_colleagues_planned_reply_is_no_news_to_its_editor(waits: Stage) -> None:
    desk = waits.services.inbox._desk
    bob = WritingService(replace(desk, me="bob"), Shelf(), "Bikes Meta")
    id = await bob.send(1, "Oil them.", at=Instant(waits.clock.now() + HOUR))
    assert [doubt.words for doubt in await service(waits).doubts(1, "Hi")] == ["bob is answering already: “Oil them.”"]
    assert await service(waits).doubts(1, "Hi", editing=id) == []
    await InboxService(replace(desk, me="eve")).reply(1, "Wax")
    assert len(await service(waits).doubts(1, "Hi", editing=id)) == 1


async def test_more_drafts_than_have_a_number(waits: Stage) -> None:
    for n in range(12):
        waits.thread(f"Thread {n:02}", hours_ago=1)
        waits.clock.advance(60)
        await waits.services.inbox.save_draft(f"reply:{n + 3}", f"words {n}")
    async with waits.open() as pilot:
        await press(pilot, "D")
        assert "Thread 11: words 11" in text_of(pilot) and "3 older" in text_of(pilot)
        await press(pilot, "m", "3")
        assert pilot.app.screen.query_one(TextArea).text == "words 0"


async def test_an_unfinished_edit_goes_with_the_person_it_was_for(waits: Stage) -> None:
    id = await plan(waits)
    async with waits.open() as pilot:
        await press(pilot, "O", "e", *" Mia, well.", "escape")
    await waits.services.outbox.cancel(id)
    assert len(sql(waits, "SELECT * FROM draft")) == 2 and waits.services.privacy is not None
    await waits.services.privacy.forget(1)
    assert sql(waits, "SELECT * FROM draft") == []
