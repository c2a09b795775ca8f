"""The form that moves what a platform has planned to another time."""

from __future__ import annotations

from textual.app import ComposeResult

from cm_console.model.planned import Planned
from cm_console.model.time import Instant
from cm_console.model.wall import say
from cm_console.screens.form import Form
from cm_console.screens.services import Services
from cm_console.services.desk import Impossible
from cm_console.widgets.when import When


class MoveForm(Form[Instant | None]):
    """Choose when the platform publishes it."""

    SAVE = "move"

    def __init__(self, plan: Planned, services: Services) -> None:
        super().__init__(f"Move on {plan.source} ─ {plan.name}", services)
        self.plan = plan

    def fields(self) -> ComposeResult:
        """Day and time."""
        yield When(self.plan.at, self.services.clock, self.services.zone)

    def written(self) -> Instant | None:
        """See Form."""
        return self.query_one(When).value

    async def submit(self, written: Instant | None, *, schedule: bool) -> str:
        """Tell the platform."""
        if written is None:
            raise Impossible("choose a day and a time")
        await self.services.calendar.there.reschedule(self.plan.id, written)
        return f"{self.plan.source} is told to move it to {say(written, self.services.zone)}; z takes that back."
