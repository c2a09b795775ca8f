"""Duplicates in the inbox: join them to one inquiry, read the others, take them apart, answer in each place."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cm_console.model.inbox import InquiryRow
from cm_console.screens.inbox_views import InboxViews

if TYPE_CHECKING:
    from cm_console.services.joined import JoinedService

SHOWN = 9
"""Threads that have a number in a question."""


class InboxJoined(InboxViews):
    """What `M` does: with several rows selected it joins them; else it is about the thread under the cursor."""

    async def action_merge(self) -> None:
        """Join duplicates to one inquiry, or look after those that are."""
        await self.list.settled()
        chosen: list[InquiryRow] = self.list.chosen()
        service = self.services.joined
        if service is not None and chosen:
            self.perform(self._join(service, chosen) if len(chosen) > 1 else self._one(service, chosen[0]), asks=True)

    async def _join(self, service: JoinedService, chosen: list[InquiryRow]) -> str:
        from cm_console.screens.dialogs import Choice, Choose
        from cm_console.screens.find import Find
        from cm_console.screens.many import sure_of_many

        answers = [Choice(str(n), _shown(row), row.id) for n, row in enumerate(chosen, 1)]
        words = f"These {len(chosen):,} become one inquiry: one row, decided as one. Which leads?"
        few = len(answers) <= SHOWN
        lead = await self.ask(
            Choose("Merge", answers, words=words) if few else Find(f"Merge {len(chosen):,}: which leads?", answers)
        )
        if lead is None or not await sure_of_many(self, len(chosen), "merge", "threads"):
            return ""
        number = await service.merge(lead, [row.id for row in chosen])
        self.list.marks.clear()
        rows = self.view_rows()
        if (row := await rows.find(lead)) is not None:
            self.list.show(rows, at=row)
        return f"One inquiry of {number}; z takes it back."

    async def _one(self, service: JoinedService, row: InquiryRow) -> str:
        from cm_console.screens.dialogs import Choice, Choose

        others = [each for each in await service.group(row.id) if each.id != row.id]
        if others:
            return await self._group(service, row, others)
        found = await service.suggested(row.id)
        answers = [
            Choice(str(n), f"{each.why}: {each.source} “{each.title}”", each.other)
            for n, each in enumerate(found[:SHOWN], 1)
        ]
        if not answers:
            return "Nothing looks the same. Select threads with space, then M makes them one inquiry."
        if len(answers) > 1:
            answers.append(Choice("a", "all of them", 0))
        other = await self.ask(Choose(f"Merge into “{row.title}”", answers))
        if other is None:
            return ""
        number = await service.merge(row.id, [each.other for each in found] if other == 0 else [other])
        return f"One inquiry of {number}; z takes it back."

    async def _group(self, service: JoinedService, row: InquiryRow, others: list[InquiryRow]) -> str:
        from cm_console.screens.dialogs import Choice, Choose
        from cm_console.screens.find import Find

        numbered = list(enumerate(others[:SHOWN], 1))
        answers = [Choice(str(n), f"read {_shown(each)}", ("read", each.id)) for n, each in numbered]
        answers += [Choice("s", "split: each for itself again", ("split", row.lead_id or row.id))]
        letters = zip("abcdefghi", others, strict=False)
        if len(others) > 1:
            answers += [Choice(letter, f"take out {_shown(each)}", ("split", each.id)) for letter, each in letters]
        if len(others) > SHOWN:
            rest = [(f"{n}", each) for n, each in enumerate(others, 1)]
            answers = [answers[SHOWN], *(Choice(n, f"read {_shown(each)}", ("read", each.id)) for n, each in rest)]
            answers += [Choice(n, f"take out {_shown(each)}", ("split", each.id)) for n, each in rest]
        few = len(others) <= SHOWN
        answer = await self.ask(
            Choose("One inquiry", answers) if few else Find(f"One inquiry of {len(others) + 1}", answers)
        )
        if answer is None:
            return ""
        what, id = answer
        if what == "read":
            await self._read_beside(id)
            return ""
        number = await service.split(id)
        return f"Apart again: {number}." if number > 1 else "Apart again."

    async def _read_beside(self, thread_id: int) -> None:
        """Another thread of the inquiry, over the screen."""
        from cm_console.screens.over import Over
        from cm_console.screens.reading import read_thread
        from cm_console.widgets.posts import thread_lines

        reading = await read_thread(self.services.inbox, thread_id, self.services.clock.now())
        if reading is not None:
            title = str(reading.card.row.title)
            await self.ask(Over(title, lambda width: thread_lines(reading, width, full=True), key="M"))

    async def reply_where(self, thread_id: int) -> list[int]:
        """In which threads of an inquiry a reply is sent: asked where there are several; none is "back"."""
        from cm_console.screens.dialogs import Choice, Choose

        service = self.services.joined
        group = await service.group(thread_id) if service is not None else []
        cards = [card for row in group if (card := await self.services.inbox.thread(row.id)) and "reply" in card.verbs]
        able = [card.row for card in cards]
        if len(able) < 2 or thread_id not in {row.id for row in able}:
            return [thread_id]
        here = next(row for row in able if row.id == thread_id)
        places = ", ".join(dict.fromkeys(row.source for row in able))
        answers = [Choice("1", f"only in {_shown(here)}", [thread_id])]
        answers += [Choice("e", f"in each of the {len(able)}: {places}", [row.id for row in able])]
        return await self.ask(Choose("Send the reply", answers)) or []


def _shown(row: InquiryRow) -> str:
    return f"{row.source} “{row.title}”"
