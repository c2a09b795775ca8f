"""Long work: how far it is, for whoever watches it, and a way to stop it."""

from __future__ import annotations

from dataclasses import dataclass


class Stopped(Exception):
    """Somebody stopped long work; what was under way in one transaction was not kept. `done`: the items before it."""

    def __init__(self, done: int = 0) -> None:
        super().__init__(f"stopped after {done:,}")
        self.done = done


@dataclass(slots=True)
class Work:
    """How far long work is, for whoever watches it; `stop` ends it at its next step."""

    words: str = ""
    done: int = 0
    total: int = 0
    stopped: bool = False

    def stop(self) -> None:
        """End it at the next step."""
        self.stopped = True

    def step(self, words: str, done: int = 0, total: int = 0) -> None:
        """Say how far it is.

        Raises:
            Stopped: it is to end here.
        """
        if self.stopped:
            raise Stopped(done)
        self.words, self.done, self.total = words, done, total
