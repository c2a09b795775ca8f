"""The key table: complete, without clashes, remappable with plain words for every mistake."""

from __future__ import annotations

import string
import subprocess
import sys

import pytest

from cm_console import keys
from cm_console.keys import COMMANDS, SCOPES, KeymapError, validate
from cm_console.screens import SCREENS


def test_every_id_is_unique_and_names_its_scope() -> None:
    ids = [command.id for command in COMMANDS]
    assert len(set(ids)) == len(ids)
    for command in COMMANDS:
        assert command.id.split(".")[0] == (command.screen or "app")
        assert command.label and command.help and not command.help.endswith(".")


def test_no_key_does_two_things_on_one_screen() -> None:
    validate({})
    for screen in SCOPES:
        taken = [key for command in keys.commands(screen) for key in keys.keys_of(command)]
        assert len(set(taken)) == len(taken), screen


def test_r_is_always_reply_and_d_always_remove() -> None:
    for command in COMMANDS:
        for key in keys.keys_of(command):
            if key in ("r", "d"):
                assert command.action == {"r": "reply", "d": "remove"}[key]


def test_every_default_key_is_one_the_config_would_take_too() -> None:
    for command in COMMANDS:
        if not command.fixed:
            assert validate({command.id: command.key}) == {command.id: command.key}


@pytest.mark.parametrize("char", string.punctuation)
def test_key_names_are_those_of_the_terminal_library(char: str) -> None:
    from textual.keys import _character_to_key

    assert keys.key_name(char) == _character_to_key(char)
    assert keys.shown(keys.key_name(char)) == char


def test_a_remapping_takes_characters_names_and_two_keys() -> None:
    assert validate({"inbox.reply": "!", "inbox.moderate": "R, f5", "app.sync": "g r"}) == {
        "inbox.reply": "exclamation_mark",
        "inbox.moderate": "R,f5",
        "app.sync": "g r",
    }
    assert validate({"inbox.reply": ","}) == {"inbox.reply": "comma"}


def test_two_commands_can_change_places() -> None:
    assert validate({"inbox.reply": "n", "inbox.note": "r"}) == {"inbox.reply": "n", "inbox.note": "r"}


@pytest.mark.parametrize(
    ("overrides", "words"),
    [
        ({"inbox.replay": "x"}, "did you mean 'inbox.reply'"),
        ({"inbox.reply": "e"}, "e would be both inbox.reply and inbox.done on screen inbox"),
        ({"moderation.keep": "z"}, "z would be both moderation.keep and app.undo"),
        ({"list.down": "u"}, "moderation"),
        ({"inbox.reply": "ctrl+i"}, "no key a terminal sends"),
        ({"inbox.reply": "alt+x"}, "no key a terminal sends"),
        ({"inbox.reply": ""}, "no key a terminal sends"),
        ({"inbox.reply": "rr"}, "no key a terminal sends"),
        ({"inbox.reply": "x y"}, "only g can come first"),
        ({"inbox.reply": "g"}, "cannot stand alone"),
        ({"app.quit": "x"}, "always stays on q"),
        ({"app.help": "x"}, "always stays on ?"),
        ({"app.palette": "x"}, "always stays on ^p"),
    ],
)
def test_a_wrong_remapping_is_refused_in_plain_words(overrides: dict[str, str], words: str) -> None:
    with pytest.raises(KeymapError, match=words.replace("?", r"\?").replace("^", r"\^")):
        validate(overrides)


def test_every_command_of_a_screen_has_its_action() -> None:
    from cm_console.app import ConsoleApp
    from cm_console.screens import screen_class
    from cm_console.screens.compose import ComposeScreen

    classes: dict[str, type] = {"compose": ComposeScreen}
    for name in SCREENS:
        try:
            classes[name] = screen_class(name)
        except ModuleNotFoundError as error:
            assert error.name is not None and error.name.endswith(f"screens.{name}")
    assert "inbox" in classes and "search" in classes
    for name, kind in classes.items():
        for command in keys.commands(name):
            owner = kind if command.screen else ConsoleApp
            method = f"action_{command.action.partition('(')[0]}"
            assert hasattr(owner, method), f"{command.id}: {owner.__name__} has no {method}"


def test_the_footer_ends_with_help_and_follows_the_keymap() -> None:
    for screen in SCREENS:
        assert keys.hints(screen)[-1] == ("?", "help")
    assert ("X", "reply") in keys.hints("inbox", {"inbox.reply": "X"})


def test_bindings_carry_their_ids_and_leave_out_two_key_commands() -> None:
    found = {binding.id: binding for binding in keys.bindings("list")}
    assert found["list.top"].key == "home"
    assert found["list.top"].action == "top"
    assert keys.chords("inbox")["g"].id == "list.top"
    assert keys.chords("inbox", {"app.sync": "g r"})["r"].id == "app.sync"


def test_docs_name_every_command_once() -> None:
    assert [row[2] for row in keys.docs()] == [command.id for command in COMMANDS]
    assert ("inbox", "r", "inbox.reply", "Write a public answer") in keys.docs()


def test_the_table_can_be_read_without_a_terminal_library() -> None:
    code = "import sys, cm_console.keys as k; k.docs(); k.validate({}); sys.exit('textual' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
