"""Moderation and content numbers equal a naive count over the raw rows."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import date, timedelta
from fractions import Fraction
from pathlib import Path

import pytest

from cm_console.model.metric_table import METRICS
from cm_console.model.metrics import Figures, Window
from cm_console.model.time import DAY, MINUTE
from cm_console.store import Store
from cm_console.store.metrics import Ask, measure
from cm_console.store.sqlite import Connection
from tests.unit.metrics_naive import Naive, percent
from tests.unit.metrics_world import LAST, World, build

Row = dict[str, int | None]


@pytest.mark.parametrize("seed", range(40))
def test_moderation_numbers(seed: int, tmp_path: Path) -> None:
    world, store = build(seed, tmp_path / "c.db")
    window = Window.last(LAST, (28, 91)[seed % 2])
    figures = asyncio.run(_measured(store, world, window))
    expected = store.read_now(lambda conn: _expected(conn, Naive(world, window.start, window.end)))
    store.close()
    measured = {one.metric.id: one.value for one in figures.metrics}
    assert {id: measured[id] for id in expected} == pytest.approx(expected)
    for id in ("decisions.by_guideline", "decisions.by_verb"):
        assert sum(row[1] for row in figures.tables[id].rows) == measured[id]  # type: ignore[misc]


def _rows(conn: Connection, table: str) -> list[dict[str, int | None]]:
    cursor = conn.execute(f"SELECT * FROM {table}")
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor]


def _expected(conn: Connection, naive: Naive) -> dict[str, float | None]:
    reports, decisions = _rows(conn, "report"), [row for row in _rows(conn, "decision") if not row["undone"]]
    cases = {case["id"]: case for case in _rows(conn, "cases")}
    raised = [report for report in reports if naive.within(_at(report, "created_at"))]
    verdicts = [_verdict(report, cases[report["case_id"]]) for report in reports]
    judged = [right for right, at in verdicts if right is not None and at is not None and naive.within(at)]
    since = naive.end - timedelta(days=180)
    upheld = Counter(
        row["member_id"] for row in decisions if row["upheld"] == 1 and naive.within(_at(row, "at"), since, naive.end)
    )
    opened = [case for case in cases.values() if naive.within(_at(case, "opened_at"))]
    posts = naive.posts()
    return {
        "reports": len(raised),
        "reports.open": sum(1 for report in reports if _open(report, cases[report["case_id"]], naive.until)),
        "reports.per_1000_posts": 1000 * len(raised) / len(posts) if posts else None,
        "reports.handling_median": naive.survival(
            Fraction(1, 2), [(_at(case, "opened_at"), case["ended_at"]) for case in opened]
        ),
        "reports.accuracy": percent(sum(judged), len(judged)),
        "decisions.by_verb": sum(1 for row in decisions if naive.within(_at(row, "at"))),
        "offenders.repeat": sum(1 for n in upheld.values() if n >= 2),
    }


def _at(row: Row, column: str) -> int:
    at = row[column]
    assert at is not None
    return at


def _verdict(report: Row, case: Row) -> tuple[int | None, int | None]:
    right = case["upheld"] if case["upheld"] is not None else report["agreed"]
    return right, case["ended_at"]


def _open(report: Row, case: Row, until: int) -> bool:
    closed = [at for at in (report["closed_at"], case["decided_at"]) if at is not None]
    return _at(report, "created_at") < until and all(at >= until for at in closed)


@pytest.mark.parametrize(
    ("planned", "published", "outcome"),
    [(0, 4 * MINUTE, "on time"), (0, -4 * MINUTE, "on time"), (0, 6 * MINUTE, "late"), (0, None, "missed")],
)
def test_content_numbers(planned: int, published: int | None, outcome: str, tmp_path: Path) -> None:
    """One entry planned for the third day of the window, a draft and a removed one beside it."""
    world, store = build(3, tmp_path / "c.db")
    window = Window.last(LAST, 7)
    noon = Naive(world, window.start, window.end).midnight(window.start + timedelta(days=2)) + DAY // 2

    def plan(conn: Connection) -> None:
        at, done = noon + planned, None if published is None else noon + published
        for id, state, removed in (("e1", "scheduled", 0), ("e2", "draft", 0), ("e3", "published", 1)):
            conn.execute(
                "INSERT INTO entry(id, kind, title, body, at, zone, state, removed)"
                " VALUES(?,'post','T','B',?,'UTC',?,?)",
                (id, at, state, removed),
            )
            conn.execute("INSERT INTO variant(entry_id, source, action_id) VALUES(?1, 'forum', ?1)", (id,))
            conn.execute(
                "INSERT INTO action(id, source, lane, verb, payload, journal_id, state, created_at, created_by,"
                " not_before, ended_at) VALUES(?,'forum','','publish','{}','',?,0,'me',0,?)",
                (id, "queued" if done is None else "sent", done),
            )

    asyncio.run(store.write(plan))
    figures = asyncio.run(_measured(store, world, window))
    store.close()
    measured = {one.metric.id: one.value for one in figures.metrics}
    assert measured["content.published"] == (0 if published is None else 1)
    assert measured["content.on_time"] == (100 if outcome == "on time" else 0)
    assert (outcome, 1) in figures.tables["content.on_time"].rows
    assert measured["content.gaps"] == 6


async def _measured(store: Store, world: World, window: Window) -> Figures:
    ask = Ask(window, world.zone, world.now)
    return await store.read(lambda conn: measure(conn, ask, METRICS))


def test_event_fills_a_day_without_going_anywhere(tmp_path: Path) -> None:
    world, store = build(3, tmp_path / "c.db")
    window = Window(date(2026, 11, 2), date(2026, 11, 4))
    at = Naive(world, window.start, window.end).midnight(window.start)

    def plan(conn: Connection) -> None:
        conn.execute(
            "INSERT INTO entry(id, kind, title, body, at, zone, state) VALUES('e','event','T','',?,'UTC','scheduled')",
            (at,),
        )

    asyncio.run(store.write(plan))
    figures = asyncio.run(_measured(store, world, window))
    store.close()
    measured = {one.metric.id: one.value for one in figures.metrics}
    assert (measured["content.gaps"], measured["content.on_time"]) == (1, None)
