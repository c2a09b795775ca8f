r"""What all screens have in common; begin here when you write one.

How to write a screen in an hour:

1.  Put its commands into `keys/table.py` (scope = the screen's name) and its class into `screens/__init__.py`.
2.  Subclass ModeScreen with `scope="moderation"`; the bindings come from the table. Command `moderation.keep`
    calls `action_keep` of the screen; every command of the scope needs its method.
3.  `compose_body()` yields the panes. For list and reader side by side (one at a time below 100 columns):
        with Panes():
            yield RowList(self.cells, empty="No cases.\nNothing to decide.", id="list")
            yield Reader(id="side")
    `cells(row, width) -> list[Cell]` says how a row looks (`widgets/lines.py`): give all columns but one a width,
    the tone is the colour, words and glyphs carry the meaning. `width` is what there is to lay out.
4.  In `on_mount` (call super's) show rows: `self.list.show(provider)`. A provider is `window.Rows`: `after`,
    `before`, `total`, `position`, `find`, all async, over the service; `MemoryRows` for a list at hand.
5.  `on_row_list_highlighted` (the cursor came to another row) loads the side pane in a worker:
        self.fetch(partial(self._read, event.row))
    `on_row_list_chosen` is enter; the default opens the side pane.
6.  `async def refresh_rows(self)` is called after every change, at most a few times a second: call
    `self.list.refresh_rows()` (the cursor stays on its row) and read the side pane again.
7.  A command: take the ids, ask if needed, tell the service, say what happened. `perform` runs it in a worker (so
    that it may ask), refreshes the screen afterwards and shows a refusal in plain words:
        async def action_keep(self) -> None:
            ids = await self.list.take()            # selected rows or the current one; the cursor moves on
            self.perform(self._keep(ids))
        async def _keep(self, ids) -> str:          # the words for the person, "" for none
            for id in ids: await self.services.moderation.keep(id)
            return "Kept."
    With questions: `self.perform(..., asks=True)`, and in it `await self.ask(question)`, which is a
    `Choose("Title", [Choice("1", "words", value)])`, an `Ask("Title")` or a `confirm(...)`.
8.  Text of members reaches widgets only as Cell, Span or Content, never as a str that is parsed as markup.
9.  Never import console, store, sources, httpx. Import what is heavy inside the function that needs it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal
from textual.css.query import NoMatches
from textual.geometry import Size
from textual.widget import Widget

from cm_console import keys
from cm_console.model.errors import SourceError
from cm_console.model.text import clean
from cm_console.screens.list_keys import FilterLine, ListKeys
from cm_console.screens.services import Services
from cm_console.screens.typed_ahead import Asking, Hold
from cm_console.services.desk import Impossible
from cm_console.widgets.footer import KeyLine
from cm_console.widgets.lines import Line
from cm_console.widgets.rows import RowList
from cm_console.widgets.status import TopBar, Trouble
from cm_console.widgets.toned import Toned

if TYPE_CHECKING:
    from cm_console.services.status import Status
    from cm_console.widgets.pulse import Pulse

MINUTE = 60.0
"""Seconds until the screen in front is read again though nothing changed: what is late and how old moves on."""
MODES = (
    ("inbox", "1", "Inbox"),
    ("moderation", "2", "Moderation"),
    ("calendar", "3", "Calendar"),
    ("metrics", "4", "Metrics"),
    ("members", "5", "Members"),
)


def pulse_of(status: Status) -> Pulse:
    """The services' status as the top line shows it."""
    from cm_console.services.status import TROUBLE
    from cm_console.widgets.pulse import Pulse, SourcePulse

    sources = [
        SourcePulse(
            source.name,
            source.synced_at,
            source.words or source.state if source.state in TROUBLE else "",
            source.progress.done if source.progress else 0,
            source.progress.total if source.progress else None,
            source.state == "pulling",
            source.state == "silent",
        )
        for source in status.sources
    ]
    badges = {"inbox": status.badges.get("view:1", 0), "moderation": status.badges.get("cases", 0)}
    return Pulse(tuple(sources), badges, status.waiting, status.stuck)


class Panes(Horizontal):
    """Two panes: both from 100 columns, else the list, and the other over it while reading."""


class TooSmall(Toned):
    """What is shown in a terminal nobody could work in."""

    def line(self, y: int) -> Line:
        """Two short lines."""
        return [[("Too small.", "strong")], [("40 x 12 is needed.", "dim")]][y] if y < 2 else []


class ModeScreen(Asking, ListKeys):
    """A screen with the top line, the key line, the shared keys and the way commands are run."""

    HORIZONTAL_BREAKPOINTS = [(0, "-tiny"), (40, "-narrow"), (100, "-wide")]  # noqa: RUF012 - as Textual declares it
    VERTICAL_BREAKPOINTS = [(0, "-flat"), (12, "-tall")]  # noqa: RUF012

    def __init_subclass__(cls, scope: str = "", **kwargs: Any) -> None:
        """Give the subclass the bindings of its scope and those of lists."""
        if scope:
            cls.scope = scope
            cls.BINDINGS = list[Binding](keys.bindings(*filter(None, keys.SCOPES[scope])))  # type: ignore[assignment]  # ClassVar of a wider list
        super().__init_subclass__(**kwargs)

    def __init__(self, services: Services) -> None:
        super().__init__()
        self.services = services
        self._behind = False
        self._read_at = -1

    def fit(self, size: Size) -> None:
        """Know the size before the first layout: else everything would be styled twice."""
        for points, extent in ((self.HORIZONTAL_BREAKPOINTS, size.width), (self.VERTICAL_BREAKPOINTS, size.height)):
            self.add_class(max(point for point in points if point[0] <= extent)[1], update=False)

    # What a screen gives

    def compose_body(self) -> Iterable[Widget]:
        """The panes between top line and key line."""
        raise NotImplementedError

    async def refresh_rows(self) -> None:
        """Something changed: read what is visible again."""

    # The frame

    def compose(self) -> ComposeResult:
        """Top line, body, trouble, filter, keys."""
        yield TopBar(self.services.community, MODES, self.scope)
        yield from self.compose_body()
        yield FilterLine()
        yield Trouble()
        yield KeyLine(self.hints())
        yield TooSmall()

    async def on_mount(self) -> None:
        """Show how things are, once the first frame is out."""
        self.call_after_refresh(lambda: self.run_worker(self.tell_pulse(), group="changes"))
        self.set_interval(MINUTE, self._minute)

    def _minute(self) -> None:
        if self.in_front:
            self.run_worker(self.changed(), group="changes")

    @property
    def in_front(self) -> bool:
        """Whether nothing but questions stands over it; `is_current` holds for what another screen covers, too."""
        seen = [screen for screen in self.app.screen_stack if isinstance(screen, ModeScreen)]
        return seen[-1:] == [self]

    @property
    def whole(self) -> bool:
        """Whether its widgets are there: a change may come before they are made, and while they go."""
        return self.is_mounted and self.is_attached and self.display

    async def tell_pulse(self) -> None:
        """Bring top line and trouble line up to date."""
        pulse = pulse_of(await self.services.status.now())
        if self.whole:
            self.query_one(TopBar).tell(pulse, self.services.clock.now())
            self.query_one(Trouble).tell(pulse)

    async def changed(self, *, rows: bool = True) -> None:
        """The one way a change reaches a screen: at once if it is in front, else when it comes back.

        Without `rows` only the state of the sources changed, as it does with each page of a pull.
        """
        if not self.in_front:
            self._behind = True
            return
        if rows and self.whole:
            self._read_at = self.services.changes.edition
        await self.tell_pulse()
        if not (rows and self.whole):
            return
        try:
            await self.refresh_rows()
        except NoMatches:
            if self.whole:
                raise
            # it was left while its rows were read

    async def hear(self, *, rows: bool) -> None:
        """Something changed; what came of a command of this screen was read when it ended, and is not read again."""
        if not (rows and self.in_front and self._read_at == self.services.changes.edition):
            await self.changed(rows=rows)

    async def on_screen_resume(self) -> None:
        """Catch up with what changed meanwhile."""
        if self._behind:
            self._behind = False
            await self.changed()

    # Commands

    def perform(self, command: Awaitable[str], *, asks: bool = False) -> None:
        """Run a command; say what came of it; refresh the screen. With `asks`, keys wait for its first question."""
        hold = Hold(self)
        if asks:
            hold.take()
        self.run_worker(self._perform(command, hold), group="commands")

    async def _perform(self, command: Awaitable[str], hold: Hold) -> None:
        self.begin_command(hold)
        try:
            words = await command
        except (Impossible, SourceError, ValueError) as error:
            self.say(str(error), wrong=True)
        else:
            if words:
                self.say(words)
        finally:
            hold.let_go()
        for rows in self.query(RowList):
            rows.dealt_with()
        await self.changed()

    async def undo(self) -> str:
        """Take back the last thing this person did; what has left already only by its opposite, after asking."""
        from cm_console.model.work import Stopped
        from cm_console.screens.undoing import went_so_far
        from cm_console.screens.working import watched
        from cm_console.services.journal import Blocked

        try:
            undone = await watched(self, "Taking back", self.services.journal.undo, typed_ahead=True)
        except Stopped as stopped:
            return went_so_far(stopped)
        except Blocked as late:
            from cm_console.screens.undoing import too_late

            return await too_late(self, late)
        await self.went_back(undone.about)
        return f"Taken back: {undone.words}."

    async def went_back(self, items: Sequence[str]) -> None:
        """What these items (`thread:12`) had been done was taken back: show one of them, if the screen has it."""

    def say(self, words: str, *, wrong: bool = False) -> None:
        """Tell the person in one line what happened."""
        self.notify(clean(words), severity="error" if wrong else "information", markup=False)

    # Keys and mouse

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Nothing is done that cannot be seen."""
        return not (self.has_class("-tiny") or self.has_class("-flat"))

    def on_top_bar_picked(self, event: TopBar.Picked) -> None:
        """A click on a mode."""
        self.call_later(self.run_action, f"app.go('{event.mode}')")


if TYPE_CHECKING:
    Part = ModeScreen
else:

    class Part:
        """Commands of a screen in a module of their own: the screen is made of such parts, and of ModeScreen.

        A plain class, as Textual merges all key bindings again for each class of a screen: a quarter of a millisecond.
        """
