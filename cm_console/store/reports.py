"""Reports into the store: all open reports on one target are one case; its rank puts the worst first."""

from __future__ import annotations

import json
from typing import cast

from cm_console.model.records import Ref, Report
from cm_console.model.text import clean, clean_line
from cm_console.store import ids
from cm_console.store.batch import Batch
from cm_console.store.sqlite import Connection

WEIGHT = {"doxxing": 8, "illegal": 8, "harassment": 6, "offensive": 5, "spam": 4, "inappropriate": 4, "held": 1}
"""How much a report of a kind weighs in the order of cases; others weigh 3. Each further report adds its own."""

_FACTS = "reporter_id, kind, reason, created_at, closed_at, agreed, choices, version"


def save(batch: Batch, new: dict[str, Report]) -> int:
    """Write reports, each into the open case on its target or a new one; returns how many were new or different."""
    if not new:
        return 0
    held = {row[0]: row[1:] for row in batch.rows("report", f"remote, id, case_id, {_FACTS}", new)}
    changed = 0
    for remote, report in sorted(new.items(), key=lambda pair: pair[1].created_at):
        facts = _facts(batch, report)
        if remote not in held:
            case = _case(batch, report.target, report)
            batch.conn.execute(
                f"INSERT INTO report(source_id, remote, case_id, {_FACTS}) VALUES({','.join('?' * 11)})",
                (batch.source_id, remote, case, *facts),
            )
        elif held[remote][2:] != facts:
            case = cast(int, held[remote][1])
            columns = ", ".join(f"{column}=?" for column in _FACTS.split(", "))
            batch.conn.execute(f"UPDATE report SET {columns} WHERE id=?", (*facts, held[remote][0]))
        else:
            continue
        changed += 1
        batch.touched_cases.add(case)
    return changed


def forget(batch: Batch, remotes: list[str]) -> int:
    """Reports withdrawn on the platform: closed without a verdict."""
    rows = [row for row in batch.rows("report", "id, case_id, closed_at", remotes) if row[2] is None] if remotes else []
    batch.conn.executemany("UPDATE report SET closed_at = ? WHERE id=?", [(batch.now, row[0]) for row in rows])
    batch.touched_cases.update(cast(int, row[1]) for row in rows)
    return len(rows)


def keep(batch: Batch) -> None:
    """Make the kept columns of touched cases true."""
    if batch.touched_cases:
        keep_cases(batch.conn, batch.ids_json(batch.touched_cases))


def choices(conn: Connection, source_id: int, remote: str) -> tuple[str, ...]:
    """What the platform allows of a report now, by its own ids."""
    row = conn.execute("SELECT choices FROM report WHERE source_id = ? AND remote = ?", (source_id, remote)).fetchone()
    return tuple(json.loads(row[0])) if row else ()


def keep_cases(conn: Connection, ids: str) -> None:
    """Make number of reports, end and rank of cases (a JSON array of ids) true."""
    conn.execute(_KEEP, (ids,))


_WEIGHTS = "CASE kind " + " ".join(f"WHEN '{kind}' THEN {weight}" for kind, weight in WEIGHT.items()) + " ELSE 3 END"

_KEEP = f"""
UPDATE cases SET
    opened_at = k.opened_at, reports = k.n, open_reports = k.open,
    closed_there_at = CASE WHEN k.open = 0 THEN k.closed_at END, agreed_there = CASE WHEN k.open = 0 THEN k.agreed END,
    ended_at = coalesce(decided_at, CASE WHEN k.open = 0 THEN k.closed_at END),
    rank = -(k.weight * 100 + min(k.n, 99) + 5000 * escalated)
FROM (
    SELECT case_id, min(created_at) AS opened_at, count(*) AS n, sum(closed_at IS NULL) AS open,
        max(closed_at) AS closed_at, max(agreed) AS agreed, sum({_WEIGHTS}) AS weight
    FROM report WHERE case_id IN (SELECT value FROM json_each(?)) GROUP BY case_id
) AS k WHERE cases.id = k.case_id
"""


def _facts(batch: Batch, report: Report) -> tuple[object, ...]:
    agreed = None if report.agreed is None else int(report.agreed)
    words = (clean_line(report.kind, 40), clean(report.reason))
    times = (report.created_at, report.closed_at, agreed)
    return (batch.member(report.reporter), *words, *times, json.dumps(report.choices), report.version)


def _case(batch: Batch, target: Ref, report: Report) -> int:
    """The case a new report belongs to: the last one on its target, unless that had ended before it was raised."""
    last = "SELECT id, ended_at FROM cases WHERE source_id=? AND target_kind=? AND target=? ORDER BY id DESC LIMIT 1"
    where = (batch.source_id, target.kind, target.id)
    row = batch.conn.execute(last, where).fetchone()
    if row and row[0] in batch.touched_cases:
        keep_cases(batch.conn, f"[{row[0]}]")
        row = batch.conn.execute(last, where).fetchone()
    if row and (row[1] is None or row[1] >= report.created_at):
        return cast(int, row[0])
    id = ids.last(batch.conn, "cases") + 1
    batch.conn.execute(
        "INSERT INTO cases(id, source_id, target_kind, target, opened_at) VALUES(?,?,?,?,?)",
        (id, batch.source_id, target.kind, target.id, report.created_at),
    )
    return id
