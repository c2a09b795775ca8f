"""Feedback by themes: how often, by how many people, its trend, the quotes; and one answer to everyone who asked."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial
from typing import cast

from textual.widget import Widget

from cm_console.model.feedback import THANKS, Answer, Item, Theme
from cm_console.screens.mode import ModeScreen, Panes
from cm_console.screens.one_by_one import told
from cm_console.screens.services import Services
from cm_console.services.feedback import FeedbackService
from cm_console.widgets.feedback import quote_lines, theme_cells
from cm_console.widgets.laid import Laid
from cm_console.widgets.lines import Cell
from cm_console.widgets.rows import RowList
from cm_console.widgets.window import MemoryRows

QUOTES = 100
"""Of a theme the newest so many are shown; the export has all."""


class FeedbackScreen(ModeScreen, scope="feedback"):
    """Gives the thread one wants to go to, or None."""

    words = ""
    items: Sequence[Item] = ()

    def __init__(self, services: Services) -> None:
        super().__init__(services)
        assert services.feedback is not None
        self.feedback: FeedbackService = services.feedback

    def compose_body(self) -> Iterable[Widget]:
        """Themes and quotes."""
        with Panes():
            yield RowList[Theme](self.cells, id="list")
            yield Laid(id="side")

    def cells(self, row: Theme, width: int) -> list[Cell]:
        """See theme_cells."""
        return theme_cells(row, width)

    async def on_mount(self) -> None:
        """The themes, the most frequent first."""
        await super().on_mount()
        self.query_one(Laid).add_class("pane")
        self.list.empty = "Nothing is marked as feedback yet.\nf marks a thread in the inbox, with its theme"
        self.list.focus()
        self.fetch(self._load)

    async def _load(self) -> None:
        wanted, at = self.words.casefold(), self.list.current
        themes = await self.feedback.themes()
        rows = [each for each in themes if wanted in f"{each.name} {each.area}".casefold()]
        self.list.head(f"Feedback {sum(each.count for each in rows)} ─ {len(rows)} themes ─ most frequent first")
        here = next((each for each in rows if at is not None and each.id == at.id), None)
        self.list.show(MemoryRows(rows), at=here)
        await self.list.settled()
        await self._read()

    def filter_rows(self, words: str) -> None:
        """Only themes and areas with these words."""
        self.words = words.strip()
        self.fetch(self._load)

    async def refresh_rows(self) -> None:
        """See ModeScreen."""
        self.fetch(self._load)

    def on_row_list_highlighted(self, event: RowList.Highlighted) -> None:
        """Its quotes beside it."""
        self.fetch(self._read)

    async def _read(self) -> None:
        theme, side, now = self._theme, self.query_one(Laid), self.services.clock.now()
        if theme is None:
            side.lay(lambda width: [])
            return
        self.items = items = await self.feedback.items(theme.name, limit=QUOTES)
        side.lay(lambda width: quote_lines(theme, items, now, width), about=theme.id)

    @property
    def _theme(self) -> Theme | None:
        return cast("Theme | None", self.list.current)

    # Commands

    def _do(self, command: str) -> None:
        if self._theme is not None:
            self.perform(getattr(self, f"_{command}")(self._theme), asks=True)

    def action_answer(self) -> None:
        """Tell everyone who asked."""
        self._do("answer")

    async def _answer(self, theme: Theme) -> str:
        from cm_console.screens.batch import BatchScreen, WriteText, keep_left, send_batch
        from cm_console.screens.dialogs import Ask

        answer = await self.ask(Ask(f"What became of “{theme.name}”?", hint="shipped in 2.4"))
        if not answer:
            return ""
        title = f"To all {theme.people} who asked · {{member}}, {{title}}, {{answer}} are filled in"
        text = await self.ask(WriteText(title, THANKS))
        if text is None:
            return ""
        prepared = await self.feedback.prepare(theme.name, answer, text)
        batch = BatchScreen(f"“{theme.name}”: {answer}", prepared, self._whom)
        chosen = await self.ask(batch)
        kept = await keep_left(self, batch, chosen or ())
        if not chosen:
            return kept if chosen is None else f"No reply was ticked. {kept}".rstrip()
        number, sent, doubtful = await send_batch(self, chosen, partial(self.feedback.answer, answer))
        if doubtful:
            return f"{told('Replies', number, sent, doubtful)} {kept}".rstrip()
        return f"{number} repl{'y' if number == 1 else 'ies'} on the way; z takes all back. {kept}".rstrip()

    def action_export(self) -> None:
        """Write it to a file."""
        self._do("export")

    async def _export(self, theme: Theme) -> str:
        from cm_console.screens.dialogs import Ask, Choice, Choose, confirm

        answers = [Choice("a", "all themes", ""), Choice("t", f"only “{theme.name}”", str(theme.name))]
        which = await self.ask(Choose("Export", answers))
        if which is None:
            return ""
        name = await self.ask(Ask("To which file?", value="feedback.csv", hint=".csv or .json", whole=True))
        if not name:
            return ""
        path, there = self.feedback.place(name)
        over = confirm("Write over it?", f"{path.name} is there already.", "write over it")
        if there and not await self.ask(over):
            return ""
        number = await self.feedback.export(path, self.services.zone, which or None, over=there)
        return f"{number} written to {path}."

    def action_rename(self) -> None:
        """Another name, or part of another theme."""
        self._do("rename")

    async def _rename(self, theme: Theme) -> str:
        from cm_console.screens.suggesting import Suggest

        known = [str(each.name) for each in await self.feedback.themes() if each.id != theme.id]
        name = await self.ask(Suggest("Call it, or make it part of", known, value=str(theme.name)))
        if not name or name == theme.name:
            return ""
        number = await self.feedback.rename(theme.name, name)
        return f"“{name}”: {number}."

    async def _whom(self, answer: Answer) -> str:
        from cm_console.screens.inbox_person import open_whose

        return await open_whose(self, [("feedback", id) for id in answer.items])

    def action_who(self) -> None:
        """Who asked for it."""
        from cm_console.screens.inbox_person import open_whose

        if self._theme is not None:
            self.perform(open_whose(self, [("feedback", item.id) for item in self.items]), asks=True)

    def action_visit(self) -> None:
        """To the thread of a quote."""
        self._do("visit")

    async def _visit(self, theme: Theme) -> str:
        from cm_console.screens.dialogs import Choice, Choose

        answers = [
            Choice(str(n), f"{item.author}: {item.title}", item.thread_id) for n, item in enumerate(self.items[:9], 1)
        ]
        thread = answers[0].value if len(answers) == 1 else await self.ask(Choose("Which thread?", answers))
        if thread is not None:
            self.call_later(partial(self.dismiss, thread))
        return ""
