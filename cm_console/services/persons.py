"""Persons: which accounts are the same human, and what the team keeps on them; every decision can be undone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from cm_console.model.person import FollowUp, Happening, LinkState, Moment, Named, Person, Remembered, Suggestion
from cm_console.model.text import clean, clean_line
from cm_console.model.time import Instant
from cm_console.services.desk import Decision, Desk, Impossible
from cm_console.store import person_reading, persons, suggestions, whose
from cm_console.store.sqlite import Connection

TOPICS = ("members", "inbox", "moderation")
TAG_LIMIT = 40
WAYS = ("call", "mail", "meeting", "message", "letter", "other")
"""How one can have been in touch."""


@dataclass(frozen=True, slots=True)
class Merged:
    """What a merge or its end made: the person, and their accounts in words."""

    person: int
    accounts: tuple[str, ...]


class PersonsService:
    """Everything the person pane and `cm-console members` may ask and command; accounts are named by `member.id`."""

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

    async def merge(self, one: int, other: int, reason: str = "by hand") -> Merged:
        """Say that two accounts, and whoever they are linked with, are one person.

        Raises:
            Impossible: there is no such account, or they are one person already.
        """

        def change(decision: Decision) -> Merged:
            conn = decision.conn
            ones, others = (self._accounts(conn, id) for id in (one, other))
            if ones[0] == others[0]:
                raise Impossible("they are one person already")
            for id, _ in persons.between(conn, ones, others):
                decision.operation.change("account_link", {"id": id}, {"ended_at": decision.now})
            self._draw(decision, one, other, LinkState.SAME, reason)
            return _merged(conn, one)

        return await self._desk.decide("merge", f"member:{min(one, other)}", change, TOPICS)

    async def refuse(self, one: int, other: int, reason: str = "", *, never: bool = False) -> None:
        """Say that two accounts are not one person: until there are other reasons, or `never` ask again.

        Raises:
            Impossible: no such account, or they are one person: take one out first.
        """

        def change(decision: Decision) -> None:
            ones, others = (self._accounts(decision.conn, id) for id in (one, other))
            if ones[0] == others[0]:
                raise Impossible("they are one person now: unmerge them first")
            self._draw(decision, one, other, LinkState.NEVER if never else LinkState.REJECTED, reason)

        await self._desk.decide(
            "never the same" if never else "not the same", f"member:{min(one, other)}", change, TOPICS
        )

    async def unmerge(self, member_id: int) -> Merged:
        """Take one account out of its person; the others stay together. Returns who is left.

        Raises:
            Impossible: no such account, or it is alone.
        """

        def change(decision: Decision) -> Merged:
            conn, operation = decision.conn, decision.operation
            group = self._accounts(conn, member_id)
            if len(group) == 1:
                raise Impossible("this account is linked with no other")
            edges = persons.edges_of(conn, member_id)
            for id, _ in edges:
                operation.change("account_link", {"id": id}, {"ended_at": decision.now})
            parts = [persons.component(conn, end) for _, end in edges]
            first, *rest = {part[0]: end for part, (_, end) in zip(parts, edges, strict=True)}.values()
            persons.keep(conn, [member_id, first, *rest])
            for end in rest:
                self._draw(decision, first, end, LinkState.SAME, "stayed together when another was taken out")
            return _merged(conn, first)

        return await self._desk.decide("unmerge", f"member:{member_id}", change, TOPICS)

    async def unlink(self, link_id: str) -> None:
        """Take one merge back exactly: what hung together only by it is two persons again.

        Raises:
            Impossible: there is no such link.
        """

        def change(decision: Decision) -> None:
            found = persons.link(decision.conn, link_id)
            if found is None or found[2] != LinkState.SAME:
                raise Impossible("there is no such link")
            decision.operation.change("account_link", {"id": link_id}, {"ended_at": decision.now})
            persons.keep(decision.conn, found[:2])

        await self._desk.decide("unmerge", f"link:{link_id}", change, TOPICS)

    async def note(self, member_id: int, text: str) -> None:
        """Leave a private note on a person; it never leaves the console."""
        words = _said(text, "an empty note says nothing")
        await self._add("note", member_id, lambda d: ("note", {"item": f"member:{member_id}", "body": words}))

    async def tag(self, member_id: int, tag: str, *, remove: bool = False) -> None:
        """Put a tag on a person, or take it off whichever of their accounts it is on."""
        word = clean_line(tag.strip().lstrip("#").lower(), TAG_LIMIT)
        if not word:
            raise Impossible("a tag needs a word")

        def change(decision: Decision) -> None:
            ids = self._accounts(decision.conn, member_id)
            on = person_reading.tagged(decision.conn, ids, word)
            if remove:
                for id in on:
                    decision.operation.change("member_tag", {"member_id": id, "tag": word}, None)
            elif not on:
                values = {"at": decision.now, "actor": self._desk.me}
                decision.operation.change("member_tag", {"member_id": member_id, "tag": word}, values)

        await self._desk.decide("untag" if remove else "tag", f"member:{member_id}", change, TOPICS)

    async def follow_up(self, member_id: int, due_at: Instant, text: str) -> None:
        """Come back to a person at a time; it is listed once it is due."""
        words = _said(text, "a follow-up needs a word what it is about")
        await self._add("follow-up", member_id, lambda d: ("follow_up", {"due_at": due_at, "body": words}))

    async def follow_up_done(self, follow_up_id: str, *, remove: bool = False) -> None:
        """It is done, or was never needed (`remove`).

        Raises:
            Impossible: there is none of that id.
        """

        def change(decision: Decision) -> None:
            if person_reading.follow_up(decision.conn, follow_up_id) is None:
                raise Impossible(f"there is no follow-up {follow_up_id}")
            values = {"removed": 1} if remove else {"done_at": decision.now}
            decision.operation.change("follow_up", {"id": follow_up_id}, values)

        await self._desk.decide("follow-up done", f"follow-up:{follow_up_id}", change, TOPICS)

    async def due(self, *, before: Instant | None = None, limit: int = 100) -> list[FollowUp]:
        """Follow-ups that are due, soonest first; with `before` those due until then."""
        end = before or self._desk.clock.now()
        return await self._store.read(lambda conn: person_reading.due(conn, end, limit))

    async def contact(self, member_id: int, text: str, way: str = "other", at: Instant | None = None) -> None:
        """Note how somebody was in touch with a person outside the console."""
        if way not in WAYS:
            raise Impossible(f"{way!r} is no way of contact; known: {', '.join(WAYS)}")
        words = _said(text, "a contact needs a word what it was about")
        await self._add("contact", member_id, lambda d: ("contact", {"at": at or d.now, "way": way, "body": words}))

    async def _add(self, op: str, member_id: int, row: Callable[[Decision], tuple[str, dict[str, object]]]) -> None:
        def change(decision: Decision) -> None:
            self._accounts(decision.conn, member_id)
            table, values = row(decision)
            whose = {} if table == "note" else {"member_id": member_id}
            values = {"at": decision.now, **whose, "author": self._desk.me, **values}
            decision.operation.change(table, {"id": self._desk.new_id()}, values)

        await self._desk.decide(op, f"member:{member_id}", change, TOPICS)

    def _draw(self, decision: Decision, one: int, other: int, state: LinkState, reason: str) -> None:
        row: dict[str, object] = {
            "a": min(one, other),
            "b": max(one, other),
            "state": str(state),
            "reason": clean_line(reason, 200),
            "at": decision.now,
            "actor": self._desk.me,
        }
        decision.operation.change("account_link", {"id": self._desk.new_id()}, row)
        if state is LinkState.SAME:
            persons.keep(decision.conn, (one, other))

    def _accounts(self, conn: Connection, member_id: int) -> list[int]:
        found = persons.accounts(conn, member_id)
        if not found:
            raise Impossible(f"there is no account {member_id}")
        return found


def _merged(conn: Connection, member_id: int) -> Merged:
    ids = persons.accounts(conn, member_id)
    known = persons.named(conn, ids)
    return Merged(persons.leader(conn, member_id) or member_id, tuple(known[id].at for id in ids))


def _said(text: str, empty: str) -> str:
    words = clean(text.strip())
    if not words:
        raise Impossible(empty)
    return words
