"""Bytes of an answer into a document: which format it is, and for a web page, which feeds it names."""

from __future__ import annotations

import re
from html import unescape

from cm_console.model.text import clean_line
from cm_console.sources.rss.entries import Document, NoFeed, linked
from cm_console.sources.rss.json_feeds import read_json
from cm_console.sources.rss.xml_feeds import read_xml, xml_text

_CHARSET = re.compile(r"charset\s*=\s*[\"']?([A-Za-z0-9._:+-]{1,40})", re.IGNORECASE)
_LINK = re.compile(r"<link\s([^<>]{1,2000})>", re.IGNORECASE)
_FEED_TYPE = re.compile(r"application/(?:rss|atom)\+xml|application/(?:feed\+)?json", re.IGNORECASE)
_HREF = re.compile(r"""\bhref\s*=\s*["']?([^"'\s<>]{1,1000})""", re.IGNORECASE)
LOOKED_AT = 200_000
"""Characters of a web page in which its feeds are looked for."""


def read_document(data: bytes, content_type: str, url: str) -> Document:
    """Read a feed in any of its formats; blocking, belongs in a thread.

    Raises:
        NoFeed: it is none; the words say what it is and, for a web page, which feeds it names.
    """
    named = _CHARSET.search(content_type)
    charset = named[1] if named else ""
    start = data[:300].replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xfe\xff \t\r\n")
    if not start:
        raise NoFeed("it is empty")
    if start.startswith((b"{", b"[")):
        return read_json(data, charset, url)
    try:
        if start.lower().startswith((b"<!doctype html", b"<html")):
            raise NoFeed("it is a web page, not a feed")
        return read_xml(data, charset, url)
    except NoFeed as error:
        if feeds := feeds_named(xml_text(data[:LOOKED_AT], charset), url):
            raise NoFeed(f"{error}; feeds it names: {', '.join(feeds)}") from None
        raise


def feeds_named(page: str, url: str) -> list[str]:
    """The addresses of feeds that a web page links to, at most five."""
    found: dict[str, None] = {}
    for link in _LINK.findall(page):
        href = _HREF.search(link)
        if href and _FEED_TYPE.search(link) and (address := linked(url, unescape(href[1]))):
            found[clean_line(address, 300)] = None
    return list(found)[:5]
