"""Members: persons by segment - who is new, who helps, who falls quiet - and why; note, tag, follow up."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial
from typing import Any, cast

from textual.widget import Widget

from cm_console.model.directory import ALL, DUE, Narrow, PersonRow, Sort, parse_narrow
from cm_console.screens.members_commands import MembersCommands
from cm_console.screens.members_files import MembersFiles
from cm_console.screens.mode import Panes
from cm_console.screens.services import Services
from cm_console.services.directory import DirectoryService
from cm_console.widgets.directory import person_cells, standing_lines
from cm_console.widgets.laid import Laid
from cm_console.widgets.lines import Cell
from cm_console.widgets.rows import RowList
from cm_console.widgets.sections import SectionLine

EMPTY = {
    ALL: "Nobody is known yet.\nR syncs all sources",
    DUE: "Nobody waits for a follow-up.\nt on a person notes one",
    "quiet": "Nobody who wrote regularly fell quiet.",
    "at-risk": "Nobody busy stays away.",
}


class PersonRows:
    """A list of persons as a list reads it."""

    def __init__(self, service: DirectoryService, view: str, sort: Sort, narrow: Narrow) -> None:
        self.service, self.view, self.sort, self.narrow = service, view, sort, narrow

    async def _page(self, key: Any, limit: int, *, forward: bool) -> list[PersonRow]:
        return await self.service.page(self.view, self.sort, self.narrow, key=key, forward=forward, limit=limit)

    async def after(self, key: Any, limit: int) -> Sequence[PersonRow]:
        """See widgets.window.Rows."""
        return await self._page(key, limit, forward=True)

    async def before(self, key: Any, limit: int) -> Sequence[PersonRow]:
        """See widgets.window.Rows."""
        return (await self._page(key, limit, forward=False))[::-1]

    async def total(self) -> int:
        """See widgets.window.Rows."""
        return await self.service.count(self.view, self.narrow)

    async def position(self, key: Any) -> int | None:
        """Not asked of the store: it would have to count."""
        return None

    async def find(self, id: Any) -> PersonRow | None:
        """See widgets.window.Rows."""
        return await self.service.row(id, self.view, self.sort)


class MembersScreen(MembersCommands, MembersFiles, scope="members"):
    """Segments above, persons on the left, who they are on the right."""

    view = ALL
    sort = Sort.SEEN
    narrow = Narrow()

    def __init__(self, services: Services) -> None:
        super().__init__(services)
        assert services.directory is not None
        self.directory = services.directory
        self.words = ""

    def compose_body(self) -> Iterable[Widget]:
        """Lists, persons, the current one."""
        yield SectionLine(())
        with Panes():
            yield RowList[PersonRow](self.cells, id="list")
            yield Laid(id="side")

    def cells(self, row: PersonRow, width: int) -> list[Cell]:
        """See person_cells; among all, instead of a reason the segments they are in."""
        segments = ", ".join(self.directory.title(name).lower() for name in row.segments if name != "active")
        told = self.narrow.level or self.view in (DUE, *self.directory.rules.names)
        why = self.directory.reason(row, self.view, self.narrow) if told else segments
        return person_cells(row, self.view, why, self.services.clock.now(), width, self.services.zone)

    async def on_mount(self) -> None:
        """Show everybody."""
        await super().on_mount()
        self.query_one("#side").add_class("pane")
        self.show_list(self.view)
        self.list.focus()

    def show_list(self, view: str) -> None:
        """Another list, from its top."""
        self.view = view
        self._head()
        self.list.show(PersonRows(self.directory, view, self.sort, self.narrow))
        self.run_worker(self._tell_counting(), group="counting", exclusive=True)

    async def _tell_counting(self) -> None:
        """An empty list may only not be counted yet: the first time, or after the rules changed."""
        if await self.directory.untidy() and not self.words:
            self.list.empty = "Persons are still being counted.\nThey appear here by themselves."
            self.list.refresh()

    def show_sort(self, sort: Sort) -> None:
        """See MembersCommands."""
        self.sort = sort
        self.show_list(self.view)

    def _head(self) -> None:
        order = "soonest first" if self.view == DUE else f"by {self.sort}"
        self.list.head(f"{self.directory.title(self.view)} ─ {f'“{self.words}” ─ ' if self.words else ''}{order}")
        empty = EMPTY.get(self.view, "Nobody is in this segment.\n= shows its rule")
        self.list.empty = f"Nobody here is “{self.words}”.\nesc shows all" if self.words else empty
        titles = [self.directory.title(name) for name in self.directory.names]
        line, at = self.query_one(SectionLine), self.directory.names.index(self.view)
        while at and len("  ".join(titles[: at + 1])) + 2 * (at + 1) > self.size.width - 1:
            titles, at = titles[1:], at - 1
        line.sections = titles
        line.tell(titles[at], [f"posts✉ answers↩ of 90 days, by {self.sort}", f"by {self.sort}"])

    def filter_rows(self, words: str) -> None:
        """See ModeScreen."""
        self.words = words.strip()
        self.narrow = parse_narrow(self.words)
        self.show_list(self.view)

    async def refresh_rows(self) -> None:
        """See ModeScreen."""
        self._head()
        self.list.refresh_rows()
        self._read_current()
        await self._tell_counting()

    # The person beside the list

    def on_row_list_highlighted(self, event: RowList.Highlighted) -> None:
        """Another person under the cursor."""
        self._read_current()

    def _read_current(self) -> None:
        if not self.has_class("-narrow"):
            self.fetch(partial(self._read, cast("PersonRow | None", self.list.current)))

    async def _read(self, row: PersonRow | None) -> None:
        from cm_console.widgets.person import person_lines

        side, persons = self.query_one("#side", Laid), self.services.persons
        person = await persons.person(row.id) if row is not None and persons is not None else None
        if row is None or person is None:
            side.lay(lambda width: [])
            return
        whys = {self.directory.title(name): self.directory.why(row, name) for name in row.segments}
        level, now = self.directory.why_level(row), self.services.clock.now()
        clauses, me = self.services.moderation.guidelines, self.services.actor
        side.lay(
            lambda width: [
                *standing_lines(row, level, whys, width),
                *person_lines(person, clauses, me, now, self.services.zone, width),
            ],
            about=row.id,
        )  # fmt: skip

    # Moving

    def on_row_list_chosen(self, event: RowList.Chosen) -> None:
        """Enter: everything about them."""
        event.prevent_default()
        self.call_later(self.action_person)

    def on_section_line_picked(self, event: SectionLine.Picked) -> None:
        """A click on a list."""
        self.show_list(next(name for name in self.directory.names if self.directory.title(name) == event.section))

    def action_next_list(self) -> None:
        """The next list."""
        self._step(1)

    def action_previous_list(self) -> None:
        """The list before."""
        self._step(-1)

    def _step(self, by: int) -> None:
        names = self.directory.names
        self.show_list(names[(names.index(self.view) + by) % len(names)])
