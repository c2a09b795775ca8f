"""What a platform is told of a thread beside an answer: closed, locked, solved, whose it is, and our own words anew."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from cm_console.model.thread import PostRow
from cm_console.model.verb import Verb
from cm_console.services.desk import Impossible
from cm_console.store import reading, sources, telling
from cm_console.store.sqlite import Connection

if TYPE_CHECKING:
    from cm_console.model.action import Action
    from cm_console.services.desk import Decision, Desk

TOLD = {
    Verb.CLOSE: "close it",
    Verb.REOPEN: "open it again",
    Verb.LOCK: "lock it, if it is not: no more answers",
    Verb.UNLOCK: "unlock it, if it is locked",
    Verb.SOLVE: "mark an answer as the solution",
    Verb.UNSOLVE: "take the mark of the solution away",
    Verb.ASSIGN: "assign it there",
    Verb.UNASSIGN: "assign it to nobody there",
    Verb.EDIT: "edit what we wrote",
}
"""What can be told, and the words for it; of locks no platform tells us, so both are there."""


class TellingService:
    """Tells the platform; what comes of it is seen when the platform says so."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def choices(self, thread_id: int) -> dict[Verb, str]:
        """What makes sense to tell of a thread as it is now; with each the reason why we may not, "" if we may."""

        def query(conn: Connection) -> dict[Verb, str]:
            facts = telling.facts(conn, thread_id)
            if facts is None:
                raise Impossible(f"there is no thread {thread_id}")
            verbs = {verb for verb in TOLD if _fits(verb, facts) and _known(conn, verb, facts)}
            if not telling.answers(conn, thread_id, 1):
                verbs -= {Verb.SOLVE}
            if not telling.ours(conn, thread_id, 1):
                verbs -= {Verb.EDIT}
            return {verb: sources.why_not(conn, facts.source, verb) for verb in TOLD if verb in verbs}

        return await self._desk.store.read(query)

    async def why_nothing(self, thread_id: int) -> str:
        """Why nothing can be told of a thread, in one line: a right we lack, or what its source is."""

        def query(conn: Connection) -> str:
            facts = telling.facts(conn, thread_id)
            return _why_nothing(conn, facts) if facts else f"there is no thread {thread_id}"

        return await self._desk.store.read(query)

    async def answers(self, thread_id: int, *, limit: int = 9) -> list[PostRow]:
        """The posts that may be the solution, newest first."""
        return await self._desk.store.read(lambda conn: telling.answers(conn, thread_id, limit))

    async def ours(self, thread_id: int, *, limit: int = 9) -> list[tuple[PostRow, str]]:
        """The posts that were written here, newest first, each with its text as it was sent: only these can be edited.

        What a platform shows of a post has lost its markup, so editing that would spoil it.
        """
        return await self._desk.store.read(lambda conn: telling.ours(conn, thread_id, limit))

    async def tell(self, thread_id: int, verb: Verb, *, post: str = "", colleague: str = "", text: str = "") -> str:
        """Tell the platform; returns the action's id.

        Args:
            thread_id: ours, as the inbox shows it.
            verb: one of TOLD.
            post: the platform's id of the post to mark (SOLVE) or to write anew (EDIT).
            colleague: the handle of whom to assign it to, here as there.
            text: the new words, for EDIT.

        Raises:
            Impossible: no such thread, post or colleague there, or the source or its token cannot do it.
        """
        from cm_console.model.action import Action
        from cm_console.model.records import Kind, Ref

        def change(decision: Decision) -> str:
            facts = telling.facts(decision.conn, thread_id)
            if facts is None:
                raise Impossible(f"there is no thread {thread_id}")
            if not (_fits(verb, facts) and _known(decision.conn, verb, facts)):
                raise Impossible(f"{facts.source} cannot be told to {verb} this thread as it is")
            of_post = post if verb in (Verb.SOLVE, Verb.EDIT) else facts.solved_by or ""
            on_post = verb in (Verb.SOLVE, Verb.UNSOLVE, Verb.EDIT)
            target = Ref(Kind.POST, of_post) if on_post else Ref(Kind.THREAD, facts.remote)
            action = Action("", verb, target, facts.remote)
            if verb is Verb.ASSIGN:
                action = _assigning(decision.conn, facts, action, colleague)
            elif on_post:
                action = _about_post(decision.conn, facts, action, text)
            return decision.queue(action, facts.source, thread_id=thread_id)

        return await self._desk.decide(verb, f"thread:{thread_id}", change)


def _why_nothing(conn: Connection, facts: telling.Facts) -> str:
    able, missing = sources.verbs(conn, facts.source), sources.missing(conn, facts.source)
    lacking = [verb for verb in TOLD if verb in (missing or ()) and _fits(verb, facts) and _known(conn, verb, facts)]
    if lacking or missing is None:
        return sources.why_not(conn, facts.source, lacking[0] if lacking else Verb.CLOSE)
    if not able:
        return f"{facts.source} is only read: its platform is told nothing from here"
    told = ", ".join(verb for verb in TOLD if verb in able and _known(conn, verb, facts))
    if told:
        return f"{facts.source} can be told to {told}, but of this thread as it is there is nothing to tell"
    return f"on {facts.source} a thread can be answered, not closed, locked, solved or assigned"


def _fits(verb: Verb, facts: telling.Facts) -> bool:
    match verb:
        case Verb.CLOSE | Verb.REOPEN:
            return facts.closed is (verb is Verb.REOPEN)
        case Verb.SOLVE | Verb.UNSOLVE:
            return (facts.solved_by is not None) is (verb is Verb.UNSOLVE)
        case Verb.UNASSIGN:
            return facts.assigned_to is not None
    return verb in TOLD


def _known(conn: Connection, verb: Verb, facts: telling.Facts) -> bool:
    """Does the platform know this of threads, and of this kind of thread?"""
    of_reports = verb in sources.on_reports(conn, facts.source)
    return not of_reports and sources.knows_of(conn, facts.source, verb, facts.remote)


def _assigning(conn: Connection, facts: telling.Facts, action: Action, colleague: str) -> Action:
    member = telling.colleague(conn, facts.source_id, colleague)
    if member is None:
        raise Impossible(f"{facts.source} knows no colleague {colleague!r}: the name there may be another one")
    return replace(action, member=member)


def _about_post(conn: Connection, facts: telling.Facts, action: Action, text: str) -> Action:
    post = reading.post(conn, facts.source_id, action.target.id) if action.target else None
    if post is None:
        raise Impossible("there is no such post in this thread")
    if action.verb is not Verb.EDIT:
        return action
    if not text.strip():
        raise Impossible("an empty post says nothing; to take it away, remove it")
    return replace(action, text=text.strip(), seen=post.version)
