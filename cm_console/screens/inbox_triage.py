"""What is decided on the rows of the inbox one has chosen: done, snooze, assign, tag, priority, to moderation."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

from textual.screen import Screen

from cm_console.model.inbox import Status
from cm_console.screens.mode import ModeScreen

V = TypeVar("V")


class InboxTriage(ModeScreen):
    """The commands of the inbox that act on the chosen rows."""

    async def action_done(self) -> None:
        """Nothing left to answer; open it again if it was done already."""
        await self.list.settled()
        chosen = self.list.chosen()
        if chosen and all(row.status is Status.DONE for row in chosen):
            self.perform(self._say(self.services.inbox.reopen(await self.list.take()), "Open again"))
        elif chosen:
            self.perform(self._say(self.services.inbox.done(await self.list.take()), "Done"))

    async def _say(self, deed: Awaitable[None], words: str) -> str:
        await deed
        return f"{words}."

    async def action_assign(self) -> None:
        """To me, a colleague or nobody."""
        from cm_console.screens.inbox_questions import assignee

        question = assignee(self.services.actor, self.services.team)
        await self._decide(question, lambda ids, name: self.services.inbox.assign(ids, name or None), "Assigned")

    async def action_snooze(self) -> None:
        """Until later, or until they write again."""
        from cm_console.screens.inbox_questions import until

        await self._decide(until(), self._snooze, "Snoozed")

    async def _snooze(self, ids: list[int], answer: str) -> None:
        from cm_console.screens.inbox_questions import days, snooze_until

        if answer == "days":
            answer = await self.ask(days()) or ""
        await self.services.inbox.snooze(ids, snooze_until(answer, self.services.clock.now(), self.services.zone))

    async def _decide(
        self,
        question: Screen[V | None],
        deed: Callable[[list[int], V], Awaitable[None]],
        words: str,
        *,
        go_on: bool = True,
    ) -> None:
        """Ask about the chosen rows, do it, and go on to the next row, if the answer was not "back"."""
        await self.list.settled()
        ids = [row.id for row in self.list.chosen()]

        async def command() -> str:
            answer = await self.ask(question)
            if answer is None:
                return ""
            await deed(ids, answer)
            self.list.marks.clear()
            if go_on:
                self.list.pass_over(set(ids))
            return f"{words}." if len(ids) == 1 else f"{words}: {len(ids)}."

        if ids:
            self.perform(command(), asks=True)

    async def action_tag(self) -> None:
        """Tags in one line; of several rows: +this -that."""
        from cm_console.screens.inbox_questions import retagged, tags

        chosen = self.list.chosen()
        have = sorted(chosen[0].tags) if len(chosen) == 1 else []

        async def deed(ids: list[int], line: str) -> None:
            for word, remove in retagged(line, have):
                await self.services.inbox.tag(ids, word, remove=remove)

        await self._decide(tags(have, len(chosen)), deed, "Tagged", go_on=False)

    async def action_moderate(self) -> None:
        """A case for the moderators, with the reason."""
        from cm_console.screens.inbox_questions import reason

        async def deed(ids: list[int], why: str) -> None:
            for id in ids:
                await self.services.moderation.flag(id, None, why)

        await self._decide(reason(), deed, "Sent to moderation")

    async def action_tell(self) -> None:
        """Close it, lock it, mark the solution, assign it there: what the platform itself is told."""
        from cm_console.screens.telling import tell

        await self.list.settled()
        if self.list.current is not None:
            self.perform(tell(self, self.list.current.id), asks=True)

    async def action_priority(self) -> None:
        """How urgent it is; it moves in the list."""
        from cm_console.screens.inbox_questions import priority

        await self._decide(priority(), self.services.inbox.prioritise, "Priority set", go_on=False)
