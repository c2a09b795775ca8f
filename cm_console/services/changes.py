"""Changes: which topics are dirty, and one wake-up for whoever shows them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable

PACE = 0.25
"""Seconds between two times the listener is called: while pulling, something changes at every moment."""
AFTER_A_KEY, AT_LATEST = 0.15, 1.0
"""Seconds without a key before it is called, so that it is not in the way of what the key does; but then it is."""


class Changes:
    """A set of dirty topics (inbox, moderation, calendar, metrics, outbox, status), used on the event loop only.

    `listener` is called when the set turns from empty to not empty, and then calls `take`; however many changes come
    in between, it hears of them once. After a quiet time it hears at once, else not more often than every `pace`
    seconds, and not while somebody presses keys. `watchers` are told of every change at once: the engine wakes by it.
    `edition` grows with every change: who has read since then need not read again.
    """

    def __init__(self, pace: float = PACE, after_a_key: float = AFTER_A_KEY) -> None:
        self.pace, self.after_a_key = pace, after_a_key
        self.edition = 0
        self._topics: set[str] = set()
        self._told = self._key = float("-inf")
        self.listener: Callable[[], None] | None = None
        self.watchers: list[Callable[[frozenset[str]], None]] = []

    def add(self, topics: Iterable[str]) -> None:
        """Mark topics dirty."""
        new = frozenset(topics)
        was_clean = not self._topics
        self._topics |= new
        self.edition += 1
        for watcher in self.watchers:
            watcher(new)
        if was_clean and self._topics and self.listener is not None:
            self._tell(asyncio.get_running_loop().time() + AT_LATEST)

    def pressed(self) -> None:
        """A key came: what changed elsewhere waits until the person has seen what the key does."""
        self._key = asyncio.get_running_loop().time()

    def _tell(self, at_latest: float) -> None:
        if self._topics and self.listener is not None:
            loop = asyncio.get_running_loop()
            now, at = loop.time(), max(self._told + self.pace, min(self._key + self.after_a_key, at_latest))
            if now < at:
                loop.call_at(at, self._tell, at_latest)
            else:
                self._told = now
                self.listener()

    def take(self) -> frozenset[str]:
        """The dirty topics; they are clean from now on."""
        taken, self._topics = frozenset(self._topics), set()
        return taken

    @property
    def dirty(self) -> bool:
        """Whether a listener has not yet taken everything."""
        return bool(self._topics) and self.listener is not None
