"""Member text reaches the terminal as nothing but text, on any screen; a console without its layers is caught."""

from __future__ import annotations

import shutil
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from cm_console.store.sqlite import connect
from tests.safety.hostile_home import THREADS, furnish_now
from tests.safety.oracle import breaches
from tests.safety.terminal import Terminal

WALKS = {
    "inbox": ["j"] * 12 + ["enter", " ", " ", "esc"],
    "reply": ["r", "x", "esc"],
    "search": ["ctrl+f", "esc"],
    "help": ["?", "esc"],
    "moderation": ["2", "j", "j", "enter", "d", "esc", "u", "esc"],
    "calendar": ["3", "enter", "esc"],
    "metrics": ["4", "tab", "enter", "=", "esc", "esc"],
    "outbox": ["O", "enter", "esc"],
}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A community where every field is hostile."""
    root = tmp_path_factory.mktemp("hostile")
    furnish_now(root)
    return root


def _open(home: Path, *more: str, under: Sequence[str] = (), columns: int = 120, rows: int = 40) -> Terminal:
    argv = [*under, sys.executable, "-m", "tests.safety.hostile_home", str(home), *more]
    return Terminal(argv, {"NO_COLOR": "", "TEXTUAL_ANIMATIONS": "none"}, columns=columns, rows=rows)


@pytest.mark.parametrize("size", [(120, 40), (80, 24)], ids=["120x40", "80x24"])
def test_no_screen_lets_member_text_act(home: Path, size: tuple[int, int]) -> None:
    columns, rows = size
    with _open(home, columns=columns, rows=rows) as terminal:
        terminal.wait("Needs reply")
        for walk in WALKS.values():
            terminal.press(*walk, quiet=0.2)
            terminal.press("1", quiet=0.2)
        assert "Inbox" in terminal.text, "it is still alive"
        terminal.press("ctrl+q")
        assert terminal.end() == 0
    assert breaches(bytes(terminal.received)) == []


def test_raw_text_in_the_database_is_still_stopped_by_the_filter(home: Path, tmp_path: Path) -> None:
    raw = _raw_copy(home, tmp_path)
    with _open(raw) as terminal:
        terminal.wait("Needs reply")
        terminal.press("j", "j", "j", "enter")
    assert breaches(bytes(terminal.received)) == []


def test_a_console_without_both_layers_is_caught(home: Path, tmp_path: Path) -> None:
    raw = _raw_copy(home, tmp_path)
    with _open(raw, "--naked") as terminal:
        terminal.settle(1.5)
        terminal.press("j", "j", "j")
    assert breaches(bytes(terminal.received)) != []


def _raw_copy(home: Path, target: Path) -> Path:
    """The same home as if nothing had been cleaned on its way in."""
    copy = target / "raw"
    shutil.copytree(home, copy)
    conn = connect(copy / "community.db")
    conn.execute("UPDATE thread SET title = char(27) || ']52;c;UFdORUQ=' || char(7) || char(155) || '2J' || title")
    conn.execute("UPDATE post SET body = char(27) || '[2J' || char(8238) || body")
    assert conn.execute("SELECT count(*) FROM thread").fetchone()[0] == THREADS
    conn.close()
    return copy


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_asked_to_end_it_ends_cleanly_and_gives_the_terminal_back(home: Path, number: signal.Signals) -> None:
    with _open(home) as terminal:
        terminal.wait("Needs reply")
        terminal.settle()
        terminal.signal(number)
        assert terminal.end() == 0
    assert b"\x1b[?1049l" in terminal.received
    assert b"Traceback" not in terminal.received


@pytest.mark.parametrize(
    "under", [(), ("sh", "-c", 'trap "" HUP; "$@"; exit $?', "waiting")], ids=["alone", "under sh"]
)
def test_a_terminal_that_goes_away_ends_it_with_its_last_words(
    home: Path, tmp_path: Path, under: Sequence[str]
) -> None:
    """Under a shell that keeps the signal to itself, as make does, nobody tells it."""
    copy = tmp_path / "left"
    shutil.copytree(home, copy)
    with _open(copy, under=under) as terminal:
        terminal.wait("Needs reply")
        terminal.press("r", "Last words")
        terminal.wait("Last words")
        assert terminal.hang_up() == 0
    conn = connect(copy / "community.db")
    assert "Last words" in [body for (body,) in conn.execute("SELECT body FROM draft")]
    conn.close()
    assert not list(copy.glob("crash-*"))
