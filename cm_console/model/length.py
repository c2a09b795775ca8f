"""How long a text is where it goes: each platform counts its own way, and shows its own way."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum


class Unit(StrEnum):
    """What a platform counts."""

    CHARACTERS = "characters"
    """Code points."""
    GRAPHEMES = "graphemes"
    """What a reader calls a character: a letter with its marks, a flag, a family of emoji."""
    BYTES = "bytes"
    """Of UTF-8."""
    UTF16 = "utf16"
    """Units of UTF-16: an emoji is two."""


class Markup(StrEnum):
    """How a platform reads what it is sent."""

    PLAIN = "plain"
    """Nothing means anything but line ends."""
    QUOTES = "quotes"
    """Plain, but lines that begin with > are quotes and `words` between backticks code."""
    MARKDOWN = "markdown"


@dataclass(frozen=True, slots=True)
class TextRules:
    """What a platform makes of a text.

    Attributes:
        markup: how it is read and shown.
        most: how long it may be, in `unit`; 0 if there is no limit, or none we know.
        link_counts_as: what each link counts, however long it is; 0 if links count as they are.
        local_mentions: of @name@server only @name counts.
    """

    markup: Markup = Markup.PLAIN
    most: int = 0
    unit: Unit = Unit.CHARACTERS
    link_counts_as: int = 0
    local_mentions: bool = False


_MENTION = re.compile(r"(?<![\w/@])@(\w(?:[\w.-]*\w)?)(?:@[\w-]+(?:\.[\w-]+)*)?")
_URL = re.compile(r"(?<![\w@/#])https?://[^\s<>\"\u3000]{1,5000}", re.IGNORECASE)
_END = ".,;:!?'\"”’»*_~"


def length(text: str, rules: TextRules) -> int:
    """How long a text is by these rules, white space around it aside: platforms cut that off."""
    counted = text.strip()
    if rules.link_counts_as:
        counted = _URL.sub(lambda found: "x" * rules.link_counts_as + _rest(found[0]), counted)
    if rules.local_mentions:
        counted = _MENTION.sub(r"@\1", counted)
    if rules.unit is Unit.GRAPHEMES:
        return graphemes(counted)
    if rules.unit is Unit.BYTES:
        return len(counted.encode("utf-8", "surrogatepass"))
    return len(counted) + (sum(letter > "\uffff" for letter in counted) if rules.unit is Unit.UTF16 else 0)


def too_long(text: str, rules: TextRules) -> str:
    """Why a text cannot be sent: how long it is and how long it may be; "" when it fits."""
    if not rules.most or (size := length(text, rules)) <= rules.most:
        return ""
    unit = {Unit.BYTES: "bytes"}.get(rules.unit, "characters")
    return f"{size:,} {unit}, {rules.most:,} are allowed: shorten or split it"


def counted(text: str, rules: TextRules) -> str:
    """How long a text is and may be, for the one who writes it: "123 characters of 500"."""
    size, unit = length(text, rules), "bytes" if rules.unit is Unit.BYTES else "characters"
    limit = f" of {rules.most:,}" if rules.most else ""
    return f"{size:,} {unit}{limit}" + (", too long" if rules.most and size > rules.most else "")


def graphemes(text: str) -> int:
    """Grapheme clusters, nearly as Unicode's UAX 29: marks, joiners, modifiers and flags belong to what they follow."""
    if text.isascii():
        return len(text) - text.count("\r\n")
    count, joined, flag = 0, False, False
    for letter in unicodedata.normalize("NFC", text.replace("\r\n", "\n")):
        indicator = "\U0001f1e6" <= letter <= "\U0001f1ff"
        if not (count and (_extends(letter) or joined or (indicator and flag))):
            count += 1
            flag = indicator
        else:
            flag = False
        joined = letter == "\u200d"
    return count


def _extends(letter: str) -> bool:
    """Whether it belongs to the letter before: marks, the joiner, skin tones, and the letters of subdivision flags."""
    marks = unicodedata.category(letter) in ("Mn", "Me", "Mc") or letter == "\u200d"
    return marks or "\U0001f3fb" <= letter <= "\U0001f3ff" or "\U000e0020" <= letter <= "\U000e007f"


def _rest(url: str) -> str:
    """What the pattern took too much: punctuation after a URL, and a bracket that was opened before it."""
    end = len(url)
    while end and (url[end - 1] in _END or (url[end - 1] == ")" and url[:end].count(")") > url[:end].count("("))):
        end -= 1
    return url[end:]
