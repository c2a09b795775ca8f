"""Engage first: whom to greet, congratulate, answer and thank, one list each; and conversation starters."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import cast

from textual.widget import Widget

from cm_console import keys
from cm_console.model.engaging import Engage, EngageRow
from cm_console.screens.engage_rows import VIEWS, engage_cells, engage_lines, starter_lines
from cm_console.screens.engage_writing import write, write_privately
from cm_console.screens.mode import ModeScreen, Panes
from cm_console.screens.services import Services
from cm_console.services.desk import Impossible
from cm_console.services.engaging import EngagingService
from cm_console.widgets.footer import KeyLine
from cm_console.widgets.laid import Laid
from cm_console.widgets.lines import Cell
from cm_console.widgets.reader import Reader
from cm_console.widgets.rows import RowList
from cm_console.widgets.window import MemoryRows


class EngageScreen(ModeScreen, scope="engage"):
    """Lists on the left, the thread (or the starter) on the right; gives a thread to go to, or None."""

    view = Engage.GREET
    words = ""
    at: EngageRow | None = None

    def __init__(self, services: Services) -> None:
        super().__init__(services)
        assert services.engaging is not None
        self.engaging: EngagingService = services.engaging
        self.rows: list[EngageRow] = []
        self.fits: list[EngageRow] = []

    def compose_body(self) -> Iterable[Widget]:
        """List and side."""
        with Panes():
            yield RowList[EngageRow](self.cells, empty=VIEWS[self.view][2], id="list")
            yield Reader(id="side")
            yield Laid(id="idea")

    def cells(self, row: EngageRow, width: int) -> list[Cell]:
        """See engage_cells."""
        return engage_cells(row, self.services.clock.now(), width)

    async def on_mount(self) -> None:
        """The first list that has anything."""
        await super().on_mount()
        self.query_one("#idea").add_class("pane")
        self.list.focus()
        for view in (Engage.GREET, Engage.THANK, Engage.ANNIVERSARY, Engage.UNANSWERED):
            self.rows = await self.engaging.rows(view)
            if self.rows:
                break
        await self._show(view if self.rows else Engage.GREET, self.rows)

    async def _show(self, view: Engage, rows: list[EngageRow] | None = None) -> None:
        self.view, self.rows = view, await self.engaging.rows(view) if rows is None else rows
        self.set_class(view is Engage.STARTERS, "-ideas")
        self._lay()

    def _lay(self) -> None:
        name, order, empty = VIEWS[self.view]
        self._fit()
        place = f"{list(VIEWS).index(self.view) + 1}/{len(VIEWS)}"
        self.list.head(f"Engage {place} ─ {name} ─ " + (f"“{self.words}” ─ " if self.words else "") + order)
        self.list.empty = f"Nothing here has “{self.words}”.\nesc shows all" if self.words else empty
        self.list.show(MemoryRows(self.fits), self.fits[: self.list.pager.window.limit], len(self.fits))

    def _fit(self) -> None:
        wanted = self.words.lower()
        self.fits[:] = [r for r in self.rows if wanted in f"{r.member} {r.title} {r.detail} {r.why}".lower()]

    def filter_rows(self, words: str) -> None:
        """See ModeScreen."""
        self.words = words.strip()
        self._lay()

    async def refresh_rows(self) -> None:
        """What was dealt with is gone; the cursor stays on its row, or goes to the next."""
        self.rows = await self.engaging.rows(self.view)
        self._fit()
        self.list.refresh_rows()
        self._read_current()

    # The side pane

    def on_row_list_highlighted(self, event: RowList.Highlighted) -> None:
        """Another row under the cursor."""
        self._read_current()

    def read(self, reading: bool = True) -> None:
        """See ModeScreen; a starter is short enough to be read in the list's own pane."""
        if self.view is not Engage.STARTERS:
            super().read(reading)
            self._read_current()

    def _read_current(self) -> None:
        row = self.at = cast("EngageRow | None", self.list.current)
        if self._chords is None:
            self.query_one(KeyLine).show(self.hints())
        alone = row is not None and row.thread_id is None
        self.set_class(self.view is Engage.STARTERS or alone, "-ideas")
        if row is not None and alone:
            lines = starter_lines if self.view is Engage.STARTERS else engage_lines
            self.query_one(Laid).lay(partial(lines, row), about=row.id)
        elif self.view is Engage.STARTERS:
            self.query_one(Laid).lay(lambda width: [])
        elif self.reading or not self.has_class("-narrow"):
            self.fetch(partial(self._read, row.thread_id if row else None))

    async def _read(self, thread_id: int | None) -> None:
        from cm_console.screens.reading import read_thread

        reader = self.query_one(Reader)
        now = self.services.clock.now()
        reader.read((thread_id and await read_thread(self.services.inbox, thread_id, now, reader.reading)) or None)

    def on_row_list_chosen(self, event: RowList.Chosen) -> None:
        """Enter works on the row; it does not open the side pane."""
        event.prevent_default()
        self.perform(self._write(cast(EngageRow, event.row)), asks=True)

    def hints(self) -> list[tuple[str, str]]:
        """The keys that do something in this list: of people, of threads or of starters."""
        unable = {
            Engage.STARTERS: {"message", "who", "visit", "reply"},
            Engage.UNANSWERED: {"start", "message"},
        }.get(self.view, {"start"})
        unable = unable | ({"visit"} if self.at is None or self.at.thread_id is None else set())
        unable = unable | ({"who"} if self.at is None or self.at.member_id is None else set())
        off = {keys.BY_ID[f"engage.{command}"].label for command in unable}
        return [(key, label) for key, label in super().hints() if label not in off]

    # Commands

    async def _current(self) -> EngageRow | None:
        await self.list.settled()
        return cast("EngageRow | None", self.list.current)

    async def action_reply(self) -> None:
        """Write, with the template filled in; a starter goes into the calendar."""
        if (row := await self._current()) is not None:
            self.perform(self._write(row), asks=True)

    async def _write(self, row: EngageRow) -> str:
        return await (self._start(row) if row.view is Engage.STARTERS else write(self, row))

    async def action_message(self) -> None:
        """Write to them privately, whichever way the row says."""
        if (row := await self._current()) is not None:
            self.perform(self._message(row), asks=True)

    async def _message(self, row: EngageRow) -> str:
        from cm_console.screens.messaging import choose_account

        if row.view in (Engage.STARTERS, Engage.UNANSWERED) or row.member_id is None:
            raise Impossible("that is for people to greet, congratulate or thank; this one wants to be read by all")
        to = await choose_account(self, row.member_id)
        return "" if to is None else await write_privately(self, row, to.id)

    async def action_start(self) -> None:
        """Put a starter into the calendar."""
        row = await self._current()
        if row is not None and row.view is Engage.STARTERS:
            self.list.pass_over({row.id})
            self.perform(self._start(row))
        elif row is not None:
            self.say("That is for conversation starters: the last of these lists.")

    async def _start(self, row: EngageRow) -> str:
        _, day = await self.engaging.start(row.number)
        return f"“{row.title}” is a draft in the calendar, {day:%A} {day.day} {day:%B}."

    async def action_pass_over(self) -> None:
        """Not this one."""
        if rows := await self._chosen():
            self.perform(self._pass_over(rows))

    async def _pass_over(self, rows: list[EngageRow]) -> str:
        await self.engaging.pass_over(rows)
        return "Passed over; z brings it back." if len(rows) == 1 else f"Passed over: {len(rows)}."

    async def action_snooze(self) -> None:
        """Put it off."""
        if rows := await self._chosen():
            self.perform(self._snooze(rows), asks=True)

    async def _snooze(self, rows: list[EngageRow]) -> str:
        from cm_console.screens.dialogs import Choice, Choose
        from cm_console.screens.inbox_questions import time, to_come
        from cm_console.screens.snooze import CHOICES, snooze_until

        known = [Choice(c.key, c.words, c.value) for c in CHOICES if c.value not in ("reply", "news", "morning")]
        answer = await self.ask(Choose("Put off", known))
        now, zone = self.services.clock.now(), self.services.zone
        if answer in ("days", "time"):
            read = to_come(self.services.clock.now, zone)
            text = await self.ask(time(read, "Until when?"))
            until = read(text) if text else None
        else:
            until = snooze_until(answer, now, zone) if answer else None
        if until is None:
            return ""
        await self.engaging.snooze(rows, until)
        return "Put off." if len(rows) == 1 else f"Put off: {len(rows)}."

    async def _chosen(self) -> list[EngageRow]:
        await self.list.settled()
        chosen = cast("list[EngageRow]", list(self.list.chosen()))
        self.list.marks.clear()
        return chosen

    async def action_who(self) -> None:
        """The person behind the name."""
        from cm_console.screens.inbox_person import open_person

        row = await self._current()
        if row is not None and row.member_id is not None:
            open_person(self, row.member_id)

    async def action_visit(self) -> None:
        """Go to the thread in the inbox."""
        row = await self._current()
        if row is not None and row.thread_id is not None:
            self.dismiss(row.thread_id)

    async def action_next_view(self) -> None:
        """The next list."""
        await self._turn(1)

    async def action_previous_view(self) -> None:
        """The list before."""
        await self._turn(-1)

    async def _turn(self, by: int) -> None:
        views = list(VIEWS)
        self.words = ""
        await self._show(views[(views.index(self.view) + by) % len(views)])
