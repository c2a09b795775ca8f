"""The messages of an mbox file, plain or packed with gzip, one after the other, in memory that has a bound.

A message begins at a line "From ... 10:00:00 ... 2026" after an empty line or at the beginning of the file: both
kinds of mbox (mboxo and mboxrd) do, and a line "From here on ..." in a letter does not. See RFC 4155 and
https://www.loc.gov/preservation/digital/formats/fdd/fdd000385.shtml.
"""

from __future__ import annotations

import gzip
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import BinaryIO, cast

from cm_console.model.time import Instant
from cm_console.sources.dates import parse_date
from cm_console.sources.row_files import unreadable

CHUNK = 1 << 20
HELD = 4 << 20
"""Most bytes of one message that are kept: text stands first, what is cut are attachments."""
POSTMARK_LIMIT = 512

_LINE = rb"From [^\r\n]{0,250}?\d\d?:\d\d[^\r\n]{0,100}?\b\d{4}\b[^\r\n]{0,60}\r?\n"
_FIRST = re.compile(rb"\s{0,64}(?=" + _LINE + rb")")
_NEXT = re.compile(rb"\n\r?\n(?=" + _LINE + rb")")
_ESCAPED = re.compile(rb"^>(>*From )", re.MULTILINE)
_DATE = re.compile(rb"(?:[A-Z][a-z]{2} )?[A-Z][a-z]{2} [ \d]\d \d\d?:\d\d.{0,40}")


@dataclass(frozen=True, slots=True)
class Raw:
    """One message as it stands in the file.

    Attributes:
        offset, line: where it begins, from 0 and from 1; in a packed file counted in what comes out.
        data: the message without its "From " line and with `>From ` as it was written, at most HELD bytes.
        size: how long it is in the file.
        stamped: the date in its "From " line.
        before: the hash of everything before it, to tell later whether the file only grew.
    """

    offset: int
    line: int
    data: bytes
    size: int
    stamped: Instant | None
    before: str


class NoMbox(Exception):
    """A file that does not begin like an mbox, or ends where nobody can unpack it."""


def opened(path: Path) -> BinaryIO:
    """An mbox to read, unpacked as it is read if it is packed.

    Raises:
        Unreachable: it cannot be read; the words name it.
    """
    try:
        file = path.open("rb")
        if file.read(2) == b"\x1f\x8b":
            file.close()
            return cast(BinaryIO, gzip.GzipFile(path, "rb"))
        file.seek(0)
    except OSError as error:
        raise unreadable(path, error) from error
    return file


def looks_like_mbox(path: Path) -> bool:
    """Does it begin with a "From " line, or is it empty?

    Raises:
        Unreachable: it cannot be read.
    """
    with opened(path) as file:
        start = _read(file, path, 64 + POSTMARK_LIMIT)
    return not start.strip() or _FIRST.match(start) is not None


def messages(path: Path, offset: int = 0, line: int = 1, hashed: blake2b | None = None) -> Iterator[Raw]:
    """The messages from a place on that is 0 or where a message begins. Blocking: belongs in a thread.

    `hashed` is the hash of what stands before that place, from `hash_of`.

    Raises:
        Unreachable: it cannot be read.
        NoMbox: it does not begin like an mbox, or breaks; the words say where.
    """
    with opened(path) as file:
        try:
            file.seek(offset)
        except (OSError, EOFError, zlib.error):
            raise NoMbox(f"byte {offset:,} cannot be reached") from None
        yield from _split(file, path, _Part(offset, line, hashed or blake2b(digest_size=16)))


def _split(file: BinaryIO, path: Path, part: _Part) -> Iterator[Raw]:
    window = _read(file, path, CHUNK)
    begin = _FIRST.match(window)
    if begin is None:
        if window.strip():
            raise NoMbox(f'line {part.line} is not the beginning of a message ("From name date")')
        return
    part.add(window, 0, begin.end())
    part, pos, ended = part.next(), begin.end(), False
    while True:
        if found := _NEXT.search(window, pos):
            part.add(window, pos, found.end())
            pos = found.end()
            yield part.whole()
            part = part.next()
        elif ended:
            part.add(window, pos, len(window))
            yield part.whole()
            return
        else:
            keep = max(pos, len(window) - POSTMARK_LIMIT)
            part.add(window, pos, keep)
            more = _read(file, path, CHUNK)
            ended, window, pos = not more, window[keep:] + more, 0


class _Part:
    """A message while it is put together."""

    def __init__(self, offset: int, line: int, hashed: blake2b) -> None:
        self.offset, self.line, self.size, self.lines = offset, line, 0, 0
        self._hashed, self._before = hashed, hashed.hexdigest()
        self._held: list[bytes] = []

    def add(self, window: bytes, start: int, end: int) -> None:
        """More of it; what is beyond HELD is only counted."""
        if self.size < HELD:
            self._held.append(window[start : min(end, start + HELD - self.size)])
        self._hashed.update(memoryview(window)[start:end])
        self.size += end - start
        self.lines += window.count(b"\n", start, end)

    def next(self) -> _Part:
        """The one after it."""
        return _Part(self.offset + self.size, self.line + self.lines, self._hashed)

    def whole(self) -> Raw:
        """All of it."""
        postmark, _, message = b"".join(self._held).partition(b"\n")
        date = _DATE.search(postmark[:POSTMARK_LIMIT])
        stamped = parse_date(date[0].decode("latin-1")) if date else None
        return Raw(self.offset, self.line, _ESCAPED.sub(rb"\1", message), self.size, stamped, self._before)


def count_messages(path: Path, offset: int = 0) -> int:
    """How many messages there are from a place on, for a progress bar; 0 where that cannot be told."""
    found, rest = 0, b"\n\n"
    with opened(path) as file:
        try:
            file.seek(offset)
            while chunk := file.read(CHUNK):
                text = rest + chunk
                kept = max(0, len(text) - POSTMARK_LIMIT)
                found += sum(match.start() < kept for match in _NEXT.finditer(text))
                rest = text[kept:]
        except (OSError, EOFError, zlib.error):
            return found
    return found + len(_NEXT.findall(rest))


def hash_of(path: Path, size: int) -> blake2b | None:
    """The hash of the first `size` bytes, to tell whether a file only grew; None if it is shorter.

    Raises:
        Unreachable: it cannot be read.
    """
    hashed, left = blake2b(digest_size=16), size
    with opened(path) as file:
        while left > 0:
            try:
                chunk = file.read(min(CHUNK, left))
            except (OSError, EOFError, zlib.error):
                return None
            if not chunk:
                return None
            hashed.update(chunk)
            left -= len(chunk)
    return hashed


def _read(file: BinaryIO, path: Path, size: int) -> bytes:
    try:
        return file.read(size)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise NoMbox(f"it is packed with gzip and breaks off or is damaged ({error})") from None
    except OSError as error:
        raise unreadable(path, error) from error
