"""From a question to what was answered before and to who could answer, at both sizes; nothing is sent unseen."""

from __future__ import annotations

import pytest
from textual.pilot import Pilot
from textual.widgets import TextArea

from cm_console.model.records import Member, Post, Thread, ThreadKind
from cm_console.model.text import Untrusted
from cm_console.model.time import DAY, Instant
from cm_console.screens.answerers import AnswerersScreen
from cm_console.screens.compose import ComposeScreen
from cm_console.screens.inbox import InboxScreen
from cm_console.screens.similar import SimilarScreen
from cm_console.store import answered
from tests.screens.stage import Stage, press, said, text_of

both = pytest.mark.parametrize("size", ["80x24", "120x40"])
TEXT = "I lost my phone and the backup codes are on it."


def answer(
    stage: Stage, title: str, text: str, reply: str, *, kind: ThreadKind = ThreadKind.TOPIC, who: str = "noor"
) -> None:
    """An old thread with an answer, known to the index."""
    number = next(stage.numbers)
    at = Instant(stage.clock.now() - 40 * DAY)
    posts = [
        Post(f"p{number}-0", f"t{number}", "m-old", at, Untrusted(text)),
        Post(
            f"p{number}-1",
            f"t{number}",
            f"m-{who}",
            Instant(at + 1),
            Untrusted(reply),
            url=f"https://forum.example/p/{number}",
        ),
    ]
    thread = Thread(f"t{number}", Untrusted(title), "m-old", at, kind, solved_at=at, solved_by=f"p{number}-1")
    stage.save(Member("m-old", Untrusted("old")), Member(f"m-{who}", Untrusted(who)), thread, *posts)
    stage.store._run(lambda conn: answered.tidy(conn), True)


def world(stage: Stage) -> None:
    """One who waits, two who asked nearly the same, and others."""
    for words in ("gravel tyres", "bell too quiet", "repaint a frame", "squeaky saddle"):
        answer(stage, words, f"about {words}", "no idea")
    answer(stage, "Locked out of 2FA", TEXT, "Ask support for a new secret.")
    answer(stage, "2FA codes", "Where do I find the backup codes?", "In your settings.", who="kim")
    stage.thread("How do I reset 2FA?", TEXT)


def written(pilot: Pilot[None]) -> str:
    assert isinstance(pilot.app.screen, ComposeScreen)
    return pilot.app.screen.query_one(TextArea).text


async def test_the_reader_tells_of_likely_ones_and_only_to_who_waits(stage: Stage) -> None:
    world(stage)
    stage.thread("Where is the meetup?", hours_ago=1)
    async with stage.open("120x40") as pilot:
        shown = text_of(pilot)
        assert "similar, answered: s opens" in shown and "“Locked out of 2FA” · solved" in shown
        await press(pilot, "j")
        assert "similar, answered" not in text_of(pilot)


@both
async def test_s_lists_them_with_the_answer_and_r_quotes_it(stage: Stage, size: str) -> None:
    world(stage)
    async with stage.open(size) as pilot:
        await press(pilot, "s")
        assert isinstance(pilot.app.screen, SimilarScreen)
        shown = text_of(pilot)
        assert shown.index("Locked out") < shown.index("2FA codes") and "100 % =" in shown and "1/2" in shown
        if size == "80x24":
            await press(pilot, "enter")
        shown = text_of(pilot)
        assert "Ask support for a new secret." in shown and "telling words" in shown
        await press(pilot, "r")
        assert "> Ask support for a new secret." in written(pilot) and "https://forum.example/p/5" in written(pilot)
        await press(pilot, "escape")
        assert type(pilot.app.screen).__name__ == InboxScreen.__name__
        assert stage.store.read_now(lambda conn: conn.execute("SELECT count(*) FROM action").fetchone()) == (0,)


async def test_i_links_and_the_text_goes_out_only_when_sent(stage: Stage) -> None:
    world(stage)
    async with stage.open() as pilot:
        await press(pilot, "s", "j", "i")
        assert written(pilot).startswith("This was answered in “2FA codes”: https://forum.example/p/6")
        await press(pilot, "ctrl+s")
        (text,) = stage.store.read_now(lambda conn: conn.execute("SELECT payload ->> 'text' FROM action").fetchone())
        assert "2FA codes" in text


async def test_v_goes_to_the_thread_and_escape_back_without_a_trace(stage: Stage) -> None:
    world(stage)
    async with stage.open() as pilot:
        await press(pilot, "s", "escape")
        assert isinstance(pilot.app.screen, InboxScreen) and "Needs reply" in text_of(pilot)
        await press(pilot, "s", "v")
        assert isinstance(pilot.app.screen, InboxScreen)
        current = pilot.app.screen.list.current
        assert current is not None
        assert current.title == "Locked out of 2FA"


async def test_what_was_said_in_private_is_quoted_only_after_a_yes(stage: Stage) -> None:
    for words in ("gravel tyres", "bell too quiet", "repaint a frame"):
        answer(stage, words, f"about {words}", "no idea")
    answer(stage, "Locked out of 2FA", TEXT, "Your code is 4711.", kind=ThreadKind.DIRECT)
    stage.thread("How do I reset 2FA?", TEXT)
    async with stage.open(notices=True) as pilot:
        await press(pilot, "s", "r", "n")
        assert isinstance(pilot.app.screen, InboxScreen)
        await press(pilot, "s", "i")
        assert any("no address" in words for words in said(pilot))
        await press(pilot, "s", "r", "y")
        assert "4711" in written(pilot) and "https" not in written(pilot) and "Locked out" not in written(pilot)


@both
async def test_w_lists_who_could_answer_and_r_calls_them(stage: Stage, size: str) -> None:
    world(stage)
    async with stage.open(size) as pilot:
        await press(pilot, "W")
        assert isinstance(pilot.app.screen, AnswerersScreen)
        assert "noor" in text_of(pilot) and "✓ 1 solved" in text_of(pilot)
        if size == "80x24":
            await press(pilot, "enter")
        assert "called as @noor on forum" in text_of(pilot) and "Locked out of 2FA" in text_of(pilot)
        await press(pilot, "r")
        assert written(pilot).startswith("@noor you helped")


async def test_a_source_that_takes_no_replies_gets_no_draft(stage: Stage) -> None:
    world(stage)
    stage.store._run(
        lambda conn: conn.execute("UPDATE source SET identity = json_set(identity, '$.verbs', json('[]'))"), True
    )
    async with stage.open(notices=True) as pilot:
        await press(pilot, "s", "r")
        assert isinstance(pilot.app.screen, InboxScreen) and any("no replies" in words for words in said(pilot))
        assert stage.store.read_now(lambda conn: conn.execute("SELECT count(*) FROM draft").fetchone()) == (0,)


async def test_nothing_similar_says_what_to_do_next(stage: Stage) -> None:
    stage.thread("How do I reset 2FA?", TEXT)
    async with stage.open() as pilot:
        await press(pilot, "s")
        assert "Nothing like it was answered yet." in text_of(pilot)
        await press(pilot, "r", "v", "escape", "W")
        assert "No member answered such a question yet." in text_of(pilot)


async def test_the_filter_narrows_by_title_and_answer(stage: Stage) -> None:
    world(stage)
    async with stage.open() as pilot:
        await press(pilot, "s", "slash", *"settings")
        assert "2FA codes" in text_of(pilot) and "Locked out" not in text_of(pilot).split("│")[1]
