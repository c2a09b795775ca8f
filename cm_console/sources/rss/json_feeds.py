"""JSON Feed 1.0 and 1.1 (https://www.jsonfeed.org/version/1.1/) into a document."""

from __future__ import annotations

import msgspec

from cm_console.model.text import clean_line
from cm_console.sources.charsets import decode
from cm_console.sources.dates import parse_date
from cm_console.sources.rss.entries import ATTACHED_LIMIT, ENTRIES_LIMIT, Document, Entry, NoFeed, linked, one_line
from cm_console.sources.rss.entries import readable as readable_text
from cm_console.sources.rss.xml_fields import person


class Author(msgspec.Struct):
    """Who wrote."""

    name: str | None = None
    url: str | None = None


class Attachment(msgspec.Struct):
    """A file that comes with an item."""

    url: str = ""
    mime_type: str | None = None


class Item(msgspec.Struct):
    """One entry; ids are strings, and numbers in the wild."""

    id: str | int | float = ""
    url: str | None = None
    external_url: str | None = None
    title: str | None = None
    content_html: str | None = None
    content_text: str | None = None
    summary: str | None = None
    date_published: str | None = None
    date_modified: str | None = None
    author: Author | None = None
    authors: list[Author] | None = None
    attachments: list[Attachment] | None = None


class Feed(msgspec.Struct):
    """The whole; an item that is none of the above must not cost the others."""

    items: list[msgspec.Raw]
    version: str = ""
    title: str | None = None
    author: Author | None = None
    authors: list[Author] | None = None


def read_json(data: bytes, charset: str, url: str) -> Document:
    """A feed in JSON; items nobody can read are counted in the fault, the rest is kept.

    Raises:
        NoFeed: it is something else; the words say what.
    """
    text = decode(data, "utf-8", charset)
    try:
        feed = msgspec.json.decode(text, type=Feed)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise NoFeed(f"it is no JSON Feed: {clean_line(str(error), 200)}") from None
    document = Document(
        "JSON Feed " + clean_line(feed.version, 60).rpartition("/")[2][:8], one_line(feed.title or "", "")
    )
    document.cut = len(feed.items) > ENTRIES_LIMIT
    bad: list[str] = []
    for number, raw in enumerate(feed.items[:ENTRIES_LIMIT], 1):
        try:
            item = msgspec.json.decode(raw, type=Item)
        except (msgspec.MsgspecError, ValueError, RecursionError) as error:
            bad.append(f"item {number}: {clean_line(str(error), 200)}")
        else:
            document.entries.append(_entry(item, feed, url))
    more = f" (and {len(bad) - 1:,} more)" if len(bad) > 1 else ""
    document.fault = f"{bad[0]}{more}; the others were read" if bad else ""
    return document


def _entry(item: Item, feed: Feed, url: str) -> Entry:
    link = (
        linked(url, item.url or "") if item.url else linked(url, item.external_url or "") if item.external_url else ""
    )
    if item.content_html:
        text = readable_text(item.content_html, "html", link or url)
    else:
        text = readable_text(item.content_text or item.summary or "", "text", url)
    attached = [_attached(file, url) for file in (item.attachments or [])[:ATTACHED_LIMIT]]
    author = next((a for a in (*(item.authors or []), item.author, *(feed.authors or []), feed.author) if a), Author())
    published, updated = parse_date(item.date_published or ""), parse_date(item.date_modified or "")
    return Entry(
        id=str(item.id),
        title=one_line(item.title or "", "text"),
        text="\n\n".join(filter(None, (text, "\n".join(filter(None, attached))))),
        link=link,
        author=person(author.name or ""),
        author_url=linked(url, author.url or "") if author.url else "",
        published=published or updated,
        updated=updated,
    )


def _attached(file: Attachment, url: str) -> str:
    address = linked(url, file.url)
    return f"[attached: {' '.join((file.mime_type or 'file').split())[:60]} <{address}>]" if address else ""
