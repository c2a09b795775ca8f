"""The loaded part of an endless list: rows, cursor and top line, without a terminal and without a database."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, Protocol, TypeVar


class Row(Protocol):
    """What a list needs of a row."""

    @property
    def id(self) -> Hashable:
        """Who it is, whatever happens to its place."""
        ...

    @property
    def key(self) -> Any:
        """Its place in the order of the list, which rises or falls all the way: comparable and unique."""
        ...


R = TypeVar("R", bound=Row)
R_co = TypeVar("R_co", bound=Row, covariant=True)


class Rows(Protocol[R_co]):
    """An ordered list somewhere else, read in pages by key; every answer may be already out of date."""

    async def after(self, key: Any, limit: int) -> Sequence[R_co]:
        """At most `limit` rows behind `key`; None: from the first."""
        ...

    async def before(self, key: Any, limit: int) -> Sequence[R_co]:
        """At most `limit` rows right before `key`, in list order; None: the last ones."""
        ...

    async def total(self) -> int | None:
        """How many rows there are; None if nobody has counted."""
        ...

    async def position(self, key: Any) -> int | None:
        """How many rows stand before `key`; None if that is too dear to know."""
        ...

    async def find(self, id: Any) -> R_co | None:
        """A row by its id, if it is in this list."""
        ...


@dataclass(eq=False)
class Window(Generic[R]):
    """A run of loaded rows around the cursor.

    Attributes:
        rows: what is loaded, without gaps.
        first: rows before the loaded ones; None if unknown.
        starts, ends: whether the loaded rows begin, end the list.
        cursor: index of the current row in `rows`.
        top: index in `rows` of the first visible line.
        height: visible lines.
    """

    rows: list[R] = field(default_factory=list)
    first: int | None = 0
    starts: bool = True
    ends: bool = True
    cursor: int = 0
    top: int = 0
    height: int = 1

    @property
    def limit(self) -> int:
        """Rows to ask for at once."""
        return max(64, 2 * self.height)

    @property
    def capacity(self) -> int:
        """Rows kept at most."""
        return 6 * self.limit

    @property
    def current(self) -> R | None:
        """The row under the cursor."""
        return self.rows[self.cursor] if self.rows else None

    def move(self, by: int) -> bool:
        """Move the cursor; False if the row is not loaded yet: load and move again."""
        to = self.cursor + by
        if (to < 0 and not self.starts) or (to >= len(self.rows) and not self.ends):
            return False
        self.place(to)
        return True

    def place(self, index: int) -> None:
        """Put the cursor on a loaded row and keep it visible."""
        self.cursor = max(0, min(len(self.rows) - 1, index))
        self.top = max(self.cursor - self.height + 1, min(self.top, self.cursor))
        self.top = max(0, min(self.top, len(self.rows) - self.height)) if self.ends else max(0, self.top)

    def resize(self, height: int) -> None:
        """Give it another number of visible lines; the cursor stays visible."""
        self.height = max(1, height)
        self.place(self.cursor)

    def wants(self) -> str:
        """Which side should be loaded next: "after", "before" or "" - one screen ahead of what is visible."""
        if not self.ends and self.top + 2 * self.height >= len(self.rows):
            return "after"
        return "before" if not self.starts and self.top < self.height else ""

    def append(self, rows: Sequence[R], asked: int) -> None:
        """Take rows that follow the loaded ones, and drop far ones at the other side."""
        self.ends = len(rows) < asked
        self.rows += self._unknown(rows)
        spare = min(len(self.rows) - self.capacity, self.top - self.height, self.cursor)
        if spare > 0:
            del self.rows[:spare]
            self.starts, self.cursor, self.top = False, self.cursor - spare, self.top - spare
            self.first = None if self.first is None else self.first + spare

    def prepend(self, rows: Sequence[R], asked: int) -> None:
        """Take rows that precede the loaded ones, and drop far ones at the other side."""
        self.starts = len(rows) < asked
        fresh = self._unknown(rows)
        self.rows[:0] = fresh
        self.cursor, self.top = self.cursor + len(fresh), self.top + len(fresh)
        self.first = 0 if self.starts else None if self.first is None else max(0, self.first - len(fresh))
        keep = max(self.capacity, self.top + 2 * self.height, self.cursor + 1)
        if len(self.rows) > keep:
            del self.rows[keep:]
            self.ends = False

    def begin(self, rows: Sequence[R], *, starts: bool, ends: bool, before: int | None = None) -> None:
        """Take the first rows of a list (the cursor on the first), or its last ones (the cursor on the last)."""
        self.rows, self.starts, self.ends = list(rows), starts, ends
        self.first = 0 if starts else before
        self.top = 0
        self.place(0 if starts else len(self.rows) - 1)

    def replace(self, rows: Sequence[R], at: R, first: int | None, line: int, *, starts: bool, ends: bool) -> None:
        """Take a fresh run of rows; the cursor goes to the row of `at`, or the next one, on visible line `line`."""
        self.rows, self.starts, self.ends = list(rows), starts, ends
        self.first = 0 if starts else first
        self.cursor = max(0, min(len(self.rows) - 1, self._index_of(at)))
        self.top = max(0, self.cursor - line)
        self.place(self.cursor)

    def index(self, id: Hashable) -> int | None:
        """Where a row is loaded."""
        return next((index for index, row in enumerate(self.rows) if row.id == id), None)

    def _index_of(self, at: R) -> int:
        index = self.index(at.id)
        if index is not None:
            return index
        down = len(self.rows) > 1 and self.rows[0].key > self.rows[-1].key
        behind = (i for i, row in enumerate(self.rows) if (row.key <= at.key if down else row.key >= at.key))
        return next(behind, len(self.rows) - 1)

    def _unknown(self, rows: Sequence[R]) -> list[R]:
        known = {row.id for row in self.rows}
        return [row for row in rows if row.id not in known]


@dataclass
class MemoryRows(Generic[R]):
    """Rows that fit in memory and are in order already: agendas, choices, small tables."""

    rows: Sequence[R]

    async def after(self, key: Any, limit: int) -> Sequence[R]:
        """See Rows."""
        return [row for row in self.rows if key is None or row.key > key][:limit]

    async def before(self, key: Any, limit: int) -> Sequence[R]:
        """See Rows."""
        return [row for row in self.rows if key is None or row.key < key][-limit:]

    async def total(self) -> int:
        """See Rows."""
        return len(self.rows)

    async def position(self, key: Any) -> int | None:
        """See Rows."""
        return sum(1 for row in self.rows if row.key < key)

    async def find(self, id: Any) -> R | None:
        """See Rows."""
        return next((row for row in self.rows if row.id == id), None)
