"""Changes: which topics are dirty, and one wake-up for whoever shows them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable

PACE = 0.25
"""Seconds between two times the listener is called: while pulling, something changes at every moment."""


class Changes:
    """A set of dirty topics (inbox, moderation, calendar, metrics, outbox, status), used on the event loop only.

    `listener` is called when the set turns from empty to not empty, and then calls `take`; however many changes come
    in between, it hears of them once. After a quiet time it hears at once, else not more often than every `pace`
    seconds. `watchers` are told of every change at once: the engine wakes by it.
    """

    def __init__(self, pace: float = PACE) -> None:
        self.pace = pace
        self._topics: set[str] = set()
        self._told = float("-inf")
        self.listener: Callable[[], None] | None = None
        self.watchers: list[Callable[[frozenset[str]], None]] = []

    def add(self, topics: Iterable[str]) -> None:
        """Mark topics dirty."""
        new = frozenset(topics)
        was_clean = not self._topics
        self._topics |= new
        for watcher in self.watchers:
            watcher(new)
        if was_clean and self._topics and self.listener is not None:
            loop = asyncio.get_running_loop()
            if loop.time() < self._told + self.pace:
                loop.call_at(self._told + self.pace, self._tell)
            else:
                self._tell()

    def _tell(self) -> None:
        if self._topics and self.listener is not None:
            self._told = asyncio.get_running_loop().time()
            self.listener()

    def take(self) -> frozenset[str]:
        """The dirty topics; they are clean from now on."""
        taken, self._topics = frozenset(self._topics), set()
        return taken

    @property
    def dirty(self) -> bool:
        """Whether a listener has not yet taken everything."""
        return bool(self._topics) and self.listener is not None
