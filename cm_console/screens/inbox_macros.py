"""Macros: several things done to the chosen rows of the inbox with one key."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from cm_console.model.templates import Macro
from cm_console.screens.inbox_writing import InboxWriting

if TYPE_CHECKING:
    from cm_console.services.writing import WritingService


def effects(macro: Macro) -> str:
    """What a macro does, in a few words."""
    parts = [f"sends “{macro.reply}”" if macro.reply else "", "leaves a note" if macro.note else ""]
    parts += [f"#{tag}" for tag in macro.tags]
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
        words = "\n".join(f"{macro.key}: {effects(macro)}" for macro in writing.macros)
        title = "Macro" if len(ids) == 1 else f"Macro for {len(ids)}"
        macro = await self.ask(Choose(title, choices, words=words))
        if macro is None or not await sure_of_many(self, len(ids), "do it to", "threads"):
            return ""
        texts = await writing.macro_texts(macro, ids)
        if len(ids) == 1 and macro.reply and (texts[ids[0]][1] or await writing.doubts(ids[0], texts[ids[0]][0])):
            return await self._look_first(writing, macro, ids[0])
        doubtful = [id for id, (text, missing) in texts.items() if not missing and await writing.doubts(id, text)]
        if doubtful:
            return f"{len(doubtful)} of {len(ids)} want a look before they are sent: do those one by one."
        await writing.run_macro(macro, ids)
        self.list.marks.clear()
        self.list.pass_over(set(ids))
        return f"{macro.title}; z takes it back." if len(ids) == 1 else f"{macro.title}: {len(ids)}; z takes it back."

    async def _look_first(self, writing: WritingService, macro: Macro, id: int) -> str:
        """The words are looked at in the composer; the rest is done when they are sent."""
        from cm_console.screens.compose import ComposeScreen

        inbox = self.services.inbox
        card = await inbox.thread(id)
        if card is None:
            return "This thread is gone."
        posts, key = await inbox.posts(id, limit=500), f"reply:{id}"

        async def keep(text: str) -> None:
            await inbox.save_draft(key, text)

        reply, now = writing.reply_named(macro.reply), self.services.clock.now()
        draft = await inbox.draft(key)
        written = await self.ask(
            ComposeScreen("reply", card, posts, draft, keep, now=now, writing=writing, saved=reply)
        )
        if written is None:
            return ""
        await writing.run_macro(macro, [id], {id: written[0]})
        self.list.pass_over({id})
        return f"{macro.title}; z takes it back."
