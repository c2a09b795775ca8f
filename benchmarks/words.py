"""Texts with the word frequencies of real ones: 50,000 words, each as frequent as Zipf's law has it."""

from __future__ import annotations

import random
from collections.abc import Iterator
from itertools import accumulate, cycle, islice

VOCABULARY = 50_000
POOL = 1_000_000


def vocabulary(seed: int = 1) -> list[str]:
    """The words, the most frequent first."""
    dice = random.Random(seed)
    letters = "etaoinshrdlucmfwypvbgkjqxz"
    return ["".join(dice.choices(letters, k=dice.randint(3, 10))) for _ in range(VOCABULARY)]


class Texts:
    """An endless stream of words, cut to pieces; the same for the same seed."""

    def __init__(self, seed: int = 1) -> None:
        self._dice = random.Random(seed)
        weights = list(accumulate(1 / rank for rank in range(1, VOCABULARY + 1)))
        self._words: Iterator[str] = cycle(self._dice.choices(vocabulary(), cum_weights=weights, k=POOL))

    def take(self, fewest: int, most: int) -> str:
        """A text of so many words."""
        return " ".join(islice(self._words, self._dice.randint(fewest, most)))

    def body(self) -> str:
        """The text of a post: some 70 words, 440 characters."""
        return self.take(20, 120)
