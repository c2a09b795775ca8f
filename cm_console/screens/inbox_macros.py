"""Macros: several things done to the chosen rows of the inbox with one key."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from cm_console.screens.inbox_writing import InboxWriting

if TYPE_CHECKING:
    from cm_console.model.templates import Macro
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
        from cm_console.screens.one_by_one import Doubtful, judged, one_by_one, told

        if not writing.macros:
            return "There is no macro yet: [macros.NAME] in the config makes one."
        choices = [Choice(macro.key, macro.title, macro) for macro in writing.macros]
        tags = {reply.name: reply.tags for reply in writing.replies}
        words = "\n".join(f"{macro.key}: {effects(macro, tags.get(macro.reply, ()))}" for macro in writing.macros)
        title = "Macro" if len(ids) == 1 else f"Macro for {len(ids)}"
        macro = await self.ask(Choose(title, choices, words=words))
        if macro is None or not await sure_of_many(self, len(ids), "do it to", "threads"):
            return ""
        texts = await writing.macro_texts(macro, ids)
        sure, doubtful = await judged(writing, texts, writing.reply_named(macro.reply) if macro.reply else None)
        if done := list(sure) if macro.reply else list(ids):
            await writing.run_macro(macro, done, sure)
            self._handled(done)
        if not doubtful:
            return (
                f"{macro.title}; z takes it back." if len(ids) == 1 else f"{macro.title}: {len(ids)}; z takes it back."
            )

        async def send(each: Doubtful, text: str, done: bool, tags: Sequence[str]) -> None:
            by_hand = text != each.text.strip()
            await writing.run_macro(macro, [each.thread_id], {each.thread_id: text}, by_hand=by_hand, more=tags)
            self._handled([each.thread_id])

        sent = await one_by_one(self, doubtful, send)
        if len(ids) == 1:
            return f"{macro.title}; z takes it back." if sent else ""
        return told(macro.title, len(sure), sent, len(doubtful))

    def _handled(self, ids: Sequence[int]) -> None:
        """These rows are done with; what was left out stays selected."""
        for id in ids:
            self.list.marks.pop(id, None)
        self.list.pass_over(set(ids))
