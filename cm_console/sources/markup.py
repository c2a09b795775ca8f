"""HTML into readable plain text: links, quotes, code and lists survive; scripts, styles and layout do not.

Member HTML is hostile. Browser-grade parsing is quadratic in nesting (300,000 open `<div>` take minutes), so HTML
whose nesting would cost too much is stripped of its tags in linear time instead: it loses its layout, no words.
"""

from __future__ import annotations

import re
from html import unescape
from typing import TYPE_CHECKING

from cm_console.model.text import Untrusted

if TYPE_CHECKING:
    from selectolax.lexbor import LexborNode

DEEPEST_PREFIX = 8
"""Quote and list levels shown; deeper ones stay at this one, so output cannot grow as lines times depth."""
WORK_LIMIT = 300_000
"""Most units (tags times open tags) a document may cost the parser; ordinary posts cost a few hundred."""

_SPACE = re.compile(r"[ \t\n\f\r]+")
_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9-]*)([^<>]*)>")
_ANY_TAG = re.compile(r"<[/!?a-zA-Z][^<>]*>")
_VOID = frozenset(("br", "hr", "img", "input", "meta", "link", "wbr", "col", "source", "area", "embed", "track"))
_SELF_CLOSING = _VOID | {"p", "li", "dt", "dd", "tr", "td", "th", "option", "tbody", "thead"}
_SKIPPED = frozenset(("script", "style", "template", "svg", "head", "title", "noscript", "select", "textarea"))
_PARAGRAPHS = frozenset(("p", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "dl", "table", "pre", "blockquote", "hr"))
_BLOCKS = _PARAGRAPHS | {
    *("div", "section", "article", "aside", "header", "footer", "main", "nav", "figure", "figcaption", "address"),
    *("details", "summary", "form", "fieldset", "dt", "dd", "li", "tr", "thead", "tbody", "caption", "body", "html"),
}
_PREFIX = {"blockquote": "> ", "pre": "    ", "dd": "  "}
_MENTIONS = frozenset(("mention", "mention-group", "user-mention", "team-mention"))
"""What Discourse, Mastodon and GitHub call a link to somebody: its text says it all."""
_EMBEDS = {"iframe": "frame", "video": "video", "audio": "audio"}


def html_to_text(html: str) -> Untrusted:
    """Turn a post's HTML into plain text a person can read; still Untrusted.

    Links become `text <url>` where the text does not show the url already, quotes get `> `, code blocks four
    spaces, inline code backquotes, images `[image: alt]`; mentions and emoji stay as their text. Never raises.
    """
    if "<" not in html:
        return Untrusted(_SPACE.sub(" ", unescape(html)).strip())
    if html.count("<") > 500 and _cost(html) > WORK_LIMIT:
        return Untrusted(_SPACE.sub(" ", unescape(_ANY_TAG.sub(" ", html))).strip())
    from selectolax.lexbor import LexborHTMLParser

    root = LexborHTMLParser(html.encode("utf-8", "replace")).body
    writer = _Writer()
    if root is not None:
        _walk(root, writer)
    return Untrusted(writer.finish())


def _cost(html: str) -> int:
    open_tags: list[str] = []
    cost = 0
    for closing, tag, _ in _TAG.findall(html):
        name = tag.lower()
        if not closing and name not in _SELF_CLOSING:
            open_tags.append(name)
        elif closing and open_tags and open_tags[-1] == name:
            open_tags.pop()
        cost += len(open_tags)
        if cost > WORK_LIMIT:
            break
    return cost


class _Writer:
    """Lines being written: pending white space, the line so far, and the prefixes of the open quotes and lists."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.line: list[str] = []
        self.prefixes: list[str] = []
        self.marker = ""
        self.gap = 0
        self.level = 0
        self.space = False
        self.pre = 0
        self.starts: list[tuple[int, int]] = []

    def inline(self, text: str) -> None:
        """Add text within the line; outside `pre`, runs of white space are one space."""
        if self.pre:
            head, *rest = text.split("\n")
            self._put(head)
            for part in rest:
                self.break_line(0)
                self._put(part)
            return
        words = _SPACE.sub(" ", text)
        if words.startswith(" "):
            self.space = True
            words = words[1:]
        if not words:
            return
        self._put((" " if self.space and self.line else "") + words.rstrip(" "))
        self.space = words.endswith(" ")

    def _put(self, text: str) -> None:
        if not text:
            return
        if not self.line:
            if self.lines:
                self.lines.extend(["".join(self.prefixes[: min(self.level, DEEPEST_PREFIX)]).rstrip()] * self.gap)
            self.gap = 0
            self.level = len(self.prefixes)
            self.line.append(self._prefix(self.marker))
            self.marker = ""
        self.line.append(text)

    def _prefix(self, marker: str = "") -> str:
        shown = self.prefixes[:DEEPEST_PREFIX]
        if marker and shown:
            shown = [*shown[:-1], marker]
        return "".join(shown)

    def break_line(self, gap: int) -> None:
        """End the line; at least `gap` empty lines before the next text."""
        if self.line:
            self.lines.append("".join(self.line).rstrip(" "))
            self.line = []
        elif self.pre and not gap:
            self.gap += 1
        self.gap = max(self.gap, gap)
        self.space = False

    def unindent(self) -> None:
        """Leave a quote or list item; empty lines around it stand outside it."""
        self.prefixes.pop()
        self.marker = ""
        self.level = min(self.level, len(self.prefixes))

    def mark(self) -> None:
        """Remember where a link or a code span starts."""
        self.starts.append((len(self.lines), len(self.line)))

    def since_mark(self) -> str:
        """What was written since the last mark; only the last line of it if there are several."""
        lines, start = self.starts.pop()
        if lines == len(self.lines):
            return "".join(self.line[start:]).strip()
        return "".join(self.line).strip() or self.lines[-1].strip()

    def finish(self) -> str:
        """The whole text."""
        self.break_line(0)
        return "\n".join(self.lines).strip("\n")


def _walk(root: LexborNode, writer: _Writer) -> None:
    node = root
    ordered: list[int | None] = []
    while True:
        if node.is_text_node:
            writer.inline(node.text_content or "")
        entered = node.is_element_node and _enter(node, writer, ordered)
        if entered and node.child is not None:
            node = node.child
            continue
        if entered:
            _leave(node, writer, ordered)
        while node.next is None:
            if node.parent is None or node.mem_id == root.mem_id:
                return
            node = node.parent
            _leave(node, writer, ordered)
        node = node.next


def _enter(node: LexborNode, writer: _Writer, ordered: list[int | None]) -> bool:
    tag = node.tag or ""
    if tag in _SKIPPED or (tag == "div" and "meta" in _classes(node) and "lightbox" in _classes(node.parent)):
        return False
    if tag in _BLOCKS:
        nested_list = tag in ("ul", "ol") and len(ordered) > 0
        writer.break_line(1 if tag in _PARAGRAPHS and not nested_list and not writer.marker else 0)
    if tag in _PREFIX:
        writer.prefixes.append(_PREFIX[tag])
    if tag == "pre":
        writer.pre += 1
    elif tag in ("ul", "ol"):
        ordered.append(_number(node) if tag == "ol" else None)
    elif tag == "li":
        _item(writer, ordered)
    elif tag in ("a", "code"):
        writer.inline("`") if tag == "code" and not writer.pre else None
        writer.mark()
    else:
        return _leaf(node, tag, writer)
    return True


def _leaf(node: LexborNode, tag: str, writer: _Writer) -> bool:
    if tag == "br":
        writer.break_line(0) if writer.line else writer.break_line(1)
    elif tag == "hr":
        writer.inline("---")
    elif tag == "img":
        writer.inline(_image(node))
    elif tag == "input" and (node.attributes.get("type") or "").lower() == "checkbox":
        writer.inline("[x] " if "checked" in node.attributes else "[ ] ")
    elif tag in _EMBEDS:
        writer.inline(f"[{_EMBEDS[tag]}: {(node.attributes.get('src') or '')[:500]}]")
        return False
    elif tag in ("td", "th") and writer.line:
        writer.inline(" | ")
    return True


def _leave(node: LexborNode, writer: _Writer, ordered: list[int | None]) -> None:
    tag = node.tag or ""
    if tag == "a":
        writer.inline(_address(node, writer.since_mark()))
    elif tag == "code":
        writer.since_mark()
        writer.inline("`") if not writer.pre else None
    if tag in _BLOCKS:
        writer.break_line(1 if tag in _PARAGRAPHS and len(ordered) < 2 else 0)
    if tag == "pre":
        writer.pre -= 1
    elif tag in ("ul", "ol") and ordered:
        ordered.pop()
    if tag in _PREFIX or tag == "li":
        writer.unindent()


def _item(writer: _Writer, ordered: list[int | None]) -> None:
    number = ordered[-1] if ordered else None
    writer.marker = "- " if number is None else f"{number}. "
    writer.prefixes.append(" " * len(writer.marker))
    if number is not None:
        ordered[-1] = number + 1


def _number(node: LexborNode) -> int:
    start = node.attributes.get("start") or ""
    return int(start) if start.isascii() and start.isdigit() and len(start) < 10 else 1


def _classes(node: LexborNode | None) -> list[str]:
    return (node.attributes.get("class") or "").split() if node is not None else []


def _image(node: LexborNode) -> str:
    alt = (node.attributes.get("alt") or node.attributes.get("title") or "").strip()
    classes = _classes(node)
    if "avatar" in classes:
        return ""
    return alt if "emoji" in classes else f"[image: {alt}]" if alt else "[image]"


def _address(node: LexborNode, shown: str) -> str:
    href = (node.attributes.get("href") or "").strip()
    classes = _classes(node)
    if not href or href.startswith("#") or not _MENTIONS.isdisjoint(classes):
        return ""
    return "" if _bare(href) == _bare(shown) or not shown else f" <{href[:2000]}>"


def _bare(address: str) -> str:
    for scheme in ("https://", "http://", "mailto:"):
        address = address.removeprefix(scheme)
    return address.rstrip("/")
