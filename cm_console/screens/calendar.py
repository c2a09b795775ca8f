"""The calendar: the month with what is planned, the chosen day's entries, and everything about one of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from functools import partial

from textual.containers import Container
from textual.widget import Widget
from textual.worker import Worker

from cm_console.model.time import day_of
from cm_console.model.wall import MONTHS, WEEKDAYS
from cm_console.screens import calendar_rows
from cm_console.screens.calendar_rows import EMPTY, Row, View
from cm_console.screens.entry_commands import EntryCommands
from cm_console.screens.list_keys import FilterLine
from cm_console.screens.services import Services
from cm_console.widgets.fitted import Fitted
from cm_console.widgets.lines import Cell
from cm_console.widgets.month import Mark, MonthGrid, add_months, first_day, last_day
from cm_console.widgets.rows import RowList
from cm_console.widgets.window import MemoryRows


class CalendarScreen(EntryCommands, scope="calendar"):
    """Month, day and entry; or the agenda; or what failed. All times are the community's.

    What platforms have planned themselves stands among the entries.
    """

    def __init__(self, services: Services) -> None:
        super().__init__(services)
        self.day = day_of(services.clock.now(), services.zone)
        self.view = View.DAY
        self.words = ""
        self.rows: Sequence[Row] = ()
        self.undated = 0
        self._stand_on = ""
        self._loading = False

    def compose_body(self) -> Iterable[Widget]:
        """The grid, the list, the entry."""
        with Container(id="calendar"):
            yield MonthGrid(self.day, id="month")
            with Container(id="day"):
                yield RowList[Row](self.cells, empty=EMPTY[self.view], id="list")
                yield Fitted(id="side")

    def cells(self, row: Row, width: int) -> list[Cell]:
        """How a row looks."""
        day = self.day if self.view is View.DAY else None
        return calendar_rows.cells(row, self.services.zone, width, day=day, today=self.today)

    @property
    def today(self) -> date:
        """Now, in the community's time zone."""
        return day_of(self.services.clock.now(), self.services.zone)

    @property
    def grid(self) -> MonthGrid:
        """The month."""
        return self.query_one(MonthGrid)

    async def on_mount(self) -> None:
        """Today, as soon as it is read."""
        self._show_grid()
        self.set_focus(self.grid)
        self._load()

    # Reading

    async def refresh_rows(self) -> None:
        """See ModeScreen."""
        await self._read_entries()
        self._read_current()

    def filter_rows(self, words: str) -> None:
        """See ModeScreen; narrows grid and list."""
        self.words = words.strip()
        self._load()

    def _load(self) -> Worker[None]:
        self._loading = True
        return self.run_worker(self._read_entries, group="entries", exclusive=True)

    async def _read_entries(self) -> None:
        view = self.view
        rows = await calendar_rows.read(self.services, view, self.day, self.today)
        if view is View.DAY:
            self.undated = len(await self.services.calendar.drafts())
        if view is self.view:
            self._loading = False
            self.rows = calendar_rows.narrowed(rows, self.words)
            self._show()

    # Showing

    def _show(self) -> None:
        self._show_grid()
        rows = [row for row in self.rows if self.view is not View.DAY or self.day in self._days(row)]
        bound_for = self.list.pager.bound_for
        at = self._stand_on or (bound_for.id if bound_for else "")
        standing = next((row for row in rows if row.id == at), None)
        self.list.empty = EMPTY[self.view] if not self.words else f"Nothing here has “{self.words}”.\nesc shows all"
        self._stand_on = "" if standing else self._stand_on
        self.list.show(MemoryRows(rows), at=standing)
        self._head(len(rows))

    def _days(self, row: Row) -> set[date]:
        return calendar_rows.days(row, self.services.zone)

    def _show_grid(self) -> None:
        marks: dict[date, list[Mark]] = defaultdict(list)
        for row in self.rows if self.view is View.DAY else ():
            for day in self._days(row):
                marks[day].append(calendar_rows.mark(row, day, self.services.zone))
        self.grid.show(self.day, self.today, marks)
        undated = f"{self.undated} without a date · " if self.undated else ""
        self.grid.head(self.grid.title(), f"{undated}{self.services.zone.key}")

    def _head(self, count: int) -> None:
        day = f"{WEEKDAYS[self.day.weekday()]} {self.day.day} {MONTHS[self.day.month - 1][:3]}"
        planned = f" · {count} planned" if count else ""
        title = {
            View.DAY: f"{day}{' · today' if self.day == self.today else ''}{planned}",
            View.AGENDA: f"Agenda ─ from today ─ {self.services.zone.key}",
            View.TROUBLED: "Failed, or asking you ─ O opens the outbox",
        }[self.view]
        self.list.head(title)

    def on_row_list_highlighted(self, event: RowList.Highlighted) -> None:
        """Another row under the cursor."""
        self._read_current()

    def read(self, reading: bool = True) -> None:
        """See ModeScreen."""
        super().read(reading)
        self._read_current()

    def _read_current(self) -> None:
        self.fetch(partial(self._read_row, self.list.current))

    async def _read_row(self, row: Row | None) -> None:
        side = self.query_one("#side", Fitted)
        fresh = await calendar_rows.fresh(self.services, row) if row else None
        if fresh is None:
            self._show_coming(side)
            return
        make = await calendar_rows.side(self.services, fresh)
        side.head(fresh.name or "(no title)")
        side.fit(make, top=side.top if self.reading else 0)

    def _show_coming(self, side: Fitted) -> None:
        now = self.services.clock.now()
        coming = [row for row in self.rows if row.at is not None and row.at >= now]
        side.head("Coming up" if coming else "")
        side.fit(lambda width: calendar_rows.coming(coming, self.services, self.today, width))

    # Where one stands

    async def settled_row(self) -> Row | None:
        """See EntryCommands."""
        if self._loading:
            await self._read_entries()
        await self.list.settled()
        return self.list.current

    async def go_to_row(self, id: str) -> None:
        """See EntryCommands; the list comes up to date when the command has ended."""
        calendar = self.services.calendar
        entry = await (calendar.there.one(id) if ":" in id else calendar.entry(id))
        self._stand_on = id
        if entry is not None and entry.at is not None:
            self.day = day_of(entry.at, self.services.zone)
        elif entry is not None and self.view is View.DAY:
            self.show_view(View.AGENDA)

    def go_to_day(self, day: date) -> None:
        """Choose a day."""
        same = (first_day(self.day), last_day(self.day)) == (first_day(day), last_day(day))
        self.day, self._stand_on = day, ""
        if same:
            self._show()
        else:
            self._show_grid()
            self._load()

    def show_view(self, view: View) -> None:
        """The month, the agenda or what failed."""
        self.view = view
        self.set_class(view is not View.DAY, "-agenda")
        self.rows = ()
        self._load()
        self.set_focus(self.grid if view is View.DAY else self.list)

    # Keys

    def on_month_grid_moved(self, event: MonthGrid.Moved) -> None:
        """Another day."""
        self.go_to_day(event.day)

    def on_month_grid_picked(self, event: MonthGrid.Picked) -> None:
        """A click on the chosen day."""
        self._open_day()

    def action_next_day(self) -> None:
        """Tomorrow."""
        self.go_to_day(self.day + timedelta(days=1))

    def action_previous_day(self) -> None:
        """Yesterday."""
        self.go_to_day(self.day - timedelta(days=1))

    def action_next_month(self) -> None:
        """The same day a month later."""
        self.go_to_day(add_months(self.day, 1))

    def action_previous_month(self) -> None:
        """The same day a month earlier."""
        self.go_to_day(add_months(self.day, -1))

    def action_today(self) -> None:
        """Back to today, and to the month."""
        self.day = self.today
        self.show_view(View.DAY)

    def action_agenda(self) -> None:
        """Month or agenda."""
        self.show_view(View.DAY if self.view is View.AGENDA else View.AGENDA)

    def action_troubled(self) -> None:
        """Month or what failed."""
        self.show_view(View.DAY if self.view is View.TROUBLED else View.TROUBLED)

    def action_next_pane(self) -> None:
        """From the grid to the list and back."""
        if self.reading:
            self.read(False)
        self.set_focus(self.grid if self.view is View.DAY and self.focused is not self.grid else self.list)

    def action_preflight(self) -> None:
        """Read the entry, with what preflight says."""
        if self.list.current is None:
            self.say("There is no entry here; c makes one.")
        else:
            self.read()

    async def action_open(self) -> None:
        """On the grid: into the day, or something new where nothing is; on an entry: change it."""
        if self.focused is self.grid:
            self._open_day()
        elif self.reading:
            self.edit()
        else:
            await super().action_open()

    def _open_day(self) -> None:
        if self.list.current is None:
            self.action_new()
        else:
            self.set_focus(self.list)

    def on_row_list_chosen(self, event: RowList.Chosen) -> None:
        """Enter on an entry: change it, instead of reading it."""
        event.prevent_default()
        self.edit()

    def action_back(self) -> None:
        """Out of the entry, the filter, the list, the agenda."""
        if self.reading or self.query_one(FilterLine).display:
            super().action_back()
        elif self.view is not View.DAY:
            self.show_view(View.DAY)
        else:
            self.set_focus(self.grid)
