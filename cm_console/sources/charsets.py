"""Bytes of unknown origin into text: what is declared is tried, what is plainly wrong is seen, nothing ever fails."""

from __future__ import annotations

import codecs
import re

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:+-]{0,39}")
_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_ALIASES = {"ks_c_5601-1987": "cp949", "euc-kr": "cp949", "x-sjis": "cp932", "shift_jis": "cp932", "gb2312": "gb18030"}
_ALIASES |= {"gbk": "gb18030", "x-gbk": "gb18030", "iso-8859-1": "cp1252", "us-ascii": "cp1252", "unicode": "utf-16"}
_ALIASES |= {
    "x-mac-roman": "mac-roman",
    "macintosh": "mac-roman",
    "unicode-1-1-utf-7": "utf-7",
    "iso-8859-8-i": "cp1255",
}
_LATIN = re.compile(r"cp1\d\d\d|cp125\d|iso8859-\d+|ascii|cp437|cp850|mac-roman")
_KNOWN = re.compile(
    rf"utf-(8|8-sig|7|16|16-le|16-be|32|32-le|32-be)|{_LATIN.pattern}|cp(852|855|857|858|861|862|865|866|874|932|949|950)"
    r"|koi8-[rut]|tis-620|gb2312|gbk|gb18030|hz|big5|big5hkscs|euc_(jp|kr|jis_2004)|shift_jis(_2004|x0213)?"
    r"|iso2022_(jp|jp_1|jp_2|jp_3|jp_ext|kr)|johab|mac-(cyrillic|greek|latin2|turkish)|mac_(cyrillic|greek|latin2|turkish)"
)
"""Only these: among Python's other codecs are slow ones (punycode, idna) and ones that are no charsets at all."""


def known(name: str) -> str:
    """Python's name of a declared charset; empty if there is no such charset. Latin-1 is read as Windows-1252."""
    name = name.strip().strip("\"'").lower()
    if not _NAME.fullmatch(name):
        return ""
    try:
        found = codecs.lookup(_ALIASES.get(name, name)).name
    except LookupError:
        return ""
    found = {"iso8859-1": "cp1252", "ascii": "cp1252"}.get(found, found)
    return found if _KNOWN.fullmatch(found) else ""


def decode(data: bytes, *declared: str) -> str:
    """Text of bytes: a byte order mark wins, then the declared charsets in their order, UTF-8, Windows-1252.

    What is declared as a one-byte charset and is valid UTF-8 is UTF-8: the other way round it would be gibberish by
    chance. UTF-8 with a few broken places stays UTF-8. Never raises; the text has no lone surrogates.
    """
    for mark, name in _BOMS:
        if data.startswith(mark):
            return data[len(mark) :].decode(name, "replace")
    utf8 = _strictly(data, "utf-8")
    for name in filter(None, map(known, declared)):
        if utf8 is not None and _LATIN.fullmatch(name):
            return utf8
        text = _strictly(data, name)
        if text is not None:
            return text.encode("utf-8", "replace").decode() if name == "utf-7" else text
    return utf8 if utf8 is not None else _best(data)


def _strictly(data: bytes, name: str) -> str | None:
    try:
        return data.decode(name)
    except (UnicodeError, ValueError):
        return None


def _best(data: bytes) -> str:
    text = data.decode("utf-8", "replace")
    bad = text.count("�")
    good = len(text) - len(text.encode("ascii", "ignore")) - bad
    return text if good > bad else data.decode("cp1252", "replace")
