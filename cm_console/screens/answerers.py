"""Who could answer: members who answered such questions before, with the answers that speak for them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import cast

from textual.widget import Widget

from cm_console.model.similar import Answerer
from cm_console.screens.mode import ModeScreen, Panes
from cm_console.screens.services import Services
from cm_console.screens.similar_rows import Ranked, answerer_cells, answerer_lines, ranked
from cm_console.widgets.laid import Laid
from cm_console.widgets.lines import Cell
from cm_console.widgets.rows import RowList
from cm_console.widgets.window import MemoryRows


class AnswerersScreen(ModeScreen, scope="answerers"):
    """Gives ("call" | "message" | "visit", the member), or None; what is done with it is up to who asked."""

    found: tuple[Answerer, ...] = ()

    def __init__(self, services: Services, thread_id: int) -> None:
        super().__init__(services)
        self.thread_id = thread_id

    def compose_body(self) -> Iterable[Widget]:
        """List and proof."""
        with Panes():
            yield RowList[Ranked[Answerer]](self.cells, id="list")
            yield Laid(id="side")

    def cells(self, row: Ranked[Answerer], width: int) -> list[Cell]:
        """See answerer_cells."""
        return answerer_cells(row, self.services.clock.now(), width)

    async def on_mount(self) -> None:
        """The ranking is there at once."""
        await super().on_mount()
        self.list.head("Who could answer ─ answered such questions before, seen lately")
        self.query_one(Laid).add_class("pane")
        self.list.focus()
        self.fetch(self._look)

    async def _look(self) -> None:
        assert self.services.similar is not None
        self.found = tuple(await self.services.similar.who(self.thread_id))
        self.list.empty = "No member answered such a question yet.\nesc goes back, a gives it to a colleague"
        self.list.show(MemoryRows(ranked(self.found)))

    def filter_rows(self, words: str) -> None:
        """Only names with these words."""
        wanted = words.strip().lower()
        self.list.show(MemoryRows(ranked([one for one in self.found if wanted in f"{one.handle} {one.name}".lower()])))

    def on_row_list_highlighted(self, event: RowList.Highlighted) -> None:
        """Show what speaks for them."""
        side, now = self.query_one(Laid), self.services.clock.now()
        row = cast("Ranked[Answerer] | None", event.row)
        if row is None:
            side.lay(lambda width: [])
        else:
            side.lay(lambda width: answerer_lines(row.one, now, width), about=row.id)

    async def refresh_rows(self) -> None:
        """The ranking stays as it was found."""

    # Commands

    async def action_reply(self) -> None:
        """Mention them in our reply."""
        await self._give("call")

    async def action_message(self) -> None:
        """Write to them privately, by template."""
        await self._give("message")

    async def action_who(self) -> None:
        """Everything about the member."""
        from cm_console.screens.inbox_person import open_person

        await self.list.settled()
        current = cast("Ranked[Answerer] | None", self.list.current)
        if current is not None:
            open_person(self, current.one.id)

    async def action_visit(self) -> None:
        """Go to the most similar thread they answered."""
        await self._give("visit")

    async def _give(self, what: str) -> None:
        await self.list.settled()
        current = cast("Ranked[Answerer] | None", self.list.current)
        if current is not None:
            self.dismiss((what, current.one))
