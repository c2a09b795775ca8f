"""What can be done to the entry one stands on."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import date, time, timedelta
from functools import partial

from cm_console.model.calendar import Entry, EntryKind, EntryState, Outlet, Variant
from cm_console.model.planned import Planned
from cm_console.model.text import Safe
from cm_console.model.time import day_of, instant, moment
from cm_console.model.wall import at_wall, say, say_day
from cm_console.screens.calendar_rows import Row
from cm_console.screens.planned_commands import PlannedCommands
from cm_console.services.desk import Impossible

MORNING = time(10)
"""When a new entry goes out unless told otherwise."""


class EntryCommands(PlannedCommands):
    """The commands of the calendar screen; where one stands is the screen's business."""

    day: date

    async def settled_row(self) -> Row | None:
        """What the next command is about."""
        raise NotImplementedError

    def _do(
        self,
        command: Callable[[Entry], Awaitable[str]],
        there: Callable[[Planned], Awaitable[str]] | None = None,
        *,
        asks: bool = False,
    ) -> None:
        """Run a command on the current entry; say so if there is none. `asks`: see perform.

        `there` is what it does to something planned on a platform; None if that has no such thing.
        """

        async def run() -> str:
            entry = await self.settled_row()
            if entry is None:
                return "There is no entry here; c makes one."
            if isinstance(entry, Planned):
                return await self.do_there(entry, there)
            fresh: Entry | None = await self.services.calendar.entry(entry.id)
            if fresh is None:
                raise Impossible("it was removed meanwhile")
            return await command(fresh)

        self.perform(run(), asks=asks)

    async def undo(self) -> str:
        """See ModeScreen; the cursor goes where the entry is that was moved, removed or changed."""
        words = await super().undo()
        kind, _, id = (await self.services.journal.lines(limit=1))[0].item.partition(":") if words else ("", "", "")
        if kind in ("entry", "planned"):
            await self.go_to_row(id)
        return words

    # Write

    def action_new(self) -> None:
        """Plan something on this day, at ten, or an hour from now if that is over."""
        self.perform(self._new(), asks=True)

    async def _new(self) -> str:
        zone, now = self.services.zone, self.services.clock.now()
        at = at_wall(self.day, MORNING, zone)
        if at <= now and day_of(now, zone) == self.day:
            later = moment(now, zone).replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
            at = instant(later)
        able = [outlet.source for outlet in await self.services.calendar.outlets() if not outlet.why_not]
        only = (Variant(able[0]),) if len(able) == 1 else ()
        blank = Entry("", EntryKind.POST, Safe(""), Safe(""), at, zone.key, EntryState.DRAFT, only)
        return await self._write(blank)

    async def _write(self, entry: Entry) -> str:
        from cm_console.screens.entry_forms import EntryForm

        form = EntryForm(entry, await self.services.calendar.outlets(), self.services)
        words = await self.ask(form)
        if words:
            await self.go_to_row(form.saved_id)
        return words or ""

    def edit(self) -> None:
        """Change the current entry."""
        self._do(self._edit, self.read_there, asks=True)

    async def _edit(self, entry: Entry) -> str:
        if entry.kind is EntryKind.POST and any(variant.left for variant in entry.variants):
            return "It is out and cannot be changed from here; i goes to its thread, y makes a copy."
        return await self._write(entry)

    def action_variants(self) -> None:
        """The words for one source."""
        self._do(self._variants, asks=True)

    async def _variants(self, entry: Entry) -> str:
        from cm_console.model.length import TextRules
        from cm_console.screens.dialogs import Choice, Choose
        from cm_console.screens.entry_forms import VariantForm

        outlets: dict[str, Outlet] = {outlet.source: outlet for outlet in await self.services.calendar.outlets()}
        names = [*entry.sources, *(name for name, outlet in outlets.items() if not outlet.why_not)]
        names = list(dict.fromkeys(names))
        if not names:
            return "No source can publish yet: cm-console source add"
        choices = [Choice(str(n), _variant_words(entry, name), name) for n, name in enumerate(names[:9], 1)]
        name = names[0] if len(names) == 1 else await self.ask(Choose("Words for which source?", choices))
        if name is None:
            return ""
        rules = outlets[name].text if name in outlets else TextRules()
        return await self.ask(VariantForm(entry, entry.variant(name), rules, self.services)) or ""

    # When and where

    def action_schedule(self) -> None:
        """Choose when and where it goes out."""
        self._do(self._schedule, self.reschedule_there, asks=True)

    async def _schedule(self, entry: Entry) -> str:
        from cm_console.screens.entry_forms import ScheduleForm

        words = await self.ask(ScheduleForm(entry, await self.services.calendar.outlets(), self.services))
        if words:
            await self.go_to_row(entry.id)
        return words or ""

    def action_unschedule(self) -> None:
        """Back to a draft."""
        self._do(self._unschedule, self.unschedule_there)

    async def _unschedule(self, entry: Entry) -> str:
        await self.services.calendar.unschedule(entry.id)
        return "Off the schedule; it keeps its date as a draft."

    def action_later(self) -> None:
        """A day later, at the same time of day."""
        self._do(partial(self._move, days=1), partial(self.move_there, days=1))

    def action_earlier(self) -> None:
        """A day earlier."""
        self._do(partial(self._move, days=-1), partial(self.move_there, days=-1))

    async def _move(self, entry: Entry, days: int) -> str:
        at = await self.services.calendar.move(entry.id, timedelta(days=days))
        await self.go_to_row(entry.id)
        return f"Moved to {say(at, self.services.zone)}."

    # Where it went

    def action_thread(self) -> None:
        """Read what became of it."""
        self._do(self._thread, asks=True)

    async def _thread(self, entry: Entry) -> str:
        from cm_console.screens.dialogs import Choice, Choose
        from cm_console.screens.travel import go_to

        there = [(variant.source, variant.thread_id) for variant in entry.variants if variant.thread_id is not None]
        if not there:
            out = [variant.source for variant in entry.variants if variant.sent_at is not None]
            if not out:
                return "It is not out yet, so there is no thread."
            return f"It is out on {', '.join(out)}; its thread comes with the next pull: R pulls now."
        choices = [Choice(str(n), source, thread_id) for n, (source, thread_id) in enumerate(there[:9], 1)]
        chosen = there[0][1] if len(there) == 1 else await self.ask(Choose("Its thread on which source?", choices))
        if chosen is not None:
            await go_to(self.app, "thread", chosen)
        return ""

    # Copy and remove

    def action_duplicate(self) -> None:
        """A copy as a draft, a week later unless told otherwise."""
        self._do(self._duplicate, self.copy_there, asks=True)

    async def _duplicate(self, entry: Entry) -> str:
        day = await self.ask_for_day(entry.at, timedelta(days=7))
        if day is None:
            return ""
        zone = self.services.zone
        at = at_wall(day, moment(entry.at, zone).time(), zone) if entry.at is not None else None
        await self.go_to_row(await self.services.calendar.duplicate(entry.id, at))
        return f"Copied to {say_day(day)}, as a draft." if at is not None else "Copied, as a draft without a date."

    def action_remove(self) -> None:
        """Remove it; z brings it back."""
        self._do(self._remove)

    async def _remove(self, entry: Entry) -> str:
        self.list.pass_over({entry.id})
        await self.services.calendar.delete(entry.id)
        return f"Removed “{entry.name}”; z brings it back."


def _variant_words(entry: Entry, source: str) -> str:
    variant = entry.variant(source)
    if source not in entry.sources:
        return f"{source}  (not chosen yet)"
    return f"{source}  {'its own words' if variant.title or variant.body else 'as the entry'}"
