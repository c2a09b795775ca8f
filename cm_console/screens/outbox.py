"""The outbox: everything on its way to a platform, how it stands and why, and the answers only a person can give."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Sequence
from functools import partial
from typing import TypeAlias, cast

from textual.widget import Widget

from cm_console import keys
from cm_console.model.outbox import Answer, State
from cm_console.screens.dialogs import confirm
from cm_console.screens.many import sure_of_many
from cm_console.screens.mode import Panes
from cm_console.screens.outbox_edits import OutboxEdits
from cm_console.screens.outbox_rows import SendingRows, cannot
from cm_console.services.desk import Impossible
from cm_console.widgets.footer import KeyLine, Off
from cm_console.widgets.laid import Laid
from cm_console.widgets.lines import Cell
from cm_console.widgets.rows import RowList
from cm_console.widgets.sending import ENDED, Sending, sending_cells, sending_lines

Deed: TypeAlias = Callable[..., Awaitable[str]]
"""What is done to actions, by their ids; returns what became of their decisions."""
COMMANDS = ("remove", "now", "again", "there", "forget")
"""The commands that depend on how an action stands."""
VERBS = {"remove": "take back", "now": "send", "again": "send again", "there": "mark as sent", "forget": "forget"}
"""What each does, in words."""


class OutboxScreen(OutboxEdits, scope="outbox"):
    """Actions on the left, everything about one on the right."""

    live = True
    words = ""
    sending: Sending | None = None
    stuck = 0

    def compose_body(self) -> Iterable[Widget]:
        """List and action."""
        with Panes():
            yield RowList[Sending](self.cells, id="list")
            yield Laid(id="side")

    def cells(self, sending: Sending, width: int) -> list[Cell]:
        """See sending_cells."""
        return sending_cells(sending, self.services.clock.now(), self.services.zone, width)

    async def on_mount(self) -> None:
        """Show what is on its way; from now on what is held counts down."""
        await super().on_mount()
        self.query_one("#side").add_class("pane")
        self.show_view(live=True)
        self.list.focus()
        self.set_interval(1, self._tick)

    def show_view(self, *, live: bool) -> None:
        """What is on its way, or everything."""
        self.end_reading()
        self.live = live
        self._head()
        empty = (
            "Nothing is on its way.\ntab shows what has been sent · esc goes back" if live else "Nothing was sent yet."
        )
        self.list.empty = f"Nothing here has “{self.words}”.\nesc shows all" if self.words else empty
        self.list.show(SendingRows(self.services.outbox, live=live, words=self.words))

    def _head(self) -> None:
        what = f"“{self.words}”" if self.words else "on its way" if self.live else "everything"
        order = f"{self.stuck} to answer, then newest" if self.stuck and self.live else "newest first"
        self.list.head(f"Outbox ─ {what} ─ {order}")

    def filter_rows(self, words: str) -> None:
        """See ModeScreen."""
        self.words = words.strip()
        self.show_view(live=self.live)

    async def refresh_rows(self) -> None:
        """See ModeScreen."""
        self.list.refresh_rows()
        self._read_current()

    def _tick(self) -> None:
        """A second has passed: only what is held changes by itself."""
        rows = cast("list[Sending]", self.list.pager.window.rows)
        if self.is_current and any(sending.row.state in (State.QUEUED, State.UNCERTAIN) for sending in rows):
            self.list.refresh()
            self.query_one("#side", Laid).again()

    # The action

    def on_row_list_highlighted(self, event: RowList.Highlighted) -> None:
        """Another action under the cursor."""
        self._read_current()

    def _read_current(self) -> None:
        self.fetch(self._read)

    async def _read(self) -> None:
        side, clock = self.query_one("#side", Laid), self.services.clock
        self.stuck = await self.services.outbox.stuck()
        self._head()
        current = cast("Sending | None", self.list.current)
        rows = SendingRows(self.services.outbox, live=False)
        self.sending = sending = await rows.find(current.id) if current else None
        if sending is None:
            side.lay(lambda width: [])
        else:
            attempts = await self.services.outbox.attempts(sending.id)
            me, zone = self.services.actor, self.services.zone
            side.lay(lambda width: sending_lines(sending, attempts, me, clock.now(), zone, width), about=sending.id)
        if self._chords is None:
            self.query_one(KeyLine).show(self.hints())

    def hints(self) -> list[tuple[str, str]]:
        """The keys; those that do nothing for this action are greyed, or gone where it has ended."""
        sending, now = self.sending, self.services.clock.now()
        unable = [command for command in COMMANDS if sending is None or cannot(sending, command, now)]
        off = {keys.BY_ID[f"outbox.{command}"].label for command in unable}
        shown = super().hints()
        if sending is None or sending.row.state in ENDED:
            return [(key, label) for key, label in shown if label not in off]
        return [(key, Off(label) if label in off else label) for key, label in shown]

    # Commands

    def action_next_view(self) -> None:
        """What is on its way, or everything."""
        self.show_view(live=not self.live)

    def action_previous_view(self) -> None:
        """The same, as there are two."""
        self.show_view(live=not self.live)

    async def action_remove(self) -> None:
        """Take it back before it leaves."""
        await self._do("remove", self.services.outbox.cancel, "Taken back: not sent")

    async def action_now(self) -> None:
        """End the undo window."""

        async def send(*ids: str) -> str:
            await self.services.outbox.send(*ids)
            return ""

        await self._do("now", send, "Leaving now")

    async def action_there(self) -> None:
        """It did arrive."""
        await self._do("there", partial(self.services.outbox.resolve, Answer.THERE), "Marked as sent")

    async def action_again(self) -> None:
        """Send it again."""
        await self._do("again", partial(self.services.outbox.resolve, Answer.AGAIN), "On its way again")

    async def action_forget(self) -> None:
        """Give it up."""
        await self._do("forget", partial(self.services.outbox.resolve, Answer.FORGET), "Forgotten")

    async def _do(self, command: str, deed: Deed, words: str) -> None:
        await self.list.settled()
        chosen = cast("list[Sending]", self.list.chosen())
        if chosen:
            self.perform(self._each(chosen, command, deed, words), asks=True)

    async def _each(self, chosen: Sequence[Sending], command: str, deed: Deed, words: str) -> str:
        """All of them in one decision, or none where one cannot."""
        now, ids = self.services.clock.now(), [sending.id for sending in chosen]
        rows = SendingRows(self.services.outbox, live=False)
        fresh = [sending for id in ids if (sending := await rows.find(id))]
        refused = [why for sending in fresh if (why := cannot(sending, command, now))]
        if refused:
            raise Impossible(f"{len(refused)} of {len(ids)}: {refused[0]}" if len(ids) > 1 else refused[0])
        if command == "again" and any(sending.row.state is State.UNCERTAIN for sending in fresh):
            twice = "Nobody could find out whether it arrived. If it did, it will be there twice."
            sure = await self.ask(confirm("Send it again?", twice, "send it again"))
            if not sure:
                return ""
        if not await sure_of_many(self, len(ids), VERBS[command], "actions", destroys=command in ("remove", "forget")):
            return ""
        became = await deed(*ids)
        self.list.marks.clear()
        self.list.pass_over(set(ids))
        done = f"{words}." if len(ids) == 1 else f"{words}: {len(ids):,}."
        return f"{done} {became}".rstrip()

    async def action_visit(self) -> None:
        """Go to the thread it belongs to; where a private message has none yet, to whom it is for."""
        from cm_console.screens.inbox_person import open_person

        await self.list.settled()
        current = cast("Sending | None", self.list.current)
        if current is not None and current.row.thread_id is not None:
            self.dismiss(current.row.thread_id)
        elif current is not None and current.row.member_id is not None:
            open_person(self, current.row.member_id)
        elif current is not None:
            self.say("It belongs to no thread here.")

    async def action_who(self) -> None:
        """Whom it is for, or about."""
        from cm_console.screens.inbox_person import open_whose

        await self.list.settled()
        if self.list.current is not None:
            self.perform(open_whose(self, [("action", self.list.current.id)]))

    async def action_copy(self) -> None:
        """What it says, to be used elsewhere."""
        await self.list.settled()
        current = cast("Sending | None", self.list.current)
        text = current.row.text if current else ""
        if text:
            self.app.copy_to_clipboard(text)
        self.say("Copied." if text else "It says nothing that could be copied.")
