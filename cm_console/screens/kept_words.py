"""Words typed into a small question and left with escape: they come back when the same is asked again."""

from __future__ import annotations

from weakref import WeakKeyDictionary

from textual.app import App

from cm_console.screens.dialogs import Ask
from cm_console.screens.mode import ModeScreen

_KEPT: WeakKeyDictionary[App[object], dict[str, str]] = WeakKeyDictionary()


async def ask_words(screen: ModeScreen, about: str, title: str, hint: str) -> str | None:
    """Ask for a line about something; what was begun of it before stands there. None or "": none was given."""
    kept = _KEPT.setdefault(screen.app, {})
    question = Ask(title, value=kept.pop(about, ""), hint=hint)
    words = await screen.ask(question)
    if words is None and question.left.strip():
        kept[about] = question.left
        screen.say("Nothing is noted; your words are kept: the same key brings them back.")
    return words
