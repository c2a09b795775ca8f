"""What one asks about persons: who they are, what is kept on them, who is meant by a name, who may be the same."""

from __future__ import annotations

from collections.abc import Sequence

from cm_console.model.person import FollowUp, Happening, Moment, Named, Person, Remembered, Suggestion
from cm_console.model.text import clean_line
from cm_console.model.time import Instant
from cm_console.services.desk import Desk, Impossible
from cm_console.store import person_reading, persons, suggestions, whose
from cm_console.store.sqlite import Connection


class PersonsAsked:
    """Accounts are named by `member.id`."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._store = desk.store

    async def person(self, member_id: int) -> Person | None:
        """The person an account belongs to; None if there is no such account."""
        now = self._desk.clock.now()
        return await self._store.read(lambda conn: person_reading.person(conn, member_id, now))

    async def remembered(self, member_id: int) -> Remembered:
        """What the team keeps on a person: tags, notes (newest first), follow-ups that are open."""

        def query(conn: Connection) -> Remembered:
            ids = persons.accounts(conn, member_id)
            waiting = tuple(each for each in person_reading.follow_ups(conn, ids) if each.done_at is None)
            return Remembered(person_reading.tags(conn, ids), person_reading.notes(conn, ids), waiting)

        return await self._store.read(query)

    async def timeline(
        self,
        member_id: int,
        *,
        only: Sequence[Happening] = (),
        key: tuple[int, int, int | str] | None = None,
        forward: bool = True,
        limit: int = 50,
        words: str = "",
    ) -> list[Moment]:
        """What a person did and what was done with them, on all platforms, newest first, after a key or before it."""

        def query(conn: Connection) -> list[Moment]:
            ids = persons.accounts(conn, member_id)
            return person_reading.timeline(conn, ids, only=only, key=key, forward=forward, limit=limit, words=words)

        return await self._store.read(query)

    async def find(self, words: str) -> list[Named]:
        """Accounts by id, handle, `source:handle` or full name."""
        return await self._store.read(lambda conn: persons.find(conn, words.strip()))

    async def find_one(self, words: str) -> int:
        """The one person that is meant by an id, a handle, `source:handle` or a full name; an account of theirs.

        Raises:
            Impossible: nobody, or several persons.
        """
        found = await self.find(words)
        if not found:
            raise Impossible(f"nobody is called {clean_line(words, 60)!r}; write an id, a handle or source:handle")
        if str(found[0].id) != words and len({each.person for each in found}) > 1:
            several = ", ".join(f"{each.at} ({each.id})" for each in found[:5])
            raise Impossible(f"{clean_line(words, 60)!r} may be {several}; write source:handle or the id")
        return found[0].id

    async def posters(self, thread_id: int) -> list[Named]:
        """Who wrote in a thread, its author first."""
        return await self._store.read(lambda conn: person_reading.posters(conn, thread_id))

    async def whose(self, things: Sequence[tuple[str, int | str]]) -> list[Named]:
        """The members things are of - ("post", 7), ("report", 3), ("action", "id") - one for each person, in order."""

        def query(conn: Connection) -> list[Named]:
            ids = whose.whose(conn, things)
            known = persons.named(conn, ids)
            return [known[id] for id in ids]

        return await self._store.read(query)

    async def suggestions(self, member_id: int | None = None) -> list[Suggestion]:
        """Accounts that may be one person, and why: of one person, or all there are."""

        def query(conn: Connection) -> list[Suggestion]:
            if member_id is None:
                return suggestions.all_of(conn)
            return suggestions.of(conn, persons.accounts(conn, member_id))

        return await self._store.read(query)

    async def due(self, *, before: Instant | None = None, limit: int = 100) -> list[FollowUp]:
        """Follow-ups that are due, soonest first; with `before` those due until then."""
        end = before or self._desk.clock.now()
        return await self._store.read(lambda conn: person_reading.due(conn, end, limit))
