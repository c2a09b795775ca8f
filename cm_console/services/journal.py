"""Undo and history: take back the last decision exactly, or its opposite where that comes too late."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from cm_console.model.action import OPPOSITE, Action, Verb
from cm_console.model.outbox import OutboxRow, State
from cm_console.model.records import Kind, Ref
from cm_console.model.text import clean_line
from cm_console.model.work import Work
from cm_console.services.desk import STEP, Decision, Desk, Impossible, pause
from cm_console.services.restoring import BECAME as BECAME
from cm_console.services.restoring import UNDO, Restoring
from cm_console.store import journal, naming, outbox, sources
from cm_console.store.journal import Line
from cm_console.store.overtaking import Since
from cm_console.store.sqlite import Connection

TOPICS = ("inbox", "moderation", "calendar", "metrics", "members")
ENDED_WELL = (State.CANCELLED, State.SUPERSEDED)
"""States of an action nothing of which reaches a platform."""


class Blocked(Impossible):
    """The last decision cannot be taken back as it is now; `let_stand` lets the next undo go on to what was before."""

    def __init__(self, words: str, journal_id: str) -> None:
        super().__init__(words)
        self.journal_id = journal_id


class TooLate(Blocked):
    """An action of the decision has left already; `opposites` are the verbs that would really take it back.

    `also` names what else would go back then, `number` is how many items it was about.
    """

    def __init__(
        self, words: str, journal_id: str, opposites: tuple[Verb, ...], also: tuple[str, ...] = (), number: int = 1
    ) -> None:
        super().__init__(words, journal_id)
        self.opposites, self.also, self.number = opposites, also, number


@dataclass(frozen=True, slots=True)
class Undone:
    """What was taken back: the operation, how many items it was about, which, and what the only one is called."""

    op: str
    items: int
    about: tuple[str, ...] = ()
    name: str = ""

    @property
    def words(self) -> str:
        """What was taken back of what, for a person."""
        if self.items > 1:
            return f"{self.op} of {self.items:,}"
        to = "to" if self.op == Verb.MESSAGE else "of"
        return f"{self.op} {to} “{self.name}”" if self.name else self.op


class JournalService:
    """The record of everything people did, and the way back."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def lines(self, item: str | None = None, *, before: int | None = None, limit: int = 50) -> list[Line]:
        """The newest lines, of one item (`thread:12`, `case:3`) or of all."""
        return await self._desk.store.read(lambda conn: journal.lines(conn, item, before, limit))

    async def undo(self, work: Work | None = None) -> Undone:
        """Take back what this person decided last: rows as they were, actions cancelled.

        Of very many items step by step, so that others get in between. Nothing of it leaves any more from the first
        step on; `work` is told how far it is and may stop it, and the next undo goes on.

        Raises:
            Impossible: nothing to undo.
            Blocked: somebody decided on the same item since.
            TooLate: an action has left; `take_back` queues its opposite.
            Stopped: by `work`, after some items.
        """
        return await self._undo(None, work or Work(), opposite=False)

    async def let_stand(self, journal_id: str) -> None:
        """What cannot be taken back any more stays: the next undo goes on to what was done before it."""

        def write(conn: Connection) -> None:
            line = journal.line(conn, journal_id)
            for each in journal.group(conn, line) if line is not None else []:
                op = f"{journal.STANDS}{each.op}"
                now = self._desk.clock.now()
                operation = journal.Operation(conn, self._desk.new_id(), now, self._desk.me, op, each.item)
                if not each.undone:
                    operation.close(undoes=each.id)

        await self._desk.store.write(write)

    async def stood(self) -> str | None:
        """What this person let stand, for `take_back`; None if they decided something since."""
        return await self._desk.store.read(lambda conn: journal.let_stand_last(conn, self._desk.me))

    async def take_back(self, journal_id: str, work: Work | None = None) -> Undone:
        """Undo a decision whose actions have left, by queueing the opposite of each; step by step as `undo`."""
        return await self._undo(journal_id, work or Work(), opposite=True)

    async def _undo(self, journal_id: str | None, work: Work, *, opposite: bool) -> Undone:
        begun = await self._desk.store.write(lambda conn: self._begin(conn, journal_id, opposite=opposite))
        done, total = min(STEP, len(begun.lines)), len(begun.lines)
        try:
            while done < total:
                work.step(f"Taking back {begun.line.op}", done, total)
                await pause()
                some = begun.lines[done : done + STEP]
                await self._desk.store.write(partial(self._some, some=some, beside=begun.beside, after=begun.last))
                done += len(some)
        finally:
            self._desk.changes.add((*TOPICS, "outbox", "status"))
        about = tuple(each.item for each in reversed(begun.lines))
        return Undone(begun.line.op, total, about, begun.name)

    def _begin(self, conn: Connection, journal_id: str | None, *, opposite: bool) -> _Begun:
        """See that all of it can be taken back, keep all of it from leaving, and take back the first items."""
        line = journal.line(conn, journal_id) if journal_id else journal.last_undoable(conn, self._desk.me)
        if line is None or line.undone:
            raise Impossible("there is nothing to undo")
        lines = [each for each in journal.group(conn, line) if not each.undone]
        last = journal.newest(conn)
        if not opposite:
            self._in_time(conn, lines)
        beside = str(line.payload["group"]) if line.payload.get("group") else None
        _check(conn, lines, beside)
        self._some(conn, lines[:STEP], beside, last)
        return _Begun(line, lines, beside, last, naming.name_of(conn, line.item))

    def _in_time(self, conn: Connection, lines: Sequence[Line]) -> None:
        """Cancel what has not left; TooLate if anything has: then nothing is cancelled, the transaction ends."""
        sending = outbox.of_journals(conn, [line.id for line in lines])
        outbox.cancel_all(conn, sorted(sending), self._desk.clock.now())
        rows = [row for line in lines if line.id in sending for row in outbox.of_journal(conn, line.id)]
        if left := [row for row in rows if row.state not in ENDED_WELL]:
            verbs = [_opposite(conn, row) for row in left]
            known = tuple(dict.fromkeys(verb for verb in verbs if verb is not None))
            more = f", and {len(left) - 1} more" if len(left) > 1 else ""
            also = tuple(sorted({word for line in lines for word in naming.changed(journal.columns(conn, line.id))}))
            words = _too_late(left[0]) + more
            raise TooLate(words, lines[0].id, () if None in verbs else known, also, len(lines))

    def _some(self, conn: Connection, some: Sequence[Line], beside: str | None, after: int) -> None:
        """Take some lines back; those that another console took back meanwhile are left alone."""
        gone, now = journal.undone(conn, [line.id for line in some]), self._desk.clock.now()
        restoring = Restoring(conn, some, beside=beside, after=after)
        for line in some:
            if line.id not in gone:
                self._one(restoring, line)
        restoring.keep(now)

    def _one(self, restoring: Restoring, line: Line) -> None:
        conn, now = restoring.conn, self._desk.clock.now()
        operation = journal.Operation(conn, self._desk.new_id(), now, self._desk.me, f"{UNDO}{line.op}", line.item)
        for row in restoring.actions(line):
            if row.state not in ENDED_WELL and not outbox.cancel(conn, row.id, now):
                _queue_opposite(Decision(self._desk, operation), conn, row)
        try:
            restoring.restore(operation, line)
        except journal.Overtaken as error:
            raise Blocked(str(error), line.id) from error


@dataclass(frozen=True, slots=True)
class _Begun:
    """An undo under way: its newest line, all of them, what they were written with, the last line before it, a name."""

    line: Line
    lines: list[Line]
    beside: str | None
    last: int
    name: str


def _check(conn: Connection, lines: Sequence[Line], beside: str | None) -> None:
    """Blocked if any of them cannot be taken back: then none is."""
    since = Since(conn, lines, beside=beside)
    for line in lines:
        _not_moved_on(conn, line)
        try:
            since.check(line)
        except journal.Overtaken as error:
            raise Blocked(str(error), line.id) from error


def _not_moved_on(conn: Connection, line: Line) -> None:
    """Blocked once an action a person answered for is not as that left it: it may be on its way."""
    became = line.payload.get(BECAME)
    row = outbox.row(conn, became[0]) if isinstance(became, list) else None
    if row is not None and isinstance(became, list) and row.state != became[1]:
        raise Blocked(f"too late: {row.verb} is {row.state}", line.id)


def _too_late(row: OutboxRow) -> str:
    if row.verb == Verb.MESSAGE:
        whom = row.title.partition(", privately")[0]
        return f"too late: the message {whom} is {row.state}, and what was written privately cannot be taken back"
    return f"too late: {row.verb}" + (f" of “{clean_line(row.title, 40)}”" if row.title else "") + f" is {row.state}"


def _opposite(conn: Connection, row: OutboxRow) -> Verb | None:
    """What takes an action back, None if its source cannot do it; a report is opened again where a platform can."""
    if row.verb in (Verb.KEEP, Verb.IGNORE) and Verb.REOPEN in sources.on_reports(conn, row.source):
        return Verb.REOPEN
    verb = OPPOSITE.get(Verb(row.verb))
    return None if verb is None or sources.why_not(conn, row.source, verb) else verb


def _queue_opposite(decision: Decision, conn: Connection, row: OutboxRow) -> None:
    verb = _opposite(conn, row)
    if verb is None:
        raise Impossible(_too_late(row))
    action = outbox.load(conn, row.id)
    target = Ref(Kind.POST, row.remote_id or "") if row.verb in (Verb.REPLY, Verb.PUBLISH) else action.target
    if row.verb == Verb.PUBLISH:
        target = Ref(Kind.THREAD, row.remote_id or "")
    report = action.report if verb in sources.on_reports(conn, row.source) else None
    opposite = Action("", verb, target, action.thread, place=action.place, member=action.member, report=report)
    decision.queue(opposite, row.source, thread_id=row.thread_id, case_id=row.case_id, depends_on=row.id)
