"""A long thread is read where it matters: both ends at once, the rest as one comes to it, a hit where it is."""

from __future__ import annotations

import pytest
from textual.pilot import Pilot

from cm_console.model.records import Post
from cm_console.model.text import Untrusted
from cm_console.model.time import HOUR, Instant
from cm_console.store.excerpts import END, STEP
from cm_console.widgets.reader import Reader
from tests.screens.stage import Stage, idle, press, text_of

POSTS = 400


@pytest.fixture
def stage(stage: Stage) -> Stage:
    """One thread of many posts, one of them about something else."""
    texts = [f"word {n:03}" for n in range(POSTS)]
    texts[210] = "the saddle squeaks"
    stage.thread("Long", *texts)
    return stage


def reader(pilot: Pilot[None]) -> Reader:
    return pilot.app.screen.query_one(Reader)


def shown(pilot: Pilot[None]) -> set[str]:
    """The bodies of all posts the reader has."""
    reading = reader(pilot).reading
    assert reading is not None
    return {str(post.body) for post in reading.posts}


async def test_both_ends_are_there_at_once(stage: Stage) -> None:
    """What waits for an answer is the newest; with one key one is there, and sees how much lies between."""
    async with stage.open() as pilot:
        await press(pilot, "enter")
        assert "word 000" in text_of(pilot)
        await press(pilot, "end")
        assert f"word {POSTS - 1}" in text_of(pilot) and len(shown(pilot)) == 2 * END
        await press(pilot, "home")
        assert "word 000" in text_of(pilot) and len(shown(pilot)) == 2 * END


async def test_one_reads_through_it_from_its_first_post_to_its_last(stage: Stage) -> None:
    async with stage.open() as pilot:
        await press(pilot, "enter")
        seen = set[str]()
        for _ in range(POSTS):
            seen |= {line.strip() for line in text_of(pilot).split("│")}
            before = reader(pilot).top
            await press(pilot, "pagedown")
            if reader(pilot).top == before:
                break
        assert {f"word {n:03}" for n in range(POSTS) if n != 210} <= seen


async def test_going_up_the_words_stay_where_they_are_while_older_posts_come(stage: Stage) -> None:
    async with stage.open() as pilot:
        await press(pilot, "enter", "end")
        newest = f"word {POSTS - END:03}"
        while f"{STEP:03}" not in newest and len(shown(pilot)) == 2 * END:
            before = [line for line in text_of(pilot).splitlines() if "word" in line]
            await press(pilot, "k")
        after = [line for line in text_of(pilot).splitlines() if "word" in line]
        assert len(shown(pilot)) == 2 * END + STEP
        moved = [line.split("│")[-2] for line in before][: len(after) - 1]
        assert [line.split("│")[-2] for line in after if line.split("│")[-2] in moved] == moved
        await press(pilot, "k", "k", "k", "k")
        assert f"word {POSTS - END - 1}" in text_of(pilot), "and go on where one was"


@pytest.mark.parametrize("size", ["80x24", "120x40"])
async def test_a_hit_of_the_search_is_shown_where_it_was_said(stage: Stage, size: str) -> None:
    async with stage.open(size) as pilot:
        await press(pilot, "ctrl+f", *"squeaks")
        if size == "120x40":
            assert text_of(pilot).count("saddle squeaks") >= 1 and "the saddle squeaks" in shown(pilot)
        await press(pilot, "enter")
        assert "the saddle squeaks" in text_of(pilot) and "word 211" in text_of(pilot)
        await press(pilot, "escape", "j", "enter")
        assert "the saddle squeaks" in text_of(pilot), "the same thread stays where it was read"


async def test_a_post_of_a_persons_timeline_is_shown_where_it_was_said(stage: Stage) -> None:
    async with stage.open() as pilot:
        await press(pilot, "w", "slash", *"squeaks", "enter", "enter")
        assert "word 211" in text_of(pilot)


async def test_new_posts_do_not_move_what_is_read(stage: Stage) -> None:
    """Nor does what the console knows beside the thread, which comes after its posts."""
    async with stage.open() as pilot:
        await press(pilot, "enter", "end", "k", "k", "k")
        before = [line.split("│")[-2] for line in text_of(pilot).splitlines() if "word" in line]
        at = Instant(stage.clock.now() + 5 * HOUR)
        posts = [Post(f"new-{n}", "t1", "m-mia", at, Untrusted(f"new {n}")) for n in range(3)]
        stage.save(*posts)
        stage.services.changes.add(["inbox"])
        await idle(pilot)
        assert [line.split("│")[-2] for line in text_of(pilot).splitlines() if "word" in line] == before
        await press(pilot, "end")
        assert "new 2" in text_of(pilot)


async def test_what_looks_the_same_is_not_laid_out_again(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """A change elsewhere costs the open thread nothing; what the next minute changes is seen."""
    laid: list[int] = []
    lay = Reader._lay

    def counted(self: Reader, held: tuple[int, int] | None, top: int) -> None:
        laid.append(top)
        lay(self, held, top)

    async with stage.open() as pilot:
        monkeypatch.setattr(Reader, "_lay", counted)
        stage.services.changes.add(["inbox"])
        await idle(pilot)
        assert laid == []
        stage.clock.advance(HOUR)
        stage.services.changes.add(["inbox"])
        await idle(pilot)
        assert laid
