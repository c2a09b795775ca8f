"""What is written from the inbox: public answers and private notes."""

from __future__ import annotations

from cm_console.model.inbox import Then
from cm_console.screens.inbox_joined import InboxJoined
from cm_console.services.desk import Impossible

CONTEXT = 500
"""Posts one can look at while writing."""


class InboxWriting(InboxJoined):
    """The commands of the inbox that open the composer."""

    async def action_reply(self) -> None:
        """Write a public answer."""
        await self._write_to("reply")

    async def action_note(self) -> None:
        """Write a private note."""
        await self._write_to("note")

    async def _write_to(self, kind: str) -> None:
        await self.list.settled()
        if self.list.current is not None:
            self.perform(self._write(kind, self.list.current.id), asks=True)

    async def _write(self, kind: str, thread_id: int) -> str:
        from cm_console.screens.compose import ComposeScreen

        inbox, key = self.services.inbox, f"{kind}:{thread_id}"
        card = await inbox.thread(thread_id)
        if card is None:
            raise Impossible("this thread is gone")
        if kind == "reply" and "reply" not in card.verbs:
            raise Impossible(f"{card.row.source} takes no replies: it is read-only, or its token may not")
        posts = await inbox.posts(thread_id, limit=CONTEXT)

        async def keep(text: str) -> None:
            await inbox.save_draft(key, text)

        written = await self.ask(
            ComposeScreen(kind, card, posts, await inbox.draft(key), keep, now=self.services.clock.now())
        )
        if written is None:
            return ""
        text, done = written
        if kind == "note":
            await inbox.note(thread_id, text)
            await keep("")
            return "Noted, for colleagues only."
        if len(places := await self.reply_where(thread_id)) > 1 and self.services.joined is not None:
            await self.services.joined.reply_each(places, text, Then.DONE if done else Then.WAIT)
            self.list.pass_over({thread_id})
            return f"On its way to {len(places)} threads; z takes all of it back."
        await inbox.reply(thread_id, text, then=Then.DONE if done else Then.WAIT)
        self.list.pass_over({thread_id})
        return "On its way; z takes it back."
