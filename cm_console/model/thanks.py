"""Whether a message only thanks: nothing is left of it but courtesy, so nobody need come back to it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

_COURTESY = """
you so very much a lot many again all everyone everybody both guys team for your the this that it help helping answer
reply support time quick fast and worked works now perfect great awesome super cool nice ok okay yes hi hello cheers
dir euch ihnen schön sehr für die hilfe beaucoup muchas mille molto
"""
COURTESY = frozenset(_COURTESY.split())
"""What may stand beside the thanks; anything else might be news."""
LONGEST = 200
"""Characters; whoever writes more has more to say."""


@lru_cache(maxsize=4)
def _pattern(words: tuple[str, ...]) -> re.Pattern[str] | None:
    known = sorted((word.casefold() for word in words if word.strip()), key=len, reverse=True)
    return re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, known))})(?!\w)") if known else None


def only_thanks(text: str, words: Sequence[str]) -> bool:
    """True for "@ann thank you so much!"; False if there is a question, a number, a link or any other word."""
    said = "\n".join(line for line in text.splitlines() if not line.lstrip().startswith(">")).strip().casefold()
    pattern = _pattern(tuple(words))
    if pattern is None or not said or len(said) > LONGEST or "?" in said or not pattern.search(said):
        return False
    rest = re.sub(r"(?<!\w)@[\w.-]+", " ", pattern.sub(" ", said))
    return all(word in COURTESY for word in re.findall(r"\w+", rest))
