"""Plain text as WordPress takes it: HTML in comments, blocks in posts; quotes, code and links are marked.

Everything is escaped: an administrator's words are published as they are, a script in them too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import escape

from cm_console.sources.markup import html_to_text

LONGEST_COMMENT = 65_525
"""Bytes of a comment, in UTF-8 and with its HTML, that WordPress takes (the width of its column in the database)."""

_LINK = re.compile(r"https?://[^\s<>\"'`]{1,2000}")
_CODE = re.compile(r"`([^`\n]{1,500})`")
_STRIPPED = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_TRAILING = ".,;:!?)"


def comment_html(text: str) -> str:
    """A comment: lines as they are (WordPress makes paragraphs and links of them), quotes and code marked."""
    parts = []
    for kind, lines in _parts(text):
        words = "\n".join(_CODE.sub(r"<code>\1</code>", escape(line, quote=False)) for line in lines)
        parts.append(f"<blockquote>{words}</blockquote>" if kind == ">" else words)
    return "\n\n".join(parts)


def article_html(text: str) -> str:
    """A post: one block for each paragraph, quote and piece of code, with links."""
    return "\n\n".join(_block(kind, lines) for kind, lines in _parts(text, code=True))


def title_html(text: str) -> str:
    """A title: WordPress keeps HTML in it."""
    return escape(" ".join(text.split()), quote=False)


def normal(html: str) -> str:
    """What HTML says, white space and what WordPress strips aside: how two texts are compared."""
    return " ".join(_STRIPPED.sub("", html_to_text(html.replace("\n", "<br>"))).split())


def _block(kind: str, lines: list[str]) -> str:
    if kind == "code":
        words = escape("\n".join(lines), quote=False)
        return f'<!-- wp:code -->\n<pre class="wp-block-code"><code>{words}</code></pre>\n<!-- /wp:code -->'
    words = "<br>".join(_linked(line) for line in lines)
    if kind == ">":
        quote = f'<blockquote class="wp-block-quote"><p>{words}</p></blockquote>'
        return f"<!-- wp:quote -->\n{quote}\n<!-- /wp:quote -->"
    return f"<!-- wp:paragraph -->\n<p>{words}</p>\n<!-- /wp:paragraph -->"


def _linked(line: str) -> str:
    made, end = [], 0
    for found in _LINK.finditer(line):
        address = found[0].rstrip(_TRAILING)
        made += [_marked(line[end : found.start()]), f'<a href="{escape(address)}">{escape(address, quote=False)}</a>']
        end = found.start() + len(address)
    return "".join([*made, _marked(line[end:])])


def _marked(words: str) -> str:
    return _CODE.sub(r"<code>\1</code>", escape(words, quote=False))


def _parts(text: str, *, code: bool = False) -> Iterator[tuple[str, list[str]]]:
    """Runs of lines: quoted (`> `), fenced code if wanted, and paragraphs; empty lines part them."""
    kind, lines, fenced = "", list[str](), False
    for line in [*text.replace("\r\n", "\n").replace("\r", "\n").split("\n"), ""]:
        if code and line.startswith("```"):
            if lines:
                yield kind, lines
            fenced = not fenced
            kind, lines = "code" if fenced else "", []
        elif fenced:
            lines.append(line)
        else:
            now = ">" if line.startswith(">") else "p" if line.strip() else ""
            if now != kind and lines:
                yield kind, lines
                lines = []
            kind = now
            if now:
                lines.append(line[1:].removeprefix(" ") if now == ">" else line.rstrip())
    if fenced and lines:
        yield "code", lines
