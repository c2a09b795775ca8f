"""Undo and history: take back the last decision exactly, or its opposite where that comes too late."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from cm_console.model.action import OPPOSITE, Action, Verb
from cm_console.model.outbox import OutboxRow, State
from cm_console.model.records import Kind, Ref
from cm_console.model.text import clean_line
from cm_console.services.desk import Decision, Desk, Impossible
from cm_console.store import drafts, journal, moderation, naming, outbox, persons, sources, threads
from cm_console.store.journal import Line
from cm_console.store.sqlite import Connection

TOPICS = ("inbox", "moderation", "calendar", "metrics", "members")
UNDO = "undo "
"""How the operation of an undo begins."""
ENDING = ("state", "why", "asks", "ended_at", "not_before", "planned_at", "looks", "tried_at")
"""What taking an action back, or answering for it, changes of it."""
BECAME = "became"
"""In the payload of an operation on an action alone: which, and its state then; undo is for as long as it stays so."""


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

    async def undo(self) -> Undone:
        """Take back what this person decided last: rows as they were, actions cancelled.

        Raises:
            Impossible: nothing to undo.
            Blocked: somebody decided on the same item since.
            TooLate: an action has left; `take_back` queues its opposite.
        """
        return await self._undo(None, opposite=False)

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

    async def take_back(self, journal_id: str) -> Undone:
        """Undo a decision whose actions have left, by queueing the opposite of each."""
        return await self._undo(journal_id, opposite=True)

    async def _undo(self, journal_id: str | None, *, opposite: bool) -> Undone:
        def write(conn: Connection) -> Undone:
            line = journal.line(conn, journal_id) if journal_id else journal.last_undoable(conn, self._desk.me)
            if line is None or line.undone:
                raise Impossible("there is nothing to undo")
            lines = [each for each in journal.group(conn, line) if not each.undone]
            between = journal.after(conn, line)
            if not opposite:
                self._in_time(conn, lines)
            for each in lines:
                self._undo_line(conn, each, between)
            about = tuple(each.item for each in reversed(lines))
            return Undone(line.op, len(lines), about, naming.name_of(conn, line.item))

        undone = await self._desk.store.write(write)
        self._desk.changes.add((*TOPICS, "outbox", "status"))
        return undone

    def _in_time(self, conn: Connection, lines: Sequence[Line]) -> None:
        """Cancel what has not left; TooLate if anything has: then nothing is cancelled, the transaction ends."""
        now = self._desk.clock.now()
        rows = [row for line in lines for row in outbox.of_journal(conn, line.id)]
        if left := [row for row in rows if not _stopped(conn, row, now)]:
            verbs = [_opposite(conn, row) for row in left]
            known = tuple(dict.fromkeys(verb for verb in verbs if verb is not None))
            more = f", and {len(left) - 1} more" if len(left) > 1 else ""
            also = tuple(sorted({word for line in lines for word in naming.changed(journal.columns(conn, line.id))}))
            words = _too_late(left[0]) + more
            raise TooLate(words, lines[0].id, () if None in verbs else known, also, len(lines))

    def _undo_line(self, conn: Connection, line: Line, between: tuple[int, int]) -> None:
        now = self._desk.clock.now()
        _not_moved_on(conn, line)
        operation = journal.Operation(conn, self._desk.new_id(), now, self._desk.me, f"{UNDO}{line.op}", line.item)
        for row in outbox.of_journal(conn, line.id):
            if not _stopped(conn, row, now):
                _queue_opposite(Decision(self._desk, operation), conn, row)
        try:
            _restore(operation, line, between)
        except journal.Overtaken as error:
            raise Blocked(str(error), line.id) from error


def answered(
    desk: Desk, conn: Connection, row: OutboxRow, change: Callable[[], bool], group: str, op: str
) -> str | None:
    """Write down what a person says of an action that stays: it can be undone until more is known of it.

    Returns:
        ""; None if it was not asked for.
    """
    operation = journal.Operation(conn, desk.new_id(), desk.clock.now(), desk.me, op, f"action:{row.id}")
    operation.remember("action", {"id": row.id}, ENDING)
    if not change():
        return None
    now = outbox.row(conn, row.id)
    operation.payload = {"group": group, BECAME: [row.id, now.state if now else ""]}
    operation.close()
    return ""


def take_back(desk: Desk, conn: Connection, row: OutboxRow, cancel: Callable[[], bool], group: str) -> str | None:
    """Take an action back before it leaves, and the decision whose last action it was; undo brings both again.

    Args:
        desk: whose decision this is.
        conn: the transaction.
        row: the action, which surely had no effect.
        cancel: ends it; False if it is too late.
        group: what is done with the same keypress, undone with it.

    Returns:
        What became of the decision, a sentence, "" where nothing hangs on the action; None if it was too late.
    """
    op, item = f"take-back of {row.verb}", f"action:{row.id}"
    operation = journal.Operation(
        conn, desk.new_id(), desk.clock.now(), desk.me, op, item, {journal.AGAIN: True, "group": group}
    )
    operation.remember("action", {"id": row.id}, ENDING)
    if not cancel():
        return None
    line = journal.of_action(conn, row.id)
    if line is None or line.undone or not line.item.startswith(("thread:", "case:", "member:")):
        operation.close()
        return "Its entry stays in the calendar." if line is not None and line.item.startswith("entry:") else ""
    if any(other.state is not State.CANCELLED for other in outbox.of_journal(conn, line.id)):
        operation.close()
        return f"The rest of “{line.op}” is still on its way."
    try:
        _restore(operation, line)
    except journal.Overtaken as error:
        operation.close()
        return f"The decision stays: {error}."
    if line.op.startswith(UNDO):
        return f"“{line.op.removeprefix(UNDO)}” stands again."
    if drafts.says(conn, _draft_of(conn, row), row.text):
        return "What it said is a draft again."
    return "The case is open again." if _is_open(conn, line.item) else f"“{line.op}” is undone with it."


def _is_open(conn: Connection, item: str) -> bool:
    kind, _, id = item.partition(":")
    row = moderation.row(conn, int(id)) if kind == "case" else None
    return row is not None and row.ended_at is None


def _restore(operation: journal.Operation, line: Line, between: tuple[int, int] | None = None) -> None:
    """Bring the rows of a line back, make what is kept of them true, close the operation."""
    conn = operation.conn
    journal.restore(operation, line.id, between)
    operation.item = line.item
    operation.close(undoes=line.id)
    persons.keep_restored(conn, operation.before)
    restored = set[int]()
    for step in operation.before:
        key = step["key"]
        assert isinstance(key, dict)
        if step["table"] in ("thread", "tag"):
            restored.add(key.get("id") or key["thread_id"])
        if step["table"] == "cases":
            from cm_console.store import reports

            reports.keep_cases(conn, f"[{key['id']}]")
        if step["table"] == "action":
            _keep_draft(conn, outbox.row(conn, key["id"]), operation.at)
    if restored:
        threads.keep_views(conn, str(sorted(restored)), operation.at)
    for row in outbox.of_journal(conn, line.id):
        _keep_draft(conn, row, operation.at)


def _draft_of(conn: Connection, row: OutboxRow | None) -> str:
    """The key of the draft a reply or message was before it was sent; "" for what nobody wrote in a composer."""
    line = journal.of_action(conn, row.id) if row is not None and row.verb in (Verb.REPLY, Verb.MESSAGE) else None
    if row is None or line is None:
        return ""
    if journal.DRAFT in line.payload:
        return str(line.payload[journal.DRAFT])
    known = {Verb.REPLY: f"reply:{row.thread_id}", Verb.MESSAGE: f"message:{row.member_id}"}
    return known[Verb(row.verb)] if line.op == row.verb else ""


def _keep_draft(conn: Connection, row: OutboxRow | None, now: int) -> None:
    """What was written by hand and taken back is a draft; what is on its way again is none."""
    key = _draft_of(conn, row)
    if row is None or not key:
        return
    if row.state is State.CANCELLED:
        drafts.bring_back(conn, key, row.text, now)
    else:
        drafts.drop(conn, key, row.text)


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


def _stopped(conn: Connection, row: OutboxRow, now: int) -> bool:
    return row.state in (State.CANCELLED, State.SUPERSEDED) or outbox.cancel(conn, row.id, now)


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
