"""RSS 0.9x, 1.0, 2.0 and Atom out of XML, by expat: what stands before a break is kept, a DTD is refused as it begins.

The handlers see a document type declaration before expat acts on it, in every encoding, which no search in the bytes
can promise. Named HTML entities, which feeds use without declaring them, are taken from Python's table; nothing is
expanded, nothing is fetched. A document that is broken the usual ways (a bare `&`) is mended and read again.
"""

from __future__ import annotations

import re
from html import escape
from html.entities import html5
from xml.parsers import expat

from cm_console.model.text import clean_line
from cm_console.sources.charsets import decode
from cm_console.sources.rss.entries import ENTRIES_LIMIT, TEXT_LIMIT, Document, NoFeed
from cm_console.sources.rss.xml_fields import ENTRY_FIELDS, FEED_FIELDS, Fields, Value, entry_of, title_of

DEEPEST = 100
"""Elements within elements; feeds have about 10."""
FORMATS = {"rss": "RSS", "feed": "Atom", "rdf:RDF": "RSS 1.0"}

_PREFIXES = {
    "http://www.w3.org/2005/Atom": "",
    "http://purl.org/atom/ns#": "",
    "http://purl.org/rss/1.0/": "",
    "http://my.netscape.com/rdf/simple/0.9/": "",
    "http://www.w3.org/1999/02/22-rdf-syntax-ns#": "rdf",
    "http://purl.org/dc/elements/1.1/": "dc",
    "http://purl.org/rss/1.0/modules/content/": "content",
    "http://search.yahoo.com/mrss/": "media",
    "http://purl.org/syndication/thread/1.0": "thr",
}
_DECLARED = re.compile(r"""<\?xml[^<>]{0,200}?encoding\s*=\s*["']([^"'<>]{1,40})["']""")
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_BARE = re.compile(r"&(?!#\d{1,7};|#x[0-9a-fA-F]{1,6};|[a-zA-Z][a-zA-Z0-9]{1,31};)")
_CODES = re.compile(r"&#(?:(\d{1,7})|x([0-9a-fA-F]{1,6}));")


class _Broken(Exception):
    """The parser met something it must not read."""


class _Enough(Exception):
    """As many entries as anybody wants were read."""


def read_xml(data: bytes, charset: str, url: str) -> Document:
    """A feed in XML; broken XML gives what stood before the break and a fault with its line.

    Raises:
        NoFeed: it is something else, or has a DTD; the words say what.
    """
    text = xml_text(data, charset)
    reader = _Reader(url)
    found = reader.read(text)
    if found.fault and reader.mendable and (mended := _mended(text)) != text:
        again = _Reader(url)
        second = again.read(mended)
        if not second.fault or len(second.entries) > len(found.entries):
            return second
    return found


def xml_text(data: bytes, charset: str) -> str:
    """The text of an XML document: byte order mark, then the document's own word, then the server's."""
    start = data[:300].replace(b"\0", b"").decode("latin-1")
    wide = "utf-16-le" if data[:4] == b"<\0?\0" else "utf-16-be" if data[:4] == b"\0<\0?" else ""
    named = _DECLARED.search(start)
    return _FORBIDDEN.sub("", decode(data, wide, named[1] if named else "", charset)).lstrip()


def _mended(text: str) -> str:
    return _CODES.sub(_legal, _BARE.sub("&amp;", text))


def _legal(code: re.Match[str]) -> str:
    point = int(code[1]) if code[1] else int(code[2], 16)
    fine = point in (9, 10, 13) or 32 <= point < 0xD800 or 0xE000 <= point < 0xFFFE or 0x10000 <= point < 0x110000
    return code[0] if fine else ""


class _Reader:
    """One reading of one document."""

    def __init__(self, url: str) -> None:
        self.document = Document("")
        self.mendable = False
        self._url = url
        self._stack: list[str] = []
        self._prefixes: dict[str, str] = {}
        self._feed, self._fields, self._entry_at = Fields(url), Fields(url), 0
        self._value: Value | None = None
        self._value_at = 0

    def read(self, text: str) -> Document:
        """Read it all, or to where it breaks."""
        parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.UseForeignDTD(True)
        parser.SetParamEntityParsing(expat.XML_PARAM_ENTITY_PARSING_ALWAYS)
        parser.ExternalEntityRefHandler = lambda context, *_: _nothing(parser, context)
        parser.StartDoctypeDeclHandler = self._doctype
        parser.SkippedEntityHandler = self._entity
        parser.StartElementHandler, parser.EndElementHandler = self._start, self._end
        parser.CharacterDataHandler = self._text
        try:
            parser.Parse(text, True)
        except _Enough:
            self.document.cut = True
        except expat.ExpatError as error:
            self.mendable = True
            self._break(error.lineno, expat.ErrorString(error.code))
        except _Broken as error:
            self._break(parser.CurrentLineNumber, str(error))
        self.document.title = self.document.title or title_of(self._feed)
        return self.document

    def _break(self, line: int, words: str) -> None:
        if not self.document.format:
            raise NoFeed(f"it is no feed: line {line}: {words}")
        read = len(self.document.entries)
        told = "1 entry before it was" if read == 1 else f"{read:,} entries before it were"
        self.document.fault = f"line {line}: {words}; {told} read"

    def _doctype(self, name: str, system: str | None, public: str | None, internal: int) -> None:
        if name.lower() == "html":
            raise NoFeed("it is a web page, not a feed")
        if internal or (system and "rss-0.91.dtd" not in system):
            raise NoFeed("it has a DTD, which is not read: it could name other files or grow without end")

    def _entity(self, name: str, is_parameter: int) -> None:
        if not is_parameter:
            self._text(html5.get(f"{name};", f"&{name};"))

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        for name, uri in attributes.items():
            if name.startswith("xmlns") and len(self._prefixes) < DEEPEST:
                self._prefixes.setdefault(name[6:], _PREFIXES.get(uri, name[6:] or " "))
        name = self._name(tag)
        if not self._stack:
            self._begin(name, tag, attributes)
        elif self._value is not None:
            self._value.markup(_tag(tag, attributes))
        elif name in ("item", "entry") and not self._entry_at:
            self._fields, self._entry_at = Fields(self._feed.base, attributes), len(self._stack) + 1
        elif fields := self._owner(name):
            self._value, self._value_at = fields.open(name, attributes, self._stack[-1]), len(self._stack)
        self._stack.append(name)
        if len(self._stack) > DEEPEST:
            raise _Broken("elements are nested too deeply")

    def _begin(self, name: str, tag: str, attributes: dict[str, str]) -> None:
        if name == "html":
            raise NoFeed("it is a web page, not a feed")
        if name not in FORMATS:
            raise _Broken(f"expected a feed, found <{clean_line(tag, 40)}>")
        self.document.format = f"{FORMATS[name]} {attributes.get('version', '')[:8]}".strip()
        self._feed = Fields(self._url, attributes)

    def _owner(self, name: str) -> Fields | None:
        """The fields an element that begins here belongs to: the open entry's, or the feed's own."""
        if name == "author" and self.document.format.startswith("Atom"):
            return None  # there it only holds others
        within = self._stack[-1] in ("author", "media:group")
        level = len(self._stack) - within
        if self._entry_at:
            return self._fields if level == self._entry_at and name in ENTRY_FIELDS else None
        return self._feed if name in FEED_FIELDS and self._stack[-1 - within] in ("channel", "feed") else None

    def _end(self, tag: str) -> None:
        self._stack.pop()
        if self._value is not None and len(self._stack) == self._value_at:
            self._value = None
        elif self._value is not None:
            self._value.markup(f"</{tag}>")
        elif self._entry_at and len(self._stack) == self._entry_at - 1:
            self._entry_at = 0
            self.document.entries.append(entry_of(self._fields, self._feed))
            if len(self.document.entries) >= ENTRIES_LIMIT:
                raise _Enough

    def _text(self, text: str) -> None:
        if self._value is not None:
            self._value.add(escape(text, quote=False) if self._value.kind == "xhtml" else text)

    def _name(self, tag: str) -> str:
        prefix, _, local = tag.rpartition(":")
        known = self._prefixes.get(prefix, prefix)
        return f"{known}:{local}" if known.strip() else local


def _nothing(parser: expat.XMLParserType, context: str | None) -> int:
    """Instead of whatever DTD: an empty one, so that entities nobody declared come to our handler."""
    parser.ExternalEntityParserCreate(context).Parse(b"", True)
    return 1


def _tag(tag: str, attributes: dict[str, str]) -> str:
    said = "".join(f' {name}="{escape(value[:TEXT_LIMIT])}"' for name, value in attributes.items())
    return f"<{tag}{said}>"
