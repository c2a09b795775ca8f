"""`source add` asks for what is missing in a real terminal; no secret is shown, and nothing typed is lost."""

from __future__ import annotations

import sys
from pathlib import Path

from tests.safety.terminal import Terminal

TYPED = "typed-t0ken-nobody-may-see"


def test_without_a_keyring_it_asks_again_and_takes_a_reference(tmp_path: Path) -> None:
    home = tmp_path / "home"
    argv = [
        sys.executable,
        "-m",
        "cm_console",
        "--home",
        str(home),
        "source",
        "add",
        "discourse",
        "forum",
        "--no-check",
    ]
    env = {"PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring", "HOME": str(tmp_path)}
    with Terminal(argv, env) as terminal:
        terminal.wait("for example: https://forum.example.org")
        terminal.press("https://forum.test", "enter")
        terminal.wait("your profile there")
        terminal.press("team", "enter")
        terminal.wait("where to find it: Admin")
        terminal.press(TYPED, "enter")
        terminal.wait('Use "env:NAME"')
        terminal.press("env:FORUM_KEY", "enter")
        terminal.wait("added forum")
        assert terminal.end() == 0
        assert TYPED.encode() not in bytes(terminal.received)
    config = (home / "config.toml").read_text()
    assert 'token = "env:FORUM_KEY"' in config and 'url = "https://forum.test"' in config and TYPED not in config
