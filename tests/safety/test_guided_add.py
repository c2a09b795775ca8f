"""`source add` asks for what is missing in a real terminal; no secret is shown, and nothing typed is lost."""

from __future__ import annotations

import json
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


VAULT = """
import json, pathlib
from keyring.backend import KeyringBackend

class Vault(KeyringBackend):
    __module__ = "keyring.backends.SecretService"
    priority = 1
    place = pathlib.Path(__file__).with_name("vault.json")

    def _held(self):
        return json.loads(self.place.read_text()) if self.place.exists() else {}

    def get_password(self, service, username):
        return self._held().get(f"{service} {username}")

    def set_password(self, service, username, password):
        self.place.write_text(json.dumps({**self._held(), f"{service} {username}": password}))
"""


def test_what_is_typed_unseen_goes_into_the_keyring_and_the_config_names_where(tmp_path: Path) -> None:
    (tmp_path / "vault.py").write_text(VAULT)
    home = tmp_path / "home"
    argv = [sys.executable, "-m", "cm_console", "--home", str(home), "source", "add", "mastodon", "social"]
    argv += ["url=https://social.test", "--no-check"]
    env = {"PYTHON_KEYRING_BACKEND": "vault.Vault", "PYTHONPATH": str(tmp_path), "HOME": str(tmp_path)}
    with Terminal(argv, env) as terminal:
        terminal.wait("typed unseen, kept in the keyring")
        terminal.press(TYPED, "enter")
        terminal.wait("added social")
        assert terminal.end() == 0
        assert TYPED.encode() not in bytes(terminal.received)
    config = (home / "config.toml").read_text()
    assert 'token = "keyring:social/token"' in config and TYPED not in config
    assert json.loads((tmp_path / "vault.json").read_text()) == {"cm-console social/token": TYPED}
