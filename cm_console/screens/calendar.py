"""The calendar: the month with what is planned, the chosen day's entries, and everything about one of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from enum import StrEnum
from functools import partial

from textual.containers import Container
from textual.widget import Widget
from textual.worker import Worker

from cm_console.model.calendar import Entry
from cm_console.model.time import day_of
from cm_console.model.wall import MONTHS, WEEKDAYS
from cm_console.screens.entry_commands import EntryCommands
from cm_console.screens.list_keys import FilterLine
from cm_console.screens.services import Services
from cm_console.widgets.entry import coming_lines, days_of, entry_lines, list_cells, mark_of
from cm_console.widgets.fitted import Fitted
from cm_console.widgets.lines import Cell
from cm_console.widgets.month import Mark, MonthGrid, add_months, first_day, last_day
from cm_console.widgets.rows import RowList
from cm_console.widgets.window import MemoryRows


class View(StrEnum):
    """What the list shows: the chosen day, what is coming, or what went wrong."""

    DAY = "day"
    AGENDA = "agenda"
    TROUBLED = "failed"


EMPTY = {
    View.DAY: "Nothing planned.\nc plans something",
    View.AGENDA: "Nothing is coming.\na shows the month, c plans something",
    View.TROUBLED: "Nothing failed, nothing asks.\nF shows the month",
}


class CalendarScreen(EntryCommands, scope="calendar"):
    """Month, day and entry; or the agenda; or what failed. All times are the community's."""

    def __init__(self, services: Services) -> None:
        super().__init__(services)
        self.day = day_of(services.clock.now(), services.zone)
        self.view = View.DAY
        self.words = ""
        self.entries: Sequence[Entry] = ()
        self.undated = 0
        self._stand_on = ""
        self._loading = False

    def compose_body(self) -> Iterable[Widget]:
        """The grid, the list, the entry."""
        with Container(id="calendar"):
            yield MonthGrid(self.day, id="month")
            with Container(id="day"):
                yield RowList[Entry](self.cells, empty=EMPTY[self.view], id="list")
                yield Fitted(id="side")

    def cells(self, entry: Entry, width: int) -> list[Cell]:
        """See list_cells."""
        day = self.day if self.view is View.DAY else None
        return list_cells(entry, self.services.zone, width, day=day, today=self.today)

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
        calendar, view = self.services.calendar, self.view
        if view is View.AGENDA:
            coming = await calendar.entries(self.today, self.today + timedelta(days=366))
            entries = [*coming, *await calendar.drafts()]
        elif view is View.TROUBLED:
            entries = await calendar.troubled()
        else:
            entries = await calendar.entries(first_day(self.day), last_day(self.day))
            self.undated = len(await calendar.drafts())
        if view is self.view:
            self._loading = False
            self.entries = sorted((entry for entry in entries if self._wanted(entry)), key=lambda entry: entry.key)
            self._show()

    def _wanted(self, entry: Entry) -> bool:
        text = f"{entry.title} {entry.body} {' '.join(entry.sources)}".casefold()
        return all(word in text for word in self.words.casefold().split())

    # Showing

    def _show(self) -> None:
        self._show_grid()
        rows = [entry for entry in self.entries if self.view is not View.DAY or self.day in self._days(entry)]
        at = self._stand_on or (self.list.current.id if self.list.current else "")
        standing = next((entry for entry in rows if entry.id == at), None)
        self.list.empty = EMPTY[self.view] if not self.words else f"Nothing here has “{self.words}”.\nesc shows all"
        self._stand_on = "" if standing else self._stand_on
        self.list.show(MemoryRows(rows), at=standing)
        self._head(len(rows))

    def _days(self, entry: Entry) -> set[date]:
        return days_of(entry, self.services.zone)

    def _show_grid(self) -> None:
        marks: dict[date, list[Mark]] = defaultdict(list)
        for entry in self.entries if self.view is View.DAY else ():
            for day in self._days(entry):
                marks[day].append(mark_of(entry, day, self.services.zone))
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
        """Another entry under the cursor."""
        self._read_current()

    def read(self, reading: bool = True) -> None:
        """See ModeScreen."""
        super().read(reading)
        self._read_current()

    def _read_current(self) -> None:
        self.fetch(partial(self._read_entry, self.list.current))

    async def _read_entry(self, entry: Entry | None) -> None:
        side = self.query_one("#side", Fitted)
        fresh = await self.services.calendar.entry(entry.id) if entry else None
        if fresh is None:
            self._show_coming(side)
            return
        found = await self.services.calendar.check(fresh)
        side.head(fresh.name or "(no title)")
        now, zone = self.services.clock.now(), self.services.zone
        top = side.top if self.reading else 0
        side.fit(lambda width: entry_lines(fresh, found, zone, now, width), top=top)

    def _show_coming(self, side: Fitted) -> None:
        now, zone = self.services.clock.now(), self.services.zone
        coming = [entry for entry in self.entries if entry.at is not None and entry.at >= now]
        side.head("Coming up" if coming else "")
        side.fit(lambda width: coming_lines(coming, zone, self.today, width))

    # Where one stands

    async def settled_entry(self) -> Entry | None:
        """See EntryCommands."""
        if self._loading:
            await self._read_entries()
        await self.list.settled()
        return self.list.current

    async def go_to_entry(self, id: str) -> None:
        """See EntryCommands; the list comes up to date when the command has ended."""
        entry = await self.services.calendar.entry(id)
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
        self.entries = ()
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
