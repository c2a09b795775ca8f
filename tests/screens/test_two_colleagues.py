"""Two colleagues, two consoles in two processes, one database: each sees what the other does within a second."""

from __future__ import annotations

import re
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from statistics import median

import pytest

from cm_console.cli.demo import open_demo
from tests.safety.terminal import Terminal

TRIES = 3
"""The median of so many counts: whatever else the machine does is not meant."""


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A community without a word who looks: the login name says it."""
    assert open_demo(keep=tmp_path, opens=False) == 0
    config = tmp_path / "config.toml"
    config.write_text(re.sub(r'(?m)^me = ".*"$', "", config.read_text()))
    return tmp_path


@pytest.fixture
def both(home: Path) -> Iterator[tuple[Terminal, Terminal]]:
    """Robin's console and Mira's."""
    argv = [sys.executable, "-m", "cm_console", "--home", str(home)]
    with ExitStack() as stack:
        made = []
        for name in ("robin", "mira"):
            env = {"TEXTUAL_ANIMATIONS": "none", "COLUMNS": "120", "LINES": "40", "LOGNAME": name}
            made.append(stack.enter_context(Terminal(argv, env)))
        for terminal in made:
            terminal.wait("1/40")
            terminal.settle()
        yield made[0], made[1]


def titles(terminal: Terminal) -> list[str]:
    """The rows of the list: the title's beginning, and what stands behind it."""
    rows = [line.split("│")[1] for line in terminal.text.splitlines() if line.count("│") > 2]
    return [row[12:] for row in rows if row[12:].strip()]


def row(terminal: Terminal, title: str) -> str:
    """The row of a title; "" if it is not there."""
    return next((each for each in titles(terminal) if title in each), "")


def seen(terminal: Terminal, shown: Callable[[], bool], what: str) -> float:
    """Seconds until something is shown."""
    began = time.perf_counter()
    terminal.wait_for(shown, what)
    return time.perf_counter() - began


def test_a_claim_and_a_reply_are_seen_in_the_other_process(
    both: tuple[Terminal, Terminal], capsys: pytest.CaptureFixture[str]
) -> None:
    robin, mira = both
    claims, replies = [], []
    for _ in range(TRIES):
        mira.press("home")
        title = next(each for each in titles(mira) if "@" not in each)[:20]
        while title not in next(line for line in mira.text.splitlines() if "│▌" in line):
            mira.press("j", quiet=0.1)
        assert "@" not in row(robin, title)
        mira.press("a", quiet=0.1)
        mira.press("1", quiet=0.0)
        claims.append(seen(robin, lambda title=title: "@" in row(robin, title), f"the claim of {title!r}"))  # type: ignore[misc]  # a default of a lambda
        mira.settle()
        while title not in next(line for line in mira.text.splitlines() if "│▌" in line):
            mira.press("k", quiet=0.1)
        mira.press("r")
        mira.wait("Public reply")
        mira.press("On it.")
        mira.press("ctrl+s", quiet=0.0)
        replies.append(seen(robin, lambda title=title: not row(robin, title), f"the answer to {title!r}"))  # type: ignore[misc]  # the same
        mira.settle()
    with capsys.disabled():
        print(f"\nseen in the other process: claims {claims}, replies {replies}")
    assert median(claims) < 1 and median(replies) < 1
