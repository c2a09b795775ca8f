"""A reply or a message that waits for its time, written otherwise or for another time, in its place in the outbox."""

from __future__ import annotations

from collections.abc import Sequence

from cm_console.model.length import too_long
from cm_console.model.outbox import State
from cm_console.model.planned_reply import PlannedReply
from cm_console.model.templates import unfilled
from cm_console.model.time import Instant
from cm_console.services.desk import Decision, Impossible
from cm_console.services.journal import BECAME
from cm_console.services.replying import put_tags
from cm_console.store import planned_reply, sources
from cm_console.store.sqlite import Connection


def edited(planned: PlannedReply) -> str:
    """What the journal calls it."""
    return f"edit of a planned {planned.what}"


def editable(conn: Connection, id: str) -> PlannedReply:
    """A planned reply or message that is still here.

    Raises:
        Impossible: it has left, was taken back, or never was planned.
    """
    found = planned_reply.named(conn, id)
    if found is None:
        raise Impossible(
            "only a reply or message that is planned for a time can be edited; z or d takes another one back first"
        )
    if not found.waits:
        gone = {State.CANCELLED: "was taken back", State.QUEUED: "was tried already, and may not change now"}
        raise Impossible(f"this {found.what} {gone.get(found.state, f'has gone out meanwhile: it is {found.state}')}")
    return found


def replan(
    decision: Decision,
    id: str,
    text: str | None,
    at: Instant | None,
    *,
    subject: str | None = None,
    tags: Sequence[str] = (),
) -> None:
    """Other words, another time, or both, unless it has gone out meanwhile; `tags` go on the thread.

    Raises:
        Impossible: see `editable`; nothing to say, too long, a place is not filled in, or a time that has passed.
    """
    conn = decision.conn
    planned = editable(conn, id)
    words, when = planned.text if text is None else text.strip(), planned.planned_at if at is None else at
    if when <= decision.now:
        raise Impossible("that time has passed")
    if planned.thread_id:
        payload = planned_reply.reworded(conn, id, _reply(conn, planned, words))
        put_tags(decision, planned.thread_id, tags)
    else:
        payload = planned_reply.reworded(conn, id, *_message(conn, planned, words, subject))
    decision.operation.change("action", {"id": id}, {"payload": payload, "planned_at": when, "not_before": when})
    decision.operation.payload[BECAME] = [id, State.QUEUED]


def _reply(conn: Connection, planned: PlannedReply, words: str) -> str:
    if not words:
        raise Impossible("an empty reply cannot be sent")
    if missing := unfilled(words):
        raise Impossible(f"{', '.join(f'{{{name}}}' for name in missing)} is not filled in")
    if why := too_long(words, sources.text_rules(conn, planned.source)):
        raise Impossible(why)
    return words


def _message(conn: Connection, planned: PlannedReply, words: str, subject: str | None) -> tuple[str, str]:
    from cm_console.services.messaging import account, worded

    head = planned.subject if subject is None else subject
    return worded(conn, account(conn, planned.member_id), words, head)
