"""A mail store in memory: folders, messages with flags and ids, and a number that grows with every change."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import Message
from functools import cached_property
from itertools import count

from cm_console.model.time import DAY, SECOND, Instant
from tests.servers.loopback import Now

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
HEADER_END = re.compile(rb"\r?\n\r?\n")


class Mail:
    """One message in one folder."""

    def __init__(self, uid: int, raw: bytes, at: Instant, flags: frozenset[str], modseq: int) -> None:
        self.uid, self.raw, self.at, self.flags, self.modseq = uid, raw, at, flags, modseq
        self._blocks: dict[str, bytes] = {}

    @cached_property
    def message(self) -> Message:
        return message_from_bytes(self.raw)

    @property
    def id(self) -> str:
        return str(self.message.get("message-id", "")).strip().strip("<>")

    def block(self, names: str) -> bytes:
        """The header lines of these names, as they stand."""
        if names not in self._blocks:
            head = HEADER_END.split(self.raw, maxsplit=1)[0].replace(b"\r\n", b"\n")
            wanted = {name.lower().encode() for name in names.split()}
            lines = re.findall(rb"^[^\s:][^\n]*(?:\n[ \t][^\n]*)*", head, re.MULTILINE)
            kept = [line for line in lines if line.partition(b":")[0].strip().lower() in wanted]
            self._blocks[names] = b"".join(line.replace(b"\n", b"\r\n") + b"\r\n" for line in kept) + b"\r\n"
        return self._blocks[names]


@dataclass
class Box:
    """A folder."""

    name: str
    uses: tuple[str, ...] = ()
    validity: int = 1
    next: int = 1
    mails: list[Mail] = field(default_factory=list)
    keywords: bool = True
    listed: bool = True

    def by_id(self, id: str) -> Mail | None:
        return next((mail for mail in self.mails if mail.id == id), None)


class MailWorld:
    """All folders of one account, and what was handed to the SMTP server."""

    def __init__(self, clock: Now) -> None:
        self.clock = clock
        self.modseq = 1
        self.boxes = {
            box.name: box
            for box in (
                Box("INBOX"),
                Box("Sent", ("\\Sent",)),
                Box("Junk", ("\\Junk",)),
                Box("Trash", ("\\Trash",)),
                Box("Archive", ("\\Archive",)),
            )
        }
        self.handed: list[tuple[str, list[str], bytes]] = []
        self.numbers = count(1)

    def put(self, box: str, raw: bytes, *flags: str, at: Instant | None = None) -> Mail:
        """A message comes into a folder."""
        folder = self.boxes[box]
        self.modseq += 1
        mail = Mail(folder.next, raw, at or self.clock.now(), frozenset(flags), self.modseq)
        folder.next += 1
        folder.mails.append(mail)
        return mail

    def flag(self, mail: Mail, *flags: str, on: bool) -> None:
        known = {flag.lower(): flag for flag in mail.flags}
        for flag in flags:
            known.pop(flag.lower(), None)
            if on:
                known[flag.lower()] = flag
        self.modseq += 1
        mail.flags, mail.modseq = frozenset(known.values()), self.modseq

    def move(self, box: str, mail: Mail, to: str, *, keep: bool = False) -> None:
        """Move or copy: in the other folder it is a new message."""
        if not keep:
            self.boxes[box].mails.remove(mail)
        self.put(to, mail.raw, *mail.flags, at=mail.at)

    def renumber(self, box: str) -> None:
        """The folder is made anew: other ids, another validity."""
        folder = self.boxes[box]
        folder.validity += 1
        folder.next = 1
        for mail in folder.mails:
            mail.uid = folder.next
            folder.next += 1

    def where(self, id: str) -> list[str]:
        """The folders a message stands in."""
        return [name for name, box in self.boxes.items() if box.by_id(id) is not None]


def internal_date(at: Instant) -> str:
    moment = datetime.fromtimestamp(at / SECOND, UTC)
    return f"{moment.day:2}-{MONTHS[moment.month - 1]}-{moment.year} {moment:%H:%M:%S} +0000"


def day_of(text: str) -> int:
    """The first millisecond of a day as SEARCH writes it."""
    number, month, year = text.split("-")
    moment = datetime(int(year), MONTHS.index(month) + 1, int(number), tzinfo=UTC)
    return int(moment.timestamp()) * SECOND // DAY * DAY
