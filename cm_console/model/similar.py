"""What makes two questions similar: the words they share, weighed by how rare they are; and who answered such ones."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from math import log, log1p

from cm_console.model.text import Safe
from cm_console.model.time import Instant

TITLE_WEIGHT = 3
"""A word of the title says as much as three of the text: in the question asked, and again in the one compared."""
TELLING_WORDS = 20
"""Words of a question that are compared: the rarest ones, title first."""

_WORD = re.compile(r"[^\W_]+")
_LINK = re.compile(r"https?://\S+|^>.*$", re.MULTILINE)
_UNSPACED = re.compile("[\u0e00-\u0eff\u1000-\u109f\u3040-\u30ff\u3400-\u9fff]+")
"""Scripts that put no space between words (Thai, Lao, Burmese, Japanese, Chinese): compared by pairs of letters."""
_ENDINGS = ("ingly", "edly", "ings", "ations", "ation", "ing", "ies", "ied", "ed", "es", "ly", "s", "e", "y")
_LONGEST = 40


def words(text: str) -> list[str]:
    """The words of a text as they are compared: lower case, no accents, no endings; quoted lines and links left out."""
    return [stem for word in _plain(text) for stem in _stems(word)]


def spelt(text: str) -> dict[str, str]:
    """The words of a text as they are compared, each with how it is first written there: to be shown."""
    found: dict[str, str] = {}
    for word in _plain(text):
        for stem in _stems(word):
            found.setdefault(stem, word if word.startswith(stem[:3]) and not _UNSPACED.search(word) else stem)
    return found


def _plain(text: str) -> list[str]:
    plain = _LINK.sub(" ", text.lower())
    if not plain.isascii():
        letters = unicodedata.normalize("NFKD", plain)
        plain = unicodedata.normalize("NFC", "".join(c for c in letters if not unicodedata.combining(c)))
    return list(_WORD.findall(plain))


def _stems(word: str) -> Iterator[str]:
    if word.isascii() or not _UNSPACED.search(word):
        if len(word) > 1:
            yield stem(word[:_LONGEST])
        return
    yield from (word[n : n + 2] for n in range(max(1, min(len(word), _LONGEST) - 1)))


@lru_cache(maxsize=50_000)
def stem(word: str) -> str:
    """A word without its ending, the same for most of its forms: resetting, resets and reset are one."""
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            word = word[: -len(ending)]
            break
    if len(word) > 3 and word[-1] == word[-2] and word[-1].isalpha() and word[-1] not in "aeiou":
        word = word[:-1]
    return word


def asked(title: str, text: str) -> dict[str, float]:
    """How much each word of a question says before it is known how rare it is; the words of the title count thrice."""
    weights: Counter[str] = Counter()
    for part, weight in ((title, TITLE_WEIGHT), (text, 1)):
        for word, times in Counter(words(part)).items():
            weights[word] += weight * log1p(times)  # type: ignore[assignment]  # a Counter of floats
    return dict(weights)


def rarity(threads: int, held_by: int) -> float:
    """How much a word tells that `held_by` of `threads` hold: the idf of BM25, rare words favoured a little more."""
    return float(log(1 + (max(threads, held_by) - held_by + 0.5) / (held_by + 0.5)) ** 1.5)


def telling(weights: Mapping[str, float], most: int = TELLING_WORDS) -> dict[str, float]:
    """The words of a question that say most."""
    best = sorted(weights.items(), key=lambda pair: (-pair[1], pair[0]))[:most]
    return {word: weight for word, weight in best if weight > 0}


def alike(one: str, other: str) -> float:
    """How alike two words look, from 0 to 1, by the pairs of letters they share: to understand a typing error."""
    pairs, others = _pairs(one), _pairs(other)
    return 2 * sum((pairs & others).values()) / (pairs.total() + others.total())


def _pairs(word: str) -> Counter[str]:
    padded = f" {word} "
    return Counter(padded[n : n + 2] for n in range(len(padded) - 1))


@dataclass(frozen=True, slots=True)
class Answer:
    """The best answer of a thread, with why it is the best: `solved` there, of the team, or how many thank for it."""

    post_id: int
    author: Safe
    role: str
    at: Instant
    body: Safe
    url: str
    solved: bool
    thanks: int

    @property
    def why(self) -> str:
        """Why one may trust it, in a few words."""
        facts = ["solved" if self.solved else "", "by the team" if self.role == "team" else ""]
        facts.append(f"{self.thanks:,} thanks" if self.thanks > 0 else "")
        return ", ".join(fact for fact in facts if fact) or "answered"


@dataclass(frozen=True, slots=True)
class Similar:
    """An answered thread like the one asked about.

    Attributes:
        percent: the weight of the telling words it shares with the question, of all their weight; see `FORMULA`.
        shared: the telling words it has, the most telling first.
        direct: it was said in a direct message, so nobody else can open a link to it.
    """

    id: int
    percent: int
    title: Safe
    source: str
    source_kind: str
    place: Safe
    url: str
    created_at: Instant
    direct: bool
    shared: tuple[Safe, ...]
    answer: Answer

    @property
    def link(self) -> str:
        """Where its answer can be read."""
        return self.answer.url or self.url


@dataclass(frozen=True, slots=True)
class Comparison:
    """The similar threads of one thread, best first; `unread` threads of the archive were not compared yet."""

    thread_id: int
    title: Safe
    source: str
    telling: tuple[Safe, ...]
    found: tuple[Similar, ...]
    unread: int = 0

    @property
    def formula(self) -> str:
        """How the percent of this question are made, in one line."""
        return (
            f"100 % = has its {len(self.telling)} telling words; rare ones weigh more, in both titles x{TITLE_WEIGHT}"
        )


@dataclass(frozen=True, slots=True)
class Given:
    """One answer somebody gave to a similar question."""

    thread_id: int
    percent: int
    title: Safe
    at: Instant
    solved: bool
    thanks: int
    url: str


@dataclass(frozen=True, slots=True)
class Answerer:
    """A member who answered such questions before, with the answers that show it, the most similar question first."""

    id: int
    handle: Safe
    name: Safe
    source: str
    mention: Safe
    last_active_at: Instant | None
    given: tuple[Given, ...]

    @property
    def solved(self) -> int:
        """How many of the answers solved the question."""
        return sum(each.solved for each in self.given)

    @property
    def thanks(self) -> int:
        """How often they were thanked."""
        return sum(max(0, each.thanks) for each in self.given)


MAILED = frozenset({"email", "mailman", "mbox", "rss", "table", "stackexchange-dump"})
"""Kinds of sources where writing @somebody calls nobody: they are called by their name."""


def mention(kind: str, handle: str, remote: str) -> str:
    """How somebody is called on a platform so that they hear of it."""
    if kind in MAILED:
        return handle
    if kind == "matrix" and remote.startswith("@"):
        return remote
    return f"@{handle.removeprefix('@')}"


def quoted(text: str, most: int = 1_500) -> str:
    """A text as a quote in Markdown, cut between words."""
    cut = text if len(text) <= most else text[:most].rsplit(None, 1)[0] + " …"
    return "\n".join(f"> {line}".rstrip() for line in cut.strip().splitlines())


def shares(weights: Mapping[str, float], title: Iterable[str]) -> float:
    """The most a thread can share of these words: all of them, and those of the question's title in its own title."""
    return sum(weights.values()) + (TITLE_WEIGHT - 1) * sum(weights.get(word, 0) for word in set(title))
