"""Full-text search over all posts: newest first, as it is typed; enter goes to the thread in the inbox."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, cast
from weakref import WeakKeyDictionary

from textual.app import App
from textual.widget import Widget
from textual.widgets import Input

from cm_console.model.thread import Found
from cm_console.model.time import short_age
from cm_console.screens.mode import ModeScreen, Panes
from cm_console.screens.reading import read_thread
from cm_console.services.inbox import InboxService
from cm_console.widgets.lines import Cell, hue
from cm_console.widgets.reader import Reader
from cm_console.widgets.rows import RowList

MOST = 1_000
"""Hits one can go back through; more are found with one more word."""


@dataclass(frozen=True, slots=True)
class Hit:
    """A hit as a list row."""

    id: int
    key: int
    found: Found


class Hits:
    """The hits of some words, newest first; those already seen are kept, as the search only goes back in time."""

    def __init__(self, service: InboxService, words: str) -> None:
        self.service, self.words = service, words
        self.seen: list[Hit] = []
        self.complete = not words.strip()

    async def after(self, key: Any, limit: int) -> Sequence[Hit]:
        """See widgets.window.Rows."""
        at = 0 if key is None else next((i for i, hit in enumerate(self.seen) if hit.key < key), len(self.seen))
        while not self.complete and len(self.seen) < at + limit:
            await self._seek(limit)
        return self.seen[at : at + limit]

    async def before(self, key: Any, limit: int) -> Sequence[Hit]:
        """See widgets.window.Rows."""
        while key is None and not self.complete:
            await self._seek(200)
        return [hit for hit in self.seen if key is None or hit.key > key][-limit:]

    async def _seek(self, limit: int) -> None:
        last = self.seen[-1].key if self.seen else None
        found = await self.service.search(self.words, before=last, limit=limit)
        self.seen += [Hit(each.key, each.key, each) for each in found]
        self.complete = len(found) < limit or len(self.seen) >= MOST

    async def total(self) -> int | None:
        """See widgets.window.Rows; not counted before the end was seen."""
        return len(self.seen) if self.complete else None

    async def position(self, key: Any) -> int | None:
        """See widgets.window.Rows."""
        return sum(1 for hit in self.seen if hit.key > key)

    async def find(self, id: Any) -> Hit | None:
        """See widgets.window.Rows."""
        return next((hit for hit in self.seen if hit.id == id), None)


_OPENED: WeakKeyDictionary[App[Any], tuple[Hits, Hit]] = WeakKeyDictionary()
"""The hits one of which was opened last: who comes back goes on with the next."""


class SearchScreen(ModeScreen, scope="search"):
    """A field, and the hits below it; after one was opened it stands there again, its words selected."""

    def compose_body(self) -> Iterable[Widget]:
        """Field, hits, thread."""
        words = _OPENED[self.app][0].words if self.app in _OPENED else ""
        yield Input(words, placeholder='words, or "a phrase"', id="words", compact=True)
        with Panes():
            yield RowList[Hit](self.cells, empty="Type to search all posts.", id="list")
            yield Reader(id="side")

    async def on_mount(self) -> None:
        """Ready to type."""
        await super().on_mount()
        self.list.can_focus = False
        self.list.head("Search ─ all posts ─ newest first")
        self.set_focus(self.query_one("#words"))

    def cells(self, hit: Hit, width: int) -> list[Cell]:
        """Age, who, where it matches, platform."""
        found = hit.found
        age = Cell(short_age(self.services.clock.now() - found.at), "dim", 4, right=True)
        title = [Cell(found.title, "dim", 24)] if width >= 90 else []
        return [age, Cell(found.author, "", 10), Cell(found.snippet), *title, Cell(found.source, hue(found.source), 6)]

    def on_input_changed(self, event: Input.Changed) -> None:
        """Search as it is typed."""
        words = event.value
        self.list.empty = f"Nothing has “{words.strip()}”." if words.strip() else "Type to search all posts."
        hits, at = _OPENED.pop(self.app, (None, None))
        if hits is None or hits.words != words:
            hits, at = Hits(self.services.inbox, words), None
        self.list.show(hits, at=at)

    def hints(self) -> list[tuple[str, str]]:
        """Letters are for the field here."""
        return [
            ("enter", "open the thread"),
            ("^o", "who wrote it"),
            ("↑ ↓", "move"),
            ("PgDn PgUp", "page"),
            ("esc", "back"),
        ]

    async def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter: to the thread."""
        await self.list.settled()
        self.list.choose()

    async def action_person(self) -> None:
        """Who wrote the hit."""
        from cm_console.screens.inbox_person import open_person

        await self.list.settled()
        hit = self.list.current
        if hit is not None and hit.found.author_id is not None:
            open_person(self, hit.found.author_id)
        elif hit is not None:
            self.say("Who wrote it is unknown.")

    def on_row_list_highlighted(self, event: RowList.Highlighted) -> None:
        """Show the thread of the hit beside it."""
        if not self.has_class("-narrow"):
            self.fetch(partial(self._preview, event.row))

    async def _preview(self, hit: Hit | None) -> None:
        inbox, now, at = self.services.inbox, self.services.clock.now(), hit.found.key if hit else None
        self.query_one(Reader).read(await read_thread(inbox, hit.found.thread_id, now, at=at) if hit else None, at=at)

    def on_row_list_chosen(self, event: RowList.Chosen) -> None:
        """Go to the post in its thread, where everything can be done with it."""
        _OPENED[self.app] = (cast(Hits, self.list.pager.rows), event.row)
        self.dismiss(event.row.found)

    async def refresh_rows(self) -> None:
        """Hits stay as they were found."""
