"""What holds however many there are: keys pressed fast, large selections, what is typed while a search runs."""

from __future__ import annotations

import threading

import pytest

from cm_console.screens.feedback import QUOTES
from cm_console.services.inbox import CONTEXT
from cm_console.store import Store
from cm_console.store.sqlite import Connection
from cm_console.widgets.reader import Reader
from tests.screens.stage import Stage, idle, press, strike, text_of


@pytest.mark.parametrize("key", ["l", "f"])
@pytest.mark.parametrize("end", ["enter", "escape"])
async def test_a_key_pressed_twice_answers_a_question_once(stage: Stage, key: str, end: str) -> None:
    """The second press reached a question that was closing, and closed the screen below it too: the program ended."""
    stage.thread("How to oil a chain?", "How?")
    async with stage.open() as pilot:
        await press(pilot, key, "x")
        strike(pilot, end)
        strike(pilot, end)
        await idle(pilot)
        await press(pilot, "escape", "escape")
        assert pilot.app.is_running and "How to oil a chain?" in text_of(pilot)


async def test_a_theme_shows_its_newest_quotes_and_how_many_more_there_are(stage: Stage) -> None:
    """Thousands of quotes are not laid out to be scrolled through, and none is left out of a rename."""
    stage.threads(QUOTES + 5)
    assert stage.services.feedback is not None
    await stage.services.feedback.mark(list(range(1, QUOTES + 6)), "maps")
    async with stage.open() as pilot:
        await press(pilot, "F", "enter", "G")
        assert "and 5 older ones" in text_of(pilot) and "Question 000" not in text_of(pilot)
    assert await stage.services.feedback.rename("maps", "offline maps") == QUOTES + 5


OPENING = (
    "j 1 s escape W escape w escape F escape E escape O escape D escape backslash escape 5 j w escape 1 slash q escape"
)


async def test_no_key_asks_the_database_on_the_event_loop(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever opens from the inbox; only the very first frame may, as nothing runs yet. See test_event_loop.py too."""
    stage.threads(3)
    loop, asked = threading.get_ident(), list[str]()
    connection, pressed = Store._connection, "the first frame"

    def watched(store: Store, write: bool) -> Connection:
        if threading.get_ident() == loop:
            asked.append(pressed)
        return connection(store, write)

    monkeypatch.setattr(Store, "_connection", watched)
    async with stage.open() as pilot:
        for pressed in OPENING.split():
            await press(pilot, pressed)
    assert {*asked} == {"the first frame"}


async def test_whoever_answers_a_long_thread_sees_its_newest_posts(stage: Stage) -> None:
    """Not the oldest, and no more than one reads while writing."""
    stage.thread("Long", *(f"word {n:03}" for n in range(200)))
    async with stage.open() as pilot:
        await press(pilot, "r")
        context = pilot.app.screen.query_one("#context", Reader)
        assert context.reading is not None
        assert [post.body for post in context.reading.posts] == [f"word {n:03}" for n in range(200 - CONTEXT, 200)]
        await press(pilot, "escape", "greater_than_sign")
        assert "word 199" in text_of(pilot)
