"""All that a macro says, as one decision."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

from cm_console.model.inbox import UNTIL_REPLY, Priority, Status
from cm_console.model.templates import Macro
from cm_console.model.time import DAY, HOUR
from cm_console.services import replying
from cm_console.services.desk import Decision

Change: TypeAlias = Callable[[Decision], None]
_UNITS = {"h": HOUR, "d": DAY, "w": 7 * DAY}


def apply(
    decision: Decision,
    thread_id: int,
    macro: Macro,
    *,
    text: str,
    note: str,
    tags: Sequence[str],
    by_hand: bool = False,
) -> None:
    """All a macro says, to one thread, whose draft stays as it is unless the text was written there `by_hand`."""
    decision.head(thread_id)
    if macro.reply:
        replying.reply_in(decision, thread_id, text)
        if by_hand:
            replying.composed(decision, thread_id, text)
    if note:
        replying.note_in(decision, thread_id, note)
    replying.put_tags(decision, thread_id, tags)
    if macro.assign:
        to = {"me": decision.operation.actor, "nobody": None}.get(macro.assign, macro.assign)
        decision.thread(thread_id, assignee=to)
    if macro.priority:
        decision.thread(thread_id, priority=int(Priority[macro.priority.upper()]))
    if macro.snooze:
        span = macro.snooze
        until = UNTIL_REPLY if span == "reply" else decision.now + int(span[:-1]) * _UNITS[span[-1]]
        replying.set_status(decision, thread_id, Status.SNOOZED, snoozed_until=until)
    elif macro.status or macro.reply:
        replying.set_status(decision, thread_id, Status[(macro.status or "waiting").upper()])
