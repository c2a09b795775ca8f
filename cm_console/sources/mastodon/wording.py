"""Words on their way in and out: HTML as readable text, text as it is compared, its length as Mastodon counts it."""

from __future__ import annotations

import re
from collections.abc import Iterable

from cm_console.model.length import Markup, TextRules, Unit
from cm_console.model.length import length as model_length
from cm_console.model.text import Untrusted
from cm_console.sources.markup import html_to_text

TITLE = 100
"""Characters of a status that stand for its title."""

_HASHTAG_LINK = re.compile(r"(#[^\s#<>]{1,200}) <https?://[^<>\s]{1,2000}>")
_LINK_NOTE = re.compile(r" ?<(?:https?|mailto)[^<>\s]{1,2000}>")
_MENTION = re.compile(r"(?<![\w/@])@(\w(?:[\w.-]*\w)?)(?:@[\w-]+(?:\.[\w-]+)*)?")
_LEADING = re.compile(r"^(?:@\S+\s+)+")


def plain(html: str) -> Untrusted:
    """A status's HTML as text; hashtags stay words, as mentions do. Never raises."""
    text = html_to_text(html)
    return Untrusted(_HASHTAG_LINK.sub(r"\1", text)) if "#" in text else text


def title_of(text: str, spoiler: str = "") -> Untrusted:
    """A title for what has none: its warning, or the beginning of its first line, without whom it is addressed to."""
    lines = (line.strip() for line in (spoiler or text)[:5_000].splitlines())
    first = next(filter(None, lines), "")
    first = _LEADING.sub("", f"{first} ").strip() or first
    return Untrusted(first if len(first) <= TITLE else first[: TITLE - 1] + "…")


def normal(text: str) -> str:
    """What is the same in a text as we sent it and as the server shows it: mentions are cut to the local part there."""
    import unicodedata

    words = _MENTION.sub(r"@\1", _LINK_NOTE.sub("", unicodedata.normalize("NFC", text)))
    return _LEADING.sub("", " ".join(words.split()) + " ").strip().casefold()


def same(sent: str, html: str) -> bool:
    """Does a status say what we sent? Leading mentions, white space and case do not matter."""
    return normal(sent) == normal(plain(html))


def addressed(text: str, accts: Iterable[str]) -> str:
    """The text with everybody named whom it must reach: the missing ones before it, in the order given."""
    found = re.findall(r"(?<![\w/@])@([\w.-]+(?:@[\w.-]+)?)", text)
    there = {name.rstrip(".-").casefold() for name in found}
    missing = [acct for acct in dict.fromkeys(accts) if acct.casefold() not in there]
    return " ".join([*(f"@{acct}" for acct in missing), text])


def rejoined(text: str, accts: Iterable[str]) -> str:
    """An edited text with the full names of members of other servers, which were shown without their domain."""
    for acct in accts:
        name, _, domain = acct.partition("@")
        if domain:
            text = re.sub(rf"(?<![\w/@])@{re.escape(name)}(?![\w@])(?!\.\w)(?!-\w)", f"@{acct}", text)
    return text


def length(text: str, *, per_url: int = 23) -> int:
    """Characters as Mastodon counts them: graphemes; each URL 23, of a mention only the local part.

    Source: app/validators/status_length_validator.rb.
    """
    return model_length(text, rules(0, per_url))


def rules(most: int, per_url: int) -> TextRules:
    """What a server makes of a status."""
    return TextRules(Markup.PLAIN, most, Unit.GRAPHEMES, per_url, local_mentions=True)
