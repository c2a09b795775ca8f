"""No number walks through a whole table of facts: what SQLite plans for every statement that is run."""

from __future__ import annotations

import re
import shutil
from datetime import timedelta
from pathlib import Path

import pytest

from cm_console.model.metric_table import METRICS
from cm_console.model.metrics import Window
from cm_console.store.metrics import Ask, measure
from cm_console.store.metrics_rows import listing, worded
from cm_console.store.sqlite import Connection, OperationalError, connect
from tests.unit.metrics_world import LAST, World, build

TABLES = ("post", "thread", "member", "member_day", "activity", "report", "cases", "decision", *"cdmrpt")
ASIDE = re.compile(r"SELECT id FROM member WHERE role = \d AND role > 0")
"""Team and bots: all of them, from an index that holds nobody else."""


NEEDED = (
    "member_joined", "thread_created", "post_thread", "post_author", "case_ended", "case_opened", "report_case",
    "report_created", "decision_at", "entry_at", "day_waits_day",
)  # fmt: skip
"""The indexes numbers and their rows live on; each is missed when it is dropped."""


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, World]:
    """A community in a file."""
    path = tmp_path_factory.mktemp("plans") / "c.db"
    world, store = build(1, path)
    store.close()
    return path, world


def asked(conn: Connection, world: World, sources: tuple[str, ...] | None) -> set[str]:
    """Every statement run for all numbers and the rows behind them."""
    statements: list[str] = []
    conn.set_trace_callback(statements.append)
    ask = Ask(Window.last(LAST - timedelta(days=1), 28), world.zone, world.now, sources)
    measure(conn, ask, METRICS)
    for metric in METRICS:
        rows = listing(conn, ask, metric.id)
        page = rows.after(conn, None, 5)
        rows.find(conn, page[0].item if page else 0)
        worded(conn, "thread", [])
    conn.set_trace_callback(None)
    return {query for query in statements if query.startswith("SELECT") and not ASIDE.match(query)}


def faults(conn: Connection, world: World, sources: tuple[str, ...] | None) -> list[str]:
    """Steps that walk through facts, and the indexes nobody uses."""
    try:
        queries = asked(conn, world, sources)
    except OperationalError as error:  # a statement that says INDEXED BY
        return [str(error)]
    assert len(queries) > 40
    steps = [row[3] for query in queries for row in conn.execute(f"EXPLAIN QUERY PLAN {query}")]
    scans = [step for step in steps if step.startswith("SCAN") and step.split()[1] in TABLES]
    return scans + [index for index in NEEDED if not any(index in step.split() for step in steps)]


@pytest.mark.parametrize("sources", [None, ("forum",)])
def test_no_statement_scans_facts(database: tuple[Path, World], sources: tuple[str, ...] | None) -> None:
    path, world = database
    conn = connect(path, query_only=True)
    assert faults(conn, world, sources) == []
    conn.close()


@pytest.mark.parametrize("index", NEEDED)
def test_an_index_that_is_dropped_is_missed(database: tuple[Path, World], index: str, tmp_path: Path) -> None:
    path, world = database
    shutil.copy(path, tmp_path / "c.db")
    conn = connect(tmp_path / "c.db")
    conn.execute(f"DROP INDEX {index}")
    assert faults(conn, world, None) != []
    conn.close()
