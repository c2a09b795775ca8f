"""Member text is hostile: what a source delivers is Untrusted until clean() has made it Safe."""

from __future__ import annotations

import re
import unicodedata


class Untrusted(str):
    """Text as a platform delivered it: never shown, logged or exported before `clean`."""

    __slots__ = ()


class Safe(str):
    """Text without control, bidi or invisible characters: fit for a terminal, as text, never as markup."""

    __slots__ = ()


REPLACEMENT = 0xFFFD
_JOINERS = {0x200C, 0x200D}
_BLANK_LETTERS = (0x115F, 0x1160, 0x3164, 0xFFA0)


def _table() -> dict[int, int | None]:
    table: dict[int, int | None] = {
        code: REPLACEMENT
        for code in range(0xE0080)
        if unicodedata.category(chr(code)) in ("Cf", "Cs") and code not in _JOINERS
    }
    table |= {code: 0x2400 + code for code in range(0x20) if code not in (0x09, 0x0A)}
    table |= {0x7F: 0x2421, 0x0D: None, 0x2028: 0x0A, 0x2029: 0x0A, 0x85: 0x0A}
    table |= {code: REPLACEMENT for code in range(0x80, 0xA0) if code != 0x85}
    table |= dict.fromkeys((0x200B, 0x2060, 0xFEFF, 0x00AD, *range(0xE0000, 0xE0080)), None)
    table |= dict.fromkeys((*_BLANK_LETTERS, 0x2065, *range(0xFDD0, 0xFDF0)), REPLACEMENT)
    table |= {plane | low: REPLACEMENT for plane in range(0, 0x110000, 0x10000) for low in (0xFFFE, 0xFFFF)}
    return table


_CONTROLS = bytes({*range(0x20), 0x7F} - {0x09, 0x0A})
_BLANKS = tuple(map(chr, _BLANK_LETTERS))
_SUSPICIOUS = (
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u0600-\u0605\u061c\u06dd\u070f\u0890-\u0891\u08e2\u115f\u1160\u180e"
    "\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\u3164\ud800-\udfff\ufdd0-\ufdef\ufeff\uffa0\ufff9-\uffff"
    "\U0001fffe-\U0001ffff\U000110bd-\U000110cd\U00013430-\U0001345f\U0001bca0-\U0001bca3"
    "\U0001d173-\U0001d17a\U0002fffe-\U0010ffff]"
)
"""Every character the table changes, and some that it does not. Compiled when a text first needs it, as is _ZALGO."""
_MARKS = "\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f"
_ZALGO = f"([{_MARKS}]{{4}})[{_MARKS}]+"
_translation: dict[int, int | None] = {}


def clean(text: str) -> Safe:
    r"""Make text safe to show: controls become visible symbols, invisible and bidi characters become U+FFFD.

    Newline and tab stay; `\r` goes; at most four combining marks per letter stay; joiners stay, emoji and some
    scripts need them. Idempotent. The table (160 kB) is built only when a text needs it. Most do not: of what Python
    calls printable only the blank letters are changed, and to ask that costs a twentieth of the search.
    """
    return Safe(cleaned(text))


def cleaned(text: str) -> str:
    """The same as a plain `str`, for the store: its driver searches long for how to bind what is not quite one."""
    if text.isascii():
        seen = text.encode("ascii")
        return str(text) if len(seen.translate(None, _CONTROLS)) == len(seen) else text.translate(_replaced())
    printable = text.replace("\n", " ").replace("\t", " ").isprintable()
    if not (printable and not any(blank in text for blank in _BLANKS)) and re.search(_SUSPICIOUS, text):
        text = text.translate(_replaced())
    return str(re.sub(_ZALGO, r"\1", text))


def _replaced() -> dict[int, int | None]:
    if not _translation:
        _translation.update(_table())
    return _translation


def clean_line(text: str, limit: int = 500) -> Safe:
    """Make text safe and fit for one line: all white space runs become one space, at most `limit` characters.

    Of a long text only as much is looked at as the line needs; what cannot be seen does not count.
    """
    if not text or (len(text) <= limit and text.isascii() and text.isalnum()):
        return Safe(text)
    enough, line = 4 * limit, " ".join(clean(text[: 4 * limit]).split())
    while len(line) <= limit and enough < len(text):
        enough *= 4
        line = " ".join(clean(text[:enough]).split())
    return Safe(line if len(line) <= limit else line[: limit - 1] + "…")


def excerpt(text: str, limit: int) -> Safe:
    """The beginning of a safe text for a widget, with a plain note of how much is not shown."""
    if len(text) <= limit:
        return Safe(text)
    return Safe(f"{text[:limit]}…\n[{len(text) - limit:,} more characters]")
