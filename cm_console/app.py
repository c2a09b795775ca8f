"""The application: modes, global keys, and one handler for changes."""

from __future__ import annotations

from asyncio import Lock
from collections.abc import Callable, Coroutine
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, cast

from textual.binding import BindingType
from textual.events import Event, Key

from cm_console import keys
from cm_console.screens import key_commands, screen_class
from cm_console.screens.doors import Doors
from cm_console.screens.mode import MODES, ModeScreen
from cm_console.screens.services import Services

if TYPE_CHECKING:
    from textual.worker import Worker

    from cm_console.model.thread import Found
    from cm_console.screens.inbox import InboxScreen


class ConsoleApp(Doors):
    """The console on a terminal; it listens to `services.changes`, and the screen in front reads again what it shows.

    Args:
        services: the services and who sits here.
        reports: the folder for reports of faults.
        theme: a name from `widgets/themes.py` or one of Textual's.
        engine: runs beside the app from the first painted frame until the app ends.
    """

    TITLE = "cm-console"
    DEFAULT_MODE = "inbox"
    COMMANDS = {key_commands}  # noqa: RUF012 - the type Textual declares
    BINDINGS: ClassVar[list[BindingType]] = [*keys.bindings("")]
    NOTIFICATION_TIMEOUT = 4

    def __init__(
        self,
        services: Services,
        *,
        reports: Path,
        theme: str = "calm",
        engine: Callable[[], Coroutine[None, None, None]] | None = None,
    ) -> None:
        super().__init__(theme, reports)
        self.services, self._engine = services, engine
        self._made: list[ModeScreen] = []
        self._telling = Lock()
        self.set_keymap(dict(services.keymap))

    def get_default_screen(self) -> ModeScreen:
        """The first mode; the app waits for those it knows by name, and would drop what they paint until then."""
        return self._make(self.DEFAULT_MODE)

    def _make(self, name: str) -> ModeScreen:
        screen = screen_class(name)(self.services)
        screen.fit(self.size)
        self._made.append(screen)
        return screen

    # Changes

    def on_mount(self) -> None:
        """Listen from now on; what changed before is in the first frame already."""
        for mode, _key, _label in MODES:
            self.add_mode(mode, partial(self._make, mode))
        self.services.changes.take()
        self.services.changes.listener = self._hear
        if self._engine is not None:
            engine = self._engine
            self.call_after_refresh(lambda: self.run_worker(engine(), group="engine"))

    def on_unmount(self) -> None:
        """Listen no more."""
        self.services.changes.listener = None

    def _hear(self) -> None:
        _: Worker[None] = self.run_worker(self._catch_up, group="changes")

    async def _catch_up(self) -> None:
        """Tell every screen, one change after the other; keys go on meanwhile. Those not in front catch up later."""
        async with self._telling:
            rows = bool(self.services.changes.take() - {"status"})
            for screen in {*self._made, *(s for s in self.screen_stack if isinstance(s, ModeScreen))}:
                await screen.hear(rows=rows)

    # Global keys

    async def on_event(self, event: Event) -> None:
        """A key goes before whatever changes elsewhere."""
        if isinstance(event, Key) and not event.is_forwarded:
            self.services.changes.pressed()
        await super().on_event(event)

    async def action_go(self, name: str) -> None:
        """To a mode, or to the outbox or the search over it."""
        if name not in [mode for mode, _key, _label in MODES]:
            if not isinstance(self.screen, screen_class(name)):
                self.push_screen(screen_class(name)(self.services), self._go_to)
            return
        with self.batch_update():
            while len(self.screen_stack) > 1:
                self.pop_screen()
            await self.switch_mode(name)

    async def _go_to(self, to: int | Found | None) -> None:
        """To a thread of the inbox, or to the post that was found in it."""
        if to is not None:
            await self.action_go("inbox")
            thread_id, post_id = (to, None) if isinstance(to, int) else (to.thread_id, to.key)
            await cast("InboxScreen", self.screen).go_to(thread_id, post_id)

    def action_undo(self) -> None:
        """Take back the last thing done."""
        if isinstance(self.screen, ModeScreen):
            self.screen.perform(self.screen.undo())

    def action_sync(self) -> None:
        """Pull now."""
        self.services.sync()
        self.notify("Pulling from all sources.", markup=False)

    def action_palette(self) -> None:
        """Commands by name."""
        self.action_command_palette()

    def action_help(self) -> None:
        """The keys of where one stands."""
        from cm_console.screens.help import HelpScreen

        self.push_screen(HelpScreen(getattr(self.screen, "scope", "inbox"), self.services.keymap))
