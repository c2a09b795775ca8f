"""Tables pass the contract of every source: their platform is a folder of files that somebody keeps by hand."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import ClassVar

import pytest

from cm_console.model.records import Kind, Member, Post, Record, Ref, Report, Thread, ref_of
from cm_console.model.source import Source, SourceKind
from cm_console.model.text import Untrusted
from cm_console.model.time import Instant, iso
from cm_console.sources.table import Table, TableSettings
from cm_console.testing import FAULTS, Bench, SourceContract

READ_ONLY = "a file has no answers to lose, no limits and no tokens; broken files have their own tests"
MAPPING = """
[[table]]
file = "members{0}"
rows = "members"
complete = true
columns = {{ id = "Id", handle = "Nick" }}
[[table]]
file = "topics{0}"
rows = "threads"
columns = {{ id = "Id", title = "Title", at = "When", author = "Who" }}
[[table]]
file = "posts{0}"
rows = "posts"
complete = true
columns = {{ id = "Id", thread = "Topic", author = "Who", at = "When", text = "Words" }}
[[table]]
file = "flags{0}"
rows = "reports"
columns = {{ id = "Id", target = "Post", reporter = "Who", at = "When", kind = "Why", closed_at = "Done" }}
"""
FILES = {
    "members": ("Id", "Nick"),
    "topics": ("Id", "Title", "When", "Who"),
    "posts": ("Id", "Topic", "Who", "When", "Words"),
    "flags": ("Id", "Post", "Who", "When", "Why", "Done"),
}


class TableBench(Bench):
    """Four files of one community."""

    kind: ClassVar[SourceKind] = Table
    cannot: ClassVar[Mapping[str, str]] = dict.fromkeys(FAULTS - {"repeat_next_page", "colleague_acts"}, READ_ONLY)
    ending: ClassVar[str] = ".csv"

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.folder = folder
        self.rows: dict[str, dict[str, tuple[str, ...]]] = {file: {} for file in FILES}
        self.add("members", "m1", "ann")
        self.touch()

    def touch(self) -> None:
        remark = f"# {self.fresh('touched')}\n"
        (self.folder / "community.toml").write_text(remark + MAPPING.format(self.ending))
        for file in FILES:
            self.save(file)

    def source(self) -> Source:
        return Table(TableSettings(str(self.folder / "community.toml")), self.clock)

    def add(self, file: str, *cells: str) -> str:
        self.rows[file][cells[0]] = cells
        self.save(file)
        return cells[0]

    def save(self, file: str) -> None:
        path = self.folder / f"{file}{self.ending}"
        path.write_text(self.packed(file), encoding="utf-8", newline="")

    def packed(self, file: str) -> str:
        text = io.StringIO()
        csv.writer(text).writerows([FILES[file], *self.rows[file].values()])
        return text.getvalue()

    @property
    def now(self) -> str:
        return str(iso(self.clock.now()))

    def next(self, file: str) -> str:
        return self.fresh(file).replace(" ", "")

    async def truth(self) -> Mapping[Ref, Record]:
        return {ref_of(record): record for record in self.records()}

    def records(self) -> Iterator[Record]:
        at = Instant(0)
        for id, nick in self.rows["members"].values():
            yield Member(id, Untrusted(nick.strip()[:100] or id))
        for id, title, _, who in self.rows["topics"].values():
            yield Thread(id, Untrusted(title), who, at)
        for id, topic, who, _, words in self.rows["posts"].values():
            yield Post(id, topic, who, at, Untrusted(words.strip()))
        for id, post, who, _, why, done in self.rows["flags"].values():
            yield Report(id, Ref(Kind.POST, post), who, why, at, closed_at=at if done else None)

    def speaks(self, text: str) -> bool:
        """A file in UTF-8 has no lone surrogates, a row needs some text, and long ones have their own test."""
        return bool(text.strip()) and len(text) < 100_000 and not any(0xD800 <= ord(c) < 0xE000 for c in text)

    async def add_member(self, handle: str) -> str:
        return self.add("members", self.next("m"), handle)

    async def add_thread(self, posts: int = 1, *, text: str = "") -> str:
        thread = self.add("topics", self.next("t"), self.fresh("A topic"), self.now, "m1")
        for number in range(posts):
            id = self.next("p")
            self.rows["posts"][id] = (id, thread, "m1", self.now, text if text and not number else self.fresh("Words"))
        self.save("posts")
        return thread

    async def add_post(self, thread: str, text: str) -> str:
        return self.add("posts", self.next("p"), thread, "m1", self.now, text)

    async def edit_post(self, post: str, text: str) -> None:
        id, thread, who, when, _ = self.rows["posts"][post]
        self.add("posts", id, thread, who, when, text)

    async def delete_post(self, post: str) -> None:
        del self.rows["posts"][post]
        self.save("posts")

    async def add_report(self, post: str) -> str:
        return self.add("flags", self.next("r"), post, "m1", self.now, "spam", "")

    async def colleague_acts(self, report: str, *, agree: bool) -> None:
        self.add("flags", *self.rows["flags"][report][:5], self.now)

    async def repeat_next_page(self) -> None:
        self.touch()


class JsonlBench(TableBench):
    """The same as JSON lines."""

    ending = ".jsonl"

    def packed(self, file: str) -> str:
        rows = (dict(zip(FILES[file], row, strict=True)) for row in self.rows[file].values())
        return "".join(json.dumps(row) + "\n" for row in rows)


class TestTable(SourceContract):
    """CSV."""

    @pytest.fixture
    def bench(self, tmp_path: Path) -> TableBench:
        return TableBench(tmp_path)


class TestJsonl(SourceContract):
    """JSONL."""

    @pytest.fixture
    def bench(self, tmp_path: Path) -> TableBench:
        return JsonlBench(tmp_path)
