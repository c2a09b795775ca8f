"""What the composer can do with words: count them, look at them, fill them in, hand them to an editor, judge them."""

from __future__ import annotations

from collections.abc import Coroutine, Sequence
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from textual.content import Content
from textual.widgets import TextArea

from cm_console.model.length import TextRules, counted, too_long
from cm_console.model.templates import SavedReply, fill
from cm_console.model.text import clean
from cm_console.model.thread import PostRow, ThreadCard
from cm_console.model.time import Instant
from cm_console.screens.typed_ahead import AnsweredScreen, Asking
from cm_console.services.desk import Impossible

if TYPE_CHECKING:
    from cm_console.model.send_checks import Doubt
    from cm_console.services.messaging import MessagingService
    from cm_console.services.writing import WritingService

    Writing = WritingService | MessagingService
    """Counts, judges and fills in, for the thread or the account that `card.row.id` is."""

SEND, EDIT, DROP = "send", "edit", "drop"


class ComposeTools(Asking, AnsweredScreen[tuple[str, bool] | None]):
    """The tools over one text field; `at` says when it shall go out, `tags` what the saved replies in it put on.

    `why` are doubts that stand over the text, and are not asked about again; `skipped` that it shall not be sent;
    `editing` the action whose words these are; `subject` is that of a message.
    """

    kind: str
    card: ThreadCard
    posts: Sequence[PostRow]
    why: Sequence[str] = ()
    skipped = False
    editing = ""
    subject = ""
    _now: int

    def __init__(self, writing: Writing | None, zone: ZoneInfo | None, saved: SavedReply | None) -> None:
        super().__init__()
        self.writing, self.zone, self._saved = writing, zone, saved
        self.rules = TextRules()
        self.at: Instant | None = None
        self.tags: list[str] = []

    async def keep_now(self) -> None:
        """Keep the draft."""
        raise NotImplementedError

    @property
    def field(self) -> TextArea:
        """Where one writes."""
        return self.query_one("#editor", TextArea)

    def start(self) -> None:
        """Begin; with a saved reply keys wait until it stands there."""
        if self._saved is not None:
            self.hold()
        self.run_worker(self.begin(), group="rules")

    async def begin(self) -> None:
        """Learn how the platform counts, and put in the saved reply that was chosen before."""
        if self.writing is not None and self.kind != "note":
            self.rules = await self.writing.rules(self.card.row.id)
        self.count()
        if self._saved is not None:
            self.run(self._begin_with(self._saved))

    async def _begin_with(self, reply: SavedReply) -> None:
        await self._put_in(reply)
        if self.why:
            self.unchanged()

    def unchanged(self) -> None:
        """What stands there now is no draft."""
        raise NotImplementedError

    def count(self) -> None:
        """How long it is, as the platform counts."""
        box = self.field.parent
        if box is not None and self.kind != "note" and self.writing is not None:
            text = self.field.text
            box.border_subtitle = Content(counted(text, self.rules))  # type: ignore[attr-defined]  # a Vertical is one
            box.set_class(bool(too_long(text, self.rules)), "-wrong")

    # Sending

    async def send(self, *, done: bool) -> None:
        """Close with the words; a doubt is asked about first."""
        await self.keep_now()
        text = self.field.text.strip()
        if not text:
            self.at = None
            self.notify("There is nothing to send yet.", severity="warning", markup=False)
        elif doubts := [doubt for doubt in await self._doubts(text) if doubt.stops or doubt.words not in self.why]:
            self.run(self._settle(text, done, doubts))
        else:
            self.dismiss((text, done))

    async def _doubts(self, text: str) -> list[Doubt]:
        if self.writing is None or self.kind == "note":
            return []
        seen = None if self.kind == "edit" else {post.id for post in self.posts}
        return await self.writing.doubts(self.card.row.id, text, seen, editing=self.editing)

    async def _settle(self, text: str, done: bool, doubts: Sequence[Doubt]) -> None:
        from cm_console.screens.dialogs import Choice, Choose

        stopped = any(doubt.stops for doubt in doubts)
        choices = [Choice("e", "edit", EDIT), Choice("d", "drop: throw it away", DROP)]
        choices[1:1] = [] if stopped else [Choice("s", "send all the same", SEND)]
        words = "\n".join(f"· {doubt.words}" for doubt in doubts)
        title = "This cannot be sent" if stopped else "Before members read it"
        answer = await self.ask(Choose(title, choices, words=words))
        if answer == SEND:
            self.dismiss((text, done))
        else:
            self.at = None
            if answer == DROP:
                await (self._throw_away() if self.why else self._unwanted())

    async def _throw_away(self) -> None:
        self.skipped = True
        self.field.text = ""
        await self.keep_now()
        self.dismiss(None)

    async def action_send_later(self) -> None:
        """Ask for a time, then send."""
        if self.kind not in ("reply", "planned", "message") or self.zone is None or self.why:
            self.notify("This cannot wait for a time; an answer from the inbox can.", severity="warning", markup=False)
        elif not self.field.text.strip():
            self.notify("There is nothing to send yet.", severity="warning", markup=False)
        else:
            self.run(self._later(self.zone))

    async def _later(self, zone: ZoneInfo) -> None:
        from cm_console.screens.later import ask_time

        at = await ask_time(self.ask, self._now, zone)
        if at is not None:
            self.at = at
            await self.send(done=False)

    async def action_skip(self) -> None:
        """Leave this one out, and go on with the next; where there is none, throw it away after a question."""
        if self.why:
            self.skipped = True
            self.dismiss(None)
        elif not self.field.text.strip():
            await self._throw_away()
        else:
            self.run(self._unwanted())

    async def _unwanted(self) -> None:
        from cm_console.screens.dialogs import confirm

        words = "What stands here is gone then. Escape closes and keeps it."
        if await self.ask(confirm("Throw this away?", words, "yes, throw it away")):
            await self._throw_away()

    # Words

    async def action_quote(self) -> None:
        """Choose words of the thread to quote, where the cursor is."""
        self.run(self._quote())

    async def _quote(self) -> None:
        from cm_console.screens.passage import PassageScreen, quotable, quotes

        posts = quotable(self.posts)
        if not posts:
            raise Impossible("there is nothing to quote")
        begin = self.card.to.id if self.card.to else None
        taken = await self.ask(PassageScreen(posts, begin, self._now))
        if taken:
            self._insert(quotes(taken, self.card.row.source_kind, self.zone or ZoneInfo("UTC")))

    def _insert(self, words: str, *, inline: bool = False) -> None:
        """Put words where the cursor is, a blank line apart; `inline` leaves them in a line that ends with a space."""
        here = self.field.cursor_location
        before = self.field.get_text_range((0, 0), here)
        after = self.field.get_text_range(here, self.field.document.end)
        goes_on = inline and before[-1:] in (" ", "\t") and bool(before.splitlines()[-1].strip())
        apart = "\n" * (2 - len(before[-2:]) + len(before[-2:].rstrip("\n"))) if before.strip() and not goes_on else ""
        open_end = after.strip() and not after[0].isspace() and not words.endswith("\n")
        then = (" " if goes_on else "\n\n") if open_end else ""
        self.field.insert(f"{apart}{words}{then}")

    async def action_saved_reply(self) -> None:
        """Put a saved reply in, or keep what was written as one."""
        if self.writing is None or self.kind == "note":
            self.notify("Saved replies are for answers.", severity="warning", markup=False)
        else:
            self.run(self._choose(self.writing))

    async def _choose(self, writing: Writing) -> None:
        from cm_console.screens.saved import KEEP, SavedReplies

        text = self.field.text.strip()
        reply = await self.ask(SavedReplies(writing.replies, keeps=bool(text)))
        if reply is KEEP:
            await self._save(writing, text)
        elif reply is not None:
            await self._put_in(reply)

    async def _put_in(self, reply: SavedReply) -> None:
        from cm_console.screens.dialogs import Ask

        assert self.writing is not None
        text, missing = await self.writing.filled(reply.text, self.card.row.id)
        given = {}
        for name in missing:
            given[name] = await self.ask(Ask(f"{{{name}}}: what goes there?")) or ""
        self._insert(fill(text, given)[0] if missing else text, inline=True)
        self.tags += [tag for tag in reply.tags if tag not in self.tags]

    async def _save(self, writing: Writing, text: str) -> None:
        from cm_console.screens.dialogs import Ask

        title = await self.ask(Ask("Keep as a saved reply: its title?"))
        if title:
            name = "-".join("".join(letter if letter.isalnum() else " " for letter in title.lower()).split())
            kept = writing.keep_reply(name.encode("ascii", "ignore").decode()[:60], title, text)
            self.notify(clean(f"Kept as {kept.name}: ^r finds it."), markup=False)

    async def action_preview(self) -> None:
        """As the platform will show it."""
        from cm_console.model.quoting import as_markdown
        from cm_console.screens.over import Over
        from cm_console.widgets.preview import preview_lines

        text, markup = as_markdown(self.field.text, self.card.row.source_kind), self.rules.markup
        where = "colleagues read it" if self.kind == "note" else f"{self.card.row.source} shows it"
        self.app.push_screen(Over(f"As {where}", lambda width: preview_lines(text, markup, width), key="ctrl+o"))

    async def action_editor(self) -> None:
        """The text in the person's own editor."""
        from cm_console.screens.editor import edited

        await self.keep_now()
        try:
            text = edited(self.app, self.field.text)
        except Impossible as why:
            self.notify(clean(str(why)), severity="error", markup=False)
        else:
            self.field.text = text
            self.field.move_cursor(self.field.document.end)
            await self.keep_now()
        self.app.refresh()

    # Asking: keys typed ahead wait for the question they are for

    def run(self, command: Coroutine[Any, Any, None]) -> None:
        self.hold()
        self.run_worker(self._told(command), group="commands")

    async def _told(self, command: Coroutine[Any, Any, None]) -> None:
        try:
            await command
        except (Impossible, ValueError) as error:
            self.notify(clean(str(error)), severity="error", markup=False)
        finally:
            self.release()
