"""Persons: which accounts are the same human, and what the team keeps on them; every decision can be undone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from cm_console.model.person import LinkState
from cm_console.model.tags import tag_words
from cm_console.model.text import clean, clean_line
from cm_console.model.time import Instant
from cm_console.services.desk import Decision, Impossible
from cm_console.services.persons_asked import PersonsAsked
from cm_console.store import person_reading, persons
from cm_console.store.sqlite import Connection

TOPICS = ("members", "inbox", "moderation")
TAG_LIMIT = 40
NO_TAG = "a tag needs a word"
BY_HAND = "by hand"
"""The ground where no other is known."""
GONE = "this person was forgotten: nothing is kept on them any more"
WAYS = ("call", "mail", "meeting", "message", "letter", "other")
"""How one can have been in touch."""


class MakesTeam(Impossible):
    """A member would become one person with the team: that is asked about first."""


@dataclass(frozen=True, slots=True)
class Merged:
    """What a merge or its end made: the person, and their accounts in words."""

    person: int
    accounts: tuple[str, ...]


class PersonsService(PersonsAsked):
    """Everything the person pane and `cm-console members` may ask and command; accounts are named by `member.id`."""

    async def merge(self, one: int, other: int, reason: str = BY_HAND, *, sure: bool = False) -> Merged:
        """Say that two accounts, and whoever they are linked with, are one person.

        Raises:
            Impossible: there is no such account, nothing is left of it, or they are one person already.
            MakesTeam: one of them is of the team, the other is not, and nobody is `sure` of it.
        """

        def change(decision: Decision) -> Merged:
            conn = decision.conn
            ones, others = (self._there(conn, id) for id in (one, other))
            if ones[0] == others[0]:
                raise Impossible("they are one person already")
            if not sure and persons.is_team(conn, ones) != persons.is_team(conn, others):
                raise MakesTeam(makes_team(conn, one, other))
            for id, *_ in persons.between(conn, ones, others):
                decision.operation.change("account_link", {"id": id}, {"ended_at": decision.now})
            self._draw(decision, one, other, LinkState.SAME, reason)
            return _merged(conn, one)

        return await self._desk.decide("merge", f"member:{min(one, other)}", change, TOPICS)

    async def refuse(self, one: int, other: int, reason: str = "", *, never: bool = False) -> bool:
        """Say that two accounts are not one person: until there are other reasons, or `never` ask again.

        What was said already is no decision: then it returns False, and there is nothing to undo.

        Raises:
            Impossible: no such account, or they are one person: take one out first.
        """

        def said(conn: Connection) -> bool:
            ones, others = (self._accounts(conn, id) for id in (one, other))
            if ones[0] == others[0]:
                raise Impossible("they are one person now: unmerge them first")
            refused = [(LinkState(state), why) for _, state, why in persons.between(conn, ones, others)]
            return any(
                state is LinkState.NEVER or (state is LinkState.REJECTED and not never and reason in (why, BY_HAND))
                for state, why in refused
            )

        def change(decision: Decision) -> None:
            said(decision.conn)
            self._draw(decision, one, other, LinkState.NEVER if never else LinkState.REJECTED, reason)

        if await self._store.read(said):
            return False
        op = "never the same" if never else "not the same"
        await self._desk.decide(op, f"member:{min(one, other)}", change, TOPICS)
        return True

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

    async def tag(self, member_id: int, tag: str, *, remove: bool = False) -> bool:
        """Put a tag on a person, or take it off whichever of their accounts it is on; False: it was so already.

        Raises:
            Impossible: no tag, or more than one: see `tag_words`.
        """
        words = tag_words(tag)
        if len(words) != 1:
            raise Impossible(f"#{' and #'.join(words)} are {len(words)} tags: one at a time" if words else NO_TAG)
        word = words[0]

        def is_so(conn: Connection) -> bool:
            ids = self._accounts(conn, member_id) if remove else self._there(conn, member_id)
            return bool(person_reading.tagged(conn, ids, word)) is not remove

        def change(decision: Decision) -> None:
            ids = self._accounts(decision.conn, member_id)
            on = person_reading.tagged(decision.conn, ids, word)
            if remove:
                for id in on:
                    decision.operation.change("member_tag", {"member_id": id, "tag": word}, None)
            elif not on:
                values = {"at": decision.now, "actor": self._desk.me}
                decision.operation.change("member_tag", {"member_id": member_id, "tag": word}, values)

        if await self._store.read(is_so):
            return False
        await self._desk.decide("untag" if remove else "tag", f"member:{member_id}", change, TOPICS)
        return True

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

    async def contact(self, member_id: int, text: str, way: str = "other", at: Instant | None = None) -> None:
        """Note how somebody was in touch with a person outside the console."""
        if way not in WAYS:
            raise Impossible(f"{way!r} is no way of contact; known: {', '.join(WAYS)}")
        words = _said(text, "a contact needs a word what it was about")
        await self._add("contact", member_id, lambda d: ("contact", {"at": at or d.now, "way": way, "body": words}))

    async def _add(self, op: str, member_id: int, row: Callable[[Decision], tuple[str, dict[str, object]]]) -> None:
        def change(decision: Decision) -> None:
            self._there(decision.conn, member_id)
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

    def _there(self, conn: Connection, member_id: int) -> list[int]:
        found = self._accounts(conn, member_id)
        if persons.gone(conn, found):
            raise Impossible(GONE)
        return found


def makes_team(conn: Connection, one: int, other: int) -> str:
    """What merging a member with the team means, in words."""
    known = persons.named(conn, (one, other))
    ours = one if persons.is_team(conn, persons.accounts(conn, one)) else other
    theirs = other if ours == one else one
    return f"{known[theirs].at} would be one person with {known[ours].at}, who is of the team"


def _merged(conn: Connection, member_id: int) -> Merged:
    ids = persons.accounts(conn, member_id)
    known = persons.named(conn, ids)
    return Merged(persons.leader(conn, member_id) or member_id, tuple(known[id].at for id in ids))


def _said(text: str, empty: str) -> str:
    words = clean(text.strip())
    if not words:
        raise Impossible(empty)
    return words
