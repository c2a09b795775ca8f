"""What was decided since on the items and rows of decisions that are to be taken back, and must not be overwritten."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from cm_console.store.journal import STOOD, UNDONE, Line, Overtaken
from cm_console.store.sqlite import Connection

Row = tuple[object, ...]
"""A table and the values of a key."""

_OURS = "journal o WHERE o.id IN (SELECT value FROM json_each(:ids))"
_LATER = f"""
SELECT seq, actor, op, item, before, {STOOD} FROM journal j
WHERE seq > :after AND undoes IS NULL AND before != '[]' AND (:beside IS NULL OR payload ->> 'group' IS NOT :beside)
    AND (item IN (SELECT o.item FROM {_OURS}) OR EXISTS(SELECT 1 FROM json_each(j.before) AS theirs
        WHERE (theirs.value ->> 'table') || (theirs.value -> 'key') IN (
            SELECT (ours.value ->> 'table') || (ours.value -> 'key') FROM journal o, json_each(o.before) AS ours
            WHERE o.id IN (SELECT value FROM json_each(:ids)))))
ORDER BY seq
"""
_TAKEN_BACK = f"SELECT 1 FROM journal j WHERE seq = ? AND {UNDONE}"


@dataclass(frozen=True, slots=True)
class _Later:
    """A later operation on something of ours: its rows with the columns it changed, None for all of them."""

    seq: int
    actor: str
    op: str
    item: str
    rows: dict[Row, frozenset[str] | None]
    stands: bool


class Since:
    """What was decided since some decisions and meets them; read once, however many they are."""

    def __init__(self, conn: Connection, lines: Sequence[Line], *, beside: str | None = None, after: int = 0) -> None:
        """Read it.

        Args:
            conn: the transaction.
            lines: what is to be taken back.
            beside: the group of operations that do not count: done with the same keypress.
            after: the seq after which one looks.
        """
        self._conn, self._gone = conn, set[int]()
        self._by_item, self._by_row = defaultdict[str, list[_Later]](list), defaultdict[Row, list[_Later]](list)
        self._rows: dict[str, dict[Row, frozenset[str] | None]] = {}
        if not lines:
            return
        first, ids = min(line.seq for line in lines), json.dumps([line.id for line in lines])
        found = conn.execute(_LATER, {"after": max(after, first), "beside": beside, "ids": ids}).fetchall()
        for seq, actor, op, item, before, stands in found:
            later = _Later(seq, actor, op, item, _rows(before), bool(stands))
            self._by_item[item].append(later)
            for row in later.rows:
                self._by_row[row].append(later)
        if found:
            ours = conn.execute(f"SELECT o.id, o.before FROM {_OURS}", {"ids": ids})
            self._rows.update((id, _rows(before)) for id, before in ours)

    def check(self, line: Line) -> None:
        """Whether one of the decisions can be taken back.

        Raises:
            Overtaken: a later operation on the same item, or on a row it changed, still stands.
        """
        found = [each for each in self._standing(self._by_item.get(line.item, []), line.seq) if not each.stands]
        for row, columns in self._rows.get(line.id, {}).items():
            found += (
                each
                for each in self._standing(self._by_row.get(row, []), line.seq)
                if not each.stands or _meet(columns, each.rows[row])
            )
        if found:
            newest = max(found, key=lambda each: each.seq)
            end = ", which stands" if newest.stands else "; undo that first"
            raise Overtaken(f"{newest.actor} did “{newest.op}” on it since{end}")

    def _standing(self, laters: list[_Later], seq: int) -> Iterable[_Later]:
        """Those after a seq that were not taken back; what was is not looked at again for the next decision."""
        while laters and laters[-1].seq > seq and self._is_gone(laters[-1].seq):
            laters.pop()
        for later in reversed(laters):
            if later.seq <= seq:
                return
            if not self._is_gone(later.seq):
                yield later

    def _is_gone(self, seq: int) -> bool:
        if seq not in self._gone and self._conn.execute(_TAKEN_BACK, (seq,)).fetchone():
            self._gone.add(seq)
        return seq in self._gone


def _rows(before: str) -> dict[Row, frozenset[str] | None]:
    """The rows an operation changed, and which of their columns."""
    found: dict[Row, frozenset[str] | None] = {}
    steps: list[dict[str, Any]] = json.loads(before)
    for step in steps:
        row = (step["table"], *step["key"].values())
        had, columns = found.get(row, frozenset()), step["columns"]
        found[row] = None if had is None or columns is None else had | frozenset(columns)
    return found


def _meet(one: frozenset[str] | None, other: frozenset[str] | None) -> bool:
    """Whether two operations changed the same column of a row."""
    return one is None or other is None or not one.isdisjoint(other)
