"""Engage first: lists of people to greet, congratulate, answer and thank; and conversation starters for the calendar.

It prepares words and keeps decisions; what it sends was seen and sent by a person, through the outbox like any reply.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from datetime import time as clock_time
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from cm_console.model.engaging import STARTERS, TEMPLATES, Engage, EngageRow, EngageRules, Route, Starter
from cm_console.model.messaging import with_subject
from cm_console.model.templates import fill
from cm_console.model.time import DAY, Instant, day_of, midnight
from cm_console.services import messaging, replying
from cm_console.services.desk import Decision, Desk, Impossible
from cm_console.store import engaging, starters

if TYPE_CHECKING:
    from cm_console.store.sqlite import Connection

AHEAD = 60
"""Days looked through for one that is free."""
FASTER = "a colleague was faster, or it is answered: look again"
AT = clock_time(10)
"""When a starter is put down for; the calendar moves it."""


class EngagingService:
    """What the engage screen and `cm-console engage` may ask and command."""

    def __init__(
        self,
        desk: Desk,
        zone: ZoneInfo,
        rules: EngageRules | None = None,
        library: Sequence[Starter] = STARTERS,
    ) -> None:
        self._desk, self._zone, self.community = desk, zone, ""
        self.rules, self._library = rules or EngageRules(), tuple(library)
        self.templates: Mapping[str, str] = {view.value: text for view, text in TEMPLATES.items()}

    async def rows(self, view: Engage) -> list[EngageRow]:
        """A list, at most MOST rows, what counts most first."""
        found = await self._desk.store.read(lambda conn: self._rows(conn, view))
        return [replace(row, key=place) for place, row in enumerate(found)]

    async def counts(self) -> dict[Engage, int]:
        """How many rows each list of people has."""
        found = {}
        for view in TEMPLATES:
            found[view] = len(await self.rows(view))
        return found

    async def row(self, view: Engage, number: str) -> EngageRow:
        """A row by its number as the command line names it.

        Raises:
            Impossible: it is not, or no longer, in that list.
        """
        for row in await self.rows(view):
            if row.number == number:
                return row
        raise Impossible(f"{number} is not in the list {view}: see cm-console engage list {view}")

    async def words(self, row: EngageRow) -> tuple[str, tuple[str, ...]]:
        """The template of its list filled in, and the places nothing is known for: those are left to the person."""
        link, place = await self._desk.store.read(lambda conn: engaging.where(conn, row.thread_id))
        places = {
            "member": str(row.member),
            "title": str(row.title),
            "link": link,
            "place": place,
            "me": self._desk.me,
            "community": self.community,
            "source": row.source,
            "years": row.detail,
            "answers": row.detail,
        }
        return fill(self.templates[row.view], places)

    async def send(
        self, row: EngageRow, text: str, *, done: bool = False, at: Instant | None = None, tags: Sequence[str] = ()
    ) -> str:
        """Write to them the way the row says, now or `at` a time; with `done` the inquiry is done too.

        Returns the action's id. Nobody is greeted twice: a colleague may have been faster. `tags` go on the thread.
        Taken back, words that are not the template's are a draft of the row.

        Raises:
            Impossible: no words, the row has no way for them, or it is no longer in its list.
        """
        from cm_console.model.inbox import Then

        if row.route is Route.PRIVATELY and row.to_id is not None:
            return await self.send_privately(row, row.to_id, text, at=at)
        words, thread_id, key = _words(text), row.thread_id, await self._draft_key(row, text)
        if row.route is Route.NOWHERE or thread_id is None:
            raise Impossible(nowhere(row))
        if at is not None and at <= self._desk.clock.now():
            raise Impossible("that time has passed")
        target = thread_id

        def change(decision: Decision) -> str:
            if not self._still(decision, row):
                raise Impossible(FASTER)
            theirs = decision.head(target)["author_id"] == row.member_id
            said = None if theirs else engaging.last_words(decision.conn, target, row.member_id)
            id = replying.reply_in(decision, target, words, reply_to=said, at=at)
            replying.kept_as(decision, key, words)
            replying.put_tags(decision, target, tags)
            _decide(decision, row, "sent", None)
            if row.view is Engage.UNANSWERED or done:
                replying.stand(decision, target, Then.DONE if done else Then.WAIT)
            return id

        return await self._desk.decide("engage", f"thread:{target}", change)

    async def send_privately(
        self, row: EngageRow, to_id: int, text: str, *, subject: str = "", at: Instant | None = None
    ) -> str:
        """Write to an account of theirs instead, now or `at` a time; returns the action's id.

        Raises:
            Impossible: as `send`; or it is about a thread, which would stay unanswered.
        """
        words, key = _words(text), await self._draft_key(row, with_subject(subject, text))
        if row.view is Engage.UNANSWERED:
            raise Impossible("a thread that nobody answered wants an answer in it, where others read it too")
        if at is not None and at <= self._desk.clock.now():
            raise Impossible("that time has passed")

        def change(decision: Decision) -> str:
            if not self._still(decision, row):
                raise Impossible(FASTER)
            id = messaging.write_to(decision, messaging.account(decision.conn, to_id), words, subject=subject, at=at)
            replying.kept_as(decision, key, with_subject(subject, words))
            _decide(decision, row, "sent", None)
            return id

        return await self._desk.decide("engage", f"member:{to_id}", change, ("inbox", "members"))

    async def _draft_key(self, row: EngageRow, text: str) -> str:
        """Where words to a row are kept if they are taken back; "" for those of the template: it has them."""
        template, _ = await self.words(row)
        return "" if text.strip() == template.strip() else draft_key(row)

    async def pass_over(self, rows: Sequence[EngageRow]) -> None:
        """Not this one: it does not come back, but for new reasons (another year, more help)."""
        await self._decide("pass over", rows, "passed", None)

    async def snooze(self, rows: Sequence[EngageRow], until: Instant) -> None:
        """Put rows away until a time.

        Raises:
            Impossible: that time has passed.
        """
        if until <= self._desk.clock.now():
            raise Impossible("that time has passed")
        await self._decide("put off", rows, "snoozed", until)

    async def start(self, id: str) -> tuple[str, date]:
        """Put a starter into the calendar, as a draft on the next day that has nothing; returns the entry and its day.

        Raises:
            Impossible: there is no such starter, or the calendar has it already, and it is still to come.
        """
        from cm_console.model.calendar import EntryKind, EntryState
        from cm_console.model.wall import at_wall
        from cm_console.services.planning import write

        starter = next((each for each in self._library if each.id == id), None)
        if starter is None:
            raise Impossible(f"there is no starter {id!r}: see cm-console engage starters")
        kept, new = starter, self._desk.new_id()

        def change(decision: Decision) -> tuple[str, date]:
            if (planned := starters.planned(decision.conn, kept, decision.now)) is not None:
                on = day_of(planned, self._zone)
                raise Impossible(f"“{kept.title}” is in the calendar already: {on:%A} {on.day} {on:%B}")
            day = _free_day(decision.conn, day_of(decision.now, self._zone), self._zone)
            at = at_wall(day, AT, self._zone)
            facts = {"kind": EntryKind.POST, "title": kept.title, "body": kept.text, "zone": self._zone.key}
            write(decision, new, None, at=at, state=EntryState.DRAFT, removed=0, **facts)
            key = {"view": Engage.STARTERS, "subject": f"starter:{kept.id}", "occasion": 0}
            decision.operation.change("engaged", key, {"at": decision.now, "until": None, "how": "used"})
            return new, day

        return await self._desk.decide("start", f"entry:{new}", change, ("calendar", "inbox"))

    def _rows(self, conn: Connection, view: Engage) -> list[EngageRow]:
        now = self._desk.clock.now()
        if view is Engage.STARTERS:
            return starters.rows(conn, self._library, now, self._zone)
        return engaging.page(conn, view, self.rules, now, self._zone)

    def _still(self, decision: Decision, row: EngageRow) -> bool:
        return any(each.id == row.id for each in self._rows(decision.conn, row.view))

    async def _decide(self, op: str, rows: Sequence[EngageRow], how: str, until: Instant | None) -> None:
        changes = [(row.subject, lambda decision, row=row: _decide(decision, row, how, until)) for row in rows]
        await self._desk.decide_each(op, changes)


def draft_key(row: EngageRow) -> str:
    """Where words to somebody of a list are kept while they are written."""
    return f"engage:{row.id}"


def nowhere(row: EngageRow) -> str:
    """Why nothing can be written to somebody, and what one can do."""
    return f"{row.member} cannot be written to: {row.why_not}; e passes over"


def _words(text: str) -> str:
    from cm_console.model.templates import unfilled

    words = text.strip()
    if missing := unfilled(words, ("years", "answers")):
        raise Impossible(f"fill in {', '.join(f'{{{name}}}' for name in missing)} first")
    return words


def _decide(decision: Decision, row: EngageRow, how: str, until: Instant | None) -> None:
    key = {"view": row.view, "subject": row.subject, "occasion": row.occasion}
    decision.operation.change("engaged", key, {"at": decision.now, "until": until, "how": how})


def _free_day(conn: Connection, today: date, zone: ZoneInfo) -> date:
    from cm_console.store import calendar

    first = today + timedelta(days=1)
    entries = calendar.between(conn, midnight(first, zone), Instant(midnight(first, zone) + AHEAD * DAY))
    taken = {day_of(entry.at, zone) for entry in entries if entry.at is not None}
    return next((day for n in range(AHEAD) if (day := first + timedelta(days=n)) not in taken), first)
