"""The ONE virtual list: keyset pages from an async provider, the same speed for a million rows as for a thousand."""

from __future__ import annotations

from asyncio import Event
from collections import deque
from collections.abc import Callable, Hashable, Sequence
from typing import Any, Generic

from textual import events
from textual.content import Content
from textual.geometry import Region
from textual.message import Message
from textual.worker import Worker

from cm_console.widgets.lines import Cell, Line, lay, wrap
from cm_console.widgets.toned import Toned
from cm_console.widgets.window import R, Rows, Window

FIRST, LAST = "first", "last"


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
        self.window: Window[R] = Window()
        self.marks: dict[Hashable, R] = {}
        self.total: int | None = None
        self._rows: Rows[R] | None = None
        self._moves: deque[int | str] = deque()
        self._stale: str = ""
        self._edition = 0
        self._loader: Worker[None] | None = None
        self._settled = Event()
        self._told: tuple[bool, Hashable] = (False, None)

    # What a screen does with it

    def show(self, rows: Rows[R], page: Sequence[R] | None = None, total: int | None = None) -> None:
        """Show another list, from its first row; selections are dropped. What is visible stays until it is there.

        Give `page` (and `total`) if its first rows are at hand, so that they are in the very next frame.
        """
        self._rows, self._stale, self._edition = rows, "show", self._edition + 1
        self.marks.clear()
        self._moves.clear()
        if page is not None:
            self._stale, self.total = "", total
            self.window.replace(page, None, 0, starts=True, ends=total is not None and len(page) >= total)
            self.window.top = 0
            self.refresh()
        self._go_on()

    def refresh_rows(self) -> None:
        """Read the rows again; the cursor stays on its row, or goes to the next one if that is gone."""
        self._stale = self._stale or "refresh"
        self._go_on()

    @property
    def current(self) -> R | None:
        """The row under the cursor."""
        return self.window.current

    def move(self, by: int | str) -> None:
        """Move the cursor by so many rows, or to FIRST or LAST."""
        self._moves.append(by)
        self._go_on()

    def mark(self) -> None:
        """Select or unselect the current row and go on to the next."""
        if self.current is not None:
            if self.marks.pop(self.current.id, None) is None:
                self.marks[self.current.id] = self.current
            self.refresh()
            self.move(1)

    async def settled(self) -> None:
        """Wait until every move pressed so far has been made."""
        self._go_on()
        await self._settled.wait()

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

    def pass_over(self, ids: set[Hashable]) -> None:
        """Move the cursor to the next row that is not one of these; the one before if there is none."""
        if self.current is None or self.current.id not in ids:
            return
        window = self.window
        behind = [i for i in range(window.cursor, len(window.rows)) if window.rows[i].id not in ids]
        before = [i for i in range(window.cursor) if window.rows[i].id not in ids]
        if behind or before:
            window.place(behind[0] if behind else before[-1])
            self._show_change()

    # Keys and mouse; the screen calls navigate for the keys of the table

    def navigate(self, where: str) -> None:
        """One step of the shared keys: up, down, page_up, page_down, top, bottom."""
        page = max(1, self.window.height - 1)
        steps: dict[str, int | str] = {"top": FIRST, "bottom": LAST}
        self.move(steps.get(where) or {"up": -1, "down": 1, "page_up": -page, "page_down": page}[where])

    def choose(self) -> None:
        """Tell that the current row was chosen."""
        if self.current is not None:
            self.post_message(self.Chosen(self, self.current))

    def on_click(self, event: events.Click) -> None:
        """Put the cursor where the mouse is; a click on the current row chooses it."""
        index = self.window.top + event.get_content_offset_capture(self).y
        if not 0 <= index < len(self.window.rows):
            return
        if index == self.window.cursor and self.has_focus:
            self.choose()
        self.move(index - self.window.cursor)

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
        self.window.resize(self.size.height)
        self._go_on()

    # Moving and loading

    def _go_on(self) -> None:
        while self._moves and self._stale != "show" and self._apply(self._moves[0]):
            self._moves.popleft()
        self._show_change()
        if not self._moves and self._stale != "show":
            self._settled.set()
        else:
            self._settled.clear()
        if self._loader is None and self.is_attached and self._job():
            self._loader = self.run_worker(self._load(), group="rows")

    def _apply(self, move: int | str) -> bool:
        window, old = self.window, self.window.cursor
        top = window.top
        if move in (FIRST, LAST):
            if not (window.starts if move == FIRST else window.ends):
                return False
            window.place(0 if move == FIRST else len(window.rows) - 1)
        elif not window.move(int(move)):
            return False
        if window.top != top:
            self.refresh()
        elif window.cursor != old:
            for index in (old, window.cursor):
                self.refresh(Region(0, index - top, self.size.width, 1))
        return True

    def _job(self) -> str:
        """What to load next: a fresh list first, then what a key press waits for, then one screen ahead."""
        if self._rows is None:
            return ""
        if self._stale:
            return self._stale
        if self._moves:
            move = self._moves[0]
            return str(move) if move in (FIRST, LAST) else "after" if int(move) > 0 else "before"
        return self.window.wants()

    async def _load(self) -> None:
        try:
            while (job := self._job()) and (rows := self._rows) is not None:
                edition = self._edition
                if job == "refresh":
                    self._stale = ""
                applied = await self._loaded(job, rows, edition)
                if applied and job in ("show", "refresh"):
                    self._stale = "" if job == "show" and self._stale == "show" else self._stale
                    self.refresh()
                    self._go_on()
                    total = await rows.total()
                    self.total = total if edition == self._edition else self.total
                self.refresh()
                self._go_on()
        finally:
            self._loader = None

    async def _loaded(self, job: str, rows: Rows[R], edition: int) -> bool:
        window, limit = self.window, self.window.limit
        if job == "refresh":
            return await self._reload(rows, edition)
        if job == "after":
            page = await rows.after(window.rows[-1].key if window.rows else None, limit)
        elif job == "before":
            page = await rows.before(window.rows[0].key if window.rows else None, limit)
        elif job == LAST:
            page = await rows.before(None, limit)
        else:
            page = await rows.after(None, limit)
        if edition != self._edition:
            return False
        if job == "after":
            window.append(page, limit)
        elif job == "before":
            window.prepend(page, limit)
        else:
            last = job == LAST
            first = max(0, self.total - len(page)) if last and self.total is not None else None
            starts, ends = not last or len(page) < limit, last or len(page) < limit
            window.replace(page, None, first, starts=starts, ends=ends)
            window.top = 0
            window.place(len(page) - 1 if last else 0)
        return True

    async def _reload(self, rows: Rows[R], edition: int) -> bool:
        """Read anew around the cursor's row, wherever that row is now; begin again if the cursor left meanwhile."""
        window = self.window
        at = window.current
        if at is None:
            return await self._loaded("show", rows, edition)
        at = await rows.find(at.id) or at
        above_limit, below_limit = window.limit + window.cursor - window.top, window.limit
        above = await rows.before(at.key, above_limit)
        below = await rows.after(above[-1].key if above else None, below_limit)
        starts, ends = len(above) < above_limit, len(below) < below_limit
        fresh = list({row.id: row for row in (*above, *below)}.values())
        first = 0 if starts or not fresh else await rows.position(fresh[0].key)
        if first is None and window.first is not None:
            first = max(0, window.first + window.cursor - len(above))
        if edition != self._edition:
            return False
        now = window.current
        if now is not None and now.id != at.id and all(row.id != now.id for row in fresh):
            return await self._reload(rows, edition)
        window.replace(fresh, at if now is None or now.id == at.id else now, first, starts=starts, ends=ends)
        return True

    # Drawing

    def _show_change(self) -> None:
        told = (self._rows is not None and self._stale != "show", self.current.id if self.current else None)
        if told != self._told and told[0]:
            self._told = told
            self.post_message(self.Highlighted(self, self.current))
        self.border_subtitle = Content(self.place_words())

    def place_words(self) -> str:
        """Where the cursor is: "12/100,000", and how many rows are selected."""
        window, total = self.window, self.total
        if not window.rows:
            return ""
        place = "…" if window.first is None else f"{window.first + window.cursor + 1:,}"
        marked = f"{len(self.marks)} selected · " if self.marks else ""
        return f"{marked}{place}/{total:,}" if total is not None else f"{marked}{place}"

    def ground(self, y: int) -> str:
        """The cursor's line stands out, more where the keys go."""
        if not self.window.rows or self.window.top + y != self.window.cursor:
            return ""
        return "row--cursor" if self.has_focus else "row--cursor-blurred"

    def line(self, y: int) -> Line:
        """One row, or the words for an empty list."""
        window, width = self.window, self.size.width
        index = window.top + y
        if index < len(window.rows):
            row = window.rows[index]
            here, marked = index == window.cursor, row.id in self.marks
            lead: Line = [
                ("▌" if here else " ", "accent" if self.has_focus else "dim"),
                ("✓" if marked else " ", "mark"),
            ]
            return lead + lay(self.cells(row, width - 2), width - 2)
        if window.rows or self._rows is None or self._stale == "show":
            return []
        words = [line for text in self.empty.split("\n") for line in wrap(text, width - 4)]
        offset = y - max(0, (self.size.height - len(words)) // 3)
        return [("  ", ""), (words[offset], "" if offset == 0 else "dim")] if 0 <= offset < len(words) else []
