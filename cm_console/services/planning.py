"""The steps a calendar decision is made of, inside its transaction: load, take back, write, queue again."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from cm_console.model.action import Action, Verb
from cm_console.model.calendar import BODY_LIMIT, TITLE_LIMIT, Entry, EntryKind, EntryState, Variant
from cm_console.model.outbox import State
from cm_console.model.preflight import UNTITLED
from cm_console.model.time import MINUTE, Instant
from cm_console.services.desk import Decision, Impossible
from cm_console.store import calendar


def load(decision: Decision, id: str) -> Entry:
    """The entry as it is in this transaction.

    Raises:
        Impossible: there is none.
    """
    entry = calendar.one(decision.conn, id)
    if entry is None:
        raise Impossible("there is no such entry, or it was removed")
    return entry


def write(decision: Decision, id: str, was: Entry | None, **columns: object) -> None:
    """Change columns of an entry, or make it; its revision goes up."""
    decision.operation.change("entry", {"id": id}, {**columns, "rev": was.rev + 1 if was else 1})


def put_sources(decision: Decision, id: str, was: Entry | None, chosen: Collection[str]) -> None:
    """Give the entry a variant for each chosen source that has none."""
    for source in chosen:
        if was is None or source not in was.sources:
            row: dict[str, object] = {"title": "", "body": "", "place": "", "action_id": None}
            decision.operation.change("variant", {"entry_id": id, "source": source}, row)


def forget_sources(decision: Decision, was: Entry | None, chosen: Collection[str]) -> None:
    """Drop the variants of sources no longer chosen, except what has left."""
    for variant in was.variants if was else ():
        if variant.source not in chosen and not variant.left:
            decision.operation.change("variant", _key(was, variant.source), None)


def refuse_if_left(entry: Entry, *, among: Collection[str] | None = None, always: bool = False) -> None:
    """Stop if something of it is out or on its way; the date of an event can still change then, a post cannot.

    Args:
        entry: as loaded.
        among: only these sources matter, for events too.
        always: for events too.

    Raises:
        Impossible: it has left; the words say where, and what to do instead.
    """
    if entry.kind is EntryKind.EVENT and among is None and not always:
        return
    for variant in entry.variants:
        if variant.left and (among is None or variant.source in among):
            raise Impossible(_left_words(variant))


def _left_words(variant: Variant) -> str:
    if variant.state == State.SENDING:
        return f"too late: it is on its way to {variant.source}"
    if variant.state == State.UNCERTAIN:
        return f"nobody knows yet whether it arrived on {variant.source}: the outbox says more"
    return f"it is out on {variant.source} and cannot be changed from here: make a copy instead"


def withdraw(decision: Decision, entry: Entry, *, among: Collection[str] | None = None) -> dict[str, Instant]:
    """Take back the actions that wait or failed; returns when each would have gone out.

    Raises:
        Impossible: one of them is being sent at this moment.
    """
    due: dict[str, Instant] = {}
    for variant in entry.variants:
        if not variant.live or variant.action_id is None or (among is not None and variant.source not in among):
            continue
        if not calendar.withdraw(decision.operation, variant.action_id):
            raise Impossible(f"too late: it is on its way to {variant.source}")
        decision.operation.change("variant", _key(entry, variant.source), {"action_id": None})
        due[variant.source] = variant.due_at or decision.now
    return due


def requeue(
    decision: Decision,
    was: Entry,
    entry: Entry,
    due: Mapping[str, Instant],
    *,
    among: Collection[str] | None = None,
) -> None:
    """Queue again what `withdraw` took back, as the entry is now; what missed its time waits for a new one.

    Raises:
        Impossible: no date, a date in the past, no source, or no words to send.
    """
    if not due:
        return
    waiting = [variant for variant in entry.variants if not variant.left and (among is None or variant.source in among)]
    if not waiting:
        raise Impossible("it is scheduled: choose at least one source, or take it off the schedule first")
    queued = [_queue_again(decision, was, entry, variant, due) for variant in waiting]
    if any(queued):
        decision.operation.change("entry", {"id": entry.id}, {"state": EntryState.SCHEDULED})


def _queue_again(decision: Decision, was: Entry, entry: Entry, variant: Variant, due: Mapping[str, Instant]) -> bool:
    at = due.get(variant.source, min(due.values()))
    if entry.kind is EntryKind.POST and entry.at != was.at:
        if entry.at is None:
            raise Impossible("it is scheduled: give it a date, or take it off the schedule first")
        at = entry.at
    if has_passed(at, decision.now):
        if was.variant(variant.source).due_at == at:
            return False
        raise Impossible(f"on {variant.source} it would have to go out in the past")
    check_words(entry, variant)
    queue(decision, entry, variant.source, at)
    return True


def queue(decision: Decision, entry: Entry, source: str, at: Instant) -> None:
    """Put the words for a source into the outbox, to be held until their time.

    Raises:
        Impossible: the source cannot publish.
    """
    variant = entry.variant(source)
    title, body = entry.words(variant)
    action = Action("", Verb.PUBLISH, title=title, text=body, place=variant.place)
    action_id = decision.queue(action, source, planned_at=at)
    decision.operation.change("variant", _key(entry, source), {"action_id": action_id})


def has_passed(at: Instant, now: Instant) -> bool:
    """Whether the minute people would call it by is over."""
    return at <= now - MINUTE


def check_time(entry: Entry, at: Instant, now: Instant) -> None:
    """Stop if an entry cannot go out then.

    Raises:
        Impossible: the time has passed, or an event would be announced too late.
    """
    if has_passed(at, now):
        raise Impossible("that time has passed: choose a later one")
    if entry.kind is EntryKind.EVENT and entry.at is None:
        raise Impossible("an event needs its date before it can be announced")
    if entry.kind is EntryKind.EVENT and entry.at is not None and at > entry.at:
        raise Impossible("the event has begun by then: announce it earlier")


def check_words(entry: Entry, variant: Variant) -> None:
    """Stop if a platform would surely refuse the words.

    Raises:
        Impossible: no text, no title where one is needed, or far too much.
    """
    title, body = entry.words(variant)
    if not body.strip():
        raise Impossible(f"{variant.source}: there is no text yet")
    if not title.strip() and variant.source_kind not in UNTITLED:
        raise Impossible(f"{variant.source}: the title is missing")
    if len(title) > TITLE_LIMIT or len(body) > BODY_LIMIT:
        raise Impossible(f"{variant.source}: at most {TITLE_LIMIT} characters of title and {BODY_LIMIT:,} of text")


def _key(entry: Entry | None, source: str) -> dict[str, object]:
    assert entry is not None
    return {"entry_id": entry.id, "source": source}
