"""Moderation: reports raised, open and right; how long cases take; what was decided and about whom."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import timedelta

from cm_console.model.metrics import Series, Table
from cm_console.model.survival import MEDIAN, time_until
from cm_console.model.text import Safe
from cm_console.model.time import midnight
from cm_console.store.metrics_activity import posts_written
from cm_console.store.metrics_scope import Light, Raw, Scope, seconds, share

REPEAT, REPEAT_DAYS = 2, 180
REPORTERS = 50
_RAISED = "FROM report WHERE created_at >= ? AND created_at < ? AND"


def _raised(scope: Scope) -> list[tuple[int, int]]:
    query = f"SELECT created_at, id {_RAISED} {scope.facts.chosen()}"
    return scope.facts.conn.execute(query, (scope.since, scope.to)).fetchall()


def reports(scope: Scope) -> Raw:
    """See the table of metrics."""
    n = len(_raised(scope))
    return Raw(n, n)


def reports_rows(scope: Scope) -> list[Light]:
    """The reports, newest first."""
    return [Light(-at, id) for at, id in _raised(scope)]


def per_1000_posts(scope: Scope) -> Raw:
    """See the table of metrics."""
    written = posts_written(scope)
    return Raw(1000 * len(_raised(scope)) / written if written else None, written)


def _open(scope: Scope) -> list[tuple[int, int]]:
    branches = " UNION ALL ".join(
        "SELECT r.created_at, r.id FROM cases c JOIN report r ON r.case_id = c.id"
        f" WHERE {ended} AND {scope.facts.chosen('c.source_id')} AND r.created_at < ?1"
        " AND (r.closed_at IS NULL OR r.closed_at >= ?1)"
        for ended in ("c.ended_at IS NULL", "c.ended_at >= ?1")
    )
    return scope.facts.conn.execute(branches, (scope.until,)).fetchall()


def reports_open(scope: Scope) -> Raw:
    """See the table of metrics."""
    n = len(_open(scope))
    return Raw(n, n)


def reports_open_rows(scope: Scope) -> list[Light]:
    """The open reports, oldest first."""
    return [Light(at, id) for at, id in _open(scope)]


def _handled(scope: Scope) -> list[Light]:
    rows = scope.facts.conn.execute(
        "SELECT id, opened_at, ended_at FROM cases WHERE opened_at >= ? AND opened_at < ?"
        f" AND reports > 0 AND {scope.facts.chosen()}",
        (scope.since, scope.until),
    )
    found = []
    for id, opened, ended in rows:
        over = ended is not None and ended < scope.until
        wait = max(0, ended - opened) if over else scope.until - opened
        found.append(Light(-wait, id, seconds(wait), over))
    return found


def handling_median(scope: Scope) -> Raw:
    """See the table of metrics."""
    cases = _handled(scope)
    ended = sorted(-int(case.rank) for case in cases if case.counted)
    waiting = sorted(-int(case.rank) for case in cases if not case.counted)
    time = time_until(MEDIAN, ended, waiting)
    if time is None:
        return Raw(None, len(cases), "more than half still wait" if cases else "")
    return Raw(seconds(time), len(cases))


def handling_rows(scope: Scope) -> list[Light]:
    """The cases with the time they took, longest first."""
    return _handled(scope)


def _verdicts(scope: Scope) -> list[tuple[int, int, int | None, int]]:
    """Reports of cases that ended in the window with a verdict: when, id, reporter, whether it was right."""
    return scope.facts.conn.execute(
        "SELECT c.ended_at, r.id, r.reporter_id, coalesce(c.upheld, r.agreed) AS verdict FROM cases c"
        " JOIN report r ON r.case_id = c.id"
        f" WHERE c.ended_at >= ? AND c.ended_at < ? AND verdict IS NOT NULL AND {scope.facts.chosen('c.source_id')}",
        (scope.since, scope.to),
    ).fetchall()


def accuracy(scope: Scope) -> Raw:
    """See the table of metrics."""
    verdicts = _verdicts(scope)
    return Raw(share(sum(agreed for *_, agreed in verdicts), len(verdicts)), len(verdicts))


def accuracy_rows(scope: Scope) -> list[Light]:
    """The judged reports, those that were wrong first."""
    return [Light(agreed * 1e15 - at, id, 1, bool(agreed)) for at, id, _, agreed in _verdicts(scope)]


def accuracy_table(scope: Scope) -> Table:
    """Per reporter: reports that were right, and judged ones; who reported most first."""
    counts: dict[int | None, list[int]] = {}
    for _, _, reporter, agreed in _verdicts(scope):
        tally = counts.setdefault(reporter, [0, 0])
        tally[0] += agreed
        tally[1] += 1
    most = sorted(counts.items(), key=lambda pair: (-pair[1][1], pair[0] or 0))[:REPORTERS]
    rows = []
    for reporter, (right, judged) in most:
        row = scope.facts.conn.execute("SELECT handle FROM member WHERE id = ?", (reporter,)).fetchone()
        rows.append((Safe(row[0]) if row else Safe("unknown"), right, judged, share(right, judged)))
    return Table(("reporter", "agreed", "judged", "%"), tuple(rows))


def _decided(scope: Scope) -> list[tuple[int, str, int | None, str]]:
    return scope.facts.conn.execute(
        "SELECT d.at, d.id, d.guideline, d.verb FROM decision d LEFT JOIN cases c ON c.id = d.case_id"
        " LEFT JOIN member m ON m.id = d.member_id WHERE d.at >= ? AND d.at < ? AND d.undone = 0"
        f" AND {scope.facts.chosen('coalesce(c.source_id, m.source_id)')}",
        (scope.since, scope.to),
    ).fetchall()


def decisions(scope: Scope) -> Raw:
    """See the table of metrics."""
    n = len(_decided(scope))
    return Raw(n, n)


def decisions_rows(scope: Scope) -> list[Light]:
    """The decisions, newest first."""
    return [Light(-at, id) for at, id, _, _ in _decided(scope)]


def by_guideline_table(scope: Scope) -> Table:
    """How many decisions named each guideline, most first."""
    return Table(("guideline", "n"), _tally(f"{row[2]}" if row[2] is not None else "none" for row in _decided(scope)))


def by_verb_table(scope: Scope) -> Table:
    """How many decisions of each kind, most first."""
    return Table(("verb", "n"), _tally(verb for *_, verb in _decided(scope)))


def _tally(names: Iterable[str]) -> tuple[tuple[str, int], ...]:
    return tuple(sorted(Counter(names).items(), key=lambda pair: (-pair[1], pair[0])))


def _offenders(scope: Scope) -> list[tuple[int, int]]:
    since = int(midnight(scope.window.end - timedelta(days=REPEAT_DAYS), scope.facts.zone))
    return scope.facts.conn.execute(
        "SELECT coalesce(m.person_id, m.id) AS who, count(*) AS n FROM decision d JOIN member m ON m.id = d.member_id"
        f" WHERE d.at >= ? AND d.at < ? AND d.undone = 0 AND d.upheld = 1 AND {scope.facts.chosen('m.source_id')}"
        " GROUP BY who HAVING n >= ?",
        (since, scope.to, REPEAT),
    ).fetchall()


def offenders(scope: Scope) -> Raw:
    """See the table of metrics."""
    n = len(_offenders(scope))
    return Raw(n, n)


def offenders_rows(scope: Scope) -> list[Light]:
    """The people, those with most decisions first."""
    return [Light(-n, id) for id, n in _offenders(scope)]


def reports_series(scope: Scope) -> Series:
    """Reports raised, day by day."""
    return scope.each_day(f"SELECT count(*) {_RAISED} {scope.facts.chosen()}")
