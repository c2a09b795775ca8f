"""What is kept of people, by keys: export and forget a person, let old texts go, import, decide who is the same."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from textual.pilot import Pilot

from cm_console.model.records import Member
from cm_console.model.text import Untrusted
from cm_console.model.work import Stopped, Work
from cm_console.screens.dialogs import Choose
from cm_console.screens.mode import ModeScreen
from cm_console.screens.working import Working, watched
from cm_console.store import ingest, sources
from cm_console.store.batch import Community
from cm_console.store.sqlite import Connection
from tests.screens.stage import SIZES, ZONE, Stage, make_stage, press, said, text_of


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    """Mia and leo on the forum, and on the chat under the same handles."""
    made = make_stage(tmp_path)
    made.thread("Brakes squeal", "they squeal", author="mia", hours_ago=3)
    made.thread("Lost my bell", "ding", author="leo", hours_ago=40 * 24)

    def chat(conn: Connection) -> None:
        id = sources.ensure(conn, "chat", "matrix")
        records = [Member(f"c-{name}", Untrusted(name)) for name in ("mia", "leo")]
        ingest.save(conn, id, Community(ZONE), made.clock.now(), records)

    made.store._run(chat, True)
    yield made
    made.store.close()


def asked(pilot: Pilot[None]) -> str:
    """What the question on the screen says."""
    assert isinstance(pilot.app.screen, Choose)
    return " ".join(pilot.app.screen.words)


def one(stage: Stage, sql: str) -> object:
    """One value."""
    return stage.store.read_now(lambda conn: conn.execute(sql).fetchone()[0])


async def test_everything_known_of_a_person_is_written_and_nothing_over_a_file_unasked(
    stage: Stage, tmp_path: Path
) -> None:
    file = tmp_path / "leo.json"
    clear = ["ctrl+u"]
    async with stage.open(notices=True) as pilot:
        await press(pilot, "w", "E", *clear, *str(file), "enter")
        assert "written to" in said(pilot)[-1] and "readable by you only" in said(pilot)[-1]
        known = json.loads(file.read_text())
        assert known["accounts"] == ["leo on forum"] and known["tables"]["post"][0]["body"] == "ding"
        assert file.stat().st_mode & 0o077 == 0
        file.write_text("mine")
        await press(pilot, "E", *clear, *str(file), "enter")
        assert "is there already" in text_of(pilot)
        await press(pilot, "n")
        assert file.read_text() == "mine"
        await press(pilot, "E", *clear, *str(tmp_path / "leo.txt"), "enter")
        assert "neither in .csv nor in .json" in said(pilot)[-1]


@pytest.mark.parametrize("size", SIZES)
async def test_old_texts_go_after_a_question_with_numbers(stage: Stage, size: str) -> None:
    assert stage.services.privacy is not None
    async with stage.open(size, notices=True) as pilot:
        await press(pilot, "5", "X")
        assert said(pilot)[-1] == "All texts are kept: no source has keep_days in the config."
        stage.services.privacy.keep_days["forum"] = 90
        await press(pilot, "X")
        assert said(pilot)[-1] == "forum keeps texts for 90 days: nothing is older."
        stage.services.privacy.keep_days["forum"] = 30
        await press(pilot, "X")
        assert "forum keeps texts for 30 days: 1 post is older. They go for good" in asked(pilot)
        await press(pilot, "enter")
        assert one(stage, "SELECT count(*) FROM post WHERE body <> ''") == 2
        await press(pilot, "X", "y")
        assert said(pilot)[-1] == "Let go: 1 post, 1 title."
        assert one(stage, "SELECT count(*) FROM post WHERE body <> ''") == 1


async def test_what_a_file_would_bring_is_told_before_and_one_z_takes_it_back(stage: Stage, tmp_path: Path) -> None:
    file = tmp_path / "people.csv"
    file.write_text("who,tags,notes\nmia@forum,vip old,tall\nnobody@forum,x,\n")
    async with stage.open(notices=True) as pilot:
        await press(pilot, "5", "I", *str(file), "enter")
        assert "2 rows: new are 2 tags, 1 note, 0 follow-ups, 0 links. One z takes it back." in asked(pilot)
        assert "nobody is 'nobody@forum'" in asked(pilot)
        assert one(stage, "SELECT count(*) FROM member_tag") == 0
        await press(pilot, "n")
        assert one(stage, "SELECT count(*) FROM member_tag") == 0
        await press(pilot, "I", *str(file), "enter", "y")
        assert one(stage, "SELECT count(*) FROM member_tag") == 2 and said(pilot)[-1].startswith(
            "2 rows: new are 2 tags"
        )
        await press(pilot, "I", *str(file), "enter")
        assert "nothing in it is new" in said(pilot)[-1]
        await press(pilot, "z")
        assert one(stage, "SELECT count(*) FROM member_tag") == 0
        await press(pilot, "I", *"nowhere.csv", "enter")
        assert "there is no file nowhere.csv" in said(pilot)[-1]


async def test_everybody_s_suggestions_are_decided_one_after_the_other(stage: Stage) -> None:
    same = "SELECT count(*) FROM account_link WHERE state = 'same' AND ended_at IS NULL"
    never = "SELECT count(*) FROM account_link WHERE state = 'never'"
    async with stage.open(notices=True) as pilot:
        await press(pilot, "5", "S")
        assert "? 1/2" in text_of(pilot) and "same handle" in text_of(pilot)
        await press(pilot, "y")
        assert "? 2/2" in text_of(pilot)
        await press(pilot, "x")
        assert said(pilot)[-1] == "Decided: 2; each z takes one back."
        assert (one(stage, same), one(stage, never)) == (1, 1)
        await press(pilot, "S")
        assert said(pilot)[-1] == "No two accounts look like one person."
        await press(pilot, "z", "z")
        assert one(stage, "SELECT count(*) FROM account_link") == 0
        await press(pilot, "S", "l", "n", "S")
        assert "? 1/2" not in text_of(pilot) and "same handle" in text_of(pilot)


async def test_long_work_shows_how_far_it_is_and_is_stopped_by_escape(stage: Stage) -> None:
    """The bar is there while it goes on, takes the keys, and escape ends the work at its next step."""
    steps = asyncio.Event()

    async def deed(work: Work) -> str:
        work.step("Counting", 3, 12)
        while not work.stopped:
            steps.clear()
            await steps.wait()
        work.step("never said")
        return "done"

    async def command(screen: ModeScreen) -> str:
        try:
            return await watched(screen, "Long work", deed)
        except Stopped:
            return "stopped"

    async with stage.open(notices=True) as pilot:
        screen = pilot.app.screen
        assert isinstance(screen, ModeScreen)
        screen.perform(command(screen), asks=True)
        while not isinstance(pilot.app.screen, Working):  # noqa: ASYNC110 - a screen that is pushed sets no event
            await asyncio.sleep(0.01)
        await press(pilot, "e")
        assert "Long work" in text_of(pilot) and "3 of 12" in text_of(pilot) and "esc stops" in text_of(pilot)
        await press(pilot, "escape")
        assert "stopping" in text_of(pilot)
        steps.set()
        await pilot.app.workers.wait_for_complete()
        await press(pilot, "j")
        assert said(pilot)[-1] == "stopped"


async def test_forgetting_that_was_stopped_forgot_nothing(stage: Stage) -> None:
    privacy, persons = stage.services.privacy, stage.services.persons
    assert privacy is not None and persons is not None
    (mia, *_) = [each.id for each in await persons.find("forum:mia")]
    work = Work()
    work.stop()
    with pytest.raises(Stopped):
        await privacy.forget(mia, work)
    assert one(stage, "SELECT count(*) FROM post WHERE body <> ''") == 2
    assert one(stage, "SELECT count(*) FROM member WHERE handle = 'mia'") == 2
    assert one(stage, "SELECT count(*) FROM journal") == 0 and one(stage, "SELECT count(*) FROM forgotten") == 0
