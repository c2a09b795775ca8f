"""What is decided on the rows of the inbox one has chosen: done, snooze, assign, tag, priority, to moderation."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

from textual.screen import Screen

from cm_console.model.inbox import REPLY_WITHIN, InquiryRow, Status
from cm_console.model.many import MANY
from cm_console.model.time import Instant
from cm_console.screens.inbox_rows import listed
from cm_console.screens.mode import Part
from cm_console.services.desk import Impossible

if TYPE_CHECKING:
    from cm_console.model.work import Work

V = TypeVar("V")
Act: TypeAlias = "Callable[[list[int], Work | None], Coroutine[Any, Any, None]]"
"""What is done to inquiries, and told to a Work where they are very many."""


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
        await self._act(chosen, deed, verb, words)

    async def action_wait(self) -> None:
        """It is the member's turn."""
        await self.list.settled()
        await self._act(self.list.chosen(), self.services.inbox.wait, "set aside", "Their turn")

    async def _act(self, chosen: Sequence[InquiryRow], deed: Act, verb: str, words: str) -> None:
        """Do it at once, or to many after asking."""
        if len(chosen) > MANY:
            self.perform(self._to_many([row.id for row in chosen], deed, verb, words), asks=True)
        elif chosen:
            self.perform(self._say(deed(await self.list.take(), None), words, len(chosen)))

    async def _say(self, deed: Awaitable[None], words: str, number: int) -> str:
        await deed
        return f"{words}." if number == 1 else f"{words}: {number:,}."

    async def _to_many(self, ids: list[int], deed: Act, verb: str, words: str, *, go_on: bool = True) -> str:
        """Do it after asking; what was stopped before its turn came stays selected."""
        from cm_console.screens.many import done_to, sure_of_many, told

        if not await sure_of_many(self, len(ids), verb, "inquiries"):
            return ""
        title = f"{verb.capitalize()} {len(ids):,} inquiries"
        done = await done_to(self, title, len(ids), lambda work: deed(ids, work))
        for id in ids[:done]:
            self.list.marks.pop(id, None)
        if go_on:
            self.list.pass_over(set(ids[:done]))
        return told(words, done, len(ids))

    async def action_assign(self) -> None:
        """To me, a colleague or nobody."""
        from cm_console.screens.inbox_questions import assignee

        question = assignee(self.services.actor, self.services.team)
        assign = self.services.inbox.assign
        await self._decide(question, lambda ids, name, work: assign(ids, name or None, work), "Assigned", "assign")

    async def action_snooze(self) -> None:
        """Until later, or until they write again."""
        from cm_console.screens.inbox_questions import until

        await self._decide(until(), self._snooze, "Snoozed", "snooze")

    async def _snooze(self, ids: list[int], answer: str, work: Work | None) -> None:
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
        await self.services.inbox.snooze(ids, until, work, thanks_too=answer != "news")

    async def action_due(self) -> None:
        """Say by hand until when it wants an answer."""
        from cm_console.screens.inbox_questions import due, to_come

        chosen, clocks = self.list.chosen(), self.services.clocks
        read = to_come(self.services.clock.now, self.services.zone)

        async def deed(ids: list[int], text: str, work: Work | None) -> None:
            if clocks is not None:
                await clocks.set_due(ids, read(text) if text else None, work)

        await self._decide(
            due(any(row.due_by for row in chosen), read), deed, "Due date set", "set the due date of", go_on=False
        )

    async def _decide(
        self,
        question: Screen[V | None],
        deed: Callable[[list[int], V, Work | None], Coroutine[Any, Any, None]],
        words: str,
        verb: str,
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
            return await self._to_many(ids, lambda ids, work: deed(ids, answer, work), verb, words, go_on=go_on)

        if ids:
            self.perform(command(), asks=True)

    async def action_tag(self) -> None:
        """Tags in one line; of several rows: +this -that."""
        from cm_console.screens.inbox_questions import retagged, tags

        chosen = self.list.chosen()
        have = sorted(chosen[0].tags) if len(chosen) == 1 else []

        async def deed(ids: list[int], line: str, work: Work | None) -> None:
            if changes := retagged(line, have):
                await self.services.inbox.retag(ids, changes, work)

        await self._decide(tags(have, len(chosen)), deed, "Tagged", "tag", go_on=False)

    async def action_moderate(self) -> None:
        """A case for the moderators, with the reason."""
        from cm_console.screens.inbox_questions import reason

        async def deed(ids: list[int], why: str, work: Work | None) -> None:
            await self.services.moderation.flag_each(ids, why, work)

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
        prioritise = self.services.inbox.prioritise
        await self._decide(question, prioritise, "Priority set", "set the priority of", go_on=False)
