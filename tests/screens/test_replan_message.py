"""A private message that waits for its time is edited in its place, as a reply is: words, subject, time."""

from __future__ import annotations

import pytest
from textual.widgets import Input

from cm_console.model.length import TextRules
from cm_console.model.person import Happening
from cm_console.model.source import Identity
from cm_console.model.time import HOUR, Instant
from cm_console.model.verb import Verb
from cm_console.screens.messaging import MessageScreen
from cm_console.services.desk import Impossible
from cm_console.services.messaging import MessagingService
from cm_console.services.writing import WritingService
from cm_console.store import sources
from cm_console.store.sqlite import Connection
from tests.screens.stage import Stage, press, said, text_of
from tests.screens.test_inbox import sql
from tests.screens.test_messaging import chat, composer

both = pytest.mark.parametrize("size", ["80x24", "120x40"])


@pytest.fixture
def waits(stage: Stage) -> Stage:
    """Mia, whom one may write to."""
    stage.thread("Brakes squeal", author="mia", hours_ago=20)
    return stage


def messages(stage: Stage) -> MessagingService:
    assert stage.services.messaging is not None
    return stage.services.messaging


def writing(stage: Stage) -> WritingService:
    assert stage.services.writing is not None
    return stage.services.writing


async def plan(stage: Stage, text: str = "Hello mia", subject: str = "") -> str:
    return await messages(stage).send(1, text, subject=subject, at=in_hours(stage, 4))


def in_hours(stage: Stage, hours: float) -> Instant:
    return Instant(stage.clock.now() + int(hours * HOUR))


def actions(stage: Stage) -> list[tuple[object, ...]]:
    """Subject, text, state, hours until it leaves and until it is planned for."""
    columns = "payload ->> 'title', payload ->> 'text', state, not_before, planned_at"
    now = stage.clock.now()
    rows = sql(stage, f"SELECT {columns} FROM action ORDER BY seq")
    return [(*said, (held - now) / HOUR, (at - now) / HOUR) for *said, held, at in rows]


async def test_words_subject_and_time_change_in_place_with_an_undo_of_their_own(waits: Stage) -> None:
    id = await plan(waits, subject="Beta")
    before = sql(waits, "SELECT * FROM action")
    await writing(waits).replan(id, "Hello again", in_hours(waits, 2), subject="Gamma")
    assert actions(waits) == [("Gamma", "Hello again", "queued", 2, 2)]
    assert (await waits.services.journal.undo()).op == "edit of a planned message"
    assert sql(waits, "SELECT * FROM action") == before
    await waits.services.journal.undo()
    assert actions(waits)[0][2] == "cancelled" and not sql(waits, "SELECT * FROM contact")


async def test_a_subject_nobody_gave_follows_the_words_and_one_that_was_given_stays(waits: Stage) -> None:
    id = await plan(waits)
    await writing(waits).replan(id, "Good morning")
    assert actions(waits)[0][:2] == ("Good morning", "Good morning")
    await writing(waits).replan(id, subject="Beta")
    await writing(waits).replan(id, "Good evening")
    assert actions(waits)[0][:2] == ("Beta", "Good evening")
    await writing(waits).replan(id, subject="")
    assert actions(waits)[0][:2] == ("Good evening", "Good evening")


async def test_their_page_and_whoever_writes_to_them_hear_of_the_words_as_they_are_now(waits: Stage) -> None:
    id, persons = await plan(waits), waits.services.persons
    assert persons is not None
    await writing(waits).replan(id, "Hello <b>again</b>\x1b[31m", in_hours(waits, 30))
    person = await persons.person(1)
    assert person is not None
    (contact,) = person.contacts
    assert (contact.body, contact.at, contact.way) == ("Hello <b>again</b>␛[31m", in_hours(waits, 30), contact.way)
    (told,) = await persons.timeline(1, only=(Happening.CONTACT,))
    assert told.text.startswith("Hello <b>again</b>") and told.at == in_hours(waits, 30)
    (doubt,) = await messages(waits).doubts(1, "Hi")
    assert "to go out in 1d: “Hello <b>again</b>" in doubt.words
    assert await messages(waits).doubts(1, "Hi", editing=id) == [], "it replaces just that"


async def test_taken_back_after_an_edit_the_new_words_are_the_draft(waits: Stage) -> None:
    id = await plan(waits)
    await writing(waits).replan(id, "Hello again")
    assert await waits.services.outbox.cancel(id) == "What it said is a draft again."
    assert await waits.services.inbox.draft("message:1") == "Hello again"
    assert not sql(waits, "SELECT * FROM contact")


async def test_what_cannot_be_sent_is_no_edit(waits: Stage) -> None:
    id = await plan(waits)

    def short(conn: Connection) -> None:
        identity = Identity("1", "ann", verbs=frozenset(Verb), text=TextRules(most=20))
        sources.save_identity(conn, sources.ensure(conn, "forum", "discourse"), identity)

    waits.store._run(short, True)
    for text, subject, at, words in (
        ("  ", None, None, "an empty message"),
        ("About {title}", None, None, r"\{title\} is not filled in"),
        (None, "{title}", None, r"\{title\} is not filled in"),
        ("x" * 21, None, None, "21 characters, 20 are allowed"),
        (None, None, waits.clock.now(), "that time has passed"),
    ):
        with pytest.raises(Impossible, match=words):
            await writing(waits).replan(id, text, at, subject=subject)
    assert actions(waits) == [("Hello mia", "Hello mia", "queued", 4, 4)]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ("state = 'sent'", "this message has gone out meanwhile: it is sent"),
        ("state = 'cancelled'", "this message was taken back"),
        ("planned_at = NULL", "only a reply or message that is planned for a time can be edited"),
    ],
)
async def test_what_has_left_stays_as_it_is(waits: Stage, change: str, words: str) -> None:
    id = await plan(waits)
    waits.store._run(lambda conn: conn.execute(f"UPDATE action SET {change}"), True)
    before = sql(waits, "SELECT * FROM action")
    with pytest.raises(Impossible, match=words):
        await writing(waits).replan(id, "Hello again")
    assert sql(waits, "SELECT * FROM action") == before


@both
async def test_e_in_the_outbox_edits_it(waits: Stage, size: str) -> None:
    await plan(waits, subject="Beta")
    async with waits.open(size, notices=True) as pilot:
        await press(pilot, "O")
        assert "e edit" in text_of(pilot)
        await press(pilot, "e")
        shown = text_of(pilot)
        assert "A planned private message · it goes out " in shown and "^s replace" in shown and "its time" in shown
        assert composer(pilot).field.text == "Hello mia" and composer(pilot).query_one(Input).value == "Beta"
        await press(pilot, *"!", "shift+tab", *"s", "ctrl+s")
        assert actions(waits) == [("Betas", "Hello mia!", "queued", 4, 4)]
        assert said(pilot)[-1].startswith("Replaced: it goes out ")
        await press(pilot, "e", "ctrl+t", "1")
        assert actions(waits) == [("Betas", "Hello mia!", "queued", 1, 1)]
        await press(pilot, "e", "ctrl+s")
        assert len(sql(waits, "SELECT 1 FROM journal")) == 3, "nothing was changed"
        await press(pilot, "z", "z")
        assert actions(waits) == [("Beta", "Hello mia", "queued", 4, 4)]
        assert not sql(waits, "SELECT * FROM draft")


async def test_where_the_platform_has_no_subject_there_is_none(waits: Stage) -> None:
    await messages(waits).send(chat(waits), "Hi", at=in_hours(waits, 4))
    async with waits.open() as pilot:
        await press(pilot, "O", "e")
        assert not composer(pilot).query(Input)


async def test_closing_midway_loses_neither(waits: Stage) -> None:
    await plan(waits, subject="Beta")
    async with waits.open(notices=True) as pilot:
        await press(pilot, "O", "e", *" you", "escape")
        assert said(pilot)[-1] == "It goes out as it was."
        assert actions(waits) == [("Beta", "Hello mia", "queued", 4, 4)]
        await press(pilot, "escape", "D")
        assert "planned for mia, privately: Subject: Beta" in text_of(pilot)
        await press(pilot, "1")
        assert composer(pilot).field.text == "Hello mia you" and composer(pilot).editing
        await press(pilot, "ctrl+s")
        assert actions(waits) == [("Beta", "Hello mia you", "queued", 4, 4)] and not sql(waits, "SELECT * FROM draft")


async def test_gone_out_while_it_was_edited_the_words_are_a_draft(waits: Stage) -> None:
    await plan(waits, subject="Beta")
    async with waits.open(notices=True) as pilot:
        await press(pilot, "O", "e", *" you")
        waits.store._run(lambda conn: conn.execute("UPDATE action SET state = 'sent'"), True)
        await press(pilot, "ctrl+s", "s")
        assert said(pilot)[-1] == ("this message has gone out meanwhile: it is sent; what you wrote is a draft to them")
        assert sql(waits, "SELECT key, body FROM draft") == [("message:1", "Subject: Beta\n\nHello mia you")]


async def test_a_draft_of_one_that_has_gone_out_is_gone_on_with_as_another_message(waits: Stage) -> None:
    await plan(waits)
    async with waits.open() as pilot:
        await press(pilot, "O", "e", *" you", "escape", "escape")
        waits.store._run(lambda conn: conn.execute("UPDATE action SET state = 'sent'"), True)
        await press(pilot, "D", "1")
        assert isinstance(pilot.app.screen, MessageScreen) and not pilot.app.screen.editing
        assert composer(pilot).field.text == "Hello mia you"


async def test_an_unfinished_edit_goes_with_the_person_it_was_for(waits: Stage) -> None:
    id = await plan(waits)
    async with waits.open() as pilot:
        await press(pilot, "O", "e", *" you", "escape")
    await waits.services.outbox.cancel(id)
    assert len(sql(waits, "SELECT * FROM draft")) == 2 and waits.services.privacy is not None
    await waits.services.privacy.forget(1)
    assert sql(waits, "SELECT * FROM draft") == []
