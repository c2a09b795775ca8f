"""Names made to be taken for another: letters of another script that look like Latin ones, characters nobody sees.

The letters are those of Unicode's confusables (https://www.unicode.org/Public/security/latest/confusables.txt) that
look like one Latin letter in most typefaces. Names written wholly in another script are no disguise unless they read as
somebody's Latin name.
"""

from __future__ import annotations

import unicodedata

_LATIN = str.maketrans(
    "абвԁеѕіјкӏмноԛрсгтуԝхһҽѵαβεικνορστυχγωϲⅼⅰοıɡɑ",
    "a6bdesijklmhoqpcrtywxhevabeiknopotuxywclioiga",
)
_LOOKALIKE = frozenset(map(chr, _LATIN)) - {"ı"}
"""But for the dotless i, which stands beside Latin letters in Turkish names."""
_JOINERS = "\u200c\u200d"
"""Scripts and emoji need them; Latin letters do not."""
_UNSEEN = "\N{REPLACEMENT CHARACTER}\N{SOFT HYPHEN}"


def reads_as(name: str) -> str:
    """What a name is read as at a glance: unseen characters left out, look-alike letters as Latin ones, lower case."""
    seen = "".join(each for each in unicodedata.normalize("NFKC", name) if not _unseen(each))
    return seen.casefold().translate(_LATIN)


def disguised(name: str) -> bool:
    """Whether a name reads as another than it is: unseen characters, or letters that only look Latin beside Latin."""
    if name.isascii():
        return False
    unseen = [each for each in name if _unseen(each)]
    if any(each not in _JOINERS for each in unseen) or (unseen and reads_as(name).isascii()):
        return True
    if not unseen and unicodedata.normalize("NFKC", name) != unicodedata.normalize("NFC", name):
        return True
    return any(_mixed(word) for word in name.casefold().split())


def looks_like(name: str, other: str) -> bool:
    """Whether a name can be taken for another that it is not."""
    return name.casefold() != other.casefold() and reads_as(name) == reads_as(other)


def _mixed(word: str) -> bool:
    return any("a" <= each <= "z" for each in word) and any(each in _LOOKALIKE for each in word)


def _unseen(each: str) -> bool:
    return each in _UNSEEN or unicodedata.category(each) == "Cf"
