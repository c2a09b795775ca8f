"""Feeds out of bytes: all formats, the traps of the wild, what is refused, and that twice the size costs twice."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cm_console.model.time import iso
from cm_console.sources.rss.entries import ENTRIES_LIMIT, TEXT_LIMIT, Document, NoFeed
from cm_console.sources.rss.reading import read_document
from cm_console.sources.rss.xml_fields import Value

URL = "https://blog.test/news/feed.xml"
HEAD = (
    '<rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:atom="http://www.w3.org/2005/Atom"'
    ' xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:media="http://search.yahoo.com/mrss/"><channel>'
    "<title>Blog</title>"
)


def rss(items: str, *, before: str = "", charset: str = "utf-8") -> bytes:
    return f'<?xml version="1.0" encoding="{charset}"?>{before}{HEAD}{items}</channel></rss>'.encode(charset)


def read(data: bytes, content_type: str = "application/xml") -> Document:
    return read_document(data, content_type, URL)


def item(inner: str) -> Any:
    (entry,) = read(rss(f"<item>{inner}</item>")).entries
    return entry


def test_rss_2() -> None:
    entry = item(
        "<guid isPermaLink='false'>12</guid><title>A &amp;amp; B</title><link>/post/12</link>"
        "<dc:creator>Ann</dc:creator><pubDate>Mon, 02 Nov 2026 10:00:00 CET</pubDate><description>short</description>"
        "<content:encoded><![CDATA[<p>Whole <a href='more'>text</a> &amp; all</p>]]></content:encoded>"
        "<enclosure url='a.mp3' type='audio/mpeg' length='1'/>"
    )
    assert (entry.id, entry.title, entry.author, entry.link) == ("12", "A & B", "Ann", "https://blog.test/post/12")
    assert iso(entry.published) == "2026-11-02T09:00:00Z"
    assert entry.text == (
        "Whole text <https://blog.test/news/more> & all\n\n[attached: audio/mpeg <https://blog.test/news/a.mp3>]"
    )


def test_rss_1() -> None:
    document = read(
        b'<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"'
        b' xmlns:d="http://purl.org/dc/elements/1.1/"><channel rdf:about="x"><title>Old</title></channel>'
        b'<item rdf:about="http://o.test/9"><title>One</title><link>http://o.test/9</link><d:date>2026-11-02</d:date>'
        b"<d:creator>Bo</d:creator></item></rdf:RDF>"
    )
    (entry,) = document.entries
    assert (document.format, document.title) == ("RSS 1.0", "Old")
    assert (entry.id, entry.title, entry.author, iso(entry.published)) == (
        *("http://o.test/9", "One", "Bo"),
        "2026-11-02T00:00:00Z",
    )


def test_rss_091_with_the_document_type_of_its_time() -> None:
    """Nothing is fetched for it; entities it would have declared are known."""
    document = read(
        b'<?xml version="1.0"?><!DOCTYPE rss PUBLIC "-//Netscape Communications//DTD RSS 0.91//EN"'
        b' "http://my.netscape.com/publish/formats/rss-0.91.dtd"><rss version="0.91"><channel>'
        b"<title>Caf&eacute;</title><item><title>&copy; 1999</title><link>http://o.test/1</link></item></channel></rss>"
    )
    assert (document.title, document.entries[0].title, document.fault) == ("Café", "© 1999", "")


def test_atom() -> None:
    document = read(
        b"""<feed xmlns="http://www.w3.org/2005/Atom" xml:base="https://a.test/x/"
        xmlns:t="http://purl.org/syndication/thread/1.0">
        <title type="html">News &lt;b&gt;here&lt;/b&gt;</title>
        <author><name>Boss</name><email>boss@a.test</email></author>
        <entry><id>tag:a,1</id><title>One</title><link rel="self" href="s"/><link href="p1"/>
        <t:in-reply-to ref="tag:a,0"/>
        <source><title>not this</title><id>nor this</id></source>
        <published>2026-11-01T10:00:00Z</published><updated>2026-11-02T10:00:00Z</updated>
        <content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>a &lt; b <em>c</em></p>
        <ul><li>d</li></ul></div>
        </content></entry>
        <entry><id>tag:a,2</id><title>Two</title><author><name>Ann</name><uri>https://ann.test/</uri></author>
        <summary>just <![CDATA[<text>]]></summary><content type="text"> a < b </content></entry></feed>""".replace(
            b"a < b </content>", b"a &lt; b </content>"
        )
    )
    one, two = document.entries
    assert (document.title, document.format, one.link) == ("News here", "Atom", "https://a.test/x/p1")
    assert (one.id, one.title, one.author, one.reply_to) == ("tag:a,1", "One", "Boss", "tag:a,0")
    assert (iso(one.published), iso(one.updated)) == ("2026-11-01T10:00:00Z", "2026-11-02T10:00:00Z")
    assert one.text == "a < b c\n\n- d"
    assert (two.author, two.author_url, two.text) == ("Ann", "https://ann.test/", "a < b")


def test_json_feed() -> None:
    document = read(
        b'{"version":"https://jsonfeed.org/version/1.1","title":"J","authors":[{"name":"Boss"}],"items":[{"id":1,'
        b'"content_text":"a < b","url":"/a"},3,{"id":"2","content_html":"<p>x <a href=\\"y\\">z</a>",'
        b'"external_url":"https://other.test/x/","author":{"name":"Ann"},"attachments":[{"url":"f.pdf"}]}]}'
    )
    one, two = document.entries
    assert (document.format, document.title) == ("JSON Feed 1.1", "J")
    assert (one.id, one.text, one.link, one.author) == ("1", "a < b", "https://blog.test/a", "Boss")
    assert two.text == "x z <https://other.test/x/y>\n\n[attached: file <https://blog.test/news/f.pdf>]"
    assert document.fault == "item 2: Expected `object`, got `int`; the others were read"


@pytest.mark.parametrize(
    ("inner", "field", "value"),
    [
        ("<author>sam@blog.test (Sam Smith)</author>", "author", "Sam Smith"),
        ("<author>sam.smith@blog.test</author>", "author", "sam.smith"),
        ("<author><name>Sam</name></author>", "author", "Sam"),
        ("<guid>https://blog.test/p/1</guid>", "link", "https://blog.test/p/1"),
        ("<guid isPermaLink='false'>https://blog.test/p/1</guid>", "link", ""),
        ("<link>javascript:alert(1)</link>", "link", ""),
        ("<link> \n https://blog.test/a </link>", "link", "https://blog.test/a"),
        ("<link>https://[bad/</link>", "link", ""),
        ("<atom:link href='https://blog.test/b'/>", "link", "https://blog.test/b"),
        ("<title>first</title><title>second</title>", "title", "first"),
        ("<media:title>no</media:title><title>yes</title>", "title", "yes"),
        ("<media:group><media:description>film</media:description></media:group>", "text", "film"),
        ("<title>1 &lt; 2 and 3</title>", "title", "1 < 2 and 3"),
        ("<title>it&#8217;s &nbsp;fine</title>", "title", "it’s fine"),
        ("<description>two\nlines</description>", "text", "two\nlines"),
        ("<description>a <b>bold</b> tag</description>", "text", "a bold tag"),
    ],
)
def test_an_item(inner: str, field: str, value: str) -> None:
    assert getattr(item(inner), field) == value


@pytest.mark.parametrize(
    ("data", "content_type"),
    [
        (rss("<item><title>Größe</title></item>", charset="utf-8"), "text/xml"),
        (rss("<item><title>Größe</title></item>", charset="iso-8859-1"), "text/xml; charset=utf-8"),
        (rss("<item><title>Größe</title></item>", charset="utf-16"), "application/rss+xml"),
        (rss("<item><title>Größe</title></item>", charset="utf-16-le"), "application/rss+xml"),
        (b"\xef\xbb\xbf" + rss("<item><title>Größe</title></item>").replace(b"utf-8", b"iso-8859-1"), ""),
        (rss("<item><title>Größe</title></item>").replace(b"utf-8", b"us-ascii"), ""),
        (rss("<item><title>Größe</title></item>").replace(b"utf-8", b"no-such"), ""),
        (rss("<item><title>Größe</title></item>")[38:].decode().encode("cp1252"), 'text/xml; charset="windows-1252"'),
        (b"\n\n  " + rss("<item><title>Größe</title></item>"), ""),
    ],
)
def test_charsets(data: bytes, content_type: str) -> None:
    assert [entry.title for entry in read(data, content_type).entries] == ["Größe"]


def test_broken_xml_keeps_what_stood_before_and_names_the_line() -> None:
    data = rss("\n<item><title>One</title></item>\n<item><title>Two</wrong></item>\n<item/>")
    document = read(data)
    assert [entry.title for entry in document.entries] == ["One"]
    assert document.fault == "line 3: mismatched tag; 1 entry before it was read"


def test_common_breakage_is_mended() -> None:
    data = rss(
        "<item><title>Q & A &nbsp; &#0; \x0b x &unknown; &#x1F600;</title><link>http://a.test/?a=1&b=2</link></item>"
    )
    document = read(data)
    assert (document.fault, document.entries[0].title) == ("", "Q & A x &unknown; 😀")
    assert document.entries[0].link == "http://a.test/?a=1&b=2"


BOMB = '<!DOCTYPE rss [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;">]>'


@pytest.mark.parametrize("charset", ["utf-8", "utf-16", "utf-16-be", "iso-8859-1"])
@pytest.mark.parametrize(
    "before",
    [
        BOMB,
        '<!DOCTYPE rss SYSTEM "file:///etc/passwd">',
        '<!DOCTYPE rss [<!ENTITY a SYSTEM "file:///etc/passwd">]>',
        '<!DOCTYPE rss PUBLIC "x" "http://127.0.0.1/x.dtd">',
        '<!DOCTYPE rss PUBLIC "x" "http://my.netscape.com/publish/formats/rss-0.91.dtd" [<!ENTITY a "b">]>',
    ],
)
def test_document_types_are_refused_before_they_do_anything(before: str, charset: str) -> None:
    with pytest.raises(NoFeed, match="it has a DTD"):
        read(rss("<item><title>&b;</title></item>", before=before, charset=charset))


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "it is empty"),
        (b"  \n", "it is empty"),
        (b"hello", "it is no feed: line 1: syntax error"),
        (b"<opml/>", "it is no feed: line 1: expected a feed, found <opml>"),
        (b'{"a":1}', "it is no JSON Feed: Object missing required field `items`"),
        (b"[" * 100_000, "it is no JSON Feed"),
        (b"<html><body>", "it is a web page, not a feed"),
        (
            b"<!doctype html><link rel=alternate type='application/rss+xml' href='/f?a&amp;b'>"
            b"<link type=text/css href=c>",
            "it is a web page, not a feed; feeds it names: https://blog.test/f?a&b",
        ),
    ],
)
def test_what_is_no_feed_says_what_it_is(data: bytes, words: str) -> None:
    with pytest.raises(NoFeed) as caught:
        read(data)
    assert str(caught.value).startswith(words) and len(str(caught.value)) < 300


def test_a_long_document_is_read_from_its_top() -> None:
    document = read(rss("<item><title>x</title></item>" * (ENTRIES_LIMIT + 1) + "<broken"))
    assert (len(document.entries), document.cut, document.fault) == (ENTRIES_LIMIT, True, "")


def test_one_text_cannot_fill_the_memory() -> None:
    assert len(item(f"<description>{'x' * TEXT_LIMIT * 2}</description>").text) == TEXT_LIMIT


def test_a_text_in_many_pieces_is_cut_too() -> None:
    value = Value([])
    for _ in range(5):
        value.add("x" * (TEXT_LIMIT // 2 - 1))
    assert len(value.text) == TEXT_LIMIT


def test_deep_nesting_is_refused() -> None:
    assert "nested too deeply" in read(rss("<item><title>a</title></item>" + "<a>" * 200_000)).fault
    assert "nested too deeply" in read(rss("<item><description>" + "<a>" * 200_000)).fault


def calls(work: Callable[[], object]) -> int:
    """How many function calls, Python's and C's, some work takes."""
    made = 0

    def count(frame: Any, event: str, arg: Any) -> None:
        nonlocal made
        made += event in ("call", "c_call")

    sys.setprofile(count)
    try:
        work()
    finally:
        sys.setprofile(None)
    return made


def nasty(size: int) -> dict[str, bytes]:
    return {
        "items": rss("<item><title>x</title></item>" * min(size, ENTRIES_LIMIT)),
        "ampersands": rss("<item><title>" + "& " * size + "</title></item>"),
        "entities": rss("<item><title>" + "&nbsp;" * size + "</title></item>"),
        "nested text": rss("<item><description>" + "<b>x</b>" * size + "</description></item>"),
        "prefixes": rss("".join(f"<a xmlns:p{n}='u{n}'/>" for n in range(size))),
        "links": b"<html>" + b"<link " * size,
        "json": b'{"items":[' + b"{}," * size + b"{}]}",
        "lone brackets": b"<" * size,
    }


@pytest.mark.parametrize("kind", sorted(nasty(1)))
def test_twice_the_size_is_twice_the_work(kind: str) -> None:
    def work(size: int) -> Callable[[], object]:
        data = nasty(size)[kind]

        def attempt() -> None:
            with suppress(NoFeed):
                read(data)

        return attempt

    work(10)()
    small, large = calls(work(2_000)), calls(work(4_000))
    assert large <= 2.2 * small + 100


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=200), st.text(max_size=30))
def test_any_bytes_are_a_feed_or_none(data: bytes, content_type: str) -> None:
    try:
        read(data, content_type)
    except NoFeed as error:
        assert str(error)


TAGS = st.sampled_from(
    ["item", "entry", "title", "link", "guid", "id", "author", "name", "content", "description", "pubDate", "div", "a"]
)
PIECES = st.one_of(
    TAGS.map(lambda tag: f"<{tag}>"),
    TAGS.map(lambda tag: f"</{tag}>"),
    TAGS.map(lambda tag: f"<{tag} type='xhtml' href='x' rel='enclosure' xmlns='http://www.w3.org/2005/Atom'/>"),
    st.text(max_size=8),
    st.sampled_from(["&amp;", "&nbsp;", "&", "<![CDATA[<b>]]>", "<!-- -->", "&#0;", "&#xD800;", "&#9999999;"]),
)


@settings(max_examples=300, deadline=None)
@given(st.lists(PIECES, max_size=25).map("".join), st.sampled_from(["rss", "feed"]))
def test_any_markup_is_read_or_has_a_fault(inner: str, root: str) -> None:
    try:
        document = read(f"<{root}><channel><item>{inner}".encode("utf-8", "replace"))
    except NoFeed:
        return
    assert document.fault
    for entry in document.entries:
        entry.digest.encode()


@settings(max_examples=100, deadline=None)
@given(st.recursive(st.none() | st.booleans() | st.floats() | st.text(max_size=5), lambda x: st.lists(x, max_size=3)))
def test_any_json_is_read_or_has_a_fault(value: object) -> None:
    import json

    names = ["id", "url", "title", "content_html", "authors", "date_published", "attachments"]
    data = json.dumps({"items": [{name: value} for name in names] + [value], "title": "x"}).encode()
    assert read(data).title == "x"


async def test_a_document_is_read_in_a_thread_of_its_own() -> None:
    """Nothing in a reading belongs to the event loop."""
    assert (await asyncio.to_thread(read, rss(""))).format == "RSS 2.0"
