"""What a feed says, whatever its format: its title and its entries, and how an entry is told from another."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from hashlib import blake2b
from urllib.parse import urljoin, urlsplit

from cm_console.model.text import Untrusted
from cm_console.model.time import Instant
from cm_console.sources.markup import html_to_text

ENTRIES_LIMIT = 500
"""Most entries read of one document, from its top, where the newest stand; ordinary feeds have 10 to 50."""
TEXT_LIMIT = 200_000
"""Most characters of one text."""
ID_LIMIT = 300
LINK_LIMIT = 2_000
ATTACHED_LIMIT = 10

_MARKUP = re.compile(r"</?[a-zA-Z][a-zA-Z0-9]*(?:\s[^<>]*)?/?>|&(?:#\d{1,7}|#x[0-9a-fA-F]{1,6}|[a-zA-Z]\w{1,30});|<!--")
_RELATIVE = re.compile(r"""(?<=[\s"'])(href|src)(\s*=\s*)(["'])(?![a-zA-Z][a-zA-Z0-9+.-]*:|\#)([^"'<>]{1,2000})\3""")
_GLOBAL = re.compile(r"[a-z][a-z0-9+.-]*://|tag:|urn:", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry as its feed tells it; the texts are readable and untrusted, `id` is what the feed calls it."""

    id: str
    title: str
    text: str
    link: str = ""
    author: str = ""
    author_url: str = ""
    published: Instant | None = None
    updated: Instant | None = None
    reply_to: str = ""

    @property
    def digest(self) -> str:
        """Changes when what a person reads changes; a date alone is no edit."""
        return hashed(self.title, self.text, self.link, self.author)[:8]


@dataclass(slots=True)
class Document:
    """One reading of a feed: `fault` says in words where it broke, `cut` that there were more entries."""

    format: str
    title: str = ""
    entries: list[Entry] = field(default_factory=list)
    fault: str = ""
    cut: bool = False


class NoFeed(Exception):
    """What came is no feed; the words say what it is."""


def hashed(*parts: str) -> str:
    """Sixteen letters that stand for these texts."""
    joined = "\0".join(parts).encode("utf-8", "replace")
    return blake2b(joined, digest_size=8).hexdigest()


def entry_id(said: str, entry: Entry, host: str) -> str:
    """The id of an entry within the source: the feed's own where it is one of the whole world, else with the host.

    Without any, the hash of link and title stands for it: it stays the same as long as these two do.
    """
    if not said:
        return f"{host}/{hashed(entry.link, entry.title)}"
    id = said if _GLOBAL.match(said) else f"{host}/{said}"
    return id if len(id) <= ID_LIMIT and id.isprintable() else f"{host}/{hashed(id)}"


def readable(text: str, kind: str, base: str) -> Untrusted:
    """A text of a feed as plain text. Kind: text, html, xhtml, or empty where the format does not say (RSS)."""
    text = text[:TEXT_LIMIT]
    if kind == "text" or (not kind and not _MARKUP.search(text)):
        return Untrusted(text.strip())
    return html_to_text(_RELATIVE.sub(lambda link: _absolute(link, base), text))


def _absolute(link: re.Match[str], base: str) -> str:
    name, equals, quote, target = link.groups()
    return f"{name}{equals}{quote}{_joined(base, target)}{quote}"


def one_line(text: str, kind: str) -> Untrusted:
    """A title: readable, in one line."""
    return Untrusted(" ".join(readable(text, kind, "").split())[:500])


def linked(base: str, target: str) -> str:
    """The address a link means, empty unless it is one of the web: `javascript:` and the like are dropped."""
    address = _joined(base, target.strip()) if target.strip() else ""
    if urlsplit_or_none(address) is None or len(address) > LINK_LIMIT or not address.isprintable():
        return ""
    return address if address.lower().startswith(("https://", "http://")) else ""


def urlsplit_or_none(address: str) -> str | None:
    """The host of an address, None if it is no address."""
    try:
        return urlsplit(address).hostname
    except ValueError:
        return None


def _joined(base: str, target: str) -> str:
    try:
        return urljoin(base, target)
    except ValueError:
        return target
