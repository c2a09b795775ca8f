"""What is written from the inbox: public answers and private notes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from cm_console.model.inbox import Then
from cm_console.screens.inbox_joined import InboxJoined
from cm_console.services.desk import Impossible

if TYPE_CHECKING:
    from cm_console.model.templates import SavedReply
    from cm_console.model.thread import PostRow, ThreadCard
    from cm_console.model.time import Instant
    from cm_console.screens.passage import Passage
    from cm_console.services.joined import JoinedService

QUOTABLE = 9
"""Posts that have a number in a question."""


class InboxWriting(InboxJoined):
    """The commands of the inbox that open the composer."""

    async def action_reply(self) -> None:
        """Write a public answer, or edit the one that waits for its time."""
        await self.list.settled()
        if self.list.current is not None:
            self.perform(self._reply(self.list.current.id), asks=True)

    async def _reply(self, thread_id: int) -> str:
        from cm_console.model.wall import say
        from cm_console.screens.dialogs import Choice, Choose
        from cm_console.screens.replan import edit_planned
        from cm_console.widgets.lines import one_line

        waits = await self.services.writing.planned(thread_id) if self.services.writing is not None else []
        if not waits:
            return await self._write("reply", thread_id)
        answers = [
            Choice("e" if n == 1 else str(n), f"edit what goes out {say(at.planned_at, self.services.zone)}", at.id)
            for n, at in enumerate(waits[:QUOTABLE], 1)
        ]
        words = f"{waits[0].created_by}: {one_line(waits[0].text)[:100]}"
        answers.append(Choice("w", "write another one", ""))
        chosen = await self.ask(Choose("An answer waits for its time", answers, words=words))
        if chosen is None:
            return ""
        return await (edit_planned(self, chosen) if chosen else self._write("reply", thread_id))

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
        from cm_console.screens.dialogs import Choice, Choose
        from cm_console.screens.passage import Passage, quotable
        from cm_console.widgets.lines import one_line

        said = quotable(await self.services.inbox.newest_posts(thread_id))
        if not said:
            return "There is nothing to quote."
        newest = said[: -QUOTABLE - 1 : -1]
        answers: list[Choice[PostRow | str]] = [
            Choice(str(n), f"{post.author}: {one_line(post.body)}", post) for n, post in enumerate(newest, 1)
        ]
        answers.append(Choice('"', "choose some words", ""))
        post: PostRow | str | None = newest[0]
        if len(newest) > 1:
            post = await self.ask(Choose("Quote which post?", answers))
        if isinstance(post, str):
            return await self._passage(thread_id)
        return "" if post is None else await self._write_quoting(thread_id, [Passage(post, post.body)])

    async def action_passage(self) -> None:
        """Answer and quote words of the thread: choose which."""
        await self.list.settled()
        if self.list.current is not None:
            self.perform(self._passage(self.list.current.id), asks=True)

    async def _passage(self, thread_id: int) -> str:
        from cm_console.screens.passage import PassageScreen, on_top, quotable
        from cm_console.widgets.reader import Reader

        card = await self.services.inbox.thread(thread_id)
        said = quotable(await self.services.inbox.newest_posts(thread_id))
        if card is None or not said:
            return "There is nothing to quote."
        reader = self.query_one(Reader)
        here = on_top(reader) if reader.reading and reader.reading.card.row.id == thread_id else None
        begin = here or (card.to.id if card.to else None)
        taken = await self.ask(PassageScreen(said, begin, self.services.clock.now()))
        return await self._write_quoting(thread_id, taken) if taken else ""

    async def _write_quoting(self, thread_id: int, passages: Sequence[Passage]) -> str:
        from cm_console.screens.passage import quotes

        row = await self.services.inbox.row(thread_id)
        kind = row.source_kind if row else ""
        return await self._write("reply", thread_id, quotes(passages, kind, self.services.zone))

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
        from cm_console.screens.drafts import choose_draft, go_on

        draft = await choose_draft(self)
        words = "" if draft is None else await go_on(self, draft)
        if draft is None or words is not None:
            return words or ""
        return await self._write("note" if draft.kind == "note" else "reply", draft.thread_id)

    async def _write(self, kind: str, thread_id: int, initial: str = "", *, saved: SavedReply | None = None) -> str:
        """Open the composer; what was begun there is kept before the `initial` words."""
        from cm_console.screens.answering import takes_replies
        from cm_console.screens.compose import ComposeScreen

        inbox, key = self.services.inbox, f"{kind}:{thread_id}"
        card = await inbox.thread(thread_id)
        if card is None:
            raise Impossible("this thread is gone")
        if kind == "reply":
            takes_replies(card)
        posts = await inbox.newest_posts(thread_id)

        async def keep(text: str) -> None:
            await inbox.save_draft(key, text)

        begun = await inbox.draft(key)
        draft = f"{begun.rstrip()}\n\n{initial}" if begun.strip() and initial not in begun else begun or initial
        now, zone = self.services.clock.now(), self.services.zone
        screen = ComposeScreen(
            kind, card, posts, draft, keep, kept=begun, now=now, writing=self.services.writing, zone=zone, saved=saved
        )
        written = await self.ask(screen)
        if written is None:
            return ""
        text, done = written
        if kind == "note":
            unknown = await inbox.note(thread_id, text)
            await keep("")
            return "Noted, for colleagues only" + (f"; {unknown}" if unknown else ".")
        return await self._send(card, text, Then.DONE if done else Then.WAIT, screen.at, screen.tags)

    async def _send(self, card: ThreadCard, text: str, then: Then, at: Instant | None, tags: Sequence[str]) -> str:
        from cm_console.screens.answering import send

        thread_id = card.row.id
        places = await self.reply_where(thread_id)
        if len(places) > 1 and self.services.joined is not None:
            return await self._send_each(self.services.joined, thread_id, places, text, then, at, tags)
        words = await send(self, card, text, then, at=at, tags=tags)
        self.list.pass_over({thread_id})
        return words

    async def _send_each(
        self,
        joined: JoinedService,
        thread_id: int,
        places: Sequence[int],
        text: str,
        then: Then,
        at: Instant | None,
        tags: Sequence[str],
    ) -> str:
        """The words written in a thread in several; where they are doubtful, they are looked at there."""
        from cm_console.model.wall import say
        from cm_console.screens.one_by_one import Doubtful, judged, one_by_one, told

        here, writing = self.list.current, self.services.writing
        texts: dict[int, tuple[str, tuple[str, ...]]] = dict.fromkeys(places, (text, ()))
        sure, doubtful = await judged(writing, texts) if writing else (dict.fromkeys(places, text), [])
        if sure:
            await joined.reply_each(list(sure), text, then, at=at, tags=tags, written_in=thread_id)

        async def send(each: Doubtful, words: str, done: bool, more: Sequence[str]) -> None:
            moved, own = Then.KEEP if sure else then, each.thread_id
            by_hand = own if own == thread_id or words != text else None
            await joined.reply_each([own], words, moved, at=at, tags=(*tags, *more), written_in=by_hand)

        sent = await one_by_one(self, doubtful, send)
        if here is not None and (sure or sent):
            self.list.pass_over({here.id})
        if doubtful:
            return told("Replies", len(sure), sent, len(doubtful))
        when = f"They go out {say(at, self.services.zone)}, in" if at is not None else "On its way to"
        return f"{when} {len(places)} threads; z takes all of it back."
