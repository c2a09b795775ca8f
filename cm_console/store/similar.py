"""Similar answered threads: the rarest words of a question looked up in the index, threads by the weight they share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Any, NamedTuple

from cm_console.model import similar
from cm_console.model.records import ThreadKind
from cm_console.model.similar import Answer, Similar
from cm_console.model.text import Safe
from cm_console.store.answered import QUESTION, TITLE_MARK
from cm_console.store.reading import ROLES
from cm_console.store.sqlite import Connection

COMMON = 3_000
"""Threads; what so many hold tells little, so it is compared only if the question's title has it."""
MOST_READ = 20_000
"""Entries of the index read for one question, those of the rarest words first: some 10 ms."""
LIKELIEST = 60
"""Threads whose facts are looked at."""
LEAST = 5
"""Percent; what shares less is no help. Chosen on linked questions: 15 hid a quarter of those that were found."""
MANY = 4
"""Telling words from which on a single one in common is chance, however rare it is."""
MISSPELT, ALIKE = 4, 0.7
"""How many unknown words are looked up as typing errors, and how alike another word must be."""
SMALL, LARGE = 1_000, 20_000
"""Threads; of smaller archives everything is counted each time; in large ones a mistyped word must begin more alike."""


@dataclass
class Counts:
    """How many threads hold which word, known from earlier questions; forgotten when the archive has grown by 5 %."""

    threads: int = 0
    highest: int = -1
    held_by: dict[str, int] = field(default_factory=dict)

    def refresh(self, conn: Connection) -> None:
        """Look whether what is known still holds."""
        (highest,) = conn.execute("SELECT coalesce(max(id), 0) FROM answered_fts_docsize").fetchone()
        if self.threads >= SMALL and abs(highest - self.highest) <= self.threads / 20:
            return
        (threads,) = conn.execute("SELECT count(*) FROM answered_fts_docsize").fetchone()
        self.highest = highest
        if threads < SMALL or abs(threads - self.threads) > self.threads / 20:
            self.held_by, self.threads = {}, threads

    def of(self, conn: Connection, word: str, *, exactly: bool) -> int:
        """How many threads hold a word; no more than COMMON are counted, if not `exactly`."""
        known = self.held_by.get(word)
        if known is None or (exactly and known == COMMON):
            inner = "SELECT 1 FROM answered_fts WHERE answered_fts MATCH ?" + ("" if exactly else f" LIMIT {COMMON}")
            (known,) = conn.execute(f"SELECT count(*) FROM ({inner})", (_quoted(word),)).fetchone()
            self.held_by[word] = known
        return int(known)


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked: its telling words with their weights, which of them its title has, and how they are written."""

    thread_id: int
    title: Safe
    source: str
    weights: Mapping[str, float]
    in_title: frozenset[str]
    spelt: Mapping[str, str]

    @property
    def words(self) -> tuple[Safe, ...]:
        """The telling words as they are written."""
        return tuple(Safe(self.spelt.get(word, word)) for word in self.weights)

    @property
    def most(self) -> float:
        """What a thread with all of it would share."""
        return similar.shares(self.weights, self.in_title)

    def percent(self, one: Scored) -> int:
        """How much of it a thread shares."""
        return min(100, round(100 * one.shared / self.most))


_ASKED = """
SELECT t.title, s.name, coalesce(p.body, '') FROM thread t JOIN source s ON s.id = t.source_id
    LEFT JOIN post p ON p.id =
        (SELECT id FROM post WHERE thread_id = t.id AND state < 3 ORDER BY created_at, id LIMIT 1)
WHERE t.id = ?
"""


def question(conn: Connection, thread_id: int, counts: Counts) -> Question | None:
    """What a thread asks, its words weighed by how rare they are here; None if there is no such thread."""
    found = conn.execute(_ASKED, (thread_id,)).fetchone()
    if found is None:
        return None
    title, source, body = found
    counts.refresh(conn)
    heads, asked = set(similar.words(title)), similar.asked(title, body[:QUESTION])
    held = {word: counts.of(conn, word, exactly=word in heads) for word in asked}
    for word in sorted((word for word in asked if not held[word]), key=lambda word: -asked[word])[:MISSPELT]:
        meant = _meant(conn, word, counts.threads)
        if meant is not None:
            asked[meant] = asked.pop(word)
            held[meant] = counts.of(conn, meant, exactly=True)
            heads |= {meant} if word in heads else set()
    spelt = similar.spelt(f"{title} {body[:QUESTION]}")
    return Question(thread_id, Safe(title), source, *_told(asked, held, heads, counts.threads), spelt)


def _told(
    asked: Mapping[str, float], held: Mapping[str, int], heads: set[str], threads: int
) -> tuple[dict[str, float], frozenset[str]]:
    """The words to compare with their weights, and those of the title; of these, what nobody has used counts once."""
    weights = {
        word: weight * similar.rarity(threads, held[word])
        for word, weight in asked.items()
        if held[word] < COMMON or word in heads
    }
    known = similar.telling({word: weight for word, weight in weights.items() if held[word]})
    left = MOST_READ
    for word in sorted(known, key=lambda word: held[word]):
        left -= held[word]
        if left < 0:
            del known[word]
    told = known | {word: weight for word, weight in weights.items() if not held[word] and word in heads}
    return told, frozenset(heads & known.keys())


def _meant(conn: Connection, word: str, threads: int) -> str | None:
    """The word of the archive, with the same beginning, that an unknown one was probably meant to be."""
    if len(word) < 5 or not word.isalpha():
        return None
    beginning = word[: 2 if threads < LARGE else 3]
    near = conn.execute(
        "SELECT term, doc FROM answered_vocab WHERE term >= ?1 AND term < ?2 AND length(term) BETWEEN ?3 AND ?4",
        (beginning, beginning + "\U0010ffff", len(word) - 1, len(word) + 1),
    )
    best = max(((similar.alike(word, term), doc, term) for term, doc in near), default=(0.0, 0, ""))
    return best[2] if best[0] >= ALIKE else None


class Scored(NamedTuple):
    """A thread with the weight it shares with a question; bit n of `has` is set if it has telling word n."""

    id: int
    shared: float
    has: int


_HAS = "SELECT rowid AS id, ? AS w, ? AS bit FROM answered_fts WHERE answered_fts MATCH ?"


def score(conn: Connection, asked: Question, *, likeliest: int = LIKELIEST) -> list[Scored]:
    """The likeliest threads with the weight they share."""
    terms: list[tuple[float, int, str]] = []
    for number, (word, weight) in enumerate(asked.weights.items()):
        terms.append((weight, 1 << number, _quoted(word)))
        if word in asked.in_title:
            terms.append((weight * (similar.TITLE_WEIGHT - 1), 0, _quoted(TITLE_MARK + word)))
    if not terms:
        return []
    rows = conn.execute(
        f"SELECT id, sum(w) AS shared, sum(bit) FROM ({' UNION ALL '.join([_HAS] * len(terms))})"
        " WHERE id != ? GROUP BY id ORDER BY shared DESC, id DESC LIMIT ?",
        (*chain.from_iterable(terms), asked.thread_id, likeliest),
    )
    return [Scored(*row) for row in rows]


def enough(asked: Question, scored: Sequence[Scored], least: int = LEAST) -> list[Scored]:
    """Those that share so many percent; of a longer question more than one word, however rare that one is."""
    single = len(asked.weights) < MANY
    enough = (least - 0.5) * asked.most / 100
    return [one for one in scored if one.shared >= enough and (single or one.has.bit_count() > 1)]


_FACTS = """
SELECT t.id, t.title, s.name, s.kind, t.place, t.url, t.created_at, t.kind, t.solved_by, t.author_id
FROM thread t JOIN source s ON s.id = t.source_id
WHERE t.id IN (SELECT value FROM json_each(?)) AND t.deleted = 0 AND t.first_response_at IS NOT NULL
    AND (t.waiting_since IS NULL OR t.solved_at IS NOT NULL)
"""
"""Where somebody still waits for an answer there is none that helped."""

_ANSWERS = """
SELECT p.id, coalesce(m.handle, 'unknown'), p.role, p.created_at, p.body, p.url, p.remote IS ?3, p.reactions,
    p.comment, p.author_id
FROM post p LEFT JOIN member m ON m.id = p.author_id
WHERE p.thread_id = ?1 AND p.state = 0 AND p.role < 2 AND p.author_id IS NOT ?2 AND p.body != ''
ORDER BY p.created_at, p.id LIMIT 60
"""


def found(conn: Connection, asked: Question, scored: Sequence[Scored], most: int) -> list[Similar]:
    """The best of them whose answer holds, with it; at the same percent the better answer goes first."""
    facts, words = _facts(conn, scored), asked.words
    made: list[Similar] = []
    for one in scored:
        row = facts.get(one.id)
        if row is None or len(made) >= most:
            continue
        title, source, source_kind, place, url, at, kind, solved_by, author = row
        answer = best_answer(conn, one.id, author, solved_by)
        if answer is not None:
            about = (Safe(title), source, source_kind, Safe(place), url, at, kind == ThreadKind.DIRECT)
            has_words = tuple(word for number, word in enumerate(words) if one.has >> number & 1)
            made.append(Similar(one.id, asked.percent(one), *about, has_words, answer))
    return sorted(made, key=lambda one: (-one.percent, -_trust(one.answer), -one.created_at))


def _facts(conn: Connection, scored: Sequence[Scored]) -> dict[int, tuple[Any, ...]]:
    ids = "[" + ",".join(str(one.id) for one in scored) + "]"
    return {row[0]: row[1:] for row in conn.execute(_FACTS, (ids,))}


def best_answer(conn: Connection, thread_id: int, author: int | None, solved_by: str | None) -> Answer | None:
    """The answer to show: what solved it, else by who wrote it and how many thank for it; remarks come last."""
    rows = conn.execute(_ANSWERS, (thread_id, author, solved_by)).fetchall()
    answers = [
        (not remark, Answer(id, Safe(who), ROLES[role] if by else "unknown", at, Safe(body), url, bool(solved), thanks))
        for id, who, role, at, body, url, solved, thanks, remark, by in rows
    ]
    best = max(answers, key=lambda one: (one[1].solved, one[0], _trust(one[1]), -one[1].at), default=None)
    return best[1] if best else None


def _trust(answer: Answer) -> int:
    """How far an answer can be trusted: solved before the team's before thanks; a word or two help little."""
    return 8 * answer.solved + 3 * (answer.role == "team") + min(5, max(-2, answer.thanks)) + (len(answer.body) > 80)


def _quoted(word: str) -> str:
    return f'"{word}"'
