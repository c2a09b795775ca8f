"""Hostile text in everything that shows text: nothing runs, nothing crashes, nothing steers, nothing is parsed."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator

import pytest
from rich.segment import Segment
from rich.style import Style
from textual.color import Color
from textual.widgets import Static

from cm_console.screens.inbox import InboxScreen
from cm_console.testing.hostile_texts import HOSTILE_TEXTS
from cm_console.widgets.safe import STEERING, SafeFilter
from tests.screens.stage import Stage, press, text_of

MARKUP = "[/] [b]x[/b] [@click=app.quit]x[/] [link=file:///etc/passwd]y[/link] [unfinished"


def batches(size: int) -> Iterator[list[str]]:
    for at in range(0, len(HOSTILE_TEXTS), size):
        yield list(HOSTILE_TEXTS[at : at + size])


@pytest.mark.parametrize("size", ["80x24", "120x40"])
async def test_the_inbox_on_hostile_members(stage: Stage, size: str) -> None:
    for n, text in enumerate(HOSTILE_TEXTS[::9]):
        words = text[:2000]
        stage.thread(words, words, words, author=f"{words[:60]}{n}", place=words[:60], hours_ago=20 - n * 0.01)
    async with stage.open(size) as pilot:
        for key in (
            "enter",
            "escape",
            "pagedown",
            "enter",
            "pagedown",
            "escape",
            "G",
            "enter",
            "o",
            "escape",
            "escape",
        ):
            await press(pilot, key)
            assert not STEERING.search(text_of(pilot).replace("\n", ""))
        assert isinstance(pilot.app.screen, InboxScreen)


async def test_markup_is_shown_as_it_was_written(stage: Stage) -> None:
    stage.thread(MARKUP, MARKUP, author="[b]mallory[/b]")
    async with stage.open("120x40") as pilot:
        await press(pilot, "enter")
        assert "[/] [b]x[/b] [@click=app.quit]x[/]" in text_of(pilot)
        await press(pilot, "r")
        assert "to [b]mallory[/b]" in text_of(pilot)
        await press(pilot, "escape", "n")
        assert "[/] [b]x[/b]" in text_of(pilot)


async def test_hostile_words_in_filter_search_and_composer(stage: Stage) -> None:
    stage.threads(2)
    for text in ("%_\\'\"", '" OR 1', "*", "NEAR(", "[/]", "\u202e"):
        async with stage.open("80x24") as pilot:
            await press(pilot, "/", *text, "escape")
            await press(pilot, "ctrl+f", *text, "escape")
            await press(pilot, "r", *text, "escape")
            assert isinstance(pilot.app.screen, InboxScreen)


def test_the_filter_drops_what_steers_and_keeps_what_does_not() -> None:
    apply = SafeFilter().apply
    black = Color(0, 0, 0)
    for text in HOSTILE_TEXTS:
        (segment,) = apply([Segment(text)], black)
        assert not STEERING.search(segment.text)
    fine = [Segment("日本語 e\u0301 👩\u200d👩\u200d👧 ok ❤\ufe0f", Style(bold=True))]
    assert apply(fine, black) == fine


async def test_no_widget_of_the_console_can_let_steering_text_out(stage: Stage) -> None:
    async with stage.open("80x24") as pilot:
        await pilot.app.screen.mount(Static("X\x1b]52;c;QQ==\x07\u202eY", markup=False))
        await press(pilot)
        assert "X" in text_of(pilot) and not STEERING.search(text_of(pilot).replace("\n", ""))


@pytest.mark.parametrize(
    ("link", "kept"),
    [
        ("https://example.org/x", True),
        ("mailto:a@b.example", True),
        ("https://a\x1b]52;c;QQ==\x07", False),
        ("javascript:alert(1)", False),
        ("file:///etc/passwd", False),
        ("https://a b", False),
    ],
)
def test_the_filter_drops_links_that_are_not_plain_web_or_mail(link: str, kept: bool) -> None:
    (segment,) = SafeFilter().apply([Segment("x", Style(link=link))], Color(0, 0, 0))
    assert segment.style is not None and (segment.style.link == link) is kept


RAW = """
import sys
from textual.app import App
from textual.widgets import Static
from cm_console.widgets.safe import SafeFilter
class A(App):
    def compose(self):
        yield Static("X\\x1b]52;c;UFdORUQ=\\x1b\\\\Y\\x1b]2;PWNTITLE\\x07Z\\u202eEVIL", markup=False)
    def get_line_filters(self):
        return [*super().get_line_filters(), *([SafeFilter()] if sys.argv[1] == "on" else [])]
    def on_ready(self): self.set_timer(0.05, self.exit)
A().run()
"""


@pytest.mark.parametrize("filter", ["on", "off"])
def test_the_bytes_a_terminal_receives(filter: str) -> None:
    """With the filter nothing gets through even a widget given raw text; without it, it does: so the test can fail."""
    received = run_in_pty([sys.executable, "-c", RAW, filter])
    assert b"X" in received and b"EVIL" in received
    leaked = [part for part in (b"\x1b]52;", b"\x1b]2;PWN", "\u202e".encode()) if part in received]
    assert bool(leaked) is (filter == "off")


def run_in_pty(command: list[str]) -> bytes:
    master, slave = os.openpty()
    env = {**os.environ, "TERM": "xterm-256color", "LINES": "24", "COLUMNS": "80"}
    with subprocess.Popen(command, stdin=slave, stdout=slave, stderr=slave, env=env, close_fds=True) as process:
        os.close(slave)
        received = b""
        while True:
            try:
                part = os.read(master, 65536)
            except OSError:
                break
            if not part:
                break
            received += part
        assert process.wait(30) == 0
    os.close(master)
    return received
