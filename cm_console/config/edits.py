"""Ways to change TOML text that keep everything else of it: each gives a whole new text, to be checked by reading."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from typing import Any

from cm_console.config import lines
from cm_console.config.reading import dotted
from cm_console.config.shape import ConfigError
from cm_console.config.template import plain

Table = dict[str, Any]


def assigned(text: str, keys: tuple[str, ...], value: object) -> str:
    """Set a key in place, with the comment behind it kept; the text as it was if tomlkit cannot."""
    import tomlkit
    import tomlkit.exceptions

    try:
        document = tomlkit.parse(text)
        table: Any = document
        for name in keys[:-1]:
            table = table[name] if name in table else table.setdefault(name, tomlkit.table())
        table[keys[-1]] = plain(value)
        return tomlkit.dumps(document)
    except tomlkit.exceptions.TOMLKitError:
        return text


def inserted(text: str, keys: tuple[str, ...], row: str) -> Iterator[str]:
    """Where the new file shows the key as an example; after the last row of its table; in a new table at the end."""
    name = re.escape(row.partition(" = ")[0])
    table = keys[:-1]
    if table and not lines.has(tomllib.loads(text), table):
        header = f"[{'.'.join(table)}]"
        yield re.sub(rf"(?m)^# {re.escape(header)}$", lambda _: f"{header}\n{row}", text, count=1)
        yield f"{text.rstrip()}\n\n{header}\n{row}\n"
        return
    if not table:
        yield re.sub(rf"(?m)^# {name} = .*$", lambda _: row, text, count=1)
    rows = [(*table, key) for key, value in _at(text, table).items() if table or not _is_table(value)]
    last = max(found(text, place)[1] for place in (*rows, *([table] if table else ())))
    yield cut(text, last + 1, last, row)


def _is_table(value: object) -> bool:
    return isinstance(value, dict) or (isinstance(value, list) and any(isinstance(entry, dict) for entry in value))


def _at(text: str, keys: tuple[str, ...]) -> Table:
    data = tomllib.loads(text)
    for key in keys:
        data = data[key]
    return data


def found(text: str, keys: tuple[str, ...]) -> tuple[int, int]:
    """First and last line of the statement of a key. Raises ConfigError if the file is too odd to tell."""
    span = lines.statement(text, keys)
    if span is None:
        raise ConfigError(f"{dotted(keys)} cannot be found in the file; change it by hand")
    return span


def without(text: str, keys: tuple[str, ...]) -> str:
    """Take out the statement of a key; of a table, its header and rows, so that comments around them stay."""
    value = _at(text, keys[:-1])[keys[-1]]
    rows = [(*keys, key) for key in value] if isinstance(value, dict) else []
    spans = {found(text, place) for place in (keys, *rows)}
    for first, last in sorted(spans, reverse=True):
        text = cut(text, first, last)
    return text


def cut(text: str, first: int, last: int, *rows: str) -> str:
    """The text with lines `first` to `last` replaced; with last = first - 1 the rows are put before `first`."""
    kept = lines.split(text)
    kept[first - 1 : last] = rows
    return "\n".join(kept)


def _pruned(table: Table) -> Table:
    rows = ((key, _pruned(value) if isinstance(value, dict) else value) for key, value in table.items())
    return {key: value for key, value in rows if value != {}}


def _same(one: object, other: object) -> bool:
    """Equal, and of the same types: 1, 1.0 and true are three things."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_same(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_same, one, other))
    return type(one) is type(other) and one == other


def reads_as(text: str, wanted: Table) -> bool:
    """Does the text say exactly this? Empty tables say nothing."""
    try:
        return _same(_pruned(tomllib.loads(text)), _pruned(wanted))
    except (ValueError, RecursionError):
        return False
