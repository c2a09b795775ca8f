"""The members screen: who is where and why, found as one types, noted, tagged and followed up, several at once."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from textual.pilot import Pilot

from cm_console.model.time import DAY
from cm_console.screens.members import MembersScreen
from tests.screens.stage import SIZES, Stage, press, said, text_of


async def peopled(stage: Stage) -> None:
    """Four members; mia answers the others."""
    for n, name in enumerate(("leo", "kim", "zed")):
        stage.thread(f"Question of {name}", author=name, hours_ago=30 + n)
    for n in range(5):
        stage.thread(f"Mia's {n}", author="mia", hours_ago=3 + n)
    assert stage.services.directory is not None
    await stage.services.directory.look_again()


def row(pilot: Pilot[None]) -> str:
    """Who the cursor is on."""
    screen = pilot.app.screen
    assert isinstance(screen, MembersScreen)
    return str(screen.list.current.handle) if screen.list.current else ""


@pytest.mark.parametrize("size", SIZES)
async def test_everybody_then_segment_by_segment_with_the_reason(stage: Stage, size: str) -> None:
    await peopled(stage)
    async with stage.open(size) as pilot:
        await press(pilot, "5")
        assert "▸All" in text_of(pilot) and row(pilot) == "mia"
        for name in ("mia", "leo", "kim", "zed"):
            assert name in text_of(pilot)
        await press(pilot, "tab", "tab")
        assert "▸Active" in text_of(pilot)
        assert "seen today" in text_of(pilot) or "last seen 1 day ago" in text_of(pilot)
        await press(pilot, "tab")
        assert "Nobody is in this segment" in text_of(pilot)
        await press(pilot, "[", "[", "[", "[")
        assert "▸Team" in text_of(pilot)


async def test_beside_the_list_stands_why_and_who(stage: Stage) -> None:
    await peopled(stage)
    async with stage.open("120x40") as pilot:
        await press(pilot, "g", "p")
        shown = text_of(pilot)
        assert "LEVEL    Participant: took part 5 times in a year" in shown
        assert "IN       Active: seen today" in shown and "THREADS" in shown


@pytest.mark.parametrize("size", SIZES)
async def test_found_as_one_types_and_sorted(stage: Stage, size: str) -> None:
    await peopled(stage)
    async with stage.open(size) as pilot:
        await press(pilot, "5", "slash", "E", "enter")
        assert "leo" in text_of(pilot) and "zed" in text_of(pilot) and "kim" not in text_of(pilot)
        await press(pilot, "escape")
        assert "kim" in text_of(pilot)
        await press(pilot, "s", "n")
        assert "by name" in text_of(pilot) and row(pilot) == "kim"
        await press(pilot, "slash", *"nobody", "enter")
        assert "Nobody here is “nobody”" in text_of(pilot)


async def test_enter_and_w_show_the_person_and_escape_comes_back(stage: Stage) -> None:
    await peopled(stage)
    async with stage.open() as pilot:
        for key in ("enter", "w"):
            await press(pilot, "5", key)
            assert "mia ─ all platforms" in text_of(pilot)
            await press(pilot, "escape")
            assert isinstance(pilot.app.screen, MembersScreen)


async def test_several_are_tagged_and_one_z_takes_it_back(stage: Stage) -> None:
    await peopled(stage)
    async with stage.open(notices=True) as pilot:
        await press(pilot, "5", "space", "space", "l", *"vip old", "enter")
        assert text_of(pilot).count("#old #vip") == 2 and "Tagged: 2." in said(pilot)
        await press(pilot, "slash", *"#vip", "enter")
        assert "1/2" in text_of(pilot)
        await press(pilot, "escape", "z")
        assert "#vip" not in text_of(pilot)


async def test_a_note_and_a_follow_up_that_is_done(stage: Stage) -> None:
    await peopled(stage)
    async with stage.open("120x40", notices=True) as pilot:
        await press(pilot, "5", "n", *"Met.", "enter")
        assert "✎" in text_of(pilot) and "Met." in text_of(pilot)
        await press(pilot, "t", "d", "3", "enter", *"Call", "enter")
        assert "◷" in text_of(pilot)
        for _ in range(8):
            await press(pilot, "tab")
        assert "▸Due" in text_of(pilot) and "Call" in text_of(pilot)
        stage.clock.advance(4 * DAY / 1000)
        await press(pilot, "s", "l")
        assert "late" in text_of(pilot)
        await press(pilot, "e")
        assert "Nobody waits for a follow-up." in text_of(pilot)
        assert said(pilot)[-1] == "Done."


async def test_r_writes_to_the_person_in_a_thread_of_theirs(stage: Stage) -> None:
    await peopled(stage)
    async with stage.open(notices=True) as pilot:
        await press(pilot, "5", "j", "r")
        assert "Question of" in text_of(pilot)
        await press(pilot, *"Hello", "ctrl+s")
        assert [action.state for action in await stage.services.outbox.page()] == ["queued"]


async def test_the_rules_are_one_key_away(stage: Stage) -> None:
    await peopled(stage)
    async with stage.open() as pilot:
        await press(pilot, "5", "=")
        assert "here_days < 30" in text_of(pilot)
        await press(pilot, "escape")
        assert isinstance(pilot.app.screen, MembersScreen)


async def test_the_list_goes_to_a_file_and_over_one_only_after_a_yes(stage: Stage, tmp_path: Path) -> None:
    await peopled(stage)
    path = tmp_path / "m.json"
    async with stage.open(notices=True) as pilot:
        await press(pilot, "5", "slash", *"mia", "enter", "E", *str(path), "enter")
        assert [each["who"] for each in json.loads(path.read_text())] == ["mia@forum"]
        path.write_text("mine")
        await press(pilot, "E", *str(path), "enter", "n")
        assert path.read_text() == "mine"


async def test_who_is_not_counted_yet_is_not_said_to_be_nobody(stage: Stage) -> None:
    stage.thread("Question")
    async with stage.open() as pilot:
        await press(pilot, "5")
        assert "Persons are still being counted." in text_of(pilot)
        assert stage.services.directory is not None
        await stage.services.directory.look_again()
        stage.services.changes.add(("members",))
        await press(pilot, "j")
        assert "mia" in text_of(pilot) and row(pilot) == "mia"
        await press(pilot, "tab", "tab", "tab")
        assert "Nobody is in this segment" in text_of(pilot)
