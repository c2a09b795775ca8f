"""XML files of `<row .../>` elements read a batch at a time: bounded memory, exact places, and a way to go on later."""

from __future__ import annotations

import os
import re
from collections import deque
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from stat import S_ISREG
from typing import BinaryIO
from xml.parsers import expat

from cm_console.model.errors import Unreachable
from cm_console.model.text import clean_line

CHUNK = 1 << 18
ROW_LIMIT = 1 << 22
"""Longest row in bytes; Stack Exchange posts stay under 200 kB, and one endless row must not fill the memory."""

Stamp = tuple[int, int]
"""Size and modification time (nanoseconds) of a file: the same stamp means the same file."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A place between two rows, and what is needed to tell later whether the file still begins the same.

    Attributes:
        stamp: the file as it was when it was read.
        head: bytes before the first row; with them a parser can be set up to go on anywhere.
        offset, line: the next byte and its line.
        rows: rows before it.
        digest: of the bytes before it.
        ended: the file was read to its end, or to the `fault` that makes the rest unreadable.
    """

    stamp: Stamp = (-1, -1)
    head: int = 0
    offset: int = 0
    line: int = 1
    rows: int = 0
    digest: str = ""
    ended: bool = False
    fault: str = ""


BEGINNING = Mark()


@dataclass(frozen=True, slots=True)
class Row:
    """One element of a file and where it stands; `tag` is "row" unless something strange is there."""

    line: int
    offset: int
    tag: str
    fields: dict[str, str]


class _Broken(Exception):
    """The parser met something it must not read."""


def stamp_of(path: Path) -> Stamp:
    """The stamp of a file.

    Raises:
        Unreachable: it is missing or not a readable file; the words name it.
    """
    try:
        found = path.stat()
    except OSError as error:
        raise unreadable(path, error) from error
    if not S_ISREG(found.st_mode):
        raise Unreachable(f"{path} is not a file")
    if not os.access(path, os.R_OK):
        raise Unreachable(f"{path} cannot be read: permission denied")
    return found.st_size, found.st_mtime_ns


def unreadable(path: Path, error: OSError) -> Unreachable:
    """What to tell a person about a file that the system does not let us read."""
    if isinstance(error, FileNotFoundError):
        return Unreachable(f"{path} is missing")
    return Unreachable(f"{path} cannot be read: {error.strerror or error}")


class RowFile:
    """One reading of one file; blocking, so every call belongs in a thread.

    It goes on from `mark` if the bytes before it are as they were, else it begins anew (`continued` tells which).
    `left` is the number of places after `count_from` that match `counted`. The file is open only within a call.

    Raises:
        Unreachable: the file is missing, unreadable, or changed while it was being read.
    """

    def __init__(
        self, path: Path, root: str, mark: Mark, counted: re.Pattern[bytes] | None = None, count_from: int = 0
    ) -> None:
        self.path = path
        self.fault = ""
        self._root = root
        self._stamp = stamp_of(path)
        self._queue: deque[Row] = deque()
        self._tail: tuple[int, int] | None = None
        self._depth = 0
        self._parser = self._new_parser()
        try:
            with path.open("rb") as file:
                head, self._hash = _begin(file, mark)
                self.continued = self._hash.hexdigest() == mark.digest or not mark.offset
                if not self.continued:
                    head, mark, self._hash = b"", BEGINNING, blake2b(digest_size=16)
                file.seek(max(mark.offset, count_from))
                self.left = _count(file, counted) if counted else 0
        except OSError as error:
            raise unreadable(path, error) from error
        self._head, self._at, self._hashed, self.rows = mark.head, mark.offset, mark.offset, mark.rows
        self._place = (mark.offset, mark.line, mark.rows)
        self._latest = mark.offset
        self._unhashed = bytearray()
        self._byte_shift = mark.offset - len(head)
        self._line_shift = mark.line - 1 - head.replace(b"\r\n", b"\n").count(b"\n")
        if head:
            self._parser.Parse(head, False)

    def next(self) -> Row | None:
        """The next row; None when there is none, because the file ended or `fault` says why."""
        self._fill()
        if not self._queue:
            return None
        row = self._queue.popleft()
        self._place = (row.offset, row.line, self.rows)
        self.rows += 1
        return row

    def mark(self) -> Mark:
        """Where to go on so that no row after those handed out is missed (the last one before a fault comes again)."""
        self._fill()
        offset, line, rows = self._place
        if self._queue:
            offset, line, rows = self._queue[0].offset, self._queue[0].line, self.rows
        elif self._tail:
            (offset, line), rows = self._tail, self.rows
        self._hash.update(self._unhashed[: offset - self._hashed])
        del self._unhashed[: offset - self._hashed]
        self._hashed = offset
        ended = not self._queue
        return Mark(self._stamp, self._head, offset, line, rows, self._hash.hexdigest(), ended, self.fault * ended)

    def _fill(self) -> None:
        while not self._queue and not self.fault and self._at >= 0:
            chunk = self._chunk()
            try:
                self._parser.Parse(chunk, not chunk)
                if self._at - self._latest > ROW_LIMIT:
                    raise _Broken(f"{ROW_LIMIT >> 20} MB without a row")
            except expat.ExpatError as error:
                self._break(error.lineno, expat.ErrorString(error.code))
            except (_Broken, LookupError, ValueError) as error:
                self._break(self._parser.CurrentLineNumber, clean_line(str(error), 200))
            if not chunk:
                self._at = -1

    def _break(self, line: int, words: str) -> None:
        read = self.rows + len(self._queue)
        told = "1 row before it was" if read == 1 else f"{read:,} rows before it were"
        self.fault = f"{self.path.name} line {line + self._line_shift}: {words}; {told} read"

    def _chunk(self) -> bytes:
        try:
            with self.path.open("rb") as file:
                found = os.fstat(file.fileno())
                if (found.st_size, found.st_mtime_ns) != self._stamp:
                    raise Unreachable(f"{self.path} changed while it was read; the next sync goes on")
                file.seek(self._at)
                chunk = file.read(CHUNK)
        except OSError as error:
            raise unreadable(self.path, error) from error
        self._at += len(chunk)
        self._unhashed += chunk
        return chunk

    def _new_parser(self) -> expat.XMLParserType:
        parser = expat.ParserCreate()
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.StartDoctypeDeclHandler = self._doctype
        return parser

    def _here(self) -> tuple[int, int]:
        return self._parser.CurrentByteIndex + self._byte_shift, self._parser.CurrentLineNumber + self._line_shift

    def _start(self, tag: str, fields: dict[str, str]) -> None:
        if not self._depth and tag != self._root:
            raise _Broken(f"expected <{self._root}>, found <{tag}>")
        if self._depth == 1:
            offset, line = self._here()
            self._head, self._latest = self._head or offset, offset
            self._queue.append(Row(line, offset, tag, fields))
        self._depth += 1

    def _end(self, tag: str) -> None:
        self._depth -= 1
        if not self._depth:
            self._tail = self._here()
            self._head = self._head or self._tail[0]

    def _doctype(self, *_: object) -> None:
        raise _Broken("a DTD is not read: it could name other files or grow without end")


def _begin(file: BinaryIO, mark: Mark) -> tuple[bytes, blake2b]:
    """The head of the file, and the hash of what stands before the mark."""
    head, left, hashed = file.read(mark.head), mark.offset, blake2b(digest_size=16)
    file.seek(0)
    while left > 0 and (chunk := file.read(min(CHUNK, left))):
        hashed.update(chunk)
        left -= len(chunk)
    return head, hashed


def _count(file: BinaryIO, pattern: re.Pattern[bytes]) -> int:
    found, rest = 0, b""
    while chunk := file.read(CHUNK):
        text = rest + chunk
        found += sum(match.end() > len(rest) for match in pattern.finditer(text))
        rest = text[-32:]
    return found


def count_rows(path: Path) -> int:
    """How many rows a file seems to have, without parsing it (about 1 GB/s).

    Raises:
        Unreachable: it is missing or unreadable.
    """
    stamp_of(path)
    try:
        with path.open("rb") as file:
            return _count(file, re.compile(rb"<row\s"))
    except OSError as error:
        raise unreadable(path, error) from error
