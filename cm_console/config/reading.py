"""TOML to a Config: everything is checked, and whatever is wrong is told with file, line and key."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from cm_console.config import lines, values
from cm_console.config.documented_basics import COMMUNITY, GUIDELINES, KEYS, PROGRAM, SETTING, SOURCES, THANKS
from cm_console.config.files import read_text
from cm_console.config.lines import KeyPath
from cm_console.config.option import fixed
from cm_console.config.shape import (
    DEFAULT_EVERY,
    EVERY_BY_KIND,
    GRATITUDE,
    Config,
    ConfigError,
    SourceConfig,
)
from cm_console.config.tables import Wrong, accept, given_in, no_others, table_of
from cm_console.config.tables import dotted as dotted
from cm_console.config.values import nearest
from cm_console.model.guidelines import Guideline
from cm_console.model.text import clean_line

_DEEPEST = 8
_OF_INBOX = ("needs_reply", "reply_within_hours", "business_hours", "clocks")
_OF_PEOPLE = ("segments", "levels")
_OF_ENGAGE = ("engage", "templates", "starters", "handover")
_OF_REPLIES = ("replies", "macros")
_TABLES = ("gratitude", "keys", "guidelines", "sources", *_OF_INBOX, *_OF_PEOPLE, *_OF_ENGAGE, *_OF_REPLIES)


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
    except Wrong as wrong:
        raise ConfigError(wrong.words, file=path.name, line=lines.line_of(text, wrong.keys)) from None


def from_data(data: dict[str, Any], path: Path) -> Config:
    """Make a Config of values that stand in no file yet; raises ConfigError without a line."""
    try:
        return _config(data, path, "")
    except Wrong as wrong:
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


def _config(data: dict[str, Any], path: Path, stamp: str) -> Config:
    known = fixed((*COMMUNITY, *PROGRAM), "")
    no_others(data, (), (*known, *_TABLES))
    config = Config(
        path=path,
        stamp=stamp,
        sources=tuple(_sources(data.get("sources", {}))),
        guidelines=tuple(_guidelines(data.get("guidelines", []))),
        keys=_each_once(_keys(table_of(data.get("keys", {}), ("keys",), "[keys]"), ("keys",))),
        gratitude=_gratitude(data.get("gratitude", {})),
        **_of_columns(data),
        **given_in(data, (), known),
    )
    for name in ("team", "bots"):
        _known_sources(data.get(name, []), (name,), config)
    for index, policy in enumerate(config.clocks):
        _known_sources([f"{policy.source}:"] if policy.source else [], ("clocks", index, "source"), config)
    return config


def _of_columns(data: Mapping[str, Any]) -> dict[str, Any]:
    """What the config says of the columns; of a column it says nothing of, the modules are not needed yet."""
    found: dict[str, Any] = {}
    if not data.keys().isdisjoint(_OF_INBOX):
        from cm_console.config.promises import promises

        found |= promises(data)
    if not data.keys().isdisjoint(_OF_PEOPLE):
        from cm_console.config.people import people

        found |= people(data)
    if not data.keys().isdisjoint(_OF_ENGAGE):
        from cm_console.config.engaging import engaging

        found |= engaging(data)
    if not data.keys().isdisjoint(_OF_REPLIES):
        from cm_console.config.replies import replies

        found |= replies(data)
    return found


def _sources(data: object) -> Iterator[SourceConfig]:
    known = fixed(SOURCES, "sources.NAME")
    for name, table in table_of(data, ("sources",), "[sources.forum]").items():
        keys = ("sources", name)
        if not values.NAME.fullmatch(name) or len(name) > 60:
            raise Wrong(keys, f"{dotted(keys)}: a source's name is lower case letters, digits and dashes")
        given = given_in(table_of(table, keys, "[sources.forum]"), keys, known)
        given.setdefault("every", EVERY_BY_KIND.get(given["kind"], DEFAULT_EVERY))
        settings = {key: accept(SETTING, value, (*keys, key)) for key, value in table.items() if key not in known}
        yield SourceConfig(name=name, settings=settings, **given)


def _guidelines(data: object) -> Iterator[Guideline]:
    if not isinstance(data, list):
        raise Wrong(("guidelines",), "guidelines must be tables with two brackets: [[guidelines]]")
    known, numbers = fixed(GUIDELINES, "guidelines"), set[int]()
    for index, table in enumerate(data):
        keys = ("guidelines", index)
        no_others(table_of(table, keys, "[[guidelines]]"), keys, tuple(known))
        guideline = Guideline(**given_in(table, keys, known))
        if guideline.number in numbers:
            raise Wrong((*keys, "number"), f"{dotted((*keys, 'number'))} {guideline.number} was already given above")
        numbers.add(guideline.number)
        yield guideline


def _keys(data: Mapping[str, object], keys: KeyPath) -> Iterator[tuple[str, str]]:
    """Command ids hold dots, so `inbox.reply = "r"` without quotes is a table to TOML and the same to us."""
    for name, value in data.items():
        place = (*keys, name)
        if isinstance(value, dict) and len(place) < _DEEPEST:
            yield from _keys(value, place)
        else:
            yield ".".join(str(key) for key in place[1:]), accept(KEYS, value, place)


def _each_once(keys: Iterator[tuple[str, str]]) -> dict[str, str]:
    found: dict[str, str] = {}
    for command, key in keys:
        if command in found:
            raise Wrong(("keys",), f"keys gives {clean_line(command, 60)} twice, with and without quotes")
        found[command] = key
    return found


def _gratitude(data: object) -> dict[str, tuple[str, ...]]:
    table = table_of(data, ("gratitude",), "[gratitude]")
    return dict(GRATITUDE) | {name: accept(THANKS, value, ("gratitude", name)) for name, value in table.items()}


def _known_sources(entries: list[str], keys: KeyPath, config: Config) -> None:
    sources = {source.name for source in config.sources}
    for entry in entries:
        source, colon, _ = entry.partition(":")
        if colon and values.NAME.fullmatch(source) and source not in sources:
            advice = nearest(source, sources)
            raise Wrong(keys, f"{dotted(keys)} names the source '{source}', which is not there{advice}")
