"""Changes a config file and leaves the rest of it alone: comments, order and odd formatting stay.

A change is made on the text; several ways of writing it are tried, and only one that reads back as exactly the old
values plus the change is written. The file is replaced whole (0600, synced, renamed), never half written, under a
lock on its folder; a change by someone else in between is an error, not a loss.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path

from cm_console.config import lines
from cm_console.config.edits import Table, assigned, cut, found, inserted, reads_as, without
from cm_console.config.files import locked, read_text, replace_file
from cm_console.config.reading import from_data, parse
from cm_console.config.shape import Config, ConfigError, SourceConfig
from cm_console.config.template import (
    assignment,
    given_rows,
    new_config,
    plain,
    reply_table,
    source_rows,
    source_table,
)
from cm_console.model.guidelines import Guideline
from cm_console.model.templates import Macro, SavedReply


def write_new(
    path: Path,
    community: str,
    *,
    values: Mapping[str, object] | None = None,
    guidelines: Sequence[Guideline] = (),
    sources: Sequence[SourceConfig] = (),
    replies: Sequence[SavedReply] = (),
    macros: Sequence[Macro] = (),
) -> Config:
    """Write the documented config of a new community; `values` are more top-level settings by name.

    Raises:
        ConfigError: there is one already, a value is wrong, or it cannot be written.
    """
    given = {"community": community, **(values or {})}
    wanted: Table = {
        **_plain_table(given),
        **({"guidelines": [_plain_table(asdict(guideline)) for guideline in guidelines]} if guidelines else {}),
        **({"sources": {source.name: source_rows(source) for source in sources}} if sources else {}),
        **({"replies": {reply.name: given_rows(reply) for reply in replies}} if replies else {}),
        **({"macros": {macro.name: given_rows(macro) for macro in macros}} if macros else {}),
    }
    config = from_data(wanted, path)
    text = new_config(given, guidelines, sources, replies, macros)
    if not reads_as(text, wanted):
        raise ConfigError("the config cannot be written: a name is given twice or is not a top-level setting")
    with locked(path.parent):
        if os.path.lexists(path):
            raise ConfigError("there is a config already; it was not touched", file=str(path))
        return replace(config, stamp=replace_file(path, text, None))


def add_source(path: Path, source: SourceConfig, *, since: Config | None = None) -> Config:
    """Add a source at the end. Raises ConfigError, also when the name is taken."""

    def change(data: Table) -> None:
        if source.name in data.setdefault("sources", {}):
            raise ConfigError(f"there is a source {source.name} already; choose another name or remove it first")
        data["sources"][source.name] = source_rows(source)

    def ways(text: str) -> Iterator[str]:
        yield f"{text.rstrip()}\n\n{source_table(source)}"

    return _edit(path, since, change, ways, f"sources.{source.name}")


def remove_source(path: Path, name: str, *, since: Config | None = None) -> Config:
    """Take a source out, and with it the entries of team and bots that name it ("forum:ann").

    Raises:
        ConfigError: there is no such source, or the file cannot be changed.
    """

    def change(data: Table) -> None:
        if name not in data.get("sources", {}):
            raise ConfigError(f"there is no source {name}; there are: {', '.join(data.get('sources', {})) or 'none'}")
        del data["sources"][name]
        for key in ("team", "bots"):
            if key in data:
                data[key] = [entry for entry in data[key] if not entry.startswith(f"{name}:")]

    def ways(text: str) -> Iterator[str]:
        for key in ("team", "bots"):
            entries = tomllib.loads(text).get(key, [])
            kept = [entry for entry in entries if not entry.startswith(f"{name}:")]
            if kept != entries:
                text = assigned(text, (key,), kept)
        yield without(text, ("sources", name))

    return _edit(path, since, change, ways, f"sources.{name}")


def add_reply(path: Path, reply: SavedReply) -> Config:
    """Add a saved reply behind the others, or at the end. Raises ConfigError, also when the name is taken."""

    def change(data: Table) -> None:
        if reply.name in data.setdefault("replies", {}):
            raise ConfigError(f"there is a saved reply {reply.name} already; choose another name")
        data["replies"][reply.name] = given_rows(reply)

    def ways(text: str) -> Iterator[str]:
        there = [("replies", name) for name in tomllib.loads(text).get("replies", {})]
        if there:
            last = max(found(text, (*keys, row))[1] for keys in there for row in _rows_of(text, keys))
            yield cut(text, last + 1, last, "", *reply_table(reply).rstrip("\n").split("\n"))
        yield f"{text.rstrip()}\n\n{reply_table(reply)}"

    return _edit(path, None, change, ways, f"replies.{reply.name}")


def remove_reply(path: Path, name: str) -> Config:
    """Take a saved reply out.

    Raises:
        ConfigError: there is no such reply, a macro sends it, or the file cannot be changed.
    """

    def change(data: Table) -> None:
        if name not in data.get("replies", {}):
            raise ConfigError(
                f"there is no saved reply {name}; there are: {', '.join(data.get('replies', {})) or 'none'}"
            )
        del data["replies"][name]

    return _edit(path, None, change, lambda text: iter((without(text, ("replies", name)),)), f"replies.{name}")


def _rows_of(text: str, keys: tuple[str, str]) -> list[str]:
    return list(tomllib.loads(text)[keys[0]][keys[1]])


def set_value(path: Path, key: str, value: object, *, since: Config | None = None) -> Config:
    """Set one key ("undo_seconds", "sources.forum.every", "keys.inbox.reply"); None takes it out.

    Raises:
        ConfigError: no such key, a wrong value, the file changed since `since`, or it cannot be changed.
    """

    def change(data: Table) -> None:
        keys = _place(data, key)
        table = data
        for name in keys[:-1]:
            table = table.setdefault(name, {})
            if not isinstance(table, dict):
                raise ConfigError(f"there is no setting {key}")
        if value is None:
            table.pop(keys[-1], None)
        else:
            table[keys[-1]] = plain(value)

    def ways(text: str) -> Iterator[str]:
        keys = _place(tomllib.loads(text), key)
        if value is None:
            yield text if not lines.has(tomllib.loads(text), keys) else without(text, keys)
        elif lines.has(tomllib.loads(text), keys):
            yield assigned(text, keys, value)
            yield cut(text, *found(text, keys), assignment(keys[-1], plain(value)))
        else:
            yield from inserted(text, keys, assignment(keys[-1], plain(value)))
            yield assigned(text, keys, value)

    return _edit(path, since, change, ways, key)


def _place(data: Table, key: str) -> tuple[str, ...]:
    """Where a dotted key stands; a command id holds dots itself, unless the file has it as nested tables."""
    nested = tuple(key.split("."))
    first, _, rest = key.partition(".")
    if first == "keys" and rest and not lines.has(data, nested):
        return first, rest
    return nested


def _edit(
    path: Path, since: Config | None, change: Callable[[Table], None], ways: Callable[[str], Iterator[str]], what: str
) -> Config:
    target = Path(os.path.realpath(path))
    with locked(target.parent):
        before, stamp = read_text(target)
        if since is not None and since.stamp != stamp:
            raise ConfigError("was changed since it was read; look at it again", file=path.name)
        parse(before, path)
        text, ending = before.replace("\r\n", "\n"), "\r\n" if "\r\n" in before else "\n"
        wanted = tomllib.loads(text)
        change(wanted)
        config = from_data(wanted, path)
        new = next((way for way in ways(text) if reads_as(way, wanted)), None)
        if new is None:
            raise ConfigError(
                f"is written in a way that keeps {what} from being changed; do it by hand", file=path.name
            )
        return replace(config, stamp=replace_file(target, new.replace("\n", ending), before))


def _plain_table(values: Mapping[str, object]) -> Table:
    return {name: plain(value) for name, value in values.items()}
