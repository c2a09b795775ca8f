"""The beginning of a mapping: what a file's header and first rows look like, with everything explained beside it."""

from __future__ import annotations

import json
from itertools import islice
from pathlib import Path

from cm_console.model.errors import Malformed, Refused
from cm_console.model.text import clean_line
from cm_console.sources.row_files import unreadable
from cm_console.sources.table.kinds import KINDS, Column
from cm_console.sources.table.mapping import Spec
from cm_console.sources.table.rows import Rows
from cm_console.sources.table.values import date_of

LOOKED_AT = 50
"""Rows from which is guessed how dates are written."""
FORMATS = (
    *("%d.%m.%Y", "%d.%m.%Y %H:%M", "%d.%m.%Y %H:%M:%S", "%d/%m/%Y", "%d/%m/%Y %H:%M", "%d/%m/%Y %H:%M:%S"),
    *("%m/%d/%Y", "%m/%d/%Y %H:%M", "%m/%d/%Y %H:%M:%S", "%m/%d/%Y %I:%M %p", "%d-%m-%Y", "%d %B %Y", "%B %d, %Y"),
)
_SIGNS = {
    "attendance": {"member", "event"},
    "reports": {"target", "at"},
    "posts": {"text", "at"},
    "threads": {"title", "at", "author"},
    "events": {"title", "at"},
}
"""What a header must have to be taken for a kind, the first that fits; else it is members."""


def mapping_of(path: Path) -> Path:
    """Where the mapping of a source is: the path itself, or beside the data with .toml at the end."""
    return path if path.suffix.lower() == ".toml" else path.with_name(path.name + ".toml")


def start_mapping(path: Path) -> Refused:
    """Write a first mapping for a data file beside it; gives the error that tells a person to look at it.

    Raises:
        Unreachable: the file is missing, or nothing can be written beside it.
        Malformed: there is no header to begin with.
    """
    target = mapping_of(path)
    text = example(path)
    try:
        with target.open("x", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise unreadable(target, error) from error
    return Refused(
        f"{path.name} needs a mapping that says which column is what: one was begun in {target}."
        " Look at it, correct it, then check again"
    )


def example(path: Path) -> str:
    """A commented mapping for a file: the kind its header looks like, its columns where their names tell."""
    rows = Rows(path)
    found = list(islice(rows, LOOKED_AT))
    header = rows.header or list(dict.fromkeys(name for row in found for name in row.cells))
    if not header:
        raise Malformed(f"{path.name} has no header and no row: there is nothing to begin a mapping with")
    kind, guessed = guess(header)
    dates = guess_dates([row.cells.get(name, "") for row in found for name in dated(kind, guessed)])
    return "\n".join([*_head(path, header, kind, dates), "", "[table.columns]", *_columns(kind, guessed), ""])


def _head(path: Path, header: list[str], kind: str, dates: str) -> list[str]:
    return [
        f"# How cm-console reads {clean_line(path.name)}. This is a guess from its header: look through it once.",
        "# After a change here all rows are read again; that does no harm.",
        "",
        "[[table]]  # one for each file; more may follow, also for other files",
        f"file = {quoted(path.name)}  # beside this mapping, or a whole path",
        f'rows = "{kind}"  # one of: {", ".join(KINDS)}',
        "complete = false  # true: what vanishes from the file is deleted here too",
        f"dates = {quoted(dates)}  # how dates are written, like %d.%m.%Y %H:%M; empty: ISO (2026-11-22) and RFC 822",
        'timezone = "UTC"  # of dates that name none: Europe/Berlin ...',
        'encoding = ""  # empty: UTF-8 or, if it is not, Windows-1252; UTF-16 by its mark',
        'delimiter = ""  # empty: the one its header has most of: , ; | or tab',
        'place = ""  # of threads and posts that name none',
        "",
        f"# Its columns: {clean_line(', '.join(header), 1_000)}",
    ]


def _columns(kind: str, guessed: dict[str, str]) -> list[str]:
    lines = []
    for column in KINDS[kind]:
        given = guessed.get(column.name, "")
        start = "" if given or column.required else "# "
        lines.append(f"{start}{column.name} = {quoted(given)}  # {'needed: ' if column.required else ''}{column.help}")
    return lines


def guess(header: list[str]) -> tuple[str, dict[str, str]]:
    """The kind a header looks like, and its columns by what they mean there."""
    for kind, needed in _SIGNS.items():
        found = matched(header, KINDS[kind])
        if needed <= found.keys():
            return kind, found
    return "members", matched(header, KINDS["members"])


def matched(header: list[str], columns: tuple[Column, ...]) -> dict[str, str]:
    """Which column of a header is which of a kind's: each at most once, by its usual names, the likeliest first."""
    plain = {" ".join(name.lower().replace("_", " ").replace("-", " ").split()): name for name in header}
    found: dict[str, str] = {}
    for column in columns:
        for word in (column.name, *column.words):
            name = plain.get(word.replace("_", " ").replace("-", " "))
            if name is not None and name not in found.values():
                found[column.name] = name
                break
    return found


def dated(kind: str, guessed: dict[str, str]) -> list[str]:
    """The guessed columns that hold dates."""
    return [guessed[column.name] for column in KINDS[kind] if column.date and column.name in guessed]


def guess_dates(said: list[str]) -> str:
    """The format that most of some dates are written in; empty if everybody understands it, or if we know none."""
    texts = [text.strip() for text in said if text.strip()]
    specs = [Spec("", "", {}, dates=form) for form in ("", *FORMATS)]
    fits = {spec.dates: sum(date_of(text, spec) is not None for text in texts) for spec in specs}
    return max(fits, key=lambda form: fits[form])


def quoted(text: str) -> str:
    """Text as TOML writes it."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
