"""A site with one feed on loopback, in RSS, Atom or JSON; also a program: `python -m tests.servers.feeds --help`."""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from itertools import count
from xml.sax.saxutils import escape, quoteattr

import msgspec

from cm_console.model.time import DAY, Instant, SystemClock, iso
from tests.servers.loopback import LoopbackServer, Now, Reply, Seen

TYPES = {"rss": "application/rss+xml", "atom": "application/atom+xml", "json": "application/feed+json"}


@dataclass
class Entry:
    """One entry of the feed."""

    id: str
    title: str
    text: str
    author: str
    at: Instant
    updated: Instant | None = None
    reply_to: str = ""


class FeedServer(LoopbackServer):
    """Serves /feed with an ETag; `locked` asks for a login, `twice` says every entry twice in the next answer."""

    def __init__(self, clock: Now, format: str = "atom", *, title: str = "A Blog") -> None:
        super().__init__(self.handle, clock)
        self.clock, self.format, self.title = clock, format, title
        self.entries: dict[str, Entry] = {}
        self.locked = self.twice = False
        self.raw: dict[str, Reply] = {}
        self._numbers = count(1)

    def add(self, text: str, *, title: str = "", author: str = "ann", reply_to: str = "", at: int | None = None) -> str:
        """Publish an entry; gives its id."""
        number = next(self._numbers)
        when = Instant(self.clock.now() if at is None else at)
        entry = Entry(f"tag:blog.test,2026:{number}", title or f"Entry {number}", text, author, when, None, reply_to)
        self.entries = {entry.id: entry} | self.entries
        return entry.id

    def edit(self, id: str, text: str) -> None:
        """Change an entry."""
        self.entries[id].text, self.entries[id].updated = text, self.clock.now()

    def handle(self, seen: Seen) -> Reply:
        """Answer a request."""
        if seen.path in self.raw:
            return self.raw[seen.path]
        if self.locked:
            return Reply(b"who are you?", 401)
        if seen.path != "/feed":
            return Reply(b"nothing here", 404)
        body = RENDERED[self.format](self)
        etag = f'"{sha256(body).hexdigest()[:20]}"'
        head = {"ETag": etag, "Content-Type": f"{TYPES[self.format]}; charset=utf-8"}
        if seen.headers.get("if-none-match") == etag:
            return Reply(None, 304, head)
        return Reply(body, 200, head)

    def listed(self) -> Iterator[Entry]:
        """The entries as they stand in the document, newest first."""
        for entry in self.entries.values():
            yield entry
            if self.twice:
                yield entry
        self.twice = False


def _atom(site: FeedServer) -> bytes:
    entries = "".join(
        f"<entry><id>{e.id}</id><title>{_said(e.title)}</title><author><name>{_said(e.author)}</name></author>"
        f'<published>{iso(e.at)}</published><updated>{iso(e.updated or e.at)}</updated><link href="/{e.id[-1:]}"/>'
        + (f"<thr:in-reply-to ref={quoteattr(e.reply_to)}/>" if e.reply_to else "")
        + f'<content type="text">{_said(e.text)}</content></entry>\n'
        for e in site.listed()
    )
    head = '<feed xmlns="http://www.w3.org/2005/Atom" xmlns:thr="http://purl.org/syndication/thread/1.0">'
    return f'<?xml version="1.0"?>\n{head}<title>{site.title}</title>\n{entries}</feed>'.encode()


def _rss(site: FeedServer) -> bytes:
    entries = "".join(
        f'<item><guid isPermaLink="false">{e.id}</guid><title>{_said(e.title)}</title><dc:creator>{_said(e.author)}'
        f"</dc:creator><pubDate>{iso(e.at)}</pubDate><description>{_said(escape(e.text))}</description></item>\n"
        for e in site.listed()
    )
    head = '<rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/"><channel>'
    return f'<?xml version="1.0"?>\n{head}<title>{site.title}</title>\n{entries}</channel></rss>'.encode()


def _json(site: FeedServer) -> bytes:
    items = [
        {
            "id": e.id,
            "title": e.title,
            "content_text": e.text,
            "date_published": iso(e.at),
            "date_modified": iso(e.updated),
        }
        | {"authors": [{"name": e.author}]}
        for e in site.listed()
    ]
    return msgspec.json.encode({"version": "https://jsonfeed.org/version/1.1", "title": site.title, "items": items})


def _said(text: str) -> str:
    return escape(text, {"\r": "&#13;"})


RENDERED: dict[str, Callable[[FeedServer], bytes]] = {"atom": _atom, "rss": _rss, "json": _json}


@dataclass
class Options:
    """What the program was asked for."""

    port: int = 0
    format: str = "atom"
    every: float = 5.0
    stop: asyncio.Event = field(default_factory=asyncio.Event)


async def serve(options: Options) -> None:
    """Publish something every few seconds until stopped."""
    clock = SystemClock()
    server = FeedServer(clock, options.format)
    for number in range(20):
        server.add(f"<p>What happened <b>{number}</b> days ago &amp; why", at=clock.now() - number * DAY)
    await server.start(options.port)
    print(f"{server.url}/feed", flush=True)
    while True:
        await asyncio.sleep(options.every)
        server.add("Something new happened.")


def main() -> None:
    """Run it by hand."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--format", choices=sorted(TYPES), default="atom")
    parser.add_argument("--every", type=float, default=5.0)
    asyncio.run(serve(Options(**vars(parser.parse_args(sys.argv[1:])))))


if __name__ == "__main__":
    main()
