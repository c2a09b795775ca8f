"""The inbox: who waits for an answer, due first; read, answer, hand over, put away."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from functools import partial
from typing import TypeVar

from textual.screen import Screen
from textual.widget import Widget

from cm_console.model.inbox import Filter, InquiryRow, Status, Then, View
from cm_console.screens.inbox_rows import VIEWS, InboxRows, row_cells
from cm_console.screens.mode import ModeScreen, Panes
from cm_console.services.desk import Impossible
from cm_console.widgets.lines import Cell
from cm_console.widgets.reader import Reader
from cm_console.widgets.rows import RowList

V = TypeVar("V")
CONTEXT = 500
"""Posts one can look at while writing."""


class InboxScreen(ModeScreen, scope="inbox"):
    """Lists by view on the left, the thread on the right."""

    view = View.NEEDS_REPLY
    words = ""

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
        self.list.show(self._view_rows(), rows, total)
        self._head()
        self.list.focus()

    def _view_rows(self) -> InboxRows:
        return InboxRows(self.services.inbox, self.view, Filter(words=self.words))

    def _head(self) -> None:
        name, order, empty = VIEWS[self.view]
        self.list.head(f"{name} ─ {f'“{self.words}”' if self.words else 'all sources'} ─ {order}")
        self.list.empty = f"Nothing here has “{self.words}”.\nesc shows all" if self.words else empty

    def show_view(self, view: View) -> None:
        """Another list, from its top."""
        self.view = view
        self._head()
        self.list.show(self._view_rows())

    def filter_rows(self, words: str) -> None:
        """See ModeScreen."""
        self.words = words.strip()
        self.show_view(self.view)

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
        from cm_console.screens.reading import read_thread

        reader, now = self.query_one(Reader), self.services.clock.now()
        if thread_id is None:
            reader.read(None)
        else:
            reader.read(await read_thread(self.services.inbox, thread_id, now, reader.reading))

    def on_reader_want_more(self) -> None:
        """The next posts of a long thread."""
        self.fetch(self._read_on)

    async def _read_on(self) -> None:
        from cm_console.screens.reading import read_on

        reader = self.query_one(Reader)
        old = reader.reading
        if old is not None and old.more:
            longer = await read_on(self.services.inbox, old)
            reader.read(longer if reader.reading is old else reader.reading)

    async def go_to(self, thread_id: int) -> None:
        """Open a thread from elsewhere, in the view where it waits or else among all."""
        inbox = self.services.inbox
        waits = await inbox.key_of(View.NEEDS_REPLY, thread_id)
        self.view, self.words = View.NEEDS_REPLY if waits else View.ALL, ""
        self._head()
        rows = self._view_rows()
        self.list.show(rows, at=await rows.find(thread_id))
        await self.list.settled()
        self.read()

    # Commands

    def action_next_view(self) -> None:
        """Needs reply, mine, unassigned, waiting, snoozed, done, all."""
        self._turn(1)

    def action_previous_view(self) -> None:
        """The other way round."""
        self._turn(-1)

    def _turn(self, by: int) -> None:
        views = list(VIEWS)
        self.show_view(views[(views.index(self.view) + by) % len(views)])

    def action_more(self) -> None:
        """Long posts in full."""
        self.query_one(Reader).toggle_full()

    async def action_reply(self) -> None:
        """Write a public answer."""
        await self._write_to("reply")

    async def action_note(self) -> None:
        """Write a private note."""
        await self._write_to("note")

    async def _write_to(self, kind: str) -> None:
        await self.list.settled()
        if self.list.current is not None:
            self.perform(self._write(kind, self.list.current.id), asks=True)

    async def _write(self, kind: str, thread_id: int) -> str:
        from cm_console.screens.compose import ComposeScreen

        inbox, key = self.services.inbox, f"{kind}:{thread_id}"
        card = await inbox.thread(thread_id)
        if card is None:
            raise Impossible("this thread is gone")
        if kind == "reply" and "reply" not in card.verbs:
            raise Impossible(f"{card.row.source} takes no replies: it is read-only, or its token may not")
        posts = await inbox.posts(thread_id, limit=CONTEXT)

        async def keep(text: str) -> None:
            await inbox.save_draft(key, text)

        written = await self.ask(
            ComposeScreen(kind, card, posts, await inbox.draft(key), keep, now=self.services.clock.now())
        )
        if written is None:
            return ""
        text, done = written
        if kind == "note":
            await inbox.note(thread_id, text)
            await keep("")
            return "Noted, for colleagues only."
        await inbox.reply(thread_id, text, then=Then.DONE if done else Then.WAIT)
        self.list.pass_over({thread_id})
        return "On its way; z takes it back."

    async def action_done(self) -> None:
        """Nothing left to answer; open it again if it was done already."""
        await self.list.settled()
        chosen = self.list.chosen()
        if chosen and all(row.status is Status.DONE for row in chosen):
            self.perform(self._say(self.services.inbox.reopen(await self.list.take()), "Open again"))
        elif chosen:
            self.perform(self._say(self.services.inbox.done(await self.list.take()), "Done"))

    async def _say(self, deed: Awaitable[None], words: str) -> str:
        await deed
        return f"{words}."

    async def action_assign(self) -> None:
        """To me, a colleague or nobody."""
        from cm_console.screens.inbox_questions import assignee

        question = assignee(self.services.actor, self.services.team)
        await self._decide(question, lambda ids, name: self.services.inbox.assign(ids, name or None), "Assigned")

    async def action_snooze(self) -> None:
        """Until later, or until they write again."""
        from cm_console.screens.inbox_questions import until

        await self._decide(until(), self._snooze, "Snoozed")

    async def _snooze(self, ids: list[int], answer: str) -> None:
        from cm_console.screens.inbox_questions import days, snooze_until

        if answer == "days":
            answer = await self.ask(days()) or ""
        await self.services.inbox.snooze(ids, snooze_until(answer, self.services.clock.now(), self.services.zone))

    async def _decide(
        self,
        question: Screen[V | None],
        deed: Callable[[list[int], V], Awaitable[None]],
        words: str,
        *,
        go_on: bool = True,
    ) -> None:
        """Ask about the chosen rows, do it, and go on to the next row, if the answer was not "back"."""
        await self.list.settled()
        ids = [row.id for row in self.list.chosen()]

        async def command() -> str:
            answer = await self.ask(question)
            if answer is None:
                return ""
            await deed(ids, answer)
            self.list.marks.clear()
            if go_on:
                self.list.pass_over(set(ids))
            return f"{words}." if len(ids) == 1 else f"{words}: {len(ids)}."

        if ids:
            self.perform(command(), asks=True)

    async def action_tag(self) -> None:
        """Tags in one line; of several rows: +this -that."""
        from cm_console.screens.inbox_questions import retagged, tags

        chosen = self.list.chosen()
        have = sorted(chosen[0].tags) if len(chosen) == 1 else []

        async def deed(ids: list[int], line: str) -> None:
            for word, remove in retagged(line, have):
                await self.services.inbox.tag(ids, word, remove=remove)

        await self._decide(tags(have, len(chosen)), deed, "Tagged", go_on=False)

    async def action_moderate(self) -> None:
        """A case for the moderators, with the reason."""
        from cm_console.screens.inbox_questions import reason

        async def deed(ids: list[int], why: str) -> None:
            for id in ids:
                await self.services.moderation.flag(id, None, why)

        await self._decide(reason(), deed, "Sent to moderation")

    async def action_tell(self) -> None:
        """Close it, lock it, mark the solution, assign it there: what the platform itself is told."""
        from cm_console.screens.telling import tell

        await self.list.settled()
        if self.list.current is not None:
            self.perform(tell(self, self.list.current.id), asks=True)

    async def action_priority(self) -> None:
        """How urgent it is; it moves in the list."""
        from cm_console.screens.inbox_questions import priority

        await self._decide(priority(), self.services.inbox.prioritise, "Priority set", go_on=False)

    async def action_open_link(self) -> None:
        """The thread's own page, or one of the links in what is shown."""
        self.perform(self._open_link(), asks=True)

    async def _open_link(self) -> str:
        from cm_console.screens.inbox_questions import link

        reading = self.query_one(Reader).reading
        if reading is None:
            return ""
        if not reading.card.url and not reading.links:
            return "There is no link here."
        url = await self.ask(link(reading)) if reading.links else reading.card.url
        if url:
            self.app.open_url(url)
        return ""

    async def action_copy_link(self) -> None:
        """The thread's own address."""
        reading = self.query_one(Reader).reading
        if reading is not None and reading.card.url:
            self.app.copy_to_clipboard(reading.card.url)
            self.say("Copied.")
        else:
            self.say("There is no link to copy.")
