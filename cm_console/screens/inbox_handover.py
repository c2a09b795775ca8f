"""From the inbox to somebody else: a colleague with a note, or a team outside."""

from __future__ import annotations

from cm_console.screens.mode import Part


class InboxHandover(Part):
    """The command of the inbox that hands over the chosen rows; a note that was not sent is there the next time."""

    async def action_hand_over(self) -> None:
        """To a colleague or a team outside, with a note."""
        from cm_console.screens.handing_over import hand_over

        await self.list.settled()
        ids = [row.id for row in self.list.chosen()]
        if ids and self.services.handover is not None:
            self.perform(hand_over(self, ids), asks=True)
