"""One reading of one table: rows into records a page at a time, bad rows aside, and at the end what is gone."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass, field

import msgspec

from cm_console.model.errors import Malformed
from cm_console.model.records import Kind, Member, Record, Ref, ref_of
from cm_console.model.source import PAGE_LIMIT
from cm_console.model.text import clean_line
from cm_console.sources.row_files import Stamp, stamp_of
from cm_console.sources.table.mapping import Spec, Tables
from cm_console.sources.table.marks import BEGINNING, Mark, Marks
from cm_console.sources.table.records import RECORDS_EACH, TRANSLATE, Known
from cm_console.sources.table.rows import Row, Rows, is_jsonl
from cm_console.sources.table.values import BadCell, Cells

BATCH_ROWS = 2_000
"""Most rows looked at in one go: what a cancel leaves running."""
COMPLETE_LIMIT = 100_000
"""Most rows of a complete table: all their ids are remembered."""
KIND_OF = {"members": Kind.MEMBER, "threads": Kind.THREAD, "posts": Kind.POST, "reports": Kind.REPORT}


@dataclass(frozen=True, slots=True)
class Batch:
    """What one go brought; `bad` are the words for rows that were left aside, `read` counts rows."""

    records: tuple[Record, ...]
    bad: tuple[str, ...]
    mark: Mark
    read: int


@dataclass
class Reading:
    """The rows of a table from `mark` on; those before it only count for what is known. Blocking."""

    tables: Tables
    spec: Spec
    mark: Mark
    known: Known
    ids: dict[str, None] = field(default_factory=dict)
    _stamp: Stamp = (-1, -1)
    _number: int = 0

    def open(self) -> None:
        """Begin to read.

        Raises:
            Unreachable: the file is missing or cannot be read.
            Malformed: a column of the mapping is not in the file.
        """
        self._stamp = stamp_of(self.tables.path(self.spec))
        self._rows = rows_of(self.tables, self.spec)
        self._coming: Iterator[Row] = iter(self._rows)
        self._latest: Row | None = None
        self._ahead = next(self._coming, None)
        check_columns(self.spec, self._rows)

    @property
    def finished(self) -> bool:
        """Is there nothing left?"""
        return self._ahead is None

    @property
    def fault(self) -> str:
        """Where the file breaks off, empty if it does not."""
        return self._rows.fault

    def collect(self) -> Batch:
        """As many rows as fit on a page."""
        records: list[Record] = []
        bad: list[str] = []
        read = 0
        for _ in range(BATCH_ROWS):
            if self._ahead is None or len(records) + RECORDS_EACH > PAGE_LIMIT:
                break
            row, new = self._ahead, self._number >= self.mark.rows
            self._step()
            read += new
            try:
                found = self._translate(row)
            except BadCell as error:
                if new:
                    bad.append(f"{self.spec.file} line {row.line} {error}")
                continue
            if new:
                records += found
        return Batch(tuple(dict.fromkeys(records)), tuple(bad), self._mark(), read)

    def gone(self, marks: Marks, key: str) -> list[Ref]:
        """What stood in a complete table and does not any more; nothing if the file could not be read to its end."""
        if not self.spec.complete:
            marks.ids.pop(key, None)
            return []
        before = marks.refs(key)
        missing = [] if self.fault else [ref for ref in before if ref not in self.ids]
        if self.fault:
            self.ids.update(dict.fromkeys(before))
        return [Ref(Kind(kind), id) for kind, _, id in (ref.partition(":") for ref in missing)]

    def remember(self, marks: Marks, key: str) -> None:
        """Keep what stands in a complete table now."""
        if self.spec.complete:
            marks.ids[key] = msgspec.Raw(msgspec.json.encode(list(self.ids)))

    def _translate(self, row: Row) -> list[Record]:
        cells = Cells(row.cells, self.spec)
        try:
            if row.wrong:
                raise BadCell("", row.wrong)
            found = TRANSLATE[self.spec.rows](cells, self.spec, self.known)
        except BadCell:
            if self.spec.complete and self.spec.rows in KIND_OF and (key := cells.key("id")):
                self.ids[f"{KIND_OF[self.spec.rows]}:{key}"] = None  # it is there, though nobody can read it
            raise
        if self.spec.complete:
            ours = [record for record in found if self.spec.rows == "members" or not isinstance(record, Member)]
            self.ids.update((f"{ref.kind}:{ref.id}", None) for ref in map(ref_of, ours))
            if len(self.ids) > COMPLETE_LIMIT * 2:
                raise Malformed(f"{self.spec.file} has too many rows for complete = true, at most {COMPLETE_LIMIT:,}")
        return found

    def _mark(self) -> Mark:
        at = self._ahead or self._latest
        rows = self._number if self._ahead or at is None else self._number - 1
        if rows < self.mark.rows:
            return self.mark
        return Mark(self._stamp, rows, at.before if at else "", self.finished, self.fault)

    def _step(self) -> None:
        self._latest, self._number = self._ahead, self._number + 1
        self._ahead = next(self._coming, None)


def rows_of(tables: Tables, spec: Spec) -> Rows:
    """The rows of a table's file."""
    return Rows(tables.path(spec), spec.encoding, spec.delimiter)


def check_columns(spec: Spec, rows: Rows) -> None:
    """See that every column of the mapping is in the file.

    Raises:
        Malformed: one is not; the words say which there are.
    """
    missing = [column for column in spec.columns.values() if column and column not in rows.header]
    if rows.header and missing and not is_jsonl(rows.path):
        there = ", ".join(repr(name) for name in rows.header[:30])
        raise Malformed(clean_line(f"{spec.file} has no column {missing[0]!r}; it has {there}", 400))


def grown(tables: Tables, spec: Spec, mark: Mark) -> bool:
    """Does the file still begin as it did when it was read up to this mark?"""
    if mark == BEGINNING:
        return True
    for number, row in enumerate(rows_of(tables, spec)):
        if number == mark.rows:
            return row.before == mark.before
    return mark.rows == 0


def known_of(tables: Tables, kinds: Container[str]) -> Known:
    """What the other tables say that rows of these kinds need; bad rows there are told where they belong."""
    known = Known()
    for spec in tables.of("members", "threads", "events"):
        if spec.rows in kinds or (spec.rows == "events" and "attendance" not in kinds):
            continue
        for row in rows_of(tables, spec):
            _learn(Cells(row.cells, spec), spec, known)
    if "posts" in kinds:
        for spec in tables.of("threads"):
            known.threads |= {_key(Cells(row.cells, spec)) for row in rows_of(tables, spec)}
    return known


def learn_opened(tables: Tables, specs: Iterable[Spec], known: Known) -> None:
    """Which threads the posts of tables that are not read again have opened."""
    for spec in specs:
        if spec.rows == "posts":
            cells = (Cells(row.cells, spec) for row in rows_of(tables, spec))
            known.opened |= {cell.key("thread") or _key(cell) for cell in cells}


def _learn(cells: Cells, spec: Spec, known: Known) -> None:
    if spec.rows == "members":
        known.members.add(cells.key("id"))
    elif spec.rows == "events":
        try:
            at = cells.when("at")
        except BadCell:
            return
        known.events |= {key: at for key in (_key(cells), cells.key("title")) if key}


def _key(cells: Cells) -> str:
    try:
        return cells.id()
    except BadCell:
        return ""
