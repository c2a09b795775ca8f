"""Texts on their way in and out: HTML to words, our hidden marker, mentions, GitHub's limits.

A comment of ours ends in an HTML comment, which GitHub keeps and never shows. By it we find our own words again.
"""

from __future__ import annotations

import re
from hashlib import blake2b

from cm_console.model.action import Action
from cm_console.model.errors import Refused
from cm_console.model.text import Untrusted
from cm_console.sources.markup import html_to_text

BODY_LIMIT = 65_536
TITLE_LIMIT = 256
"""In characters, as GitHub counts."""
MARK = 150
"""Characters that are kept for our marker."""
_MARKER = re.compile(r"\s*<!-- cm:[0-9A-Za-z:-]{1,80} -->")
_SIGNED = re.compile(r"(https://private-user-images\.[^\"'?\s]+)\?jwt=[^\"'\s>]*")
_COMMENT = re.compile(r"<!--.*?-->", re.S)
_CODE = re.compile(r"```.*?(?:```|\Z)|~~~.*?(?:~~~|\Z)|`[^`\n]*`", re.S)


def marker(action: Action) -> str:
    """What marks the words of an action as its own: its id, and a trace of the words."""
    return f"<!-- cm:{action.id}:{digest(normal(action.text))} -->"


def outgoing(action: Action, *, replaces: str | None = None) -> str:
    """The body to send, marked as this action's; an edit keeps the marks of the body it replaces.

    Raises:
        Refused: empty, or longer than GitHub takes; the words say how long it is and how long it may be.
    """
    if not action.text.strip():
        raise Refused("there is nothing to say: the text is empty")
    marks = [marker(action)] if replaces is None else [found.strip() for found in _MARKER.findall(replaces)]
    body = "\n\n".join([action.text.rstrip(), *marks])
    if len(body) > BODY_LIMIT:
        most = BODY_LIMIT - (len(body) - len(action.text))
        raise Refused(f"the text is {len(action.text):,} characters long, GitHub takes {most:,}: shorten or split it")
    return body


def titled(action: Action) -> str:
    """The title to send.

    Raises:
        Refused: none, or longer than GitHub takes.
    """
    title = " ".join(action.title.split())
    if not title:
        raise Refused("it needs a title")
    if len(title) > TITLE_LIMIT:
        raise Refused(f"the title is {len(title)} characters long, GitHub takes {TITLE_LIMIT}: shorten it")
    return title


def unmarked(body: str) -> str:
    """A body as its author wrote it, without our marks."""
    return _MARKER.sub("", body)


def readable(body: str | None, html: str | None) -> Untrusted:
    """A body as plain text: from its HTML if GitHub gave any, else as written, without HTML comments."""
    if html is not None:
        return html_to_text(_SIGNED.sub(r"\1", html))
    return Untrusted(_COMMENT.sub("", body or "").strip())


def mentions(login: str, body: str | None, html: str | None) -> bool:
    """Is this account addressed? Not in code, and not as a part of a longer name."""
    if html:
        return f">@{login.lower()}</a>" in html.lower()
    found = re.search(rf"(?<![\w/@.-])@{re.escape(login)}(?![\w-])", _CODE.sub("", body or ""), re.I)
    return found is not None


def normal(body: str) -> str:
    """A body without our marks and without what GitHub changes about it on the way in."""
    lines = unmarked(body).replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return "\n".join(line.rstrip() for line in lines).strip()


def digest(*parts: object) -> str:
    """A short mark that changes with what it is made from."""
    text = "\0".join(map(str, parts)).encode("utf-8", "surrogatepass")
    return blake2b(text, digest_size=6).hexdigest()
