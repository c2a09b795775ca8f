"""The last day on which somebody was active, from the bitmaps of the days: kept nowhere, so it costs a pull nothing."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING

from cm_console.store.days import ACTIVE
from cm_console.store.spans import Spans, round_down
from cm_console.store.sqlite import Connection

if TYPE_CHECKING:
    from pyroaring import BitMap


def of_persons(conn: Connection, persons: Collection[int], today: int) -> dict[int, int]:
    """For each of these persons their last day of activity up to today, over all accounts; nothing for never."""
    rows = conn.execute(
        "WITH p(id) AS (SELECT value FROM json_each(?)) SELECT m.id, p.id, m.source_id FROM p"
        " JOIN member m ON m.id = p.id UNION ALL SELECT m.id, p.id, m.source_id FROM p"
        " JOIN member m ON m.person_id = p.id AND m.id <> p.id",
        (json.dumps(list(persons)),),
    ).fetchall()
    person_of = {id: person for id, person, _ in rows}
    seen: dict[int, int] = {}
    for source in {source for *_, source in rows}:
        accounts = [id for id, _, where in rows if where == source]
        for day, active in _days(conn, source, accounts, today):
            for id in active:
                person = person_of[id]
                seen[person] = max(day, seen.get(person, day))
    return seen


def _days(conn: Connection, source: int, ids: list[int], today: int) -> Iterator[tuple[int, BitMap]]:
    """The days back from today on which any of these members was active for the last time, and who."""
    from pyroaring import BitMap

    first = conn.execute("SELECT min(day) FROM day_bitmap WHERE source_id = ?", (source,)).fetchone()[0]
    wanted = BitMap(ids)
    if first is None:
        return
    spans = Spans(conn, source)
    for scale, number, after in reversed(list(spans.cover(round_down(first), today + 1))):
        if not wanted:
            return
        begin, end = (number, after) if scale == 0 else (number << scale, after << scale)
        if scale:
            held = spans.data(scale, number, ACTIVE, ACTIVE)
            if not held or not wanted.intersect(BitMap.deserialize(held[0])):
                continue
        query = "SELECT day, ids FROM day_bitmap WHERE source_id = ? AND day >= ? AND day < ? AND kind = ?"
        for day, data in conn.execute(f"{query} ORDER BY day DESC", (source, begin, end, ACTIVE)):
            active = wanted & BitMap.deserialize(data)
            if active:
                yield day, active
                wanted -= active
                if not wanted:
                    return
