"""Text on its way to WordPress and back, and the slug a post is found by."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cm_console.model.action import Action, Verb
from cm_console.model.errors import Refused
from cm_console.sources.markup import html_to_text
from cm_console.sources.wordpress import wire
from cm_console.sources.wordpress.records import at
from cm_console.sources.wordpress.words import _refuse_if_lossy, fitting, slug_of
from cm_console.sources.wordpress.writing import LONGEST_COMMENT, article_html, comment_html, normal, title_html
from tests.servers.wordpress_world import cook


def test_a_comment_is_escaped_and_keeps_quotes_and_code() -> None:
    text = "Hi <script>alert(1)</script> & you\n\n> they said\n> this\nsee `x < y`\n\n\n\nBye"
    assert comment_html(text) == (
        "Hi &lt;script&gt;alert(1)&lt;/script&gt; &amp; you\n\n"
        "<blockquote>they said\nthis</blockquote>\n\n"
        "see <code>x &lt; y</code>\n\nBye"
    )


def test_a_post_is_written_in_blocks_with_links() -> None:
    html = article_html("See https://example.org/a?b=1&c=2.\nNow!\n\n> quoted\n\n```\nif a < b:\n\n    go\n```\nend")
    assert (
        '<p>See <a href="https://example.org/a?b=1&amp;c=2">https://example.org/a?b=1&amp;c=2</a>.<br>Now!</p>' in html
    )
    assert '<blockquote class="wp-block-quote"><p>quoted</p></blockquote>' in html
    assert "<code>if a &lt; b:\n\n    go</code>" in html
    assert html.count("<!-- wp:") == html.count("<!-- /wp:") == 4
    assert html_to_text(html) == (
        "See https://example.org/a?b=1&c=2.\nNow!\n\n> quoted\n\n    if a < b:\n\n        go\n\nend"
    )


def test_an_address_cannot_break_out_of_its_link() -> None:
    html = article_html('https://x.test/"onmouseover="alert(1) https://y.test/<b>')
    assert 'href="https://x.test/"' in html
    assert "<b>" not in html and " onmouseover" not in html


def test_a_title_is_plain() -> None:
    assert title_html("  A <b>\n & c ") == "A &lt;b&gt; &amp; c"


@given(st.text(max_size=200))
def test_what_we_send_is_recognised_when_it_comes_back(text: str) -> None:
    """WordPress makes paragraphs of lines; white space aside the words are the same."""
    html = comment_html(text)
    assert "<script" not in html
    assert normal(html) == normal(html.replace("\n\n", "\n"))
    assert "".join(normal(cook(html)).split()) == "".join(normal(html).split())


def test_the_length_counts_as_wordpress_counts() -> None:
    """Bytes in UTF-8, the markup of escaping included."""
    assert len(fitting("x" * LONGEST_COMMENT)) == LONGEST_COMMENT
    for text in (
        "x" * (LONGEST_COMMENT + 1),
        "\N{SNOWMAN}" * (LONGEST_COMMENT // 3 + 1),
        "<" * (LONGEST_COMMENT // 4 + 1),
    ):
        with pytest.raises(Refused, match="65,525"):
            fitting(text)


def test_a_slug_is_readable_ours_alone_and_left_alone_by_wordpress() -> None:
    action = Action("0190c0de-1234-7000-8000-0123456789AB", Verb.PUBLISH, title="Über uns & «mehr»: 3 % — Größe! " * 9)
    slug = slug_of(action)
    assert slug.startswith("uber-uns-mehr-3") and slug.endswith("-80000123456789ab")
    assert set(slug) <= set("abcdefghijklmnopqrstuvwxyz0123456789-") and "--" not in slug and len(slug) < 100
    assert slug_of(Action("0190c0de-1234-7000-8000-0123456789ab", Verb.PUBLISH, title="日本語")) == "80000123456789ab"


@pytest.mark.parametrize(
    "raw",
    [
        '<p>x</p><img src="a.png">',
        "<!-- wp:gallery --><figure></figure><!-- /wp:gallery -->",
        "<p>x</p>[contact-form id=1]",
        '<div class="x">y</div>',
        "<table><tr><td>1</td></tr></table>",
    ],
)
def test_what_an_edit_would_lose_is_not_edited(raw: str) -> None:
    with pytest.raises(Refused, match="would be lost"):
        _refuse_if_lossy(wire.Article(1, content=wire.Text("", raw)))


def test_what_we_wrote_may_be_edited() -> None:
    for raw in (article_html("A\nB https://x.test\n\n> q\n\n```\nc\n```"), "<p>Old [1] post</p>", "plain"):
        _refuse_if_lossy(wire.Article(1, content=wire.Text("", raw)))


@pytest.mark.parametrize("text", [None, "", "0000-00-00T00:00:00", "nonsense"])
def test_a_time_that_is_none(text: str | None) -> None:
    assert at(text) == 0
    assert at("2026-11-22T09:00:00") == at("2026-11-22T09:00:00+00:00") == 1_795_338_000_000
