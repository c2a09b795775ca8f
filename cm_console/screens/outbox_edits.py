"""What can be edited in the outbox: replies and private messages that wait for their time."""

from __future__ import annotations

from typing import cast

from cm_console import keys
from cm_console.screens.mode import ModeScreen
from cm_console.screens.outbox_rows import cannot
from cm_console.widgets.sending import Sending


class OutboxEdits(ModeScreen):
    """The command, and its key in the key line where it does something."""

    sending: Sending | None = None

    def hints(self) -> list[tuple[str, str]]:
        """The keys of the screen."""
        shown = super().hints()
        if self.sending is not None and not cannot(self.sending, "edit", self.services.clock.now()):
            edit = keys.BY_ID["outbox.edit"]
            shown[1:1] = [(keys.shown(keys.keys_of(edit, self.services.keymap)[0]), edit.label)]
        return shown

    async def action_edit(self) -> None:
        """Another text or time for a planned reply or message."""
        from cm_console.screens.replan import edit_planned

        await self.list.settled()
        current = cast("Sending | None", self.list.current)
        if current is not None and (why := cannot(current, "edit", self.services.clock.now())):
            self.say(why, wrong=True)
        elif current is not None:
            self.perform(edit_planned(self, current.id), asks=True)
