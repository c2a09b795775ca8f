"""One answer among several that a single decision queues."""

from __future__ import annotations

from cm_console.model.action import Action, Verb
from cm_console.model.records import Kind, Ref
from cm_console.services.desk import Decision, Impossible
from cm_console.store import aiming


def reply_in(decision: Decision, thread_id: int, text: str, reply_to: str | None = None) -> str:
    """Queue an answer in a thread, held for the undo window; its inquiry stays as it is. Returns the action's id.

    `reply_to` is the post it answers; None for that of whoever waits.

    Raises:
        Impossible: nothing to say, no such thread, or its source cannot be replied to.
    """
    words = text.strip()
    if not words:
        raise Impossible("an empty reply cannot be sent")
    facts = decision.head(thread_id)
    remote, asked = str(facts["remote"]), aiming.answered(decision.conn, thread_id)
    to = reply_to or (asked.remote if asked else None)
    action = Action("", Verb.REPLY, Ref(Kind.THREAD, remote), remote, text=words, reply_to=to)
    return decision.queue(action, str(facts["source"]), thread_id=thread_id)
