"""Clocks for screens and commands: those of a thread, those that run, what is promised, and due dates by hand."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from cm_console.model.business_hours import BusinessHours, next_morning
from cm_console.model.clocks import Clock
from cm_console.model.inbox import Priority
from cm_console.model.time import Instant
from cm_console.model.triage import Triage
from cm_console.services.desk import Decision, Desk, Impossible
from cm_console.store import clocks
from cm_console.store.clocks import Running

if TYPE_CHECKING:
    from cm_console.model.work import Work


class ClocksService:
    """What is promised to whom, and until when."""

    def __init__(self, desk: Desk, triage: Triage, hours: BusinessHours) -> None:
        self._desk = desk
        self.triage = triage
        self.hours = hours

    async def of_thread(self, thread_id: int) -> list[Clock]:
        """The clocks of a thread in the order in which they began, those that ended too."""
        return await self._desk.store.read(lambda conn: clocks.of_thread(conn, thread_id))

    async def running(self, limit: int = 100) -> list[Running]:
        """Clocks that run, those whose time is up first first."""
        return await self._desk.store.read(lambda conn: clocks.running(conn, limit))

    def within(self, priority: Priority) -> int:
        """Milliseconds in which a waiting member should have an answer where no clock says otherwise."""
        return self.triage.within[priority]

    def next_morning(self) -> Instant:
        """When work begins on the next working day."""
        return next_morning(self._desk.clock.now(), self.hours.zone, self.hours)

    async def set_due(self, thread_ids: Sequence[int], at: Instant | None, work: Work | None = None) -> None:
        """Say by hand until when threads want an answer, or (None) leave it to what is promised to everybody.

        A clock under a policy that is due earlier still comes first: a promise cannot be put off by hand.

        Raises:
            Impossible: the time has passed, or there is no such thread.
        """
        if at is not None and at <= self._desk.clock.now():
            raise Impossible("that time has passed")

        def one(thread_id: int) -> tuple[str, Callable[[Decision], None]]:
            def change(decision: Decision) -> None:
                decision.head(thread_id)
                decision.thread(thread_id, due_by=at)

            return f"thread:{thread_id}", change

        await self._desk.decide_each("due", [one(id) for id in thread_ids], work=work)
