"""The steps of a decision that answers: queue the words, move the inquiry on, and all that a macro says."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

from cm_console.model.action import Action, Verb
from cm_console.model.inbox import UNTIL_REPLY, Priority, Status, Then
from cm_console.model.records import Kind, Ref
from cm_console.model.templates import Macro, unfilled
from cm_console.model.text import clean, clean_line
from cm_console.model.time import DAY, HOUR, Instant
from cm_console.services.desk import Decision, Impossible

Change: TypeAlias = Callable[[Decision], None]
_UNITS = {"h": HOUR, "d": DAY, "w": 7 * DAY}


def answer(
    decision: Decision, thread_id: int, text: str, *, at: Instant | None = None, reply_to: str | None = None
) -> str:
    """Queue an answer, held for the undo window or until `at`; its draft is forgotten. Returns the action's id.

    Raises:
        Impossible: nothing to say, a place is not filled in, or the source cannot be replied to.
    """
    from cm_console.store import aiming

    words = text.strip()
    if not words:
        raise Impossible("an empty reply cannot be sent")
    if missing := unfilled(words):
        raise Impossible(f"{', '.join(f'{{{name}}}' for name in missing)} is not filled in")
    facts = decision.head(thread_id)
    remote, asked = str(facts["remote"]), aiming.answered(decision.conn, thread_id)
    to = reply_to or (asked.remote if asked else None)
    action = Action("", Verb.REPLY, Ref(Kind.THREAD, remote), remote, text=words, reply_to=to)
    decision.conn.execute("DELETE FROM draft WHERE key = ?", (f"reply:{thread_id}",))
    return decision.queue(action, str(facts["source"]), thread_id=thread_id, planned_at=at)


def stand(decision: Decision, thread_id: int, then: Then) -> None:
    """Move an inquiry on: done, or waiting for the member; a later word of theirs brings it back."""
    _status(decision, thread_id, Status.DONE if then is Then.DONE else Status.WAITING)


def apply(decision: Decision, thread_id: int, macro: Macro, *, text: str, note: str, tags: Sequence[str]) -> None:
    """All a macro says, to one thread."""
    decision.head(thread_id)
    if macro.reply:
        answer(decision, thread_id, text)
    if note:
        row: dict[str, object] = {"item": f"thread:{thread_id}", "author": decision.operation.actor}
        row |= {"body": clean(note), "at": decision.now}
        decision.operation.change("note", {"id": decision.desk.new_id()}, row)
    for tag in dict.fromkeys(tags):
        decision.tag(thread_id, clean_line(tag.lower().lstrip("#"), 40))
    if macro.assign:
        to = {"me": decision.operation.actor, "nobody": None}.get(macro.assign, macro.assign)
        decision.thread(thread_id, assignee=to)
    if macro.priority:
        decision.thread(thread_id, priority=int(Priority[macro.priority.upper()]))
    if macro.snooze:
        span = macro.snooze
        until = UNTIL_REPLY if span == "reply" else decision.now + int(span[:-1]) * _UNITS[span[-1]]
        _status(decision, thread_id, Status.SNOOZED, until)
    elif macro.status or macro.reply:
        _status(decision, thread_id, Status[(macro.status or "waiting").upper()])


def _status(decision: Decision, thread_id: int, status: Status, until: int | None = None) -> None:
    seen = decision.head(thread_id)["last_post_at"]
    ended = {"due_by": None} if status is Status.DONE else {}
    decision.thread(thread_id, status=int(status), status_at=decision.now, seen_at=seen, snoozed_until=until, **ended)
