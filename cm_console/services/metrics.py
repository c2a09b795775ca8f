"""Metrics for screens and commands: measure a window, open the rows behind a number, set goals and follow them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from zoneinfo import ZoneInfo

from cm_console.model.goals import Progress, progress
from cm_console.model.metric_table import chosen
from cm_console.model.metrics import Behind, Figures, Metric, Window
from cm_console.model.text import clean_line
from cm_console.model.time import day_of
from cm_console.services.desk import Decision, Desk, Impossible
from cm_console.store import goals, metrics, metrics_rows, sources
from cm_console.store.metrics import Ask
from cm_console.store.metrics_registry import CALCULATIONS
from cm_console.store.metrics_rows import Key, Listing
from cm_console.store.metrics_scope import Light
from cm_console.store.metrics_waits import Memo
from cm_console.store.sqlite import Connection

PURPOSE_LIMIT = 200


class MetricsService:
    """Everything the metrics screen, `cm-console metrics` and the report may ask and command."""

    def __init__(self, desk: Desk, zone: ZoneInfo) -> None:
        self._desk = desk
        self._store = desk.store
        self.zone = zone
        self._memo = Memo()

    @property
    def today(self) -> date:
        """Today in the community's time zone."""
        return day_of(self._desk.clock.now(), self.zone)

    @property
    def latest(self) -> Window:
        """The last 28 full days: the window nobody has to choose."""
        return Window.last(self.today)

    async def measure(
        self, window: Window | None = None, ids: Sequence[str] | None = None, sources: Sequence[str] | None = None
    ) -> Figures:
        """Measure metrics (None: all) over a window (None: the latest) of sources (None: all).

        Raises:
            UnknownMetric: no metric has one of the ids.
            UnknownSource: no source has one of the names.
        """
        wanted = chosen(ids)
        ask = self._ask(window, sources)
        return await self._store.read(lambda conn: metrics.measure(conn, ask, wanted))

    def formula(self, id: str) -> Metric:
        """What a number means.

        Raises:
            UnknownMetric: no metric has this id.
        """
        return chosen([id])[0]

    async def rows(self, id: str, window: Window | None = None, sources: Sequence[str] | None = None) -> BehindRows:
        """The rows behind a number, to be read page by page.

        Raises:
            UnknownMetric: no metric has this id.
        """
        metric, ask = self.formula(id), self._ask(window, sources)
        rows = BehindRows(self._desk, metric, ask)
        await rows.renew()
        return rows

    async def source_names(self) -> list[str]:
        """The sources there are numbers of."""
        return [name for name, _ in await self._store.read(sources.names)]

    async def goals(self) -> list[Progress]:
        """All goals with how far they are, the next due first."""
        ask = self._ask(None, None)

        def query(conn: Connection) -> list[Progress]:
            held = goals.goals(conn, self.zone)
            values = {id: metrics.value_of(conn, ask, id) for id in {goal.metric for goal in held}}
            return [progress(goal, values[goal.metric], self.today) for goal in held]

        return await self._store.read(query)

    async def set_goal(self, metric: str, target: float, by: date, purpose: str) -> str:
        """Set a goal from where the metric is today; returns its id. Can be undone.

        Raises:
            UnknownMetric: no metric has this id.
            Impossible: the date has passed, or no purpose was given.
        """
        self.formula(metric)
        words = clean_line(purpose, PURPOSE_LIMIT)
        if not words:
            raise Impossible("a goal needs the purpose it serves, in a few words")
        if by <= self.today:
            raise Impossible(f"a goal needs a day to come, {by} has passed")
        id, ask = self._desk.new_id(), self._ask(None, None)
        start = await self._store.read(lambda conn: metrics.value_of(conn, ask, metric))

        def change(decision: Decision) -> None:
            columns = {"metric": metric, "target": target, "by": by.isoformat(), "purpose": words, "start": start}
            decision.operation.change("goal", {"id": id}, {**columns, "set_at": int(decision.now), "removed": 0})

        await self._desk.decide("set goal", f"goal:{id}", change, ("metrics",))
        return id

    async def remove_goal(self, id: str) -> None:
        """Take a goal away; it can be undone.

        Raises:
            Impossible: there is no such goal.
        """
        held = await self._store.read(lambda conn: goals.goals(conn, self.zone))
        if id not in {goal.id for goal in held}:
            raise Impossible(f"there is no goal {id}")

        def change(decision: Decision) -> None:
            decision.operation.change("goal", {"id": id}, {"removed": 1})

        await self._desk.decide("remove goal", f"goal:{id}", change, ("metrics",))

    def _ask(self, window: Window | None, sources: Sequence[str] | None) -> Ask:
        names = None if sources is None else tuple(sources)
        return Ask(window or self.latest, self.zone, self._desk.clock.now(), names, self._memo)


class BehindRows:
    """The rows behind one number, in pages; `renew` reads which rows there are again."""

    def __init__(self, desk: Desk, metric: Metric, ask: Ask) -> None:
        self._store, self._ask = desk.store, ask
        self.metric, self.window = metric, ask.window
        self._kind = CALCULATIONS[metric.id].kind
        self._listing: Listing = metrics_rows.Kept(())

    async def renew(self) -> None:
        """Read again which rows there are."""
        self._listing = await self._store.read(lambda conn: metrics_rows.listing(conn, self._ask, self.metric.id))

    async def after(self, key: Key | None, limit: int) -> Sequence[Behind]:
        """At most `limit` rows behind a key; None: from the first."""
        return await self._store.read(lambda conn: self._worded(conn, self._listing.after(conn, key, limit)))

    async def before(self, key: Key | None, limit: int) -> Sequence[Behind]:
        """At most `limit` rows right before a key, in list order; None: the last."""
        return await self._store.read(lambda conn: self._worded(conn, self._listing.before(conn, key, limit)))

    async def total(self) -> int:
        """How many rows there are."""
        return await self._store.read(self._listing.total)

    async def position(self, key: Key) -> int | None:
        """How many rows stand before a key; None where that would be dear."""
        return self._listing.position(key)

    async def find(self, id: int | str) -> Behind | None:
        """A row by its id."""

        def query(conn: Connection) -> list[Behind]:
            row = self._listing.find(conn, id)
            return self._worded(conn, [row] if row else [])

        found = await self._store.read(query)
        return found[0] if found else None

    def _worded(self, conn: Connection, rows: Sequence[Light]) -> list[Behind]:
        return metrics_rows.worded(conn, self._kind, rows)
