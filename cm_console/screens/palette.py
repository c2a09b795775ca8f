"""The command palette: everything the keys do where one stands, by name."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from functools import partial

from textual.command import DiscoveryHit, Hit, Hits, Provider

from cm_console import keys
from cm_console.screens.mode import ModeScreen


class KeyCommands(Provider):
    """The commands of the table, with their keys."""

    def _commands(self) -> Iterator[tuple[keys.Command, str, Callable[[], Awaitable[None]]]]:
        scope = getattr(self.screen, "scope", "inbox")
        keymap = self.screen.services.keymap if isinstance(self.screen, ModeScreen) else {}
        for command in keys.commands(scope):
            if command.id in ("app.palette", "list.up", "list.down"):
                continue
            shown = keys.shown(keys.keys_of(command, keymap)[0])
            run = partial(self.screen.run_action, command.action if command.screen else f"app.{command.action}")
            yield command, f"{command.help}  ({shown})", run

    async def discover(self) -> Hits:
        """All of them, before anything is typed."""
        for _command, words, run in self._commands():
            yield DiscoveryHit(words, run)

    async def search(self, query: str) -> Hits:
        """Those that match."""
        matcher = self.matcher(query)
        for command, words, run in self._commands():
            text = f"{words} {command.id}"
            score = matcher.match(text)
            if score:
                yield Hit(score, matcher.highlight(text), run)
