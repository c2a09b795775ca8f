"""The calendar's verbs: plan, edit, schedule, move, copy and remove posts and events, and check them first."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from cm_console.model.action import Verb
from cm_console.model.calendar import Entry, EntryKind, EntryState, Outlet
from cm_console.model.preflight import SAME_TEXT_WITHIN, preflight
from cm_console.model.text import clean, clean_line
from cm_console.model.time import DAY, Instant, midnight
from cm_console.model.wall import shift
from cm_console.services.desk import Decision, Desk, Impossible
from cm_console.services.planned import PlannedService
from cm_console.services.planning import (
    check_time,
    check_words,
    forget_sources,
    load,
    put_sources,
    queue,
    refuse_if_left,
    requeue,
    withdraw,
    write,
)
from cm_console.store import calendar
from cm_console.store.sqlite import Connection

TOPICS = ("calendar", "metrics")


class CalendarService:
    """Everything the calendar screen and `cm-console calendar` may ask and command; days are the community's.

    `there` is what platforms have planned themselves.
    """

    def __init__(self, desk: Desk, zone: ZoneInfo) -> None:
        self._desk = desk
        self._zone = zone
        self.there = PlannedService(desk, zone)

    async def entries(self, first: date, last: date) -> list[Entry]:
        """Entries of these days, both included, by time; also events that are announced then."""
        start, end = midnight(first, self._zone), midnight(last + timedelta(days=1), self._zone)
        return await self._desk.store.read(lambda conn: calendar.between(conn, start, end))

    async def entry(self, id: str) -> Entry | None:
        """One entry, None if there is none; the beginning of an id is enough if only one entry has it."""

        def query(conn: Connection) -> Entry | None:
            found = calendar.by_prefix(conn, id) if id else []
            return found[0] if len(found) == 1 else calendar.one(conn, id)

        return await self._desk.store.read(query)

    async def drafts(self) -> list[Entry]:
        """Entries that have no date yet."""
        return await self._desk.store.read(calendar.undated)

    async def troubled(self) -> list[Entry]:
        """Entries of which something failed, or asks a person in the outbox."""
        return await self._desk.store.read(calendar.troubled)

    async def outlets(self) -> list[Outlet]:
        """Every source: what an entry can go to, or why not."""
        found = await self._desk.store.read(lambda conn: calendar.outlets(conn, Verb.PUBLISH))
        return list(found.values())

    async def preflight(self, id: str) -> list[str]:
        """What is wrong or doubtful about an entry, from what the console knows; asks no platform."""
        return await self.check(_known(await self._desk.store.read(lambda conn: calendar.one(conn, id))))

    async def check(self, entry: Entry) -> list[str]:
        """The same of an entry as it would be, saved or not."""
        now = self._desk.clock.now()

        def query(conn: Connection) -> list[str]:
            middle, around = entry.at or now, SAME_TEXT_WITHIN.days * DAY
            others = calendar.between(conn, middle - around, middle + around + 1)
            return preflight(entry, others, calendar.outlets(conn, Verb.PUBLISH), now, self._zone)

        return await self._desk.store.read(query)

    async def save(
        self,
        id: str | None = None,
        *,
        kind: EntryKind = EntryKind.POST,
        title: str = "",
        body: str = "",
        at: Instant | None = None,
        sources: Iterable[str] = (),
        rev: int | None = None,
        schedule: bool = False,
    ) -> str:
        """Create an entry, or change one (give its id, and the `rev` it was read at); returns the id.

        With `schedule` it goes out at its time, as one decision; what was scheduled is queued anew. One whose time
        has passed without going out becomes a draft again: nothing leaves without a new time.

        Raises:
            Impossible: nothing to keep, it has left already, a colleague changed it meanwhile, or no time to go out.
        """
        words = _checked_words(title, body)
        new, chosen = id or self._desk.new_id(), list(dict.fromkeys(sources))
        state = EntryState.SCHEDULED if kind is EntryKind.EVENT and at is not None else EntryState.DRAFT

        def change(decision: Decision) -> str:
            was = load(decision, id) if id else None
            _refuse_overtaken(was, rev)
            due = withdraw(decision, was) if was else {}
            write(decision, new, was, kind=kind, at=at, zone=self._zone.key, state=state, removed=0, **words)
            forget_sources(decision, was, chosen)
            put_sources(decision, new, was, chosen)
            if schedule:
                self._schedule(decision, new, at, chosen)
            elif was is not None:
                requeue(decision, was, load(decision, new), due)
            return new

        op = "schedule" if schedule else "edit" if id else "plan"
        return await self._desk.decide(op, f"entry:{new}", change, TOPICS)

    async def schedule(self, id: str, at: Instant, sources: Sequence[str]) -> None:
        """Let an entry (of an event: its announcement) go out at a time, as one action per source held until then.

        Raises:
            Impossible: the time has passed, no source, one that cannot publish, no words, or it has left already.
        """
        chosen = list(dict.fromkeys(sources))
        await self._desk.decide(
            "schedule", f"entry:{id}", lambda decision: self._schedule(decision, id, at, chosen), TOPICS
        )

    def _schedule(self, decision: Decision, id: str, at: Instant | None, chosen: Sequence[str]) -> None:
        was = load(decision, id)
        if at is None:
            raise Impossible("choose a day and a time")
        check_time(was, at, decision.now)
        if not chosen:
            raise Impossible("choose at least one source")
        waiting = [source for source in chosen if not was.variant(source).left]
        if not waiting:
            refuse_if_left(was, among=chosen)
        withdraw(decision, was)
        forget_sources(decision, was, chosen)
        moves = was.kind is EntryKind.POST and not any(variant.left for variant in was.variants)
        write(decision, id, was, at=at if moves else was.at, zone=self._zone.key, state=EntryState.SCHEDULED)
        put_sources(decision, id, was, chosen)
        entry = load(decision, id)
        for source in waiting:
            check_words(entry, entry.variant(source))
            queue(decision, entry, source, at)

    async def unschedule(self, id: str) -> None:
        """Take back what waits to go out; the entry is a draft again and keeps its date."""

        def change(decision: Decision) -> None:
            was = load(decision, id)
            if not any(variant.live for variant in was.variants):
                refuse_if_left(was, always=True)
                raise Impossible("nothing of it is scheduled")
            withdraw(decision, was)
            write(decision, id, was, state=EntryState.DRAFT if was.kind is EntryKind.POST else EntryState.SCHEDULED)

        await self._desk.decide("unschedule", f"entry:{id}", change, TOPICS)

    async def move(self, id: str, by: timedelta) -> Instant:
        """Move an entry, and what is queued of it, by days or hours on the community's clocks; returns the new time.

        Raises:
            Impossible: it has no date, it has left, or it would have to go out in the past.
        """

        def change(decision: Decision) -> Instant:
            was = load(decision, id)
            refuse_if_left(was)
            if was.at is None:
                raise Impossible("it has no date yet: give it one first")
            due = {source: shift(at, by, self._zone) for source, at in withdraw(decision, was).items()}
            at = shift(was.at, by, self._zone)
            write(decision, id, was, at=at)
            requeue(decision, was, load(decision, id), due)
            return at

        return await self._desk.decide("move", f"entry:{id}", change, TOPICS)

    async def duplicate(self, id: str, at: Instant | None = None) -> str:
        """Make a copy as a draft, with all its words and sources; returns the copy's id."""
        new = self._desk.new_id()

        def change(decision: Decision) -> str:
            was = load(decision, id)
            state = EntryState.SCHEDULED if was.kind is EntryKind.EVENT and at is not None else EntryState.DRAFT
            facts = {"kind": was.kind, "title": was.title, "body": was.body, "zone": self._zone.key}
            write(decision, new, None, at=at, state=state, removed=0, **facts)
            for variant in was.variants:
                row: dict[str, object] = {"title": variant.title, "body": variant.body, "place": variant.place}
                decision.operation.change("variant", {"entry_id": new, "source": variant.source}, row)
            return new

        return await self._desk.decide("duplicate", f"entry:{new}", change, TOPICS)

    async def delete(self, id: str) -> None:
        """Remove an entry from the calendar; what waits to go out is taken back.

        Raises:
            Impossible: it went out; removing it here would not remove it there.
        """

        def change(decision: Decision) -> None:
            was = load(decision, id)
            refuse_if_left(was)
            withdraw(decision, was)
            write(decision, id, was, removed=1)

        await self._desk.decide("remove", f"entry:{id}", change, TOPICS)

    async def variant(self, id: str, source: str, *, title: str = "", body: str = "", place: str = "") -> None:
        """Set the words for one source (empty ones fall back to the entry's), and where it goes there.

        If it waits to go out there, it is queued anew with these words.

        Raises:
            Impossible: it has left for that source, or the words are too many.
        """
        row: dict[str, object] = {
            "title": clean_line(title.strip()),
            "body": clean(body.strip()),
            "place": clean_line(place.strip()),
        }

        def change(decision: Decision) -> None:
            was = load(decision, id)
            refuse_if_left(was, among=[source])
            due = withdraw(decision, was, among=[source])
            decision.operation.change("variant", {"entry_id": id, "source": source}, row)
            write(decision, id, was)
            requeue(decision, was, load(decision, id), due, among=[source])

        await self._desk.decide("variant", f"entry:{id}", change, TOPICS)


def _checked_words(title: str, body: str) -> dict[str, str]:
    words: dict[str, str] = {"title": clean_line(title.strip()), "body": clean(body.strip())}
    if not any(words.values()):
        raise Impossible("an entry needs a title or a text")
    return words


def _refuse_overtaken(was: Entry | None, rev: int | None) -> None:
    if was is None:
        return
    if rev is not None and was.rev != rev:
        raise Impossible("a colleague changed it meanwhile: look at it again before you change it")
    refuse_if_left(was)


def _known(entry: Entry | None) -> Entry:
    if entry is None:
        raise Impossible("there is no such entry, or it was removed")
    return entry
