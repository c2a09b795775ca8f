"""Packing what was read into pages, each with a cursor that stands for exactly what it holds."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from cm_console.model.records import Record, Ref, ref_of
from cm_console.model.source import PAGE_LIMIT, Cursor, Page


def _nothing() -> None: ...


@dataclass(frozen=True, slots=True)
class Unit:
    """What must come together, and how the state changes once it has come; `counts` if it is one of those expected."""

    records: tuple[Record, ...] = ()
    gone: tuple[Ref, ...] = ()
    mark: Callable[[], None] = _nothing
    counts: bool = True


@dataclass
class Packer:
    """Gathers units until a page is full. `total` is how many units are expected, None if unknown."""

    cursor: Callable[[], Cursor]
    total: int | None = None
    done: int = 0
    _records: dict[Ref, Record] = field(default_factory=dict)
    _gone: dict[Ref, None] = field(default_factory=dict)

    def add(self, unit: Unit) -> Iterator[Page]:
        """Take a unit in; yields the page it no longer fits into."""
        if len(self._records) + len(self._gone) + len(unit.records) + len(unit.gone) > PAGE_LIMIT:
            yield self._page(more=True)
        for record in unit.records:
            self._gone.pop(ref_of(record), None)
            self._records[ref_of(record)] = record
        for ref in unit.gone:
            self._records.pop(ref, None)
            self._gone[ref] = None
        unit.mark()
        self.done += unit.counts

    def last(self, note: str = "") -> Page:
        """The last page, perhaps empty."""
        return self._page(more=False, note=note)

    def _page(self, *, more: bool, note: str = "") -> Page:
        made, gone = tuple(self._records.values()), tuple(self._gone)
        self._records, self._gone = {}, {}
        total = None if self.total is None else max(self.total, self.done)
        return Page(made, gone, self.cursor(), more, self.done, total, note)
