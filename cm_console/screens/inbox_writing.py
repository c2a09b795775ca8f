"""What is written from the inbox: public answers and private notes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from cm_console.model.inbox import Then
from cm_console.screens.inbox_joined import InboxJoined
from cm_console.services.desk import Impossible

if TYPE_CHECKING:
    from cm_console.model.templates import SavedReply
    from cm_console.model.thread import ThreadCard
    from cm_console.model.time import Instant

CONTEXT = 500
"""Posts one can look at while writing."""
QUOTABLE = 9
"""Posts that have a number in the question which to quote."""


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

    async def action_quote(self) -> None:
        """Answer and quote a post."""
        await self.list.settled()
        if self.list.current is not None:
            self.perform(self._quote(self.list.current.id), asks=True)

    async def _quote(self, thread_id: int) -> str:
        from cm_console.model.quoting import quoted
        from cm_console.screens.dialogs import Choice, Choose
        from cm_console.widgets.lines import one_line

        inbox = self.services.inbox
        card = await inbox.thread(thread_id)
        said = [post for post in await inbox.posts(thread_id, limit=CONTEXT) if post.state == "visible" and post.body]
        if card is None or not said:
            return "There is nothing to quote."
        newest = said[: -QUOTABLE - 1 : -1]
        answers = [Choice(str(n), f"{post.author}: {one_line(post.body)}", post) for n, post in enumerate(newest, 1)]
        post = newest[0] if len(newest) == 1 else await self.ask(Choose("Quote which post?", answers))
        if post is None:
            return ""
        words = quoted(post.body, post.author, post.created_at, card.row.source_kind, self.services.zone)
        return await self._write("reply", thread_id, words)

    async def action_saved_reply(self) -> None:
        """Choose a saved reply, then write."""
        await self.list.settled()
        if self.list.current is not None:
            self.perform(self._write_saved(self.list.current.id), asks=True)

    async def _write_saved(self, thread_id: int) -> str:
        from cm_console.screens.saved import SavedReplies

        writing = self.services.writing
        if writing is None or not writing.replies:
            return "There is no saved reply yet: write one, then ^r and ^s keep it."
        reply = await self.ask(SavedReplies(writing.replies))
        return "" if reply is None else await self._write("reply", thread_id, saved=reply)

    async def action_drafts(self) -> None:
        """Go on with what was begun."""
        self.perform(self._drafts(), asks=True)

    async def _drafts(self) -> str:
        from cm_console.screens.dialogs import Choice, Choose
        from cm_console.widgets.lines import one_line

        drafts = await self.services.writing.drafts() if self.services.writing is not None else []
        if not drafts:
            return "Nothing was begun."
        kinds = {"note": "note on "}
        answers = [
            Choice(str(n), f"{kinds.get(draft.kind, '')}{draft.title}: {one_line(draft.text)}", draft)
            for n, draft in enumerate(drafts[:9], 1)
        ]
        chosen = await self.ask(Choose("Go on with which draft?", answers))
        return await self._write(chosen.kind, chosen.thread_id) if chosen else ""

    async def _write(self, kind: str, thread_id: int, initial: str = "", *, saved: SavedReply | None = None) -> str:
        """Open the composer; what was begun there is kept before the `initial` words."""
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

        begun = await inbox.draft(key)
        draft = f"{begun.rstrip()}\n\n{initial}" if begun.strip() and initial not in begun else begun or initial
        now, zone = self.services.clock.now(), self.services.zone
        screen = ComposeScreen(
            kind, card, posts, draft, keep, now=now, writing=self.services.writing, zone=zone, saved=saved
        )
        written = await self.ask(screen)
        if written is None:
            return ""
        text, done = written
        if kind == "note":
            await inbox.note(thread_id, text)
            await keep("")
            return "Noted, for colleagues only."
        return await self._send(card, text, Then.DONE if done else Then.WAIT, screen.at, screen.tags)

    async def _send(self, card: ThreadCard, text: str, then: Then, at: Instant | None, tags: Sequence[str]) -> str:
        from cm_console.model.wall import say

        thread_id, writing = card.row.id, self.services.writing
        places = await self.reply_where(thread_id) if at is None else [thread_id]
        if len(places) > 1 and self.services.joined is not None:
            await self.services.joined.reply_each(places, text, then)
            self.list.pass_over({thread_id})
            return f"On its way to {len(places)} threads; z takes all of it back."
        if writing is not None:
            await writing.send(thread_id, text, then=then, at=at, tags=tags, reply_to=card.reply_to)
        else:
            await self.services.inbox.reply(thread_id, text, reply_to=card.reply_to, then=then)
        self.list.pass_over({thread_id})
        if at is not None:
            return f"It goes out {say(at, self.services.zone)}; until then O shows it, z takes it back."
        return "On its way; z takes it back."
