"""Metrics: is the community healthy, why, how far from its goals; every number opens the rows behind it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import Any

from textual.widget import Widget

from cm_console.model.metric_table import METRICS
from cm_console.model.metric_words import value_words, window_words
from cm_console.model.metrics import Behind, Figures, Metric, Section, Window
from cm_console.screens.inbox_person import open_person, open_whose
from cm_console.screens.list_keys import FilterLine
from cm_console.screens.metric_questions import ask_goal, ask_source
from cm_console.screens.mode import ModeScreen, Panes
from cm_console.screens.reading import read_thread
from cm_console.screens.services import Services
from cm_console.screens.travel import PLACES, go_to
from cm_console.services.metrics import BehindRows, MetricsService
from cm_console.widgets.fitted import Fitted
from cm_console.widgets.lines import Cell
from cm_console.widgets.metric_lines import (
    MetricRow,
    behind_cells,
    behind_lines,
    formula_at,
    goal_cells,
    metric_cells,
    metric_lines,
)
from cm_console.widgets.posts import thread_lines
from cm_console.widgets.rows import RowList
from cm_console.widgets.sections import SectionLine
from cm_console.widgets.window import MemoryRows

LENGTHS = (1, 7, 14, 28, 56, 91, 182, 365)
"""Lengths of a window, in days, that + and - go through."""
SECTIONS = tuple(Section)


class MetricsScreen(ModeScreen, scope="metrics"):
    """Numbers by section; for the current one, everything about it; behind each, its rows."""

    def __init__(self, services: Services) -> None:
        super().__init__(services)
        self.metrics: MetricsService = services.metrics
        self.window: Window = self.metrics.latest
        self.section = Section.ENGAGEMENT
        self.source: str | None = None
        self.words = ""
        self.row: MetricRow | None = None
        self.behind: BehindRows | None = None
        self.opened: Metric = METRICS[0]

    def compose_body(self) -> Iterable[Widget]:
        """Sections, numbers, the current one in full."""
        yield SectionLine(SECTIONS)
        with Panes():
            yield RowList[Any](self.cells, id="list")
            yield Fitted(id="side")

    def cells(self, row: MetricRow | Behind, width: int) -> list[Cell]:
        """A number, a goal, or a row behind a number."""
        if isinstance(row, Behind):
            return behind_cells(self.opened, row, self.services.clock.now(), width)
        return goal_cells(row, width) if row.is_goal else metric_cells(row, width)

    async def on_mount(self) -> None:
        """Measure as soon as the frame is there."""
        self._head()
        self.list.focus()
        self._load()

    # Measuring

    @property
    def sources(self) -> Sequence[str] | None:
        """The sources measured; None: all."""
        return None if self.source is None else (self.source,)

    def _load(self) -> None:
        self.run_worker(self._measure(), group="measure", exclusive=True)

    async def _measure(self) -> None:
        """Measure what is shown and show it; the cursor stays on its number."""
        goals = await self.metrics.goals()
        wanted = self._wanted({progress.goal.metric for progress in goals})
        figures = await self.metrics.measure(self.window, [metric.id for metric in wanted], self.sources)
        rows = [
            _row(figures, place, tuple(goal for goal in goals if goal.goal.metric == metric.id))
            for place, metric in enumerate(wanted)
        ]
        if self.section is Section.GOALS and not self.words:
            rows = [
                MetricRow(goal.goal.id, place, row.measured, row.window, row.series, row.tables, (goal,))
                for place, (row, goal) in enumerate((row, goal) for row in rows for goal in row.goals)
            ]
        self._show(rows)

    def _wanted(self, with_goals: set[str]) -> list[Metric]:
        if self.words:
            return [metric for metric in METRICS if self.words in f"{metric.title} {metric.id}".lower()]
        if self.section is Section.GOALS:
            return [metric for metric in METRICS if metric.id in with_goals]
        return [metric for metric in METRICS if metric.section is self.section]

    def _show(self, rows: list[MetricRow]) -> None:
        at = self.row.id if self.row else ""
        standing = next((row for row in rows if row.id == at), None)
        self.list.empty = (
            f"No number has “{self.words}”.\nesc shows all" if self.words else "No goals yet.\nt on a number sets one"
        )
        self.list.show(MemoryRows(rows), at=standing)
        self._head()
        self._tell(standing or (rows[0] if rows else None))

    def _head(self) -> None:
        source = self.source or "all sources"
        about = window_words(self.window)
        abouts = (f"{about} and the {self.window.days} before", about, about[: -len(" 2026")])
        self.query_one(SectionLine).tell(self.section, abouts)
        if self.behind is None:
            self.list.head(f"{f'“{self.words}”' if self.words else self.section} ─ {source}")
        elif self.row is not None:
            value = value_words(self.row.measured.value, self.row.measured.metric.unit)
            self.list.head(f"{self.opened.title} {value} ─ the rows behind it ─ {source}")

    async def refresh_rows(self) -> None:
        """See ModeScreen."""
        if self.behind is None:
            await self._measure()
        else:
            await self.behind.renew()
            self.list.refresh_rows()

    # Beside the list

    def on_row_list_highlighted(self, event: RowList.Highlighted) -> None:
        """Another number, or another row behind one."""
        self._tell(event.row)

    def _tell(self, row: MetricRow | Behind | None) -> None:
        if isinstance(row, Behind):
            self.run_worker(self._read(row), group="read", exclusive=True)
        elif self.behind is None:
            self.row = row
            self.side.fit(lambda width: metric_lines(row, width) if row else [])

    @property
    def side(self) -> Fitted:
        """The pane beside the list."""
        return self.query_one("#side", Fitted)

    async def _read(self, row: Behind) -> None:
        kind, id = row.opens
        if kind == "thread" and isinstance(id, int):
            reading = await read_thread(self.services.inbox, id, self.services.clock.now())
            if reading is not None:
                self.side.fit(lambda width: thread_lines(reading, width))
                return
        self.side.fit(lambda width: behind_lines(self.opened, row, width))

    # Commands

    def action_formula(self) -> None:
        """How the number is made; gives the pane beside the list the keys."""
        row = self.row
        if row is not None:
            self.side.fit(lambda width: metric_lines(row, width))
            self.read()
            self.call_after_refresh(lambda: self.side.scroll_line(formula_at(self.side.lines)))

    def on_row_list_chosen(self, event: RowList.Chosen) -> None:
        """Enter: from a number to its rows, from a row to where it is worked on."""
        event.prevent_default()
        if isinstance(event.row, Behind):
            self.run_worker(self._open(event.row), group="open")
        else:
            self.run_worker(self._open_behind(event.row), group="measure", exclusive=True)

    async def _open_behind(self, row: MetricRow) -> None:
        self.row = row
        self.opened = row.measured.metric
        self.behind = await self.metrics.rows(self.opened.id, self.window, self.sources)
        self.list.empty = "Nothing is behind this number.\nesc goes back"
        self.list.show(self.behind)
        self._head()

    async def _open(self, row: Behind) -> None:
        kind, id = row.opens
        if kind == "day":
            day = date(1970, 1, 1) + timedelta(days=int(id))
            self.behind = None
            self._go(Window(day, day + timedelta(days=1)))
        elif kind in PLACES:
            await go_to(self.app, kind, id)
        elif kind == "member" and isinstance(id, int):
            open_person(self, id)
        else:
            self.read()

    async def action_who(self) -> None:
        """Whom the row behind the number names."""
        await self.list.settled()
        row = self.list.current
        if isinstance(row, Behind):
            self.perform(open_whose(self, [row.opens if row.kind == "clock" else (row.kind, row.id)]))
        else:
            self.say("enter shows the rows behind the number; w there shows who it is.")

    def action_back(self) -> None:
        """From the rows to the number they make."""
        field = self.query_one(FilterLine)
        if self.behind is not None and not self.reading and not self.list.marks and not field.display:
            self.behind = None
            self._load()
        else:
            super().action_back()

    def filter_rows(self, words: str) -> None:
        """See ModeScreen; over all sections."""
        self.words = words.strip().lower()
        self.behind = None
        self._load()

    def show_section(self, section: Section) -> None:
        """Another group of numbers."""
        self.section, self.behind, self.row = section, None, None
        self.read(False)
        self._head()
        self._load()

    def on_section_line_picked(self, event: SectionLine.Picked) -> None:
        """A click on a section."""
        self.show_section(Section(event.section))

    def action_next_section(self) -> None:
        """The next group of numbers."""
        self._step(1)

    def action_previous_section(self) -> None:
        """The group before."""
        self._step(-1)

    def _step(self, by: int) -> None:
        self.show_section(SECTIONS[(SECTIONS.index(self.section) + by) % len(SECTIONS)])

    def _go(self, window: Window) -> None:
        self.window = window
        self._head()
        if self.behind is not None and self.row is not None:
            self.run_worker(self._open_behind(self.row), group="measure", exclusive=True)
        else:
            self._load()

    def action_earlier(self) -> None:
        """The window before."""
        self._go(self.window.previous)

    def action_later(self) -> None:
        """The window after, up to the last full day."""
        latest = Window.last(self.metrics.today, self.window.days)
        if self.window.end >= latest.end:
            self.say("These are the latest full days.")
        else:
            self._go(min(self.window.moved(1), latest, key=lambda window: window.end))

    def action_longer(self) -> None:
        """More days with the same end."""
        self._go(self.window.resized(next((days for days in LENGTHS if days > self.window.days), LENGTHS[-1])))

    def action_shorter(self) -> None:
        """Fewer days with the same end."""
        shorter = next((days for days in reversed(LENGTHS) if days < self.window.days), LENGTHS[0])
        self._go(self.window.resized(shorter))

    def action_source(self) -> None:
        """All sources or one."""
        self.perform(ask_source(self, self.metrics), asks=True)

    def action_goal(self) -> None:
        """Set a goal for the current number, or take one away."""
        if self.row is not None:
            self.perform(ask_goal(self, self.metrics, self.row), asks=True)


def _row(figures: Figures, place: int, goals: tuple[Any, ...]) -> MetricRow:
    measured = figures.metrics[place]
    id = measured.metric.id
    names = [name for name in figures.tables if name == id or (name, id) == ("team", "posts")]
    tables = tuple((name, figures.tables[name]) for name in names)
    return MetricRow(id, place, measured, figures.window, figures.series.get(id), tables, goals)
