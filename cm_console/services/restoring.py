"""The steps of taking decisions back: rows as they were, what is kept of them made true, words drafts again."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from cm_console.model.action import Verb
from cm_console.model.messaging import subject_of, with_subject
from cm_console.model.outbox import OutboxRow, State
from cm_console.services.desk import Desk
from cm_console.store import drafts, journal, moderation, outbox, persons, reports, threads
from cm_console.store.journal import Line
from cm_console.store.overtaking import Since
from cm_console.store.sqlite import Connection

UNDO = "undo "
"""How the operation of an undo begins."""
ENDING = ("state", "why", "asks", "ended_at", "not_before", "planned_at", "looks", "tried_at")
"""What taking an action back, or answering for it, changes of it."""
BECAME = "became"
"""In the payload of an operation on an action alone: which, and its state then; undo is for as long as it stays so."""


class Restoring:
    """Several decisions taken back in one transaction: what is asked of all is asked once, and so is what is kept."""

    def __init__(self, conn: Connection, lines: Sequence[Line], *, beside: str | None = None, after: int = 0) -> None:
        """Begin with them; `beside` and `after` as in `Since`."""
        ids = [line.id for line in lines]
        self.conn, self._since = conn, Since(conn, lines, beside=beside, after=after)
        self.sending = outbox.of_journals(conn, ids)
        """Which of them queued anything."""
        self._threads = set[int]()

    def check(self, line: Line) -> None:
        """Whether it can be taken back; raises journal.Overtaken."""
        self._since.check(line)

    def actions(self, line: Line) -> list[OutboxRow]:
        """What it queued."""
        return outbox.of_journal(self.conn, line.id) if line.id in self.sending else []

    def restore(self, operation: journal.Operation, line: Line) -> None:
        """Bring the rows of a line back and close the operation; `keep` has to follow.

        Raises:
            Overtaken: somebody decided on them since.
        """
        self.check(line)
        journal.restore(operation, line.id)
        operation.item = line.item
        operation.close(undoes=line.id)
        persons.keep_restored(self.conn, operation.before)
        for step in operation.before:
            key = step["key"]
            assert isinstance(key, dict)
            if step["table"] in ("thread", "tag"):
                self._threads.add(key.get("id") or key["thread_id"])
            if step["table"] == "cases":
                reports.keep_cases(self.conn, f"[{key['id']}]")
            if step["table"] == "action":
                _keep_draft(self.conn, outbox.row(self.conn, key["id"]), operation.at)
        for row in self.actions(line):
            _keep_draft(self.conn, row, operation.at)

    def keep(self, now: int) -> None:
        """Make true what is kept of all threads that were restored."""
        if self._threads:
            threads.keep_views(self.conn, str(sorted(self._threads)), now)


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


def take_back(desk: Desk, restoring: Restoring, row: OutboxRow, cancel: Callable[[], bool], group: str) -> str | None:
    """Take an action back before it leaves, and the decision whose last action it was; undo brings both again.

    Args:
        desk: whose decision this is.
        restoring: what begins with the decisions of all actions that are taken back together.
        row: the action, which surely had no effect.
        cancel: ends it; False if it is too late.
        group: what is done with the same keypress, undone with it.

    Returns:
        What became of the decision, a sentence, "" where nothing hangs on the action; None if it was too late.
    """
    conn, op, item = restoring.conn, f"take-back of {row.verb}", f"action:{row.id}"
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
    if any(other.state is not State.CANCELLED for other in restoring.actions(line)):
        operation.close()
        return f"The rest of “{line.op}” is still on its way."
    try:
        restoring.restore(operation, line)
    except journal.Overtaken as error:
        operation.close()
        return f"The decision stays: {error}."
    if line.op.startswith(UNDO):
        return f"“{line.op.removeprefix(UNDO)}” stands again."
    if drafts.says(conn, _draft_of(conn, row), _written(conn, row)):
        return "What it said is a draft again."
    return "The case is open again." if _is_open(conn, line.item) else f"“{line.op}” is undone with it."


def _is_open(conn: Connection, item: str) -> bool:
    kind, _, id = item.partition(":")
    row = moderation.row(conn, int(id)) if kind == "case" else None
    return row is not None and row.ended_at is None


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
    words = _written(conn, row)
    if row.state is State.CANCELLED:
        drafts.bring_back(conn, key, words, now)
    else:
        drafts.drop(conn, key, words)


def _written(conn: Connection, row: OutboxRow) -> str:
    """What stood in the composer: of a private message its subject too, if somebody gave it one."""
    if row.verb != Verb.MESSAGE:
        return row.text
    (title,) = conn.execute("SELECT payload ->> '$.title' FROM action WHERE id = ?", (row.id,)).fetchone()
    return with_subject("" if title == subject_of(row.text) else title, row.text)
