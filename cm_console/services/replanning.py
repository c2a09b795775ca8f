"""A reply that waits for its time, written otherwise or for another time, in its place in the outbox."""

from __future__ import annotations

from cm_console.model.length import too_long
from cm_console.model.outbox import State
from cm_console.model.planned_reply import PlannedReply
from cm_console.model.templates import unfilled
from cm_console.model.time import Instant
from cm_console.services.desk import Decision, Impossible
from cm_console.services.journal import BECAME
from cm_console.store import planned_reply, sources
from cm_console.store.sqlite import Connection

EDITED = "edit of a planned reply"
"""What the journal calls it."""


def editable(conn: Connection, id: str) -> PlannedReply:
    """A planned reply that is still here.

    Raises:
        Impossible: it has left, was taken back, or never was planned.
    """
    found = planned_reply.named(conn, id)
    if found is None:
        raise Impossible("only a reply that is planned for a time can be edited; z or d takes another one back first")
    if not found.waits:
        gone = {State.CANCELLED: "was taken back", State.QUEUED: "was tried already, and may not change now"}
        raise Impossible(f"this reply {gone.get(found.state, f'has gone out meanwhile: it is {found.state}')}")
    return found


def replan(decision: Decision, id: str, text: str | None, at: Instant | None) -> None:
    """Other words, another time, or both, unless it has gone out meanwhile.

    Raises:
        Impossible: see `editable`; nothing to say, too long, a place is not filled in, or a time that has passed.
    """
    conn = decision.conn
    planned = editable(conn, id)
    words, when = planned.text if text is None else text.strip(), planned.planned_at if at is None else at
    if when <= decision.now:
        raise Impossible("that time has passed")
    if not words:
        raise Impossible("an empty reply cannot be sent")
    if missing := unfilled(words):
        raise Impossible(f"{', '.join(f'{{{name}}}' for name in missing)} is not filled in")
    if why := too_long(words, sources.text_rules(conn, planned.source)):
        raise Impossible(why)
    values: dict[str, object] = {"payload": planned_reply.reworded(conn, id, words)}
    values |= {"planned_at": when, "not_before": when}
    decision.operation.change("action", {"id": id}, values)
    decision.operation.payload[BECAME] = [id, State.QUEUED]
