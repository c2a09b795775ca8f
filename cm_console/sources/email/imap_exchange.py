"""One command to an IMAP server and everything it says to that, within caps on bytes, lines and time."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from cm_console.model.errors import Malformed, Unreachable
from cm_console.model.text import clean_line
from cm_console.sources.email.imap_answers import error_of
from cm_console.sources.email.imap_parse import Atom, Value, number_of, values
from cm_console.sources.mail.connection import Connection
from cm_console.sources.mail.logins import Redact

SECONDS, LONG_SECONDS = 60.0, 300.0
LINE_LIMIT = 8 << 20
"""Bytes of a line: a search may find a million messages."""
LITERAL_LIMIT = 1 << 20
ANSWER_LIMIT = 64 << 20
"""Bytes of everything a server says to one command."""
UNTAGGED_LIMIT = 200_000

_LITERAL = re.compile(rb"~?\{(\d{1,12})\+?\}\Z")
STATUS = re.compile(
    rb"(\S+) (OK|NO|BAD|BYE|PREAUTH)(?: (?:\[([^\]\r\n]{0,8000})\] ?)?(.*))?\Z", re.IGNORECASE | re.DOTALL
)


@dataclass(frozen=True, slots=True)
class Literal:
    """Bytes that are sent as they are, their length before them."""

    data: bytes


@dataclass
class Said:
    """What a server said to one command: untagged data by name, and the codes in brackets."""

    data: dict[str, list[tuple[int, list[Value]]]] = field(default_factory=dict)
    codes: dict[str, bytes] = field(default_factory=dict)

    def of(self, name: str) -> list[tuple[int, list[Value]]]:
        """All untagged answers of this name, each with the number before it."""
        return self.data.get(name, [])

    def code(self, name: str) -> int:
        """The number a code carries, 0 if there is none."""
        text = self.codes.get(name, b"").split(b" ")[0]
        return int(text) if text.isdigit() and len(text) <= 20 else 0


class Exchange:
    """Commands, one after the other; raises SourceError."""

    def __init__(self, connection: Connection, redact: Redact) -> None:
        self.connection = connection
        self._redact = redact
        self._count = 0

    async def command(
        self,
        *parts: bytes | Literal,
        replies: Sequence[bytes] = (),
        seconds: float = SECONDS,
        literal: int = LITERAL_LIMIT,
    ) -> Said:
        """One command and everything said to it.

        Raises:
            SourceError: the server says no; see imap_answers.error_of.
            Malformed: it says what nobody can read, or more than it may.
            Unreachable: it says nothing in time, or ends the connection.
        """
        self._count += 1
        tag = f"c{self._count}".encode()
        async with self.connection.within(seconds):
            await self._send(tag, parts)
            said, end = await self._answer(tag, literal, list(replies))
        if end[2].upper() != b"OK":
            raise error_of(self.connection.place, end[2], end[3] or b"", self.words(end[4]))
        return said

    async def _send(self, tag: bytes, parts: Sequence[bytes | Literal]) -> None:
        waiting = tag + b" "
        for part in parts:
            if isinstance(part, Literal):
                await self.connection.send(waiting + f"{{{len(part.data)}}}\r\n".encode())
                await self._invited(tag)
                waiting = part.data
            else:
                waiting += part
        await self.connection.send(waiting + b"\r\n")

    async def _invited(self, tag: bytes) -> None:
        """Wait until the server wants the literal."""
        for _ in range(100):
            line = await self.connection.line(LITERAL_LIMIT)
            if line.startswith(b"+"):
                return
            found = STATUS.match(line)
            if found and found[1] == tag:
                raise error_of(self.connection.place, found[2], found[3] or b"", self.words(found[4]))
        raise Malformed(f"{self.connection.place} does not take what it asked for")

    async def _answer(self, tag: bytes, literal: int, replies: list[bytes]) -> tuple[Said, re.Match[bytes]]:
        said, size = Said(), 0
        for _ in range(UNTAGGED_LIMIT):
            line = await self.connection.line(LINE_LIMIT)
            if line.startswith(b"+"):
                await self.connection.send((replies.pop(0) if replies else b"*") + b"\r\n")
                continue
            found = STATUS.match(line)
            if found is not None:
                _note(said, found)
                if found[1] == tag:
                    return said, found
                if found[1] == b"*" and found[2].upper() == b"BYE":
                    raise Unreachable(f"{self.connection.place} ended the session: {self.words(found[4])}")
                continue
            chunks = await self._whole(line, literal)
            size += sum(map(len, chunks))
            if size > ANSWER_LIMIT:
                break
            _add(said, chunks)
        raise Malformed(f"{self.connection.place} says more than any answer needs")

    async def _whole(self, line: bytes, literal: int) -> list[bytes]:
        """A response with its literals."""
        chunks, size = [line], len(line)
        while found := _LITERAL.search(chunks[-1]):
            if int(found[1]) > literal or size > ANSWER_LIMIT:
                raise Malformed(f"{self.connection.place} announces {int(found[1]):,} bytes where far fewer were asked")
            chunks += [await self.connection.exactly(int(found[1])), await self.connection.line(LINE_LIMIT)]
            size += len(chunks[-1]) + len(chunks[-2])
        return chunks

    def words(self, raw: bytes | None) -> str:
        """What the server said, fit to be shown, without our secrets."""
        return clean_line(self._redact((raw or b"").decode("utf-8", "replace")), 200)


def _note(said: Said, found: re.Match[bytes]) -> None:
    name, _, rest = (found[3] or b"").partition(b" ")
    if name:
        said.codes[name.decode("latin-1").upper()] = rest


def _add(said: Said, chunks: list[bytes]) -> None:
    if not chunks[0].startswith(b"* "):
        raise Malformed(f"an answer nobody can read: {clean_line(chunks[0][:60].decode('latin-1'), 60)}")
    chunks[0] = chunks[0][2:]
    if chunks[0][:7].upper() == b"SEARCH ":  # up to a million numbers: not worth a parser
        said.data.setdefault("SEARCH", []).append((0, [Atom(word) for word in chunks[0][7:].decode("latin-1").split()]))
        return
    row = values(chunks)
    number = number_of(row[0]) if row and str(row[0]).isdigit() else 0
    rest = row[1:] if number or (row and str(row[0]) == "0") else row
    if rest:
        said.data.setdefault(str(rest[0]).upper(), []).append((number, rest[1:]))
