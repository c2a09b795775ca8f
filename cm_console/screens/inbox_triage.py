"""What is decided on the rows of the inbox one has chosen: done, snooze, assign, tag, priority, to moderation."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from textual.screen import Screen

from cm_console.model.inbox import REPLY_WITHIN, Status
from cm_console.model.many import MANY
from cm_console.model.time import Instant
from cm_console.screens.inbox_rows import listed
from cm_console.screens.mode import Part
from cm_console.services.desk import Impossible

V = TypeVar("V")


class InboxTriage(Part):
    """The commands of the inbox that act on the chosen rows."""

    async def went_back(self, items: Sequence[str]) -> None:
        """See ModeScreen: the cursor goes to the first of them that the list has, and the open reader with it."""
        await super().went_back(items)
        rows, current = self.list.pager.rows, self.list.current
        ids = [int(id) for kind, _, id in (item.partition(":") for item in items[:MANY]) if kind == "thread"]
        if rows is None or self.list.marks or (current is not None and current.id in ids):
            return
        for id in ids:
            if (row := await listed(rows, id)) is not None:
                self.list.show(rows, at=row)
                await self.list.settled()
                return

    async def action_done(self) -> None:
        """Nothing left to answer; open it again if it was done already."""
        await self.list.settled()
        chosen, inbox = self.list.chosen(), self.services.inbox
        again = bool(chosen) and all(row.status is Status.DONE for row in chosen)
        deed, verb, words = (inbox.reopen, "reopen", "Open again") if again else (inbox.done, "end", "Done")
        if len(chosen) > MANY:
            self.perform(self._to_many([row.id for row in chosen], deed, verb, words), asks=True)
        elif chosen:
            self.perform(self._say(deed(await self.list.take()), words, len(chosen)))

    async def action_wait(self) -> None:
        """It is the member's turn."""
        await self.list.settled()
        chosen, wait = self.list.chosen(), self.services.inbox.wait
        if len(chosen) > MANY:
            self.perform(self._to_many([row.id for row in chosen], wait, "set aside", "Their turn"), asks=True)
        elif chosen:
            self.perform(self._say(wait(await self.list.take()), "Their turn", len(chosen)))

    async def _say(self, deed: Awaitable[None], words: str, number: int) -> str:
        await deed
        return f"{words}." if number == 1 else f"{words}: {number:,}."

    async def _to_many(
        self, ids: list[int], deed: Callable[[list[int]], Awaitable[None]], verb: str, words: str
    ) -> str:
        from cm_console.screens.many import sure_of_many

        if not await sure_of_many(self, len(ids), verb, "inquiries"):
            return ""
        await deed(ids)
        self.list.marks.clear()
        self.list.pass_over(set(ids))
        return f"{words}: {len(ids):,}."

    async def action_assign(self) -> None:
        """To me, a colleague or nobody."""
        from cm_console.screens.inbox_questions import assignee

        question = assignee(self.services.actor, self.services.team)
        assign = self.services.inbox.assign
        await self._decide(question, lambda ids, name: assign(ids, name or None), "Assigned", "assign")

    async def action_snooze(self) -> None:
        """Until later, or until they write again."""
        from cm_console.screens.inbox_questions import until

        await self._decide(until(), self._snooze, "Snoozed", "snooze")

    async def _snooze(self, ids: list[int], answer: str) -> None:
        from cm_console.screens.inbox_questions import days, snooze_until, time, to_come

        now, zone, clocks = self.services.clock.now(), self.services.zone, self.services.clocks
        read = to_come(self.services.clock.now, zone)
        more = {"time": time(read), "days": days()}.get(answer)
        line = await self.ask(more) if more is not None else answer
        if not line:
            raise Impossible("nothing is snoozed")
        if answer == "morning" and clocks is not None:
            until: Instant | None = clocks.next_morning()
        elif answer == "time":
            until = read(line)
        else:
            until = snooze_until(line, now, zone)
        await self.services.inbox.snooze(ids, until, thanks_too=answer != "news")

    async def action_due(self) -> None:
        """Say by hand until when it wants an answer."""
        from cm_console.screens.inbox_questions import due, to_come

        chosen, clocks = self.list.chosen(), self.services.clocks
        read = to_come(self.services.clock.now, self.services.zone)

        async def deed(ids: list[int], text: str) -> None:
            if clocks is not None:
                await clocks.set_due(ids, read(text) if text else None)

        await self._decide(
            due(any(row.due_by for row in chosen), read), deed, "Due date set", "set the due date of", go_on=False
        )

    async def _decide(
        self,
        question: Screen[V | None],
        deed: Callable[[list[int], V], Awaitable[None]],
        words: str,
        verb: str,
        *,
        go_on: bool = True,
    ) -> None:
        """Ask about the chosen rows, do it, and go on to the next row, if the answer was not "back"."""
        await self.list.settled()
        ids = [row.id for row in self.list.chosen()]

        async def command() -> str:
            from cm_console.screens.many import sure_of_many

            answer = await self.ask(question)
            if answer is None or not await sure_of_many(self, len(ids), verb, "inquiries"):
                return ""
            await deed(ids, answer)
            self.list.marks.clear()
            if go_on:
                self.list.pass_over(set(ids))
            return f"{words}." if len(ids) == 1 else f"{words}: {len(ids):,}."

        if ids:
            self.perform(command(), asks=True)

    async def action_tag(self) -> None:
        """Tags in one line; of several rows: +this -that."""
        from cm_console.screens.inbox_questions import retagged, tags

        chosen = self.list.chosen()
        have = sorted(chosen[0].tags) if len(chosen) == 1 else []

        async def deed(ids: list[int], line: str) -> None:
            if changes := retagged(line, have):
                await self.services.inbox.retag(ids, changes)

        await self._decide(tags(have, len(chosen)), deed, "Tagged", "tag", go_on=False)

    async def action_moderate(self) -> None:
        """A case for the moderators, with the reason."""
        from cm_console.screens.inbox_questions import reason

        async def deed(ids: list[int], why: str) -> None:
            await self.services.moderation.flag_each(ids, why)

        await self._decide(reason(), deed, "Sent to moderation", "send to moderation")

    async def action_tell(self) -> None:
        """Close it, lock it, mark the solution, assign it there: what the platform itself is told."""
        from cm_console.screens.telling import tell

        await self.list.settled()
        if self.list.current is not None:
            self.perform(tell(self, self.list.current.id), asks=True)

    async def action_priority(self) -> None:
        """How urgent it is; it moves in the list."""
        from cm_console.screens.inbox_questions import priority

        await self.list.settled()
        clocks, rows = self.services.clocks, self.list.chosen()
        within = clocks.within if clocks is not None else REPLY_WITHIN.__getitem__
        promised = sum(1 for row in rows if row.clock or row.due_by) / max(1, len(rows))
        by_priority = clocks is not None and any(policy.priorities for policy in clocks.triage.policies)
        question = priority(within, promised=promised, by_priority=by_priority)
        await self._decide(question, self.services.inbox.prioritise, "Priority set", "set the priority of", go_on=False)
