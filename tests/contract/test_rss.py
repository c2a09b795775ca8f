"""Feeds pass the contract in each of their formats, against a small site on loopback."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Mapping
from typing import ClassVar

import pytest

from cm_console.model.records import Member, Post, Record, Ref, Thread, ref_of
from cm_console.model.source import SourceKind
from cm_console.model.text import Untrusted
from cm_console.model.time import Instant
from cm_console.sources.rss import Rss, RssSettings
from cm_console.sources.rss.entries import TEXT_LIMIT, readable
from cm_console.testing import SourceContract
from tests.servers.feeds import FeedServer
from tests.servers.loopback_bench import LoopbackBench

NOT_XML = re.compile("[^\\t\\n\\r -\\ud7ff\\ue000-\\ufffd\\U00010000-\\U0010ffff]")
CANNOT = {
    "delete_post": "a feed shows what is new, never what was deleted",
    "add_report": "a feed has no reports",
    "colleague_acts": "a feed has no reports",
    "lose_next_answer": "nothing is ever written",
    "add_member": "members are the authors of entries",
}


class FeedBench(LoopbackBench):
    """A blog whose readers answer below its entries, as far as the format can say so."""

    kind: ClassVar[SourceKind] = Rss
    cannot: ClassVar[Mapping[str, str]] = CANNOT
    idle_cost: ClassVar[int] = 1
    news_cost: ClassVar[int] = 1
    server: FeedServer
    format: ClassVar[str] = "atom"

    def __init__(self) -> None:
        super().__init__()
        self.server = FeedServer(self.clock, self.format)

    def source(self) -> Rss:
        return Rss(RssSettings(f"{self.server.url}/feed", history=0, private=True), self.clock)

    def speaks(self, text: str) -> bool:
        return not NOT_XML.search(text)

    async def truth(self) -> Mapping[Ref, Record]:
        found: dict[Ref, Record] = {}
        at = Instant(0)
        for entry in self.server.entries.values():
            author = f"127.0.0.1/{entry.author.casefold()}"
            title, text = Untrusted(" ".join(entry.title.split())[:500]), self.shown(entry.text)
            records: list[Record] = [Member(author, Untrusted(entry.author), bot=True)]
            if not entry.reply_to:
                records.append(Thread(entry.id, title, author, at))
            records.append(Post(entry.id, entry.reply_to or entry.id, author, at, text or title))
            found |= {ref_of(record): record for record in records}
        return found

    def shown(self, text: str) -> Untrusted:
        return Untrusted(text[:TEXT_LIMIT].strip())

    async def add_thread(self, posts: int = 1, *, text: str = "") -> str:
        thread = self.server.add(text or self.fresh("An entry"))
        for _ in range(posts - 1):
            self.server.add(self.fresh("More"), reply_to=thread if self.format == "atom" else "", author="bob")
        return thread

    async def add_post(self, thread: str, text: str) -> str:
        return self.server.add(text, reply_to=thread, author="bob")

    async def edit_post(self, post: str, text: str) -> None:
        self.server.edit(post, text)

    async def repeat_next_page(self) -> None:
        self.server.twice = True

    async def unauthorized(self) -> None:
        self.server.locked = True


class RssBench(FeedBench):
    """RSS 2.0: its texts are HTML."""

    format = "rss"
    cannot = CANNOT | {"add_post": "RSS does not say what an item answers"}

    def shown(self, text: str) -> Untrusted:
        return readable(text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;"), "", "")


class JsonBench(FeedBench):
    """JSON Feed."""

    format = "json"
    cannot = CANNOT | {"add_post": "JSON Feed does not say what an item answers"}


class TestAtom(SourceContract):
    """Atom with threading (RFC 4685)."""

    @pytest.fixture
    async def bench(self) -> AsyncIterator[FeedBench]:
        bench = await FeedBench().start()
        yield bench
        await bench.close()


class TestRss(SourceContract):
    """RSS 2.0."""

    @pytest.fixture
    async def bench(self) -> AsyncIterator[FeedBench]:
        bench = await RssBench().start()
        yield bench
        await bench.close()


class TestJson(SourceContract):
    """JSON Feed."""

    @pytest.fixture
    async def bench(self) -> AsyncIterator[FeedBench]:
        bench = await JsonBench().start()
        yield bench
        await bench.close()
