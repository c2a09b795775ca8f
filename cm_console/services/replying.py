"""The steps of a decision that answers: queue the words, move the inquiry on, leave a note for colleagues."""

from __future__ import annotations

from collections.abc import Iterable

from cm_console.model.inbox import Status, Then
from cm_console.model.tags import tag_words
from cm_console.model.text import clean
from cm_console.model.time import Instant
from cm_console.services.desk import Decision, Impossible


def reply_in(
    decision: Decision, thread_id: int, text: str, *, reply_to: str | None = None, at: Instant | None = None
) -> str:
    """Queue an answer in a thread, held for the undo window or until `at`; its inquiry stays as it is.

    `reply_to` is the post it answers; None for that of whoever waits. Returns the action's id.

    Raises:
        Impossible: nothing to say, a place is not filled in, no such thread, or its source cannot be replied to.
    """
    from cm_console.model.action import Action, Verb
    from cm_console.model.records import Kind, Ref
    from cm_console.model.templates import unfilled
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
    return decision.queue(action, str(facts["source"]), thread_id=thread_id, planned_at=at)


def composed(decision: Decision, thread_id: int, text: str) -> None:
    """What was written in the composer of a thread is said: no draft any more, and one again when it is taken back.

    A draft that says something else is of somebody who writes something else, and is kept.
    """
    kept_as(decision, f"reply:{thread_id}", text)


def kept_as(decision: Decision, key: str, text: str) -> None:
    """As `composed`, for words whose draft is kept as `key`; `text` is what the draft said."""
    from cm_console.store import drafts, journal

    decision.operation.payload[journal.DRAFT] = key
    drafts.drop(decision.conn, key, text)


def copied(decision: Decision) -> None:
    """These words were written elsewhere: taken back they are no draft of this thread."""
    from cm_console.store import journal

    decision.operation.payload[journal.DRAFT] = ""


def put_tags(decision: Decision, thread_id: int, tags: Iterable[str]) -> None:
    """What a saved reply or a macro puts on the thread it answers."""
    for word in tag_words(" ".join(tags)):
        decision.tag(thread_id, word)


def stand(decision: Decision, thread_id: int, then: Then) -> None:
    """Move an answered inquiry on: done, waiting for the member, or as it is."""
    if then is not Then.KEEP:
        set_status(decision, thread_id, Status.DONE if then is Then.DONE else Status.WAITING)


def set_status(decision: Decision, thread_id: int, status: Status, *, snoozed_until: int | None = None) -> None:
    """The decision holds for what was said so far: a later word of the member reopens it."""
    facts = decision.head(thread_id)
    ended = {"due_by": None} if status is Status.DONE else {}
    decision.thread(
        thread_id,
        **ended,
        status=int(status),
        status_at=decision.now,
        seen_at=facts["last_post_at"],
        snoozed_until=snoozed_until,
    )


def note_in(decision: Decision, thread_id: int, text: str) -> None:
    """Leave a private note; whoever is named in it as @name sees it listed.

    Raises:
        Impossible: nothing to say, or no such thread.
    """
    from cm_console.store import mentions

    words = clean(text.strip())
    if not words:
        raise Impossible("an empty note says nothing")
    decision.head(thread_id)
    row: dict[str, object] = {"item": f"thread:{thread_id}", "author": decision.operation.actor}
    row |= {"body": words, "at": decision.now}
    decision.operation.change("note", {"id": decision.desk.new_id()}, row)
    mentions.note(decision.operation, thread_id, words)
