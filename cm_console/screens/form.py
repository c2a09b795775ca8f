"""What the forms have in common: mistakes are told in words within them, and nothing typed is lost unasked."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Sequence
from functools import partial
from typing import ClassVar, Generic, TypeVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static
from textual.worker import Worker

from cm_console import keys
from cm_console.screens.services import Services
from cm_console.screens.typed_ahead import AnsweredScreen, Asking
from cm_console.services.desk import Impossible
from cm_console.widgets.footer import KeyLine
from cm_console.widgets.lines import one_line

W = TypeVar("W")


class Form(Asking, AnsweredScreen[str | None], Generic[W]):
    """Gives what was done, in words; None when nothing was.

    A form of something sent out has doubts: shown once, a second press of the same key goes on.
    """

    scope = "form"
    BINDINGS: ClassVar[list[BindingType]] = [*keys.bindings("form")]
    DEFAULT_CLASSES = "form"
    TALL: ClassVar[bool] = False
    """Whether it has a text and wants all the height there is."""
    SAVE: ClassVar[str] = "save"
    """What the key that takes the form does, in a word."""
    SCHEDULES: ClassVar[bool] = False
    """Whether the form knows "save and schedule" besides "save"."""

    def __init__(self, heading: str, services: Services) -> None:
        super().__init__()
        self.heading, self.services = heading, services
        self._before: object = None
        self._doubts: Sequence[str] = ()

    # What a form gives

    def fields(self) -> ComposeResult:
        """The fields, top to bottom."""
        raise NotImplementedError

    def written(self) -> W:
        """What stands in the fields.

        Raises:
            ValueError: something cannot be understood; the words say what.
        """
        raise NotImplementedError

    async def submit(self, written: W, *, schedule: bool) -> str:
        """Do it and say so; what an Impossible says is shown, and the form stays open."""
        raise NotImplementedError

    async def doubts(self, written: W, *, schedule: bool) -> Sequence[str]:
        """What a person should know before they go on."""
        return ()

    # The frame

    def compose(self) -> ComposeResult:
        """Fields, what is wrong, keys."""
        with Vertical(classes="tall" if self.TALL else "") as box:
            box.border_title = Content(one_line(self.heading))
            yield from self.fields()
            wrong = Static(id="wrong")
            wrong.display = False
            yield wrong
            yield KeyLine(self.hints())

    def hints(self) -> list[tuple[str, str]]:
        """The keys of this form."""
        shown = keys.hints("form", self.services.keymap)
        return [("tab", "next field"), (shown[0][0], self.SAVE), *(shown[1:2] if self.SCHEDULES else []), *shown[2:]]

    def on_mount(self) -> None:
        """Remember how it was, to know whether something would be lost."""
        self._before = self._now()

    def _now(self) -> object:
        try:
            return self.written()
        except ValueError as error:
            return str(error)

    def tell(self, words: Sequence[str], *, sign: str) -> None:
        """Say what is wrong (✗) or doubtful (!) above the keys."""
        line = self.query_one("#wrong", Static)
        line.set_class(sign == "✗", "-wrong")
        line.update(Content("\n".join(f"{sign} {one_line(each)}" for each in words)))
        line.display = bool(words)

    def on_input_changed(self) -> None:
        """Other words, other doubts."""
        self._forget()

    on_text_area_changed = on_ticks_changed = on_input_changed

    def _forget(self) -> None:
        self._doubts = ()
        self.tell((), sign="!")

    # Keys

    def on_input_submitted(self) -> None:
        """Enter goes to the next field."""
        self.focus_next()

    def action_save(self) -> None:
        """Do it."""
        self._work(partial(self._submit, schedule=False), "submit")

    def action_schedule(self) -> None:
        """Do it, and let it go out."""
        if self.SCHEDULES:
            self._work(partial(self._submit, schedule=True), "submit")

    def _work(self, work: Callable[[], Coroutine[None, None, None]], group: str) -> Worker[None]:
        self.hold()
        return self.run_worker(self._held(work), group=group, exclusive=True)

    async def _held(self, work: Callable[[], Coroutine[None, None, None]]) -> None:
        """Keys wait for what comes of it: a question, another screen, or these fields again."""
        try:
            await work()
        finally:
            self.release()

    async def _submit(self, *, schedule: bool) -> None:
        try:
            written = self.written()
            doubts = await self.doubts(written, schedule=schedule)
            if doubts and list(doubts) != list(self._doubts):
                key = self.hints()[2 if schedule else 1][0]
                self.tell([*doubts[:3], f"{key} again goes on all the same"], sign="!")
                self._doubts = doubts
            else:
                self.dismiss(await self.submit(written, schedule=schedule))
        except (ValueError, Impossible) as error:
            self.tell([str(error)], sign="✗")

    def action_close(self) -> None:
        """Close; ask first if words would be lost."""
        if self._now() == self._before:
            self.dismiss(None)
        else:
            self._work(self._close, "commands")

    async def _close(self) -> None:
        from cm_console.screens.dialogs import Choice, Choose

        answers = [Choice("n", "no, go on writing", False), Choice("y", "yes, throw away what changed", True)]
        if await self.ask(Choose("Close without saving?", answers)):
            self.dismiss(None)


def field(label: str, *widgets: Widget) -> Horizontal:
    """A label and what is beside it."""
    return Horizontal(Static(Content(label), classes="label"), *widgets, classes="field")
