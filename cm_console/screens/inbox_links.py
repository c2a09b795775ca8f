"""The links of the thread that is read: its own page, and those in its posts."""

from __future__ import annotations

from cm_console.screens.mode import Part
from cm_console.widgets.reader import Reader


class InboxLinks(Part):
    """The commands of the inbox that open or copy a link."""

    async def action_open_link(self) -> None:
        """The thread's own page, or one of the links in what is shown."""
        self.perform(self._open_link(), asks=True)

    async def _open_link(self) -> str:
        from cm_console.screens.inbox_questions import link

        reading = self.query_one(Reader).reading
        if reading is None:
            return ""
        if not reading.card.url and not reading.links:
            return "There is no link here."
        url = await self.ask(link(reading)) if reading.links else reading.card.url
        if url:
            self.app.open_url(url)
        return ""

    async def action_copy_link(self) -> None:
        """The thread's own address."""
        reading = self.query_one(Reader).reading
        if reading is not None and reading.card.url:
            self.app.copy_to_clipboard(reading.card.url)
            self.say("Copied.")
        else:
            self.say("There is no link to copy.")
