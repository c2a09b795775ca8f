"""The elements of an entry, and what they mean: which of several titles, links, texts and dates counts."""

from __future__ import annotations

import re
from dataclasses import dataclass

from cm_console.model.time import Instant
from cm_console.sources.dates import parse_date
from cm_console.sources.rss.entries import ATTACHED_LIMIT, TEXT_LIMIT, Entry, linked, one_line, readable

TEXTS = ("content", "content:encoded", "description", "summary", "media:description")
"""In this order; RSS gives the whole text in content:encoded and a beginning of it in description."""
PUBLISHED = ("published", "pubDate", "issued", "dc:date", "created")
UPDATED = ("updated", "modified")
AUTHORS = ("name", "dc:creator", "author", "email")
FEED_FIELDS = frozenset({"title", "author", "name", "uri", "email"})
ENTRY_FIELDS = frozenset(
    {"title", "link", "guid", "id", "author", "name", "uri", "email", "dc:creator", "enclosure", "thr:in-reply-to"}
    | {*TEXTS, *PUBLISHED, *UPDATED}
)
_BRACKETS = re.compile(r"^\s*(\S{1,200}@\S{1,200})\s*\((.{1,200})\)\s*$")
_KINDS = {"text/plain": "text", "text/html": "html", "application/xhtml+xml": "xhtml", "escaped": "html"}


@dataclass(slots=True)
class Value:
    """The text of one element while it is read; markup inside it is kept as markup, no more than TEXT_LIMIT of it."""

    parts: list[str]
    kind: str = ""
    size: int = 0

    def add(self, text: str) -> None:
        """More of it."""
        if self.size < TEXT_LIMIT:
            self.parts.append(text[: TEXT_LIMIT - self.size])
            self.size += len(text)

    def markup(self, tag: str) -> None:
        """A tag inside it."""
        if self.kind != "text":
            self.add(tag)

    @property
    def text(self) -> str:
        """All of it."""
        return "".join(self.parts)


class Fields:
    """The values of one entry, or of the feed itself; of several of one name the first counts."""

    def __init__(self, base: str, attributes: dict[str, str] | None = None) -> None:
        said = attributes or {}
        self.base = linked(base, said.get("xml:base", "")) or base
        self.values: dict[str, Value] = {"about": Value([said.get("rdf:about", "")])}
        self.link = self.reply_to = ""
        self.permalink = True
        self.attached: list[str] = []

    def open(self, name: str, attributes: dict[str, str], parent: str) -> Value | None:
        """An element begins; gives where its text goes, None if it has none of interest."""
        if name == "link" and "href" in attributes:
            self._link(attributes)
        elif name == "enclosure":
            self._attach(attributes.get("url", ""), attributes.get("type", ""))
        elif name == "thr:in-reply-to":
            self.reply_to = self.reply_to or attributes.get("ref", "")
        else:
            return self._open(name, attributes, parent)
        return None

    def _open(self, name: str, attributes: dict[str, str], parent: str) -> Value | None:
        if name in self.values or (name in ("name", "uri", "email") and parent != "author"):
            return None
        if name == "guid":
            self.permalink = attributes.get("isPermaLink", "true").strip().lower() != "false"
        said = attributes.get("type", attributes.get("mode", ""))
        value = self.values[name] = Value([], _KINDS.get(said, said if said in ("text", "html", "xhtml") else ""))
        return value

    def text(self, *names: str) -> str:
        """The first of these that says something."""
        return next((text for name in names if name in self.values and (text := self.values[name].text.strip())), "")

    def date(self, *names: str) -> Instant | None:
        """The first of these that is a date."""
        return next((date for name in names if name in self.values and (date := parse_date(self.text(name)))), None)

    def _link(self, attributes: dict[str, str]) -> None:
        rel = attributes.get("rel", "alternate")
        if rel == "alternate":
            self.link = self.link or linked(self.base, attributes["href"])
        elif rel == "enclosure":
            self._attach(attributes["href"], attributes.get("type", ""))

    def _attach(self, url: str, type: str) -> None:
        address = linked(self.base, url)
        if address and len(self.attached) < ATTACHED_LIMIT:
            self.attached.append(f"[attached: {' '.join(type.split())[:60] or 'file'} <{address}>]")


def title_of(feed: Fields) -> str:
    """The feed's name."""
    value = feed.values.get("title")
    return one_line(value.text, value.kind) if value else ""


def entry_of(fields: Fields, feed: Fields) -> Entry:
    """An entry out of its elements."""
    guid = fields.text("guid")
    link = fields.link or linked(fields.base, fields.text("link"))
    if not link and fields.permalink:
        link = linked("", guid)
    text, title = _body(fields), fields.values.get("title", Value([]))
    author = fields.text(*AUTHORS) or feed.text(*AUTHORS)
    return Entry(
        id=fields.text("id", "guid", "about"),
        title=one_line(title.text, title.kind),
        text="\n\n".join(filter(None, (text, "\n".join(fields.attached)))),
        link=link,
        author=person(author),
        author_url=linked(fields.base, fields.text("uri")) if fields.text("name") else "",
        published=fields.date(*PUBLISHED) or fields.date(*UPDATED),
        updated=fields.date(*UPDATED),
        reply_to=fields.reply_to,
    )


def _body(fields: Fields) -> str:
    for name in TEXTS:
        value = fields.values.get(name)
        if value is not None and (text := readable(value.text, value.kind, fields.base)):
            return text
    return ""


def person(said: str) -> str:
    """The name of an author: RSS writes `sam@example.org (Sam)`; of a bare mail address only the part before the @."""
    name = one_line(said, "")
    if found := _BRACKETS.match(name):
        return found[2].strip()
    local, at, rest = name.partition("@")
    return local if at and " " not in name and "." in rest else str(name)
