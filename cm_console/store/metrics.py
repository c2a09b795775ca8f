"""All numbers in one reading of one state of the database, and what must be said of stale sources, short history."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from cm_console.model.metrics import Figures, Measured, Metric, SourceState, Window
from cm_console.model.time import HOUR, Instant, moment
from cm_console.store.metrics_registry import CALCULATIONS, SERIES, TABLES
from cm_console.store.metrics_scope import Facts, Scope
from cm_console.store.metrics_waits import Memo
from cm_console.store.rollups import date_of
from cm_console.store.sqlite import Connection

LAG = HOUR
"""A source pulled less than this before the end of a window is not stale (milliseconds)."""
FAILING = ("failed", "unauthorized", "parked", "held")
"""States of a feed in which it does not go on by itself, or does not get through."""


class UnknownSource(ValueError):
    """No source has this name; the words list those there are."""


@dataclass(frozen=True, slots=True)
class Ask:
    """What to read: the window, the time zone of its days, the time now, the sources (None: all).

    `memo` may be kept from one ask of a database to the next.
    """

    window: Window
    zone: ZoneInfo
    now: int
    sources: Sequence[str] | None = None
    memo: Memo = field(default_factory=Memo, compare=False, repr=False)


def measure(conn: Connection, ask: Ask, metrics: Sequence[Metric]) -> Figures:
    """Everything about some metrics, of one consistent state of the database."""
    with snapshot(conn):
        scope = scope_of(conn, ask)
        states = source_states(conn, scope.facts.names)
        ids = [metric.id for metric in metrics]
        return Figures(
            ask.window,
            str(ask.zone),
            states,
            tuple(_measured(scope, metric, states) for metric in metrics),
            {id: SERIES[id](scope) for id in ids if id in SERIES},
            {name: table(scope) for name, table in (TABLES[id] for id in ids if id in TABLES)},
        )


def value_of(conn: Connection, ask: Ask, id: str) -> float | None:
    """One value alone."""
    with snapshot(conn):
        return CALCULATIONS[id].value(scope_of(conn, ask)).value


def scope_of(conn: Connection, ask: Ask) -> Scope:
    """The window over the sources asked for.

    Raises:
        UnknownSource: one of them is not there.
    """
    held = conn.execute("SELECT id, name FROM source ORDER BY name").fetchall()
    names = [name for _, name in held]
    unknown = [name for name in ask.sources or () if name not in names]
    if unknown:
        raise UnknownSource(f"there is no source {', '.join(unknown)}; there are: {', '.join(names) or 'none'}")
    wanted = [(id, name) for id, name in held if ask.sources is None or name in ask.sources]
    return Scope(Facts(conn, ask.zone, ask.now, wanted, ask.memo, every=len(wanted) == len(held)), ask.window)


@contextmanager
def snapshot(conn: Connection) -> Iterator[None]:
    """Several statements over one state of the database."""
    conn.execute("BEGIN")
    try:
        yield
    finally:
        conn.execute("COMMIT")


def source_states(conn: Connection, names: Iterable[str]) -> tuple[SourceState, ...]:
    """How fresh these sources are, and what is wrong with their feeds."""
    rows = conn.execute(
        "SELECT s.name, f.feed, f.state, f.words, f.synced_at FROM feed f JOIN source s ON s.id = f.source_id"
    ).fetchall()
    return tuple(_state(name, [row[1:] for row in rows if row[0] == name]) for name in names)


def _state(name: str, feeds: list[tuple[str, str, str, int | None]]) -> SourceState:
    times = {feed: synced for feed, _, _, synced in feeds}
    problems = {feed: words or state for feed, state, words, _ in feeds if state in FAILING}
    oldest = None if not times or None in times.values() else min(at for at in times.values() if at is not None)
    return SourceState(name, None if oldest is None else Instant(oldest), problems, times)


def _measured(scope: Scope, metric: Metric, states: Sequence[SourceState]) -> Measured:
    calculation = CALCULATIONS[metric.id]
    raw = calculation.value(scope)
    notes = [raw.note, *_freshness(scope, metric, states)]
    history, previous = scope.facts.history, None
    by_days = "threads" in metric.feeds or "activity" in metric.feeds
    if by_days and history is not None and history > scope.first:
        notes.insert(0, f"history begins on {date_of(history)}: {len(scope.lived)} of {scope.window.days} days")
    if not by_days or (history is not None and history <= scope.previous.first):
        previous = calculation.value(scope.previous).value
    return Measured(metric, raw.value, previous, raw.n, "; ".join(note for note in notes if note) or None)


def _freshness(scope: Scope, metric: Metric, states: Sequence[SourceState]) -> Iterator[str]:
    """What to say of sources that fail, or were last pulled before the window ended."""
    for state in states:
        for feed in metric.feeds:
            if feed in state.problems:
                yield f"{state.name} {feed}: {state.problems[feed]}"
            elif (at := state.feeds.get(feed)) is not None and at < scope.until - LAG:
                yield f"{state.name} {feed} last pulled {moment(at, scope.facts.zone):%Y-%m-%d %H:%M}"
