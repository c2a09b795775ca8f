"""The inbox: who waits for an answer, due first; read, answer, hand over, put away."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

from textual.widget import Widget

from cm_console.model.inbox import InquiryRow
from cm_console.screens.inbox_engage import InboxEngage
from cm_console.screens.inbox_feedback import InboxFeedback
from cm_console.screens.inbox_handover import InboxHandover
from cm_console.screens.inbox_links import InboxLinks
from cm_console.screens.inbox_macros import InboxMacros
from cm_console.screens.inbox_person import InboxPerson
from cm_console.screens.inbox_rows import VIEWS, row_cells
from cm_console.screens.inbox_similar import InboxSimilar
from cm_console.screens.inbox_triage import InboxTriage
from cm_console.screens.mode import ModeScreen, Panes
from cm_console.screens.services import Services
from cm_console.widgets.lines import Cell
from cm_console.widgets.reader import Reader
from cm_console.widgets.rows import RowList


class InboxScreen(
    InboxEngage,
    InboxHandover,
    InboxFeedback,
    InboxTriage,
    InboxSimilar,
    InboxMacros,
    InboxLinks,
    InboxPerson,
    ModeScreen,
    scope="inbox",
):
    """Lists by view on the left, the thread on the right."""

    def __init__(self, services: Services) -> None:
        super().__init__(services)
        self._wanted: dict[int | None, int] = {}

    def compose_body(self) -> Iterable[Widget]:
        """List and reader."""
        with Panes():
            yield RowList[InquiryRow](self.cells, empty=VIEWS[self.view][2], id="list")
            yield Reader(id="side")

    def cells(self, row: InquiryRow, width: int) -> list[Cell]:
        """See row_cells."""
        return row_cells(row, self.view, self.services.clock.now(), width)

    async def on_mount(self) -> None:
        """The first rows are in the first frame."""
        await super().on_mount()
        rows, total = self.services.inbox.first_page(self.view, self.list.pager.window.limit)
        self.list.show(self.view_rows(), rows, total)
        self.head()
        self.tell_filter()
        self.list.focus()
        self.call_after_refresh(self.look_engage)

    async def refresh_rows(self) -> None:
        """See ModeScreen."""
        self.list.refresh_rows()
        self._read_current()

    # The reader

    def on_row_list_highlighted(self, event: RowList.Highlighted) -> None:
        """Another thread under the cursor."""
        self._read_current()

    def read(self, reading: bool = True) -> None:
        """See ModeScreen; below 100 columns the reader is filled only when it is opened."""
        super().read(reading)
        self._read_current()

    def _read_current(self) -> None:
        if self.reading or not self.has_class("-narrow"):
            row = self.list.current
            self.fetch(partial(self._read, row.id if row else None))

    async def _read(self, thread_id: int | None) -> None:
        from cm_console.screens.reading import ASIDES, read_asides, read_thread

        reader, now = self.query_one(Reader), self.services.clock.now()
        at = self._wanted.get(thread_id)
        reading = thread_id and await read_thread(self.services.inbox, thread_id, now, reader.reading, at=at)
        reader.read(reading or None, at=at)
        self._wanted.clear()
        if reading and ASIDES:
            whole = await read_asides(self.services, reading)
            if whole.asides != reading.asides:
                reader.read(whole)

    def on_reader_unfold(self, event: Reader.Unfold) -> None:
        """Posts of a long thread that are left out."""
        self.fetch(partial(self._read_on, event.fold, event.up))

    async def _read_on(self, fold: int, up: bool) -> None:
        from cm_console.screens.reading import read_on

        reader = self.query_one(Reader)
        old = reader.reading
        if old is not None and fold in old.folds:
            longer = await read_on(self.services.inbox, old, fold, up=up)
            reader.read(longer if reader.reading is old else reader.reading)

    async def go_to(self, thread_id: int, post_id: int | None = None) -> None:
        """Open a thread from elsewhere, in the view where it waits or else among all; joined, the one that leads it.

        The reader stands on the post, if one is meant.
        """
        if self.services.joined is not None and (group := await self.services.joined.group(thread_id)):
            thread_id = group[0].id
        rows, row = await self.at_thread(thread_id)
        self.list.show(rows, at=row)
        await self.list.settled()
        self._wanted = {} if post_id is None else {thread_id: post_id}
        self.read()

    # Commands

    def action_more(self) -> None:
        """Long posts in full."""
        self.query_one(Reader).toggle_full()
