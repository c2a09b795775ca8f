"""TOML to a Config: everything is checked, and whatever is wrong is told with file, line and key."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from cm_console.config import lines, values
from cm_console.config.documented import Option, option, section
from cm_console.config.files import read_text
from cm_console.config.lines import KeyPath
from cm_console.config.shape import (
    DEFAULT_EVERY,
    EVERY_BY_KIND,
    GRATITUDE,
    Config,
    ConfigError,
    SourceConfig,
)
from cm_console.config.values import nearest, shown
from cm_console.model.guidelines import Guideline
from cm_console.model.text import clean_line

_DEEPEST = 8
_TABLES = ("gratitude", "keys", "guidelines", "sources")


class _Wrong(Exception):
    """Something is wrong at a place; the line is looked up later."""

    def __init__(self, keys: KeyPath, words: str) -> None:
        super().__init__(words)
        self.keys = keys
        self.words = words


def load(path: Path) -> Config:
    """Read the config of a community.

    Raises:
        NoConfig: there is no such file.
        ConfigError: it cannot be read or something in it is wrong.
    """
    text, stamp = read_text(path)
    return parse(text, path, stamp)


def parse(text: str, path: Path, stamp: str = "") -> Config:
    """Make a Config of TOML text; `path` is only named. Raises ConfigError."""
    data = _toml(text, path.name)
    try:
        return _config(data, path, stamp)
    except _Wrong as wrong:
        raise ConfigError(wrong.words, file=path.name, line=lines.line_of(text, wrong.keys)) from None


def from_data(data: dict[str, Any], path: Path) -> Config:
    """Make a Config of values that stand in no file yet; raises ConfigError without a line."""
    try:
        return _config(data, path, "")
    except _Wrong as wrong:
        raise ConfigError(wrong.words) from None


def complaint(config: Config, keys: KeyPath, words: str) -> ConfigError:
    """An error about a key that only others can judge, such as a setting of a source, with the key's line."""
    try:
        text, _ = read_text(config.path)
    except ConfigError:
        return ConfigError(words, file=config.path.name)
    return ConfigError(words, file=config.path.name, line=lines.line_of(text, keys))


def _toml(text: str, file: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        words = str(error)
    except RecursionError:
        raise ConfigError("is nested too deeply", file=file) from None
    except ValueError:
        raise ConfigError("holds a number that is too large", file=file) from None
    place = re.search(r" \(at (?:line (\d+), column (\d+)|end of document)\)$", words)
    line = int(place[1]) if place and place[1] else len(lines.split(text.rstrip()))
    what: str = clean_line(words[: place.start()] if place else words, 120)
    if what.startswith(("Cannot overwrite", "Cannot declare")):
        what = "this key or table was already given above"
    column = f" (column {place[2]})" if place and place[2] else ""
    raise ConfigError(f"is not TOML: {what}{column}", file=file, line=line)


def dotted(keys: KeyPath) -> str:
    """A place as a person writes it: sources.forum.every, guidelines[2].title."""
    words = ""
    for key in keys:
        if isinstance(key, int):
            words += f"[{key + 1}]"
        else:
            plain = clean_line(key, 60)
            words += ("." if words else "") + (plain if re.fullmatch(r"[\w.-]+", plain) else f'"{plain}"')
    return words


def _accept(entry: Option, value: object, keys: KeyPath) -> Any:
    try:
        return entry.kind.accept(value)
    except ValueError as advice:
        # No cause is kept: a chained one would show the value twice.
        words = f"{dotted(keys)} must be {entry.kind.words}, not {shown(value)}{advice}"
    raise _Wrong(keys, words)


def _table(value: object, keys: KeyPath, example: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise _Wrong(keys, f"{dotted(keys)} must be a table such as {example}, not {shown(value)}")
    return value


def _fixed(data: Mapping[str, object], keys: KeyPath, known: Mapping[str, Option]) -> dict[str, Any]:
    for name, entry in known.items():
        if entry.required and name not in data:
            raise _Wrong(keys, f"{dotted((*keys, name))} is missing: {entry.help}")
    return {name: _accept(known[name], value, (*keys, name)) for name, value in data.items() if name in known}


def _no_others(data: Mapping[str, object], keys: KeyPath, known: tuple[str, ...]) -> None:
    for name in data:
        if name not in known:
            raise _Wrong((*keys, name), f"there is no setting {dotted((*keys, name))}{nearest(name, known)}")


def _config(data: dict[str, Any], path: Path, stamp: str) -> Config:
    known = section("")
    _no_others(data, (), (*known, *_TABLES))
    config = Config(
        path=path,
        stamp=stamp,
        sources=tuple(_sources(data.get("sources", {}))),
        guidelines=tuple(_guidelines(data.get("guidelines", []))),
        keys=_each_once(_keys(_table(data.get("keys", {}), ("keys",), "[keys]"), ("keys",))),
        gratitude=_gratitude(data.get("gratitude", {})),
        **_fixed(data, (), known),
    )
    for name in ("team", "bots"):
        _known_sources(data.get(name, []), name, {source.name for source in config.sources})
    return config


def _sources(data: object) -> Iterator[SourceConfig]:
    fixed, other = section("sources.NAME"), option("sources.NAME.SETTING")
    for name, table in _table(data, ("sources",), "[sources.forum]").items():
        keys = ("sources", name)
        if not values.NAME.fullmatch(name) or len(name) > 60:
            raise _Wrong(keys, f"{dotted(keys)}: a source's name is lower case letters, digits and dashes")
        given = _fixed(_table(table, keys, "[sources.forum]"), keys, fixed)
        given.setdefault("every", EVERY_BY_KIND.get(given["kind"], DEFAULT_EVERY))
        settings = {key: _accept(other, value, (*keys, key)) for key, value in table.items() if key not in fixed}
        yield SourceConfig(name=name, settings=settings, **given)


def _guidelines(data: object) -> Iterator[Guideline]:
    if not isinstance(data, list):
        raise _Wrong(("guidelines",), "guidelines must be tables with two brackets: [[guidelines]]")
    known, numbers = section("guidelines"), set[int]()
    for index, table in enumerate(data):
        keys = ("guidelines", index)
        _no_others(_table(table, keys, "[[guidelines]]"), keys, tuple(known))
        guideline = Guideline(**_fixed(table, keys, known))
        if guideline.number in numbers:
            raise _Wrong((*keys, "number"), f"{dotted((*keys, 'number'))} {guideline.number} was already given above")
        numbers.add(guideline.number)
        yield guideline


def _keys(data: Mapping[str, object], keys: KeyPath) -> Iterator[tuple[str, str]]:
    """Command ids hold dots, so `inbox.reply = "r"` without quotes is a table to TOML and the same to us."""
    for name, value in data.items():
        place = (*keys, name)
        if isinstance(value, dict) and len(place) < _DEEPEST:
            yield from _keys(value, place)
        else:
            yield ".".join(str(key) for key in place[1:]), _accept(option("keys.COMMAND"), value, place)


def _each_once(keys: Iterator[tuple[str, str]]) -> dict[str, str]:
    found: dict[str, str] = {}
    for command, key in keys:
        if command in found:
            raise _Wrong(("keys",), f"keys gives {clean_line(command, 60)} twice, with and without quotes")
        found[command] = key
    return found


def _gratitude(data: object) -> dict[str, tuple[str, ...]]:
    table = _table(data, ("gratitude",), "[gratitude]")
    entry = option("gratitude.LANGUAGE")
    return dict(GRATITUDE) | {name: _accept(entry, value, ("gratitude", name)) for name, value in table.items()}


def _known_sources(entries: list[str], name: str, sources: set[str]) -> None:
    for entry in entries:
        source, colon, _ = entry.partition(":")
        if colon and values.NAME.fullmatch(source) and source not in sources:
            raise _Wrong((name,), f"{name} names the source '{source}', which is not there{nearest(source, sources)}")
