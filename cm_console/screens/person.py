"""A person: their timeline on all platforms at the left, everything the team knows of them at the right."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import Any, cast

from textual.widget import Widget

from cm_console.model.person import Happening, Moment, Person
from cm_console.screens.mode import Panes
from cm_console.screens.person_commands import PersonCommands
from cm_console.screens.services import Services
from cm_console.services.persons import PersonsService
from cm_console.widgets.laid import Laid
from cm_console.widgets.lines import Cell, one_line
from cm_console.widgets.person import moment_cells, person_lines
from cm_console.widgets.rows import RowList
from cm_console.widgets.sections import SectionLine

SECTIONS: Mapping[str, tuple[Happening, ...]] = {
    "All": (),
    "Posts": (Happening.POST,),
    "Judged": (Happening.DECISION, Happening.REPORT),
    "Contact": (Happening.SENT, Happening.CONTACT, Happening.NOTE, Happening.FOLLOW_UP),
    "Came": (Happening.CAME,),
}
"""Parts of the timeline."""


class MomentRows:
    """A person's timeline as a list reads it."""

    def __init__(self, service: PersonsService, member_id: int, section: str, words: str) -> None:
        self.service, self.member_id, self.only, self.words = service, member_id, SECTIONS[section], words
        self.seen: dict[Any, Moment] = {}

    async def _page(self, key: Any, limit: int, *, forward: bool) -> list[Moment]:
        where = {"only": self.only, "words": self.words, "key": key, "forward": forward, "limit": limit}
        page = await self.service.timeline(self.member_id, **where)
        self.seen.update((each.id, each) for each in page)
        return page

    async def after(self, key: Any, limit: int) -> Sequence[Moment]:
        """See widgets.window.Rows."""
        return await self._page(key, limit, forward=True)

    async def before(self, key: Any, limit: int) -> Sequence[Moment]:
        """See widgets.window.Rows."""
        return (await self._page(key, limit, forward=False))[::-1]

    async def total(self) -> int | None:
        """Nobody counts them."""
        return None

    async def position(self, key: Any) -> int | None:
        """Not asked of the store: it would have to count."""
        return None

    async def find(self, id: Any) -> Moment | None:
        """See widgets.window.Rows; only what was read before is asked for again."""
        return self.seen.get(id)


class PersonScreen(PersonCommands, scope="person"):
    """Opened over any screen that shows a name; `member_id` is one of the person's accounts."""

    words = ""
    section = "All"

    def __init__(self, services: Services, member_id: int = 0) -> None:
        super().__init__(services)
        assert services.persons is not None
        self.persons: PersonsService = services.persons
        self.member_id = member_id

    def compose_body(self) -> Iterable[Widget]:
        """Sections, timeline, person."""
        yield SectionLine(tuple(SECTIONS))
        with Panes():
            yield RowList[Moment](self.cells, id="list")
            yield Laid(id="side")

    def cells(self, row: Moment, width: int) -> list[Cell]:
        """See moment_cells."""
        return moment_cells(row, self.services.clock.now(), width, self.services.zone)

    async def on_mount(self) -> None:
        """Below 100 columns one sees the person first, the timeline with tab."""
        await super().on_mount()
        self.query_one("#side").add_class("pane")
        self.show_section(self.section)
        self.list.focus()
        if self.has_class("-narrow"):
            self.read()
        self.fetch(self._read)

    def show_section(self, section: str) -> None:
        """Another part of the timeline."""
        self.section = section
        self._head()
        empty = "Nothing of this kind is known." if section != "All" else "Nothing is known of what they did."
        self.list.empty = f"Nothing here has “{self.words}”.\nesc shows all" if self.words else empty
        self.list.show(MomentRows(self.persons, self.member_id, section, self.words))

    def _head(self) -> None:
        who = one_line(self.known.main.handle) if self.known else "…"
        what = f"“{self.words}”" if self.words else "all platforms"
        self.list.head(f"{who} ─ {what} ─ newest first")
        places = len(self.known.accounts) if self.known else 1
        more = " ─ tab: timeline" if self.reading and self.has_class("-narrow") else ""
        abouts = [f"{who}, {places} account{'s' if places > 1 else ''}{more}", f"{who}{more}", more.lstrip(" ─") or who]
        self.query_one(SectionLine).tell(self.section, abouts)

    def filter_rows(self, words: str) -> None:
        """See ModeScreen."""
        self.words = words.strip()
        self.show_section(self.section)

    async def refresh_rows(self) -> None:
        """See ModeScreen."""
        self.list.refresh_rows()
        self.fetch(self._read)

    async def _read(self) -> None:
        person = await self.persons.person(self.member_id)
        if person is None:
            self.say("There is no such account any more.", wrong=True)
            return
        self.known: Person | None = person
        clauses, me, now = self.services.moderation.guidelines, self.services.actor, self.services.clock.now()
        lines = partial(person_lines, person, clauses, me, now, self.services.zone)
        self.query_one("#side", Laid).lay(lambda width: lines(width), about=person.id)
        self._head()

    # Moving

    def on_section_line_picked(self, event: SectionLine.Picked) -> None:
        """A click on a section."""
        self.show_section(event.section)

    def action_next_section(self) -> None:
        """The next part of the timeline; from the person to the timeline first, where only one fits."""
        if self.reading and self.has_class("-narrow"):
            self.read(False)
            self._head()
        else:
            self._step(1)

    def action_previous_section(self) -> None:
        """The part before."""
        self._step(-1)

    def _step(self, by: int) -> None:
        names = list(SECTIONS)
        self.show_section(names[(names.index(self.section) + by) % len(names)])

    def action_back(self) -> None:
        """Out of the filter, then out of the screen; where one pane fits, from the timeline to the person first."""
        narrow = self.has_class("-narrow")
        if narrow and self.reading:
            self.dismiss()
        elif narrow and not self.words and not self.list.marks:
            self.read()
        else:
            super().action_back()

    async def action_open(self) -> None:
        """Where only one pane fits: from the person to the timeline; nothing opens that cannot be seen."""
        if self.reading and self.has_class("-narrow"):
            self.read(False)
            self._head()
        else:
            await super().action_open()

    def on_row_list_chosen(self, event: RowList.Chosen) -> None:
        """Go to the thread or case, where everything can be done with it."""
        event.prevent_default()
        row = cast("Moment", event.row)
        if row.case_id is None and row.thread_id is None:
            self.read()
            return
        from cm_console.screens.travel import go_to

        item, id = ("thread", row.thread_id) if row.thread_id is not None else ("case", row.case_id)
        assert id is not None
        post = [row.post_id] if item == "thread" and row.post_id is not None else []
        self.app.run_worker(go_to(self.app, item, id, *post), group="commands")
