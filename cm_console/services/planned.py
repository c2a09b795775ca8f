"""What platforms have planned themselves: seen in the calendar, moved, taken off its plan, copied into an entry."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from cm_console.model.calendar import EntryKind, EntryState
from cm_console.model.planned import Planned
from cm_console.model.time import Instant, midnight
from cm_console.model.verb import Verb
from cm_console.model.wall import shift
from cm_console.services.desk import Impossible
from cm_console.store import planned

if TYPE_CHECKING:
    from cm_console.services.desk import Decision, Desk

TOPICS = ("calendar",)


class PlannedService:
    """Platforms' own plans; days are the community's. Whatever changes one goes through the outbox."""

    def __init__(self, desk: Desk, zone: ZoneInfo) -> None:
        self._desk = desk
        self._zone = zone

    async def between(self, first: date, last: date) -> list[Planned]:
        """What goes out by itself on these days, both included, by time, but for what entries of ours put there."""
        start, end = midnight(first, self._zone), midnight(last + timedelta(days=1), self._zone)
        return await self._desk.store.read(lambda conn: planned.between(conn, start, end))

    async def troubled(self) -> list[Planned]:
        """What could not be moved or taken off its plan."""
        return await self._desk.store.read(planned.troubled)

    async def one(self, id: str) -> Planned | None:
        """One by its id (source, colon, the platform's id), None if it is planned there no more.

        The beginning of the platform's id is enough if only one has it.
        """
        source, _, remote = id.partition(":")
        return await self._desk.store.read(lambda conn: planned.one(conn, source, remote))

    async def unschedule(self, id: str) -> None:
        """Take it off the platform's plan; what becomes of it there is the platform's: often a draft.

        Raises:
            Impossible: it is planned there no more, is being told something already, or the source cannot do that.
        """

        def change(decision: Decision) -> None:
            plan = _load(decision, id)
            _withdraw(decision, plan)
            _tell(decision, plan, Verb.UNSCHEDULE)

        await self._desk.decide("unschedule", f"planned:{id}", change, TOPICS)

    async def reschedule(self, id: str, at: Instant) -> None:
        """Let the platform publish it at another time.

        Raises:
            Impossible: as for `unschedule`, or that time has passed, or is its time already.
        """
        await self._move(id, lambda _: at)

    async def move(self, id: str, by: timedelta) -> Instant:
        """The same by days or hours on the community's clocks; returns the new time."""
        return await self._move(id, lambda plan: shift(plan.at, by, self._zone))

    async def _move(self, id: str, new_time: Callable[[Planned], Instant]) -> Instant:
        def change(decision: Decision) -> Instant:
            plan = _load(decision, id)
            at = new_time(plan)
            if at == plan.at:
                raise Impossible("that is its time already")
            if at <= decision.now:
                raise Impossible("that time has passed: choose a later one")
            _withdraw(decision, plan)
            if at != plan.planned_at:
                _tell(decision, plan, Verb.RESCHEDULE, at)
            return at

        return await self._desk.decide("reschedule", f"planned:{id}", change, TOPICS)

    async def copy(self, id: str, at: Instant | None = None) -> str:
        """Make an entry of it, a draft for the same source; returns the entry's id. The plan there stays."""
        from cm_console.services.planning import put_sources, write

        new = self._desk.new_id()

        def change(decision: Decision) -> str:
            plan = _load(decision, id)
            words = {"kind": EntryKind.POST, "title": plan.title, "body": plan.body, "zone": self._zone.key}
            write(decision, new, None, at=at, state=EntryState.DRAFT, removed=0, **words)
            put_sources(decision, new, None, [] if _why_not(decision, plan, Verb.PUBLISH) else [plan.source])
            return new

        return await self._desk.decide("duplicate", f"entry:{new}", change, TOPICS)


def _load(decision: Decision, id: str) -> Planned:
    source, _, remote = id.partition(":")
    plan = planned.one(decision.conn, source, remote)
    if plan is None or plan.id != id:
        raise Impossible(f"it is planned on {source} no more: published, or taken off its plan")
    return plan


def _withdraw(decision: Decision, plan: Planned) -> None:
    """Take back what the platform was to be told before, or stop if it may have heard of it."""
    from cm_console.store import calendar

    told = plan.told
    if told is None:
        return
    if told.verb is Verb.UNSCHEDULE and not told.stuck:
        raise Impossible(f"it is being taken off the plan of {plan.source} already")
    if not calendar.withdraw(decision.operation, told.action_id):
        raise Impossible(f"{plan.source} is being told to move it at this moment: try again once that is done")


def _tell(decision: Decision, plan: Planned, verb: Verb, at: Instant | None = None) -> None:
    from cm_console.model.action import Action
    from cm_console.model.records import Kind, Ref

    if why_not := _why_not(decision, plan, verb):
        other = verb is Verb.RESCHEDULE and not _why_not(decision, plan, Verb.UNSCHEDULE)
        instead = "plan a copy of it here and take it off there" if other else f"change it on {plan.source} itself"
        raise Impossible(f"{why_not}: {instead}")
    decision.queue(Action("", verb, Ref(Kind.SCHEDULED, plan.remote), title=plan.title, at=at), plan.source)


def _why_not(decision: Decision, plan: Planned, verb: Verb) -> str:
    from cm_console.store import sources

    return sources.why_not(decision.conn, plan.source, verb)
