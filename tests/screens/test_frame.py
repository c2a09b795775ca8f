"""The frame: modes, keys, help, palette, remapping, small terminals, themes, links, and how it ends after a fault."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.timer import Timer
from textual.worker import WorkerFailed

from cm_console import keys
from cm_console.app import ConsoleApp
from cm_console.model.time import HOUR, SECOND
from cm_console.screens import mode
from cm_console.screens.crash import crash_words
from cm_console.screens.help import HelpScreen
from cm_console.screens.inbox import InboxScreen
from cm_console.screens.search import SearchScreen
from cm_console.services.status import Status
from cm_console.store import READERS
from cm_console.widgets.rows import RowList
from cm_console.widgets.status import TopBar
from cm_console.widgets.themes import THEMES
from tests.screens.stage import Stage, idle, press, said, strike, text_of


def title(screen: InboxScreen) -> str:
    assert screen.list.current is not None
    return str(screen.list.current.title)


def inbox(pilot: Pilot[None]) -> InboxScreen:
    assert isinstance(pilot.app.screen, InboxScreen)
    return pilot.app.screen


def counted(screen: InboxScreen, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Grows by one whenever the rows are read again."""
    read: list[str] = []
    refresh = screen.refresh_rows

    async def counting() -> None:
        read.append("rows")
        await refresh()

    monkeypatch.setattr(screen, "refresh_rows", counting)
    return read


async def test_help_shows_the_keys_of_where_one_stands_and_closes(stage: Stage) -> None:
    async with stage.open("80x24") as pilot:
        await press(pilot, "?")
        shown = text_of(pilot)
        assert "Keys · inbox" in shown and "Write a public answer" in shown
        assert "Approve: the post stays" not in shown
        await press(pilot, "end")
        assert "Leave the console" in text_of(pilot)
        for key in ("q", "?", "escape"):
            await press(pilot, key)
            assert isinstance(pilot.app.screen, InboxScreen)
            await press(pilot, "?")
            assert isinstance(pilot.app.screen, HelpScreen)
        await press(pilot, "e", "r", "escape")
        assert isinstance(pilot.app.screen, InboxScreen)


async def test_help_names_the_keys_as_remapped(stage: Stage) -> None:
    async with stage.open("80x24", keymap=keys.validate({"inbox.reply": "X"})) as pilot:
        assert "X reply" in text_of(pilot)
        await press(pilot, "?")
        assert "X            Write a public answer" in text_of(pilot)


async def test_a_remapped_key_does_it_and_the_old_one_no_longer(stage: Stage) -> None:
    stage.threads(3)
    keymap = keys.validate({"inbox.done": "X,f5", "list.down": "ctrl+n", "app.search": "g x"})
    async with stage.open("80x24", keymap=keymap) as pilot:
        screen = pilot.app.screen
        assert isinstance(screen, InboxScreen)
        await press(pilot, "e", "j")
        assert len(await stage.services.inbox.page(screen.view)) == 3
        await press(pilot, "ctrl+n", "X", "f5")
        assert [row.title for row in await stage.services.inbox.page(screen.view)] == ["Question 000"]
        await press(pilot, "g", "x")
        assert isinstance(pilot.app.screen, SearchScreen)


async def test_the_palette_finds_and_runs_a_command(stage: Stage) -> None:
    stage.threads(2)
    async with stage.open("80x24") as pilot:
        await press(pilot, "ctrl+p")
        assert "Write a public answer  (r)" in text_of(pilot)
        await press(pilot, *"nothing is left")
        await pilot.pause(0.3)
        await press(pilot, "down", "enter")
        await press(pilot)
        assert len(await stage.services.inbox.page(InboxScreen.view)) == 1


async def test_g_shows_where_it_can_go_and_escape_forgets_it(stage: Stage) -> None:
    stage.threads(30)
    async with stage.open("80x24") as pilot:
        screen = pilot.app.screen
        assert isinstance(screen, InboxScreen)
        await press(pilot, "G", "g")
        assert "g top" in text_of(pilot) and "o outbox" in text_of(pilot)
        await press(pilot, "escape")
        assert "r reply" in text_of(pilot) and title(screen) == "Question 029"
        await press(pilot, "g", "g")
        assert title(screen) == "Question 000"
        await press(pilot, "g", "e")
        assert len(await stage.services.inbox.page(screen.view)) == 30, "an unknown second key does nothing"


async def test_two_key_commands_typed_fast(stage: Stage) -> None:
    stage.threads(30)
    async with stage.open("80x24") as pilot:
        for key in ("G", "g", "g", "j", "g", "slash"):
            strike(pilot, key)
        await press(pilot)
        assert pilot.app.screen.__class__ is SearchScreen
        await press(pilot, "escape")
        assert title(inbox(pilot)) == "Question 001"


async def test_in_a_terminal_too_small_nothing_can_be_done_but_leaving(stage: Stage) -> None:
    stage.threads(3)
    async with stage.open("36x20") as pilot:
        assert "Too small." in text_of(pilot) and "Question" not in text_of(pilot)
        await press(pilot, "e", "j", "e")
        assert len(await stage.services.inbox.page(InboxScreen.view)) == 3
        await pilot.resize_terminal(80, 11)
        await press(pilot)
        assert "Too small." in text_of(pilot)
        await pilot.resize_terminal(80, 24)
        await press(pilot)
        assert "Question 000" in text_of(pilot) and "Too small." not in text_of(pilot)


@pytest.mark.parametrize("size", ["40x12", "79x24", "80x24", "99x30", "100x30", "120x40", "220x60"])
async def test_every_line_is_as_wide_as_the_terminal(stage: Stage, size: str) -> None:
    stage.threads(3)
    stage.thread("日本語 " * 20, "x " * 400, author="花子花子花子花子花子")
    width = int(size.split("x")[0])
    async with stage.open(size) as pilot:
        await press(pilot, "G")
        for keys_to in ((), ("enter",), ("?",)):
            await press(pilot, *keys_to)
            widths = {strip.cell_length for strip in pilot.app.screen._compositor.render_strips()}
            assert widths == {width}


@pytest.mark.parametrize("theme", [theme.name for theme in THEMES] + ["nord", "textual-light"])
async def test_every_theme_has_all_colours(stage: Stage, theme: str) -> None:
    stage.threads(2)
    app = ConsoleApp(stage.services, reports=stage.reports, theme=theme)
    async with app.run_test(size=(120, 40)) as pilot:
        await press(pilot, "space", "a")
        assert "Assign to" in text_of(pilot)


async def test_what_is_wrong_has_a_line_of_its_own(stage: Stage) -> None:
    def fail(conn: object) -> None:
        from cm_console.store import sources

        sources.report(conn, 1, "threads", "failed", words="the token \x1b]0;x\x07expired", now=stage.clock.now())  # type: ignore[arg-type]  # the store's own connection

    stage.store._run(fail, True)
    async with stage.open("80x24") as pilot:
        assert "✗ forum: the token" in text_of(pilot) and "✗ forum" in text_of(pilot).split("\n")[0]
        assert "\x1b" not in text_of(pilot)


async def test_a_click_on_a_mode_goes_there(stage: Stage) -> None:
    async with stage.open("80x24") as pilot:
        await pilot.click(TopBar, offset=(16, 0))
        await press(pilot)
        assert isinstance(pilot.app.screen, InboxScreen)


async def test_a_click_on_a_row_moves_the_cursor_there_and_a_second_opens_it(stage: Stage) -> None:
    stage.threads(5)
    async with stage.open("80x24") as pilot:
        screen = pilot.app.screen
        assert isinstance(screen, InboxScreen)
        await pilot.click(RowList, offset=(10, 3))
        await press(pilot)
        assert title(screen) == "Question 002" and not screen.reading
        await pilot.click(RowList, offset=(10, 3))
        await press(pilot)
        assert screen.reading


async def test_a_fault_ends_in_two_lines_without_any_variable(
    stage: Stage, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        token = "s3cret-" + "token"  # noqa: F841 - a local that must not be shown
        raise RuntimeError("the cat \x1b]52;c;QQ==\x07 sat on it")

    monkeypatch.setattr(InboxScreen, "action_more", broken)
    with pytest.raises(RuntimeError, match="the cat"):
        async with stage.open("80x24") as pilot:
            strike(pilot, "v")
            await pilot.pause()
            await pilot.pause()
    assert pilot.app.return_code == 1
    (report,) = stage.reports.iterdir()
    words = report.read_text()
    assert "the cat" in words and "s3cret-token" not in words and "\x1b" not in words
    assert report.stat().st_mode & 0o777 == 0o600


def test_the_last_words_say_what_happened_and_where_the_report_is(tmp_path: Path) -> None:
    words = crash_words(ValueError("a\x1b[2Jb"), tmp_path / "reports").split("\n")
    assert words[0] == "cm-console stopped: ValueError: a␛[2Jb"
    assert words[1].startswith("Nothing you did is lost. Report: ") and Path(words[1].split(": ", 1)[1]).exists()
    blocked = tmp_path / "file"
    blocked.write_text("")
    assert "could not be written" in crash_words(ValueError("x"), blocked / "reports")


def test_the_report_of_a_fault_in_a_command_says_where_it_was(tmp_path: Path) -> None:
    """Most of the console runs in workers, whose failure has no traceback of its own."""

    def broken() -> None:
        raise KeyError("no such thing")

    try:
        broken()
    except KeyError as error:
        assert crash_words(WorkerFailed(error), tmp_path).startswith("cm-console stopped: KeyError: 'no such thing'")
    (report,) = tmp_path.glob("crash-*.txt")
    assert "in broken" in report.read_text()


async def test_notices_are_text_and_never_markup(stage: Stage) -> None:
    async with stage.open("80x24", notices=True) as pilot:
        screen = pilot.app.screen
        assert isinstance(screen, InboxScreen)
        screen.say("[/] [b]bold[/b] [@click=app.quit]x[/] \x1b[2J")
        await press(pilot)
        assert said(pilot)[0].startswith("[/] [b]bold") and "\x1b" not in said(pilot)[0]
        assert "[/] [b]bold[/b] [@click=app.quit]x[/]" in text_of(pilot) and "\x1b" not in text_of(pilot)


async def test_quitting_with_q_and_ctrl_q(stage: Stage) -> None:
    for key in ("q", "ctrl+q"):
        async with stage.open("80x24") as pilot:
            strike(pilot, key)
            await pilot.pause()
            assert not pilot.app.is_running or pilot.app._exit


async def test_the_engine_runs_beside_the_app_and_ends_with_it(stage: Stage) -> None:
    heard: list[str] = []

    async def engine() -> None:
        heard.append("started")
        try:
            await asyncio.Event().wait()
        finally:
            heard.append("ended")

    app = ConsoleApp(stage.services, reports=stage.reports, engine=lambda: engine())
    async with app.run_test() as pilot:
        while not heard:
            await pilot.pause()
        assert heard == ["started"] and app.is_running
    assert heard == ["started", "ended"]


# Changes


async def test_what_one_decides_is_shown_without_waiting_to_hear_of_it(stage: Stage) -> None:
    """A pull may be telling of changes all the time, each of them late: an own decision is shown at once."""
    stage.threads(3)
    async with stage.open("120x40") as pilot:
        stage.services.changes.listener = None
        await press(pilot, "e")
        assert "Question 000" not in text_of(pilot) and "1 Inbox 2" in text_of(pilot)


async def test_a_change_of_the_sources_alone_reads_no_rows(stage: Stage) -> None:
    """Each page of a pull moves its progress; what it brought is told as a topic of its own."""
    stage.threads(2)
    async with stage.open("120x40") as pilot:
        stage.thread("Late arrival", hours_ago=30)
        stage.services.changes.add(["status"])
        await press(pilot)
        assert "1 Inbox 3" in text_of(pilot) and "Late arrival" not in text_of(pilot)
        stage.services.changes.add(["status", "inbox"])
        await press(pilot)
        assert "Late arrival" in text_of(pilot)


async def test_keys_go_on_while_a_change_is_read(stage: Stage) -> None:
    stage.threads(3)
    async with stage.open("80x24") as pilot:
        screen, go_on = inbox(pilot), threading.Event()
        reads = [asyncio.create_task(stage.store.read(lambda conn: go_on.wait(30))) for _ in range(READERS)]
        try:
            stage.services.changes.add(["inbox"])
            strike(pilot, "j")
            async with asyncio.timeout(10):
                while title(screen) != "Question 001":  # noqa: ASYNC110 - a key sets no event
                    await asyncio.sleep(0)
        finally:
            go_on.set()
            await asyncio.gather(*reads)
        await press(pilot)


async def test_keys_go_on_while_the_state_of_the_sources_is_read_at_the_start(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage.threads(3)
    asked, known, now = asyncio.Event(), asyncio.Event(), stage.services.status.now

    async def held() -> Status:
        asked.set()
        await known.wait()
        return await now()

    monkeypatch.setattr(stage.services.status, "now", held)
    async with ConsoleApp(stage.services, reports=stage.reports).run_test(size=(80, 24)) as pilot:
        try:
            async with asyncio.timeout(10):
                await asked.wait()
                strike(pilot, "j")
                while "2/3" not in text_of(pilot):  # noqa: ASYNC110 - a frame sets no event
                    await asyncio.sleep(0.001)
        finally:
            known.set()
        await idle(pilot)


async def test_what_changes_elsewhere_is_not_in_the_way_of_a_key(stage: Stage) -> None:
    stage.threads(3)
    async with stage.open("120x40") as pilot:
        changes, screen = stage.services.changes, inbox(pilot)
        changes.after_a_key = 0.3
        strike(pilot, "j")
        async with asyncio.timeout(10):
            while title(screen) != "Question 001":  # noqa: ASYNC110 - a key sets no event
                await asyncio.sleep(0)
        stage.thread("Late arrival", hours_ago=30)
        changes.add(["inbox"])
        assert changes.dirty and not [worker for worker in pilot.app.workers if worker.group == "changes"]
        await press(pilot)
        assert "Late arrival" in text_of(pilot) and title(screen) == "Question 001"


async def test_a_change_still_being_read_when_the_console_ends_looks_for_no_widgets(stage: Stage) -> None:
    stage.threads(1)
    go_on = threading.Event()
    async with stage.open("80x24") as pilot:
        reads = [asyncio.create_task(stage.store.read(lambda conn: go_on.wait(30))) for _ in range(READERS)]
        await asyncio.sleep(0)
        late = asyncio.create_task(inbox(pilot).changed())
        await asyncio.sleep(0)
    go_on.set()
    await asyncio.gather(*reads, late)


async def test_what_is_shown_is_read_again_though_nothing_was_told(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is late, and how old it is, moves on by itself."""
    monkeypatch.setattr(mode, "MINUTE", 0.2)
    stage.thread("Question", hours_ago=1)
    async with stage.open("120x40") as pilot:
        assert "23h left" in text_of(pilot)
        stage.clock.advance(20 * HOUR / SECOND)
        stage.thread("Late arrival", hours_ago=30)
        async with asyncio.timeout(10):
            while "Late arrival" not in text_of(pilot):
                await press(pilot)
        assert "3h left" in text_of(pilot)


async def test_nothing_holds_a_mode_back_once_it_is_there(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """Textual paints no mode before a timer of 50 ms is over."""
    stage.thread("Question")
    held: list[float] = []
    async with stage.open("80x24") as pilot:
        begin = pilot.app.set_timer

        def recorded(delay: float, *args: Any, **kwargs: Any) -> Timer:
            held.append(delay)
            return begin(delay, *args, **kwargs)

        monkeypatch.setattr(pilot.app, "set_timer", recorded)
        for key, what in (("2", "Cases"), ("1", "Question"), ("2", "Cases")):
            await press(pilot, key)
            assert what in text_of(pilot)
            assert held == []


async def test_what_came_of_an_own_command_is_read_once(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """And what a colleague changes meanwhile is read all the same."""
    stage.threads(3)
    async with stage.open() as pilot:
        read = counted(inbox(pilot), monkeypatch)
        hear, stage.services.changes.listener = stage.services.changes.listener, None
        await press(pilot, "i")
        assert read == ["rows"] and hear is not None
        hear()
        await idle(pilot)
        assert read == ["rows"]
        stage.services.changes.listener = hear
        stage.services.changes.add(["inbox"])
        await idle(pilot)
        assert read == ["rows", "rows"]


async def test_what_another_screen_covers_is_read_when_it_comes_back(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage.threads(3)
    async with stage.open() as pilot:
        read = counted(inbox(pilot), monkeypatch)
        await press(pilot, "O")
        stage.services.changes.add(["inbox"])
        await idle(pilot)
        assert read == []
        await press(pilot, "escape")
        assert read == ["rows"]
