"""How a list moves and loads: moves in order, pages as they are needed, one read at a time; no terminal needed."""

from __future__ import annotations

from asyncio import CancelledError, Event, Future, ensure_future
from collections import deque
from collections.abc import Callable, Coroutine, Sequence
from time import monotonic
from typing import Any, Generic, NamedTuple, TypeVar

from cm_console.widgets.window import R, Rows, Window

FIRST, LAST = "first", "last"
T = TypeVar("T")


class Lost(NamedTuple):
    """A row that went from under the cursor, and when: seconds of the monotonic clock, as keys have them."""

    row: Any
    at: float


class Pager(Generic[R]):
    """A window on rows that are elsewhere, and what is still to be done to it.

    A move is made at once if its row is loaded; else it waits, with all that follow it, until its page is there.

    Args:
        changed: called after each step, with the lines of the window that look different now; None: all of them.
        wake: called when `load` should run (as a task); not called again before it has ended.
    """

    def __init__(self, changed: Callable[[Sequence[int] | None], None], wake: Callable[[], None]) -> None:
        self.window: Window[R] = Window()
        self.total: int | None = None
        self.rows: Rows[R] | None = None
        self.lost: Lost | None = None
        self._changed, self._wake = changed, wake
        self._moves: deque[int | str] = deque()
        self._stale = ""
        self._at: R | None = None
        self._edition = 0
        self._loading = False
        self._reading: Future[Any] | None = None
        self._settled = Event()

    @property
    def shown(self) -> bool:
        """Whether the rows of the list asked for are there (or that there are none)."""
        return self.rows is not None and self._stale != "show"

    @property
    def bound_for(self) -> R | None:
        """The row the cursor will stand on once the list asked for is there; else the current one."""
        return self._at if self._stale == "show" and self._at is not None else self.window.current

    def show(self, rows: Rows[R], page: Sequence[R] | None, total: int | None, at: R | None) -> None:
        """Another list; see RowList.show."""
        self.rows, self._stale, self._edition, self._at = rows, "show", self._edition + 1, at
        if self._reading is not None:
            self._reading.cancel()
        self._moves.clear()
        if page is not None:
            self._stale, self.total = "", total
            self.window.begin(page, starts=True, ends=total is not None and len(page) >= total)
            self._changed(None)
        self.go_on()

    def refresh(self) -> None:
        """Read again; the cursor stays on its row."""
        if self.rows is not None:
            self._stale = self._stale or "refresh"
            self.go_on()

    def move(self, by: int | str) -> None:
        """So many rows, or to FIRST or LAST."""
        self._moves.append(by)
        self.go_on()

    async def settled(self) -> None:
        """Until every move asked for so far is made."""
        self.go_on()
        await self._settled.wait()

    def go_on(self) -> None:
        """Make the moves that can be made, and see that the rest gets loaded."""
        while self._moves and self._stale != "show" and self._apply(self._moves[0]):
            self._moves.popleft()
        if self._moves or self._stale == "show":
            self._settled.clear()
        else:
            self._settled.set()
        if not self._loading and self._job():
            self._loading = True
            self._wake()

    def _apply(self, move: int | str) -> bool:
        window = self.window
        cursor, top = window.cursor, window.top
        if isinstance(move, int):
            if not window.move(move):
                return False
        elif not (window.starts if move == FIRST else window.ends):
            return False
        else:
            window.place(0 if move == FIRST else len(window.rows) - 1)
        self._changed([cursor - top, window.cursor - top] if window.top == top else None)
        return True

    def _job(self) -> str:
        """What to read next: a fresh list first, then what a move waits for, then one screen ahead."""
        if self.rows is None or self._stale:
            return self._stale
        if self._moves:
            move = self._moves[0]
            return move if isinstance(move, str) else "after" if move > 0 else "before"
        return self.window.wants()

    async def load(self) -> None:
        """Read until nothing is wanted any more."""
        try:
            while (job := self._job()) and (rows := self.rows) is not None:
                edition = self._edition
                if job == "refresh":
                    self._stale = ""
                if not await self._unless_stopped(self._read(job, rows, edition), edition):
                    continue
                if job == "show":
                    self._stale, self._at = "", None
                self._changed(None)
                self.go_on()
                if job in ("show", "refresh"):
                    total = await self._unless_stopped(rows.total(), edition)
                    self.total = total if edition == self._edition else self.total
                    self._changed(None)
        finally:
            self._loading = False

    async def _unless_stopped(self, read: Coroutine[None, None, T], edition: int) -> T | None:
        """What is read, or None as soon as another list is asked for: who types does not wait for what they typed."""
        self._reading = reading = ensure_future(read)
        try:
            return await reading
        except CancelledError:
            if edition == self._edition:
                raise
            return None
        finally:
            self._reading = None

    async def _read(self, job: str, rows: Rows[R], edition: int) -> bool:
        """Do one job; False if the list was changed for another meanwhile."""
        window, limit = self.window, self.window.limit
        at = self._at if job == "show" else window.current if job == "refresh" else None
        if at is not None:
            return await self._read_around(at, rows, edition, job)
        if job == "after":
            page = await rows.after(window.rows[-1].key if window.rows else None, limit)
        elif job in ("before", LAST):
            page = await rows.before(window.rows[0].key if window.rows and job == "before" else None, limit)
        else:
            page = await rows.after(None, limit)
        if edition != self._edition:
            return False
        if job == "after":
            window.append(page, limit)
        elif job == "before":
            window.prepend(page, limit)
        elif job == LAST:
            window.begin(page, starts=len(page) < limit, ends=True, before=self.total and self.total - len(page))
        else:
            window.begin(page, starts=True, ends=len(page) < limit)
        return True

    async def _read_around(self, at: R, rows: Rows[R], edition: int, job: str) -> bool:
        """Read anew around a row, wherever it is now; begin again if the cursor left what was read meanwhile."""
        window, before = self.window, self.window.current
        found = await rows.find(at.id) or at
        line = window.cursor - window.top if job == "refresh" else window.height // 3
        above_limit, below_limit = window.limit + line, window.limit
        above = await rows.before(found.key, above_limit)
        below = await rows.after(above[-1].key if above else None, below_limit)
        fresh = list({row.id: row for row in (*above, *below)}.values())
        starts, ends = len(above) < above_limit, len(below) < below_limit
        first = 0 if starts or not fresh else await rows.position(fresh[0].key)
        if edition != self._edition:
            return False
        now = window.current
        if job == "refresh" and now is not None and before is not None and now.id != before.id:
            if all(row.id != now.id for row in fresh):
                return await self._read_around(now, rows, edition, job)
            found, line = now, window.cursor - window.top
        if first is None and window.first is not None and job == "refresh":
            first = max(0, window.first + window.cursor - len(above))
        window.replace(fresh, found, first, line, starts=starts, ends=ends)
        if job == "refresh" and (window.current is None or window.current.id != found.id):
            self.lost = Lost(found, monotonic())
        return True
