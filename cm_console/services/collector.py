"""The garbage collector while pages are pulled: thousands of records come and go in no cycles, so it rests."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

SELDOM = 20_000
"""New objects until it looks through the youngest; Python's own 700 costs a pull a twentieth of its time."""
_before: list[tuple[int, int, int]] = []


@contextmanager
def seldom_collecting() -> Iterator[None]:
    """Collect seldom until the last of those who asked for it has ended, in whatever order they do."""
    _before.append(gc.get_threshold())
    gc.set_threshold(SELDOM, *_before[0][1:])
    try:
        yield
    finally:
        gc.set_threshold(*_before.pop())
