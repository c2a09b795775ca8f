"""One reading of one file: its messages, placed in their conversations, and those that are new as records."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import blake2b

from cm_console.model.records import Record
from cm_console.model.source import PAGE_LIMIT
from cm_console.model.time import DAY, Instant
from cm_console.sources.mail.headers import Head, head_of
from cm_console.sources.mail.mbox_files import NoMbox, Raw, hash_of, messages
from cm_console.sources.mail.threads import Threads
from cm_console.sources.mbox.files import File
from cm_console.sources.mbox.marks import BEGINNING, Mark
from cm_console.sources.mbox.records import records_of

RECORDS_EACH = 3
BATCH_BYTES, BATCH_MESSAGES = 4 << 20, 500
"""Most bytes and messages looked at in one go: what a cancel leaves running."""


@dataclass(frozen=True, slots=True)
class Batch:
    """What one go brought, and the mark after it; `read` counts messages."""

    records: tuple[Record, ...]
    note: str
    mark: Mark
    read: int


@dataclass
class Stream:
    """The messages of a file from `mark` on; those before it (of a `known` file all) are only placed. Blocking."""

    file: File
    number: int
    threads: Threads
    mark: Mark
    now: Instant
    known: bool = False
    _coming: Iterator[Raw] = field(init=False)
    _ahead: Raw | None = field(default=None, init=False)
    _latest: Raw | None = field(default=None, init=False)
    _read: int = field(default=0, init=False)
    fault: str = field(default="", init=False)

    def open(self, hashed: blake2b | None) -> None:
        """Begin to read: at the mark, of which `hashed` is the hash of what is before it, or at the beginning."""
        at = self.mark if hashed is not None else BEGINNING
        self._coming = messages(self.file.path, at.offset, at.line, hashed)
        self._step()

    @property
    def finished(self) -> bool:
        """Is there nothing left?"""
        return self._ahead is None

    def collect(self) -> Batch:
        """As many messages as fit on a page."""
        records: list[Record] = []
        bad: list[str] = []
        read = looked = size = 0
        while (raw := self._ahead) is not None and looked < BATCH_MESSAGES and size < BATCH_BYTES:
            if len(records) + RECORDS_EACH > PAGE_LIMIT:
                break
            looked, size = looked + 1, size + len(raw.data)
            self._step()
            head = head_of(raw.data)
            read += self._new(raw)
            if head.known:
                records += self._records(raw, head)
            elif self._new(raw):
                bad.append(f"{self.file.name} line {raw.line}: no header of a message, skipped")
        more = f" (and {len(bad) - 1:,} more)" if len(bad) > 1 else ""
        return Batch(tuple(dict.fromkeys(records)), bad[0] + more if bad else "", self._mark(), read)

    def _new(self, raw: Raw) -> bool:
        return not self.known and raw.offset >= self.mark.offset

    def _records(self, raw: Raw, head: Head) -> tuple[Record, ...]:
        dates = (head.date, raw.stamped, Instant(self.file.stamp[1] // 1_000_000))
        date = next((date for date in dates if date is not None and date <= self.now + DAY), self.now)
        placed = self.threads.place(head, (self.number, raw.offset), date)
        if placed.repeat or not self._new(raw):
            return ()
        return records_of(raw, head, placed, date, place=self.file.path.name.partition(".")[0])

    def _mark(self) -> Mark:
        """Where to go on; the mark it began with while that is not reached."""
        at = self._ahead or self._latest
        if self.known:
            return self.mark
        if at is None:
            return Mark(self.file.stamp, before=blake2b(digest_size=16).hexdigest(), ended=True, fault=self.fault)
        if at.offset < self.mark.offset:
            return self.mark
        return Mark(self.file.stamp, at.offset, at.line, at.before, self.finished, self.fault)

    def _step(self) -> None:
        self._latest = self._ahead or self._latest
        try:
            self._ahead = next(self._coming, None)
        except NoMbox as error:
            self._ahead = None
            told = "1 message before it was" if self._read == 1 else f"{self._read:,} messages before it were"
            self.fault = f"{self.file.name}: {error}; {told} read"
        self._read += self._ahead is not None


def grown(file: File, mark: Mark) -> blake2b | None:
    """The hash of what stands before a mark if the file still begins as it did then, else None."""
    hashed = hash_of(file.path, mark.offset)
    return hashed if hashed is not None and hashed.hexdigest() == mark.before else None
