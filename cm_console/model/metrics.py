"""Metrics: what a number is, the days it is about, and what was measured; the definitions are in metric_table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum

from cm_console.model.text import Safe
from cm_console.model.time import Instant

DAYS = 28
"""Length of a window nobody chose: four whole weeks, so that weekdays do not weigh."""


class Unit(StrEnum):
    """What a value counts; percent is 0 to 100, seconds may have a fraction."""

    COUNT = "n"
    RATIO = "ratio"
    PERCENT = "%"
    SECONDS = "s"


class Good(StrEnum):
    """Which way is good news; colour follows this and not the sign."""

    UP = "up"
    DOWN = "down"
    NONE = "none"


class Section(StrEnum):
    """The groups of the metrics screen."""

    ENGAGEMENT = "Engagement"
    SUPPORT = "Support"
    MODERATION = "Moderation"
    GROWTH = "Growth"
    CONTENT = "Content"
    GOALS = "Goals"


class Fold(StrEnum):
    """How the rows behind a number make it: every row has a value and is counted or not.

    sum: of the counted rows' values. share: 100 times counted rows by all rows. portion: 100 times counted values by
    all values. mean: of all values. per_day: sum of all values by the days of the window. oldest: the largest value.
    per_thousand: 1000 times the rows by the posts of the window. median, p90: survival, a row not counted still waits.
    """

    SUM = "sum"
    SHARE = "share"
    PORTION = "portion"
    MEAN = "mean"
    PER_DAY = "per_day"
    OLDEST = "oldest"
    PER_THOUSAND = "per_thousand"
    MEDIAN = "median"
    P90 = "p90"


@dataclass(frozen=True, slots=True)
class Metric:
    """One definition: the only place that says what the number means.

    Attributes:
        id: as in `--only` and in goals.
        definition: shown by key `=`, in the docs and in reports. W is the window.
        feeds: feeds of a source that it is made from; if one of them is stale or failing, the value says so.
        origin: where the definition comes from, and how ours differs.
    """

    id: str
    title: str
    definition: str
    unit: Unit
    good: Good
    section: Section
    fold: Fold
    feeds: tuple[str, ...]
    origin: str


@dataclass(frozen=True, slots=True)
class Window:
    """Whole days `[start, end)` in the community's time zone.

    Raises:
        ValueError: the end is not after the start.
    """

    start: date
    end: date

    def __post_init__(self) -> None:
        if self.end <= self.start:
            raise ValueError(f"the end of a window ({self.end}) must be after its start ({self.start})")

    @classmethod
    def last(cls, today: date, days: int = DAYS) -> Window:
        """The last full days: today is not in it."""
        return cls(today - timedelta(days=days), today)

    @property
    def days(self) -> int:
        """How many days."""
        return (self.end - self.start).days

    @property
    def previous(self) -> Window:
        """The window of the same length that ends where this one starts."""
        return self.moved(-1)

    def moved(self, by: int) -> Window:
        """So many whole lengths later, or earlier."""
        step = timedelta(days=self.days * by)
        return Window(self.start + step, self.end + step)

    def resized(self, days: int) -> Window:
        """Another length with the same end."""
        return Window(self.end - timedelta(days=days), self.end)


@dataclass(frozen=True, slots=True)
class Measured:
    """One number about `n` things. `value` None: nothing to divide by, or never reached; `note` says why."""

    metric: Metric
    value: float | None
    previous: float | None
    n: int
    note: str | None = None

    @property
    def better(self) -> bool | None:
        """Whether the change since the previous window is good news; None if there is none, or no direction."""
        if self.value is None or self.previous is None or self.value == self.previous:
            return None
        if self.metric.good is Good.NONE:
            return None
        return (self.value > self.previous) is (self.metric.good is Good.UP)


@dataclass(frozen=True, slots=True)
class Table:
    """Numbers that are no single value; the first column names the row."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Safe | str | float | None, ...], ...]


@dataclass(frozen=True, slots=True)
class SourceState:
    """How fresh a source is.

    Attributes:
        synced_at: the oldest end of a pull among its feeds; None if one of them was never pulled.
        problems: feeds that fail, with what is wrong in words.
        feeds: the end of the last pull of each feed.
    """

    name: str
    synced_at: Instant | None
    problems: Mapping[str, str] = field(default_factory=dict)
    feeds: Mapping[str, int | None] = field(default_factory=dict)


Series = tuple[tuple[date, float | None], ...]


@dataclass(frozen=True, slots=True)
class Figures:
    """Everything measured over one window."""

    window: Window
    zone: str
    sources: tuple[SourceState, ...]
    metrics: tuple[Measured, ...]
    series: Mapping[str, Series]
    tables: Mapping[str, Table]


@dataclass(frozen=True, slots=True)
class Behind:
    """One row behind a number: a thread, member, post, report, case, decision, entry or day (`kind`).

    Attributes:
        key: its place in the list.
        id: its id in the store; of a day, the days since 1970.
        value, counted: what it adds to the number, see Fold.
        note: what else there is to say: the beginning of a post, the reason of a report.
        opens: what enter leads to: "thread", "case", "member", "entry" or "day", and its id.
    """

    key: tuple[float, str]
    kind: str
    id: int | str
    title: Safe
    who: Safe
    source: str
    at: Instant | None
    value: float
    counted: bool
    note: Safe
    opens: tuple[str, int | str]


class UnknownMetric(ValueError):
    """No metric has this id; the words list those there are."""

    def __init__(self, ids: list[str], known: tuple[str, ...]) -> None:
        super().__init__(f"unknown metric {', '.join(ids)}; known: {', '.join(known)}")
        self.ids, self.known = ids, known


def as_json(figures: Figures) -> dict[str, object]:
    """The shape of `cm-console metrics --json`; synced_at in ISO 8601 UTC."""
    from cm_console.model.time import iso

    return {
        "from": figures.window.start.isoformat(),
        "to": figures.window.end.isoformat(),
        "timezone": figures.zone,
        "sources": [
            {"name": source.name, "synced_at": iso(source.synced_at), "problems": dict(source.problems)}
            for source in figures.sources
        ],
        "metrics": [
            {
                "id": measured.metric.id,
                "value": number(measured.value),
                "unit": str(measured.metric.unit),
                "n": measured.n,
                "previous": number(measured.previous),
                "good": str(measured.metric.good),
                "note": measured.note,
            }
            for measured in figures.metrics
        ],
        "series": {
            id: [[day.isoformat(), number(value)] for day, value in series] for id, series in figures.series.items()
        },
        "tables": {
            id: {
                "columns": list(table.columns),
                "rows": [[number(cell) if isinstance(cell, float) else cell for cell in row] for row in table.rows],
            }
            for id, table in figures.tables.items()
        },
    }


def number(value: float | None) -> float | int | None:
    """A value for files: whole numbers without a fraction, others to four places."""
    if value is None:
        return None
    return int(value) if value == int(value) else round(value, 4)
