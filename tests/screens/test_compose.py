"""Writing answers as people do: length, saved replies, macros, doubts, later, quotes, preview, own editor, drafts."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from textual.widgets import TextArea

from cm_console.model.action import Verb
from cm_console.model.inbox import Status, View
from cm_console.model.length import Markup, TextRules
from cm_console.model.records import Member, Post
from cm_console.model.source import Feed, Identity
from cm_console.model.templates import Macro, SavedReply
from cm_console.model.text import Untrusted
from cm_console.model.time import HOUR, Instant
from cm_console.screens.compose import ComposeScreen
from cm_console.screens.saved import matching
from cm_console.services.desk import Impossible
from cm_console.services.inbox import InboxService
from cm_console.services.writing import WritingService
from cm_console.store import sources
from cm_console.store.sqlite import Connection
from cm_console.widgets.laid import Laid
from tests.screens.stage import Shelf, Stage, press, said, text_of

REPLIES = (
    SavedReply("reset", "Reset it", "Hello {member}, hold it for ten seconds.", ("hardware",)),
    SavedReply("order", "Your order", "Order {order} of {member} is on its way."),
)
MACROS = (
    Macro("dup", "d", "Duplicate", "reset", note="Asked twice: {title}", tags=("dup",), assign="me", status="done"),
    Macro("order", "o", "Order", "order"),
    Macro("later", "w", "Later", priority="low", snooze="3d"),
)


@pytest.fixture
def writing(stage: Stage) -> Stage:
    """The stage with saved replies, macros and a limit of 60 characters; two threads wait."""
    service = WritingService(stage.services.inbox._desk, Shelf(REPLIES, MACROS), "Bikes Meta", ("ann", "bob"))
    stage.services = replace(stage.services, writing=service)

    def identify(conn: Connection) -> None:
        rules = TextRules(Markup.MARKDOWN, 60)
        identity = Identity("1", "ann", verbs=frozenset(Verb), feeds=frozenset(Feed), text=rules)
        sources.save_identity(conn, sources.ensure(conn, "forum", "discourse"), identity)

    stage.store._run(identify, True)
    stage.thread("Brakes squeal", "They squeal.\nAll day.", hours_ago=20)
    stage.thread("Gears jump", "They jump.", author="leo", hours_ago=10)
    return stage


def queued(stage: Stage) -> list[tuple[str, int | None]]:
    """Texts on their way, with when they are planned for."""
    rows = stage.store.read_now(
        lambda conn: conn.execute(
            "SELECT payload ->> 'text', planned_at FROM action WHERE state = 'queued' ORDER BY seq"
        ).fetchall()
    )
    return [(text, at) for text, at in rows]


async def test_an_ordinary_answer_takes_r_the_words_and_one_key(writing: Stage) -> None:
    async with writing.open() as pilot:
        await press(pilot, "r", *"Hi", "ctrl+d")
        assert queued(writing) == [("Hi", None)]
        rows = await writing.services.inbox.page(View.DONE)
        assert [row.title for row in rows] == ["Brakes squeal"]


async def test_it_counts_as_it_is_typed_and_what_is_too_long_stays(writing: Stage) -> None:
    async with writing.open() as pilot:
        await press(pilot, "r", *"Hey")
        assert "3 characters of 60" in text_of(pilot)
        pilot.app.screen.query_one(TextArea).text = "x" * 61
        await press(pilot, "ctrl+s")
        assert "61 characters, 60 are allowed" in text_of(pilot) and "all the same" not in text_of(pilot)
        await press(pilot, "e")
        assert isinstance(pilot.app.screen, ComposeScreen) and not queued(writing)


async def test_a_doubt_asks_edit_send_or_drop(writing: Stage) -> None:
    async with writing.open() as pilot:
        await press(pilot, "r", *"@everyone go", "ctrl+s")
        assert "@everyone calls everybody" in text_of(pilot)
        await press(pilot, "enter")
        assert isinstance(pilot.app.screen, ComposeScreen) and not queued(writing)
        await press(pilot, "ctrl+s", "s")
        assert queued(writing) == [("@everyone go", None)]
        await press(pilot, "r", *"@here no", "ctrl+s", "d", "y")
        assert len(queued(writing)) == 1
        assert await writing.services.inbox.draft("reply:2") == ""


async def test_from_the_members_a_doubt_asks_too(writing: Stage) -> None:
    assert writing.services.directory is not None
    await writing.services.directory.look_again()
    async with writing.open() as pilot:
        await press(pilot, "5", "r", *"@everyone go", "ctrl+s")
        assert "@everyone calls everybody" in text_of(pilot) and not queued(writing)


async def test_somebody_wrote_meanwhile(writing: Stage) -> None:
    async with writing.open() as pilot:
        await press(pilot, "r", *"Hi")
        writing.save(Post("late", "t1", "m-mia", writing.clock.now(), Untrusted("Solved it!")))
        await press(pilot, "ctrl+s")
        assert "mia wrote meanwhile: “Solved it!”" in text_of(pilot)


async def test_a_saved_reply_is_found_filled_in_and_tags(writing: Stage) -> None:
    async with writing.open() as pilot:
        await press(pilot, "semicolon", *"hard", "enter")
        assert pilot.app.screen.query_one(TextArea).text == "Hello mia, hold it for ten seconds."
        await press(pilot, "ctrl+s")
        row = await writing.services.inbox.row(1)
        assert row and row.tags == ("hardware",) and len(queued(writing)) == 1


async def test_a_place_of_its_own_is_asked_for_and_an_unfilled_one_stops(writing: Stage) -> None:
    async with writing.open() as pilot:
        await press(pilot, "r", "ctrl+r", *"order", "enter")
        assert "{order}: what goes there?" in text_of(pilot)
        await press(pilot, "escape", "ctrl+s")
        assert "{order} is not filled in" in text_of(pilot) and "all the same" not in text_of(pilot)
        await press(pilot, "d", "y", "j", "r", "ctrl+r", *"order", "enter", *"17", "enter", "ctrl+s")
        assert queued(writing) == [("Order 17 of leo is on its way.", None)]


async def test_what_was_written_becomes_a_saved_reply(writing: Stage) -> None:
    async with writing.open(notices=True) as pilot:
        await press(pilot, "r", *"Thank you!", "ctrl+r", "ctrl+s", *"Many thanks", "enter")
        assert said(pilot)[-1] == "Kept as many-thanks: ^r finds it."
        assert writing.services.writing is not None
        assert writing.services.writing.reply_named("many-thanks").text == "Thank you!"


async def test_send_later_waits_in_the_outbox(writing: Stage) -> None:
    async with writing.open() as pilot:
        await press(pilot, "r", *"Hi", "ctrl+t", "4")
        assert queued(writing) == [("Hi", writing.clock.now() + 4 * HOUR)]
        (reply,) = await writing.services.inbox.pending(1)
        assert reply.not_before == writing.clock.now() + 4 * HOUR
        await press(pilot, "z")
        assert queued(writing) == []


async def test_a_post_is_quoted(writing: Stage) -> None:
    async with writing.open() as pilot:
        await press(pilot, "greater_than_sign")
        assert pilot.app.screen.query_one(TextArea).text == '[quote="mia"]\nThey squeal.\nAll day.\n[/quote]\n\n'


async def test_the_preview_shows_what_markdown_means(writing: Stage) -> None:
    async with writing.open() as pilot:
        await press(pilot, "r")
        pilot.app.screen.query_one(TextArea).text = "# Big\n\n[docs](https://evil.example/docs)"
        await press(pilot, "ctrl+o")
        shown = ["".join(text for text, _ in line).strip() for line in pilot.app.screen.query_one(Laid).lines]
        assert shown == ["Big", "", "docs (evil.example)"]
        await press(pilot, "ctrl+o")
        assert isinstance(pilot.app.screen, ComposeScreen)


async def test_a_macro_does_all_of_it_and_one_undo_takes_it_back(writing: Stage) -> None:
    async with writing.open() as pilot:
        await press(pilot, "space", "space", "m")
        assert "d: sends “reset”, leaves a note, #dup, #hardware, to me," in text_of(pilot)
        await press(pilot, "d")
        inbox = writing.services.inbox
        rows = await inbox.page(View.DONE)
        assert {(row.tags, row.assignee, row.status) for row in rows} == {(("dup", "hardware"), "ann", Status.DONE)}
        assert sorted(text for text, _ in queued(writing)) == [
            "Hello leo, hold it for ten seconds.",
            "Hello mia, hold it for ten seconds.",
        ]
        assert [note.body for note in await inbox.notes(1)] == ["Asked twice: Brakes squeal"]
        await press(pilot, "z")
        assert not queued(writing) and not await inbox.notes(1)
        rows = await inbox.page(View.NEEDS_REPLY)
        assert {(row.tags, row.assignee, row.status) for row in rows} == {((), "", Status.OPEN)}


async def test_the_note_of_a_macro_reaches_the_colleague_it_names(writing: Stage) -> None:
    macro = Macro("look", "l", "Look", note="@bob have a look")
    service = WritingService(writing.services.inbox._desk, Shelf(REPLIES, (macro,)), "Bikes Meta", ("ann", "bob"))
    await service.run_macro(macro, [1])
    named = writing.store.read_now(lambda conn: conn.execute("SELECT person, thread_id FROM mention").fetchall())
    assert named == [("bob", 1)]


async def test_no_way_to_answer_sends_a_place_that_is_not_filled_in(writing: Stage) -> None:
    for send in (writing.services.inbox.reply, writing.services.writing.send if writing.services.writing else None):
        assert send is not None
        with pytest.raises(Impossible, match=r"\{title\} is not filled in"):
            await send(1, "About {title}: it is on its way")
    assert not queued(writing)


async def test_a_macro_whose_words_want_a_look_opens_the_composer(writing: Stage) -> None:
    async with writing.open(notices=True) as pilot:
        await press(pilot, "m", "o", *"9", "enter")
        assert pilot.app.screen.query_one(TextArea).text == "Order 9 of mia is on its way."
        assert not queued(writing)
        await press(pilot, "ctrl+s")
        assert queued(writing) == [("Order 9 of mia is on its way.", None)]
        await press(pilot, "space", "m", "o")
        await press(pilot, "escape")


async def test_the_own_editor_takes_and_gives_the_words(
    writing: Stage, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from contextlib import nullcontext

    from cm_console.app import ConsoleApp

    monkeypatch.setattr(
        ConsoleApp, "suspend", lambda self: nullcontext()
    )  # the terminal of a test cannot be given away
    script = tmp_path / "editor"
    look = f'ls -l "$1" > {tmp_path}/seen\necho "$1" >> {tmp_path}/seen\n'
    script.write_text(f'#!/bin/sh\n{look}printf "%s there" "$(cat "$1")" > "$1"\n')
    script.chmod(0o700)
    monkeypatch.setenv("VISUAL", str(script))
    async with writing.open(notices=True) as pilot:
        await press(pilot, "r", *"Hi", "ctrl+g")
        assert pilot.app.screen.query_one(TextArea).text == "Hi there"
        mode, path = (tmp_path / "seen").read_text().splitlines()
        assert mode.startswith("-rw-------")
        with pytest.raises(FileNotFoundError):
            open(path)  # noqa: SIM115, PTH123, ASYNC230 - it must not be there
        for named, words in (
            ("false", "false ended with 1; your words are as they were"),
            ("nowhere-x", "cannot be started"),
        ):
            monkeypatch.setenv("VISUAL", named)
            await press(pilot, "ctrl+g")
            assert words in said(pilot)[-1] and pilot.app.screen.query_one(TextArea).text == "Hi there"
        monkeypatch.delenv("VISUAL")
        monkeypatch.delenv("EDITOR", raising=False)
        await press(pilot, "ctrl+g")
        assert said(pilot)[-1] == "no editor is named: set VISUAL or EDITOR, e.g. EDITOR=nano"


async def test_a_draft_shows_in_the_list_and_is_gone_on_with(writing: Stage) -> None:
    async with writing.open() as pilot:
        await press(pilot, "r", *"Begun", "escape")
        assert "✎" in text_of(pilot)
        await press(pilot, "j", "D", "1")
        assert pilot.app.screen.query_one(TextArea).text == "Begun"
        await press(pilot, "ctrl+s")
        assert "✎" not in text_of(pilot)


def test_words_find_replies_titles_first() -> None:
    assert [reply.name for reply in matching(REPLIES, "order")] == ["order"]
    assert [reply.name for reply in matching(REPLIES, "member")] == ["reset", "order"]
    assert matching(REPLIES, "member zebra") == []


async def doubts(stage: Stage, text: str = "Hi", seen: set[int] | None = None) -> list[str]:
    """What is doubtful about a text in the first thread."""
    assert stage.services.writing is not None
    return [doubt.words for doubt in await stage.services.writing.doubts(1, text, seen)]


async def test_nothing_too_long_gets_into_the_queue_by_any_way(writing: Stage) -> None:
    with pytest.raises(Impossible, match="61 characters, 60 are allowed"):
        await writing.services.inbox.reply(1, "x" * 61)
    assert not queued(writing)


async def test_a_colleague_is_answering_and_what_we_said_ourselves_is_no_news(writing: Stage) -> None:
    desk = writing.services.inbox._desk
    assert await doubts(writing) == []
    await InboxService(replace(desk, me="bob")).reply(1, "Oil them")
    assert await doubts(writing) == ["bob is answering already: “Oil them”"]
    assert await doubts(writing, seen={1}) != []


async def test_our_own_post_that_came_meanwhile_is_no_news(writing: Stage) -> None:
    seen = {post.id for post in await writing.services.inbox.posts(1)}
    at = writing.clock.now()
    writing.save(Member("1", Untrusted("ann"), staff=True), Post("own", "t1", "1", at, Untrusted("Ours")))
    assert await doubts(writing, seen=seen) == []
    writing.save(Member("5", Untrusted("eve"), staff=True), Post("hers", "t1", "5", at, Untrusted("Hers")))
    assert await doubts(writing, seen=seen) == ["eve wrote meanwhile: “Hers”"]


async def test_another_account_of_ours_answered_in_the_thread(writing: Stage) -> None:
    def identify(conn: Connection) -> None:
        id = sources.ensure(conn, "forum2", "discourse")
        sources.save_identity(conn, id, Identity("9", "acme", verbs=frozenset(Verb)))

    writing.store._run(identify, True)
    assert await doubts(writing) == []
    at = Instant(writing.clock.now() - HOUR)
    writing.save(Member("9", Untrusted("acme"), staff=True), Post("a", "t1", "9", at, Untrusted("Answer")))
    assert await doubts(writing) == ["this thread was answered as acme (source forum2); this goes out as ann"]


async def test_a_note_of_this_thread_is_not_told(writing: Stage) -> None:
    await writing.services.inbox.note(1, "She was banned from the old forum in 2019 for spam.")
    assert await doubts(writing, "Were you banned from the old forum in 2019?") == ["it holds words of a private note"]


async def test_a_quote_put_to_a_draft_is_kept_with_it(writing: Stage) -> None:
    await writing.services.inbox.save_draft("reply:1", "Half")
    async with writing.open() as pilot:
        await press(pilot, '"', "enter")
        shown = pilot.app.screen.query_one(TextArea).text
        assert shown.startswith("Half\n\n[quote=")
        await press(pilot, "escape")
        assert await writing.services.inbox.draft("reply:1") == shown
        await press(pilot, "r")
        assert pilot.app.screen.query_one(TextArea).text == shown


@pytest.mark.parametrize(
    ("text", "at", "becomes"),
    [
        ("Second try.", 11, "Second try.\n\nHello mia, hold it for ten seconds."),
        ("Hi,\n", 3, "Hi,\n\nHello mia, hold it for ten seconds.\n"),
        ("As I said: ", 11, "As I said: Hello mia, hold it for ten seconds."),
        ("As I said: Bye", 11, "As I said: Hello mia, hold it for ten seconds. Bye"),
        ("Bye", 0, "Hello mia, hold it for ten seconds.\n\nBye"),
        ("", 0, "Hello mia, hold it for ten seconds."),
    ],
)
async def test_a_saved_reply_stands_apart_from_what_was_written(
    writing: Stage, text: str, at: int, becomes: str
) -> None:
    async with writing.open() as pilot:
        await press(pilot, "r")
        field = pilot.app.screen.query_one(TextArea)
        field.text = text
        field.move_cursor((0, at))
        await press(pilot, "ctrl+r", "enter")
        assert field.text == becomes
