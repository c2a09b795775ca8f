"""A world's services, without a terminal, at the moment the world ends."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count

from benchmarks.worlds import END
from cm_console.config import Home
from cm_console.model.time import Instant
from cm_console.services.changes import Changes
from cm_console.services.desk import Desk
from cm_console.store import Store
from cm_console.testing import FakeClock


@contextmanager
def desk(home: Home) -> Iterator[Desk]:
    """What services are made of, over the store of a home."""
    ids, store = count(), Store.open(home.database)
    try:
        yield Desk(store, FakeClock(Instant(END)), lambda: f"id{next(ids)}", Changes(), "ann")
    finally:
        store.close()
