"""Macros: several things done to the chosen rows of the inbox with one key."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from cm_console.screens.inbox_writing import InboxWriting

if TYPE_CHECKING:
    from cm_console.model.templates import Macro
    from cm_console.model.work import Work
    from cm_console.screens.one_by_one import Doubtful
    from cm_console.services.writing import WritingService


def effects(macro: Macro, with_reply: Sequence[str] = ()) -> str:
    """What a macro does, in a few words; `with_reply` are the tags its saved reply puts on."""
    parts = [f"sends “{macro.reply}”" if macro.reply else "", "leaves a note" if macro.note else ""]
    parts += [f"#{tag}" for tag in dict.fromkeys((*macro.tags, *with_reply))]
    parts += [f"to {macro.assign}" if macro.assign else "", macro.priority]
    snoozed = "until they write" if macro.snooze == "reply" else f"for {macro.snooze}"
    parts.append(f"away {snoozed}" if macro.snooze else macro.status or ("waiting" if macro.reply else ""))
    return ", ".join(part for part in parts if part)


class InboxMacros(InboxWriting):
    """`m`, then the key of a macro."""

    async def action_macro(self) -> None:
        """Choose a macro by its key; what it does stands beside it."""
        await self.list.settled()
        ids = [row.id for row in self.list.chosen()]
        if ids and self.services.writing is not None:
            self.perform(self._macro(self.services.writing, ids), asks=True)

    async def _macro(self, writing: WritingService, ids: Sequence[int]) -> str:
        from cm_console.screens.dialogs import Choice, Choose
        from cm_console.screens.many import sure_of_many

        if not writing.macros:
            return "There is no macro yet: [macros.NAME] in the config makes one."
        choices = [Choice(macro.key, macro.title, macro) for macro in writing.macros]
        tags = {reply.name: reply.tags for reply in writing.replies}
        words = "\n".join(f"{macro.key}: {effects(macro, tags.get(macro.reply, ()))}" for macro in writing.macros)
        title = "Macro" if len(ids) == 1 else f"Macro for {len(ids)}"
        macro = await self.ask(Choose(title, choices, words=words))
        if macro is None or not await sure_of_many(self, len(ids), "do it to", "threads"):
            return ""
        return await self._run(writing, macro, ids)

    async def _run(self, writing: WritingService, macro: Macro, ids: Sequence[int]) -> str:
        """Do it where nothing is in doubt, then go through the rest; what was stopped stays selected."""
        from cm_console.model.work import Stopped
        from cm_console.screens.many import done_to, stopped_at
        from cm_console.screens.working import watched

        async def look(work: Work) -> tuple[dict[int, str], list[Doubtful]]:
            return await _looked_at(writing, macro, ids, work)

        async def run(work: Work | None) -> None:
            await writing.run_macro(macro, todo, sure, work=work)

        title = f"{macro.title}: {len(ids):,}"
        try:
            sure, doubtful = await watched(self, title, look, typed_ahead=True)
        except Stopped:
            return stopped_at(macro.title, 0, len(ids))
        todo = list(sure) if macro.reply else list(ids)
        if todo:
            done = await done_to(self, title, len(todo), run)
            self._handled(todo[:done])
            if done < len(todo):
                return stopped_at(macro.title, done, len(ids))
        if doubtful:
            return await self._rest(writing, macro, len(sure), doubtful)
        return f"{macro.title}; z takes it back." if len(ids) == 1 else f"{macro.title}: {len(ids)}; z takes it back."

    async def _rest(self, writing: WritingService, macro: Macro, sure: int, doubtful: Sequence[Doubtful]) -> str:
        """Those that want a look, one by one."""
        from cm_console.screens.one_by_one import one_by_one, told

        async def send(each: Doubtful, text: str, done: bool, tags: Sequence[str]) -> None:
            by_hand = text != each.text.strip()
            await writing.run_macro(macro, [each.thread_id], {each.thread_id: text}, by_hand=by_hand, more=tags)
            self._handled([each.thread_id])

        sent = await one_by_one(self, doubtful, send)
        if sure + len(doubtful) == 1:
            return f"{macro.title}; z takes it back." if sent else ""
        return told(macro.title, sure, sent, len(doubtful))

    def _handled(self, ids: Sequence[int]) -> None:
        """These rows are done with; what was left out stays selected."""
        for id in ids:
            self.list.marks.pop(id, None)
        self.list.pass_over(set(ids))


async def _looked_at(
    writing: WritingService, macro: Macro, ids: Sequence[int], work: Work
) -> tuple[dict[int, str], list[Doubtful]]:
    """What a macro would say where, sorted into what can be sent and what wants a look; some at a time."""
    from cm_console.screens.one_by_one import judged
    from cm_console.services.desk import STEP

    sure: dict[int, str] = {}
    doubtful: list[Doubtful] = []
    saved = writing.reply_named(macro.reply) if macro.reply else None
    for first in range(0, len(ids) if macro.reply else 0, STEP):
        if len(ids) > STEP:
            work.step("Looking at what it would say", first, len(ids))
        texts = await writing.macro_texts(macro, ids[first : first + STEP])
        fine, others = await judged(writing, texts, saved)
        sure |= fine
        doubtful += others
    return sure, doubtful
