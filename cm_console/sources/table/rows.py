"""Rows of CSV, TSV and JSONL files, also packed: one by one, each with its line; a bad one costs only itself."""

from __future__ import annotations

import csv
import gzip
import io
import zlib
from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE, BOM_UTF32_BE, BOM_UTF32_LE, getincrementaldecoder
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path
from typing import BinaryIO, cast

import msgspec

from cm_console.model.errors import Unreachable
from cm_console.model.text import clean_line
from cm_console.sources.charsets import known
from cm_console.sources.row_files import unreadable

LINE_LIMIT = 1 << 18
"""Most characters of one line; the longest text of a row by far is shorter."""
LINES_LIMIT = 200
"""Most lines of one row: a quote that is never closed must not swallow the file."""
COLUMNS_LIMIT = 500
CHUNK = 1 << 20
DELIMITERS = (",", ";", "\t", "|")


@dataclass(frozen=True, slots=True)
class Row:
    """One row: where it begins, what its columns say, and the hash of everything before it. `wrong` if it is bad."""

    line: int
    cells: dict[str, str]
    before: str
    wrong: str = ""


@dataclass
class Rows:
    """One reading of one file; blocking. `fault` says in words why it ended early; the words name the file."""

    path: Path
    encoding: str = ""
    delimiter: str = ""
    header: list[str] = field(default_factory=list)
    fault: str = ""

    def __iter__(self) -> Iterator[Row]:
        """All rows; raises Unreachable if the file cannot be opened."""
        with opened(self.path, self.encoding) as text:
            lines = _Lines(text)
            try:
                yield from self._objects(lines) if is_jsonl(self.path) else self._records(lines)
            except (EOFError, zlib.error, gzip.BadGzipFile):
                self.fault = (
                    f"{self.path.name} line {lines.number}: it is packed with gzip and breaks off or is damaged"
                )
            except UnicodeError as error:
                why = clean_line(str(error), 100)
                self.fault = f"{self.path.name} line {lines.number}: it cannot be read as {text.encoding}: {why}"
            except OSError as error:
                raise unreadable(self.path, error) from error

    def _objects(self, lines: _Lines) -> Iterator[Row]:
        while (line := lines.next()) is not None:
            if not line.strip():
                continue
            number, before = lines.number, lines.before
            try:
                made = msgspec.json.decode(line)
            except (msgspec.DecodeError, ValueError, RecursionError) as error:
                yield Row(number, {}, before, "too long" if lines.cut else f"no JSON: {clean_line(str(error), 100)}")
                continue
            if isinstance(made, dict):
                yield Row(number, dict(_flat(made)), before)
            else:
                yield Row(number, {}, before, "no JSON object {...}")

    def _records(self, lines: _Lines) -> Iterator[Row]:
        if not self.delimiter:
            mark = lines.mark()
            first = lines.next()
            self.delimiter = delimiter_of(self.path, first or "")
            lines.back(mark, [first] if first else [])
        while (found := _record(lines, self.delimiter)) is not None:
            number, before, cells, wrong = found
            if not self.header:
                self.header = names_of(cells)
                continue
            if not wrong and not any(cell.strip() for cell in cells):
                continue
            if not wrong and any(cell.strip() for cell in cells[len(self.header) :]):
                wrong = f"{len(cells)} columns, the header has {len(self.header)}"
            yield Row(number, dict(zip(self.header, cells, strict=False)), before, wrong)


def names_of(cells: list[str]) -> list[str]:
    """A header's names, each once; none if the line is empty."""
    names: dict[str, None] = {}
    for number, cell in enumerate(cells[:COLUMNS_LIMIT], 1):
        name = " ".join(cell.lstrip("\ufeff").split()) or f"column {number}"
        names[name if name not in names else f"{name} ({number})"] = None
    return list(names) if any(cell.strip() for cell in cells) else []


class _Lines:
    """The lines of a text, with their numbers and the hash of those before; some can be put back."""

    def __init__(self, text: io.TextIOBase) -> None:
        self.number = 0
        self.before = ""
        self.cut = False
        self._text, self._hashed = text, blake2b(digest_size=12)
        self._again: deque[str] = deque()

    def next(self) -> str | None:
        """The next line, None at the end; of one that is too long (`cut`) the beginning."""
        line = self._again.popleft() if self._again else self._text.readline(LINE_LIMIT)
        if not line:
            return None
        self.cut = len(line) >= LINE_LIMIT and not line.endswith(("\n", "\r"))
        if self.cut and not self._again:
            while (rest := self._text.readline(LINE_LIMIT)) and not rest.endswith(("\n", "\r")):
                pass
        self.before = self._hashed.hexdigest()
        self._hashed.update(line.encode("utf-8", "replace"))
        self.number += 1
        return line

    def mark(self) -> tuple[int, blake2b]:
        """Where we are, to go back to."""
        return self.number, self._hashed.copy()

    def back(self, mark: tuple[int, blake2b], lines: list[str]) -> None:
        """Go back to a mark; these lines come again."""
        self.number, self._hashed = mark
        self._again.extendleft(reversed(lines))


def _record(lines: _Lines, delimiter: str) -> tuple[int, str, list[str], str] | None:
    """The next record: line, hash before, cells, what is wrong. A quote that is never closed costs one line only."""
    first = lines.next()
    if first is None:
        return None
    number, before, cut, mark = lines.number, lines.before, lines.cut, lines.mark()
    more: list[str] = []

    def feed() -> Iterator[str]:
        yield first
        while len(more) < LINES_LIMIT and (line := lines.next()) is not None:
            more.append(line)
            yield line

    try:
        cells, wrong = next(csv.reader(feed(), delimiter=delimiter, strict=True), []), ""
    except csv.Error as error:
        lines.back(mark, more)
        unclosed = "unexpected end" in str(error) or len(more) > 0
        wrong = "a quote is never closed" if unclosed else ""
        try:
            cells = next(csv.reader([first], delimiter=delimiter), [])
        except csv.Error as worse:
            cells, wrong = [], clean_line(str(worse), 100)
    return number, before, cells, "too long" if cut else wrong


def _flat(made: dict[str, object], prefix: str = "", depth: int = 0) -> Iterator[tuple[str, str]]:
    """What an object says, inner objects under dotted names."""
    for name, value in made.items():
        if isinstance(value, dict) and depth < 4:
            yield from _flat(value, f"{prefix}{name}.", depth + 1)
        elif value is not None:
            yield prefix + str(name), _said(value)


def _said(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(str(item) for item in value if isinstance(item, str | int | float))
    return str(value) if not isinstance(value, dict) else ""


def is_jsonl(path: Path) -> bool:
    """Is it a file of JSON objects, one a line?"""
    return path.name.lower().removesuffix(".gz").endswith((".jsonl", ".ndjson", ".json"))


def delimiter_of(path: Path, header: str) -> str:
    """What stands between the columns: by the file's name, else what the header has most of."""
    if path.name.lower().removesuffix(".gz").endswith((".tsv", ".tab")):
        return "\t"
    return max(DELIMITERS, key=lambda letter: (header.count(letter), -DELIMITERS.index(letter)))


def opened(path: Path, encoding: str) -> io.TextIOWrapper:
    """A file to read as text; without an encoding: its byte order mark, UTF-8 if all of it is that, else Windows-1252.

    Raises:
        Unreachable: it cannot be read; the words name it.
    """
    name = (known(encoding) if encoding else "") or _sniffed(path)
    if name in ("utf-16", "utf-32") and not _marked(path):
        name += "-le"
    name = "utf-8-sig" if name == "utf-8" else name
    return io.TextIOWrapper(_bytes(path), encoding=name, errors="replace", newline="")


def _bytes(path: Path) -> BinaryIO:
    try:
        if not path.is_file():
            raise Unreachable(f"{path} is missing" if not path.exists() else f"{path} is not a file")
        file = path.open("rb")
        if file.read(2) == b"\x1f\x8b":
            file.close()
            return cast(BinaryIO, gzip.GzipFile(path, "rb"))
        file.seek(0)
    except OSError as error:
        raise unreadable(path, error) from error
    return file


def _marked(path: Path) -> bool:
    with _bytes(path) as file:
        try:
            return file.read(4).startswith((BOM_UTF16_LE, BOM_UTF16_BE, BOM_UTF32_LE, BOM_UTF32_BE))
        except (OSError, EOFError, zlib.error):
            return False


def _sniffed(path: Path) -> str:
    decoder = getincrementaldecoder("utf-8")()
    with _bytes(path) as file:
        try:
            chunk = file.read(CHUNK)
            if chunk.startswith((BOM_UTF16_LE, BOM_UTF16_BE)):
                return "utf-16"
            if chunk.startswith(BOM_UTF8):
                return "utf-8"
            while chunk:
                decoder.decode(chunk)
                chunk = file.read(CHUNK)
        except UnicodeDecodeError:
            return "cp1252"
        except (EOFError, zlib.error, gzip.BadGzipFile):
            return "utf-8"
        except OSError as error:
            raise unreadable(path, error) from error
    return "utf-8"
