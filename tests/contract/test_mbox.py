"""An mbox archive passes the contract of every source: its platform is a file that a mail program writes to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from pathlib import Path
from typing import ClassVar
from zoneinfo import ZoneInfo

import pytest

from cm_console.model.records import Member, Post, Record, Ref, Thread, ref_of
from cm_console.model.source import Source, SourceKind
from cm_console.model.text import Untrusted
from cm_console.model.time import Instant, moment
from cm_console.sources.mbox import Mbox, MboxSettings
from cm_console.testing import FAULTS, Bench, SourceContract

READ_ONLY = "a file has no answers to lose, no limits and no tokens; broken files have their own tests"


@dataclass
class Mail:
    """A message as it was written."""

    id: str
    subject: str
    text: str
    author: str
    at: Instant
    root: str


class MboxBench(Bench):
    """A list's archive: new messages are appended, anything else writes the file anew."""

    kind: ClassVar[SourceKind] = Mbox
    cannot: ClassVar[Mapping[str, str]] = dict.fromkeys(FAULTS - {"repeat_next_page"}, READ_ONLY) | {
        "delete_post": "an archive says what was written, never what was deleted",
        "add_report": "an archive has no reports",
        "add_member": "members are who wrote",
    }

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.path = folder / "users.mbox"
        self.mails: dict[str, Mail] = {}
        self.remark = ""
        self.path.write_bytes(b"")

    def source(self) -> Source:
        return Mbox(MboxSettings(str(self.path)), self.clock)

    def write(self, id: str, subject: str, text: str, author: str, root: str = "") -> str:
        self.mails[id] = Mail(id, subject, text, author, self.clock.now(), root or id)
        with self.path.open("ab") as file:
            file.write(self.packed(self.mails[id]))
        return id

    def packed(self, mail: Mail) -> bytes:
        message = EmailMessage(policy=SMTP.clone(linesep="\n"))
        message["From"] = f"{mail.author.capitalize()} <{mail.author}@example.org>"
        message["Subject"], message["Message-ID"] = mail.subject, f"<{mail.id}>"
        message["Date"] = format_datetime(moment(mail.at, ZoneInfo("UTC")))
        if self.remark:
            message["X-Remark"] = self.remark
        if mail.root != mail.id:
            message["References"] = f"<{mail.root}>"
        message.set_content(mail.text, cte="base64")
        return b"From ann@example.org Sun Nov 22 09:00:00 2026\n" + message.as_bytes() + b"\n"

    def rewrite(self) -> None:
        self.path.write_bytes(b"".join(map(self.packed, self.mails.values())))

    async def truth(self) -> Mapping[Ref, Record]:
        found: dict[Ref, Record] = {}
        for mail in self.mails.values():
            author, text = f"{mail.author}@example.org", Untrusted(self.shown(mail.text))
            records: list[Record] = [Member(author, Untrusted(mail.author))]
            if mail.root == mail.id:
                records.append(Thread(mail.id, Untrusted(mail.subject), author, mail.at))
            records.append(Post(mail.id, mail.root, author, mail.at, text))
            found |= {ref_of(record): record for record in records}
        return found

    @staticmethod
    def shown(text: str) -> str:
        """Mail has one kind of line end, and none at the end."""
        return "\n".join(text.splitlines()).strip()

    def speaks(self, text: str) -> bool:
        """UTF-8 has no lone surrogates; line ends are compared only as mail has them; a long text has its own test."""
        plain = not any(0xD800 <= ord(letter) < 0xE000 for letter in text)
        return plain and len(text) < 100_000 and "\n".join(text.splitlines()) == text

    async def add_thread(self, posts: int = 1, *, text: str = "") -> str:
        number = len(self.mails)
        root = self.write(f"{number}@x.test", self.fresh("A question"), text or self.fresh("Words"), "ann")
        for _ in range(posts - 1):
            await self.add_post(root, self.fresh("More words"))
        return root

    async def add_post(self, thread: str, text: str) -> str:
        return self.write(f"{len(self.mails)}@x.test", f"Re: {self.mails[thread].subject}", text, "bob", thread)

    async def edit_post(self, post: str, text: str) -> None:
        self.mails[post].text = text
        self.rewrite()

    async def repeat_next_page(self) -> None:
        self.remark = "a program has touched every message"
        self.rewrite()


class TestMbox(SourceContract):
    """See SourceContract."""

    @pytest.fixture
    def bench(self, tmp_path: Path) -> MboxBench:
        return MboxBench(tmp_path)
