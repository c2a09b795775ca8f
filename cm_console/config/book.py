"""Saved replies and macros as the config file holds them, read and written while the console runs."""

from __future__ import annotations

from cm_console.config.shape import Config, ConfigError
from cm_console.model.templates import Macro, SavedReply
from cm_console.services.desk import Impossible


class ReplyBook:
    """What the config had when it was read, and what was written since."""

    def __init__(self, config: Config) -> None:
        self._config = config

    @property
    def replies(self) -> tuple[SavedReply, ...]:
        """All saved replies."""
        return self._config.replies

    @property
    def macros(self) -> tuple[Macro, ...]:
        """All macros."""
        return self._config.macros

    def add(self, reply: SavedReply) -> None:
        """Write one more into the file; raises Impossible."""
        from cm_console.config import add_reply

        try:
            self._config = add_reply(self._config.path, reply)
        except ConfigError as error:
            raise Impossible(str(error)) from None

    def remove(self, name: str) -> None:
        """Take one out of the file; raises Impossible."""
        from cm_console.config import remove_reply

        try:
            self._config = remove_reply(self._config.path, name)
        except ConfigError as error:
            raise Impossible(str(error)) from None
