"""Files of persons, CSV or JSON: written whole, and read back for what a team keeps - notes, tags, follow-ups, links.

A cell that a spreadsheet would take for a formula is written with a ' before it, and read without; what is written is
read back as the same. A row that cannot be read is told with its line and column, the others are used.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from cm_console.model.tags import tag_words
from cm_console.model.text import Safe, clean, clean_line

KEPT = ("tags", "notes", "follow_ups", "same_as")
"""What is read from a file; the rest of the columns is for people to look at."""
WHO = ("who", "mail")
"""Who a row is about: handle@source, or a mail address a platform vouched for."""
BETWEEN_NOTES = "\n---\n"
LONGEST = 20_000
"""Characters of a note that are read."""


class Misread(ValueError):
    """Something in a file cannot be used; `line` counts from 1, `column` is its name, "" for the whole row."""

    def __init__(self, words: str, line: int, column: str = "") -> None:
        super().__init__(f"line {line}{f', column {column}' if column else ''}: {words}")
        self.line, self.column = line, column


@dataclass(frozen=True, slots=True)
class Given:
    """What a row says of a person."""

    line: int
    who: str
    mail: str
    tags: tuple[str, ...] = ()
    notes: tuple[Safe, ...] = ()
    follow_ups: tuple[tuple[date, Safe], ...] = ()
    same_as: tuple[str, ...] = ()
    id: int | None = None


Row = Mapping[str, object]
"""A person for a file: numbers, texts, lists of texts, and follow-ups as lists of {"on", "about"}."""


def as_json(rows: Sequence[Row]) -> str:
    """A list of objects."""
    return json.dumps(rows, indent=2, ensure_ascii=False) + "\n"


def as_csv(rows: Sequence[Row]) -> str:
    """A table; lists in one cell: words apart by blanks, notes by a line ---, follow-ups one on a line."""
    out = io.StringIO()
    table = csv.writer(out, lineterminator="\n")
    if rows:
        table.writerow(list(rows[0]))
    for row in rows:
        table.writerow([_guarded(_cell(name, value)) for name, value in row.items()])
    return out.getvalue()


def _cell(name: str, value: object) -> str:
    if isinstance(value, list):
        if name == "follow_ups":
            return "\n".join(f"{each['on']} {clean_line(each['about'], LONGEST)}" for each in value)
        return (BETWEEN_NOTES if name == "notes" else " ").join(value)
    return "" if value is None else str(value)


def _guarded(cell: str) -> str:
    return f"'{cell}" if re.match(r"'*[=+\-@\t\r]", cell) else cell


def _bare(cell: str) -> str:
    return cell[1:] if re.match(r"'+[=+\-@\t\r]", cell) else cell


def read(text: str, *, is_json: bool) -> Iterator[Given | Misread]:
    """The rows of a file, and what cannot be read of it in its place.

    Raises:
        Misread: nothing of it can be read.
    """
    rows = _json_rows(text) if is_json else _csv_rows(text)
    for line, row in rows:
        if isinstance(row, Misread):
            yield row
            continue
        try:
            yield _given(line, row)
        except Misread as wrong:
            yield wrong


def _csv_rows(text: str) -> Iterator[tuple[int, dict[str, object] | Misread]]:
    table = csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""), strict=True)
    try:
        names = [name.strip().lower() for name in next(table, [])]
        _separated(names)
        _about_persons(names)
        before = table.line_num
        for cells in table:
            line, before = before + 1, table.line_num
            if not any(cells):
                continue
            if len(cells) > len(names):
                yield line, Misread(f"there are {len(cells)} cells, but {len(names)} columns", line)
                continue
            yield line, {name: _split(name, _bare(cell)) for name, cell in zip(names, cells, strict=False)}
    except csv.Error as error:
        raise Misread(f"this is no CSV: {error}", table.line_num) from None


def _separated(names: Sequence[str]) -> None:
    for separator, called in ((";", "semicolons"), ("\t", "tabs")):
        if len(names) == 1 and separator in names[0]:
            raise Misread(f"its columns are apart by {called}; this reads columns apart by commas", 1)


def _about_persons(names: Sequence[str]) -> None:
    if not set(names) & set(WHO):
        raise Misread("there is no column who (handle@source) and none mail", 1)
    if not set(names) & set(KEPT):
        raise Misread(f"there is none of the columns {', '.join(KEPT)}", 1)


def _split(name: str, cell: str) -> object:
    if name == "notes":
        return [part for part in cell.split(BETWEEN_NOTES) if part.strip()]
    if name == "follow_ups":
        lines = (line.strip().partition(" ") for line in cell.splitlines() if line.strip())
        return [{"on": day, "about": about} for day, _, about in lines]
    return cell.replace(",", " ").split() if name in ("tags", "same_as") else cell


def _json_rows(text: str) -> Iterator[tuple[int, dict[str, object] | Misread]]:
    try:
        rows = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise Misread(f"this is no JSON: {error}", getattr(error, "lineno", 1)) from None
    if not isinstance(rows, list):
        raise Misread("this is no list of persons", 1)
    for number, row in enumerate(rows, 1):
        yield number, row if isinstance(row, dict) else Misread("this is no object", number)


def _given(line: int, row: Mapping[str, object]) -> Given:
    """A row checked; in JSON the line is the number of the object."""
    who, mail = (_text(line, name, row.get(name) or "") for name in WHO)
    if not who and not mail:
        raise Misread("it does not say who: handle@source, or a mail address", line, WHO[0])
    tags = [word for tag in _texts(line, "tags", row) for word in tag_words(tag)]
    notes = (clean(note.strip()[:LONGEST]) for note in _texts(line, "notes", row))
    return Given(
        line,
        who,
        mail,
        tuple(dict.fromkeys(tags)),
        tuple(dict.fromkeys(note for note in notes if note)),
        tuple(dict.fromkeys(_follow_ups(line, row.get("follow_ups") or []))),
        _texts(line, "same_as", row),
        int(number) if (number := str(row.get("id") or "").strip()).isascii() and number.isdigit() else None,
    )


def _follow_ups(line: int, value: object) -> Iterator[tuple[date, Safe]]:
    for each in value if isinstance(value, list) else [value]:
        if not isinstance(each, dict):
            raise Misread("a follow-up has a day and a word what it is about", line, "follow_ups")
        on, about = (_text(line, "follow_ups", each.get(name) or "") for name in ("on", "about"))
        try:
            day = date.fromisoformat(on)
        except ValueError:
            raise Misread(f"{clean_line(on, 30)!r} is no day such as 2026-12-01", line, "follow_ups") from None
        if not about.strip():
            raise Misread(f"the follow-up on {on} does not say what it is about", line, "follow_ups")
        yield day, clean_line(about, LONGEST)


def _texts(line: int, name: str, row: Mapping[str, object]) -> tuple[str, ...]:
    value = row.get(name) or []
    return tuple(_text(line, name, each) for each in (value if isinstance(value, list) else [value]))


def _text(line: int, name: str, value: object) -> str:
    if not isinstance(value, str):
        raise Misread("this is no text", line, name)
    return value.strip() if name in WHO else value
