"""Typing ahead: keys reach what they were meant for, even when they were pressed before it was there.

Without this, `r` and a word typed in one go would run the word's letters as commands while the composer opens.
"""

from __future__ import annotations

from asyncio import Future, get_running_loop
from typing import Any, TypeVar, cast

from textual import events
from textual.app import App
from textual.screen import Screen
from textual.widget import Widget

from cm_console.screens.list_keys import ListKeys

T = TypeVar("T")
REMEMBERED = 64
"""Keys on their way from the focused widget up to the app, at most."""


class TypedAhead(App[None]):
    """Holds keys while a question is opening, and hands on those that were given to a widget that lost the focus."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._holds = 0
        self._held: list[events.Key] = []
        self._aims: dict[int, tuple[events.Key, Widget]] = {}

    def hold_keys(self) -> None:
        """From now on keys wait."""
        self._holds += 1

    def release_keys(self) -> None:
        """They are wanted now; in the order in which they were pressed."""
        self._holds -= 1
        if not self._holds:
            self.call_later(self._give_held)

    @property
    def holding(self) -> bool:
        """Whether keys wait for a question, or have not been given to it yet."""
        return bool(self._holds or self._held)

    async def _give_held(self) -> None:
        held, self._held = sorted(self._held, key=lambda event: event.time), []
        for event in held:
            await self.on_event(_again(event))

    async def on_event(self, event: events.Event) -> None:
        """First pass: a key on its way to the focused widget."""
        if isinstance(event, events.Key) and not event.is_forwarded:
            if self._holds:
                self._held.append(event)
                return
            if len(self._aims) >= REMEMBERED:
                self._aims.clear()
            self._aims[id(event)] = (event, self.focused or self.screen)
            if self.focused is not None and not self.focused.check_consume_key(event.key, event.character):
                await _letters_taken(self.focused)
        await super().on_event(event)

    async def on_key(self, event: events.Key) -> None:
        """Second pass: no widget took it; it is a command only where it was typed."""
        _, aim = self._aims.pop(id(event), (event, None))
        if self._holds:
            event.prevent_default()
            self._held.append(event)
        elif aim is not None and aim is not (self.focused or self.screen):
            event.prevent_default()
            await self.on_event(_again(event))
        elif isinstance(self.screen, ListKeys) and await self.screen.chord(event):
            event.prevent_default()


class Answered:
    """A question of more than a line: whoever asked makes keys wait before it goes, not only when they hear of it."""

    asker: Asking | None = None

    def going(self) -> None:
        """To be called right before it is dismissed; what has gone already holds nothing."""
        if self.asker is not None and cast("Screen[Any]", self).is_current:
            self.asker.hold()


class Asking:
    """What a screen that asks has in common: keys wait until its question is there, and again once it is answered."""

    _holding = False

    def hold(self) -> None:
        """Keys wait from now on, until a question is there or the command has ended."""
        app = cast("Screen[Any]", self).app
        if not self._holding and isinstance(app, TypedAhead):
            self._holding = True
            app.hold_keys()

    def release(self) -> None:
        """They are wanted again."""
        app = cast("Screen[Any]", self).app
        if self._holding and isinstance(app, TypedAhead):
            self._holding = False
            app.release_keys()

    async def ask(self, question: Screen[T | None]) -> T | None:
        """Put a question and wait for the answer; only within a command, whose end releases the keys."""
        from cm_console.screens.dialogs import Question

        answer: Future[T | None] = get_running_loop().create_future()

        def answered(value: T | None) -> None:
            self.hold()
            answer.set_result(value)

        if isinstance(question, Question):
            question.hold = self.hold
        if isinstance(question, Answered):
            question.asker = self
        await cast("Screen[Any]", self).app.push_screen(question, answered)
        self.release()
        return await answer


async def _letters_taken(field: Widget) -> None:
    """Until a field has what was typed into it: "send" would else overtake the last letters of the text."""
    done: Future[None] = get_running_loop().create_future()
    if field.check_consume_key("a", "a") and field.call_later(done.set_result, None):
        await done


def _again(event: events.Key) -> events.Key:
    copy = events.Key(event.key, event.character)
    copy.time = event.time
    return copy
