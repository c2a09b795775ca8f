"""Undo and history: take back the last decision exactly, or its opposite where that comes too late."""

from __future__ import annotations

from dataclasses import dataclass

from cm_console.model.action import OPPOSITE, Action, Verb
from cm_console.model.outbox import OutboxRow, State
from cm_console.model.records import Kind, Ref
from cm_console.services.desk import Decision, Desk, Impossible
from cm_console.store import drafts, journal, moderation, outbox, threads
from cm_console.store.journal import Line
from cm_console.store.sqlite import Connection

TOPICS = ("inbox", "moderation", "calendar", "metrics")
UNDO = "undo "
"""How the operation of an undo begins."""


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
            lines = [each for each in journal.group(conn, line) if not each.undone]
            for each in lines:
                self._undo_line(conn, each, opposite=opposite)
            return Undone(line.op, len(lines))

        undone = await self._desk.store.write(write)
        self._desk.changes.add((*TOPICS, "outbox", "status"))
        return undone

    def _undo_line(self, conn: Connection, line: Line, *, opposite: bool) -> None:
        now = self._desk.clock.now()
        operation = _reversal(self._desk, conn, line)
        left = [row for row in outbox.of_journal(conn, line.id) if not _stopped(conn, row, now)]
        if left and not opposite:
            verbs = tuple(OPPOSITE[Verb(row.verb)] for row in left if Verb(row.verb) in OPPOSITE)
            raise TooLate(f"too late: {left[0].verb} is {left[0].state}", line.id, verbs)
        for row in left:
            _queue_opposite(Decision(self._desk, operation), conn, row)
        try:
            _restore(operation, line)
        except journal.Overtaken as error:
            raise Impossible(str(error)) from error


def take_back_with(desk: Desk, conn: Connection, action_id: str) -> str:
    """Take back the decision whose actions were all taken back before any of them left; says what came of it.

    In the transaction that cancelled the last of them. Rows are as they were, as after undo. The words are "" where
    nothing hangs on the action: how far a calendar entry has come is read from its actions anyway.
    """
    line = journal.of_action(conn, action_id)
    if line is None or line.undone or not line.item.startswith(("thread:", "case:")):
        return ""
    if any(row.state is not State.CANCELLED for row in outbox.of_journal(conn, line.id)):
        return f"The rest of “{line.op}” is still on its way."
    try:
        _restore(_reversal(desk, conn, line), line)
    except journal.Overtaken as error:
        return f"The decision stays: {error}."
    if line.op.startswith(UNDO):
        return f"“{line.op.removeprefix(UNDO)}” stands again."
    if line.op == Verb.REPLY:
        return "What it said is a draft again."
    return "The case is open again." if _is_open(conn, line.item) else f"“{line.op}” is undone with it."


def _is_open(conn: Connection, item: str) -> bool:
    kind, _, id = item.partition(":")
    row = moderation.row(conn, int(id)) if kind == "case" else None
    return row is not None and row.ended_at is None


def _reversal(desk: Desk, conn: Connection, line: Line) -> journal.Operation:
    """The operation that takes a line back; what takes back an undo is a redo."""
    op = f"redo {line.op.removeprefix(UNDO)}" if line.op.startswith(UNDO) else f"{UNDO}{line.op}"
    return journal.Operation(conn, desk.new_id(), desk.clock.now(), desk.me, op, line.item)


def _restore(operation: journal.Operation, line: Line) -> None:
    """Bring the rows of a line back, make what is kept of them true, close the operation."""
    conn = operation.conn
    journal.restore(operation, line.id)
    operation.close(undoes=line.id)
    for step in operation.before:
        key = step["key"]
        if step["table"] == "thread" and isinstance(key, dict):
            threads.keep_views(conn, f"[{key['id']}]", operation.at)
        if step["table"] == "cases" and isinstance(key, dict):
            from cm_console.store import reports

            reports.keep_cases(conn, f"[{key['id']}]")
    for row in outbox.of_journal(conn, line.id):
        if row.verb == Verb.REPLY and row.state is State.CANCELLED:
            drafts.bring_back(conn, f"reply:{row.thread_id}", row.text, operation.at)


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
