"""Choosing a saved reply: filter as you type, its words below; or keep what was written as a new one."""

from __future__ import annotations

from collections.abc import Sequence

from textual import events
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input

from cm_console.model.templates import SavedReply
from cm_console.screens.dialogs import Question
from cm_console.widgets.lines import Line, one_line, wrap
from cm_console.widgets.toned import Toned

SHOWN, PREVIEW = 6, 7
"""Rows of replies, and rows of the words of the current one."""
KEEP = SavedReply("", "", "")
"""The answer that asks to keep what was written."""


def matching(replies: Sequence[SavedReply], words: str) -> list[SavedReply]:
    """The replies in whose name, title, tags or text every word occurs; those that have them in the title first."""
    wanted = words.casefold().split()

    def has(reply: SavedReply) -> bool:
        text = " ".join((reply.name, reply.title, reply.text, *reply.tags)).casefold()
        return all(word in text for word in wanted)

    def apart(reply: SavedReply) -> bool:
        return not all(word in f"{reply.title} {reply.name}".casefold() for word in wanted)

    return sorted(filter(has, replies), key=apart)


class _Found(Toned):
    """The replies that match, and the words of the current one."""

    def __init__(self, replies: Sequence[SavedReply]) -> None:
        super().__init__()
        self.found, self.at = list(replies), 0

    @property
    def current(self) -> SavedReply | None:
        """The reply under the bar."""
        return self.found[self.at] if self.found else None

    def line(self, y: int) -> Line:
        """Titles with their tags, a rule, the words."""
        top = max(0, self.at - SHOWN + 1)
        if y < SHOWN:
            if y + top >= len(self.found):
                return [(" No saved reply has these words.", "dim")] if not self.found and y == 0 else []
            reply = self.found[y + top]
            tags = "".join(f" #{tag}" for tag in reply.tags)
            return [
                ("▌" if y + top == self.at else " ", "accent"),
                (one_line(reply.title), ""),
                (one_line(tags), "dim"),
            ]
        if y == SHOWN:
            return [("─" * self.size.width, "rule")]
        words = wrap(self.current.text, max(8, self.size.width - 2)) if self.current else []
        return [(f" {words[y - SHOWN - 1]}", "dim")] if y - SHOWN - 1 < len(words) else []

    def ground(self, y: int) -> str:
        """The current one stands out."""
        return "row--cursor" if self.found and y < SHOWN and y == min(self.at, SHOWN - 1) else ""


class SavedReplies(Question[SavedReply]):
    """Gives the chosen one, KEEP to keep what was written, None for back."""

    def __init__(self, replies: Sequence[SavedReply], *, keeps: bool = False) -> None:
        super().__init__()
        self.replies, self.keeps = replies, keeps

    def compose(self) -> ComposeResult:
        """The words, what they find."""
        with Vertical() as box:
            box.border_title = Content("Saved replies")
            box.border_subtitle = Content(
                "enter takes it · " + ("^s keeps what you wrote · " if self.keeps else "") + "esc back"
            )
            yield Input(placeholder="words in title, tags or text", select_on_focus=False)
            yield _Found(self.replies)

    def on_mount(self) -> None:
        """As high as what it holds."""
        self.query_one(_Found).styles.height = SHOWN + 1 + PREVIEW

    def on_input_changed(self, event: Input.Changed) -> None:
        """Only what has these words."""
        found = self.query_one(_Found)
        found.found, found.at = matching(self.replies, event.value), 0
        found.refresh()

    def on_input_submitted(self) -> None:
        """Take the current one."""
        if (current := self.query_one(_Found).current) is not None:
            self.answer(current)

    def on_key(self, event: events.Key) -> None:
        """Up and down move, escape closes; the rest goes on to the field, as no other question lets it."""
        event.prevent_default()
        if self.answered or event.key in ("up", "down", "escape") or (event.key == "ctrl+s" and self.keeps):
            event.stop()
            if not self.answered:
                self.pressed(event)

    def pressed(self, event: events.Key) -> None:
        """See Question."""
        found = self.query_one(_Found)
        if event.key == "escape":
            self.answer(None)
        elif event.key == "ctrl+s":
            self.answer(KEEP)
        else:
            found.at = max(0, min(len(found.found) - 1, found.at + (1 if event.key == "down" else -1)))
            found.refresh()
