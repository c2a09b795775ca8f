"""What is being typed is kept at each pause, and while nobody pauses every second all the same."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from time import monotonic
from typing import TYPE_CHECKING, Any

from textual.screen import Screen

if TYPE_CHECKING:
    from textual.timer import Timer

PAUSE, LATEST = 0.5, 0.6
"""Seconds without a key after which it is kept; and of typing on, after which the next pause is not waited for."""


class Keeping:
    """Calls `keep` for a screen: `typed` is to be called with every change.

    Whoever types fluently for a minute must not lose it to a crash: so the words on disk are never older than both.
    """

    def __init__(self, screen: Screen[Any], keep: Callable[[], Awaitable[None]]) -> None:
        self._screen, self._keep = screen, keep
        self._timer: Timer | None = None
        self._since = 0.0

    def typed(self) -> None:
        """Something changed."""
        if self._timer is None:
            self._since = monotonic()
        elif monotonic() - self._since > LATEST:
            return
        else:
            self._timer.stop()
        self._timer = self._screen.set_timer(PAUSE, self._now)

    async def _now(self) -> None:
        self._timer = None
        await self._keep()
