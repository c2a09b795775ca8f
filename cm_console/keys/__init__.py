"""Keys from the one table in `table.py`: bindings, footer, help, palette, remapping and docs/keys.md come from it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from cm_console.keys.table import COMMANDS as COMMANDS
from cm_console.keys.table import GO as GO
from cm_console.keys.table import PLACES as PLACES
from cm_console.keys.table import SCOPES as SCOPES
from cm_console.keys.table import Command as Command

if TYPE_CHECKING:
    from textual.binding import Binding

BY_ID: Mapping[str, Command] = {command.id: command for command in COMMANDS}


class KeymapError(ValueError):
    """A remapping in the config cannot work; the words say which line and what to do."""


def commands(screen: str) -> Iterator[Command]:
    """What can be done on a screen, its own commands first."""
    for scope in SCOPES[screen]:
        yield from (command for command in COMMANDS if command.screen == scope)


def key_name(key: str) -> str:
    """The terminal library's name of a key: "!" is "exclamation_mark"; names stay."""
    if len(key) != 1 or key.isalnum():
        return key
    name = unicodedata.name(key, key).lower().replace("-", "_").replace(" ", "_")
    return _NAMES.get(name, name)


_NAMES = {
    "solidus": "slash", "reverse_solidus": "backslash", "commercial_at": "at", "hyphen_minus": "minus",
    "plus_sign": "plus", "low_line": "underscore",
}  # fmt: skip
_PUNCTUATION = {key_name(char): char for char in r"""!"#$%&'()*+,-./:;<=>?@[\]^_`{|}~"""}
_SHOWN = {
    "pagedown": "PgDn", "pageup": "PgUp", "escape": "esc", "shift+tab": "⇧tab", "up": "↑", "down": "↓", "left": "←",
    "right": "→", "delete": "del", "backspace": "⌫",
}  # fmt: skip
_SPECIAL = r"enter|escape|tab|space|backspace|delete|insert|home|end|pageup|pagedown|up|down|left|right|f([1-9]|1[0-2])"
_GRAMMAR = rf"\S|{'|'.join(_PUNCTUATION)}|(shift\+)?({_SPECIAL})|ctrl\+({_SPECIAL}|[a-gk-lnopq-y])"


def shown(key: str) -> str:
    """A key as people read it: "?" for question_mark, "g i" for a two-key command, "^s" for ctrl+s."""
    if " " in key:
        return " ".join(shown(part) for part in key.split())
    key = _SHOWN.get(key, _PUNCTUATION.get(key, key))
    return f"^{key[5:]}" if key.startswith("ctrl+") and len(key) == 6 else key


def keys_of(command: Command, keymap: Mapping[str, str] | None = None) -> tuple[str, ...]:
    """The keys of a command, remapped if the keymap says so, by the terminal library's names."""
    return tuple((keymap or {}).get(command.id, command.key).split(","))


def validate(overrides: Mapping[str, str]) -> dict[str, str]:
    """Turn the `[keys]` of a config into a keymap: id -> keys by their names.

    Raises:
        KeymapError: an unknown id, a key no terminal sends, or a key that already does something else there.
    """
    keymap: dict[str, str] = {}
    for command_id, keys in overrides.items():
        if command_id not in BY_ID:
            from difflib import get_close_matches

            near = get_close_matches(command_id, BY_ID, 1)
            raise KeymapError(
                f"keys: there is no command {command_id!r}{f'; did you mean {near[0]!r}?' if near else ''}"
            )
        if BY_ID[command_id].fixed:
            raise KeymapError(f"keys: {command_id} always stays on {shown(BY_ID[command_id].key.split(',')[0])}")
        keymap[command_id] = ",".join(_key(command_id, key) for key in _split(keys))
    for screen in SCOPES if keymap else ():  # tests prove that the table itself has no clash
        _refuse_clash(screen, keymap)
    return keymap


def _split(keys: str) -> list[str]:
    """Comma-separated keys; a lone "," is the comma key."""
    return ["comma"] if keys.strip() == "," else [key.strip() for key in keys.split(",")]


def _key(command_id: str, key: str) -> str:
    first, _, second = key.partition(" ")
    if second and first != GO:
        raise KeymapError(f"keys: {command_id} = {key!r}: only {GO} can come first of two keys, as in '{GO} x'")
    if key == GO:
        raise KeymapError(f"keys: {command_id} = {key!r}: {GO} begins two-key commands and cannot stand alone")
    for part in (second or first,):
        if not re.fullmatch(_GRAMMAR, part, re.ASCII):
            raise KeymapError(
                f"keys: {command_id} = {key!r} is no key a terminal sends; write it like r, R, !, enter, f5 or ctrl+x"
            )
    return f"{first} {key_name(second)}" if second else key_name(first)


def _refuse_clash(screen: str, keymap: Mapping[str, str]) -> None:
    taken: dict[str, Command] = {}
    for command in commands(screen):
        for key in keys_of(command, keymap):
            other = taken.setdefault(key, command)
            if other.id != command.id:
                raise KeymapError(f"keys: {shown(key)} would be both {other.id} and {command.id} on screen {screen}")


def bindings(*scopes: str) -> list[Binding]:
    """The single-key commands of some scopes as the terminal library's bindings, each with its id for remapping."""
    from textual.binding import Binding

    return [
        Binding(",".join(single), command.action, command.label, id=command.id, show=False, priority=_first(command))
        for command in COMMANDS
        if command.screen in scopes and (single := [key for key in keys_of(command) if " " not in key])
    ]


def _first(command: Command) -> bool:
    return command.screen in ("compose", "passage", "form") or command.id == "app.palette"


def command_of(screen: str, key: str, keymap: Mapping[str, str] | None = None) -> Command | None:
    """What a key does on a screen."""
    return next((each for each in commands(screen) if key in keys_of(each, keymap)), None)


def chords(screen: str, keymap: Mapping[str, str] | None = None) -> dict[str, Command]:
    """The two-key commands of a screen by their second key."""
    return {
        key.split()[1]: command
        for command in commands(screen)
        for key in keys_of(command, keymap)
        if key.startswith(GO + " ")
    }


def hints(screen: str, keymap: Mapping[str, str] | None = None) -> list[tuple[str, str]]:
    """What the footer of a screen shows: (key, label), most wanted first; help last, always kept."""
    return [(shown(keys_of(command, keymap)[0]), command.label) for command in commands(screen) if command.footer]


def docs() -> list[tuple[str, str, str, str]]:
    """Rows for docs/keys.md: screen, keys, id, help."""
    return [
        (command.screen or "everywhere", ", ".join(shown(key) for key in keys_of(command)), command.id, command.help)
        for command in COMMANDS
    ]
