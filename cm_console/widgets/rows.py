"""The ONE virtual list: keyset pages from an async provider, the same speed for a million rows as for a thousand."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from time import monotonic
from typing import TYPE_CHECKING, Any, Generic, cast

from textual import events
from textual.content import Content
from textual.geometry import Region
from textual.message import Message

from cm_console.model.many import MOST
from cm_console.widgets.lines import Cell, Line, lay, wrap
from cm_console.widgets.marks import Marks, every
from cm_console.widgets.pager import FIRST, LAST, Pager
from cm_console.widgets.toned import Toned
from cm_console.widgets.window import R, Rows

if TYPE_CHECKING:
    from textual.worker import Worker

OWN = 5.0
"""Seconds within which a row that a command was about leaves the list because of it."""


class RowList(Toned, Generic[R], can_focus=True):
    """A list of any length; the screen says how a row looks, the provider where rows come from.

    Moves are applied in order: at once when the row is loaded, else as soon as its page is. The cursor belongs to
    a row, not to a line: `refresh_rows` keeps it there whatever came or went around it.

    Args:
        cells: the columns of a row for the width given (less the two of cursor and mark).
        empty: what to say, and do next, when there are no rows.
    """

    class Highlighted(Message):
        """The cursor came to another row; None if there is none."""

        def __init__(self, rows: RowList[Any], row: Any) -> None:
            super().__init__()
            self.rows, self.row = rows, row

        @property
        def control(self) -> RowList[Any]:
            """The list, for `@on(..., "#id")`."""
            return self.rows

    class Chosen(Highlighted):
        """Enter or a click on the row under the cursor."""

    def __init__(self, cells: Callable[[R, int], Sequence[Cell]], *, empty: str = "", id: str | None = None) -> None:
        super().__init__(id=id)
        self.cells, self.empty = cells, empty
        self.marks: Marks[R] = Marks()
        self.pager: Pager[R] = Pager(self._changed, self._wake)
        self._told: tuple[Hashable] | None = None
        self._meant: tuple[Hashable, float] = (None, 0.0)

    # What a screen does with it

    def show(
        self, rows: Rows[R], page: Sequence[R] | None = None, total: int | None = None, *, at: R | None = None
    ) -> None:
        """Show another list, from its first row or `at` one; what is visible stays until it is there.

        Selections are dropped, and it says so. Give `page` (and `total`) if its first rows are at hand: they are in
        the next frame.
        """
        if self.marks:
            self.notify(f"{len(self.marks):,} selected before are let go: this is another list.", markup=False)
        self.marks.clear()
        self.pager.show(rows, page, total, at)

    def refresh_rows(self) -> None:
        """Read the rows again; the cursor stays on its row, or goes to the next one if that is gone."""
        self.pager.refresh()

    @property
    def current(self) -> R | None:
        """The row under the cursor."""
        return self.pager.window.current

    def move(self, by: int | str) -> None:
        """Move the cursor by so many rows, or to FIRST or LAST."""
        self.pager.move(by)

    def mark(self) -> None:
        """Select or unselect the current row and go on to the next."""
        if self.current is not None:
            if self.marks.pop(self.current.id, None) is None:
                self.marks[self.current.id] = self.current
            self.refresh()
            self.move(1)

    async def settled(self) -> None:
        """Wait until every move pressed so far has been made, and a range holds all rows between its ends."""
        await self.pager.settled()
        marks, window, rows = self.marks, self.pager.window, self.pager.rows
        if marks.anchor is not None and window.current is not None and rows is not None:
            if window.index(marks.anchor.id) is None:
                await marks.fill(rows.after, window.current, MOST)
            marks.reach(window.rows, window.current)

    async def mark_range(self) -> bool:
        """Begin a range at the cursor, which then grows with it, or end it; returns whether one is under way."""
        await self.settled()
        if self.marks.anchor is not None:
            self.marks.end()
        elif self.current is not None:
            self.marks.begin(self.current)
        self._changed(None)
        return self.marks.anchor is not None

    async def mark_all(self) -> bool:
        """Select every row of the list as it is filtered, MOST at most; returns whether these are all.

        When all are selected already, none is afterwards.
        """
        return await self._mark(lambda found: {} if found.keys() == self.marks.keys() else found)

    async def mark_others(self) -> bool:
        """Select every row of the list that is not selected, of MOST at most, and no other; see `mark_all`."""
        await self.settled()
        return await self._mark(lambda found: {id: row for id, row in found.items() if id not in self.marks})

    async def _mark(self, wanted: Callable[[dict[Hashable, R]], dict[Hashable, R]]) -> bool:
        """Select some of all rows; what is done meanwhile to another list is left alone."""
        rows = self.pager.rows
        found, whole = await every(rows.after, MOST) if rows is not None else ({}, True)
        if rows is self.pager.rows:
            marks = wanted(found)
            self.marks.clear()
            self.marks.update(marks)
            self._changed(None)
        return whole

    async def take(self, *, advance: bool = True) -> list[Any]:
        """The ids a command is about - the selected rows, else the current one - moving the cursor past them."""
        await self.settled()
        ids = [row.id for row in self.chosen()]
        self.marks.clear()
        if advance:
            self.pass_over(set(ids))
        self.refresh()
        return ids

    def chosen(self) -> list[R]:
        """What a command is about: the selected rows, else the current one; `take` gives their ids and moves on."""
        return list(self.marks.values()) or ([self.current] if self.current is not None else [])

    def mean(self) -> None:
        """A command begins: what is under the cursor may leave the list because of it."""
        self._meant = (self.current.id if self.current else None, monotonic())

    def dealt_with(self) -> None:
        """The command has ended, however long its questions took."""
        self._meant = (self._meant[0], monotonic())

    def lost_since(self, at: float) -> R | None:
        """The row that went from under the cursor after `at`, by nothing that was done to it here.

        A key pressed then, or right after, was meant for it. `at`: seconds of the monotonic clock.
        """
        lost = self.pager.lost
        return cast(R, lost.row) if lost is not None and lost.at >= at and not self.marks else None

    def pass_over(self, ids: set[Hashable]) -> None:
        """Move the cursor to the next row that is not one of these; the one before if there is none."""
        if self.current is None or self.current.id not in ids:
            return
        window = self.pager.window
        behind = [i for i in range(window.cursor, len(window.rows)) if window.rows[i].id not in ids]
        before = [i for i in range(window.cursor) if window.rows[i].id not in ids]
        if behind or before:
            window.place(behind[0] if behind else before[-1])
            self._changed(None)

    # Keys and mouse; the screen calls navigate for the keys of the table

    def navigate(self, where: str) -> None:
        """One step of the shared keys: up, down, page_up, page_down, top, bottom."""
        page = max(1, self.pager.window.height - 1)
        steps: dict[str, int | str] = {"top": FIRST, "bottom": LAST}
        self.move(steps.get(where) or {"up": -1, "down": 1, "page_up": -page, "page_down": page}[where])

    def choose(self) -> None:
        """Tell that the current row was chosen."""
        if self.current is not None:
            self.post_message(self.Chosen(self, self.current))

    def on_click(self, event: events.Click) -> None:
        """Put the cursor where the mouse is; a click on the current row chooses it."""
        window = self.pager.window
        index = window.top + event.get_content_offset_capture(self).y
        if not 0 <= index < len(window.rows):
            return
        if index == window.cursor and self.has_focus:
            self.choose()
        self.move(index - window.cursor)

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Three rows on."""
        event.stop()
        self.move(3)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Three rows back."""
        event.stop()
        self.move(-3)

    def on_resize(self) -> None:
        """Another height: other rows are visible."""
        self.pager.window.resize(self.size.height)
        self.pager.go_on()

    # Drawing

    def _wake(self) -> None:
        _: Worker[None] = self.run_worker(self.pager.load, group="rows")

    def _changed(self, lines: Sequence[int] | None) -> None:
        lost, (meant, when) = self.pager.lost, self._meant
        if lost is not None and lost.row.id == meant and lost.at - when < OWN:
            self.pager.lost = None
        if lines is None and self.marks:
            self.marks.update((row.id, row) for row in self.pager.window.rows if row.id in self.marks)
        if self.marks.anchor is not None and self.current is not None:
            self.marks.reach(self.pager.window.rows, self.current)
            lines = None
        if lines is None:
            self.refresh()
        else:
            self.refresh(*(Region(0, line, self.size.width, 1) for line in lines))
        if self.pager.shown:
            told = (self.current.id if self.current else None,)
            if told != self._told:
                self._told = told
                self.post_message(self.Highlighted(self, self.current))
        self.border_subtitle = Content(self.place_words())

    def place_words(self) -> str:
        """Where the cursor is: "12/100,000", and how many rows are selected."""
        window, total = self.pager.window, self.pager.total
        if not window.rows:
            return ""
        place = "…" if window.first is None else f"{window.first + window.cursor + 1:,}"
        ranging = "range, " if self.marks.anchor is not None else ""
        marked = f"{ranging}{len(self.marks):,} selected · " if self.marks else ""
        return f"{marked}{place}/{total:,}" if total is not None else f"{marked}{place}"

    def ground(self, y: int) -> str:
        """The cursor's line stands out, more where the keys go."""
        window = self.pager.window
        if not window.rows or window.top + y != window.cursor:
            return ""
        return "row--cursor" if self.has_focus else "row--cursor-blurred"

    def line(self, y: int) -> Line:
        """One row, or the words for an empty list."""
        window, width = self.pager.window, self.size.width
        index = window.top + y
        if index < len(window.rows):
            row = window.rows[index]
            here, marked = index == window.cursor, row.id in self.marks
            lead: Line = [
                ("▌" if here else " ", "accent" if self.has_focus else "dim"),
                ("✓" if marked else " ", "mark"),
            ]
            return lead + lay(self.cells(row, width - 2), width - 2)
        if window.rows or not self.pager.shown:
            return []
        words = [line for text in self.empty.split("\n") for line in wrap(text, width - 4)]
        offset = y - max(0, (self.size.height - len(words)) // 3)
        return [("  ", ""), (words[offset], "" if offset == 0 else "dim")] if 0 <= offset < len(words) else []
