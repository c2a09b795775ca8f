"""Duplicates: several threads, on any platforms, as one inquiry; and each for itself again."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from cm_console.model.duplicates import Duplicate, alike, reason
from cm_console.model.inbox import InquiryRow, Then
from cm_console.model.text import Safe
from cm_console.model.time import Instant
from cm_console.services.desk import Decision, Desk, Impossible
from cm_console.services.replying import composed, copied, put_tags, reply_in, stand
from cm_console.store import inbox, joined, persons
from cm_console.store.sqlite import Connection

LOOKED_AT = 500
"""Waiting threads looked at when all suggestions are asked for."""


class JoinedService:
    """What is asked twice is one inquiry: decided once, answered in each place or in one."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def group(self, thread_id: int) -> list[InquiryRow]:
        """All threads of an inquiry that are still there, the one in the lists first; one alone is a group of one."""

        def query(conn: Connection) -> list[InquiryRow]:
            return [row for id in joined.together(conn, thread_id) if (row := inbox.row(conn, id))]

        return await self._desk.store.read(query)

    async def merge(self, lead_id: int, thread_ids: Sequence[int]) -> int:
        """Make threads one inquiry that this one leads; nothing else of them changes. Returns how many they are.

        What is under one of them already comes with it.

        Raises:
            Impossible: there is nothing to join, or no such thread.
        """

        def change(decision: Decision) -> int:
            conn = decision.conn
            first = joined.shown(conn, lead_id)
            decision.head(first)
            here = joined.group(conn, first)
            roots = dict.fromkeys(joined.lead(conn, each) for each in thread_ids)
            coming = dict.fromkeys(id for each in roots for id in joined.group(conn, each))
            if coming.keys() <= set(here):
                raise Impossible("choose at least two threads that are not one inquiry already")
            others = [id for id in {**dict.fromkeys(here), **coming} if joined.lead(conn, id) != first]
            for id in others:
                decision.head(id)
            self._stand(decision, [id for id in others if id != first], first)
            return len(joined.together(conn, first))

        return await self._desk.decide("merge", f"thread:{lead_id}", change)

    async def split(self, thread_id: int) -> int:
        """Each for itself again: the whole group of a leading thread, or one thread out of its group.

        Raises:
            Impossible: it stands alone.
        """

        def change(decision: Decision) -> int:
            conn = decision.conn
            decision.head(thread_id)
            first = joined.lead(conn, thread_id)
            whole = thread_id in (first, joined.shown(conn, thread_id))
            leaving = joined.group(conn, first)[1:] if whole else [thread_id]
            if not leaving:
                raise Impossible("it is one thread already")
            self._stand(decision, leaving, None, first)
            return len(leaving)

        return await self._desk.decide("split", f"thread:{thread_id}", change)

    def _stand(self, decision: Decision, ids: Sequence[int], under: int | None, *also: int) -> None:
        """Put threads under another or (None) on their own; what led or will lead is named too, so undo keeps it."""
        leads = {*also, *([under] if under else []), *(joined.lead(decision.conn, id) for id in ids)}
        for id in leads - set(ids):
            decision.operation.change("thread", {"id": id}, {"lead_id": None})
        for id in ids:
            decision.operation.change("thread", {"id": id}, {"lead_id": under})
        decision.keep(*ids, *leads)

    async def suggested(self, thread_id: int) -> list[Duplicate]:
        """Threads that may be the same inquiry: by the same person or name, within a day, nearly the same words."""
        return await self._desk.store.read(lambda conn: _suggested(conn, thread_id))

    async def all_suggested(self) -> list[Duplicate]:
        """The same for everything that waits, at most LOOKED_AT threads; each pair once."""

        def query(conn: Connection) -> list[Duplicate]:
            found: dict[frozenset[int], Duplicate] = {}
            for id in joined.waiting(conn, LOOKED_AT):
                for each in _suggested(conn, id):
                    pair = frozenset((id, joined.lead(conn, each.other)))
                    found.setdefault(pair, each)
            return list(found.values())

        return await self._desk.store.read(query)

    async def reply_each(
        self,
        thread_ids: Sequence[int],
        text: str,
        then: Then = Then.WAIT,
        *,
        at: Instant | None = None,
        tags: Sequence[str] = (),
        written_in: int | None = None,
    ) -> list[str]:
        """Answer in each of these threads of an inquiry, now or `at` a time; one undo takes all of them back.

        `written_in` is the thread in whose composer the words were written: its draft is sent with them, and one again
        when they are taken back; the others keep theirs.

        Raises:
            Impossible: nothing to say, or a source cannot be replied to; then nothing is queued anywhere.
        """
        if at is not None and at <= self._desk.clock.now():
            raise Impossible("that time has passed")

        def one(id: int, *, first: bool) -> tuple[str, Callable[[Decision], str]]:
            def change(decision: Decision) -> str:
                action = reply_in(decision, id, text, at=at)
                if first:
                    put_tags(decision, id, tags)
                    stand(decision, id, then)
                if first and written_in is not None:
                    composed(decision, written_in, text)
                else:
                    copied(decision)
                return action

            return f"thread:{id}", change

        return await self._desk.decide_each("reply", [one(id, first=id == thread_ids[0]) for id in thread_ids])


def _suggested(conn: Connection, thread_id: int) -> list[Duplicate]:
    one = joined.asked(conn, thread_id)
    if one is None:
        return []
    accounts = persons.accounts(conn, one.author_id)
    found = []
    for other in joined.near(conn, one):
        if likeness := alike((one.title, one.body), (other.title, other.body)):
            why = reason(likeness, linked=other.author_id in accounts, apart=abs(one.created_at - other.created_at))
            found.append(Duplicate(one.id, other.id, other.source, Safe(other.title), why))
    return found
