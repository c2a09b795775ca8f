"""The selected rows of a list: one by one, a range that grows with the cursor, or all; kept by id, whatever moves."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Hashable, Sequence
from typing import Any, Generic

from cm_console.widgets.window import R

PAGE = 500
"""Rows asked for at once when all are selected."""

Read = Callable[[Any, int], Awaitable[Sequence[R]]]
"""At most so many rows behind a key; see window.Rows.after."""


async def every(read: Read[R], most: int) -> tuple[dict[Hashable, R], bool]:
    """The rows of a list by id, at most so many, and whether these are all."""
    found: dict[Hashable, R] = {}
    key = None
    while len(found) < most:
        page = await read(key, min(PAGE, most - len(found)))
        found.update((row.id, row) for row in page)
        if len(page) < PAGE and len(found) < most:
            return found, True
        key = page[-1].key
    return found, not await read(key, 1)


class Marks(dict[Hashable, R], Generic[R]):
    """Rows by id; `anchor` is where a range began, None when none is under way."""

    anchor: R | None = None
    _before: dict[Hashable, R]
    _seen: dict[Hashable, R]

    def clear(self) -> None:
        """Select nothing; a range under way ends."""
        super().clear()
        self.anchor = None

    def begin(self, row: R) -> None:
        """A range begins at a row; what was selected before stays so."""
        self.anchor, self._before, self._seen = row, dict(self), {}
        self.reach([row], row)

    def end(self) -> None:
        """The range is as it is now."""
        self.anchor = None

    def reach(self, rows: Sequence[R], to: R) -> None:
        """The range goes to a row now; `rows` are those at hand around it, in the order of the list."""
        if self.anchor is None:
            return
        self._seen.update((row.id, row) for row in rows)
        self.anchor = self._seen.get(self.anchor.id, self.anchor)
        low, high = sorted((self.anchor.key, to.key))
        super().clear()
        self.update(self._before)
        self.update((id, row) for id, row in self._seen.items() if low <= row.key <= high)

    async def fill(self, read: Read[R], to: R, most: int) -> None:
        """Read what lies between the ends of the range and was never at hand: a jump passes over rows."""
        anchor = self.anchor
        if anchor is None or anchor.key == to.key:
            return
        first = await read(None, 1)
        down = not first or first[0].key <= min(anchor.key, to.key)
        start, end = (min, max) if down else (max, min)
        key, last = start(anchor.key, to.key), end(anchor.key, to.key)
        while len(self._seen) < most and (page := await read(key, PAGE)) and self.anchor is not None:
            inside = [row for row in page if (row.key <= last if down else row.key >= last)]
            self.reach(inside, to)
            if len(inside) < len(page):
                return
            key = page[-1].key
