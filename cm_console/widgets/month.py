"""The month grid: weeks from Monday, each day with what is planned as short lines, as much as fits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.message import Message
from textual.strip import Strip

from cm_console.model.wall import MONTHS
from cm_console.widgets.lines import Line, Span, crop, fit, one_line, wrap
from cm_console.widgets.toned import Toned

NAMES = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")
WORDY = 7
"""Cells a day needs before words are shown in it; narrower ones show glyphs alone."""
MOST_LINES = 3
"""Lines of one title."""


@dataclass(frozen=True, slots=True)
class Mark:
    """One entry on a day: its state as a glyph with a tone, and its title."""

    glyph: str
    tone: str
    title: str


def first_day(month: date) -> date:
    """The Monday of the week in which a month begins."""
    first = month.replace(day=1)
    return first - timedelta(days=first.weekday())


def weeks_of(month: date) -> int:
    """How many weeks a month touches: four to six."""
    return ((add_months(month.replace(day=1), 1) - first_day(month)).days + 6) // 7


def last_day(month: date) -> date:
    """The Sunday of the week in which a month ends."""
    return first_day(month) + timedelta(days=7 * weeks_of(month) - 1)


def add_months(day: date, by: int) -> date:
    """The same day of another month, the last one where there is no such day."""
    years, month = divmod(day.month - 1 + by, 12)
    first = date(day.year + years, month + 1, 1)
    length = ((first + timedelta(days=31)).replace(day=1) - first).days
    return first.replace(day=min(day.day, length))


class MonthGrid(Toned, can_focus=True):
    """A month with one day chosen; tells where one goes, the screen says what stands there."""

    class Moved(Message):
        """Another day was chosen."""

        def __init__(self, day: date) -> None:
            super().__init__()
            self.day = day

    class Picked(Moved):
        """A click on the chosen day."""

    def __init__(self, day: date, *, id: str | None = None) -> None:
        super().__init__(id=id, classes="pane")
        self.day = self.today = day
        self.marks: Mapping[date, Sequence[Mark]] = {}

    def show(self, day: date, today: date, marks: Mapping[date, Sequence[Mark]]) -> None:
        """Show the month of a day, with what is planned."""
        self.day, self.today, self.marks = day, today, marks
        self.refresh()

    def title(self) -> str:
        """The month in words."""
        return f"{MONTHS[self.day.month - 1]} {self.day.year}"

    def navigate(self, where: str) -> None:
        """One step of the shared keys: weeks up and down, months by pages, the ends of the month."""
        month_end = add_months(self.day.replace(day=1), 1) - timedelta(days=1)
        self.post_message(
            self.Moved(
                {
                    "up": self.day - timedelta(days=7),
                    "down": self.day + timedelta(days=7),
                    "page_up": add_months(self.day, -1),
                    "page_down": add_months(self.day, 1),
                    "top": self.day.replace(day=1),
                    "bottom": month_end,
                }[where]
            )
        )

    # Layout

    @property
    def columns(self) -> list[int]:
        """The width of each day of the week."""
        return _shares(self.size.width, 7)

    @property
    def rows(self) -> list[int]:
        """The lines of each week; where there is not one for each, the first weeks give way to the chosen one."""
        weeks, lines = weeks_of(self.day), max(1, self.size.height - 1)
        if lines >= weeks:
            return _shares(lines, weeks)
        last = max(lines - 1, (self.day - first_day(self.day)).days // 7)
        return [int(last - lines < week <= last) for week in range(weeks)]

    def place(self, y: int) -> tuple[date, int, int] | None:
        """What stands in a line: the Monday of its week, which line of the week it is, and of how many."""
        top = 1
        for week, lines in enumerate(self.rows):
            if top <= y < top + lines:
                return first_day(self.day) + timedelta(days=7 * week), y - top, lines
            top += lines
        return None

    # Drawing

    def line(self, y: int) -> Line:
        """The names of the days, then the weeks."""
        if y == 0:
            return [(fit(f" {name}", width), "dim") for name, width in zip(NAMES, self.columns, strict=True)]
        place = self.place(y)
        if place is None:
            return []
        monday, index, of = place
        spans: Line = []
        for number, width in enumerate(self.columns):
            day = monday + timedelta(days=number)
            bar: Span = ("▌" if day == self.day else " ", "accent" if self.has_focus else "dim")
            lines = self._cell(day, width - 1, of)
            spans += crop([bar, *(lines[index] if index < len(lines) else [])], width)
        return spans

    def _cell(self, day: date, width: int, height: int) -> list[Line]:
        """The lines of a day: its number, then entries; glyphs beside the number where lines are few."""
        outside = day.month != self.day.month
        marks = [Mark(mark.glyph, "dim" if outside else mark.tone, mark.title) for mark in self.marks.get(day, ())]
        wordy, roomy = width >= WORDY, height > 2
        number = self._number(day, outside, width if wordy and roomy else 0)
        if wordy and roomy:
            return [[number], *_entries(marks, width, height - 1, "dim" if outside else "")]
        space = " " if width > 3 else ""
        room = max(0, width - len(number[0]) - len(space))
        glyphs: Line = [(mark.glyph, mark.tone) for mark in marks[:room]]
        first: Line = [(fit(one_line(marks[0].title), width), "dim" if outside else "")] if marks and wordy else []
        return [[number, (space, ""), *glyphs], first]

    def _number(self, day: date, outside: bool, width: int) -> Span:
        """The number, with a word where there is room for it: `width` cells."""
        if day == self.today:
            return f"{day.day:>2} today" if width > WORDY else f"[{day.day}]", "mark"
        first = width > 0 and day.day == 1
        return f"{day.day:>2} {MONTHS[day.month - 1][:3]}" if first else f"{day.day:>2}", "dim" if outside else ""

    def render_line(self, y: int) -> Strip:
        """The line, with the chosen day standing out."""
        strip = super().render_line(y)
        place = self.place(y)
        number = (self.day - place[0]).days if place else -1
        if not 0 <= number < 7:
            return strip
        start = sum(self.columns[:number])
        before, day, after = strip.divide([start, start + self.columns[number], self.size.width])
        ground = self.shade("row--cursor" if self.has_focus else "row--cursor-blurred")
        behind = Style(bgcolor=ground.bgcolor)
        lit = Strip([Segment(text, (style or Style()) + behind) for text, style, _ in day], day.cell_length)
        return Strip.join([before, lit, after])

    # Mouse

    def on_click(self, event: events.Click) -> None:
        """To the day under the mouse; on the chosen one: open it."""
        offset = event.get_content_offset_capture(self)
        place = self.place(offset.y)
        edges = [sum(self.columns[: number + 1]) for number in range(7)]
        number = next((number for number, edge in enumerate(edges) if offset.x < edge), None)
        if place is not None and number is not None:
            day = place[0] + timedelta(days=number)
            self.post_message(self.Picked(day) if day == self.day else self.Moved(day))

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """A month on."""
        event.stop()
        self.navigate("page_down")

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """A month back."""
        event.stop()
        self.navigate("page_up")


def _shares(whole: int, parts: int) -> list[int]:
    """A whole number in nearly equal parts; what is left over goes to the first ones."""
    each, rest = divmod(whole, parts)
    return [each + (number < rest) for number in range(parts)]


def _wrap(title: str, width: int) -> list[str]:
    """A title in lines; a word that is too long is cut, as pieces of words are hard to read."""
    return wrap(" ".join(fit(word, min(width, cell_len(word))) for word in one_line(title).split()), width)


def _entries(marks: Sequence[Mark], width: int, height: int, tone: str) -> list[Line]:
    """Entries under each other, their titles wrapped as far as there is room; how many more there are."""
    shown = marks if len(marks) <= height else marks[: height - 1]
    titles = [_wrap(mark.title, width - 2) for mark in shown]
    sizes = [min(MOST_LINES, len(title)) for title in titles]
    while sum(sizes) > (height if len(shown) == len(marks) else height - 1):
        sizes[sizes.index(max(sizes))] -= 1
    lines: list[Line] = []
    for mark, title, size in zip(shown, titles, sizes, strict=True):
        kept = [*title[: size - 1], " ".join(title[size - 1 :])]
        signs = [(f"{mark.glyph} ", mark.tone), *[("  ", "")] * (size - 1)]
        lines += [[sign, (fit(words, width - 2), tone)] for sign, words in zip(signs, kept, strict=True)]
    if len(shown) < len(marks):
        lines.append([(fit(f"+{len(marks) - len(shown)} more", width), "dim")])
    return lines
