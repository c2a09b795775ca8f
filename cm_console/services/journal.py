"""Undo and history: take back the last decision exactly, or its opposite where that comes too late."""

from __future__ import annotations

from dataclasses import dataclass

from cm_console.model.action import OPPOSITE, Action, Verb
from cm_console.model.outbox import OutboxRow, State
from cm_console.model.records import Kind, Ref
from cm_console.services.desk import Decision, Desk, Impossible
from cm_console.store import journal, outbox, threads
from cm_console.store.journal import Line
from cm_console.store.sqlite import Connection

TOPICS = ("inbox", "moderation", "calendar", "metrics")


class TooLate(Impossible):
    """An action of the decision has left already; `opposites` are the verbs that would really take it back."""

    def __init__(self, words: str, journal_id: str, opposites: tuple[Verb, ...]) -> None:
        super().__init__(words)
        self.journal_id = journal_id
        self.opposites = opposites


@dataclass(frozen=True, slots=True)
class Undone:
    """What was taken back: the operation and how many items it was about."""

    op: str
    items: int


class JournalService:
    """The record of everything people did, and the way back."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def lines(self, item: str | None = None, *, before: int | None = None, limit: int = 50) -> list[Line]:
        """The newest lines, of one item (`thread:12`, `case:3`) or of all."""
        return await self._desk.store.read(lambda conn: journal.lines(conn, item, before, limit))

    async def undo(self) -> Undone:
        """Take back what this person decided last: rows as they were, actions cancelled.

        Raises:
            Impossible: nothing to undo, or somebody decided on the same item since.
            TooLate: an action has left; `take_back` queues its opposite.
        """
        return await self._undo(None, opposite=False)

    async def take_back(self, journal_id: str) -> Undone:
        """Undo a decision whose actions have left, by queueing the opposite of each."""
        return await self._undo(journal_id, opposite=True)

    async def _undo(self, journal_id: str | None, *, opposite: bool) -> Undone:
        def write(conn: Connection) -> Undone:
            line = journal.line(conn, journal_id) if journal_id else journal.last_undoable(conn, self._desk.me)
            if line is None or line.undone:
                raise Impossible("there is nothing to undo")
            lines = journal.group(conn, line)
            for each in lines:
                self._undo_line(conn, each, opposite=opposite)
            return Undone(line.op, len(lines))

        undone = await self._desk.store.write(write)
        self._desk.changes.add((*TOPICS, "outbox", "status"))
        return undone

    def _undo_line(self, conn: Connection, line: Line, *, opposite: bool) -> None:
        now = self._desk.clock.now()
        operation = journal.Operation(conn, self._desk.new_id(), now, self._desk.me, f"undo {line.op}", line.item)
        left = [row for row in outbox.of_journal(conn, line.id) if not _stopped(conn, row, now)]
        if left and not opposite:
            verbs = tuple(OPPOSITE[Verb(row.verb)] for row in left if Verb(row.verb) in OPPOSITE)
            raise TooLate(f"too late: {left[0].verb} is {left[0].state}", line.id, verbs)
        for row in left:
            _queue_opposite(Decision(self._desk, operation), conn, row)
        try:
            journal.restore(operation, line.id)
        except journal.Overtaken as error:
            raise Impossible(str(error)) from error
        operation.close(undoes=line.id)
        for step in operation.before:
            key = step["key"]
            if step["table"] == "thread" and isinstance(key, dict):
                threads.keep_views(conn, f"[{key['id']}]", now)
            if step["table"] == "cases" and isinstance(key, dict):
                from cm_console.store import reports

                reports.keep_cases(conn, f"[{key['id']}]")


def _stopped(conn: Connection, row: OutboxRow, now: int) -> bool:
    return row.state in (State.CANCELLED, State.SUPERSEDED) or outbox.cancel(conn, row.id, now)


def _queue_opposite(decision: Decision, conn: Connection, row: OutboxRow) -> None:
    verb = OPPOSITE.get(Verb(row.verb))
    if verb is None:
        raise Impossible(f"{row.verb} cannot be taken back by the platform")
    action = outbox.load(conn, row.id)
    target = Ref(Kind.POST, row.remote_id or "") if row.verb in (Verb.REPLY, Verb.PUBLISH) else action.target
    if row.verb == Verb.PUBLISH:
        target = Ref(Kind.THREAD, row.remote_id or "")
    opposite = Action("", verb, target, action.thread, place=action.place, member=action.member)
    decision.queue(opposite, row.source, thread_id=row.thread_id, case_id=row.case_id, depends_on=row.id)
