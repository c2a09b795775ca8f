"""Words on their way in and out: HTML as readable text, text as it is compared, its length as Mastodon counts it."""

from __future__ import annotations

import re
from collections.abc import Iterable

from cm_console.model.text import Untrusted
from cm_console.sources.markup import html_to_text

TITLE = 100
"""Characters of a status that stand for its title."""

_HASHTAG_LINK = re.compile(r"(#[^\s#<>]{1,200}) <https?://[^<>\s]{1,2000}>")
_LINK_NOTE = re.compile(r" ?<(?:https?|mailto)[^<>\s]{1,2000}>")
_MENTION = re.compile(r"(?<![\w/@])@(\w(?:[\w.-]*\w)?)(?:@[\w-]+(?:\.[\w-]+)*)?")
_LEADING = re.compile(r"^(?:@\S+\s+)+")
_URL = re.compile(r"(?<![\w@/#])https?://[^\s<>\"\u3000]{1,5000}", re.IGNORECASE)
_END = ".,;:!?'\"”’»*_~"


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
    short = _MENTION.sub(r"@\1", _URL.sub(lambda found: "x" * per_url + _rest(found[0]), text))
    return _graphemes(short)


def _rest(url: str) -> str:
    """What the pattern took too much: punctuation after a URL, and a bracket that was opened before it."""
    end = len(url)
    while end and (url[end - 1] in _END or (url[end - 1] == ")" and url[:end].count(")") > url[:end].count("("))):
        end -= 1
    return url[end:]


def _graphemes(text: str) -> int:
    """Grapheme clusters, nearly as Unicode's UAX 29: marks, joiners, modifiers and flags belong to what they follow."""
    if text.isascii():
        return len(text) - text.count("\r\n")
    import unicodedata

    count, joined, flag = 0, False, False
    for letter in unicodedata.normalize("NFC", text.replace("\r\n", "\n")):
        code = ord(letter)
        indicator = 0x1F1E6 <= code <= 0x1F1FF
        extends = unicodedata.category(letter) in ("Mn", "Me", "Mc") or letter == "\u200d" or 0x1F3FB <= code <= 0x1F3FF
        extends = extends or 0xE0020 <= code <= 0xE007F
        if not (count and (extends or joined or (indicator and flag))):
            count += 1
            flag = indicator
        else:
            flag = False
        joined = letter == "\u200d"
    return count
