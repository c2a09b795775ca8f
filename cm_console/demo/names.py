"""Handles and names for the demo's members: the written ones, and made ones whose parts fit each other."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from random import Random

from cm_console.demo.corpus import Corpus

_ODD = str.maketrans({"ø": "o", "ł": "l", "ß": "ss", "æ": "ae", "Ø": "o", "Ł": "l", "ı": "i", "đ": "d", "ć": "c"})

_STYLES: tuple[Callable[[str, str, str, int], str], ...] = (
    lambda first, last, word, n: f"{first}.{last}",
    lambda first, last, word, n: f"{first}{last[0]}",
    lambda first, last, word, n: f"{first}_{word}",
    lambda first, last, word, n: f"{first[0]}{last}",
    lambda first, last, word, n: f"{word}{n:02}",
    lambda first, last, word, n: f"{first}{n:02}",
    lambda first, last, word, n: f"{last}-{word}",
    lambda first, last, word, n: f"{word}.{first}",
)


def named(corpus: Corpus, rng: Random, count: int) -> list[tuple[str, str]]:
    """So many pairs of handle and name, in random order, each handle once; a fifth tell no name."""
    pairs = dict(corpus.handles)
    used = set(pairs.values())
    while len(pairs) < count:
        firsts, lasts = rng.choice(corpus.names)
        first, last = rng.choice(firsts), rng.choice(lasts)
        name = f"{first} {last}"
        if name in used:
            continue
        handle = rng.choice(_STYLES)(_plain(first), _plain(last), rng.choice(corpus.words), rng.randrange(1, 99))
        used.add(name)
        pairs.setdefault(handle, "" if rng.random() < 0.2 else name)
    found = list(pairs.items())
    rng.shuffle(found)
    return found[:count]


def _plain(name: str) -> str:
    """A name as people write it in a handle: lower case, no accents."""
    letters = unicodedata.normalize("NFKD", name.translate(_ODD).lower())
    return "".join(letter for letter in letters if letter.isascii() and letter.isalnum())
