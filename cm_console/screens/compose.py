"""Writing a public answer or a private note: the last words above, the text below, never sent by accident."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, ClassVar
from zoneinfo import ZoneInfo

from textual import events
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widget import Widget
from textual.widgets import TextArea

from cm_console import keys
from cm_console.model.templates import SavedReply
from cm_console.model.thread import PostRow, ThreadCard
from cm_console.screens.compose_tools import ComposeTools
from cm_console.screens.keeping import Keeping
from cm_console.widgets.footer import KeyLine
from cm_console.widgets.lines import Line, one_line
from cm_console.widgets.posts import Reading
from cm_console.widgets.reader import Reader
from cm_console.widgets.toned import Toned

if TYPE_CHECKING:
    from cm_console.screens.compose_tools import Writing

RENAMED = {"planned": {"send": "replace", "later": "its time"}, "note": {"send": "keep"}}
"""What keys are called in some kinds of words; "planned" is also any other that waits and is edited."""
WITHOUT = {
    "note": ("later", "saved", "send, done"), "edit": ("later", "send, done"), "planned": ("send, done",),
    "message": ("send, done", "quote"),
}  # fmt: skip
"""What does nothing of its own in some kinds of words."""


class Reasons(Toned):
    """What there is to look at before the words below are sent, each in a line."""

    def __init__(self, why: Sequence[str]) -> None:
        super().__init__()
        self.why = why
        self.styles.height = len(why)

    def line(self, y: int) -> Line:
        """One of them."""
        return [(f"! {one_line(self.why[y])}", "warn")] if y < len(self.why) else []


class ComposeScreen(ComposeTools):
    """Gives (text, done) when sent, None when closed; what was typed is kept as a draft either way.

    Args:
        kind: "reply", "message", "edit" or "planned" (a reply that waits in the outbox), which the member will read,
            or "note", which stays here.
        keep: saves the draft.
        kept: what is saved of it, where that is less than the draft: a quote or other words were put to it.
        now: the time, for the ages of the posts; that of the last one if it is not given.
        writing: counts, judges and fills in; without it only words are taken.
        zone: the community's, where words can wait for a time; who asks must look at `at` then.
        saved: a saved reply to begin with.
        why: what there is to look at, where this is one of several that are looked at one by one.
        place: which of them it is, and how many they are.
    """

    scope = "compose"
    leaves = ""
    """When a planned reply goes out, in words."""
    BINDINGS: ClassVar[list[BindingType]] = [*keys.bindings("compose")]
    DEFAULT_CLASSES = "compose"

    def __init__(
        self,
        kind: str,
        card: ThreadCard,
        posts: Sequence[PostRow],
        draft: str,
        keep: Callable[[str], Awaitable[None]],
        *,
        kept: str | None = None,
        now: int | None = None,
        writing: Writing | None = None,
        zone: ZoneInfo | None = None,
        saved: SavedReply | None = None,
        why: Sequence[str] = (),
        place: tuple[int, int] | None = None,
    ) -> None:
        super().__init__(writing, zone, saved)
        self.why, self.place = why, place
        self.kind, self.card, self.posts, self.draft, self.keep = kind, card, posts, draft, keep
        self._kept = draft if kept is None else kept
        self._now = max((post.created_at for post in posts), default=0) if now is None else now
        self._keeping = Keeping(self, self.keep_now)
        self._early = ""

    def compose(self) -> ComposeResult:
        """Context, editor, keys."""
        with Vertical(classes=self.kind) as box:
            box.border_title = Content(one_line(self._heading()))
            yield self.context()
            if self.why:
                yield Reasons(self.why)
            editor = TextArea(self.draft, id="editor", compact=True, tab_behavior="focus")
            editor.move_cursor(editor.document.end)
            yield editor
            yield KeyLine(self._hints())

    def context(self) -> Widget:
        """What stands over the words."""
        return Reader(id="context")

    def _hints(self) -> list[tuple[str, str]]:
        """The keys that do something here, under the names they have here."""
        shown = keys.hints("compose")
        shown = [hint for hint in shown if hint[1] not in WITHOUT.get(self.kind, ())]
        names = RENAMED.get("planned" if self.editing else self.kind, {})
        shown = [(key, names.get(label, label)) for key, label in shown]
        if self.why:
            skip = keys.BY_ID["compose.skip"]
            shown = [(key, "end" if label == "close" else label) for key, label in shown]
            shown = [hint for hint in shown if hint[1] not in ("later", "send, done")]
            shown[1:1] = [(keys.shown(skip.key), skip.label)]
        return shown

    def _heading(self) -> str:
        place = f"{self.place[0]} of {self.place[1]} · " if self.place else ""
        return place + self.what()

    def what(self) -> str:
        """What is written, who reads it."""
        row = self.card.row
        if self.kind == "note":
            return f"Private note · only the team reads it · {row.title}"
        if self.kind == "edit":
            return f"Edit our answer · members read it · {row.title}"
        if self.kind == "planned":
            return f"A planned reply · {self.leaves} · {row.title}"
        whom = self.card.to.author if self.card.to else row.author
        return f"Public reply · to {whom} on {row.source} · {row.title}"

    def on_mount(self) -> None:
        """Ready to type."""
        self.show_context()
        self.set_focus(self.query_one(TextArea))
        self.start()

    def show_context(self) -> None:
        """The thread stands at its last words."""
        reader = self.query_one(Reader)
        reader.can_focus = False
        reader.read(Reading(self.card, tuple(self.posts), self._now))
        self.call_after_refresh(reader.navigate, "bottom")

    def on_key(self, event: events.Key) -> None:
        """What was typed while this was opening goes into the text."""
        if event.is_printable and event.character and not self.query_one(TextArea).has_focus:
            self.query_one(TextArea).insert(event.character)
            event.stop()

    def on_text_area_changed(self) -> None:
        """Keep the draft soon; count at once."""
        self.count()
        self._keeping.typed()

    async def action_send(self) -> None:
        """Send; the thread then waits for the member."""
        await self.send(done=False)

    async def action_send_done(self) -> None:
        """Send; the thread is done. A planned reply is only edited, and a message has no thread yet."""
        await self.send(done=self.kind not in ("planned", "message"))

    async def action_help(self) -> None:
        """All of these keys."""
        await self.app.run_action("app.help")

    def unchanged(self) -> None:
        """See ComposeTools."""
        self._kept = self.query_one(TextArea).text

    async def keep_now(self) -> None:
        """Keep the draft without waiting for a pause."""
        text = self.query_one(TextArea).text
        if text != self._kept:
            self._kept = text
            await self.keep(text)

    async def action_close(self) -> None:
        """Close; the draft is kept."""
        await self.keep_now()
        self.dismiss(None)
