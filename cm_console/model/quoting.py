"""Words of a member quoted in an answer, in the way of the platform it goes to, with the name of who said them."""

from __future__ import annotations

import re
from zoneinfo import ZoneInfo

from cm_console.model.time import moment

MAIL = frozenset({"email", "mailman", "mbox"})
"""Kinds of sources where a quote begins with who wrote it, and when."""
BLOCKS = frozenset({"discourse"})
"""Kinds of sources with a quote of their own, which names the member and leads back to the post."""

_PLACE = re.compile(r"/t/(?:[^/]*/)?(\d+)/(\d+)/?$")
_BLOCK = re.compile(r'^\[quote="([^"\n,]*)[^"\n]*"\]\n(.*?)\n?^\[/quote\]$', re.DOTALL | re.MULTILINE)
_TAG = re.compile(r"\\?\[(?=/?quote\b)", re.IGNORECASE)
_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")
_SENTENCE = re.compile(r"(?:[.!?…][\"'”’)\]]*\s+|[。！？]\s*)")


def quoted(body: str, author: str, at: int, kind: str, zone: ZoneInfo, url: str = "") -> str:
    """The quote with an empty line after it, ready for the answer.

    What the words quote themselves is left out, unless there is nothing else. Nothing in them ends the quote early,
    and the name calls nobody.

    Args:
        body: the words, a whole post or some of it.
        author: who said them.
        at: when.
        kind: of the source the answer goes to.
        zone: the community's.
        url: of the post.
    """
    lines, name = _words(body), _name(author)
    if kind in BLOCKS:
        place = _PLACE.search(url)
        where = f", post:{place[2]}, topic:{place[1]}" if place else ""
        words = _TAG.sub(r"\\[", "\n".join([*lines, *_open_fence(lines)]))
        return f'[quote="{name.replace(",", "")}{where}"]\n{words}\n[/quote]\n\n'
    quote = "\n".join(f"> {line}".rstrip() for line in lines)
    when = moment(at, zone)
    told = f"On {when:%a}, {when.day} {when:%b %Y}, {when:%H:%M}, {name} wrote:" if kind in MAIL else f"{name} wrote:"
    return f"{told}\n{quote}\n\n"


def as_markdown(text: str, kind: str) -> str:
    """A text with the platform's own quotes written as Markdown has them, for the preview."""
    if kind not in BLOCKS:
        return text

    def quote(found: re.Match[str]) -> str:
        words = _TAG.sub("[", found[2])
        return f"{found[1]}:\n" + "\n".join(f"> {line}".rstrip() for line in words.split("\n"))

    return _BLOCK.sub(quote, text)


def without_quotes(text: str) -> str:
    """A text without the words of others in it."""
    return re.sub(r"(?m)^ {0,3}>.*$", "", _BLOCK.sub("", text))


def sentences(line: str) -> list[tuple[int, int]]:
    """Where in a line its sentences begin and end, without the space between them; none for an empty line."""
    found, start = [], len(line) - len(line.lstrip())
    for stop in _SENTENCE.finditer(line):
        found.append((start, start + len(line[start : stop.end()].rstrip())))
        start = stop.end()
    rest = line[start:].rstrip()
    return [*found, (start, start + len(rest))] if rest else found


def _words(body: str) -> list[str]:
    """The lines that are quoted: one's own ones, without empty ones at the ends and in a row."""
    lines = [line.rstrip() for line in body.strip("\n").splitlines()]
    own = [line for line in lines if not re.match(r" {0,3}>", line)]
    kept: list[str] = []
    for line in own if any(own) else lines:
        if line or (kept and kept[-1]):
            kept.append(line)
    return kept[:-1] if kept and not kept[-1] else kept


def _name(author: str) -> str:
    """A name that is only a name: no link, no markup, nobody called."""
    words = " ".join(re.sub(r"""[\[\]<>{}"`\\|*]|(?<!\w)@""", "", author).split())
    return words.lstrip("#+-=~ ") or "somebody"


def _open_fence(lines: list[str]) -> list[str]:
    """What closes a piece of code that is cut off."""
    fence = ""
    for line in lines:
        found = _FENCE.match(line)
        if found and not fence:
            fence = found[1]
        elif found and found[1].startswith(fence) and not line.strip().strip(fence[0]):
            fence = ""
    return [fence] if fence else []
