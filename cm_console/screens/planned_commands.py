"""What can be done to something planned on a platform itself, which is changed there and not here."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import date, timedelta

from cm_console.model.planned import Planned
from cm_console.model.time import Instant, day_of, moment
from cm_console.model.wall import at_wall, parse_day, say, say_day
from cm_console.screens.mode import ModeScreen
from cm_console.services.desk import Impossible


class PlannedCommands(ModeScreen):
    """The part of the calendar's commands that reaches what is planned there."""

    async def go_to_row(self, id: str) -> None:
        """Stand on a row, wherever it is now."""
        raise NotImplementedError

    async def do_there(self, row: Planned, command: Callable[[Planned], Awaitable[str]] | None) -> str:
        """Run a command on it as it is now, or say what can be done instead.

        Raises:
            Impossible: it is planned there no more, or there is no such command for it.
        """
        plan: Planned | None = await self.services.calendar.there.one(row.id)
        if plan is None or plan.id != row.id:
            raise Impossible(f"it is planned on {row.source} no more: published, or taken off its plan")
        if command is None:
            raise Impossible(
                f"it is planned on {row.source} itself: there it is changed (o opens it). From here: u takes it off"
                " its plan, s < > move it, y copies it"
            )
        return await command(plan)

    async def read_there(self, plan: Planned) -> str:
        """Its words are the platform's: read them; once more says where they are changed."""
        if self.reading:
            return await self.do_there(plan, None)
        self.read()
        return ""

    async def unschedule_there(self, plan: Planned) -> str:
        """Off the platform's plan."""
        await self.services.calendar.there.unschedule(plan.id)
        return f"{plan.source} is told to take it off its plan; z takes that back."

    async def move_there(self, plan: Planned, *, days: int) -> str:
        """Some days later, at the same time of day."""
        return await self._moved(plan, await self.services.calendar.there.move(plan.id, timedelta(days=days)))

    async def reschedule_there(self, plan: Planned) -> str:
        """To a day and time of the person's choice."""
        from cm_console.screens.planned_form import MoveForm

        form = MoveForm(plan, self.services)
        words = await self.ask(form)
        if words:
            await self.go_to_row(plan.id)
        return words or ""

    async def _moved(self, plan: Planned, at: Instant) -> str:
        await self.go_to_row(plan.id)
        return f"{plan.source} is told to move it to {say(at, self.services.zone)}; z takes that back."

    async def copy_there(self, plan: Planned) -> str:
        """An entry of ours with its words, on the same day unless told otherwise."""
        day = await self.ask_for_day(plan.at, timedelta())
        if day is None:
            return ""
        zone = self.services.zone
        at = at_wall(day, moment(plan.at, zone).time(), zone)
        await self.go_to_row(await self.services.calendar.there.copy(plan.id, at))
        return f"Copied to {say_day(day)}, as a draft; what is planned on {plan.source} stays."

    async def ask_for_day(self, at: Instant | None, later: timedelta) -> date | None:
        """The day of a copy; proposed is so much later than now, or than it is planned."""
        from cm_console.screens.dialogs import Ask

        zone, today = self.services.zone, day_of(self.services.clock.now(), self.services.zone)
        proposed = (day_of(at, zone) if at is not None else today) + later
        answer = await self.ask(Ask("Copy to which day?", value=str(proposed), hint="26 Nov, thu, +7 …"))
        return None if answer is None else parse_day(answer, today)

    def action_open_link(self) -> None:
        """Its page there, or one of the links in its text."""
        self.perform(self._open_link(), asks=True)

    async def _open_link(self) -> str:
        from cm_console.screens.dialogs import Choice, Choose
        from cm_console.widgets.links import real_host
        from cm_console.widgets.planned import links_of

        await self.list.settled()
        row = self.list.current
        links = links_of(row) if isinstance(row, Planned) else []
        if not links:
            return (
                "There is no link here." if isinstance(row, Planned) else "An entry has no page; i goes to its thread."
            )
        choices = [Choice(str(n), f"{real_host(url)}  {url}", url) for n, url in enumerate(links[:9], 1)]
        url = links[0] if len(links) == 1 else await self.ask(Choose("Open which link?", choices))
        if url:
            self.app.open_url(url)
        return ""
