"""Replies reviewed as a batch before any is queued: each can be read, written otherwise or left out."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import TextArea

from cm_console import keys
from cm_console.model.feedback import Answer
from cm_console.screens.mode import ModeScreen
from cm_console.screens.typed_ahead import AnsweredScreen, Asking
from cm_console.widgets.feedback import answer_lines
from cm_console.widgets.footer import KeyLine
from cm_console.widgets.laid import Laid
from cm_console.widgets.lines import Line, one_line


async def send_batch(
    screen: ModeScreen, answers: Sequence[Answer], send: Callable[[Sequence[Answer]], Awaitable[object]]
) -> tuple[int, int, int]:
    """Send what is sure in one decision, then look at what is doubtful one by one.

    Returns:
        How many went together, how many one by one, and how many were doubtful.
    """
    from cm_console.screens.one_by_one import Doubtful, judged, one_by_one

    writing, of_thread = screen.services.writing, {answer.thread_id: answer for answer in answers}
    texts = {id: (answer.text, ()) for id, answer in of_thread.items()}
    sure, doubtful = await judged(writing, texts) if writing else ({id: text for id, (text, _) in texts.items()}, [])
    if sure:
        await send([of_thread[id] for id in sure])

    async def one(each: Doubtful, text: str, done: bool, tags: Sequence[str]) -> None:
        answer = of_thread[each.thread_id]
        by_hand = answer.by_hand or text != answer.text.strip()
        await send([replace(answer, text=text, by_hand=by_hand, tags=tuple(tags))])

    return len(sure), await one_by_one(screen, doubtful, one), len(doubtful)


async def keep_left(screen: ModeScreen, batch: BatchScreen, sent: Sequence[Answer]) -> str:
    """What was written by hand and is not sent is a draft of its thread; says so, "" if there is none."""
    from cm_console.screens.kept_words import add_to_draft

    left = [answer for answer in batch.answers if answer.by_hand and answer not in sent]
    for answer in left:
        await add_to_draft(screen.services.inbox, f"reply:{answer.thread_id}", answer.text)
    return "What you wrote is a draft: D lists it." if left else ""


class WriteText(Asking, AnsweredScreen[str | None]):
    """Ask for a text of several lines; None for back, after a question if something was written."""

    scope = "form"
    BINDINGS: ClassVar[list[BindingType]] = [*keys.bindings("form")]
    DEFAULT_CLASSES = "compose"

    def __init__(self, title: str, text: str) -> None:
        super().__init__()
        self.heading, self.text = title, text

    def compose(self) -> ComposeResult:
        """A title, the text, the keys."""
        with Vertical(classes="reply") as box:
            box.border_title = Content(one_line(self.heading))
            editor = TextArea(self.text, id="editor", compact=True, tab_behavior="focus")
            editor.move_cursor(editor.document.end)
            yield editor
            yield KeyLine([("ctrl+s", "take it"), ("esc", "back")])

    def action_save(self) -> None:
        """Take it as it is now."""
        self.dismiss(self.query_one(TextArea).text.strip() or None)

    def action_schedule(self) -> None:
        """The same key as everywhere that ends writing."""
        self.action_save()

    def action_close(self) -> None:
        """Leave it as it was; what was written goes only after a question."""
        if self.query_one(TextArea).text == self.text:
            self.dismiss(None)
        else:
            self.hold()
            self.run_worker(self._close(), group="commands")

    async def _close(self) -> None:
        from cm_console.screens.dialogs import confirm

        title, yes, no = "Close without taking it?", "yes, throw away what changed", "no, go on writing"
        try:
            if await self.ask(confirm(title, "", yes, no)):
                self.dismiss(None)
        finally:
            self.release()


class BatchScreen(AnsweredScreen["list[Answer] | None"]):
    """Gives the replies that are ticked, as they were edited; None for back."""

    scope = "batch"
    BINDINGS: ClassVar[list[BindingType]] = [*keys.bindings("batch")]
    DEFAULT_CLASSES = "help"

    def __init__(
        self, title: str, answers: Sequence[Answer], show: Callable[[Answer], Awaitable[str]] | None = None
    ) -> None:
        super().__init__()
        self.heading, self.answers, self.show_persons = title, list(answers), show
        self.ticked = [not answer.why_not for answer in answers]
        self.at = 0

    def compose(self) -> ComposeResult:
        """One page with all of them, and the keys."""
        page = Laid(id="help")
        page.head(self.heading)
        yield page
        hints = KeyLine(keys.hints("batch"))
        hints.styles.dock = "bottom"
        yield hints

    def on_mount(self) -> None:
        """Lay it out."""
        self._show()

    def _show(self) -> None:
        page = self.query_one(Laid)
        number = sum(self.ticked)
        page.head(f"{self.heading} ─ {number} of {len(self.answers)} ticked")

        def lines(width: int) -> list[Line]:
            return answer_lines(self.answers, self.ticked, self.at, width)[0]

        page.lay(lines, about=self.heading)
        top = answer_lines(self.answers, self.ticked, self.at, max(20, page.size.width - 1))[1]
        if not page.top <= top < page.top + max(1, page.size.height - 3):
            page.scroll_line(top)

    def action_down(self) -> None:
        """The next reply."""
        self.at = min(len(self.answers) - 1, self.at + 1)
        self._show()

    def action_up(self) -> None:
        """The reply before."""
        self.at = max(0, self.at - 1)
        self._show()

    def action_tick(self) -> None:
        """Send this one, or leave it out; what cannot be sent stays out."""
        if self.answers[self.at].why_not:
            self.notify(one_line(self.answers[self.at].why_not), severity="warning", markup=False)
        else:
            self.ticked[self.at] = not self.ticked[self.at]
            self.action_down()

    def action_edit(self) -> None:
        """Write this one otherwise."""
        answer, at = self.answers[self.at], self.at

        def take(text: str | None) -> None:
            if text is not None:
                self.answers[at] = replace(answer, text=text, by_hand=answer.by_hand or text != answer.text.strip())
                self._show()

        self.app.push_screen(WriteText(f"Reply to {', '.join(answer.to)} · {answer.title}", answer.text), take)

    def action_who(self) -> None:
        """The person, or persons, a reply goes to."""
        if self.show_persons is not None:
            self.run_worker(self.show_persons(self.answers[self.at]), group="commands")

    def action_send(self) -> None:
        """All that are ticked."""
        self.dismiss([answer for answer, tick in zip(self.answers, self.ticked, strict=True) if tick])

    def action_close(self) -> None:
        """None of them."""
        self.dismiss(None)
