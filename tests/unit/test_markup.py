"""HTML to readable text: what must survive, what must go, and that hostile nesting costs little."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cm_console.model.text import Untrusted
from cm_console.sources.markup import html_to_text

CASES = {
    "plain": ("hello  &amp;\n you", "hello & you"),
    "paragraphs": ("<p>one</p>\n<p>two<br>three</p>", "one\n\ntwo\nthree"),
    "double break": ("a<br><br>b", "a\n\nb"),
    "spacing": ("<p> a <b> b</b>c <i>d</i> </p>", "a bc d"),
    "link": ('see <a href="https://a.test/x">this</a>.', "see this <https://a.test/x>."),
    "link shown already": ('<a href="https://a.test/x/">a.test/x</a>', "a.test/x"),
    "deceptive link": ('<a href="https://evil.test">https://bank.test</a>', "https://bank.test <https://evil.test>"),
    "mail": ('<a href="mailto:a@b.test">a@b.test</a>', "a@b.test"),
    "anchor": ('<h2><a href="#x" class="anchor"></a>Title</h2>x', "Title\n\nx"),
    "mention": ('<p>hi <a class="mention" href="/u/sam">@sam</a>!</p>', "hi @sam!"),
    "quote": ("<blockquote><p>a</p><p>b</p></blockquote><p>c</p>", "> a\n>\n> b\n\nc"),
    "nested quote": ("<blockquote>a<blockquote>b</blockquote></blockquote>", "> a\n>\n> > b"),
    "discourse quote": (
        '<aside class="quote" data-post="1"><div class="title"><div class="quote-controls"></div>'
        '<img class="avatar" src="x"> sam:</div><blockquote><p>no</p></blockquote></aside><p>yes</p>',
        "sam:\n\n> no\n\nyes",
    ),
    "inline code": ("run <code>a &lt; b</code> now", "run `a < b` now"),
    "code block": (
        "<p>x</p><pre><code>if a:\n    b\n\nc  d\n</code></pre><p>y</p>",
        "x\n\n    if a:\n        b\n\n    c  d\n\ny",
    ),
    "list": ("<p>x</p><ul><li>a</li><li><p>b</p><p>c</p></li></ul>y", "x\n\n- a\n- b\n\n  c\n\ny"),
    "ordered": ('<ol start="9"><li>a</li><li>b<ul><li>c</li></ul></li><li>d</li></ol>', "9. a\n10. b\n    - c\n11. d"),
    "image": ('<img src="x" alt="a bike">', "[image: a bike]"),
    "emoji": ('<p>ok <img class="emoji" alt=":smile:" src="x"></p>', "ok :smile:"),
    "lightbox": (
        '<a class="lightbox" href="https://a.test/i.png"><img alt="i"><div class="meta">i.png 10×10</div></a>',
        "[image: i] <https://a.test/i.png>",
    ),
    "table": ("<table><tr><th>a</th><th>b</th></tr><tr><td>1</td><td>2</td></tr></table>", "a | b\n1 | 2"),
    "script": ("<p>a</p><script>bad()</script><style>b{}</style>", "a"),
    "comment": ("a<!-- hidden -->b", "ab"),
    "rule": ("a<hr>b", "a\n\n---\n\nb"),
    "frame": ('<iframe src="https://v.test/1"></iframe>', "[frame: https://v.test/1]"),
    "unclosed": ("<b>a<p>b", "a\n\nb"),
}


@pytest.mark.parametrize("name", CASES)
def test_html_becomes_readable_text(name: str) -> None:
    html, text = CASES[name]
    made = html_to_text(html)
    assert made == text
    assert isinstance(made, Untrusted)


@pytest.mark.parametrize(
    "html",
    [
        "<div>" * 300_000 + "word",
        "<blockquote>" * 100_000 + "word",
        "".join(f"<b id={n}>" for n in range(20_000)) + "<p>" * 20_000 + "word",
        "<b><object></b></object>" * 20_000 + "<p>" * 20_000 + "word",
        "<" * 1_000_000 + " word",
        "<a" * 500_000 + " word",
    ],
    ids=["div", "quote", "formatting", "misnested", "brackets", "open tags"],
)
def test_hostile_nesting_keeps_its_words_and_costs_little(html: str) -> None:
    before = time.process_time()
    text = html_to_text(html)
    assert "word" in text or html.startswith("<a")
    assert len(text) <= len(html)
    assert time.process_time() - before < 10


def test_depth_cannot_multiply_the_output() -> None:
    text = html_to_text("<blockquote>" * 400 + "<p>x</p>" * 400)
    assert len(text) < 400 * 40


def test_mentions_need_no_address_and_boxes_show_their_state() -> None:
    html = '<p><a class="user-mention notranslate" href="https://github.com/leo">@leo</a>: <a href="https://x.test">x</a></p>'
    assert html_to_text(html) == "@leo: x <https://x.test>"
    boxes = '<ul><li><input type="checkbox" checked disabled> done</li><li><input type="checkbox"> open</li></ul>'
    assert html_to_text(boxes) == "- [x] done\n- [ ] open"


def test_lone_surrogates_do_no_harm() -> None:
    assert "a" in html_to_text("<p>a\ud800</p>")


@given(st.text(alphabet="<>/abp liqure=\"'&;\n-!", max_size=300))
@settings(max_examples=200, deadline=None)
def test_any_text_is_survived(html: str) -> None:
    html_to_text(html)


@given(
    st.lists(st.sampled_from(["<p>", "</p>", "<ul>", "<li>", "</ul>", "<pre>", "</pre>", "<a href=x>", "</a>", "w "]))
)
@settings(max_examples=200, deadline=None)
def test_words_are_never_lost(parts: list[str]) -> None:
    html = "".join(parts)
    assert html_to_text(html).count("w") == html.count("w ")
