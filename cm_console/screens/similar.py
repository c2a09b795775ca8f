"""Similar questions that were answered: the list, the answer's text beside it, and one key to use it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import cast

from textual.widget import Widget

from cm_console.model.similar import Comparison, Similar
from cm_console.screens.mode import ModeScreen, Panes
from cm_console.screens.services import Services
from cm_console.screens.similar_rows import Ranked, ranked, similar_cells, similar_lines
from cm_console.widgets.laid import Laid
from cm_console.widgets.lines import Cell
from cm_console.widgets.rows import RowList
from cm_console.widgets.window import MemoryRows


class SimilarScreen(ModeScreen, scope="similar"):
    """Gives ("quote" | "link" | "visit", the thread chosen), or None; what is done with it is up to who asked."""

    compared: Comparison | None = None

    def __init__(self, services: Services, thread_id: int) -> None:
        super().__init__(services)
        self.thread_id = thread_id

    def compose_body(self) -> Iterable[Widget]:
        """List and answer."""
        with Panes():
            yield RowList[Ranked[Similar]](self.cells, id="list")
            yield Laid(id="side")

    def cells(self, row: Ranked[Similar], width: int) -> list[Cell]:
        """See similar_cells."""
        return similar_cells(row, self.services.clock.now(), width)

    async def on_mount(self) -> None:
        """The ranking is there within some 30 ms."""
        await super().on_mount()
        self.list.head("Similar, answered")
        self.query_one(Laid).add_class("pane")
        self.list.focus()
        self.fetch(self._compare)

    async def _compare(self) -> None:
        assert self.services.similar is not None
        self.compared = compared = await self.services.similar.similar(self.thread_id)
        self.list.head(f"Similar, answered ─ {compared.formula}")
        unread = f"\n{compared.unread:,} threads of the archive are still being read." if compared.unread else ""
        self.list.empty = f"Nothing like it was answered yet.{unread}\nesc goes back, W asks who could answer"
        self.list.show(MemoryRows(ranked(compared.found)))

    def filter_rows(self, words: str) -> None:
        """Only titles and answers with these words."""
        if self.compared is not None:
            wanted = words.strip().lower()
            fits = [one for one in self.compared.found if wanted in f"{one.title} {one.answer.body}".lower()]
            self.list.show(MemoryRows(ranked(fits)))

    def on_row_list_highlighted(self, event: RowList.Highlighted) -> None:
        """Show its answer beside it."""
        side, compared, now = self.query_one(Laid), self.compared, self.services.clock.now()
        row = cast("Ranked[Similar] | None", event.row)
        if row is None or compared is None:
            side.lay(lambda width: [])
        else:
            side.lay(lambda width: similar_lines(row.one, compared, now, width), about=row.id)

    async def refresh_rows(self) -> None:
        """The ranking stays as it was found."""

    # Commands

    async def action_reply(self) -> None:
        """Its answer as a quote in our reply."""
        await self._give("quote")

    async def action_link(self) -> None:
        """Its link in our reply."""
        await self._give("link")

    async def action_visit(self) -> None:
        """Go to the thread itself."""
        await self._give("visit")

    async def _give(self, what: str) -> None:
        await self.list.settled()
        current = cast("Ranked[Similar] | None", self.list.current)
        if current is not None:
            self.dismiss((what, current.one))

    async def action_who(self) -> None:
        """Who gave the answer."""
        from cm_console.screens.inbox_person import open_whose

        await self.list.settled()
        current = cast("Ranked[Similar] | None", self.list.current)
        if current is not None:
            self.perform(open_whose(self, [("post", current.one.answer.post_id)]))

    async def action_copy_link(self) -> None:
        """The answer's address."""
        await self.list.settled()
        current = cast("Ranked[Similar] | None", self.list.current)
        if current is not None and current.one.link and not current.one.direct:
            self.app.copy_to_clipboard(current.one.link)
            self.say("Copied.")
        else:
            self.say("It has no address that others could open.")
