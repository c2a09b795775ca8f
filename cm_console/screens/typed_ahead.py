"""Typing ahead: keys reach what they were meant for, even when they were pressed before it was there.

Without this, `r` and a word typed in one go would run the word's letters as commands while the composer opens, and
letters typed with the enter of one question would be lost on their way to the next. So there is one queue, of the app:
a key leaves it when the one before has done all it does - a field has it, a command ran, the screen it opened is there
with its focus - and none leaves it while somebody is about to ask.
"""

from __future__ import annotations

from asyncio import Future, Task, create_task, get_running_loop, sleep, timeout, wait
from collections import deque
from collections.abc import Sequence
from contextvars import ContextVar
from typing import Any, TypeVar, cast

from textual import events
from textual.app import App, ScreenStackError
from textual.await_complete import AwaitComplete
from textual.command import CommandPalette
from textual.dom import DOMNode
from textual.screen import ModalScreen, Screen
from textual.widget import Widget

from cm_console.screens.list_keys import ListKeys

R = TypeVar("R")
T = TypeVar("T")
Typed = events.Key | events.Paste
ROUNDS = 3
"""A key goes up to the app; what it made its widget say comes after it, and what that opened after that."""
PATIENCE = 5.0
"""Seconds for what one key does, at most; then the next goes, whatever hangs."""
GLANCE = 0.02
"""Seconds after which a widget that says nothing is looked at: it may be gone."""


class TypedAhead(App[None]):
    """Gives one key after the other to what has the focus when its turn comes."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._askers: list[Screen[Any]] = []
        self._typed: deque[Typed] = deque()
        self._aimed: tuple[Typed, Widget] | None = None
        self._trip: Task[None] | None = None

    def hold_keys(self, asker: Screen[Any]) -> None:
        """From now on keys wait until it lets them go, or is gone itself."""
        self._askers.append(asker)

    def release_keys(self, asker: Screen[Any]) -> None:
        """They are wanted now; in the order in which they were pressed."""
        if asker in self._askers:
            self._askers.remove(asker)
        self.call_later(self._give)

    def forget_asker(self, asker: Screen[Any]) -> None:
        """It goes: no key waits for it any more."""
        self._askers = [each for each in self._askers if each is not asker]
        self.call_later(self._give)

    @property
    def holding(self) -> bool:
        """Whether keys wait for a question, or have not been given to it yet."""
        return bool(self._askers or self._typed)

    @property
    def typing(self) -> bool:
        """Whether a key has not done yet all that it does."""
        return self._trip is not None or (bool(self._typed) and not self._askers)

    async def on_event(self, event: events.Event) -> None:
        """First pass: what was typed stands in line."""
        if isinstance(event, events.Key | events.Paste) and not event.is_forwarded:
            self._typed.append(event)
            await self._give()
        else:
            await super().on_event(event)

    async def _give(self) -> None:
        """The first in the line to what has the focus, if nothing is in its way."""
        if self._trip is not None or not self._typed or self._askers:
            return
        event, aim = self._typed.popleft(), self.focused or self.screen
        letter = isinstance(event, events.Key) and aim.check_consume_key(event.key, event.character)
        self._aimed = (event, aim)
        await super().on_event(event)
        self._trip = create_task(self._follow(aim, letter=letter))

    async def _follow(self, aim: Widget, *, letter: bool) -> None:
        """Until the key has done all that it does; a letter that a field takes goes no further, but in the palette."""
        try:
            async with timeout(PATIENCE):
                searches = isinstance(self.screen, CommandPalette)
                for _ in range(1 if letter and not searches else ROUNDS):
                    for node in (aim,) if letter and not searches else _way_up(aim):
                        await _passed(node)
                    aim = self.focused or self.screen
                await self._found()
        except (TimeoutError, ScreenStackError):  # something hangs, or the app ends
            pass
        finally:
            self._trip = None
            if self.is_running:
                self.call_later(self._give)

    async def _found(self) -> None:
        """Until the palette has found what the letters in it are looking for: enter is for that."""
        while isinstance(self.screen, CommandPalette):
            if all(worker.is_finished for worker in self.workers if worker.node is self.screen):
                break
            await sleep(0.002)  # a worker sets no event

    async def on_key(self, event: events.Key) -> None:
        """Second pass: no widget took it; it is a command only where it was typed."""
        aimed, self._aimed = self._aimed, None
        meant = aimed is None or aimed[0] is not event or aimed[1] is (self.focused or self.screen)
        if self._askers or not meant:
            event.prevent_default()
            self._typed.appendleft(_again(event))
        elif isinstance(self.screen, ListKeys) and (self.screen.too_soon(event) or await self.screen.chord(event)):
            event.prevent_default()

    def on_unmount(self) -> None:
        """Nobody waits for keys any more."""
        if self._trip is not None:
            self._trip.cancel()


class Hold:
    """The wish of one command of a screen that keys wait: until its question is there, and again once it is answered.

    Of each command its own: one that ends lets go only the keys that wait for itself.
    """

    def __init__(self, screen: Screen[Any]) -> None:
        self.screen = screen
        self.taken = False

    def take(self) -> None:
        """Keys wait from now on, until a question is there or the command has ended."""
        app = self.screen.app
        if not self.taken and isinstance(app, TypedAhead):
            self.taken = True
            app.hold_keys(self.screen)

    def let_go(self) -> None:
        """They are wanted again."""
        if self.taken:
            self.taken = False
            cast(TypedAhead, self.screen.app).release_keys(self.screen)


_of_command: ContextVar[Hold] = ContextVar("_of_command")
"""That of the command which runs in this task; what it opens inherits it, and has its own."""


class Answered:
    """A question: whoever asked makes keys wait before it goes, not only when they hear of it."""

    asker: Hold | None = None

    def going(self) -> None:
        """To be called right before it is dismissed; what has gone already holds nothing."""
        if self.asker is not None and cast("Screen[Any]", self).is_current:
            self.asker.take()


class AnsweredScreen(Answered, ModalScreen[R]):
    """A question that is over with whatever dismisses it."""

    def dismiss(self, result: R | None = None) -> AwaitComplete:
        """See Screen and Answered."""
        self.going()
        return super().dismiss(result)


class Asking:
    """What a screen that asks has in common: keys wait until its question is there, and again once it is answered."""

    _own: Hold | None = None

    def _hold(self) -> Hold:
        """That of the command that runs here, else of the screen."""
        screen = cast("Screen[Any]", self)
        found = _of_command.get(None)
        if found is not None and found.screen is screen:
            return found
        self._own = self._own or Hold(screen)
        return self._own

    def begin_command(self, hold: Hold) -> None:
        """What this task asks from now on is of one command, whose hold this is."""
        _of_command.set(hold)

    def hold(self) -> None:
        """Keys wait from now on, until a question is there or the command has ended."""
        self._hold().take()

    def release(self) -> None:
        """They are wanted again."""
        self._hold().let_go()

    def on_unmount(self) -> None:
        """Whatever it wanted to ask, it asks no more."""
        app = cast("Screen[Any]", self).app
        if isinstance(app, TypedAhead):
            app.forget_asker(cast("Screen[Any]", self))

    async def ask(self, question: Screen[T | None]) -> T | None:
        """Put a question and wait for the answer; only within a command, whose end releases the keys."""
        answer: Future[T | None] = get_running_loop().create_future()
        hold = self._hold()

        def answered(value: T | None) -> None:
            hold.take()
            answer.set_result(value)

        if isinstance(question, Answered):
            question.asker = hold
        await cast("Screen[Any]", self).app.push_screen(question, answered)
        hold.let_go()
        return await answer


def _way_up(aim: Widget) -> Sequence[DOMNode]:
    """Whom a key, or what comes of it, can meet: from the widget up to the app; in a question all that is in it."""
    screen = aim if isinstance(aim, Screen) else aim.screen
    return [*screen.query("*"), screen, screen.app] if screen.is_modal else list(aim.ancestors_with_self)


async def _passed(node: DOMNode) -> None:
    """Until it has come to the end of its queue, or is gone."""
    done: Future[None] = get_running_loop().create_future()

    def mark() -> None:
        if not done.done():
            done.set_result(None)

    waiting = node.is_running and node.call_later(mark)
    while waiting and not done.done():
        await wait([done], timeout=GLANCE)
        waiting = node.is_running and (node.is_attached or node.app is node)


def _again(event: Typed) -> Typed:
    copy = events.Paste(event.text) if isinstance(event, events.Paste) else events.Key(event.key, event.character)
    copy.time = event.time
    return copy
