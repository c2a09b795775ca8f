"""From a question to what was answered before, and to those who could answer it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cm_console.screens.inbox_writing import InboxWriting
from cm_console.services.desk import Impossible

if TYPE_CHECKING:
    from cm_console.model.similar import Answerer, Similar


class InboxSimilar(InboxWriting):
    """The commands of the inbox that use the archive; what they write goes into a reply nobody has sent yet."""

    async def action_similar(self) -> None:
        """Similar questions that were answered already."""
        from cm_console.screens.similar import SimilarScreen

        await self.list.settled()
        if self.list.current is None:
            return
        thread_id = self.list.current.id

        def use(chosen: tuple[str, Similar] | None) -> None:
            if chosen is not None:
                self.perform(self._use_answer(thread_id, *chosen), asks=True)

        screen = SimilarScreen(self.services, thread_id)
        screen.fit(self.app.size)
        self.app.push_screen(screen, use)

    async def _use_answer(self, thread_id: int, what: str, one: Similar) -> str:
        from cm_console.screens.dialogs import confirm

        service = self.services.similar
        assert service is not None
        if what == "visit":
            await self.go_to(one.id)
            return ""
        await self._check_replies(thread_id)
        if what == "link":
            await service.link(thread_id, one)
        else:
            private = "The answer was given in a direct message. Check what it says before others read it."
            if one.direct and not await self.ask(confirm("Quote what was said in private?", private, "quote it")):
                return ""
            await service.quote(thread_id, one)
        return await self._write("reply", thread_id)

    async def action_answerers(self) -> None:
        """Members who could answer."""
        from cm_console.screens.answerers import AnswerersScreen

        await self.list.settled()
        if self.list.current is None:
            return
        thread_id = self.list.current.id

        def use(chosen: tuple[str, Answerer] | None) -> None:
            if chosen is not None:
                self.perform(self._use_answerer(thread_id, *chosen), asks=True)

        screen = AnswerersScreen(self.services, thread_id)
        screen.fit(self.app.size)
        self.app.push_screen(screen, use)

    async def _use_answerer(self, thread_id: int, what: str, one: Answerer) -> str:
        service = self.services.similar
        assert service is not None
        if what == "visit":
            await self.go_to(one.given[0].thread_id)
            return ""
        if what == "message":
            from cm_console.screens.messaging import write_privately

            return await write_privately(self, one.id, *await service.asking(thread_id), about=thread_id)
        await self._check_replies(thread_id)
        await service.call(thread_id, one)
        return await self._write("reply", thread_id)

    async def _check_replies(self, thread_id: int) -> None:
        """Nothing goes into a draft that could never leave."""
        card = await self.services.inbox.thread(thread_id)
        if card is None or "reply" not in card.verbs:
            raise Impossible("this thread takes no replies from here" if card else "this thread is gone")

    async def go_to(self, thread_id: int) -> None:
        """Open a thread from elsewhere; the inbox knows how."""
        raise NotImplementedError
