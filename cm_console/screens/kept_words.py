"""Words typed into a small question and left with escape: they come back when the same is asked again."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from textual.app import App
from textual.widgets import Input

from cm_console.model.messaging import without_subject
from cm_console.screens.dialogs import Ask
from cm_console.screens.keeping import Keeping
from cm_console.screens.mode import ModeScreen

if TYPE_CHECKING:
    from cm_console.services.inbox import InboxService

_KEPT: WeakKeyDictionary[App[object], dict[str, str]] = WeakKeyDictionary()


class AskKept(Ask):
    """Ask for a line that is kept as a draft at each pause, as the words of the composer are."""

    def __init__(self, title: str, keep: Callable[[str], Awaitable[None]], *, value: str, hint: str) -> None:
        super().__init__(title, value=value, hint=hint)
        self.keep, self._kept = keep, value
        self._keeping = Keeping(self, self.keep_now)

    def on_input_changed(self) -> None:
        """Keep it soon."""
        self._keeping.typed()

    async def keep_now(self) -> None:
        """Keep the draft without waiting for a pause."""
        text = self.query_one(Input).value
        if text != self._kept and not self.answered:
            self._kept = text
            await self.keep(text)


async def ask_draft(screen: ModeScreen, key: str, title: str, hint: str) -> str | None:
    """Ask for a line whose draft is kept as `key` until it is forgotten there; None for escape."""
    inbox = screen.services.inbox
    keep = partial(inbox.save_draft, key)
    question = AskKept(title, keep, value=await inbox.draft(key), hint=hint)
    words = await screen.ask(question)
    await keep(question.left if words is None else words)
    return words


async def add_to_draft(inbox: InboxService, key: str, text: str) -> None:
    """Put words to a draft, behind those that stand there: nothing that was typed is lost."""
    begun = await inbox.draft(key)
    if text not in begun:
        words = without_subject(text)[1] if begun.strip() else text
        await inbox.save_draft(key, f"{begun.rstrip()}\n\n{words}".strip())


async def ask_words(screen: ModeScreen, about: str, title: str, hint: str) -> str | None:
    """Ask for a line about something; what was begun of it before stands there. None or "": none was given."""
    kept = _KEPT.setdefault(screen.app, {})
    question = Ask(title, value=kept.pop(about, ""), hint=hint)
    words = await screen.ask(question)
    if words is None and question.left.strip():
        kept[about] = question.left
        screen.say("Nothing is noted; your words are kept: the same key brings them back.")
    return words
