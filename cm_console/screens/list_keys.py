"""The keys all screens share: moving, opening, going back, filtering, and the two-key commands."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any, ClassVar

from textual import events
from textual.screen import Screen
from textual.widgets import Input

from cm_console import keys
from cm_console.model.many import MOST
from cm_console.screens.services import Services
from cm_console.widgets.footer import KeyLine
from cm_console.widgets.rows import RowList

if TYPE_CHECKING:
    from textual.worker import Worker

REACTION = 0.4
"""Seconds within which nobody has seen yet that another row is under the cursor."""


class FilterLine(Input):
    """The words that narrow the list, as they are typed."""

    def __init__(self) -> None:
        super().__init__(placeholder="words in title, author or place", id="filter", compact=True)
        self.display = False


class ListKeys(Screen[Any]):
    """A screen with a list (`#list`), perhaps a side pane (`#side`), a filter line and a key line."""

    scope: ClassVar[str]
    services: Services
    _chords: dict[str, keys.Command] | None = None

    def filter_rows(self, words: str) -> None:
        """Show only rows with these words; "" for all."""

    def hints(self) -> list[tuple[str, str]]:
        """Keys and labels for the key line."""
        return keys.hints(self.scope, self.services.keymap)

    @property
    def list(self) -> RowList[Any]:
        """The list of the screen."""
        return self.query_one("#list", RowList)

    @property
    def reading(self) -> bool:
        """Whether the side pane has the keys."""
        return self.has_class("-reading")

    def read(self, reading: bool = True) -> None:
        """Give the keys to the side pane, or back to the list."""
        self.set_class(reading, "-reading")
        self.set_focus(self.query_one("#side") if reading else self.list)

    def end_reading(self) -> None:
        """Back to the list, as it shows something else now: what was read may not be in it."""
        if self.reading:
            self.read(False)

    async def chord(self, event: events.Key) -> bool:
        """The two-key commands: `g`, then a letter; the key line shows which. Whether the key was part of one."""
        if self._chords is None and event.key != keys.GO:
            return False
        if self._chords is None:
            self._chords = keys.chords(self.scope, self.services.keymap)
            shown = [(keys.shown(key), command.label) for key, command in self._chords.items()]
            self.query_one(KeyLine).show([(f"{keys.GO} …", ""), *shown, ("esc", "back")])
            return True
        command = self._chords.get(event.key)
        self._chords = None
        self.query_one(KeyLine).show(self.hints())
        if command is not None:
            await self.run_action(f"{'screen' if command.screen else 'app'}.{command.action}")
        return True

    def too_soon(self, event: events.Key) -> bool:
        """Whether a command was pressed for a row that has just gone, as a colleague took it; it would meet another."""
        command = keys.command_of(self.scope, event.key, self.services.keymap)
        if command is None or isinstance(self.focused, Input):
            return False
        gone = self.list.lost_since(event.time - REACTION) if command.about_row else None
        if gone is None:
            self.list.mean()
        else:
            self.notify(keys.shown(event.key) + " was not done: its row had just left the list.", markup=False)
        return gone is not None

    def fetch(self, work: Callable[[], Coroutine[None, None, None]]) -> None:
        """Run what fills the side pane in place of what was still filling it; a callable, as it may never start."""
        _: Worker[None] = self.run_worker(work, group="read", exclusive=True)

    def _navigate(self, where: str) -> None:
        target = self.focused if hasattr(self.focused, "navigate") else self.list
        target.navigate(where)  # type: ignore[union-attr]  # a focused widget of ours, see hasattr

    def action_down(self) -> None:
        """Next row, or scroll."""
        self._navigate("down")

    def action_up(self) -> None:
        """Previous row, or scroll."""
        self._navigate("up")

    def action_page_down(self) -> None:
        """One screen on."""
        self._navigate("page_down")

    def action_page_up(self) -> None:
        """One screen back."""
        self._navigate("page_up")

    def action_top(self) -> None:
        """To the beginning."""
        self._navigate("top")

    def action_bottom(self) -> None:
        """To the end."""
        self._navigate("bottom")

    def action_read_down(self) -> None:
        """Scroll the side pane while the list keeps the keys."""
        self._scroll_side("down")

    def action_read_up(self) -> None:
        """Scroll the side pane back."""
        self._scroll_side("up")

    def _scroll_side(self, where: str) -> None:
        for side in self.query("#side"):
            if hasattr(side, "navigate"):
                side.navigate(where)

    async def action_mark(self) -> None:
        """Select the row."""
        await self.list.settled()
        self.list.mark()

    async def action_mark_range(self) -> None:
        """Select from here on with every move; again ends it."""
        if await self.list.mark_range():
            self.notify("Moves select now; V ends it, esc lets all go.", markup=False)

    async def action_mark_all(self) -> None:
        """Select all rows as they are filtered, those too that were never on the screen; again lets them go."""
        self._tell_rest(await self.list.mark_all())

    async def action_mark_others(self) -> None:
        """Select what is not selected, of all rows as they are filtered, and let go what is."""
        self._tell_rest(await self.list.mark_others())

    def _tell_rest(self, whole: bool) -> None:
        if not whole:
            words = f"Only the first {MOST:,} rows were looked at, there are more: narrow the list with /."
            self.notify(words, markup=False)

    async def action_open(self) -> None:
        """Open the row under the cursor, or leave the filter for the rows found."""
        if isinstance(self.focused, FilterLine):
            self.set_focus(self.list)
        else:
            await self.list.settled()
            self.list.choose()

    def on_row_list_chosen(self, event: RowList.Chosen) -> None:
        """Enter: read it."""
        if self.query("#side"):
            self.read()

    def action_back(self) -> None:
        """One step back: out of the reader, the selection, the filter."""
        field = self.query_one(FilterLine)
        if self.reading:
            self.read(False)
        elif self.list.marks:
            self.list.marks.clear()
            self.list.refresh()
        elif field.display:
            field.value = ""
            field.display = False
            self.set_focus(self.list)
        elif len(self.app.screen_stack) > 1:
            self.dismiss()

    def action_filter(self) -> None:
        """Open the filter line."""
        field = self.query_one(FilterLine)
        field.display = True
        self.read(False)
        self.set_focus(field)

    def on_input_changed(self, event: Input.Changed) -> None:
        """Filter as it is typed."""
        if isinstance(event.input, FilterLine):
            self.filter_rows(event.value)

    async def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter in the filter: to the rows found."""
        if isinstance(event.input, FilterLine):
            self.set_focus(self.list)
