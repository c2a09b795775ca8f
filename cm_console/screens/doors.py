"""The three doors out of the console: links, faults, the end."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Protocol, runtime_checkable

from rich.text import Text
from textual.driver import Driver

from cm_console.screens.look import Look


@runtime_checkable
class Writing(Protocol):
    """A screen on which somebody writes."""

    async def keep_now(self) -> None:
        """Keep the draft without waiting for a pause."""
        ...


class Doors(Look):
    """An app that is left only as it should be; `reports` is the folder for reports of faults."""

    def __init__(self, theme: str, reports: Path) -> None:
        super().__init__(theme)
        self.reports = reports

    def get_driver_class(self) -> type[Driver]:
        """The terminal, noticed when it goes away."""
        from cm_console.screens.hang_up import TerminalDriver

        found = super().get_driver_class()
        return TerminalDriver if issubclass(TerminalDriver, found) else found

    async def leave(self) -> None:
        """End the console; what is being written is kept first, with its last words."""
        for screen in self.screen_stack:
            if isinstance(screen, Writing):
                await screen.keep_now()
        self.exit()

    async def action_quit(self) -> None:
        """Leave by key."""
        await self.leave()

    def open_url(self, url: str, *, new_tab: bool = True) -> None:
        """Ask, showing where it really goes; the only way a link is ever opened."""
        from cm_console.screens.links import ask_to_open

        ask_to_open(self, url, partial(super().open_url, new_tab=new_tab))

    def _fatal_error(self) -> None:
        from cm_console.screens.crash import crash_words

        error = self._exception or RuntimeError("unknown")
        self._exit_renderables.append(Text(crash_words(error, self.reports), no_wrap=True, overflow="ignore"))
        self._close_messages_no_wait()
