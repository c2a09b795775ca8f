"""The cases on the screen: lists on the left, everything needed to judge one on the right, and what it leads to."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from functools import partial
from typing import cast

from textual.widget import Widget

from cm_console import keys
from cm_console.model.action import Verb
from cm_console.model.inbox import Then
from cm_console.model.moderation import CaseRow, CaseView
from cm_console.model.outbox import OutboxRow, State
from cm_console.screens import verdicts
from cm_console.screens.case_rows import VIEWS, CaseList, CaseRows, row_cells
from cm_console.screens.dialogs import Choice, Choose
from cm_console.screens.list_keys import FilterLine
from cm_console.screens.mode import ModeScreen, Panes
from cm_console.services.desk import Impossible
from cm_console.widgets.case import Judging, case_lines
from cm_console.widgets.decided import leaves_words
from cm_console.widgets.footer import KeyLine, Off
from cm_console.widgets.laid import Laid
from cm_console.widgets.lines import Cell
from cm_console.widgets.links import real_host
from cm_console.widgets.rows import RowList

NEWEST = 50
"""Actions looked through for what is still held."""


class CasesScreen(ModeScreen):
    """Shows cases; the moderation screen adds what decides them."""

    view = CaseView.OPEN
    words = ""
    full = False
    judging: Judging | None = None
    held: tuple[OutboxRow, ...] = ()

    def compose_body(self) -> Iterable[Widget]:
        """List and case."""
        with Panes():
            yield CaseList(self.cells, empty=VIEWS[self.view][2], id="list")
            yield Laid(id="side")

    def cells(self, row: CaseRow, width: int) -> list[Cell]:
        """See row_cells."""
        return row_cells(row, self.services.clock.now(), width, self.services.actor)

    async def on_mount(self) -> None:
        """Show the open cases; from now on what is held counts down."""
        await super().on_mount()
        self.query_one("#side").add_class("pane")
        self.show_view(self.view)
        self.list.focus()
        self.set_interval(1, self._tick)

    def show_view(self, view: CaseView, *, at: CaseRow | None = None) -> None:
        """Another list, from its top or at one row."""
        self.end_reading()
        self.view = view
        name, order, empty = VIEWS[view]
        self.list.head(f"{name} ─ {f'“{self.words}”' if self.words else 'all sources'} ─ {order}")
        self.list.empty = f"Nothing here has “{self.words}”.\nesc shows all" if self.words else empty
        self.list.show(CaseRows(self.services.moderation, view, self.words), at=at)

    def filter_rows(self, words: str) -> None:
        """See ModeScreen."""
        self.words = words.strip()
        self.show_view(self.view)

    async def refresh_rows(self) -> None:
        """See ModeScreen."""
        self.list.refresh_rows()
        self._read_current()

    async def go_to(self, case_id: int) -> None:
        """Open a case from elsewhere, among the open ones or else among the ended."""
        open_rows = CaseRows(self.services.moderation, CaseView.OPEN)
        row, self.view = await open_rows.find(case_id), CaseView.OPEN
        if row is None:
            row = await CaseRows(self.services.moderation, CaseView.ENDED).find(case_id)
            self.view = CaseView.ENDED if row else CaseView.OPEN
        self.drop_filter()
        self.show_view(self.view, at=row)
        await self.list.settled()
        self.read()

    def drop_filter(self) -> None:
        """All rows again, without reading them."""
        field, self.words = self.query_one(FilterLine), ""
        with self.prevent(FilterLine.Changed):
            field.value = ""
        field.display = False

    # The case

    def on_row_list_highlighted(self, event: RowList.Highlighted) -> None:
        """Another case under the cursor."""
        self.full = False
        self._read_current()

    def _read_current(self) -> None:
        self.fetch(self._read)

    async def _read(self) -> None:
        row = cast("CaseRow | None", self.list.current)
        moderation, now = self.services.moderation, self.services.clock.now()
        card = await moderation.case(row.id) if row else None
        guidelines, me = moderation.guidelines, self.services.actor
        self.judging = Judging(card, guidelines, me, now, self.full) if card else None
        newest = await self.services.outbox.page(limit=NEWEST)
        self.held = tuple(row for row in newest if self._is_held(row, now))
        self._lay()
        self._tell_held()
        if self._chords is None:
            self.query_one(KeyLine).show(self.hints())

    def _lay(self) -> None:
        side, judging = self.query_one("#side", Laid), self.judging
        side.lay(partial(case_lines, judging) if judging else lambda width: [], about=judging and judging.card.row.id)

    def _is_held(self, row: OutboxRow, now: int) -> bool:
        mine = row.case_id is not None and row.created_by == self.services.actor
        return mine and row.state is State.QUEUED and not row.attempts and row.not_before > now

    def _tell_held(self) -> None:
        now = self.services.clock.now()
        held = [row for row in self.held if self._is_held(row, now)]
        same = [row for row in held if row.created_at == held[0].created_at]
        number = f" {len(same)}" if len(same) > 1 else ""
        words = f"⇡ {same[0].verb}{number} {leaves_words(same[0].not_before, now, mine=True)}" if same else ""
        cast("CaseList", self.list).tell(words)

    def _tick(self) -> None:
        """A second has passed: only what is held changes by itself."""
        if self.held and self.is_current:
            self._tell_held()
            if self.judging is not None and self.judging.card.decisions:
                self.judging = replace(self.judging, now=self.services.clock.now())
                self._lay()

    def hints(self) -> list[tuple[str, str]]:
        """The keys; those the source cannot do are greyed."""
        able = self.judging.card.verbs if self.judging else frozenset(Verb)
        off = {keys.BY_ID[f"moderation.{verb}"].label for verb in verdicts.DONE if verb not in able}
        return [(key, Off(label) if label in off else label) for key, label in super().hints()]

    # Lists

    def action_next_view(self) -> None:
        """Open, mine, escalated, ended."""
        self._turn(1)

    def action_previous_view(self) -> None:
        """The other way round."""
        self._turn(-1)

    def _turn(self, by: int) -> None:
        views = list(VIEWS)
        self.show_view(views[(views.index(self.view) + by) % len(views)])

    # Beside deciding

    def action_history(self) -> None:
        """What this person did before."""
        self.perform(self._history(), asks=True)

    async def _history(self) -> str:
        from cm_console.screens.over import Over
        from cm_console.widgets.case import who_lines
        from cm_console.widgets.decided import history_lines, person_title

        judging = self.judging
        who = judging.card.who if judging else None
        if judging is None or who is None:
            return "The author is unknown, so there is no history." if judging else ""
        moderation, now = self.services.moderation, self.services.clock.now()
        decisions, posts = await moderation.history(who.id), await moderation.posts_of(who.id)
        clauses, me = moderation.guidelines, self.services.actor
        await self.ask(
            Over(
                person_title(who),
                lambda width: history_lines(who_lines(who, now, width), decisions, posts, clauses, me, now, width),
                key="u",
            )
        )
        return ""

    def action_person(self) -> None:
        """Who it is on all platforms: the one who is judged, or somebody who reported it."""
        from cm_console.screens.inbox_person import open_whose

        if self.judging is not None:
            card = self.judging.card
            who: list[tuple[str, int | str]] = [("member", card.who.id)] if card.who is not None else []
            self.perform(
                open_whose(self, [*who, *(("report", each.id) for each in card.reports)], first="P"), asks=True
            )

    def action_reply(self) -> None:
        """In public, in its thread."""
        self.perform(self._reply(), asks=True)

    async def _reply(self) -> str:
        from cm_console.screens.answering import answer

        thread_id = self.judging.card.thread_id if self.judging else None
        inbox = self.services.inbox
        card = await inbox.thread(thread_id) if thread_id is not None else None
        if card is None or self.judging is None:
            raise Impossible("there is no thread to answer in")
        posts = await inbox.newest_posts(card.row.id)
        if (what := self.judging.card.what) is not None and (what.state, what.role) == ("visible", "member"):
            card = replace(card, to=what)
            posts[:0] = [what] if all(post.id != what.id for post in posts) else []
        return await answer(self, card, posts, Then.KEEP)

    def action_more(self) -> None:
        """The whole post, or its beginning again."""
        self.full = not self.full
        self._read_current()

    def action_open_link(self) -> None:
        """Its own page, or one of the links in what is shown."""
        self.perform(self._open_link(), asks=True)

    async def _open_link(self) -> str:
        judging = self.judging
        if judging is None:
            return ""
        own = [Choice("0", "where it was posted", judging.card.url)] if judging.card.url else []
        links = [Choice(str(n), f"{real_host(url)}  {url}", url) for n, url in enumerate(judging.links[:9], 1)]
        if not own and not links:
            return "There is no link here."
        url = await self.ask(Choose("Open which link?", [*own, *links])) if links else own[0].value
        if url:
            self.app.open_url(url)
        return ""

    def action_copy_link(self) -> None:
        """Its own address."""
        url = self.judging.card.url if self.judging else ""
        if url:
            self.app.copy_to_clipboard(url)
        self.say("Copied." if url else "There is no link to copy.")
