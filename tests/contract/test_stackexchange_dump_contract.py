"""The Stack Exchange dump passes the contract of every source: its platform is a folder that is exported again."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import ClassVar
from xml.sax.saxutils import quoteattr
from zoneinfo import ZoneInfo

import pytest

from cm_console.model.records import Kind, Member, Post, Record, Ref, Report, Thread, ref_of
from cm_console.model.source import Source, SourceKind
from cm_console.model.text import Untrusted
from cm_console.model.time import Instant, moment
from cm_console.sources.stackexchange_dump import DumpSettings, StackExchangeDump
from cm_console.testing import FAULTS, Bench, SourceContract

FILES = ("Posts", "Comments", "Users", "Votes")
NOT_XML = re.compile("[^\\t\\n\\r -\\ud7ff\\ue000-\\ufffd\\U00010000-\\U0010ffff]")
READ_ONLY = "a folder has no answers to lose, no limits and no tokens; broken files have their own tests"


class DumpBench(Bench):
    """A site whose whole dump is written anew after every change, as a site does with every export."""

    kind: ClassVar[SourceKind] = StackExchangeDump
    cannot: ClassVar[Mapping[str, str]] = dict.fromkeys(FAULTS - {"repeat_next_page"}, READ_ONLY) | {
        "delete_post": "a dump says what is there, never what was deleted"
    }

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.folder = folder
        self.rows: dict[str, dict[str, dict[str, str]]] = {file: {} for file in FILES}
        self.remark = ""
        self.rows["Users"]["1"] = {"Id": "1", "CreationDate": self.date(), "DisplayName": "ann"}
        self.export()

    def source(self) -> Source:
        return StackExchangeDump(DumpSettings(str(self.folder)), self.clock)

    def date(self) -> str:
        return moment(self.clock.now(), ZoneInfo("UTC")).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3]

    def export(self) -> None:
        for file in FILES:
            rows = (" ".join(f"{k}={attribute(v)}" for k, v in row.items()) for row in self.rows[file].values())
            lines = "".join(f"  <row {row} />\r\n" for row in rows)
            text = (
                f'<?xml version="1.0" encoding="utf-8"?>\r\n{self.remark}<{file.lower()}>\r\n{lines}</{file.lower()}>'
            )
            (self.folder / f"{file}.xml").write_bytes(text.encode())

    def put(self, file: str, **fields: str) -> str:
        id = str(max((int(id) for id in self.rows[file]), default=0) + 1)
        self.rows[file][id] = {"Id": id, "CreationDate": self.date()} | fields
        return id

    def exported(self, id: str) -> str:
        self.export()
        return id

    async def truth(self) -> Mapping[Ref, Record]:
        return {ref_of(record): record for record in self.records()}

    def records(self) -> Iterator[Record]:
        at, posts = Instant(0), self.rows["Posts"]
        for id, row in self.rows["Users"].items():
            yield Member(id, Untrusted(row["DisplayName"]))
        for id, row in posts.items():
            if "Title" in row:
                yield Thread(id, Untrusted(row["Title"]), "1", at)
            yield Post(id, row.get("ParentId", id), "1", at, Untrusted(row["Body"]))
        for id, row in self.rows["Comments"].items():
            thread = posts[row["PostId"]].get("ParentId", row["PostId"])
            yield Post(f"c{id}", thread, "1", at, Untrusted(row["Text"]))
        for id, row in self.rows["Votes"].items():
            yield Report(id, Ref(Kind.POST, row["PostId"]), None, "spam", at)

    def speaks(self, text: str) -> bool:
        """XML 1.0 has no control characters, surrogates or the last two code points of its first plane."""
        return not NOT_XML.search(text)

    async def add_member(self, handle: str) -> str:
        return self.exported(self.put("Users", DisplayName=handle))

    async def add_thread(self, posts: int = 1, *, text: str = "") -> str:
        """A question; its posts are answers and comments by turns."""
        body = text or self.fresh("A question about gardens")
        thread = self.put("Posts", PostTypeId="1", Body=body, Title=self.fresh("Title"), OwnerUserId="1")
        for number in range(1, posts):
            if number % 2:
                self.put("Posts", PostTypeId="2", ParentId=thread, Body=self.fresh("An answer"), OwnerUserId="1")
            else:
                self.put("Comments", PostId=thread, Text=self.fresh("A comment"), UserId="1")
        return self.exported(thread)

    async def add_post(self, thread: str, text: str) -> str:
        return self.exported("c" + self.put("Comments", PostId=thread, Text=text, UserId="1"))

    async def edit_post(self, post: str, text: str) -> None:
        if post.startswith("c"):
            self.rows["Comments"][post[1:]]["Text"] = text
        else:
            self.rows["Posts"][post] |= {"Body": text, "LastEditDate": self.date()}
        self.export()

    async def add_report(self, post: str) -> str:
        """Comments have no votes in a dump: who flags one flags the post it stands under."""
        on = self.rows["Comments"][post[1:]]["PostId"] if post.startswith("c") else post
        return self.exported(self.put("Votes", PostId=on, VoteTypeId="12"))

    async def repeat_next_page(self) -> None:
        self.remark = "<!-- the files are not what they were, the rows are -->"
        self.export()


def attribute(text: str) -> str:
    return quoteattr(text, {"\n": "&#xA;", "\r": "&#xD;", "\t": "&#x9;"})


class TestStackExchangeDump(SourceContract):
    """See SourceContract."""

    @pytest.fixture
    def bench(self, tmp_path: Path) -> DumpBench:
        return DumpBench(tmp_path)
