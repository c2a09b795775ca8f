"""Writing to a member privately by keys: from their page, from the members, from who could answer; at both sizes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import Input

from cm_console.model.action import Verb
from cm_console.model.records import Member, Post, Thread, ThreadKind
from cm_console.model.source import Identity
from cm_console.model.templates import SavedReply
from cm_console.model.text import Untrusted
from cm_console.model.time import HOUR, Instant
from cm_console.screens.dialogs import Choose
from cm_console.screens.inbox import InboxScreen
from cm_console.screens.messaging import MessageScreen
from cm_console.screens.person import PersonScreen
from cm_console.services.writing import WritingService
from cm_console.store import ingest, sources
from cm_console.store.batch import Community
from cm_console.store.sqlite import Connection
from tests.screens.stage import ZONE, Shelf, Stage, make_stage, press, said, text_of
from tests.screens.test_similar import world as asked_before

both = pytest.mark.parametrize("size", ["80x24", "120x40"])


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    """Mia and leo on the forum."""
    made = make_stage(tmp_path)
    made.thread("Brakes squeal", "they squeal", author="mia", hours_ago=3)
    made.thread("Lost my bell", "ding", author="leo", hours_ago=2)
    yield made
    made.store.close()


def actions(
    stage: Stage, columns: str = "verb, payload ->> '$.target.id', payload ->> 'text'"
) -> list[tuple[object, ...]]:
    """What is on its way."""

    def query(conn: Connection) -> list[tuple[object, ...]]:
        return conn.execute(f"SELECT {columns} FROM action WHERE state = 'queued' ORDER BY seq").fetchall()

    return stage.store.read_now(query)


def unable(stage: Stage) -> None:
    """A forum that takes no messages."""

    def change(conn: Connection) -> None:
        sources.save_identity(conn, sources.ensure(conn, "forum", "discourse"), Identity("1", "ann"))

    stage.store._run(change, True)


def chat(stage: Stage) -> int:
    """Mia's account in the chat, where she was seen last; its id."""

    def change(conn: Connection) -> int:
        id = sources.ensure(conn, "chat", "matrix")
        sources.save_identity(conn, id, Identity("@us:x", "us", verbs=frozenset(Verb)))
        at = Instant(stage.clock.now() - HOUR)
        ingest.save(conn, id, Community(ZONE), stage.clock.now(), [Member("@mia:x", Untrusted("mia_c"), joined_at=at)])
        found: int = conn.execute("SELECT id FROM member WHERE remote = '@mia:x'").fetchone()[0]
        return found

    return int(stage.store._run(change, True))


def composer(pilot: Pilot[None]) -> MessageScreen:
    """The composer of a message, in front."""
    assert isinstance(pilot.app.screen, MessageScreen), pilot.app.screen
    return pilot.app.screen


def shown(pilot: Pilot[None]) -> type[object]:
    """Which screen is in front."""
    return type(pilot.app.screen)


@both
async def test_from_their_page_with_a_subject_and_z_takes_it_back(stage: Stage, size: str) -> None:
    async with stage.open(size, notices=True) as pilot:
        await press(pilot, "G", "w", "m")
        assert "to leo on forum · nobody else reads it" in text_of(pilot)
        assert "WROTE" in text_of(pilot) and "ding" in text_of(pilot)
        await press(pilot, *"Hi leo", "shift+tab", *"Bells", "enter", *"!", "ctrl+s")
        assert actions(stage) == [("message", "m-leo", "Hi leo!")]
        assert actions(stage, "payload ->> 'title'") == [("Bells",)]
        assert said(pilot)[-1] == "On its way to leo on forum, privately; z takes it back."
        if size == "120x40":
            assert "message, on its way" in text_of(pilot)
        await press(pilot, "z")
        assert not actions(stage) and said(pilot)[-1].startswith("Taken back: message to “")
        assert "message, on its way" not in text_of(pilot)
        await press(pilot, "m")
        assert composer(pilot).field.text == "Hi leo!" and composer(pilot).query_one(Input).value == "Bells"


async def test_what_was_begun_is_there_again_with_its_subject(stage: Stage) -> None:
    async with stage.open() as pilot:
        await press(pilot, "w", "m", *"Hello", "shift+tab", *"Beta", "escape", "m")
        assert composer(pilot).field.text == "Hello" and composer(pilot).query_one(Input).value == "Beta"
        await press(pilot, "escape")
        assert await stage.services.inbox.draft("message:1") == "Subject: Beta\n\nHello"
        await press(pilot, "m", "ctrl+s")
        assert not await stage.services.inbox.draft("message:1")
        assert actions(stage, "payload ->> 'title'") == [("Beta",)]


async def test_a_message_that_was_begun_is_among_the_drafts(stage: Stage) -> None:
    assert stage.services.persons is not None
    await stage.services.persons.merge(1, chat(stage))
    async with stage.open() as pilot:
        await press(pilot, "w", "m", "2", *"Hello", "escape", "escape", "D")
        assert "to mia, privately: Hello" in text_of(pilot)
        await press(pilot, "1", *" mia", "ctrl+s")
        assert actions(stage) == [("message", "m-mia", "Hello mia")]


async def test_saved_replies_doubts_and_later(stage: Stage) -> None:
    writing = WritingService(stage.services.inbox._desk, Shelf((SavedReply("hi", "Hi", "Dear {member}, "),)), "Bikes")
    assert stage.services.messaging is not None
    stage.services.messaging._writing = writing
    async with stage.open(notices=True) as pilot:
        await press(pilot, "w", "m", "ctrl+r", "enter")
        assert composer(pilot).field.text == "Dear mia, "
        await press(pilot, *"{title}", "ctrl+s")
        assert "This cannot be sent" in text_of(pilot)
        await press(pilot, "e", *(["backspace"] * 7), *"hello", "ctrl+t", "1")
        assert "It goes out" in said(pilot)[-1] and "to mia on forum privately" in said(pilot)[-1]
        assert actions(stage, "planned_at IS NOT NULL, payload ->> 'text'") == [(1, "Dear mia, hello")]
        await press(pilot, "m", *"again", "ctrl+s")
        assert "you wrote to them privately" in text_of(pilot)
        await press(pilot, "s")
        assert len(actions(stage)) == 2


async def test_of_several_accounts_one_is_chosen(stage: Stage) -> None:
    assert stage.services.persons is not None
    await stage.services.persons.merge(1, chat(stage))
    async with stage.open() as pilot:
        await press(pilot, "w", "m")
        assert isinstance(pilot.app.screen, Choose)
        assert [choice.words.split("  ")[0] for choice in pilot.app.screen.choices] == ["mia_c on chat", "mia on forum"]
        await press(pilot, "1")
        assert not composer(pilot).query(Input)  # the chat has no subjects
        await press(pilot, *"Hi", "ctrl+s")
    assert actions(stage) == [("message", "@mia:x", "Hi")]


async def test_where_nobody_can_be_written_to_it_says_why(stage: Stage) -> None:
    unable(stage)
    async with stage.open(notices=True) as pilot:
        await press(pilot, "w", "m")
        assert said(pilot) == ["a discourse source cannot write to members privately"]
        assert shown(pilot) is PersonScreen


@both
async def test_from_the_members_to_one_and_never_to_many(stage: Stage, size: str) -> None:
    assert stage.services.directory is not None
    await stage.services.directory.look_again()
    async with stage.open(size, notices=True) as pilot:
        await press(pilot, "5", "space", "space", "m")
        assert "A private message is for one person" in said(pilot)[-1]
        await press(pilot, "escape", "home", "m", *"Hello", "ctrl+s")
        assert [action[0::2] for action in actions(stage)] == [("message", "Hello")]


@both
async def test_who_could_answer_is_asked_by_template_and_the_question_says_so(stage: Stage, size: str) -> None:
    asked_before(stage)
    async with stage.open(size, notices=True) as pilot:
        await press(pilot, "/", *"2FA?", "enter", "W", "m")
        words = composer(pilot).field.text
        assert words.startswith("Hi noor, you helped with something like “How do I reset 2FA?” before.")
        assert "https://forum.example/t/" in words
        assert not actions(stage)
        await press(pilot, "ctrl+s")
        assert [action[:2] for action in actions(stage)] == [("message", "m-noor")]
        row = pilot.app.screen_stack[0].list.current  # type: ignore[attr-defined]  # the inbox has one
        (note,) = await stage.services.inbox.notes(row.id)
        assert note.body == "noor on forum was asked privately for help with this."
        await press(pilot, "z")
        assert not actions(stage) and not await stage.services.inbox.notes(row.id)


async def test_nothing_of_a_private_question_is_told(stage: Stage) -> None:
    assert stage.services.similar is not None
    stage.store._run(lambda conn: conn.execute("UPDATE thread SET kind = 'direct', title = 'My illness'"), True)
    template, given = await stage.services.similar.asking(1)
    assert "{title}" in template and not given


async def test_from_the_outbox_to_the_person_and_once_it_landed_to_its_thread(stage: Stage) -> None:
    assert stage.services.messaging is not None and stage.services.directory is not None
    await stage.services.directory.look_again()
    id = await stage.services.messaging.send(1, "Hello mia", at=Instant(stage.clock.now() + HOUR))
    async with stage.open(notices=True) as pilot:
        await press(pilot, "O", "v")
        assert shown(pilot) is PersonScreen
        await press(pilot, "escape", "S")
        assert "e changes that" in said(pilot)[-1]
        landed(stage, id)
        await press(pilot, "tab")
        assert "to mia, privately" in text_of(pilot)
        await press(pilot, "v")
        assert shown(pilot) is InboxScreen and "Hello mia" in text_of(pilot)
        assert "ann wrote to mia; what they answer comes here" in " ".join(text_of(pilot).split())
        await press(pilot, "5", "/", *"mia", "enter", "enter", "enter")
        assert shown(pilot) is InboxScreen and "Hello mia" in text_of(pilot)
        stage.save(Post("pm1-1", "pm1", "m-mia", stage.clock.now(), Untrusted("Gladly")))
        assert not await stage.services.messaging.written_to(3)


def landed(stage: Stage, id: str) -> None:
    """The platform has it, as delivery and a pull leave it."""
    at = stage.clock.now()
    thread = Thread("pm1", Untrusted("Hello mia"), "1", at, ThreadKind.DIRECT)
    stage.save(thread, Post("pm1-0", "pm1", "1", at, Untrusted("Hello mia")))
    done = "UPDATE action SET state = 'sent', remote_id = 'pm1', ended_at = ? WHERE id = ?"
    stage.store._run(lambda conn: conn.execute(done, (at, id)), True)
