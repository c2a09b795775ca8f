"""What one does with the persons of the directory: write to them, note, tag, follow up, several at once; export."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar, cast

from cm_console.model.directory import Narrow, PersonRow, Sort
from cm_console.model.inbox import Then
from cm_console.model.time import Instant
from cm_console.screens.dialogs import Choice, Choose, confirm
from cm_console.screens.mode import ModeScreen
from cm_console.services.desk import Impossible
from cm_console.services.directory import DirectoryService

V = TypeVar("V")
MANY = 20
"""More persons than this at once are asked about first."""


class MembersCommands(ModeScreen):
    """The commands of the members screen."""

    directory: DirectoryService
    view: str
    sort: Sort
    narrow: Narrow

    async def action_person(self) -> None:
        """Everything about the person, over this screen."""
        from cm_console.screens.inbox_person import open_person

        await self.list.settled()
        if self.list.current is not None:
            open_person(self, self.list.current.id)

    async def action_reply(self) -> None:
        """Write to the person, in a thread of theirs."""
        await self.list.settled()
        if self.list.current is not None:
            self.perform(self._reply(cast("PersonRow", self.list.current)), asks=True)

    async def _reply(self, row: PersonRow) -> str:
        from cm_console.screens.answering import answer

        inbox, thread_id = self.services.inbox, await self.directory.thread_to_answer(row.id)
        card = await inbox.thread(thread_id) if thread_id is not None else None
        if thread_id is None or card is None:
            raise Impossible(f"{row.handle} began no thread that is open: there is nowhere to answer them")
        posts = await inbox.newest_posts(thread_id)
        return await answer(self, card, posts, Then.WAIT)

    async def action_message(self) -> None:
        """Write to the person privately; never to many at once."""
        from cm_console.screens.messaging import write_privately

        await self.list.settled()
        chosen = self.list.chosen()
        if len(chosen) > 1:
            self.say("A private message is for one person: let the others go (esc), then m. This sends no bulk mail.")
        elif chosen:
            self.perform(write_privately(self, chosen[0].id), asks=True)

    # What the team keeps

    async def action_note(self) -> None:
        """For colleagues only."""
        from cm_console.screens.kept_words import ask_words

        async def ask(ids: list[int]) -> str | None:
            return await ask_words(self, f"note {ids}", "Private note", "only the team reads it") or None

        await self._decide(ask, self.directory.note_each, "Noted")

    async def action_tag(self) -> None:
        """Tags in one line; of several persons: +this -that."""
        from cm_console.screens.inbox_questions import retagged, tags

        await self.list.settled()
        chosen = self.list.chosen()
        have = sorted(chosen[0].tags) if len(chosen) == 1 else []

        async def deed(ids: list[int], line: str) -> None:
            await self.directory.tag_each(ids, retagged(line, have))

        await self._decide(lambda _: self.ask(tags(have, len(chosen))), deed, "Tagged")

    async def action_follow_up(self) -> None:
        """Come back to them on a day."""
        from cm_console.screens.following import ask_day, ask_what

        async def ask(ids: list[int]) -> tuple[Instant, str] | None:
            due = await ask_day(self)
            words = await ask_what(self, f"{ids}") if due else None
            return (due, words) if due and words else None

        async def deed(ids: list[int], answer: tuple[Instant, str]) -> None:
            await self.directory.follow_up_each(ids, *answer)

        await self._decide(ask, deed, "Listed under Due")

    async def action_done(self) -> None:
        """What was due with them is done."""
        await self.list.settled()
        ids = [row.id for row in self.list.chosen()]

        async def command() -> str:
            n = await self.directory.follow_up_done_each(ids)
            self.list.marks.clear()
            return f"Done: {n}." if n > 1 else "Done." if n else "No follow-up is open."

        if ids:
            self.perform(command())

    async def _decide(
        self,
        ask: Callable[[list[int]], Awaitable[V | None]],
        deed: Callable[[list[int], V], Awaitable[None]],
        words: str,
    ) -> None:
        """Ask about the chosen persons and do it; None: nothing is done."""
        await self.list.settled()
        ids = [row.id for row in self.list.chosen()]

        async def command() -> str:
            if len(ids) > MANY and not await self.ask(confirm(f"{len(ids)} persons", "One z takes it back.", "go on")):
                return ""
            answer = await ask(ids)
            if answer is None:
                return ""
            await deed(ids, answer)
            self.list.marks.clear()
            return f"{words}." if len(ids) == 1 else f"{words}: {len(ids)}."

        if ids:
            self.perform(command(), asks=True)

    # The list

    def action_sort(self) -> None:
        """Another order."""
        self.perform(self._sort(), asks=True)

    async def _sort(self) -> str:
        keys = {"l": Sort.SEEN, "p": Sort.POSTS, "a": Sort.ANSWERS, "j": Sort.JOINED, "n": Sort.NAME}
        chosen = await self.ask(Choose("Sort by", [Choice(key, str(sort), sort) for key, sort in keys.items()]))
        if chosen is not None:
            self.show_sort(chosen)
        return ""

    def show_sort(self, sort: Sort) -> None:
        """Show the list in an order."""
        raise NotImplementedError

    async def action_rules(self) -> None:
        """What the segments and levels are."""
        from cm_console.screens.over import Over
        from cm_console.widgets.directory import rule_lines

        lists = [(each.title, each.count, each.rule, each.help) for each in await self.directory.lists()]
        levels = await self.directory.levels()
        self.app.push_screen(
            Over("Segments and levels", lambda width: rule_lines(lists, levels, width), key="equals_sign")
        )
