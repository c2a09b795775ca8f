"""One feed on the network: asked with the validators of last time, read in a thread, private only after a yes."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from urllib.parse import urlsplit

from cm_console.model.errors import Malformed, Refused, SourceError
from cm_console.model.text import clean_line
from cm_console.model.time import Clock, Instant
from cm_console.sources.http import Gateway
from cm_console.sources.public_only import public_only, public_peer
from cm_console.sources.rss.entries import Document, NoFeed, linked
from cm_console.sources.rss.reading import read_document

ACCEPT = (
    "application/atom+xml, application/rss+xml, application/feed+json, application/xml;q=0.9, text/xml;q=0.9, */*;q=0.5"
)


@dataclass(frozen=True, slots=True)
class Fetched:
    """What came of asking; no document means that it is as it was."""

    site: Site
    document: Document | None = None
    etag: str = ""
    modified: str = ""
    at: Instant | None = None


class Site:
    """One feed's address with its connection."""

    def __init__(self, url: str, clock: Clock, *, private: bool) -> None:
        parts = urlsplit(url)
        origin = f"{parts.scheme}://{parts.netloc}"
        self.url, self._path = url, url.removeprefix(origin).partition("#")[0] or "/"
        self.host = (parts.hostname or "").lower()
        self.name = clean_line(self.host + self._path.partition("?")[0], 120)
        guard, peer = (None, None) if private else (public_only, public_peer)
        self.gate = Gateway(origin, clock=clock, guard=guard, peer=peer)

    async def fetch(self, etag: str = "", modified: str = "") -> Fetched:
        """Ask for the feed.

        Raises:
            Malformed: it is no feed; the words say what it is.
            SourceError: as Gateway.
        """
        validators = {"if-none-match": etag, "if-modified-since": modified}
        headers = {"accept": ACCEPT} | {name: value for name, value in validators.items() if value}
        try:
            answer = await self.gate.get(self._path, headers=headers)
            if answer.status == 304:
                return Fetched(self, None, etag, modified, answer.at)
            said = answer.headers
            document = await asyncio.to_thread(read_document, answer.body, said.get("content-type", ""), self.url)
        except NoFeed as error:
            raise Malformed(f"{self.name} cannot be read: {error}") from None
        except SourceError as error:
            if self.host not in str(error):
                error.args = (f"{self.name}: {error}",)
            raise
        return Fetched(self, document, _token(said.get("etag")), _token(said.get("last-modified")), answer.at)


def _token(said: str | None) -> str:
    """A validator fit to be sent back: one of odd size or letters is not."""
    said = said or ""
    return said if len(said) <= 300 and said.isascii() and said.isprintable() else ""


def addresses(urls: str) -> tuple[str, ...]:
    """The feeds' addresses in a setting, each once.

    Raises:
        Refused: none, or one that is no web address or holds a password; the words say which.
    """
    found = tuple(dict.fromkeys(urls.split()))
    if not found:
        raise Refused("urls is empty: give the address of a feed")
    for url in found:
        shown = clean_line(url, 100)
        if linked("", url) != url or not urlsplit(url).hostname or _port(url) is None:
            raise Refused(f"{shown} is no address of a feed: it must begin with https:// or http://")
        if "@" in urlsplit(url).netloc:
            raise Refused("a feed's address with a password in it is not taken: the config is a plain file")
    return found


def _port(url: str) -> int | None:
    try:
        return urlsplit(url).port or 0
    except ValueError:
        return None
