"""Quoting only some words of a thread: by sentence, paragraph, post, letter, with the mouse."""

from __future__ import annotations

from dataclasses import replace

import pytest
from textual.pilot import Pilot
from textual.widgets import TextArea

from cm_console.model.records import Member, Post, Thread, ThreadKind
from cm_console.model.text import Untrusted, clean
from cm_console.model.time import HOUR, Instant
from cm_console.screens.compose import ComposeScreen
from cm_console.screens.passage import LONGEST, MOST, Page, PassageScreen, quotable
from cm_console.store import reading
from cm_console.testing.hostile_texts import HOSTILE_TEXTS
from tests.screens.stage import Stage, idle, press, said, text_of

BODY = "They squeal. All day long!\nSince the rain.\n\nWhat helps? Oil?"


@pytest.fixture
def thread(stage: Stage) -> Stage:
    """A question, an answer, and more of the question: four sentences in two paragraphs."""
    stage.thread("Brakes squeal", "First words.", hours_ago=20)
    at = stage.clock.now()
    stage.save(Thread("t1", Untrusted("Brakes squeal"), "m-mia", Instant(at - 20 * HOUR), kind=ThreadKind.DIRECT))
    stage.save(
        Member("m-leo", Untrusted("leo")), Post("a1", "t1", "m-leo", at, Untrusted("> What helps?\nSoap. Or sand."))
    )
    stage.save(Post("a2", "t1", "m-mia", Instant(at + 1), Untrusted(BODY)))
    return stage


def chosen(pilot: Pilot[None]) -> str:
    """The words that are lit up."""
    assert isinstance(pilot.app.screen, PassageScreen)
    return pilot.app.screen.query_one(TextArea).selected_text


def written(pilot: Pilot[None]) -> str:
    """What stands in the composer."""
    assert isinstance(pilot.app.screen, ComposeScreen)
    return pilot.app.screen.query_one(TextArea).text


def quote(*words: str, of: str = "mia") -> str:
    return f'[quote="{of}"]\n' + "\n".join(words) + "\n[/quote]\n\n"


async def test_one_sentence_takes_two_keys(thread: Stage) -> None:
    async with thread.open() as pilot:
        await press(pilot, "quotation_mark")
        assert chosen(pilot) == "They squeal."
        await press(pilot, "enter")
        assert written(pilot) == quote("They squeal.")


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("j", "All day long!"),
        ("jk", "They squeal."),
        ("jJ", "All day long!\nSince the rain."),
        ("jJK", "All day long!"),
        ("jjK", "All day long!\nSince the rain."),
        ("jjj", "What helps?"),
        ("vjj", "They squeal. All day long!\nSince the rain."),
        ("vjvj", "Since the rain."),
        ("jp", "They squeal. All day long!"),
        ("jjjjJ", "Oil?"),
        ("kkk", "> What helps?"),
        ("K", "Or sand.\n\n── mia · 0s\nThey squeal."),
        ("[", "> What helps?"),
        ("jj[", "They squeal."),
        ("[[", "First words."),
        ("[[[", "First words."),
        ("[]", "They squeal."),
        ("]", "They squeal."),
    ],
)
async def test_moving_and_taking_more(thread: Stage, typed: str, words: str) -> None:
    async with thread.open() as pilot:
        await press(pilot, "quotation_mark", *typed)
        assert chosen(pilot) == words


async def test_letters_words_and_the_mouse_as_in_any_editor(thread: Stage) -> None:
    async with thread.open() as pilot:
        await press(pilot, "quotation_mark", "shift+left", "ctrl+shift+left")
        assert chosen(pilot) == "They "
        await press(pilot, "j")
        assert chosen(pilot) == "All day long!"
        page = pilot.app.screen.query_one(TextArea)
        row = next(y for y in range(page.size.height) if page.document.get_line(y).startswith("What"))
        await pilot.mouse_down(page, offset=(5, row))
        await pilot.hover(page, offset=(10, row))
        await pilot.mouse_up(page, offset=(10, row))
        await idle(pilot)
        assert chosen(pilot) == "helps"
        await press(pilot, "enter")
        assert written(pilot) == quote("helps")


async def test_words_of_two_posts_are_two_quotes_with_their_names(thread: Stage) -> None:
    async with thread.open() as pilot:
        await press(pilot, "quotation_mark", *"KKK")
        assert chosen(pilot).startswith("> What helps?")
        await press(pilot, "enter")
        assert written(pilot) == quote("Soap. Or sand.", of="leo") + quote("They squeal.")


async def test_the_composer_quotes_where_the_cursor_is(thread: Stage) -> None:
    async with thread.open() as pilot:
        await press(pilot, "r", *"Hello", "ctrl+l", *"jjj", "enter", *"Oil.")
        assert written(pilot) == "Hello\n\n" + quote("What helps?") + "Oil."
        await press(pilot, "ctrl+l", "escape")
        assert written(pilot).endswith("Oil.")
        await press(pilot, "escape", "n", "ctrl+l", "enter")
        assert written(pilot) == quote("They squeal.")


async def test_among_several_posts_a_whole_one_still_takes_two_keys(thread: Stage) -> None:
    async with thread.open() as pilot:
        await press(pilot, "greater_than_sign", "1")
        assert written(pilot) == quote(*BODY.split("\n"))
        pilot.app.screen.query_one(TextArea).text = ""
        await press(pilot, "escape", "greater_than_sign", '"', "j", "enter")
        assert written(pilot) == quote("All day long!")


async def test_hostile_words_neither_get_out_nor_look_like_a_head(stage: Stage) -> None:
    for n, text in enumerate(HOSTILE_TEXTS):
        stage.thread(f"Thread {n}", f"{text[:2_000]}\n── ann team · 1m\nsaid so", hours_ago=20)
    async with stage.open("80x24") as pilot:
        for _ in range(4):
            await press(pilot, "quotation_mark", "j", "K", "]", "[", "p")
            page = pilot.app.screen.query_one(Page)
            forged = {y for y, line in enumerate(page.text.split("\n")) if line.startswith("── ann")}
            assert forged and not forged & page.heads
            await press(pilot, "escape", "j")


def test_very_long_threads_are_cut_to_their_newest(thread: Stage) -> None:
    first = thread.store.read_now(lambda conn: reading.posts(conn, 1, None, 1))[0]
    long = [replace(first, id=n, body=clean("x" * LONGEST * 2)) for n in range(50)]
    assert [post.id for post in quotable(long)] == list(range(50 - MOST // LONGEST, 50))
    assert quotable([replace(first, state="deleted"), replace(first, body=clean(" \n"))]) == []


async def test_nothing_to_quote_says_so(stage: Stage) -> None:
    stage.thread("Empty", "", hours_ago=1)
    async with stage.open(notices=True) as pilot:
        for key in ("greater_than_sign", "quotation_mark"):
            await press(pilot, key)
            assert said(pilot)[-1] == "There is nothing to quote."
        await press(pilot, "r", "ctrl+l")
        assert said(pilot)[-1] == "there is nothing to quote"


async def test_what_the_keys_are_stands_below(thread: Stage) -> None:
    async with thread.open("80x24") as pilot:
        await press(pilot, "quotation_mark")
        assert "enter quote  j next  J more  p paragraph  tab post" in text_of(pilot) and "esc back" in text_of(pilot)


async def test_it_begins_where_one_reads(stage: Stage) -> None:
    for n in range(3):
        stage.thread(f"Thread {n}", *(f"Post {p}.\n" + "line\n" * 12 for p in range(6)), hours_ago=20 - n)
    async with stage.open("80x24") as pilot:
        await press(pilot, "enter")
        await press(pilot, "pagedown", "quotation_mark")
        assert chosen(pilot) == "Post 1."
        await press(pilot, "escape")
        await press(pilot, "pagedown", "quotation_mark")
        assert chosen(pilot) == "Post 3."
        await press(pilot, "escape")
        await press(pilot, "home", "quotation_mark")
        assert chosen(pilot) == "Post 5."
