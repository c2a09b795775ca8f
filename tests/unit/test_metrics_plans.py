"""No number walks through a whole table of facts: what SQLite plans for every statement that is run."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import pytest

from cm_console.model.metric_table import METRICS
from cm_console.model.metrics import Window
from cm_console.store.metrics import Ask, measure
from cm_console.store.metrics_rows import listing, worded
from cm_console.store.sqlite import Connection, connect
from tests.unit.metrics_world import LAST, build

FACTS = ("post", "thread", "member", "member_day", "activity", "report", "cases", "decision")
ASIDE = re.compile(r"SELECT id FROM member WHERE role = \d AND role > 0")
"""Team and bots: all of them, from an index that holds nobody else."""


@pytest.mark.parametrize("sources", [None, ("forum",)])
def test_no_statement_scans_facts(sources: tuple[str, ...] | None, tmp_path: Path) -> None:
    world, store = build(1, tmp_path / "c.db")
    store.close()
    conn = connect(tmp_path / "c.db", query_only=True)
    asked: list[str] = []
    conn.set_trace_callback(asked.append)
    ask = Ask(Window.last(LAST - timedelta(days=1), 28), world.zone, world.now, sources)
    measure(conn, ask, METRICS)
    for metric in METRICS:
        rows = listing(conn, ask, metric.id)
        page = rows.after(conn, None, 5)
        rows.find(conn, page[0].item if page else 0)
        worded(conn, "thread", [])
    conn.set_trace_callback(None)
    queries = {query for query in asked if query.startswith("SELECT") and not ASIDE.match(query)}
    assert len(queries) > 40
    found = {query: _scans(conn, query) for query in queries}
    conn.close()
    assert {query: scans for query, scans in found.items() if scans} == {}


def _scans(conn: Connection, query: str) -> list[str]:
    plan = [row[3] for row in conn.execute(f"EXPLAIN QUERY PLAN {query}")]
    return [
        step for step in plan if step.startswith("SCAN") and step.split()[1] in (*FACTS, "c", "d", "m", "r", "p", "t")
    ]
