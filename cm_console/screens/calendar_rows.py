"""The rows of the calendar: entries of ours, and what platforms have planned themselves; read, filtered, shown."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from enum import StrEnum
from typing import TypeAlias
from zoneinfo import ZoneInfo

from cm_console.model.calendar import Entry
from cm_console.model.planned import THERE, Planned
from cm_console.model.time import day_of
from cm_console.screens.services import Services
from cm_console.widgets import entry as entries
from cm_console.widgets import planned
from cm_console.widgets.lines import Cell, Line, lay
from cm_console.widgets.month import Mark, first_day, last_day

Row: TypeAlias = Entry | Planned
YEAR = timedelta(days=366)
"""How far the agenda looks ahead."""


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


async def read(services: Services, view: View, day: date, today: date) -> list[Row]:
    """What a view shows; of a month, all its days."""
    calendar = services.calendar
    if view is View.TROUBLED:
        return [*await calendar.troubled(), *await calendar.there.troubled()]
    days = (today, today + YEAR) if view is View.AGENDA else (first_day(day), last_day(day))
    undated = await calendar.drafts() if view is View.AGENDA else []
    return [*await calendar.entries(*days), *await calendar.there.between(*days), *undated]


def narrowed(rows: Sequence[Row], words: str) -> list[Row]:
    """Those that have all the words, in the order of the list."""
    wanted = words.casefold().split()
    return sorted((row for row in rows if all(word in _text(row) for word in wanted)), key=lambda row: row.key)


def _text(row: Row) -> str:
    where = f"{row.source} {THERE}" if isinstance(row, Planned) else " ".join(row.sources)
    return f"{row.title} {row.body} {where}".casefold()


def cells(row: Row, zone: ZoneInfo, width: int, *, day: date | None, today: date) -> list[Cell]:
    """The row in the list."""
    look = planned.list_cells if isinstance(row, Planned) else entries.list_cells
    return look(row, zone, width, day=day, today=today)  # type: ignore[arg-type]  # each with its own kind of row


def days(row: Row, zone: ZoneInfo) -> set[date]:
    """The days it stands on."""
    return {day_of(row.at, zone)} if isinstance(row, Planned) else entries.days_of(row, zone)


def mark(row: Row, day: date, zone: ZoneInfo) -> Mark:
    """The row on a day of the grid."""
    return planned.mark_of(row) if isinstance(row, Planned) else entries.mark_of(row, day, zone)


async def fresh(services: Services, row: Row) -> Row | None:
    """The row as it is now, None if it is gone."""
    calendar = services.calendar
    found: Row | None = await (calendar.there.one(row.id) if isinstance(row, Planned) else calendar.entry(row.id))
    return found


async def side(services: Services, row: Row) -> Callable[[int], list[Line]]:
    """Everything about a row, as lines for a width; what preflight says of an entry too."""
    now, zone = services.clock.now(), services.zone
    if isinstance(row, Planned):
        return lambda width: planned.plan_lines(row, zone, now, width)
    found = await services.calendar.check(row)
    return lambda width: entries.entry_lines(row, found, zone, now, width)


def coming(rows: Sequence[Row], services: Services, today: date, width: int) -> list[Line]:
    """What comes next in a few words, for a pane that has nothing else to show."""
    look = (cells(row, services.zone, 0, day=None, today=today) for row in rows)
    return [[(" ", ""), *lay(each[:4], width - 2)] for each in look]
