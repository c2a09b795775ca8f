"""The threads that are read again for what no list shows: answers that do not name us, edits, deletions.

A thread is read again once an eighth of the time has passed that it has been quiet: after a minute while people talk,
after three hours when it is a day old. The 40 liveliest are kept, with the ids of their newest statuses.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from msgspec import Struct

from cm_console.model.time import SECOND

THREADS = 40
STATUSES = 300
"""Most statuses of a thread whose disappearing is noticed."""
ALL_STATUSES = 2_000
AGAIN = 30 * SECOND
SHARE = 8
AT_ONCE = 3
"""Threads read again in one pull, so that a sync stays a few requests."""


class Watched(Struct, array_like=True):
    """A thread: when it was read and last moved, the ids of its statuses."""

    read: int
    active: int
    ids: list[str]


class Watch:
    """The watched threads by id; a view on a dictionary that the cursor carries."""

    def __init__(self, threads: dict[str, Watched]) -> None:
        self._threads = threads
        self._homes = {id: thread for thread, watched in threads.items() for id in (thread, *watched.ids)}

    def home(self, ids: Iterable[str | None]) -> str | None:
        """The watched thread that one of these statuses belongs to: it keeps its id although its first one is gone."""
        return next((self._homes[id] for id in ids if id in self._homes), None)

    def ids(self, thread: str) -> Sequence[str]:
        """What we know of a thread."""
        watched = self._threads.get(thread)
        return watched.ids if watched else ()

    def due(self, now: int) -> list[str]:
        """The threads to read again now, the longest overdue first."""
        waits = {
            thread: (now - watched.read) / max(AGAIN, (now - watched.active) / SHARE)
            for thread, watched in self._threads.items()
        }
        return sorted((thread for thread in waits if waits[thread] >= 1), key=lambda thread: -waits[thread])[:AT_ONCE]

    def note(self, thread: str, ids: Sequence[str], active: int, now: int, *, whole: bool = True) -> None:
        """A thread was read, as a whole or a branch of it; of its statuses these are kept, the newest last."""
        known = self._threads.get(thread)
        read = now if whole or known is None else known.read
        self._threads[thread] = Watched(read, max(active, known.active if known else 0), list(ids[-STATUSES:]))
        self._homes.update(dict.fromkeys((thread, *self._threads[thread].ids), thread))
        self._trim()

    def forget(self, thread: str) -> None:
        """A thread is gone."""
        self._threads.pop(thread, None)

    def _trim(self) -> None:
        liveliest = sorted(self._threads, key=lambda thread: -self._threads[thread].active)
        room = ALL_STATUSES
        for place, thread in enumerate(liveliest):
            room -= len(self._threads[thread].ids)
            if place and (place >= THREADS or room < 0):
                del self._threads[thread]
